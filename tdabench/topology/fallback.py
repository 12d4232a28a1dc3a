"""A ladder of cheaper complexes: when Rips does not fit into memory, what does, and what is known of the error.

Bounds are on the bottleneck distance of the diagrams, in the unit of the distances; a bar that outlasts the range that
was computed is taken to end there:

    the enclosing radius      0: from there on Rips is a cone, so that nothing is born or dies any more
    edge collapse             0: Boissonnat & Pritam, "Edge collapse and persistence of flag complexes", 2020
    sparse Rips               values within a factor 1 / (1 - epsilon): Cavanna, Jahanseir & Sheehy, 2015
    landmarks                 twice their covering radius: Chazal, de Silva & Oudot, "Persistence stability for
                              geometric complexes", 2014, with Rips by diameter
    lazy witness complex      none is known for nu = 1
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from gudhi import SimplexTree
from scipy.spatial.distance import pdist, squareform

from tdabench.errors import BadInput
from tdabench.topology.estimate import (
    MATRIX_ENTRY,
    Estimate,
    edges_of,
    flag_estimate,
    lazy_witness_estimate,
    rips_estimate,
    sparse_estimate,
)
from tdabench.topology.landmarks import maxmin_landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import lazy_witness_matrix
from tdabench.validation import as_points, as_real

OFFER, TAKE = "offer", "take"
AS_ASKED = "as asked for"
LEAST = 10  # landmarks
EPSILON = 0.5  # of sparse Rips
WHOLE = 8000  # points; of more, to look at all distances takes gigabytes by itself
COLLAPSED_EDGES = 200_000  # of more it takes minutes to see what edge collapse would leave


@dataclass(frozen=True)
class Rung:
    """name, in words; estimate; bound on the error (None: none known) and why; compute() gives the Diagram."""

    name: str
    estimate: Estimate
    bound: float | None
    why: str
    compute: Callable[[], Diagram]


class TooLarge(BadInput):
    """More memory than there is would be needed; the text says how much, and which rung fits."""


def rungs(points, max_dimension: int, limit_bytes: float, limit: float = np.inf, field: int = 2,
          engine: str = "ripser", seed: int = 0):  # fmt: skip
    """One rung after the other, from what was asked for (Rips of `points` (n, d) up to `limit`) downwards."""
    points = as_points(points, at_least=2)
    limit = as_real(limit, "limit", above=0)
    if len(points) > WHOLE or MATRIX_ENTRY * len(points) ** 2 > limit_bytes:
        asked = rips_estimate(len(points), max_dimension, engine)
        asked = replace(asked, how="counted" if limit == np.inf else "at most")
        how = {"memory_bytes": limit_bytes}
        compute = partial(persistence, points, "rips", max_dimension, limit, field, engine, **how)
        yield Rung(AS_ASKED, asked, 0.0, "", compute)
    else:
        yield from _of_all(points, max_dimension, limit_bytes, limit, field, engine, seed)
    yield from _of_few(points, max_dimension, limit_bytes, limit, field, engine, seed)


def persistence_within(points, max_dimension: int, limit_bytes: float, limit: float = np.inf, field: int = 2,
                       engine: str = "ripser", over: str = OFFER, seed: int = 0) -> tuple[Diagram, Rung]:  # fmt: skip
    """Rips persistence of points (n, d) within so much memory, and the rung that it was taken from.

    A rung without error (bound 0) is taken for what it is: the same diagram. over: what to do when none of these fits:
    "offer" raises TooLarge, which names the first rung that does; "take" takes that.
    """
    if over not in (OFFER, TAKE):
        raise BadInput(f"over: {OFFER!r} or {TAKE!r} is needed, not {over!r}.")
    first = None
    for rung in rungs(points, max_dimension, limit_bytes, limit, field, engine, seed):
        first = first or rung
        if rung.estimate.bytes > limit_bytes:
            continue
        if rung.bound == 0 or over == TAKE:
            return rung.compute(), rung
        raise TooLarge(f"{in_words(first, limit_bytes)} What fits: {offered(rung)}. Take it, or give more memory.")
    raise TooLarge(f"{in_words(first, limit_bytes)} Nothing that is known here fits.")


def in_words(rung: Rung, limit_bytes: float, complex: str = "rips") -> str:
    """What a rung needs, against the limit."""
    found = rung.estimate
    how = f" ({found.how})" if found.how != "counted" else ""
    name = f"Rips, {rung.name}" if complex == "rips" else complex
    counted = f"{found.simplices:.2g} simplices{how}, about {size(found.bytes)}"
    return f"{name}: {counted}, and the limit is {size(limit_bytes)}."


def offered(rung: Rung) -> str:
    """A rung with its need and its bound."""
    bound = "no bound on the error is known"
    if rung.bound is not None:
        bound = f"error at most {rung.bound:.3g}" if rung.bound else "without error"
    return f"{rung.name} (about {size(rung.estimate.bytes)}; {bound}{': ' if rung.why else ''}{rung.why})"


def size(number: float) -> str:
    """Bytes in the unit that a person reads."""
    gib = number / 2**30
    if gib < 1:
        return f"{max(number / 2**20, 1):.0f} MiB"
    return f"{gib:.2g} GiB" if gib < 100 else f"{gib:,.0f} GiB"


def _of_all(points, max_dimension, limit_bytes, limit, field, engine, seed):
    """Rungs that look at all distances."""
    matrix = squareform(pdist(points))
    # Above the enclosing radius nothing is born or dies; where all points are one, any radius will do.
    radius = min(limit, matrix.max(axis=1).min() or limit)

    def rung(name, estimate, why, engine, cut):
        def compute():
            found = persistence(matrix, "distances", max_dimension, cut, field, engine, memory_bytes=limit_bytes)
            return replace(found, limit=limit)

        return Rung(name, estimate, 0.0, why, compute)

    yield rung(AS_ASKED, flag_estimate(matrix, max_dimension, limit, engine, seed), "", engine, limit)
    cone = flag_estimate(matrix, max_dimension, radius, engine, seed)
    yield rung("up to the enclosing radius", cone, "from there on Rips is a cone", engine, radius)
    if (matrix <= radius).sum() / 2 > COLLAPSED_EDGES:
        return
    tree = SimplexTree.create_from_array(matrix, max_filtration=radius)
    tree.collapse_edges(nb_iterations=3)
    fewer = flag_estimate(edges_of(tree, len(points)), max_dimension, radius, "gudhi", seed)
    yield rung("edge collapse, by GUDHI", fewer, "edges that change no persistence are left out", "gudhi", radius)
    if np.isfinite(radius):
        yield _sparse(points, min(limit, radius / (1 - EPSILON)), radius, max_dimension, field, seed)


def _sparse(points, cut, radius, max_dimension, field, seed) -> Rung:
    def compute():
        return persistence(points, "sparse_rips", max_dimension, cut, field, epsilon=EPSILON, seed=seed)

    need = sparse_estimate(points, max_dimension, cut, EPSILON, seed)
    why = "values within a factor 1 / (1 - epsilon)"
    return Rung(f"sparse Rips, epsilon {EPSILON:g}", need, radius * EPSILON / (1 - EPSILON), why, compute)


def _of_few(points, max_dimension, limit_bytes, limit, field, engine, seed):
    """Rungs that look at as many landmarks as fit, and at their distances to all points."""
    most = len(np.unique(points, axis=0))
    while (most := most * 3 // 4) >= LEAST:
        need = lazy_witness_estimate(len(points), max_dimension, most, engine)
        if need.bytes <= limit_bytes:
            break
    else:
        return
    count = most
    chosen = maxmin_landmarks(points, count, seed)
    few, bound = points[chosen.indices], 2 * chosen.covering_radius
    del chosen  # count x n distances

    def of_landmarks():
        return persistence(few, "rips", max_dimension, limit, field, engine, memory_bytes=limit_bytes)

    def of_witnesses():
        matrix = lazy_witness_matrix(maxmin_landmarks(points, count, seed).distances)
        return persistence(matrix, "distances", max_dimension, limit, field, engine, memory_bytes=limit_bytes)

    yield Rung(f"{count} maxmin landmarks", need, bound, "twice their covering radius", of_landmarks)
    yield Rung(f"lazy witness complex of {count} landmarks", need, None, "", of_witnesses)

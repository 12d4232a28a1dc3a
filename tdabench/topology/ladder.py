"""A ladder of cheaper complexes: when Rips does not fit into memory, what does, and what is known of the error.

Bounds are on the bottleneck distance of the diagrams, in the unit of the distances:

    the enclosing radius      0: from there on Rips is a cone, so that nothing is born or dies any more
    edge collapse             0: Boissonnat & Pritam, "Edge collapse and persistence of flag complexes", 2020
    sparse Rips               values within a factor 1 / (1 - epsilon): Cavanna, Jahanseir & Sheehy, 2015
    landmarks                 twice their covering radius: Chazal, de Silva & Oudot, "Persistence stability for
                              geometric complexes", 2014, with Rips by diameter
    lazy witness complex      none is known for nu = 1
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from gudhi import SimplexTree
from scipy.spatial.distance import pdist, squareform

from tdabench.arrays import as_points
from tdabench.errors import BadInput
from tdabench.topology.complexes import sparse_rips
from tdabench.topology.estimate import RIPSER_PAIR, Estimate, flag_estimate, rips_estimate
from tdabench.topology.landmarks import maxmin_landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import lazy_witness_matrix

OFFER, TAKE = "offer", "take"
EPSILON = 0.5  # of sparse Rips
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
    asked = rips_estimate(len(points), max_dimension, engine)
    whole = RIPSER_PAIR * len(points) ** 2 / 2 < limit_bytes  # whether the distances themselves fit
    matrix = squareform(pdist(points)) if whole else None

    def of(matrix, limit, engine):
        return partial(persistence, matrix, "distances", max_dimension, limit, field, engine)

    if matrix is None:
        compute = partial(persistence, points, "rips", max_dimension, limit, field, engine)
        yield Rung("as asked for", asked, 0.0, "", compute)
    else:
        if np.isfinite(limit):
            asked = flag_estimate(matrix, max_dimension, limit, engine, seed)
        yield Rung("as asked for", asked, 0.0, "", of(matrix, limit, engine))
        radius = min(limit, matrix.max(axis=1).min())
        cone = flag_estimate(matrix, max_dimension, radius, engine, seed)
        yield Rung("up to the enclosing radius", cone, 0.0, "from there on Rips is a cone", of(matrix, radius, engine))
        if (matrix <= radius).sum() / 2 < COLLAPSED_EDGES:
            collapsed = _collapsed(matrix, radius)
            fewer = flag_estimate(collapsed, max_dimension, radius, "gudhi", seed)
            why = "edges that change no persistence are left out"
            yield Rung("edge collapse, by GUDHI", fewer, 0.0, why, of(matrix, radius, "gudhi"))
            yield _sparse(points, radius, max_dimension, field, seed)
    count = len(points)
    while (count := count * 3 // 4) >= 10:
        fewer = rips_estimate(count, max_dimension, engine)
        if fewer.bytes < limit_bytes:
            yield _of_landmarks(points, count, seed, fewer, max_dimension, limit, field, engine)
            yield _of_witnesses(points, count, seed, fewer, max_dimension, limit, field, engine)
            return


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


def in_words(rung: Rung, limit_bytes: float) -> str:
    """What a rung needs, against the limit."""
    counted = f"{rung.estimate.simplices:.2g} simplices, about {size(rung.estimate.bytes)}"
    return f"Rips, {rung.name}: {counted}, and the limit is {size(limit_bytes)}."


def offered(rung: Rung) -> str:
    """A rung with its need and its bound."""
    bound = "no bound on the error is known"
    if rung.bound is not None:
        bound = f"error at most {rung.bound:.3g}" if rung.bound else "without error"
    return f"{rung.name} (about {size(rung.estimate.bytes)}; {bound}{': ' if rung.why else ''}{rung.why})"


def size(number: float) -> str:
    """Bytes in the unit that a person reads."""
    return f"{number / 2**30:.2g} GiB" if number >= 2**30 else f"{max(number / 2**20, 1):.0f} MiB"


def _collapsed(matrix: np.ndarray, limit: float) -> np.ndarray:
    """The distances of the edges that are left after edge collapse, +inf elsewhere."""
    tree = SimplexTree.create_from_array(matrix, max_filtration=limit)
    tree.collapse_edges(nb_iterations=3)
    return _edges(tree, len(matrix))


def _edges(tree: SimplexTree, count: int) -> np.ndarray:
    """The edges of a simplex tree as a matrix of distances, +inf where there is none."""
    graph = np.full((count, count), np.inf)
    np.fill_diagonal(graph, 0)
    for simplex, value in tree.get_skeleton(1):
        if len(simplex) == 2:
            graph[tuple(simplex)] = graph[tuple(simplex[::-1])] = value
    return graph


def _sparse(points, radius, max_dimension, field, seed) -> Rung:
    graph = _edges(sparse_rips(points, 1, radius / (1 - EPSILON), EPSILON, seed), len(points))
    need = flag_estimate(graph, max_dimension, np.finfo(float).max, "gudhi", seed)  # its flag complex holds it
    options = {"epsilon": EPSILON, "seed": seed}
    compute = partial(persistence, points, "sparse_rips", max_dimension, radius / (1 - EPSILON), field, **options)
    bound = radius * EPSILON / (1 - EPSILON)
    return Rung(f"sparse Rips, epsilon {EPSILON:g}", need, bound, "values within a factor 1 / (1 - epsilon)", compute)


def _of_landmarks(points, count, seed, estimate, max_dimension, limit, field, engine) -> Rung:
    chosen = maxmin_landmarks(points, min(count, len(np.unique(points, axis=0))), seed)
    few = points[chosen.indices]
    bound = 2 * chosen.covering_radius
    compute = partial(persistence, few, "rips", max_dimension, limit, field, engine)
    return Rung(f"{len(few)} maxmin landmarks", estimate, bound, "twice their covering radius", compute)


def _of_witnesses(points, count, seed, estimate, max_dimension, limit, field, engine) -> Rung:
    def compute():
        chosen = maxmin_landmarks(points, min(count, len(np.unique(points, axis=0))), seed)
        return persistence(lazy_witness_matrix(chosen.distances), "distances", max_dimension, limit, field, engine)

    need = Estimate(estimate.simplices, estimate.bytes + 16.0 * count * len(points))
    return Rung(f"lazy witness complex of {count} landmarks", need, None, "", compute)

"""Persistent homology behind one call.

One convention at this border, whatever the engine and the complex:
- filtration values are distances: the edge length for Rips, twice the radius of the balls for alpha and Cech, the
  relaxation for witness complexes (GUDHI's squared values are converted);
- homology over the field of integers modulo any prime;
- bars of positive length only; a bar that has not died by `limit` dies at inf.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.topology.auto_engine import AUTO, DEFAULT, Choice, choose
from tdabench.topology.complexes import FLAG_COMPLEXES, SIMPLEX_TREES
from tdabench.topology.engine import Edges, positive
from tdabench.topology.engine import engine as named
from tdabench.topology.simplex_trees import bars_of
from tdabench.validation import as_integer, as_prime, as_real


@dataclass(frozen=True)
class Diagram:
    """Persistence diagram.

    bars: one (m, 2) array of births and deaths per dimension, in the unit of the distances, sorted;
    field: the prime; limit: the filtration value up to which it was computed; engine: who computed it; why
    that one, in words, where engine="auto" chose it.
    """

    bars: tuple[np.ndarray, ...]
    field: int
    limit: float
    engine: str
    why: str = ""


def persistence(
    data,
    complex: str = "rips",
    max_dimension: int = 1,
    limit: float = np.inf,
    field: int = 2,
    engine: str | None = None,
    threads: int = 1,
    memory_bytes: float = np.inf,
    **options,
) -> Diagram:
    """Persistence diagram of `data` in dimensions 0 to max_dimension.

    data: (n, d) points; an (n, n) matrix for complex="distances" and "correlation" (distance = 1 - correlation).
    complex: rips, distances, correlation (flag complexes: any engine); sparse_rips(epsilon, seed), alpha, cech
    (Delaunay-Cech), witness(landmarks, seed), strong_witness(landmarks, seed): GUDHI's only.
    engine: of a flag complex, one of tdabench.topology.engine.engines(), or auto: the fastest of these for such an
    input that fits into memory_bytes (tdabench.topology.auto_engine); the default is ripser (float32 values).
    threads: that the engine may use, where it uses any.
    """
    field = as_prime(field)
    max_dimension = as_integer(max_dimension, "max_dimension", 0, 20)
    limit = as_real(limit, "limit", above=0)
    if complex in FLAG_COMPLEXES:
        edges = Edges(FLAG_COMPLEXES[complex](data, **options), limit, threads)
        chosen = choose(edges, max_dimension, field, memory_bytes) if engine == AUTO else Choice(engine or DEFAULT, "")
        engine, why = chosen.engine, chosen.why
        found = named(engine).bars(edges, max_dimension, field)
    elif complex in SIMPLEX_TREES:
        if engine not in (None, AUTO, "gudhi"):
            raise BadInput(f"complex {complex!r} is built by GUDHI only, not by {engine!r}.")
        engine, why = "gudhi", ""
        tree = SIMPLEX_TREES[complex](data, max_dimension + 1, limit, **options)
        found = [positive(bars) for bars in bars_of(tree, max_dimension, field)]
    else:
        known = ", ".join([*FLAG_COMPLEXES, *SIMPLEX_TREES])
        raise BadInput(f"complex: one of {known} is needed, not {complex!r}.")
    return Diagram(tuple(found), field, limit, engine, why)

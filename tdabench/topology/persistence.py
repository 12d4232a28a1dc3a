"""Persistent homology behind one call.

One convention at this border, whatever the engine and the complex:
- filtration values are distances: the edge length for Rips, twice the radius of the balls for alpha and Cech, the
  relaxation for witness complexes (GUDHI's squared values are converted);
- homology over the field of integers modulo any prime;
- bars of positive length only; a bar that has not died by `limit` dies at inf.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.arrays import as_prime, as_real, as_whole
from tdabench.errors import BadInput
from tdabench.topology.complexes import FLAG_COMPLEXES, SIMPLEX_TREES


@dataclass(frozen=True)
class Diagram:
    """Persistence diagram.

    bars: one (m, 2) array of births and deaths per dimension, in the unit of the distances, sorted;
    field: the prime; limit: the filtration value up to which it was computed; engine: who computed it.
    """

    bars: tuple[np.ndarray, ...]
    field: int
    limit: float
    engine: str


def persistence(
    data,
    complex: str = "rips",
    max_dimension: int = 1,
    limit: float = np.inf,
    field: int = 2,
    engine: str | None = None,
    **options,
) -> Diagram:
    """Persistence diagram of `data` in dimensions 0 to max_dimension.

    data: (n, d) points; an (n, n) matrix for complex="distances" and "correlation" (distance = 1 - correlation).
    complex: rips, distances, correlation (flag complexes: any engine); sparse_rips(epsilon, seed), alpha, cech
    (Delaunay-Cech), witness(landmarks, seed), strong_witness(landmarks, seed): GUDHI's only.
    engine: ripser (float32 filtration values; the default for flag complexes) or gudhi (float64).
    """
    field = as_prime(field)
    max_dimension = as_whole(max_dimension, "max_dimension", 0, 20)
    limit = as_real(limit, "limit", above=0)
    if complex in FLAG_COMPLEXES:
        engine = engine or "ripser"
        if engine not in ENGINES:
            raise BadInput(f"engine: one of {', '.join(ENGINES)} is needed, not {engine!r}.")
        matrix = FLAG_COMPLEXES[complex](data, **options)
        found = ENGINES[engine](matrix, max_dimension, limit, field)
    elif complex in SIMPLEX_TREES:
        if engine not in (None, "gudhi"):
            raise BadInput(f"complex {complex!r} is built by GUDHI only, not by {engine!r}.")
        engine = "gudhi"
        tree = SIMPLEX_TREES[complex](data, max_dimension + 1, limit, **options)
        found = _bars_of(tree, max_dimension, field)
    else:
        known = ", ".join([*FLAG_COMPLEXES, *SIMPLEX_TREES])
        raise BadInput(f"complex: one of {known} is needed, not {complex!r}.")
    return Diagram(tuple(_positive(bars) for bars in found), field, limit, engine)


def _by_ripser(matrix: np.ndarray, max_dimension: int, limit: float, field: int) -> list[np.ndarray]:
    from ripser import ripser
    from scipy.sparse import coo_matrix

    if field > 127:  # ripser.py does not return, or ends the process
        raise BadInput(f"field: ripser works up to Z/127, not Z/{field}; take engine='gudhi'.")
    below = matrix <= limit
    if below.all() and np.isfinite(matrix).all():
        given, threshold = matrix, np.inf
    else:  # only the edges that can enter: faster, and less memory
        rows, columns = np.nonzero(below & np.isfinite(matrix))
        given, threshold = coo_matrix((matrix[rows, columns], (rows, columns)), shape=matrix.shape), np.inf
    return ripser(given, maxdim=max_dimension, thresh=threshold, coeff=field, distance_matrix=True)["dgms"]


def _by_gudhi(matrix: np.ndarray, max_dimension: int, limit: float, field: int) -> list[np.ndarray]:
    from gudhi import RipsComplex

    tree = RipsComplex(distance_matrix=matrix, max_edge_length=limit).create_simplex_tree(max_dimension=1)
    tree.collapse_edges(nb_iterations=3)  # keeps the persistence, spares most of the simplices
    tree.expansion(max_dimension + 1)
    return _bars_of(tree, max_dimension, field)


ENGINES = {"ripser": _by_ripser, "gudhi": _by_gudhi}


def _bars_of(tree, max_dimension: int, field: int) -> list[np.ndarray]:
    # GUDHI leaves out the highest dimension of a complex unless told: a graph without triangles would lose its cycles.
    tree.compute_persistence(homology_coeff_field=field, persistence_dim_max=tree.dimension() <= max_dimension)
    return [np.asarray(tree.persistence_intervals_in_dimension(d)).reshape(-1, 2) for d in range(max_dimension + 1)]


def _positive(bars: np.ndarray) -> np.ndarray:
    """Sorted bars of positive length, float64."""
    bars = np.asarray(bars, dtype=np.float64).reshape(-1, 2)
    bars = bars[bars[:, 1] > bars[:, 0]]
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]

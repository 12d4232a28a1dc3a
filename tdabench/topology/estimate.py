"""How many simplices, and how much memory, before the work.

A Rips complex on n points has n over k + 1 simplices of dimension k: 400 points to dimension 3 are 10^9. Below a
threshold they are the cliques of a graph, counted exactly where that is cheap, else from seeded samples.

Bytes were measured with benchmarks/memory.py, which shows them beside the truth again: GUDHI's simplex tree with its
persistent cohomology takes 61 to 65 bytes a simplex; ripser 125 a pair of points (all of them) or 190 (those below a
threshold) for its distances, and up to 75 (140 from dimension 2 on) for every simplex of the highest dimension whose
homology is asked for, most where there is something to be found.
"""

from dataclasses import dataclass
from math import comb

import numpy as np

from tdabench.arrays import as_square, as_whole
from tdabench.errors import BadInput

GUDHI_SIMPLEX = 65
RIPSER_PAIR, RIPSER_EDGE = 125, 190
RIPSER_SIMPLEX = {0: 0, 1: 75}  # by highest dimension; RIPSER_LARGE from 2 on
RIPSER_LARGE = 140
MATRIX_ENTRY = 8 * 3  # float64: the distances, and two passing copies
SAMPLES = 200  # edges whose cliques are counted, of a graph too large to count in


@dataclass(frozen=True)
class Estimate:
    """simplices: of the largest complex that is held; bytes: at the peak, beyond what is held before; error: standard
    error of `simplices`, 0 when they were counted."""

    simplices: float
    bytes: float
    error: float = 0.0

    @property
    def gib(self) -> float:
        return self.bytes / 2**30


def rips_estimate(points: int, max_dimension: int, engine: str = "ripser") -> Estimate:
    """All pairs of so many points, homology up to max_dimension (simplices to one more)."""
    points, max_dimension = check_size(points, max_dimension)
    sizes = [comb(points, size) for size in range(1, max_dimension + 3)]
    return _of(points, sizes, [0.0] * len(sizes), max_dimension, engine)


def flag_estimate(matrix, max_dimension: int, limit: float = np.inf, engine: str = "ripser", seed: int = 0) -> Estimate:
    """The flag complex of a matrix of distances (n, n) up to `limit`, homology up to max_dimension."""
    matrix = as_square(matrix, "distance matrix")
    _, max_dimension = check_size(len(matrix), max_dimension)
    graph = matrix <= limit
    np.fill_diagonal(graph, False)
    if graph.sum() == len(graph) * (len(graph) - 1):
        return rips_estimate(len(graph), max_dimension, engine)
    counted = [cliques(graph, size, seed) for size in range(1, max_dimension + 3)]
    return _of(len(graph), [number for number, _ in counted], [error for _, error in counted], max_dimension, engine)


def cliques(graph: np.ndarray, size: int, seed: int = 0, samples: int = SAMPLES) -> tuple[float, float]:
    """Number of cliques of so many vertices in a graph (n, n) of booleans, and its standard error (0: counted)."""
    if size == 1:
        return float(len(graph)), 0.0
    if size == 2:
        return float(graph.sum() / 2), 0.0
    if size == 3:
        adjacent = graph.astype(np.float32)  # its sums are whole numbers below 2^24
        return float((adjacent @ adjacent * adjacent).sum(dtype=np.float64) / 6), 0.0
    edges = np.argwhere(np.triu(graph))
    if not len(edges):
        return 0.0, 0.0
    all_of_them = len(edges) <= samples
    chosen = edges if all_of_them else np.random.default_rng(seed).choice(edges, samples, replace=False)
    found = []
    for one, other in chosen:
        common = np.flatnonzero(graph[one] & graph[other])
        found.append(cliques(graph[np.ix_(common, common)], size - 2, seed, samples)[0] if len(common) else 0.0)
    if all_of_them:
        return sum(found) / comb(size, 2), 0.0  # each clique was found from every edge of it
    scale = len(edges) / comb(size, 2)
    return scale * float(np.mean(found)), float(scale * np.std(found, ddof=1) / np.sqrt(len(found)))


def _of(points: int, sizes: list, errors: list, max_dimension: int, engine: str) -> Estimate:
    """Of the numbers of simplices of dimensions 0, 1, .., max_dimension + 1."""
    matrix = MATRIX_ENTRY * points**2
    if engine == "gudhi":
        return Estimate(float(sum(sizes)), matrix + GUDHI_SIMPLEX * float(sum(sizes)), float(np.linalg.norm(errors)))
    if engine != "ripser":
        raise BadInput(f"engine: ripser or gudhi is needed, not {engine!r}.")
    dense = sizes[1] == comb(points, 2)
    distances = RIPSER_PAIR * sizes[1] if dense else matrix + RIPSER_EDGE * sizes[1]
    columns = RIPSER_SIMPLEX.get(max_dimension, RIPSER_LARGE) * sizes[max_dimension]
    return Estimate(float(sum(sizes[:-1])), float(distances + columns), float(np.linalg.norm(errors[:-1])))


def check_size(points: int, max_dimension: int) -> tuple[int, int]:
    """Both as whole numbers, or BadInput."""
    return as_whole(points, "points", 1, 10**9), as_whole(max_dimension, "max_dimension", 0, 20)

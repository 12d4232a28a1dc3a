"""How many simplices, and how much memory, before the work.

A Rips complex on n points has n over k + 1 simplices of dimension k: 400 points to dimension 3 are 10^9. Below a
threshold they are the cliques of a graph, counted exactly where that is cheap, else from seeded samples.

Bytes were measured with benchmarks/memory.py, which shows them beside the truth again: GUDHI's simplex tree with its
persistent cohomology takes 61 to 65 bytes a simplex; ripser 125 a pair of points (all of them) or 190 (those below a
threshold) for its distances, and up to 75 (140 from dimension 2 on) for every simplex of the highest dimension whose
homology is asked for, most where there is something to be found. A list of ripser's that grows asks for up to half as
much again as it fills, which a limit of the kernel's counts; 1.35 times as much was seen. GUDHI's Delaunay
triangulation, its complex and the converted one take 125 to 345 bytes a simplex together, most in low dimensions; its
witness complexes 90 to 120 a simplex, and 52 a pair of point and landmark, and 800 a point.
"""

from dataclasses import dataclass, replace
from math import comb, log2

import gudhi
import numpy as np

from tdabench.errors import BadInput
from tdabench.topology.auto_engine import AUTO
from tdabench.topology.complexes import sparse_rips
from tdabench.topology.engine import engines
from tdabench.topology.witness import BLOCK
from tdabench.validation import as_integer, as_points, as_square

GUDHI_SIMPLEX = 65
TREES = ("gudhi", "gudhi_plain", "oineus")  # hold every simplex; the others, and auto, are counted as ripser
RIPSER_PAIR, RIPSER_EDGE = 125, 190
RIPSER_SIMPLEX = {0: 0, 1: 75}  # by highest dimension; RIPSER_LARGE from 2 on
RIPSER_LARGE = 140
RIPSER_ASKS = 1.5  # of what it fills
MATRIX_ENTRY = 8 * 3  # float64: the distances, and two passing copies
DELAUNAY_SIMPLEX = 345  # alpha and Cech complexes
WITNESS_SIMPLEX, WITNESS_PAIR, WITNESS_POINT = 130, 52, 800
LANDMARK_PAIR, BLOCK_PAIR = 17, 64  # of all points, and of those that lazy_witness_matrix looks at together
SAMPLES = 200  # edges whose cliques are counted, of a graph too large to count in
COUNTED = 4000  # vertices of a graph up to which triangles are counted: a product of matrices, in seconds
DELAUNAY_TRIED = 1_000_000  # simplices of a Delaunay triangulation that may be built to tell how it grows


@dataclass(frozen=True)
class Estimate:
    """simplices: of the largest complex that is held; bytes: to be allowed for, beyond what is held before; error:
    standard error of `simplices`, 0 when they were not sampled; how: they were found."""

    simplices: float
    bytes: float
    error: float = 0.0
    how: str = "counted"

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
    if size == 3 and len(graph) <= COUNTED:
        adjacent = graph.astype(np.float32)  # its sums are whole numbers below 2^24
        return float((adjacent @ adjacent * adjacent).sum(dtype=np.float64) / 6), 0.0
    edges = np.flatnonzero(np.triu(graph))
    if not len(edges):
        return 0.0, 0.0
    all_of_them = len(edges) <= samples
    chosen = edges if all_of_them else np.random.default_rng(seed).choice(edges, samples, replace=False)
    found = []
    for one, other in np.stack(np.divmod(chosen, len(graph)), axis=1):
        common = np.flatnonzero(graph[one] & graph[other])
        found.append(cliques(graph[np.ix_(common, common)], size - 2, seed, samples)[0] if len(common) else 0.0)
    if all_of_them:
        return sum(found) / comb(size, 2), 0.0  # each clique was found from every edge of it
    scale = len(edges) / comb(size, 2)
    return scale * float(np.mean(found)), float(scale * np.std(found, ddof=1) / np.sqrt(len(found)))


def sparse_estimate(points, max_dimension: int, limit: float = np.inf, epsilon: float = 0.3, seed: int = 0) -> Estimate:
    """Sparse Rips of points (n, d): the cliques of its graph, among which its simplices are."""
    tree = sparse_rips(points, 1, limit, epsilon, seed)
    found = flag_estimate(edges_of(tree, len(points)), max_dimension, np.finfo(float).max, "gudhi", seed)
    return replace(found, how=f"at most, {found.how}")


def delaunay_estimate(points, seed: int = 0) -> Estimate:
    """Alpha and Cech complexes of points (n, d), which have the simplices of the Delaunay triangulation.

    It is built for few of the points, then for twice as many, while it stays small. Beyond, it grows as it did last;
    in d dimensions never faster than the power (d + 1) / 2 of the points.
    """
    points = as_points(points)
    count, width = points.shape
    if 2 ** (width + 1) > DELAUNAY_TRIED:  # as many as one simplex has faces
        faces = 2.0 ** min(count, width + 1)
        return Estimate(faces, DELAUNAY_SIMPLEX * faces, 0.0, "at least")
    order = np.random.default_rng(seed).permutation(count)
    few, known, power = min(count, width + 2), 0.0, (width + 1) / 2
    while True:
        tree = gudhi.AlphaComplex(points=points[order[:few]]).create_simplex_tree(default_filtration_value=True)
        before, known = known, float(tree.num_simplices())
        if few == count:
            return Estimate(known, DELAUNAY_SIMPLEX * known)
        if before:
            power = min(max(log2(known / before), 1.0), power)
        if known * 2**power > DELAUNAY_TRIED:
            break
        few = min(2 * few, count)
    simplices = known * (count / few) ** power
    return Estimate(simplices, DELAUNAY_SIMPLEX * simplices, 0.0, "extrapolated")


def witness_estimate(points: int, max_dimension: int, landmarks: int) -> Estimate:
    """GUDHI's (strong) witness complexes without a limit: every set of landmarks is a simplex.

    The strong one takes less; without a limit its time doubles with every landmark.
    """
    points, max_dimension = check_size(points, max_dimension)
    landmarks = as_integer(landmarks, "landmarks", 1, points)
    simplices = float(sum(comb(landmarks, size) for size in range(1, max_dimension + 3)))
    held = points * (WITNESS_POINT + WITNESS_PAIR * landmarks) + WITNESS_SIMPLEX * simplices
    return Estimate(simplices, float(held), 0.0, "at most")


def lazy_witness_estimate(points: int, max_dimension: int, landmarks: int, engine: str = "ripser") -> Estimate:
    """The flag complex of all landmarks, and their distances to all points."""
    points, max_dimension = check_size(points, max_dimension)
    found = rips_estimate(as_integer(landmarks, "landmarks", 1, points), max_dimension, engine)
    pairs = LANDMARK_PAIR * points + BLOCK_PAIR * min(points, BLOCK)
    return replace(found, bytes=found.bytes + float(landmarks * pairs), how="at most")


def edges_of(tree, count: int) -> np.ndarray:
    """The edges of a simplex tree as a matrix of distances (count, count), +inf where there is none."""
    graph = np.full((count, count), np.inf)
    np.fill_diagonal(graph, 0)
    for simplex, value in tree.get_skeleton(1):
        if len(simplex) == 2:
            graph[tuple(simplex)] = graph[tuple(simplex[::-1])] = value
    return graph


def _of(points: int, sizes: list, errors: list, max_dimension: int, engine: str) -> Estimate:
    """Of the numbers of simplices of dimensions 0, 1, .., max_dimension + 1."""
    matrix = MATRIX_ENTRY * points**2
    how = "sampled" if any(errors) else "counted"
    if engine in TREES:
        error = float(np.linalg.norm(errors))
        return Estimate(float(sum(sizes)), matrix + GUDHI_SIMPLEX * float(sum(sizes)), error, how)
    if engine != AUTO and engine not in engines():
        raise BadInput(f"engine: one of {', '.join(engines())} or {AUTO} is needed, not {engine!r}.")
    dense = sizes[1] == comb(points, 2)
    distances = (RIPSER_PAIR if dense else RIPSER_EDGE) * sizes[1]
    columns = RIPSER_SIMPLEX.get(max_dimension, RIPSER_LARGE) * sizes[max_dimension]
    held = RIPSER_ASKS * (distances + columns) + (0 if dense else matrix)
    return Estimate(float(sum(sizes[:-1])), float(held), float(np.linalg.norm(errors[:-1])), how)


def check_size(points: int, max_dimension: int) -> tuple[int, int]:
    """Both as whole numbers, or BadInput."""
    return as_integer(points, "points", 1, 10**9), as_integer(max_dimension, "max_dimension", 0, 20)

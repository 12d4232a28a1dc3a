"""Random inputs on which engines differ if they differ anywhere: ties, duplicates, collinear points, no metric."""

import numpy as np
from scipy.spatial.distance import pdist, squareform

from tdabench.validation import as_integer

KINDS = ("normal", "duplicates", "collinear", "grid", "no metric", "missing edges", "correlation", "two values")


def random_matrices(number: int, seed: int = 0) -> list[tuple[str, np.ndarray]]:
    """(kind, matrix of edge values (n, n)), 8 to 24 points each, the kinds by turns. Values are float32 numbers, so
    that engines of 32 and of 64 bits are given the same."""
    number = as_integer(number, "number", 0, 100_000)
    random = np.random.default_rng(seed)
    found = []
    for index in range(number):
        kind = KINDS[index % len(KINDS)]
        count = int(random.integers(8, 25))
        matrix = _matrix(kind, count, random).astype(np.float32).astype(np.float64)
        np.fill_diagonal(matrix, 0)
        found.append((kind, matrix))
    return found


def _matrix(kind: str, count: int, random: np.random.Generator) -> np.ndarray:
    points = random.normal(size=(count, int(random.integers(2, 5))))
    above = np.triu(random.random((count, count)), 1)
    match kind:
        case "duplicates":
            points = points[random.integers(0, count // 2, count)]
        case "collinear":
            points = np.outer(random.integers(0, 30, count), points[0])
        case "grid":
            points = random.integers(0, 4, points.shape)
        case "no metric":
            return above + above.T
        case "missing edges":
            above = np.triu(np.where(random.random(above.shape) < 0.5, np.inf, above), 1)
            return above + above.T
        case "correlation":
            return 1 - np.corrcoef(random.normal(size=(count, 6)))
        case "two values":
            above = np.triu(np.where(above > 0.6, 1.0, 2.0), 1)
            return above + above.T
    return squareform(pdist(points))

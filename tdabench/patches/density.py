"""Codensity and the dense cores X(k, p) (Carlsson et al., IJCV 76, 2008)."""

import numpy as np
from scipy.spatial import cKDTree

from tdabench.errors import BadInput
from tdabench.validation import as_floats, as_integer, as_points, as_real, quoted

SAMPLED = 2000  # points, at least


def codensity(points, k, workers: int = -1) -> np.ndarray:
    """delta_k: distance from each point to its k-th nearest neighbour, the point itself not counted.

    points: (n, d); k: one whole number, 1 <= k < n, or several. Returns (n,), or (n, len(k)). Exact.
    workers: threads; -1 for all cores.
    """
    points = as_points(points, at_least=2)
    wanted = _numbers(k, len(points) - 1)
    tree = cKDTree(points, leafsize=64)
    # Queries in the order of the tree's leaves find the same leaves in the processor's cache.
    order = tree.indices
    found, _ = tree.query(points[order], k=[number + 1 for number in wanted], workers=workers)
    distances = np.empty_like(found)
    distances[order] = found
    return distances if np.ndim(k) else distances[:, 0]


def _numbers(k, most: int) -> list[int]:
    """One whole number from 1 to `most`, or several, as a list."""
    wanted = np.atleast_1d(k)
    if wanted.ndim > 1 or not len(wanted):
        raise BadInput(f"k: one whole number, or a list of some, is needed, not {quoted(k)}.")
    return [as_integer(entry.item() if isinstance(entry, np.generic) else entry, "k", 1, most) for entry in wanted]


def codensity_within(queries, points, k, seed: int = 0, block: int = 16) -> np.ndarray:
    """delta_k of some unit rows (m, d) among all of them (n, d), each query one of these: exact up to float32.

    k: one whole number or several. Returns (m,), or (m, len(k)). Products of matrices in blocks of queries; a random
    sample of the points bounds each query's distance, so that few of the others are sorted. In R^8 this takes a quarter
    of a tree's time for k = 300 of 50,000, and has no limit in k.
    """
    queries, points = (as_points(rows).astype(np.float32) for rows in (queries, points))
    wanted = _numbers(k, len(points) - 1)
    for name, rows in (("queries", queries), ("points", points)):
        if not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4):
            raise BadInput(f"{name}: unit rows are needed (points of a sphere).")
    if queries.shape[1] != points.shape[1]:
        raise BadInput(f"queries: {points.shape[1]} columns are needed as in points, not {queries.shape[1]}.")
    most, size = max(wanted), min(len(points), max(SAMPLED, len(points) // 10))
    expected = (most + 1) * size / len(points)
    rank = min(size, int(np.ceil(expected + 5 * np.sqrt(expected) + 3)))  # in the sample; beyond it five deviations
    sample = points[np.random.default_rng(seed).choice(len(points), size, replace=False)].T.copy()
    points, found = points.T.copy(), np.empty((len(queries), len(wanted)))
    for start in range(0, len(queries), block):
        some = queries[start : start + block]
        bounds = np.partition(some @ sample, size - rank, axis=1)[:, size - rank]
        for row, (cosines, bound) in enumerate(zip(some @ points, bounds, strict=True), start):
            near = cosines[cosines >= bound]
            if len(near) <= most:  # the sample was unlucky
                near = cosines
            near.partition([len(near) - number - 1 for number in wanted])
            found[row] = [near[len(near) - number - 1] for number in wanted]
    distances = np.sqrt(np.maximum(2 - 2 * found, 0))
    return distances if np.ndim(k) else distances[:, 0]


def approximate_codensity(points, k: int, seed: int = 0, workers: int = -1, checked: int = 500):
    """delta_k by approximate neighbours (pynndescent: Dong, Charikar & Li 2011), and their recall.

    points: (n, d). Returns (n,), and the share of the true k nearest that were found, over `checked` random points.
    """
    from pynndescent import NNDescent

    points = as_points(points, at_least=2)
    k = as_integer(k, "k", 1, len(points) - 1)
    index = NNDescent(points, n_neighbors=30, random_state=seed, n_jobs=workers)
    near, distances = index.query(points, k=k + 1, epsilon=0.2)
    some = np.random.default_rng(seed).choice(len(points), min(checked, len(points)), replace=False)
    _, true = cKDTree(points).query(points[some], k=k + 1, workers=workers)
    hits = [len(np.intersect1d(one, other)) for one, other in zip(near[some], true, strict=True)]
    return distances[:, -1].astype(np.float64), float(np.mean(hits) / (k + 1))


def densest(codensities, percent: float) -> np.ndarray:
    """Rows of the `percent` % of points with the smallest codensity, ascending; codensities: (n,)."""
    codensities = as_floats(codensities, "codensity", "one per point")
    if codensities.ndim != 1 or not np.isfinite(codensities).all():
        raise BadInput("codensity: one finite number per point is needed.")
    percent = as_real(percent, "p (a percentage)", above=0, most=100)
    count = round(len(codensities) * percent / 100)
    if count < 1:
        raise BadInput(f"p: {percent} % of {len(codensities)} points leaves no point.")
    return np.sort(np.argsort(codensities, kind="stable")[:count])


def core(points, k: int, percent: float, workers: int = -1) -> np.ndarray:
    """X(k, p): the `percent` % densest rows of points (n, d), in their order."""
    points = as_points(points)
    return points[densest(codensity(points, k, workers), percent)]

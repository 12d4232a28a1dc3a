"""Codensity and the dense cores X(k, p) of a point cloud (Carlsson et al., IJCV 76, 2008)."""

import numpy as np
from scipy.spatial import cKDTree

from tdabench.errors import BadInput
from tdabench.validation import as_floats, as_integer, as_points, as_real, quoted

SAMPLED = 2000  # points, at least, that bound the distances of a query


def codensity(points, k, workers: int = -1) -> np.ndarray:
    """delta_k: the distance from each point to its k-th nearest neighbour, not counting the point itself. Exact.

    Parameters
    ----------
    points
        (n, d).
    k
        Whole number, 1 <= k < n, or several.
    workers
        Threads; -1 for all cores.

    Returns
    -------
    array, (n,) or (n, len(k))
    """
    points = as_points(points, at_least=2)
    ranks = _ranks(k, len(points) - 1)
    tree = cKDTree(points, leafsize=64)
    # In the order of the tree's leaves, successive queries visit leaves that are still in the processor's cache.
    order = tree.indices
    ordered, _ = tree.query(points[order], k=[rank + 1 for rank in ranks], workers=workers)
    distances = np.empty_like(ordered)
    distances[order] = ordered
    return distances if np.ndim(k) else distances[:, 0]


def _ranks(k, most: int) -> list[int]:
    """One whole number from 1 to `most`, or several, as a list."""
    ranks = np.atleast_1d(k)
    if ranks.ndim > 1 or not len(ranks):
        raise BadInput(f"k: one whole number, or a list of some, is needed, not {quoted(k)}.")
    return [as_integer(entry.item() if isinstance(entry, np.generic) else entry, "k", 1, most) for entry in ranks]


def codensity_within(queries, points, k, seed: int = 0, block: int = 16) -> np.ndarray:
    """delta_k of some points of a cloud on the unit sphere. Exact up to float32.

    Distances come from products of matrices in blocks of queries. A random sample of the points bounds each query's
    distance, so that few of the others are sorted. In R^8 this takes a quarter of a tree's time for k = 300 of 50,000.

    Parameters
    ----------
    queries
        (m, d), unit rows, each of them one of the points.
    points
        (n, d), unit rows.
    k
        Whole number, 1 <= k < n, or several.
    seed
        Seed of the sample.
    block
        Queries in a block.

    Returns
    -------
    array, (m,) or (m, len(k))
    """
    queries, points = (as_points(rows).astype(np.float32) for rows in (queries, points))
    ranks = _ranks(k, len(points) - 1)
    for name, rows in (("queries", queries), ("points", points)):
        if not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4):
            raise BadInput(f"{name}: unit rows are needed (points of a sphere).")
    if queries.shape[1] != points.shape[1]:
        raise BadInput(f"queries: {points.shape[1]} columns are needed as in points, not {queries.shape[1]}.")
    most, size = max(ranks), min(len(points), max(SAMPLED, len(points) // 10))
    expected = (most + 1) * size / len(points)
    bound_rank = min(size, int(np.ceil(expected + 5 * np.sqrt(expected) + 3)))  # in the sample, plus five deviations
    sample = points[np.random.default_rng(seed).choice(len(points), size, replace=False)].T.copy()
    points, products = points.T.copy(), np.empty((len(queries), len(ranks)))
    for start in range(0, len(queries), block):
        rows = queries[start : start + block]
        bounds = np.partition(rows @ sample, size - bound_rank, axis=1)[:, size - bound_rank]
        for row, (cosines, bound) in enumerate(zip(rows @ points, bounds, strict=True), start):
            near = cosines[cosines >= bound]
            if len(near) <= most:  # the sample gave too tight a bound
                near = cosines
            near.partition([len(near) - rank - 1 for rank in ranks])
            products[row] = [near[len(near) - rank - 1] for rank in ranks]
    distances = np.sqrt(np.maximum(2 - 2 * products, 0))
    return distances if np.ndim(k) else distances[:, 0]


def approximate_codensity(points, k: int, seed: int = 0, workers: int = -1, checked: int = 500):
    """delta_k by approximate neighbours (pynndescent; Dong, Charikar & Li, WWW 2011), and their recall.

    Parameters
    ----------
    points
        (n, d).
    k
        Whole number, 1 <= k < n.
    seed
        Seed of the index and of the check.
    workers
        Threads; -1 for all cores.
    checked
        Random points for which the recall is computed.

    Returns
    -------
    distances : array, (n,)
    recall : float
        Share of the true k nearest neighbours among the approximate ones.
    """
    from pynndescent import NNDescent

    points = as_points(points, at_least=2)
    k = as_integer(k, "k", 1, len(points) - 1)
    index = NNDescent(points, n_neighbors=30, random_state=seed, n_jobs=workers)
    near, distances = index.query(points, k=k + 1, epsilon=0.2)
    rows = np.random.default_rng(seed).choice(len(points), min(checked, len(points)), replace=False)
    _, true = cKDTree(points).query(points[rows], k=k + 1, workers=workers)
    hits = [len(np.intersect1d(one, other)) for one, other in zip(near[rows], true, strict=True)]
    return distances[:, -1].astype(np.float64), float(np.mean(hits) / (k + 1))


def densest(codensities, percent: float) -> np.ndarray:
    """Rows of the `percent` % of points with the smallest codensity, ascending. codensities: (n,)."""
    codensities = as_floats(codensities, "codensity", "one per point")
    if codensities.ndim != 1 or not np.isfinite(codensities).all():
        raise BadInput("codensity: one finite number per point is needed.")
    percent = as_real(percent, "p (a percentage)", above=0, most=100)
    count = round(len(codensities) * percent / 100)
    if count < 1:
        raise BadInput(f"p: {percent} % of {len(codensities)} points leaves no point.")
    return np.sort(np.argsort(codensities, kind="stable")[:count])


def core(points, k: int, percent: float, workers: int = -1) -> np.ndarray:
    """X(k, p): the `percent` % densest of the points (n, d), in the order given."""
    points = as_points(points)
    return points[densest(codensity(points, k, workers), percent)]

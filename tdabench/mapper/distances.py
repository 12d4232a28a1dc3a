"""Distances between points, or those of a matrix: what lenses are made of.

Everywhere: data are points (n, d), or with metric="precomputed" distances (n, n); rows are other points (m, d), or
their distances (m, n) to the data, and None stands for the data themselves.
"""

import numpy as np
from sklearn.metrics import pairwise_distances, pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from tdabench.errors import BadInput
from tdabench.validation import as_points, as_square

BLOCK_ENTRIES = 1 << 22  # distances held at once, of a matrix


def checked(data, metric: str, rows=None):
    """Data and rows as float64 arrays, or BadInput."""
    if metric != "precomputed":
        data = as_points(data)
        return data, None if rows is None else as_points(rows, width=data.shape[1])
    data = as_square(data, "distances")
    rows = None if rows is None else as_points(rows, "distances", width=len(data))
    for matrix in (data, rows):
        if matrix is not None and (not np.isfinite(matrix).all() or (matrix < 0).any()):
            raise BadInput("distances: finite numbers from 0 on are needed.")
    return data, rows


def points_only(data, metric: str, name: str, rows=None):
    """Points and rows as float64 arrays, or BadInput for distances."""
    if metric == "precomputed":
        raise BadInput(f"lens {name}: points are needed, not distances.")
    return checked(data, metric, rows)


def centred(data, metric: str, origin=None) -> np.ndarray:
    """Points moved to the mean of `origin` (None: their own) where that changes no distance but lessens the rounding of
    matrix products."""
    origin = data if origin is None else origin
    return data - origin.mean(axis=0) if metric in ("euclidean", "l2") else data


def by_block(data, metric: str, reduce, rows=None) -> np.ndarray:
    """reduce(distances (block, n)) -> (block,), over blocks of rows, so that the whole matrix is never held."""
    if metric == "precomputed":
        matrix = data if rows is None else rows
        size = max(1, BLOCK_ENTRIES // len(data))
        return np.concatenate([reduce(matrix[start : start + size]) for start in range(0, len(matrix), size)])

    def reduced(distances, start):
        if np.isnan(distances).any():
            raise BadInput(f"metric: {metric!r} gives no number for some pairs of points (a row of zeros, say).")
        return reduce(distances)

    pair = (centred(data, metric),) if rows is None else (centred(rows, metric, data), centred(data, metric))
    try:
        blocks = pairwise_distances_chunked(*pair, metric=metric, reduce_func=reduced, working_memory=64)
        return np.concatenate(list(blocks))
    except BadInput:
        raise
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None


def pairwise(data, metric: str) -> np.ndarray:
    """All distances between points, (n, n)."""
    try:
        distances = pairwise_distances(centred(data, metric), metric=metric)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if not np.isfinite(distances).all():
        raise BadInput(f"metric: {metric!r} gives no finite number for some pairs of points (a row of zeros, say).")
    return (distances + distances.T) / 2


def neighbours(data, metric: str, k: int, rows=None) -> tuple[np.ndarray, np.ndarray]:
    """Distances and rows, (n, k) each, of the k nearest other points; of `rows`, of the k nearest data."""
    if metric == "precomputed":
        matrix = data if rows is None else rows
        near = np.empty((len(matrix), k), dtype=np.intp)
        for row, distances in enumerate(matrix):
            distances = distances.copy()
            if rows is None:
                distances[row] = np.inf
            part = np.argpartition(distances, k - 1)[:k]
            near[row] = part[np.argsort(distances[part], kind="stable")]
        return np.take_along_axis(matrix, near, axis=1), near
    others = None if rows is None else centred(rows, metric, data)
    try:
        distances, near = NearestNeighbors(n_neighbors=k, metric=metric).fit(centred(data, metric)).kneighbors(others)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if np.isnan(distances).any():
        raise BadInput(f"metric: {metric!r} gives no number for some pairs of points (a row of zeros, say).")
    return distances, near


def pairs_within(data, metric: str, epsilon: float):
    """The pairs of different rows at a distance of at most epsilon, and their distances."""
    if metric == "precomputed":
        first, second = np.nonzero(data <= epsilon)
        lengths = data[first, second]
    else:
        try:
            graph = NearestNeighbors(radius=epsilon, metric=metric).fit(centred(data, metric))
            graph = graph.radius_neighbors_graph(mode="distance").tocoo()
        except (ValueError, TypeError) as error:
            raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
        first, second, lengths = graph.row, graph.col, graph.data
    apart = first != second
    return (first[apart], second[apart]), lengths[apart]

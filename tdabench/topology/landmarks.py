"""Landmarks: few points that stand for many.

De Silva & Carlsson, "Topological estimation using witness complexes", 2004.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.validation import as_integer, as_points


@dataclass(frozen=True)
class Landmarks:
    """Landmarks among N points.

    indices: (n,) rows of the points; distances: (n, N) Euclidean distance from each landmark to each point.
    """

    indices: np.ndarray
    distances: np.ndarray

    @property
    def covering_radius(self) -> float:
        """R: the largest distance from a point to its nearest landmark."""
        return float(self.distances.min(axis=0).max())


def maxmin_landmarks(points, count: int, seed: int) -> Landmarks:
    """Sequential maxmin: a random first landmark, then each time the point farthest from all landmarks so far.

    points: (N, d). Raises BadInput when there are fewer distinct points than landmarks.
    """
    points, count, seed = _checked(points, count, seed)
    columns = np.ascontiguousarray(points.T)
    indices = np.empty(count, dtype=np.intp)
    distances = np.empty((count, len(points)))
    nearest = np.full(len(points), np.inf)
    following = int(np.random.default_rng(seed).integers(len(points)))
    for place in range(count):
        if nearest[following] == 0:
            raise BadInput(f"{count} landmarks asked for, but only {place} of the {len(points)} points are distinct.")
        indices[place] = following
        distances[place] = _distances_to(columns, following)
        np.minimum(nearest, distances[place], out=nearest)
        following = int(nearest.argmax())
    return Landmarks(indices, distances)


def random_landmarks(points, count: int, seed: int) -> Landmarks:
    """Landmarks drawn uniformly without replacement. points: (N, d)."""
    points, count, seed = _checked(points, count, seed)
    columns = np.ascontiguousarray(points.T)
    indices = np.random.default_rng(seed).choice(len(points), count, replace=False)
    return Landmarks(indices, np.stack([_distances_to(columns, index) for index in indices]))


def _checked(points, count: int, seed: int) -> tuple[np.ndarray, int, int]:
    points = as_points(points)
    count, seed = as_integer(count, "landmarks", 1), as_integer(seed, "seed")
    if len(points) < count:
        raise BadInput(f"landmarks: {count} asked for among {len(points)} points; ask for fewer.")
    return points, count, seed


def _distances_to(columns: np.ndarray, index: int) -> np.ndarray:
    """Distances from point `index` to all; `columns` is (d, N), so that every pass runs along memory."""
    squares = np.zeros(columns.shape[1])
    for column in columns:
        difference = column - column[index]
        squares += difference * difference
    return np.sqrt(squares)

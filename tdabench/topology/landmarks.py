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

    Attributes
    ----------
    indices : ndarray of int, of shape (n,)
        Rows of the points.
    distances : ndarray of shape (n, N)
        Euclidean distance from each landmark to each point.

    Examples
    --------
    >>> from tdabench.topology import maxmin_landmarks
    >>> maxmin_landmarks([[0.0], [1.0], [9.0]], 2, seed=0).covering_radius
    1.0
    """

    indices: np.ndarray
    distances: np.ndarray

    @property
    def covering_radius(self) -> float:
        """R: the largest distance from a point to its nearest landmark."""
        return float(self.distances.min(axis=0).max())


def maxmin_landmarks(points, count: int, seed: int) -> Landmarks:
    """Sequential maxmin: a random first landmark, then each time the point farthest from all landmarks so far.

    Parameters
    ----------
    points : array-like of shape (N, d)
    count : int
        Of landmarks.
    seed : int
        Of the first one.

    Returns
    -------
    Landmarks

    Raises
    ------
    BadInput
        When there are fewer distinct points than landmarks.

    Examples
    --------
    >>> from tdabench.topology import maxmin_landmarks
    >>> sorted(maxmin_landmarks([[0.0], [1.0], [9.0]], 2, seed=0).indices.tolist())
    [0, 2]
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
    """Landmarks drawn uniformly without replacement.

    Parameters
    ----------
    points : array-like of shape (N, d)
    count : int
        Of landmarks.
    seed : int
        Of the draw.

    Returns
    -------
    Landmarks

    Examples
    --------
    >>> from tdabench.topology import random_landmarks
    >>> random_landmarks([[0.0], [1.0], [9.0]], 2, seed=0).distances.shape
    (2, 3)
    """
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

"""Connected components of points at a distance, as a clusterer of a fibre: single linkage cut at a height, flooded."""

from numbers import Real

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, ClusterMixin

from tdabench import estimator_input
from tdabench.errors import BadInput
from tdabench.validation import as_points, as_square

BLOCK = 64  # rows of the frontier whose distances are taken at once
WAVE = 256  # pending rows from which on it pays to set aside what they cannot reach
TINY, PATIENCE = 16, 16  # after this many components of at most this many rows in a row, flooding gives up
ENTRIES = 1 << 22  # distances held at once


class ThresholdComponents(estimator_input.WithMetric, ClusterMixin, BaseEstimator):
    """Connected components of the graph that joins points at a distance of at most `radius`.

    Parameters
    ----------
    radius : float
        From 0 on, in the unit of the distances.
    metric : str
        "euclidean", any name that scipy's cdist knows but those that scale by the data (seuclidean, mahalanobis), or
        "precomputed" for a distance matrix (+inf allowed).

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Numbered by the first row of each component.
    n_clusters_ : int

    Raises
    ------
    BadInput
        In `fit`: for bad parameters, and for distances that are not numbers.

    Notes
    -----
    The same partition as single linkage cut at the height `radius` and as DBSCAN(eps=radius, min_samples=1), without
    their table of neighbours: the component of a row is flooded, block by block, and a row once reached is never
    measured again. So the cost is near n times d where components are large, and at worst that of all distances;
    memory is of the order of n times d. Whether two points are within the radius is decided as cdist's distance says,
    in float64.

    Examples
    --------
    >>> from tdabench.mapper import ThresholdComponents
    >>> ThresholdComponents(1.5).fit([[0.0], [1.0], [2.0], [9.0]]).labels_.tolist()
    [0, 0, 0, 1]
    """

    def __init__(self, radius: float = 1.0, metric: str = "euclidean"):
        self.radius = radius
        self.metric = metric

    def fit(self, X, y=None) -> "ThresholdComponents":
        """Cluster one fibre.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points, or distances (n, n) with metric="precomputed".
        y : None
            Not used.

        Returns
        -------
        ThresholdComponents
            Itself.
        """
        if not (is_real(self.radius) and self.radius >= 0):
            raise BadInput(f"radius: a number from 0 on is needed, not {self.radius!r}.")
        if self.metric in ("seuclidean", "mahalanobis"):
            raise BadInput(f"metric: {self.metric!r} depends on the other points; scale the columns beforehand.")
        X = estimator_input.checked(self, X, as_distances if self.metric == "precomputed" else as_points)
        rows = _rows(X, self.metric, float(self.radius))
        self.labels_ = _flood(rows)
        self.n_clusters_ = int(self.labels_.max()) + 1
        return self


def _flood(rows) -> np.ndarray:
    """Labels (n,) of the components, from rows that have not been reached (see _Rows)."""
    labels = np.full(rows.count, -1, dtype=np.intp)
    label = tiny = first = 0
    while rows.left:
        if tiny == PATIENCE:
            _finish(rows, labels, label)
            break
        first += int((labels[first:] < 0).argmax())
        left = rows.left
        pending = np.array([first])
        labels[first] = label
        rows.remove(first)
        while len(pending) and rows.left:
            if rows.prunes and len(pending) >= WAVE:
                pending = _wave(rows, pending, labels, label)
                continue
            size = max(1, min(BLOCK, ENTRIES // len(rows.at)))
            block, pending = pending[-size:], pending[:-size]
            reached = rows.reached_from(block)
            if len(reached):
                labels[reached] = label
                pending = np.concatenate((pending, reached)) if len(pending) else reached
        tiny = tiny + 1 if left - rows.left <= TINY else 0
        label += 1
    return labels


def _wave(rows, pending, labels, label) -> np.ndarray:
    """The rows that many pending ones reach. Most of a large component is pending at the end, when only rows of other
    components are left: without setting those aside, the cost would be quadratic."""
    found = []
    aside = rows.set_aside(pending)
    while len(pending) and rows.left:
        size = max(1, min(BLOCK, ENTRIES // len(rows.at)))
        block, pending = pending[-size:], pending[:-size]
        found.append(rows.reached_from(block))
        labels[found[-1]] = label
    rows.take_back(aside)
    return np.concatenate(found) if found else pending[:0]


def _finish(rows, labels, label) -> None:
    """Label all that is left from its pairs: where components are many and small, flooding one at a time is slow."""
    rows.compact()
    at = rows.at
    firsts, seconds, held = [], [], 0
    size = max(1, min(4 * BLOCK, ENTRIES // len(at)))
    for start in range(0, len(at), size):
        near = rows.near(start, min(start + size, len(at)))
        first, second = np.nonzero(near)
        firsts.append(first + start)
        seconds.append(second + start)
        held += len(first)
        if held > ENTRIES:  # a large component after all: its rows, each joined to one, say the same in less space
            part = _part(firsts, seconds, len(at))
            firsts, seconds, held = [np.unique(part, return_index=True)[1][part]], [np.arange(len(at))], len(at)
    part = _part(firsts, seconds, len(at))
    _, place, part = np.unique(part, return_index=True, return_inverse=True)
    labels[at] = label + place.argsort().argsort()[part]


def _part(firsts, seconds, count):
    firsts, seconds = np.concatenate(firsts), np.concatenate(seconds)
    graph = coo_array((np.ones(len(firsts), dtype=bool), (firsts, seconds)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


class _Rows:
    """The rows not reached yet: `at` holds their indices, ascending, among which those gone may linger for a while.

    count: of all rows; left: of those not reached; prunes: whether rows far from others can be set aside.
    """

    prunes = False

    def __init__(self, count):
        self.count = self.left = count
        self.at = np.arange(count)

    def remove(self, row) -> None:
        self._gone(np.array([np.searchsorted(self.at, row)]))


class _MetricRows(_Rows):
    """Rows whose distances are asked for: between(rows, rows) -> (a, b)."""

    def __init__(self, count, radius, between):
        super().__init__(count)
        self.radius, self._between = radius, between

    def reached_from(self, block):
        places = np.flatnonzero((self._between(block, self.at) <= self.radius).any(axis=0))
        reached = self.at[places]
        self._gone(places)
        return reached

    def near(self, start, stop):
        return self._between(self.at[start:stop], self.at[start:]) <= self.radius

    def _gone(self, places) -> None:
        self.at = np.delete(self.at, places)
        self.left = len(self.at)

    def compact(self) -> None:
        """Nothing lingers here."""


class _EuclideanRows(_Rows):
    """Rows whose squared distances come out of one matrix product: (-2x, 1, |x|^2) . (y, |y|^2, 1) = |x - y|^2.

    What is too near the threshold for the rounding of that product is decided by cdist. A row that is gone has |y|^2
    set to infinity, so that it is near nothing, until a quarter of the rows are gone and the table is copied.
    """

    prunes = True

    def __init__(self, points, squares, centred, radius):
        super().__init__(len(points))
        width = points.shape[1]
        self.points, self.radius, self.width = points, radius, width
        self.left_factor = np.empty((self.count, width + 2))
        np.multiply(centred, -2.0, out=self.left_factor[:, :width])
        self.left_factor[:, width] = 1.0
        self.left_factor[:, width + 1] = squares
        self.right_factor = np.empty((self.count, width + 2))
        self.right_factor[:, :width] = centred
        self.right_factor[:, width] = squares
        self.right_factor[:, width + 1] = 1.0
        doubt = 1e-9 * radius**2 + 16 * (width + 8) * np.finfo(float).eps * float(squares.max())
        self.surely, self.perhaps = radius**2 - doubt, radius**2 + doubt

    def reached_from(self, block):
        nearest = (self.left_factor[block] @ self.right_factor.T).min(axis=0)
        places = (nearest <= self.perhaps).nonzero()[0]
        if not len(places):
            return places
        doubtful = nearest[places] > self.surely
        if doubtful.any():
            among = self.points[self.at[places[doubtful]]]
            doubtful[doubtful] = (cdist(self.points[block], among) > self.radius).all(axis=0)
            places = places[~doubtful]
        reached = self.at[places]
        self._gone(places)
        return reached

    def near(self, start, stop):
        squares = self.left_factor[self.at[start:stop]] @ self.right_factor[start:].T
        near = squares <= self.perhaps
        doubtful = (near & (squares > self.surely)).any(axis=0)
        if doubtful.any():
            among = self.points[self.at[start:][doubtful]]
            near[:, doubtful] = cdist(self.points[self.at[start:stop]], among) <= self.radius
        return near

    def set_aside(self, pending):
        """Takes out the rows that no pending one can reach: those beyond the ball around all of these by more than the
        radius. Returns them for `take_back`."""
        self.compact()
        some = self.left_factor[pending, : self.width] / -2.0
        centre = some.mean(axis=0)
        reach = np.sqrt(((some - centre) ** 2).sum(axis=1).max()) + self.radius
        apart = ((self.right_factor[:, : self.width] - centre) ** 2).sum(axis=1)
        size = np.abs(some).max() + reach  # the rounding of both sides is far below this
        near = apart <= (reach + 1e-9 * size) ** 2
        aside = self.right_factor[~near], self.at[~near]
        self.right_factor, self.at = self.right_factor[near], self.at[near]
        self.left = len(self.at)
        return aside

    def take_back(self, aside) -> None:
        self.compact()
        at = np.concatenate((self.at, aside[1]))
        order = at.argsort()
        self.right_factor, self.at = np.concatenate((self.right_factor, aside[0]))[order], at[order]
        self.left = len(at)

    def _gone(self, places) -> None:
        self.right_factor[places, self.width] = np.inf
        self.left -= len(places)
        if self.left < 0.75 * len(self.at):
            self.compact()

    def compact(self) -> None:
        stays = self.right_factor[:, self.width] < np.inf
        self.right_factor, self.at = self.right_factor[stays], self.at[stays]


def _rows(X, metric, radius):
    if metric == "precomputed":
        return _MetricRows(len(X), radius, lambda first, second: X[np.ix_(first, second)])
    points = X
    if metric == "euclidean":
        with np.errstate(over="ignore", invalid="ignore"):
            centred = points - points.sum(axis=0) / len(points)
            squares = np.einsum("ij,ij->i", centred, centred)
        if radius < 1e150 and squares.max() < 1e300:  # else the squares overflow
            return _EuclideanRows(points, squares, centred, radius)
    return _MetricRows(len(points), radius, lambda first, second: _between(points[first], points[second], metric))


def _between(first, second, metric):
    try:
        distances = cdist(first, second, metric)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if np.isnan(distances).any():
        raise BadInput(f"metric: {metric!r} gives no number for some pairs of points (a row of zeros, say).")
    return distances


def as_distances(X):
    matrix = as_square(X, "distances")
    if (matrix < 0).any():
        raise BadInput(f"distances: negative entries, the least {matrix.min()}.")
    if matrix.diagonal().any():
        raise BadInput("distances: the diagonal must be 0.")
    return matrix


def is_real(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and (abs(value) == np.inf or abs(value) < 1e300)

"""Clusterers of a fibre: linkage trees cut where Python Mapper cuts them, and the components at a distance.

Singh, Memoli & Carlsson, "Topological Methods for the Analysis of High Dimensional Data Sets and 3D Object
Recognition", 2007; Müllner & Babu, Python Mapper (danifold.net/mapper), module mapper.cutoff, whose
documented definitions are implemented anew here.
"""

from numbers import Integral, Real

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist, pdist, squareform
from sklearn.base import BaseEstimator, ClusterMixin

from tdabench.arrays import as_points, as_square
from tdabench.errors import BadInput

METHODS = ("single", "complete", "average", "weighted", "centroid", "median", "ward")
CUTS = ("first_gap", "histogram", "biggest_gap", "height", "count")

BLOCK = 64  # rows of the frontier whose distances are taken at once
WAVE = 256  # pending rows from which on it pays to set aside what they cannot reach
TINY, PATIENCE = 16, 16  # after this many components of at most this many rows in a row, flooding gives up
ENTRIES = 1 << 22  # distances held at once


class CutLinkage(ClusterMixin, BaseEstimator):
    """Agglomerative clustering of one fibre, cut where its merge heights have a gap.

    method: one of METHODS (scipy's linkage; centroid, median and ward mean Euclidean distances).
    metric: "euclidean", any name that scipy's pdist knows, or "precomputed" for a distance matrix.
    cut: with h_1 <= ... <= h_(n-1) the heights of the merges,
      "first_gap": below the first gap of at least `gap` (0 to 1) times the reference; none: one cluster;
      "histogram": below the first empty one of `bins` equal bins of the heights; none: one cluster;
      "biggest_gap": below the gap with the largest (h_(i+1) - h_i) / h_(i+1)^exponent, the lowest such one; exponent 0
        is the widest gap, exponent 1 the widest on a logarithmic scale (Python Mapper's biggest_gap);
      "height": merges up to and including `height` are made; "count": `count` clusters, or as many as there are points.
    relative_to: what gaps and bins are measured against.
      "last_merge": the reference is h_(n-1), and only gaps between two merges count; bins range from h_1 to h_(n-1).
      "diameter": Python Mapper's own; the reference is the largest distance between two points, the gap from 0 to h_1
        counts for first_gap (points all far apart stay alone) and the gap up to the diameter for biggest_gap; bins
        range from 0 to the diameter, the last one not being looked at.
    Singh et al. give no range for their histogram; what Python Mapper does with the exponent is known here for the
    logarithmic gap alone, the rest is interpolated.

    After fit: labels_ (n,), numbered by the first row of each cluster; n_clusters_; height_: the height of the highest
    merge made (0 without one). Takes memory for n (n - 1) / 2 distances. Where centroid and median linkage lower the
    height of a later merge, that merge counts as high as the highest before it.
    Raises BadInput for bad parameters, and for distances that are negative or not finite.
    """

    def __init__(
        self,
        method="single",
        cut="first_gap",
        gap=0.1,
        bins=10,
        exponent=0.0,
        height=None,
        count=None,
        metric="euclidean",
        relative_to="last_merge",
    ):
        self.method = method
        self.cut = cut
        self.gap = gap
        self.bins = bins
        self.exponent = exponent
        self.height = height
        self.count = count
        self.metric = metric
        self.relative_to = relative_to

    def fit(self, X, y=None):
        """X: points (n, d), or distances (n, n) with metric="precomputed"."""
        self._check()
        distances, rows = _condensed(X, self.metric)
        if rows == 1:
            self.labels_, self.n_clusters_, self.height_ = np.zeros(1, dtype=np.intp), 1, 0.0
            return self
        tree = linkage(distances, self.method)
        heights = np.maximum.accumulate(tree[:, 2])
        merges = self._merges(heights, max(float(distances.max()), float(heights[-1])))
        self.labels_ = _labels_after(tree, merges)
        self.n_clusters_ = rows - merges
        self.height_ = float(heights[merges - 1]) if merges else 0.0
        return self

    def _merges(self, heights, diameter):
        """How many of the merges are made."""
        whole = self.relative_to == "diameter"
        if self.cut == "height":
            return int(np.searchsorted(heights, self.height, side="right"))
        if self.cut == "count":
            return max(len(heights) + 1 - self.count, 0)
        if self.cut == "first_gap":
            return first_gap(heights, self.gap, diameter if whole else None)
        if self.cut == "histogram":
            return first_empty_bin(heights, self.bins, diameter if whole else None)
        return biggest_gap(heights, self.exponent, diameter if whole else None)

    def _check(self):
        _one_of(self.method, METHODS, "method")
        _one_of(self.cut, CUTS, "cut")
        _one_of(self.relative_to, ("last_merge", "diameter"), "relative_to")
        if self.method in ("centroid", "median", "ward") and self.metric not in ("euclidean", "precomputed"):
            raise BadInput(f"metric: {self.method} linkage needs Euclidean distances, not {self.metric!r}.")
        if self.cut == "first_gap" and not (_is_real(self.gap) and 0 < self.gap < 1):
            raise BadInput(f"gap: a number between 0 and 1 is needed, not {self.gap!r}.")
        if self.cut == "histogram":
            _whole(self.bins, "bins")
        if self.cut == "biggest_gap" and not (_is_real(self.exponent) and np.isfinite(self.exponent)):
            raise BadInput(f"exponent: a finite number is needed, not {self.exponent!r}.")
        if self.cut == "height" and not (_is_real(self.height) and self.height >= 0):
            raise BadInput(f"height: cut='height' needs a number from 0 on, not {self.height!r}.")
        if self.cut == "count":
            _whole(self.count, "count")


def first_gap(heights, gap: float, diameter: float | None = None) -> int:
    """Merges made below the first gap of at least gap * reference. heights: (n - 1,), ascending. See CutLinkage."""
    before = np.concatenate(([0.0 if diameter is not None else heights[0]], heights[:-1]))
    steps = heights - before
    reference = heights[-1] if diameter is None else diameter
    wide = np.flatnonzero((steps > 0) & (steps >= gap * reference))
    return int(wide[0]) if len(wide) else len(heights)


def first_empty_bin(heights, bins: int, diameter: float | None = None) -> int:
    """Merges made below the first empty bin of the histogram of heights (n - 1,), ascending. See CutLinkage."""
    ends = (heights[0], heights[-1]) if diameter is None else (0.0, diameter)
    if ends[0] == ends[1]:
        return len(heights)
    counts = np.histogram(heights, bins=bins, range=ends)[0]
    empty = np.flatnonzero(counts[:-1] == 0)
    return int(counts[: empty[0]].sum()) if len(empty) else len(heights)


def biggest_gap(heights, exponent: float = 0.0, diameter: float | None = None) -> int:
    """Merges made below the biggest weighted gap of heights (n - 1,), ascending; all where none. See CutLinkage."""
    ends = heights if diameter is None else np.append(heights, diameter)
    steps, upper = np.diff(ends), ends[1:]
    if not (steps > 0).any():
        return len(heights)
    # A gap ends above 0, so that its upper end, unlike its lower one, can be divided by.
    weighted = np.where(steps > 0, steps / np.where(upper > 0, upper, 1.0) ** exponent, -1.0)
    return int(weighted.argmax()) + 1


def scale_graph_cuts(heights_per_fibre, diameters=None, max_clusters: int | None = None, exponent: float = 1.0):
    """The number of clusters of each fibre, chosen along the fibres of a one-dimensional cover together.

    heights_per_fibre: for consecutive fibres of n points, their merge heights (n - 1,); diameters: their diameters, by
    default the greatest height of all; max_clusters: no fibre gets more.
    Returns whole numbers (fibres,), to be given to CutLinkage(cut="count", count=...).

    After the scale graph of Python Mapper (danifold.net/mapper), whose choice of one path through the scales of
    neighbouring fibres this keeps; its weights were not to be found in its documentation, so these are assumed: the
    nodes of a fibre are its numbers of clusters c, each with its interval of scales from h_(n-c) to h_(n-c+1), where
    h_0 = 0 and h_n is the diameter; intervals of consecutive fibres that overlap by a length l are joined at the cost
    (greatest diameter / l)^exponent; the first and last fibre cost as if they overlapped with all of their interval;
    the cheapest path from the first to the last fibre decides, at a tie with fewer clusters.
    Raises BadInput for descending or negative heights, and where no path exists because of max_clusters.
    """
    fibres = [np.asarray(heights, dtype=np.float64).ravel() for heights in heights_per_fibre]
    if not fibres:
        return np.empty(0, dtype=np.intp)
    for place, heights in enumerate(fibres):
        if not np.isfinite(heights).all() or (heights < 0).any() or (np.diff(heights) < 0).any():
            raise BadInput(f"fibre {place}: finite heights from 0 on in ascending order are needed.")
    if max_clusters is not None:
        _whole(max_clusters, "max_clusters")
    if not (_is_real(exponent) and 0 < exponent < np.inf):
        raise BadInput(f"exponent: a number above 0 is needed, not {exponent!r}.")
    top = max((float(heights[-1]) for heights in fibres if len(heights)), default=0.0)
    tops = np.full(len(fibres), top) if diameters is None else np.asarray(diameters, dtype=np.float64)
    if tops.shape != (len(fibres),) or not np.isfinite(tops).all():
        raise BadInput(f"diameters: one finite number for each of the {len(fibres)} fibres is needed.")
    top = max(top, float(tops.max()))
    if top == 0:
        return np.ones(len(fibres), dtype=np.intp)

    choices = [_scales(heights, own, top, max_clusters) for heights, own in zip(fibres, tops, strict=True)]
    costs = (top / (choices[0][2] - choices[0][1])) ** exponent
    came_from = []
    for place in range(1, len(choices)):
        (_, low, high), (_, next_low, next_high) = choices[place - 1], choices[place]
        overlap = np.minimum(high[:, None], next_high) - np.maximum(low[:, None], next_low)
        with np.errstate(divide="ignore"):
            paths = costs[:, None] + (top / np.maximum(overlap, 0.0)) ** exponent
        came_from.append(paths.argmin(axis=0))
        costs = paths.min(axis=0)
        if not np.isfinite(costs).any():
            raise BadInput(
                f"fibres {place - 1} and {place} share no scale with at most {max_clusters} clusters each; raise "
                "max_clusters."
            )
    costs = costs + (top / (choices[-1][2] - choices[-1][1])) ** exponent
    at = int(costs.argmin())
    chosen = [choices[-1][0][at]]
    for place in range(len(choices) - 2, -1, -1):
        at = int(came_from[place][at])
        chosen.append(choices[place][0][at])
    return np.array(chosen[::-1], dtype=np.intp)


def _scales(heights, diameter, top, max_clusters):
    """The numbers of clusters of a fibre and the ends of their intervals of scales, those of no length left out."""
    last = heights[-1] if len(heights) else 0.0
    ends = np.concatenate(([0.0], heights, [max(diameter, last)]))
    if ends[-1] == 0:
        ends[-1] = top  # one point, or one point many times: a single cluster at every scale
    clusters = np.arange(len(heights) + 1, 0, -1)
    use = ends[1:] > ends[:-1]
    if max_clusters is not None and (use & (clusters <= max_clusters)).any():
        use &= clusters <= max_clusters
    elif max_clusters is not None:  # its diameter is its last height: one cluster, from there to the top
        return np.array([1]), np.array([last]), np.array([top if top > last else last * (1 + 1e-9)])
    order = np.flatnonzero(use)[::-1]
    return clusters[order], ends[:-1][order], ends[1:][order]


class ThresholdComponents(ClusterMixin, BaseEstimator):
    """Connected components of the graph that joins points at a distance of at most `radius`.

    The same partition as single linkage cut at the height `radius` and as DBSCAN(eps=radius, min_samples=1), without
    their table of neighbours: the component of a row is flooded, block by block, and a row once reached is never
    measured again. So the cost is near n times d where components are large, and at worst that of all distances;
    memory is of the order of n times d.

    radius: from 0 on. metric: "euclidean", any name that scipy's cdist knows but those that scale by the data
    (seuclidean, mahalanobis), or "precomputed" for a distance matrix (+inf allowed).
    Whether two points are within the radius is decided as cdist's distance says, in float64.
    After fit: labels_ (n,), numbered by the first row of each component; n_clusters_.
    Raises BadInput for bad parameters, and for distances that are not numbers.
    """

    def __init__(self, radius=1.0, metric="euclidean"):
        self.radius = radius
        self.metric = metric

    def fit(self, X, y=None):
        """X: points (n, d), or distances (n, n) with metric="precomputed"."""
        if not (_is_real(self.radius) and self.radius >= 0):
            raise BadInput(f"radius: a number from 0 on is needed, not {self.radius!r}.")
        if self.metric in ("seuclidean", "mahalanobis"):
            raise BadInput(f"metric: {self.metric!r} depends on the other points; scale the columns beforehand.")
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
        matrix = _distances(X)
        return _MetricRows(len(matrix), radius, lambda first, second: matrix[np.ix_(first, second)])
    points = as_points(X)
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


def _condensed(X, metric):
    """Distances (n (n - 1) / 2,) and the number of points."""
    if metric == "precomputed":
        matrix = _distances(X)
        if not np.isfinite(matrix).all():
            raise BadInput("distances: linkage needs finite ones; replace infinite entries.")
        return squareform(matrix, checks=False), len(matrix)
    points = as_points(X)
    try:
        distances = pdist(points, metric)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if not np.isfinite(distances).all():
        raise BadInput(f"metric: {metric!r} gives no finite number for some pairs of points (a row of zeros, say).")
    return distances, len(points)


def _distances(X):
    matrix = as_square(X, "distances")
    if (matrix < 0).any():
        raise BadInput(f"distances: negative entries, the least {matrix.min()}.")
    if matrix.diagonal().any():
        raise BadInput("distances: the diagonal must be 0.")
    return matrix


def _labels_after(tree, merges) -> np.ndarray:
    """Labels (n,) after the first merges of a linkage (n - 1, 4), numbered by the first row of each cluster."""
    rows = len(tree) + 1
    above = np.arange(rows + merges)
    above[tree[:merges, :2].astype(np.intp)] = np.arange(rows, rows + merges)[:, None]
    while True:  # each round doubles how far up a node looks
        further = above[above]
        if np.array_equal(further, above):
            break
        above = further
    _, first, part = np.unique(above[:rows], return_index=True, return_inverse=True)
    return first.argsort().argsort()[part]


def _is_real(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not np.isnan(value)


def _whole(value, name) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise BadInput(f"{name}: a whole number from 1 on is needed, not {value!r}.")


def _one_of(value, allowed, name) -> None:
    if value not in allowed:
        raise BadInput(f"{name}: one of {', '.join(allowed)} is needed, not {value!r}.")

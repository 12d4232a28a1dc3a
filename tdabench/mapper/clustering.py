"""Clusterers of a fibre: linkage trees cut where Python Mapper cuts them.

Singh, Memoli & Carlsson, "Topological Methods for the Analysis of High Dimensional Data Sets and 3D Object
Recognition", 2007; Müllner & Babu, Python Mapper (danifold.net/mapper), module mapper.cutoff, whose
documented definitions are implemented anew here.
"""

from numbers import Integral

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.base import BaseEstimator, ClusterMixin

from tdabench import estimator_input
from tdabench.errors import BadInput
from tdabench.mapper.components import as_distances, is_real
from tdabench.validation import as_floats, as_points

METHODS = ("single", "complete", "average", "weighted", "centroid", "median", "ward")
CUTS = ("first_gap", "histogram", "biggest_gap", "height", "count")


class CutLinkage(estimator_input.WithMetric, ClusterMixin, BaseEstimator):
    """Agglomerative clustering of one fibre, cut where its merge heights have a gap.

    With h_1 <= ... <= h_(n-1) the heights of the merges, `cut` says which merges are made.

    Parameters
    ----------
    method : {"single", "complete", "average", "weighted", "centroid", "median", "ward"}
        scipy's linkage; centroid, median and ward mean Euclidean distances.
    cut : {"first_gap", "histogram", "biggest_gap", "height", "count"}
        "first_gap": those below the first gap of at least `gap` times the reference; without one, one cluster.
        "histogram": those below the first empty bin of the heights; without one, one cluster.
        "biggest_gap": those below the gap with the largest (h_(i+1) - h_i) / h_(i+1)^exponent, the lowest such one.
        "height": those up to and including `height`.
        "count": all but the last, so that `count` clusters remain, or as many as there are points.
    gap : float
        Between 0 and 1.
    bins : int
        Equal bins of the heights.
    exponent : float
        0 is the widest gap, 1 the widest on a logarithmic scale (Python Mapper's biggest_gap).
    height : float, optional
        In the unit of the distances.
    count : int, optional
        Of clusters.
    metric : str
        "euclidean", any name that scipy's pdist knows, or "precomputed" for a distance matrix.
    relative_to : {"last_merge", "diameter"}
        What gaps and bins are measured against. "last_merge": the reference is h_(n-1), and only gaps between two
        merges count; bins range from h_1 to h_(n-1). "diameter", Python Mapper's own: the reference is the largest
        distance between two points, the gap from 0 to h_1 counts for first_gap (points all far apart stay alone) and
        the gap up to the diameter for biggest_gap; bins range from 0 to the diameter, and the last one does not count.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Numbered by the first row of each cluster.
    n_clusters_ : int
    height_ : float
        The height of the highest merge made, 0 without one.

    Raises
    ------
    BadInput
        In `fit`: for bad parameters, and for distances that are negative or not finite.

    Notes
    -----
    Singh et al. give no range for their histogram. What Python Mapper does with the exponent is documented for the
    logarithmic gap alone; the rest is interpolated. The distances take memory for n (n - 1) / 2 numbers. Where centroid
    and median linkage lower the height of a later merge, that merge counts as high as the highest before it.

    Examples
    --------
    >>> from tdabench.mapper import CutLinkage
    >>> CutLinkage(gap=0.5).fit([[0.0], [1.0], [2.0], [9.0], [10.0]]).labels_.tolist()
    [0, 0, 0, 1, 1]
    """

    def __init__(
        self,
        method: str = "single",
        cut: str = "first_gap",
        gap: float = 0.1,
        bins: int = 10,
        exponent: float = 0.0,
        height: float | None = None,
        count: int | None = None,
        metric: str = "euclidean",
        relative_to: str = "last_merge",
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

    def fit(self, X, y=None) -> "CutLinkage":
        """Cluster one fibre.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points, or distances (n, n) with metric="precomputed".
        y : None
            Not used.

        Returns
        -------
        CutLinkage
            Itself.
        """
        self._check()
        X = estimator_input.checked(self, X, as_distances if self.metric == "precomputed" else as_points)
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
        if self.cut == "first_gap" and not (is_real(self.gap) and 0 < self.gap < 1):
            raise BadInput(f"gap: a number between 0 and 1 is needed, not {self.gap!r}.")
        if self.cut == "histogram":
            _whole(self.bins, "bins")
        if self.cut == "biggest_gap" and not (is_real(self.exponent) and np.isfinite(self.exponent)):
            raise BadInput(f"exponent: a finite number is needed, not {self.exponent!r}.")
        if self.cut == "height" and not (is_real(self.height) and self.height >= 0):
            raise BadInput(f"height: cut='height' needs a number from 0 on, not {self.height!r}.")
        if self.cut == "count":
            _whole(self.count, "count")


def _heights(heights) -> np.ndarray:
    """Heights of merges, as a linkage gives them; BadInput for what are none."""
    heights = as_points(np.atleast_2d(as_floats(heights, "heights", "one per merge")), "heights")
    if len(heights) != 1:
        raise BadInput("heights: one number per merge of a linkage is needed, and no second axis.")
    return heights[0]


def first_gap(heights, gap: float, diameter: float | None = None) -> int:
    """Merges made below the first gap of at least gap * reference. heights: (n - 1,), ascending. See CutLinkage."""
    heights = _heights(heights)
    before = np.concatenate(([0.0 if diameter is not None else heights[0]], heights[:-1]))
    steps = heights - before
    reference = heights[-1] if diameter is None else diameter
    wide = np.flatnonzero((steps > 0) & (steps >= gap * reference))
    return int(wide[0]) if len(wide) else len(heights)


def first_empty_bin(heights, bins: int, diameter: float | None = None) -> int:
    """Merges made below the first empty bin of the histogram of heights (n - 1,), ascending. See CutLinkage."""
    heights = _heights(heights)
    ends = (heights[0], heights[-1]) if diameter is None else (0.0, diameter)
    if ends[0] == ends[1]:
        return len(heights)
    counts = np.histogram(heights, bins=bins, range=ends)[0]
    empty = np.flatnonzero(counts[:-1] == 0)
    return int(counts[: empty[0]].sum()) if len(empty) else len(heights)


def biggest_gap(heights, exponent: float = 0.0, diameter: float | None = None) -> int:
    """Merges made below the biggest weighted gap of heights (n - 1,), ascending; all where none. See CutLinkage."""
    heights = _heights(heights)
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
    if not (is_real(exponent) and 0 < exponent < np.inf):
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


def _condensed(X, metric):
    """Distances (n (n - 1) / 2,) and the number of points."""
    if metric == "precomputed":
        if not np.isfinite(X).all():
            raise BadInput("distances: linkage needs finite ones; replace infinite entries.")
        return squareform(X, checks=False), len(X)
    try:
        distances = pdist(X, metric)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if not np.isfinite(distances).all():
        raise BadInput(f"metric: {metric!r} gives no finite number for some pairs of points (a row of zeros, say).")
    return distances, len(X)


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


def _whole(value, name) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise BadInput(f"{name}: a whole number from 1 on is needed, not {value!r}.")


def _one_of(value, allowed, name) -> None:
    if value not in allowed:
        raise BadInput(f"{name}: one of {', '.join(allowed)} is needed, not {value!r}.")

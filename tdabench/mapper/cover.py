"""Covers of a lens: intervals in each dimension, and the products of these.

What "10 intervals, 30 % overlap" means is where libraries differ, so every geometry has a name. Intervals are closed.

    published   n intervals of length range / (n - (n - 1) overlap), neighbours share the fraction `overlap` of their
                length, the first begins and the last ends exactly on the range (Singh, Memoli, Carlsson 2007)
    length      the length is given in place of n (the paper's worked example: length 1, overlap 20 %); the last
                interval may reach beyond the range
    balanced    the published geometry on ranks in place of values: about as many points in every interval
    kmapper     length range / (n (1 - overlap)) around n centres at stride range / n: sticks out of the range
                (kmapper.Cover; tda-mapper has the same)
    gudhi       the same intervals as kmapper's (gudhi.cover_complex.MapperComplex)
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.sparse import coo_array
from sklearn.base import BaseEstimator

from tdabench import estimator_input
from tdabench.errors import BadInput
from tdabench.validation import as_floats, as_points

MOST_ENTRIES = 200_000_000  # of (point, cube) pairs: 3 GiB
MOST_CUBES = 2**62  # with empty ones: their numbers are 64-bit integers
MOST_INTERVALS = 1_000_000  # of one dimension


@dataclass(frozen=True)
class Fibres:
    """The points over each non-empty cube.

    Attributes
    ----------
    cubes : ndarray of int, of shape (cubes, dimensions)
        Index of the interval in each dimension.
    starts : ndarray of int, of shape (cubes + 1,)
        The points over cube i are points[starts[i] : starts[i + 1]], ascending; `fibres[i]` has them.
    points : ndarray of int
        Rows of the lens.

    Examples
    --------
    >>> from tdabench.mapper import Cover
    >>> fibres = Cover(2, 0.5).intervals_over([0.0, 1.5, 3.0]).fibres([0.0, 1.5, 3.0])
    >>> [fibres[cube].tolist() for cube in range(len(fibres))]
    [[0, 1], [1, 2]]
    """

    cubes: np.ndarray
    starts: np.ndarray
    points: np.ndarray

    def __len__(self) -> int:
        return len(self.cubes)

    def __getitem__(self, cube: int) -> np.ndarray:
        return self.points[self.starts[cube] : self.starts[cube + 1]]


@dataclass(frozen=True)
class Intervals:
    """A cover fitted to a lens.

    Attributes
    ----------
    lower, upper : tuple of ndarray
        In each dimension the ends of its closed intervals, both ascending.

    Examples
    --------
    >>> from tdabench.mapper import Cover
    >>> intervals = Cover(2, 0.5).intervals_over([0.0, 3.0])
    >>> intervals.lower[0].tolist(), intervals.upper[0].tolist()
    ([0.0, 1.0], [2.0, 3.0])
    """

    lower: tuple[np.ndarray, ...]
    upper: tuple[np.ndarray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of intervals in each dimension."""
        return tuple(map(len, self.lower))

    def fibres(self, lens: np.ndarray) -> Fibres:
        """The points over each cube; time and memory are linear in the number of (point, cube) pairs."""
        # Both ends ascend, so the intervals that hold a value are neighbours: from the first that ends at or above it
        # to the last that begins at or below it.
        lens = as_lens(lens)
        if lens.shape[1] != len(self.shape):
            raise BadInput(f"lens: {len(self.shape)} columns are covered, but it has {lens.shape[1]}.")
        columns = range(lens.shape[1])
        first = [np.searchsorted(self.upper[k], lens[:, k], side="left") for k in columns]
        last = [np.searchsorted(self.lower[k], lens[:, k], side="right") - 1 for k in columns]
        spans = [np.maximum(b - a + 1, 0) for a, b in zip(first, last, strict=True)]
        pairs, cubes = np.prod(spans, axis=0, dtype=float).sum(), np.prod(self.shape, dtype=float)
        if pairs > MOST_ENTRIES or cubes > MOST_CUBES:
            raise BadInput(
                f"cover: {pairs:.3g} pairs of a point and a cube, of {cubes:.3g} cubes, are more than fit into memory; "
                f"take a smaller overlap, fewer intervals or fewer lenses."
            )
        held = np.prod(spans, axis=0)
        points = np.repeat(np.arange(len(lens), dtype=np.int32), held)
        left = np.arange(held.sum()) - np.repeat(np.cumsum(held) - held, held)
        indices = []
        for k in reversed(columns):
            span = spans[k][points]
            indices.append(first[k][points] + left % span)
            left //= span
        cubes = np.ravel_multi_index(indices[::-1], self.shape) if len(points) else np.zeros(0, dtype=int)
        present, rows = np.unique(cubes, return_inverse=True) if np.prod(self.shape) > 4 * len(cubes) else (None, cubes)
        count = np.prod(self.shape) if present is None else len(present)
        table = coo_array((np.ones(len(points), dtype=bool), (rows, points)), shape=(count, len(lens))).tocsr()
        filled = np.flatnonzero(np.diff(table.indptr))
        flat = filled if present is None else present[filled]
        starts = np.append(table.indptr[filled], table.indptr[-1])
        return Fibres(np.column_stack(np.unravel_index(flat, self.shape)), starts, table.indices)


class Cover(BaseEstimator):
    """A cover of a lens by products of closed intervals (Singh, Memoli & Carlsson 2007).

    Parameters
    ----------
    intervals : int or list of int
        How many, in all dimensions of the lens or in each.
    overlap : float or list of float
        Fraction of an interval's length that neighbours share, 0 <= overlap < 1.
    length : float or list of float, optional
        Of an interval, in the unit of the lens; for geometry "length" only.
    geometry : {"published", "length", "balanced", "kmapper", "gudhi"}
        What the numbers mean: see the head of `tdabench.mapper.cover`.
    limits : pair of float, or one pair per dimension, optional
        (lowest, highest) in place of the range of the lens.

    Attributes
    ----------
    intervals_ : Intervals
        The ends of the intervals, after `fit`.

    Examples
    --------
    >>> from tdabench.mapper import Cover
    >>> cover = Cover(overlap=0.2, geometry="length", length=1, limits=(0, 4.2))  # the worked example of the paper
    >>> cover.fit([[0.5], [3.0]]).intervals_.lower[0].round(1).tolist()
    [0.0, 0.8, 1.6, 2.4, 3.2]
    """

    def __init__(
        self,
        intervals: int | list[int] = 10,
        overlap: float | list[float] = 0.5,
        length: float | list[float] | None = None,
        geometry: str = "published",
        limits=None,
    ):
        self.intervals = intervals
        self.overlap = overlap
        self.length = length
        self.geometry = geometry
        self.limits = limits

    def fit(self, X, y=None) -> "Cover":
        """Fit the intervals to a lens.

        Parameters
        ----------
        X : array-like of shape (points, dimensions)
            Values of the lens. A single lens is a column, as everywhere in scikit-learn.
        y : None
            Not used.

        Returns
        -------
        Cover
            Itself.

        Raises
        ------
        BadInput
            For parameters that make no cover, and for values that are not finite.
        """
        self.intervals_ = self.intervals_over(estimator_input.checked(self, X, lambda lens: as_points(lens, "lens")))
        return self

    def intervals_over(self, lens) -> Intervals:
        """The intervals for a lens (points,) or (points, dimensions), without being fitted to it."""
        lens = as_lens(lens)
        if self.geometry not in GEOMETRIES:
            raise BadInput(f"cover: the geometry is one of {', '.join(GEOMETRIES)}, not {self.geometry!r}.")
        if (self.length is not None) != (self.geometry == "length"):
            raise BadInput("cover: the geometry 'length' needs `length`, and no other takes it.")
        dimensions = lens.shape[1]
        overlaps = _each("overlap", self.overlap, dimensions)
        counts = _each("intervals", self.intervals, dimensions)
        lengths = _each("length", self.length, dimensions)
        lower, upper = [], []
        for k in range(dimensions):
            if not 0 <= overlaps[k] < 1:
                raise BadInput(f"cover: the overlap is at least 0 and below 1 (0.3 for 30 %), not {overlaps[k]}.")
            if self.geometry != "length" and (counts[k] % 1 != 0 or not 1 <= counts[k] <= MOST_INTERVALS):
                raise BadInput(f"cover: 1 to {MOST_INTERVALS} intervals, a whole number, are needed, not {counts[k]}.")
            low, high = self._limits(lens[:, k], k, dimensions)
            if low == high:  # a constant lens (Python Mapper's "zero") asks for the clustering of all points
                found = np.array([low]), np.array([high])
            else:
                size = lengths[k] if self.geometry == "length" else int(counts[k])
                found = GEOMETRIES[self.geometry](low, high, size, overlaps[k], lens[:, k])
            lower.append(found[0])
            upper.append(np.append(np.maximum(found[1][:-1], found[0][1:]), found[1][-1]))  # no gap by rounding
        return Intervals(tuple(lower), tuple(upper))

    def _limits(self, column: np.ndarray, k: int, dimensions: int) -> tuple[float, float]:
        if self.limits is None:
            return float(column.min()), float(column.max())
        limits = np.asarray(self.limits, dtype=float)
        if limits.ndim == 1:
            limits = np.tile(limits, (dimensions, 1))
        if limits.shape != (dimensions, 2) or not np.isfinite(limits).all() or (limits[:, 0] > limits[:, 1]).any():
            raise BadInput(f"cover: limits are finite (lowest, highest) per dimension of the lens, not {self.limits}.")
        return float(limits[k, 0]), float(limits[k, 1])


def as_lens(lens) -> np.ndarray:
    """A lens as a finite float64 array of shape (points, dimensions); a single lens may be one-dimensional."""
    array = as_floats(lens, "lens", "one or several per point")
    return as_points(array[:, None] if array.ndim == 1 else array, "lens")


def _published(low, high, count, overlap, _column):
    length = (high - low) / (count - (count - 1) * overlap)
    lower = low + np.arange(count) * length * (1 - overlap)
    upper = lower + length
    upper[-1] = high  # exactly, whatever the rounding
    return lower, upper


def _length(low, high, length, overlap, _column):
    if not length > 0:
        raise BadInput(f"cover: the length of an interval is above 0, not {length}.")
    stride = length * (1 - overlap)
    if not (high - low) / MOST_INTERVALS < stride:
        raise BadInput(f"cover: length {length} makes more than {MOST_INTERVALS} intervals; take a longer one.")
    count = max(1, ceil((high - low - length) / stride - 1e-9) + 1)
    lower = low + np.arange(count) * stride
    upper = lower + length
    upper[-1] = max(upper[-1], high)
    return lower, upper


def _balanced(low, high, count, overlap, column):
    lower, upper = _published(0.0, 1.0, count, overlap, None)
    inside = column[(column >= low) & (column <= high)]
    ranks = np.quantile(np.append(inside, [low, high]) if len(inside) == 0 else inside, [lower, upper])
    return ranks[0], ranks[1]


def _library(low, high, count, overlap, _column):
    stride = (high - low) / count
    half = stride / (1 - overlap) / 2
    centres = low + (np.arange(count) + 0.5) * stride
    lower, upper = centres - half, centres + half
    lower[0], upper[-1] = min(lower[0], low), max(upper[-1], high)  # overlap 0: rounding must lose no point
    return lower, upper


GEOMETRIES = {
    "published": _published, "length": _length, "balanced": _balanced, "kmapper": _library, "gudhi": _library,
}  # fmt: skip


def _each(name: str, given, dimensions: int) -> list:
    values = list(given) if isinstance(given, list | tuple | np.ndarray) else [given] * dimensions
    if len(values) != dimensions:
        raise BadInput(f"cover: {name} has {len(values)} entries for a lens of {dimensions} dimensions.")
    for value in values:
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not (value is None and name == "length") and not (number and -1e300 < value < 1e300):
            raise BadInput(f"cover: {name} is a number, or a list with one for each dimension, not {given!r}.")
    return values

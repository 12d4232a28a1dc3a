"""How much of a Mapper graph would stand: over a grid of parameters, and over resamples of the points.

Carriere, Michel, Oudot, "Statistical analysis and parameter selection for Mapper", JMLR 19(12), 2018.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances_chunked

from tdabench.errors import BadInput
from tdabench.mapper.cover import as_lens
from tdabench.mapper.features import TYPES, extended_persistence, flares
from tdabench.validation import as_points, as_square

FEATURES = {"ordinary": "branch", "relative": "branch", "extended_plus": "component", "extended_minus": "cycle"}
MOST_POINTS = 20_000  # beyond that `suggest` looks at a sample: its distances take time n^2
NEAREST = 64  # of the neighbours of a point, one is almost surely in a subsample of a fifth
ROUNDING = 1e-9  # a feature that a resample lacks is at just half its persistence, from which GUDHI's last bits differ
MEBIBYTES = 64  # of a block of distances


def stability_map(
    build: Callable,
    intervals: Iterable,
    overlaps: Iterable,
    cuts: Iterable,
    published: tuple | None = None,
    persistence: float = 0.0,
    progress: Callable | None = None,
) -> list[dict]:
    """What a Mapper graph shows over a grid of parameters.

    Parameters
    ----------
    build : callable
        build(intervals, overlap, cut) -> (graph, function), the function as in `flares` (None: eccentricity on the
        graph). Its errors pass through.
    intervals, overlaps, cuts : iterable
        The grid.
    published : tuple, optional
        The (intervals, overlap, cut) that the row's `published` marks, one of the grid.
    persistence : float
        As in `flares`.
    progress : callable, optional
        progress(done, total) is called after each row.

    Returns
    -------
    list of dict
        One row for each combination: intervals, overlap, cut, nodes, b0, b1, flares, published (bool).

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import Cover, ThresholdComponents, mapper_graph, stability_map
    >>> circle = np.exp(1j * np.linspace(0, 2 * np.pi, 60, endpoint=False)).view(float).reshape(-1, 2)
    >>> def build(intervals, overlap, cut):
    ...     return mapper_graph(circle, circle[:, 1], Cover(intervals, overlap), ThresholdComponents(cut)), None
    >>> [row["b1"] for row in stability_map(build, [3, 5], [0.3], [0.3, 3.0])]
    [1, 1, 0, 0]
    """
    intervals, overlaps = list(intervals), list(overlaps)
    grid = [(count, overlap, cut) for cut in cuts for overlap in overlaps for count in intervals]
    marked = [published is not None and _same(point, published) for point in grid]
    if published is not None and not any(marked):
        raise BadInput(f"published: {tuple(published)} is not on the grid of intervals, overlaps and cuts; add it.")
    rows = []
    for done, (point, mark) in enumerate(zip(grid, marked, strict=True), start=1):
        graph, function = build(*point)
        betti = graph.betti_numbers()
        row = dict(zip(("intervals", "overlap", "cut"), point, strict=True))
        row |= {"nodes": graph.nodes, "b0": betti[0], "b1": betti[1]}
        rows.append(row | {"flares": len(flares(graph, function, persistence)), "published": mark})
        if progress:
            progress(done, len(grid))
    return rows


@dataclass(frozen=True)
class Feature:
    """A point of an extended persistence diagram, with its confidence.

    kind: "cycle", "branch" or "component"; type: ordinary (a branch that points down), relative (up), extended_plus or
    extended_minus; low, high: the values of the function between which it lies; confidence: share of the resamples that
    keep it.
    """

    kind: str
    type: str
    low: float
    high: float
    confidence: float

    @property
    def persistence(self) -> float:
        return self.high - self.low


@dataclass(frozen=True)
class Bootstrap:
    """What resamples of the points leave of the features of a graph.

    Attributes
    ----------
    features : tuple of Feature
        Of the graph of all points, longest first.
    distances : dict of str to ndarray of shape (repeats,)
        For each type the bottleneck distances between the diagram of the graph and those of the resamples.
    seed : int
        Of the resamples.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import Bootstrap
    >>> Bootstrap((), {"extended_minus": np.array([0.1, 0.2, 0.4])}, seed=0).radius("extended_minus", level=0.5)
    0.2
    """

    features: tuple[Feature, ...]
    distances: dict[str, np.ndarray]
    seed: int

    def of(self, kind: str) -> tuple[Feature, ...]:
        """The features of one kind: "cycle", "branch" or "component"."""
        return tuple(feature for feature in self.features if feature.kind == kind)

    def radius(self, type: str, level: float = 0.95) -> float:
        """The bottleneck distance that a share `level` of the resamples stays within: features of that type with a
        persistence above twice this are significant at this level."""
        return float(np.quantile(self.distances[type], level, method="higher"))


def bootstrap(points, build_graph: Callable, repeats: int, seed: int, progress: Callable | None = None) -> Bootstrap:
    """Bottleneck bootstrap of the extended persistence of a Mapper graph.

    Carriere, Michel, Oudot, JMLR 19(12), 2018, "bottleneck bootstrap".

    Parameters
    ----------
    points : array-like of shape (n, d), or int
        The points, or their number n.
    build_graph : callable
        build_graph(rows) -> (graph, node values), with rows (n,) the points to take, in any order and with repetitions,
        and node values (nodes,) the one function that the diagrams are of: the node means of the lens, where it has one
        dimension.
    repeats, seed : int
        How many resamples, and the seed of them.
    progress : callable, optional
        progress(done, repeats) is called after each.

    Returns
    -------
    Bootstrap

    Notes
    -----
    A feature is kept by a resample when the bottleneck distance between the two diagrams of its type is below half its
    persistence, for then the best matching of the two gives it a partner off the diagonal. That is strict: a longer
    feature of the same type that appears or vanishes costs the shorter ones their confidence too. A resample holds some
    63 % of the points, so a radius that just connects all of them, as `suggest` gives, breaks in the resamples what it
    connected: take a larger one, or let build_graph estimate it from its rows.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import Cover, ThresholdComponents, bootstrap, mapper_graph
    >>> circle = np.exp(1j * np.linspace(0, 2 * np.pi, 90, endpoint=False)).view(float).reshape(-1, 2)
    >>> def build(rows):
    ...     graph = mapper_graph(circle[rows], circle[rows, 1], Cover(4, 0.3), ThresholdComponents(0.6))
    ...     return graph, graph.mean(circle[rows, 1])
    >>> [feature.confidence for feature in bootstrap(circle, build, repeats=5, seed=0).of("cycle")]
    [0.8]
    """
    from gudhi import bottleneck_distance

    count = points if isinstance(points, int | np.integer) else len(points)
    if count < 1:
        raise BadInput(f"bootstrap: at least one point is needed, not {count}.")
    _at_least_one("repeats", repeats)
    graph, values = build_graph(np.arange(count))
    diagrams = extended_persistence(graph, values)
    distances = {kind: np.empty(repeats) for kind in TYPES}
    rng = np.random.default_rng(seed)
    for repeat in range(repeats):
        again = extended_persistence(*build_graph(rng.integers(count, size=count)))
        for kind in TYPES:
            distances[kind][repeat] = bottleneck_distance(_upward(diagrams[kind]), _upward(again[kind]))
        if progress:
            progress(repeat + 1, repeats)
    features = [
        Feature(FEATURES[kind], kind, low, high, float(np.mean(distances[kind] < (1 - ROUNDING) * (high - low) / 2)))
        for kind in TYPES
        for low, high in _upward(diagrams[kind]).tolist()
    ]
    return Bootstrap(tuple(sorted(features, key=lambda feature: -feature.persistence)), distances, seed)


@dataclass(frozen=True)
class Suggestion:
    """Parameters for a cover of geometry "gudhi" and for single linkage cut at a fixed distance.

    Attributes
    ----------
    intervals : int or tuple of int
        A number for a lens of shape (n,), else one for each dimension.
    overlap, radius : float
        Of the cover; where to cut single linkage, in the unit of the distances.
    reason : str
        Where the numbers come from.

    Examples
    --------
    >>> from tdabench.mapper import Suggestion
    >>> Suggestion(8, 1 / 3, 0.4, "by hand").intervals
    8
    """

    intervals: int | tuple[int, ...]
    overlap: float
    radius: float
    reason: str


def suggest(
    points,
    lens_values,
    seed: int,
    repeats: int = 100,
    beta: float = 0.0,
    gain: float = 1 / 3,
    base: float = 10.0,
    metric: str = "euclidean",
) -> Suggestion:
    """Intervals, overlap and radius by the rule of Carriere, Michel and Oudot (2018), parameter selection.

    Parameters
    ----------
    points : array-like of shape (n, d)
        Points, or distances (n, n) with metric="precomputed".
    lens_values : array-like of shape (n,) or (n, m)
    seed, repeats : int
        The seed of the subsamples, and how many.
    beta, base : float
        Of their size, n / (log n)^(1 + beta): the exponent, and the base of the logarithm.
    gain : float
        The overlap, which the paper wants between 1/3 and 1/2.
    metric : {"euclidean", "precomputed"}

    Returns
    -------
    Suggestion

    Notes
    -----
    The radius is the mean over `repeats` subsamples of n / (log n)^(1 + beta)
    points, drawn without replacement, of the Hausdorff distance from all points to the subsample; an interval is at
    least V / gain apart from the next, where V is the largest difference of the lens between points within the radius.
    GUDHI's numbers (gudhi.cover_complex.MapperComplex after np.random.seed(seed)), with its logarithm to base 10, but
    distances in blocks. More than 20,000 points are represented by as many drawn at random, which `reason` says.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import suggest
    >>> points = np.random.default_rng(0).normal(size=(200, 2))
    >>> suggest(points, points[:, 0], seed=0, repeats=5, gain=0.4).overlap
    0.4
    """
    if metric not in ("euclidean", "precomputed"):
        raise BadInput(f"metric: euclidean or precomputed is needed, not {metric!r}.")
    points = as_square(points, "distances") if metric == "precomputed" else as_points(points, at_least=2)
    if not np.isfinite(points).all():
        raise BadInput("distances: some are infinite, so the points have no radius that holds them together.")
    lens = as_lens(lens_values)
    _at_least_one("repeats", repeats)
    if len(lens) != len(points):
        raise BadInput(f"lens: {len(lens)} values for {len(points)} points.")
    if not 0 < gain < 1:
        raise BadInput(f"gain: an overlap between 0 and 1 is needed, not {gain}.")
    # A stream of its own that is the one GUDHI draws from, so that the two can be compared number by number.
    random = np.random.RandomState(seed)
    total = len(points)
    if total > MOST_POINTS:
        rows = np.sort(random.choice(total, MOST_POINTS, replace=False))
        points, lens = (points[np.ix_(rows, rows)] if metric == "precomputed" else points[rows]), lens[rows]
    count = len(points)
    size = _subsample_size(count, beta, base)
    radius = _mean_hausdorff(points, size, repeats, random, metric)
    steps = _largest_steps(points, lens, radius, metric)
    ranges = np.ptp(lens, axis=0)
    if (steps == 0).any():
        raise BadInput(
            f"lens: dimension {int(np.argmin(steps))} does not change between points within {radius:.4g} of each "
            f"other, so it gives no length of an interval; choose the intervals by hand, or another lens."
        )
    wanted = [int(span / (step * (1 / gain))) for span, step in zip(ranges, steps, strict=True)]
    intervals = tuple(max(1, number) for number in wanted)
    few = "" if min(wanted) else "; this makes less than one interval: few or outlying points make its radius large"
    sample = (
        "" if count == total else f", estimated from {count:,} of the {total:,} points drawn at random (seed {seed})"
    )
    told = ", ".join(f"{step:.4g}" for step in steps)
    reason = (
        f"The radius {radius:.4g} is the mean distance (Hausdorff) from all points to {repeats} subsamples of {size} "
        f"points; between points within it the lens differs by at most {told}, and intervals are this over "
        f"{gain:.3g} apart (Carriere, Michel, Oudot 2018){sample}{few}."
    )
    flat = np.ndim(lens_values) == 1
    return Suggestion(intervals[0] if flat else intervals, float(gain), radius, reason)


def _subsample_size(count: int, beta: float, base: float) -> int:
    if not (base > 1 and np.isfinite(beta)):
        raise BadInput(f"suggest: a base above 1 and a finite beta are needed, not {base} and {beta}.")
    # n / (log n)^(1 + beta), in the form that rounds as GUDHI's does
    size = int(count / np.exp((1 + beta) * np.log(np.log(count) / np.log(base)))) if count > 1 else 0
    if not 1 <= size <= count:
        raise BadInput(
            f"suggest: a subsample of {size} among {count} points is impossible; more points (at least {base:g}), "
            f"or a smaller beta than {beta}, are needed."
        )
    return size


def _mean_hausdorff(points, size: int, repeats: int, random, metric: str) -> float:
    """Mean of the largest distance from a point to the nearest of a subsample.

    In one pass over the distances: each point keeps its nearest neighbours, of which the subsamples mostly hold one.
    """
    count = len(points)
    kept = min(NEAREST, count)

    def nearest(block, start):
        columns = np.argpartition(block, kept - 1, axis=1)[:, :kept]
        apart = np.take_along_axis(block, columns, axis=1)
        order = np.argsort(apart, axis=1)
        return np.take_along_axis(columns, order, axis=1).astype(np.int32), np.take_along_axis(apart, order, axis=1)

    blocks = list(pairwise_distances_chunked(points, reduce_func=nearest, metric=metric, working_memory=MEBIBYTES))
    columns, apart = (np.concatenate(part) for part in zip(*blocks, strict=True))
    found = []
    for _ in range(repeats):
        chosen = random.choice(count, size=size, replace=False)
        inside = np.zeros(count, dtype=bool)
        inside[chosen] = True
        held = inside[columns]
        first = held.argmax(axis=1)
        reached = held[np.arange(count), first]
        farthest = apart[reached, first[reached]].max(initial=0)
        missed = np.flatnonzero(~reached)
        if len(missed):
            farthest = max(farthest, _farthest(points, missed, chosen, metric))
        found.append(farthest)
    return float(np.mean(found))


def _farthest(points, rows, chosen, metric: str) -> float:
    if metric == "precomputed":
        return float(points[np.ix_(rows, chosen)].min(axis=1).max())
    nearest = pairwise_distances_chunked(
        points[rows], points[chosen], metric=metric, reduce_func=lambda block, start: block.min(axis=1),
        working_memory=MEBIBYTES,
    )  # fmt: skip
    return float(max(block.max() for block in nearest))


def _largest_steps(points, lens, radius: float, metric: str) -> np.ndarray:
    """(m,) largest difference of each lens between two points within the radius."""
    steps, row = np.zeros(lens.shape[1]), 0
    for block in pairwise_distances_chunked(points, metric=metric, working_memory=MEBIBYTES):
        near = block <= radius
        for k, column in enumerate(lens.T):
            apart = np.abs(column[row : row + len(block), None] - column)
            steps[k] = max(steps[k], apart.max(where=near, initial=0))
        row += len(block)
    return steps


def _upward(bars: np.ndarray) -> np.ndarray:
    """Bars as (low, high): GUDHI's bottleneck distance wants them above the diagonal."""
    return np.sort(bars, axis=1)


def _same(point, published) -> bool:
    if len(published) != len(point):
        raise BadInput(f"published: (intervals, overlap, cut) is needed, not {published}.")
    return all(a == b or _close(a, b) for a, b in zip(point, published, strict=True))


def _close(first, second) -> bool:
    numbers = isinstance(first, int | float | np.number) and isinstance(second, int | float | np.number)
    return bool(numbers and np.isclose(first, second, rtol=1e-9, atol=0))


def _at_least_one(name: str, value) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise BadInput(f"{name}: a whole number from 1 on is needed, not {value!r}.")

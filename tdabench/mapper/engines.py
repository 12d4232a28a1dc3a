"""One Mapper, three engines: tdabench's own, kmapper with our cover handed to it, and GUDHI's MapperComplex.

All three give the same graph on the same cover, lens and clusterer, with these rules of ours for what they leave open:
a fibre of one point is one node unless the clusterer's `min_samples` is above 1; no fibre is passed over unless
`smallest_fibre` says so (kmapper alone passes over those with fewer points than the clusterer's `n_clusters`,
`min_cluster_size` or `min_samples`, and than 2 when it has none of these); nodes with equal members stay apart
(kmapper can merge them). What an engine cannot do raises BadInput.
"""

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import get_tags

from tdabench.errors import BadInput
from tdabench.mapper.cover import Cover, Fibres, Intervals, as_lens
from tdabench.mapper.nerve import MapperGraph, nerve
from tdabench.validation import as_points, as_square


def mapper_graph(
    data,
    lens,
    cover: Cover,
    clusterer,
    engine: str = "tdabench",
    metric: str = "euclidean",
    max_dimension: int = 1,
    smallest_fibre: int = 1,
) -> MapperGraph:
    """The Mapper complex of points (Singh, Memoli & Carlsson 2007).

    Parameters
    ----------
    data : array-like of shape (n, d)
        Points, or distances (n, n) with metric="precomputed".
    lens : array-like of shape (n,) or (n, m)
        See `lens_values`.
    cover : Cover
        Of the lens. It is not changed.
    clusterer : estimator
        One of scikit-learn's, or CutLinkage or ThresholdComponents. It must expect what the data are: points, or
        distances (its own metric="precomputed").
    engine : {"tdabench", "kmapper", "gudhi"}
        Who computes the graph; all give the same.
    metric : str
        "precomputed" where the data are distances.
    max_dimension : int
        Of the simplices; 1 makes a graph.
    smallest_fibre : int
        Fibres of fewer points are passed over.

    Returns
    -------
    MapperGraph

    Raises
    ------
    BadInput
        For data, a lens or parameters that cannot be used, and for a clusterer that expects distances where the data
        are points, or points where they are distances.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import Cover, ThresholdComponents, mapper_graph
    >>> angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> graph = mapper_graph(circle, circle[:, 1], Cover(5, 0.3), ThresholdComponents(0.3))
    >>> graph.nodes, graph.betti_numbers()
    (8, (1, 1))
    """
    data = as_square(data, "distances") if metric == "precomputed" else as_points(data)
    lens = as_lens(lens)
    if len(lens) != len(data):
        raise BadInput(f"lens: {len(lens)} values for {len(data)} points.")
    if engine not in ENGINES:
        raise BadInput(f"engine: one of {', '.join(ENGINES)} is needed, not {engine!r}.")
    if max_dimension < 1:
        raise BadInput(f"max_dimension: at least 1 (a graph) is needed, not {max_dimension}.")
    _agree(clusterer, metric)
    intervals = cover.intervals_over(lens)
    fibrewise = FibreClusterer(clusterer, metric, smallest_fibre)
    graph = ENGINES[engine](data, lens, cover, intervals, fibrewise, max_dimension)
    if graph.nodes == 0:
        raise BadInput(
            "the clusterer calls every point of every fibre noise, so there is no node: take a larger radius (eps), "
            "a smaller min_samples or fewer intervals."
        )
    return MapperGraph(graph.membership, graph.cubes, graph.simplices, _notes(graph, lens, cover, intervals, fibrewise))


def _agree(clusterer, metric: str) -> None:
    """BadInput where the clusterer would take distances for points, or points for distances."""
    names = [name for name in ("metric", "affinity") if getattr(clusterer, name, None) == "precomputed"]
    pairwise = isinstance(clusterer, BaseEstimator) and get_tags(clusterer).input_tags.pairwise
    expects, kind = bool(names) or pairwise, type(clusterer).__name__
    if expects and metric != "precomputed":
        raise BadInput(
            f"clusterer: {kind} expects distances (its {(names or ['metric'])[0]} is 'precomputed'), but the data are "
            "points; give it another metric, or distances with metric='precomputed'."
        )
    if not expects and metric == "precomputed":
        raise BadInput(
            f"clusterer: {kind} expects points, but the data are distances (metric='precomputed'); take one with a "
            "metric of its own 'precomputed', such as CutLinkage(metric='precomputed')."
        )


class FibreClusterer(ClusterMixin, BaseEstimator):
    """Labels of one fibre by the rules at the head of this module; counts the fibres it passed over."""

    min_samples = 1  # what kmapper looks at: pass over no fibre on your own account

    def __init__(self, clusterer, metric="euclidean", smallest_fibre=1):
        self.clusterer = clusterer
        self.metric = metric
        self.smallest_fibre = smallest_fibre
        self.passed_over = 0

    def get_params(self, deep=False):
        return {"min_samples": self.min_samples}

    def fit_predict(self, fibre, y=None) -> np.ndarray:
        """Labels (points,), -1 for noise."""
        if len(fibre) < self.smallest_fibre:
            self.passed_over += 1
            return np.full(len(fibre), -1)
        if len(fibre) == 1:
            alone = getattr(self.clusterer, "min_samples", None) or 1
            return np.array([0 if alone <= 1 else -1])
        try:
            return np.asarray(self.clusterer.fit_predict(fibre))
        except BadInput:
            raise
        except ValueError as error:
            raise BadInput(
                f"the clusterer refuses a fibre of {len(fibre)} points ({' '.join(str(error).split())}); "
                f"smallest_fibre={len(fibre) + 1} passes over fibres of that size."
            ) from None


def _own(data, lens, cover, intervals: Intervals, fibrewise: FibreClusterer, max_dimension) -> MapperGraph:
    fibres: Fibres = intervals.fibres(lens)
    square = fibrewise.metric == "precomputed"
    members, starts, owners = [], [0], []
    for cube in range(len(fibres)):
        rows = fibres[cube]
        labels = fibrewise.fit_predict(data[np.ix_(rows, rows)] if square else data[rows])
        order = np.argsort(labels, kind="stable")
        kept = order[np.searchsorted(labels, 0, sorter=order) :]  # without noise
        ends = np.flatnonzero(np.diff(labels[kept], append=-2)) + 1
        members.append(rows[kept])
        starts.extend((starts[-1] + ends).tolist())
        owners.extend([cube] * len(ends))
    points = np.concatenate(members) if members else np.zeros(0, dtype=np.int32)
    shape = len(owners), len(lens)
    membership = csr_array((np.ones(len(points), dtype=bool), points, np.array(starts)), shape=shape)
    return MapperGraph(membership, fibres.cubes[owners], nerve(membership, max_dimension))


def _kmapper(data, lens, cover, intervals: Intervals, fibrewise: FibreClusterer, max_dimension) -> MapperGraph:
    import kmapper

    if max_dimension > 1:
        raise BadInput("engine kmapper: its nerve is a graph; max_dimension=1, or another engine, is needed.")
    fibres = intervals.fibres(lens)

    class OurCover(kmapper.Cover):
        def fit(self, numbered):
            return range(len(fibres))

        def transform(self, numbered, centers=None):
            return [numbered[fibres[cube]] for cube in range(len(fibres))]

    found = kmapper.KeplerMapper(verbose=0).map(
        lens,
        data,
        clusterer=fibrewise,
        cover=OurCover(),
        precomputed=fibrewise.metric == "precomputed",
    )
    names = list(found["nodes"])
    owners = [int(name.partition("_")[0].removeprefix("cube")) for name in names]
    number = {name: node for node, name in enumerate(names)}
    pairs = [(number[a], number[b]) for a, others in found["links"].items() for b in others]
    return _assembled([found["nodes"][name] for name in names], fibres.cubes[owners], len(lens), [pairs])


def _gudhi(data, lens, cover, intervals: Intervals, fibrewise: FibreClusterer, max_dimension) -> MapperGraph:
    from gudhi.cover_complex import MapperComplex

    if cover.geometry == "balanced":
        raise BadInput("engine gudhi: it knows intervals of equal length only, not the geometry 'balanced'.")
    counts, gains, bounds, placed = [], [], [], np.empty_like(lens)
    for k, (lower, upper) in enumerate(zip(intervals.lower, intervals.upper, strict=True)):
        # GUDHI's interval i is centred at bound + (i + 1/2) stride; its overlaps are half-open, and a value beyond its
        # bounds is a cube of its own, though the first and the last interval reach further. So every value is moved to
        # the middle of the interval, or of the overlap of two, that holds it.
        length, count = upper[0] - lower[0], len(lower)
        stride = lower[1] - lower[0] if count > 1 else length
        gain = max(0.0, 1 - stride / length) if length > 0 else 0.0
        if gain > 0.5 - 1e-9:
            raise BadInput("engine gudhi: overlaps below 0.5 only; GUDHI 3.13 itself fails on larger ones (NumPy 2.4).")
        low = lower[0] + (length - stride) / 2
        high = low + count * stride if length > 0 else low + 1.0
        outside = (lens[:, k] < lower[0]) | (lens[:, k] > upper[-1])
        if outside.any():
            raise BadInput("engine gudhi: a cover must reach over all of the lens; widen `limits`.")
        first = np.searchsorted(upper, lens[:, k], side="left")
        last = np.searchsorted(lower, lens[:, k], side="right") - 1
        if gain == 0 and (last > first).any():
            raise BadInput(
                f"engine gudhi: without overlap its intervals are half-open, and {int((last > first).sum())} points "
                f"lie on the end of two in lens {k}; take another engine or some overlap."
            )
        placed[:, k] = low + (first + last + 1) / 2 * stride
        counts.append(count)
        gains.append(gain)
        bounds.append((low, high))
    square = fibrewise.metric == "precomputed"
    found = MapperComplex(
        input_type="distance matrix" if square else "point cloud",
        filter_bnds=np.array(bounds),
        resolutions=np.array(counts),
        gains=np.array(gains),
        clustering=fibrewise,
    ).fit(data, filters=placed, colors=np.zeros((len(lens), 1)))
    names = [name for name, told in found.node_info_.items() if told["size"]]
    # GUDHI makes a node of every fibre of one point without asking the clusterer; the rules here may drop it.
    fibres = intervals.fibres(lens)
    alone = {tuple(cube) for cube in (fibres.cubes[np.diff(fibres.starts) == 1] + 1).tolist()}
    names = [
        name
        for name in names
        if tuple(found.node_info_[name]["patch"]) not in alone or fibrewise.fit_predict(np.zeros((1, 1)))[0] >= 0
    ]
    cubes = np.array([found.node_info_[name]["patch"] for name in names], dtype=int).reshape(-1, len(counts)) - 1
    order = sorted(range(len(names)), key=lambda node: (tuple(cubes[node]), names[node]))
    number = {names[node]: place for place, node in enumerate(order)}
    simplices = [[] for _ in range(max_dimension)]
    for simplex, _ in found.simplex_tree_.get_skeleton(max_dimension):
        if len(simplex) > 1 and all(name in number for name in simplex):
            simplices[len(simplex) - 2].append([number[name] for name in simplex])
    members = [found.node_info_[names[node]]["indices"] for node in order]
    return _assembled(members, cubes[order], len(lens), simplices)


def _assembled(members, cubes, points: int, simplices) -> MapperGraph:
    """A graph from what a library returned: its own simplices, put into the order of the contract."""
    graph = MapperGraph.from_members(members, points, cubes, max_dimension=0)
    levels = []
    for size, found in enumerate(simplices, start=2):
        rows = np.sort(np.array(found, dtype=int).reshape(len(found), size), axis=1)
        levels.append(np.unique(rows, axis=0))
    return MapperGraph(graph.membership, graph.cubes, (graph.simplices[0], *levels))


def _notes(graph, lens, cover, intervals: Intervals, fibrewise: FibreClusterer) -> tuple[str, ...]:
    notes = []
    for k, (lower, upper) in enumerate(zip(intervals.lower, intervals.upper, strict=True)):
        column = lens[:, k]
        if len(lower) == 1 and column.min() == column.max():
            notes.append(f"lens {k} is constant: one interval, so this is a clustering of all points")
        elif len(lower) > len(column):
            notes.append(f"lens {k} has more intervals ({len(lower)}) than points ({len(column)}): most are empty")
        outside = int(((column < lower[0]) | (column > upper[-1])).sum())
        if outside:
            notes.append(f"{outside} points lie outside the cover in lens {k}")
    overlaps = np.atleast_1d(cover.overlap)
    if (overlaps == 0).any():
        notes.append("overlap 0: neighbours share no more than single boundary points, so there are hardly any edges")
    if fibrewise.passed_over:
        notes.append(f"{fibrewise.passed_over} fibres of fewer than {fibrewise.smallest_fibre} points passed over")
    held = np.zeros(graph.points, dtype=bool)
    held[graph.membership.indices] = True
    noise = int((~held).sum())
    if noise:
        notes.append(f"{noise} of {graph.points} points are in no node (noise, or outside the cover)")
    return tuple(notes)


ENGINES = {"tdabench": _own, "kmapper": _kmapper, "gudhi": _gudhi}

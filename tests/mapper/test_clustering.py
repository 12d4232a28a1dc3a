"""Clusterers of a fibre against scipy's and scikit-learn's, and cuts on heights made for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import DBSCAN

from tdabench.errors import BadInput
from tdabench.mapper.clustering import (
    METHODS,
    CutLinkage,
    biggest_gap,
    first_empty_bin,
    first_gap,
    scale_graph_cuts,
)
from tdabench.mapper.components import ThresholdComponents


def cloud(count=80, width=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


def by_first_row(labels):
    """The same partition, numbered by the first row of each cluster."""
    seen = {}
    return [seen.setdefault(label, len(seen)) for label in labels]


CUTS = [
    {"cut": "first_gap", "gap": 0.05},
    {"cut": "first_gap", "gap": 0.05, "relative_to": "diameter"},
    {"cut": "histogram", "bins": 12},
    {"cut": "histogram", "bins": 12, "relative_to": "diameter"},
    {"cut": "biggest_gap"},
    {"cut": "biggest_gap", "exponent": 1.0, "relative_to": "diameter"},
    {"cut": "height", "height": 0.9},
    {"cut": "count", "count": 7},
]


@pytest.mark.parametrize("cut", CUTS, ids=str)
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=8)
@given(count=st.integers(2, 60), seed=st.integers(0, 10**6))
def test_labels_are_those_of_the_tree_cut_at_the_height(method, cut, count, seed):
    points = cloud(count, 2, seed)
    fitted = CutLinkage(method, **cut).fit(points)
    height = cut.get("height", fitted.height_)
    expected = fcluster(linkage(points, method), height, "distance")
    assert fitted.labels_.tolist() == by_first_row(expected)
    assert fitted.n_clusters_ == expected.max()
    assert 0 <= fitted.height_ <= height
    if cut["cut"] == "count":
        assert fitted.n_clusters_ == min(7, count)
    of_distances = CutLinkage(method, metric="precomputed", **cut).fit(cdist(points, points))
    assert of_distances.labels_.tolist() == fitted.labels_.tolist()


@pytest.mark.parametrize("metric", ["cityblock", "cosine"])
def test_linkage_by_another_metric(metric):
    points = cloud()
    fitted = CutLinkage("average", cut="count", count=5, metric=metric).fit(points)
    assert fitted.labels_.tolist() == by_first_row(fcluster(linkage(points, "average", metric), 5, "maxclust"))


def test_the_first_gap_that_is_wide_enough():
    heights = np.array([1.0, 1.5, 3.0, 3.5, 10.0])
    assert first_gap(heights, 0.1) == 2  # 1.5 of 10, between 1.5 and 3
    assert first_gap(heights, 0.15) == 2  # "of at least"
    assert first_gap(heights, 0.2) == 4
    assert first_gap(heights, 0.7) == 5  # none: every merge, one cluster
    assert first_gap(heights, 0.1, diameter=10.0) == 0  # from 0 to 1: every point alone
    assert first_gap(heights, 0.11, diameter=10.0) == 2
    assert first_gap(heights, 0.11, diameter=20.0) == 4
    assert first_gap(np.full(3, 2.0), 0.1) == 3
    assert first_gap(np.zeros(3), 0.1, diameter=0.0) == 3


def test_the_first_empty_bin():
    heights = np.array([1.0, 1.5, 2.5, 5.0, 6.0])
    assert first_empty_bin(heights, 5) == 3  # bins of 1 from 1; nothing from 3 to 4
    assert first_empty_bin(heights, 2) == 5
    assert first_empty_bin(heights, 5, diameter=6.0) == 3  # bins of 1.2 from 0; nothing from 3.6 to 4.8
    assert first_empty_bin(heights, 4, diameter=6.0) == 3  # nothing from 3 to 4.5
    assert first_empty_bin(heights, 8, diameter=6.0) == 0  # nothing below 0.75
    assert first_empty_bin(np.array([1.0, 2.0]), 3, diameter=3.0) == 0
    assert first_empty_bin(np.array([0.5, 1.5]), 3, diameter=3.0) == 2  # the last bin is not looked at
    assert first_empty_bin(np.full(4, 1.0), 10) == 4


def test_the_biggest_gap_depends_on_its_weight():
    heights = np.array([0.1, 0.4, 2.0, 5.0])
    assert biggest_gap(heights) == 3  # the widest: 3 to 5
    assert biggest_gap(heights, exponent=1.0) == 2  # the greatest ratio: 0.4 to 2, five times
    assert biggest_gap(heights, diameter=9.0) == 4
    assert biggest_gap(heights, exponent=1.0, diameter=9.0) == 2
    assert biggest_gap(np.array([1.0, 2.0, 3.0])) == 1
    assert biggest_gap(np.full(3, 2.0)) == 3
    assert biggest_gap(np.array([0.0, 0.0, 1.0]), exponent=1.0) == 2
    assert biggest_gap(np.array([2.0]), diameter=2.0) == 1


def test_two_groups_are_found_by_every_cut():
    points = np.concatenate([cloud(40, 2), cloud(40, 2, 1) + 30])
    for cut in CUTS[:6]:
        gap = {"gap": 0.3} if cut["cut"] == "first_gap" else {"bins": 4} if cut["cut"] == "histogram" else {}
        assert CutLinkage(**cut | gap).fit_predict(points).tolist() == [0] * 40 + [1] * 40
    # Against the diameter, points that are all equally far apart stay alone; against the last merge they are one.
    corners = np.eye(6)
    assert CutLinkage(relative_to="diameter").fit(corners).n_clusters_ == 6
    assert CutLinkage().fit(corners).n_clusters_ == 1


@pytest.mark.parametrize("clusterer", [CutLinkage(), CutLinkage(relative_to="diameter"), ThresholdComponents(0.5)])
def test_one_row_and_duplicates_are_one_cluster(clusterer):
    for points in [np.ones((1, 3)), np.ones((9, 3))]:
        fitted = clusterer.fit(points)
        assert fitted.labels_.tolist() == [0] * len(points) and fitted.n_clusters_ == 1
    assert clone(clusterer).set_params(metric="precomputed").fit([[0.0]]).labels_.tolist() == [0]


def test_scikit_learn_can_clone_and_set_them():
    for clusterer in [CutLinkage("ward", cut="count", count=3), ThresholdComponents(2.0, "cityblock")]:
        again = clone(clusterer)
        assert again.get_params() == clusterer.get_params() and again is not clusterer
        assert again.set_params(metric="precomputed").get_params()["metric"] == "precomputed"


def shapes():
    generator = np.random.default_rng(4)
    yield "spread", generator.normal(size=(150, 20)), [0.5, 3, 4, 5, 6, 9]
    yield "plane", generator.uniform(size=(900, 2)), [0.002, 0.01, 0.03, 0.05, 0.5]
    yield "pairs", np.repeat(generator.normal(size=(150, 5)), 2, axis=0), [0, 1e-9, 0.8, 3]
    scattered, dense = 100 * generator.normal(size=(60, 2)), generator.normal(size=(700, 2))
    yield "alone, then one", np.concatenate([scattered, dense]), [1]
    yield "far from 0", generator.normal(size=(300, 3)) + 1e6, [0.1, 0.3, 1]
    yield "one far point", np.concatenate([generator.normal(size=(300, 3)), [[1e9, 0, 0]]]), [0.1, 0.3, 1]
    yield "lattice", np.stack(np.meshgrid(range(12), range(12)), axis=-1).reshape(-1, 2) * 0.1, [0.1, 0.15, 0.2]


@pytest.mark.parametrize(("points", "radii"), [pytest.param(*rest, id=name) for name, *rest in shapes()])
def test_components_are_dbscans(points, radii):
    distances = cdist(points, points)
    for radius in radii:
        expected = DBSCAN(eps=max(radius, 1e-300), min_samples=1, metric="precomputed").fit_predict(distances)
        assert ThresholdComponents(radius).fit_predict(points).tolist() == by_first_row(expected)
        of_distances = ThresholdComponents(radius, "precomputed").fit(distances)
        assert of_distances.labels_.tolist() == by_first_row(expected)
        assert of_distances.n_clusters_ == expected.max() + 1


@settings(max_examples=60)
@given(st.integers(1, 120), st.integers(1, 6), st.integers(0, 10**6), st.floats(0, 1))
def test_components_are_single_linkage_cut_at_the_radius(count, width, seed, share):
    points = np.round(cloud(count, width, seed), 1)  # ties and duplicates
    radius = float(np.quantile(cdist(points, points), share))
    cut = CutLinkage(cut="height", height=radius).fit(points)
    assert ThresholdComponents(radius).fit_predict(points).tolist() == cut.labels_.tolist()


@pytest.mark.parametrize("metric", ["cityblock", "cosine", "chebyshev"])
def test_components_by_another_metric(metric):
    points = cloud(200)
    distances = cdist(points, points, metric)
    for radius in np.quantile(distances, [0.007, 0.02, 0.2]):
        expected = DBSCAN(eps=radius, min_samples=1, metric="precomputed").fit_predict(distances)
        assert ThresholdComponents(radius, metric).fit_predict(points).tolist() == by_first_row(expected)


def test_components_of_very_large_and_unreachable_distances():
    points = np.array([[0.0], [1e152], [1.5e152]])
    assert ThresholdComponents(1e152).fit_predict(points).tolist() == [0, 0, 0]
    assert ThresholdComponents(6e151).fit_predict(points).tolist() == [0, 1, 1]
    infinite = np.array([[0, np.inf], [np.inf, 0]])
    assert ThresholdComponents(1e9, "precomputed").fit_predict(infinite).tolist() == [0, 1]


def test_a_large_component_left_to_the_end_is_held_in_little(monkeypatch):
    monkeypatch.setattr("tdabench.mapper.components.ENTRIES", 5000)
    test_components_are_dbscans(np.concatenate([1000 * cloud(40, 2), cloud(500, 2)]), [0.1, 0.3, 1])


def test_the_scale_graph_keeps_the_number_that_lasts():
    two = [0.1, 0.2, 5.0]  # two clusters from 0.2 to 5
    unclear = [0.1, 2.0, 3.0, 5.2]  # alone: four, two or one; two clusters lie from 3 to 5.2, three from 2 to 3
    diameters = [6.0, 6.0, 6.0]
    assert scale_graph_cuts([two, unclear, two], diameters).tolist() == [2, 2, 2]
    assert scale_graph_cuts([two], [6.0]).tolist() == [2]
    assert scale_graph_cuts([[0.1, 0.2]], [6.0]).tolist() == [1]
    assert scale_graph_cuts([]).tolist() == []
    assert scale_graph_cuts([[], [0.0, 0.0]]).tolist() == [1, 1]
    assert scale_graph_cuts([two, [], two]).tolist() == [2, 1, 2]


def test_the_scale_graph_has_the_cheapest_path():
    generator = np.random.default_rng(2)
    for _ in range(20):
        fibres = [np.sort(generator.uniform(size=size)) for size in generator.integers(1, 5, size=4)]
        ends = [np.concatenate(([0], heights, [1.2])) for heights in fibres]

        def cost(path, ends=ends):
            low = [e[len(e) - 1 - clusters] for e, clusters in zip(ends, path, strict=True)]
            high = [e[len(e) - clusters] for e, clusters in zip(ends, path, strict=True)]
            total = 1.2 / (high[0] - low[0]) + 1.2 / (high[-1] - low[-1])
            for place in range(len(path) - 1):
                overlap = min(high[place : place + 2]) - max(low[place : place + 2])
                total += 1.2 / overlap if overlap > 0 else np.inf
            return total

        paths = np.array(np.meshgrid(*[range(1, len(heights) + 2) for heights in fibres])).reshape(4, -1).T
        best = min(cost(path) for path in paths)
        assert cost(scale_graph_cuts(fibres, [1.2] * 4)) == pytest.approx(best)


@pytest.mark.parametrize(
    ("heights", "options", "words"),
    [
        ([[2.0, 1.0]], {}, "fibre 0: finite heights"),
        ([[1.0], [-1.0]], {}, "fibre 1: finite heights"),
        ([[1.0]], {"diameters": [1.0, 2.0]}, "for each of the 1 fibres"),
        ([[1.0]], {"exponent": 0}, "exponent: a number above 0"),
        ([[1.0]], {"max_clusters": 0}, "max_clusters: a whole number"),
        ([[9.0], [1.0]], {"diameters": [10.0, 2.0], "max_clusters": 1}, "fibres 0 and 1 share no scale"),
    ],
)
def test_what_the_scale_graph_refuses(heights, options, words):
    with pytest.raises(BadInput, match=words):
        scale_graph_cuts(heights, **options)


@pytest.mark.parametrize(
    ("clusterer", "words"),
    [
        (CutLinkage("simple"), "method: one of single, complete"),
        (CutLinkage(cut="gap"), "cut: one of first_gap"),
        (CutLinkage(relative_to="mean"), "relative_to: one of last_merge, diameter"),
        (CutLinkage("ward", metric="cosine"), "ward linkage needs Euclidean"),
        (CutLinkage(gap=1.0), "gap: a number between 0 and 1"),
        (CutLinkage(cut="histogram", bins=0), "bins: a whole number"),
        (CutLinkage(cut="biggest_gap", exponent=np.inf), "exponent: a finite number"),
        (CutLinkage(cut="height"), "height: cut='height' needs a number"),
        (CutLinkage(cut="count", count=2.5), "count: a whole number"),
        (CutLinkage(metric="nowhere"), "'nowhere' cannot be used"),
        (ThresholdComponents(-1), "radius: a number from 0 on"),
        (ThresholdComponents(np.nan), "radius: a number from 0 on"),
        (ThresholdComponents(metric="nowhere"), "'nowhere' cannot be used"),
        (ThresholdComponents(metric="mahalanobis"), "scale the columns beforehand"),
    ],
)
def test_bad_parameters(clusterer, words):
    with pytest.raises(BadInput, match=words):
        clusterer.fit(cloud())


@pytest.mark.parametrize("clusterer", [CutLinkage(metric="cosine"), ThresholdComponents(metric="cosine")])
def test_a_metric_without_a_number(clusterer):
    with pytest.raises(BadInput, match="a row of zeros"):
        clusterer.fit([[1.0, 2.0], [0.0, 0.0]])


@pytest.mark.parametrize("clusterer", [CutLinkage(metric="precomputed"), ThresholdComponents(metric="precomputed")])
def test_bad_distances(clusterer):
    with pytest.raises(BadInput, match="negative"):
        clusterer.fit([[0, -1], [-1, 0]])
    with pytest.raises(BadInput, match="diagonal"):
        clusterer.fit([[1, 1], [1, 1]])
    with pytest.raises(BadInput, match="not symmetric"):
        clusterer.fit([[0, 1], [2, 0]])


def test_linkage_needs_finite_distances():
    with pytest.raises(BadInput, match="finite"):
        CutLinkage(metric="precomputed").fit([[0, np.inf], [np.inf, 0]])

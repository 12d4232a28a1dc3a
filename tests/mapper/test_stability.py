"""Stability: maps over a grid, the bootstrap, and suggestions that are GUDHI's."""

import numpy as np
import pytest
from gudhi.cover_complex import MapperComplex
from scipy.spatial.distance import cdist
from sklearn.cluster import AgglomerativeClustering

from tdabench.errors import BadInput
from tdabench.mapper import Cover, MapperGraph, mapper_graph, stability
from tdabench.mapper.features import extended_persistence
from tdabench.mapper.stability import bootstrap, stability_map, suggest


def circle(count=300, seed=0):
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, count)
    return np.column_stack([np.cos(angle), np.sin(angle)]) + random.normal(scale=0.05, size=(count, 2))


def disc(count=300, seed=0):
    random = np.random.default_rng(seed)
    angle, radius = random.uniform(0, 2 * np.pi, count), np.sqrt(random.uniform(size=count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def builder(points, intervals=6, overlap=0.3, cut=0.4):
    def build(rows):
        cover, clusterer = Cover(intervals, overlap), single_linkage(cut)
        graph = mapper_graph(points[rows], points[rows, 0], cover, clusterer)
        return graph, graph.mean(points[rows, 0])

    return build


def single_linkage(cut):
    return AgglomerativeClustering(n_clusters=None, distance_threshold=cut, linkage="single")


def test_a_map_has_a_row_for_each_combination_and_marks_the_published_one():
    points, seen = circle(), []

    def build(intervals, overlap, cut):
        graph, values = builder(points, intervals, overlap, cut)(np.arange(len(points)))
        return graph, -values

    rows = stability_map(
        build, range(4, 7), iter([0.1 + 0.2, 0.4]), [0.3, 0.5], (5, 0.3, 0.5), progress=lambda *at: seen.append(at)
    )
    assert len(rows) == 12 and seen[-1] == (12, 12)
    assert list(rows[0]) == ["intervals", "overlap", "cut", "nodes", "b0", "b1", "flares", "published"]
    assert [(row["intervals"], row["cut"]) for row in rows if row["published"]] == [(5, 0.5)]
    assert {(row["b0"], row["b1"], row["flares"]) for row in rows} == {(1, 1, 0)}


def test_a_published_point_off_the_grid_is_refused():
    with pytest.raises(BadInput, match="not on the grid"):
        stability_map(lambda *_: None, [4], [0.3], [0.5], (5, 0.3, 0.5))
    with pytest.raises(BadInput, match="intervals, overlap, cut"):
        stability_map(lambda *_: None, [4], [0.3], [0.5], (4, 0.3))


def test_the_loop_of_a_circle_is_kept_by_most_resamples():
    seen = []
    found = bootstrap(circle(), builder(circle()), 20, seed=0, progress=lambda *at: seen.append(at))
    (loop,) = found.of("cycle")
    assert loop.confidence >= 0.9 and loop.type == "extended_minus"
    assert loop.persistence == loop.high - loop.low > 1.5
    assert seen[-1] == (20, 20)
    assert 2 * found.radius("extended_minus", 0.9) < loop.persistence


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_cycles_in_a_sparse_disc_are_not(seed):
    points = disc(seed=seed)
    found = bootstrap(points, builder(points, 8, 0.3, 0.13), 20, seed=0)
    assert found.of("cycle")
    assert max(feature.confidence for feature in found.of("cycle")) < 0.2
    assert sorted(found.features, key=lambda feature: -feature.persistence) == list(found.features)


def test_features_that_no_resample_has_are_never_kept():
    """The longest of them is then at half its persistence, which GUDHI's last bits must not push below."""
    triangles = MapperGraph.from_members([[0, 1], [1, 2], [0, 2], [3, 4], [4, 5], [3, 5]], 6)
    pieces = MapperGraph.from_members([[node] for node in range(6)], 6)
    for values in np.random.default_rng(0).normal(size=(100, 6)):
        turns = iter([triangles, pieces])
        found = bootstrap(6, lambda rows, turns=turns, values=values: (next(turns), values), 1, seed=0)
        assert [loop.confidence for loop in found.of("cycle")] == [0, 0]


def test_the_arm_of_a_y_is_a_branch_with_confidence():
    random = np.random.default_rng(0)
    along = random.uniform(0, 2, size=(3, 120, 1))
    arms = [length * np.array(way) for length, way in zip(along, [(-1, 0), (0.8, 0.6), (0.7, -0.6)], strict=True)]
    points = np.concatenate(arms) + random.normal(scale=0.03, size=(360, 2))
    found = bootstrap(points, builder(points, 10, 0.3, 0.3), 20, seed=1)
    longest = found.of("branch")[0]
    assert longest.type == "relative" and longest.confidence >= 0.9 and longest.low < 0.5


def test_confidence_is_by_the_distance_of_each_resample():
    path = MapperGraph.from_members([[0, 1], [1, 2], [2, 3], [3]], 4)
    turns = iter([[0, 5, 1, last] for last in (4, 4, 3, 2.5, 1.5)])  # the bump at the end sinks
    found = bootstrap(4, lambda rows: (path, np.array(next(turns), float)), 4, seed=0)
    assert found.distances["relative"] == pytest.approx([0, 1, 1.5, 1.5])
    (bump,) = (feature for feature in found.of("branch") if feature.type == "relative")
    assert (bump.low, bump.high, bump.confidence) == (1, 4, 0.5)
    assert found.of("component")[0].confidence == 1


def test_a_seed_fixes_the_resamples():
    drawn = []

    def build(rows):
        drawn.append(rows)
        return builder(circle(60))(rows)

    first, again, other = (bootstrap(circle(60), build, 3, seed) for seed in (4, 4, 5))
    assert drawn[0].tolist() == list(range(60))
    assert first.distances["extended_plus"].tolist() == again.distances["extended_plus"].tolist()
    assert first.distances["extended_plus"].tolist() != other.distances["extended_plus"].tolist()
    assert first.seed == 4


def test_resamples_do_not_change_the_diagram_of_the_points():
    points = circle()
    expected = extended_persistence(*builder(points)(np.arange(len(points))))
    found = bootstrap(points, builder(points), 1, seed=0)
    assert len(found.features) == sum(map(len, expected.values()))


@pytest.mark.parametrize("repeats", [0, 2.5, True])
def test_repeats_are_whole_numbers(repeats):
    with pytest.raises(BadInput, match="repeats"):
        bootstrap(circle(), builder(circle()), repeats, seed=0)
    with pytest.raises(BadInput, match="repeats"):
        suggest(circle(), circle()[:, 0], 0, repeats)


def by_gudhi(data, lens, seed, input_type, **options):
    """GUDHI's parameters, drawn from NumPy's global stream; what the stream held before is put back."""
    state = np.random.get_state()
    try:
        np.random.seed(seed)
        found = MapperComplex(input_type=input_type, clustering=None, **options).fit(data, filters=lens)
    finally:
        np.random.set_state(state)
    return tuple(int(number) for number in found.resolutions), found.clustering.distance_threshold


@pytest.mark.parametrize("metric", ["euclidean", "precomputed"])
@pytest.mark.parametrize(
    ("points", "options"),
    [(circle(900), {}), (disc(400), {"beta": 0.5}), (circle(1000, seed=1) @ np.ones((2, 7)), {"N": 20})],
)
def test_suggestions_are_those_of_gudhi(metric, points, options):
    data = cdist(points, points) if metric == "precomputed" else points
    lens = points[:, :2] ** 3
    kind = "distance matrix" if metric == "precomputed" else "point cloud"
    resolutions, threshold = by_gudhi(data, lens, 7, kind, **options)
    ours = {"repeats" if name == "N" else name: value for name, value in options.items()}
    found = suggest(data, lens, 7, metric=metric, **ours)
    assert found.intervals == tuple(max(1, number) for number in resolutions)
    assert found.radius == pytest.approx(threshold)
    assert found.overlap == pytest.approx(1 / 3)


def test_points_whose_neighbours_are_all_outside_the_subsample_are_looked_up(monkeypatch):
    points = circle(500)
    expected = suggest(points, points[:, 0], 3, repeats=10)
    monkeypatch.setattr(stability, "NEAREST", 2)
    for data, metric in ((points, "euclidean"), (cdist(points, points), "precomputed")):
        found = suggest(data, points[:, 0], 3, repeats=10, metric=metric)
        assert found.intervals == expected.intervals and found.radius == pytest.approx(expected.radius)


def test_a_suggestion_builds_the_circle_and_says_why():
    points = circle(1500)
    found = suggest(points, points[:, 0], seed=0)
    assert isinstance(found.intervals, int) and found.intervals > 3
    cover = Cover(found.intervals, found.overlap, geometry="gudhi")
    graph = mapper_graph(points, points[:, 0], cover, single_linkage(found.radius))
    assert graph.betti_numbers() == (1, 1)
    assert f"{found.radius:.4g}" in found.reason and "drawn" not in found.reason


def test_many_points_are_represented_by_a_sample_and_the_reason_says_so(monkeypatch):
    monkeypatch.setattr(stability, "MOST_POINTS", 400)
    points = circle(900)
    found = suggest(points, points[:, 0], seed=3)
    assert "400 of the 900 points drawn at random (seed 3)" in found.reason
    assert suggest(cdist(points, points), points[:, 0], 3, metric="precomputed").radius == pytest.approx(found.radius)


def test_the_global_random_stream_is_left_alone():
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    suggest(circle(100), circle(100)[:, 0], seed=0)
    assert np.random.random() == expected


@pytest.mark.parametrize(
    ("word", "points", "lens", "options"),
    [
        ("does not change", circle(100), np.ones(100), {}),
        ("5 values for 100", circle(100), np.arange(5), {}),
        ("subsample", circle(5), np.arange(5), {}),
        ("subsample", circle(200), np.arange(200), {"beta": 30}),
        ("gain", circle(100), np.arange(100), {"gain": 1}),
        ("base", circle(100), np.arange(100), {"base": 1}),
        ("square", circle(100), np.arange(100), {"metric": "precomputed"}),
        ("infinite", np.full((100, 100), np.inf), np.arange(100), {"metric": "precomputed"}),
        ("cosine", circle(100), np.arange(100), {"metric": "cosine"}),
    ],
)
def test_impossible_suggestions_are_refused(word, points, lens, options):
    with pytest.raises(BadInput, match=word):
        suggest(points, lens, 0, **options)

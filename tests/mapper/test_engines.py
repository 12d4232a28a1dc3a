"""Three engines, one graph; where they cannot agree, what is said about it; what is refused."""

import kmapper
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans

from tdabench.errors import BadInput
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.components import ThresholdComponents

EVERYTHING = CutLinkage(cut="count", count=1)  # one cluster per fibre


def dbscan(**how):
    """DBSCAN by trees: its search by force starts threads, and waits for them, for fibres of ten points."""
    return DBSCAN(algorithm="kd_tree", **how)


def key(graph):
    """What a graph is, whatever its nodes are numbered by: cubes with members, and simplices of these."""
    names = [(tuple(map(int, cube)), tuple(graph.members(node).tolist())) for node, cube in enumerate(graph.cubes)]
    return [sorted(tuple(sorted(names[node] for node in simplex)) for simplex in level) for level in graph.simplices]


def cloud(generator, width=3):
    return generator.normal(size=(int(generator.integers(20, 60)), width))


def circle(count=60):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def by_loops(points, fitted, lens, clusterer, smallest_fibre):
    """Nodes by the definition: a loop over cubes, a test for each point, a clustering of what is inside."""
    nodes = set()
    for cube in np.ndindex(*fitted.shape):
        lower = [fitted.lower[k][i] for k, i in enumerate(cube)]
        upper = [fitted.upper[k][i] for k, i in enumerate(cube)]
        rows = np.flatnonzero(((lens >= lower) & (lens <= upper)).all(axis=1))
        if len(rows) >= max(1, smallest_fibre):
            labels = clusterer.fit_predict(points[rows])
            nodes |= {(cube, tuple(rows[labels == label].tolist())) for label in set(labels.tolist()) - {-1}}
    return nodes


def compared(seed, geometry, overlap, engines):
    """Whether engines agree on a random cloud, with both kinds of DBSCAN; how many comparisons were made."""
    generator = np.random.default_rng(seed)
    points = cloud(generator)
    lens = points[:, : int(generator.integers(1, 3))] + generator.normal(size=2)[:1]
    size = {"length": 1.7} if geometry == "length" else {"intervals": int(generator.integers(1, 6))}
    cover = Cover(overlap=overlap, geometry=geometry, **size)
    made = 0
    for min_samples, smallest_fibre in [(1, 1), (3, 1), (1, 4)]:
        clusterer = dbscan(eps=0.8, min_samples=min_samples)
        ours = mapper_graph(points, lens, cover, clusterer, smallest_fibre=smallest_fibre)
        nodes = by_loops(points, cover.intervals_over(lens), lens, clusterer, smallest_fibre)
        assert {name for (name,) in key(ours)[0]} == nodes
        for engine in engines:
            theirs = mapper_graph(points, lens, cover, clusterer, engine, smallest_fibre=smallest_fibre)
            assert key(theirs) == key(ours), (engine, min_samples, smallest_fibre)
            assert theirs.notes == ours.notes
            made += 1
    return made


@pytest.mark.parametrize("geometry", ["published", "length", "kmapper", "gudhi"])
@pytest.mark.parametrize("overlap", [0, 0.2, 0.45])
@pytest.mark.parametrize("seed", [0, 1])
def test_all_engines_give_the_same_graph(seed, geometry, overlap):
    assert compared(seed, geometry, overlap, ["kmapper", "gudhi"]) == 6


@pytest.mark.parametrize("geometry", ["published", "kmapper", "length"])
@pytest.mark.parametrize("overlap", [0, 0.25, 0.375])
def test_engines_agree_on_points_that_lie_on_ends(geometry, overlap):
    generator = np.random.default_rng(0)
    told = 0
    for count in range(2, 8):
        points = generator.integers(0, 13, size=(40, 1)).astype(float)
        cover = Cover(count, overlap, length=count / 2 if geometry == "length" else None, geometry=geometry)
        ours = mapper_graph(points, points[:, 0], cover, EVERYTHING)
        assert key(mapper_graph(points, points[:, 0], cover, EVERYTHING, "kmapper")) == key(ours)
        try:
            assert key(mapper_graph(points, points[:, 0], cover, EVERYTHING, "gudhi")) == key(ours)
        except BadInput as error:  # GUDHI's intervals without overlap are half-open
            assert overlap == 0 and "half-open" in str(error) and len(ours.edges)
            told += 1
    assert (told > 0) == (overlap == 0)


@pytest.mark.parametrize(("geometry", "overlap"), [("published", 0.5), ("kmapper", 0.7), ("length", 0.6),
                                                   ("balanced", 0.3), ("balanced", 0.6)])  # fmt: skip
def test_kmapper_agrees_on_large_overlaps_and_on_balanced_covers(geometry, overlap):
    assert compared(2, geometry, overlap, ["kmapper"]) == 3


@pytest.mark.parametrize("engine", ["kmapper", "gudhi"])
@pytest.mark.parametrize("min_samples", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_engines_agree_on_distance_matrices(engine, min_samples, seed):
    generator = np.random.default_rng(seed)
    points = cloud(generator)
    cover = Cover(5, 0.3)
    square = DBSCAN(eps=0.7, min_samples=min_samples, metric="precomputed")
    how = {"metric": "precomputed", "smallest_fibre": 1 + seed}
    ours = mapper_graph(cdist(points, points), points[:, :2], cover, square, **how)
    theirs = mapper_graph(cdist(points, points), points[:, :2], cover, square, engine, **how)
    assert key(ours) == key(theirs)
    flat = dbscan(eps=0.7, min_samples=min_samples)
    assert key(ours) == key(mapper_graph(points, points[:, :2], cover, flat, smallest_fibre=1 + seed))


@pytest.mark.parametrize("seed", range(3))
def test_single_linkage_cut_at_a_height_is_dbscan_whose_core_points_are_all(seed):
    points = cloud(np.random.default_rng(seed))
    expected = key(mapper_graph(points, points[:, 0], Cover(6, 0.4), dbscan(eps=0.9, min_samples=1)))
    for clusterer in (ThresholdComponents(0.9), CutLinkage(cut="height", height=0.9)):
        for engine in ("tdabench", "kmapper", "gudhi"):
            assert key(mapper_graph(points, points[:, 0], Cover(6, 0.4), clusterer, engine)) == expected


@pytest.mark.parametrize("geometry", ["published", "gudhi"])
def test_gudhis_triangles_are_ours(geometry):
    generator = np.random.default_rng(5)
    points = generator.normal(size=(250, 3))
    cover = Cover(5, 0.4, geometry=geometry)
    for dimension in (2, 3):
        ours = mapper_graph(points, points[:, :2], cover, ThresholdComponents(0.9), max_dimension=dimension)
        theirs = mapper_graph(points, points[:, :2], cover, ThresholdComponents(0.9), "gudhi", max_dimension=dimension)
        assert len(ours.simplices) == dimension + 1 and len(ours.simplices[dimension]) > 10
        assert key(ours) == key(theirs)
        assert ours.betti_numbers() == theirs.betti_numbers()


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_a_circle_through_its_height_is_a_circle(engine):
    graph = mapper_graph(circle(), circle()[:, 1], Cover(5, 0.3), ThresholdComponents(0.3), engine)
    assert graph.betti_numbers() == (1, 1)
    assert graph.nodes == 8 and len(graph.edges) == 8
    assert graph.notes == ()


def test_engines_leave_the_clusterer_and_the_data_alone():
    points = circle()
    before, clusterer = points.copy(), dbscan(eps=0.3, min_samples=1)
    for engine in ("tdabench", "kmapper", "gudhi"):
        mapper_graph(points, points[:, 1], Cover(5, 0.3, geometry="gudhi"), clusterer, engine)
    assert (points == before).all()
    assert clusterer.get_params() == dbscan(eps=0.3, min_samples=1).get_params()


# What an engine cannot do, it says.


@pytest.mark.parametrize(
    ("cover", "says"),
    [
        (Cover(5, 0.3, geometry="balanced"), "balanced"),
        (Cover(5, 0.5), "below 0.5"),
        (Cover(5, 0.8, geometry="kmapper"), "below 0.5"),
        (Cover(5, 0.3, limits=(-0.5, 0.5)), "reach over all"),
        (Cover(5, 0.3, limits=(-0.5, 2)), "reach over all"),
    ],
)
def test_covers_that_gudhi_does_not_know_are_refused(cover, says):
    with pytest.raises(BadInput, match=says):
        mapper_graph(circle(), circle()[:, 1], cover, EVERYTHING, "gudhi")
    assert mapper_graph(circle(), circle()[:, 1], cover, EVERYTHING).nodes > 0
    assert key(mapper_graph(circle(), circle()[:, 1], cover, EVERYTHING, "kmapper")) == key(
        mapper_graph(circle(), circle()[:, 1], cover, EVERYTHING)
    )


def test_kmapper_makes_graphs_only():
    with pytest.raises(BadInput, match="its nerve is a graph"):
        mapper_graph(circle(), circle()[:, 1], Cover(5, 0.3), EVERYTHING, "kmapper", max_dimension=2)


# kmapper's own rules, which ours are not.


def raw_kmapper(points, lens, clusterer, **how):
    cover = kmapper.Cover(n_cubes=6, perc_overlap=0.3)
    found = kmapper.KeplerMapper(verbose=0).map(lens[:, None], points, clusterer, cover, **how)
    return sorted(tuple(rows) for rows in found["nodes"].values())


def nodes_of(graph):
    return sorted(tuple(graph.members(node).tolist()) for node in range(graph.nodes))


def far_apart():
    """Sixty points on the line, and two far out that are alone in their cubes."""
    return np.append(np.linspace(0, 1, 60), [4, 6])[:, None]


@pytest.mark.parametrize(("clusterer", "fewest"), [(dbscan(eps=0.1, min_samples=2), 2),
                                                   (CutLinkage(cut="height", height=0.1), 2)])  # fmt: skip
def test_raw_kmapper_passes_over_small_cubes_and_smallest_fibre_says_the_same(clusterer, fewest):
    points = far_apart()
    cover = Cover(6, 0.3, geometry="kmapper")
    raw = raw_kmapper(points, points[:, 0], clusterer)
    assert not any(row in rows for rows in raw for row in (60, 61))
    same = mapper_graph(points, points[:, 0], cover, clusterer, smallest_fibre=fewest)
    assert nodes_of(same) == raw
    assert any("passed over" in note for note in same.notes)
    ours = nodes_of(mapper_graph(points, points[:, 0], cover, CutLinkage(cut="height", height=0.1)))
    assert (60,) in ours and (61,) in ours


def test_kmapper_takes_the_number_of_clusters_for_the_least_size_of_a_cube():
    points = far_apart()
    clusterer = AgglomerativeClustering(n_clusters=3)
    same = mapper_graph(points, points[:, 0], Cover(6, 0.3, geometry="kmapper"), clusterer, smallest_fibre=3)
    assert nodes_of(same) == raw_kmapper(points, points[:, 0], clusterer)


def test_kmapper_can_merge_nodes_with_equal_members_and_we_do_not():
    points = np.array([[0.0], [0.0], [5.2], [10.0], [10.0]])  # the third lies over two cubes, alone
    cover = Cover(6, 0.3, geometry="kmapper")
    together = dbscan(eps=1e3, min_samples=1)
    ours = mapper_graph(points, points[:, 0], cover, together)
    assert nodes_of(ours).count((2,)) == 2
    raw = raw_kmapper(points, points[:, 0], together)
    assert raw == nodes_of(ours)
    merged = raw_kmapper(points, points[:, 0], together, remove_duplicate_nodes=True)
    assert merged == sorted(set(raw)) and len(merged) == len(raw) - 1


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_an_isolated_point_is_a_node_unless_it_is_noise(engine):
    points = far_apart()
    every = mapper_graph(points, points[:, 0], Cover(6, 0.3), dbscan(eps=0.1, min_samples=1), engine)
    assert (61,) in nodes_of(every) and every.notes == ()
    none = mapper_graph(points, points[:, 0], Cover(6, 0.3), dbscan(eps=0.1, min_samples=2), engine)
    assert (61,) not in nodes_of(none)
    assert none.notes == ("2 of 62 points are in no node (noise, or outside the cover)",)


# What is told, and what is refused.


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_a_constant_lens_is_a_clustering_of_all_points(engine):
    points = far_apart()
    graph = mapper_graph(points, np.ones(62), Cover(10, 0.3), dbscan(eps=0.1, min_samples=1), engine)
    assert graph.nodes == 3 and len(graph.edges) == 0
    assert "lens 0 is constant" in graph.notes[0]
    both = mapper_graph(
        points, np.column_stack([points[:, 0], np.ones(62)]), Cover(6, 0.3), ThresholdComponents(0.1), engine
    )
    alone = mapper_graph(points, points[:, 0], Cover(6, 0.3), ThresholdComponents(0.1), engine)
    assert nodes_of(both) == nodes_of(alone) and len(both.edges) == len(alone.edges)
    assert both.cubes.shape[1] == 2


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_more_intervals_than_points_are_right_and_told(engine):
    points = np.array([[0.0], [0.31], [1.0]])
    graph = mapper_graph(points, points[:, 0], Cover(50, 0.3), EVERYTHING, engine)
    fitted = Cover(50, 0.3).intervals_over(points)
    assert graph.nodes == sum(((fitted.lower[0] <= p) & (p <= fitted.upper[0])).sum() for p in points[:, 0])
    assert "more intervals (50) than points (3)" in graph.notes[0]


def test_limits_that_leave_points_out_are_told():
    points = far_apart()
    graph = mapper_graph(points, points[:, 0], Cover(6, 0.3, limits=(0, 1)), ThresholdComponents(0.1))
    assert "2 points lie outside the cover in lens 0" in graph.notes
    assert "2 of 62 points are in no node (noise, or outside the cover)" in graph.notes
    assert not np.isin([60, 61], graph.membership.indices).any()
    with pytest.raises(BadInput):
        mapper_graph(points, points[:, 0], Cover(6, 0.3, limits=(20, 30)), ThresholdComponents(0.1))


def test_no_overlap_is_told():
    graph = mapper_graph(circle(), circle()[:, 1] + 1e-3 * circle()[:, 0], Cover(5, 0), ThresholdComponents(0.3))
    assert any("overlap 0" in note for note in graph.notes)
    assert len(graph.edges) == 0


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_one_row_is_one_node(engine):
    graph = mapper_graph([[1.0, 2.0]], [3.0], Cover(10, 0.3), dbscan(eps=0.1, min_samples=1), engine)
    assert (graph.nodes, len(graph.edges)) == (1, 0)
    assert graph.members(0).tolist() == [0]


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_all_noise_is_refused(engine):
    points = cloud(np.random.default_rng(0))
    with pytest.raises(BadInput, match="larger radius"):
        mapper_graph(points, points[:, 0], Cover(5, 0.3), dbscan(eps=1e-9, min_samples=2), engine)


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
@pytest.mark.parametrize("clusterer", [AgglomerativeClustering(n_clusters=5), KMeans(n_clusters=5, n_init=1)])
def test_a_clusterer_that_refuses_a_small_fibre_is_told_from_the_data(engine, clusterer):
    points = np.append(np.linspace(0, 1, 30), [7.0, 7.1, 7.2])[:, None]
    with pytest.raises(BadInput, match="refuses a fibre of 3 points.*smallest_fibre=4"):
        mapper_graph(points, points[:, 0], Cover(4, 0.3), clusterer, engine)
    graph = mapper_graph(points, points[:, 0], Cover(4, 0.3), clusterer, engine, smallest_fibre=6)
    assert any("passed over" in note for note in graph.notes)


@pytest.mark.parametrize("engine", ["tdabench", "kmapper", "gudhi"])
def test_bad_input_is_refused(engine):
    points, clusterer, cover = circle(), ThresholdComponents(0.3), Cover(5, 0.3)
    for data, lens, how, says in [
        (np.zeros((0, 2)), [], {}, "at least 1"),
        (points, points[:-1, 1], {}, "59 values for 60 points"),
        (points, np.append(points[:-1, 1], np.nan), {}, "lens: 1 values are not finite"),
        (np.where(points > 0.999, np.nan, points), points[:, 1], {}, "points: .* not finite"),
        (points, points[:, 1], {"max_dimension": 0}, "max_dimension"),
        (points, points[:, 1], {"metric": "precomputed"}, "square"),
        (points[:, 0], points[:, 1], {}, "points"),
    ]:
        with pytest.raises(BadInput, match=says):
            mapper_graph(data, lens, cover, clusterer, engine, **how)
    with pytest.raises(BadInput, match="engine: one of"):
        mapper_graph(points, points[:, 1], cover, clusterer, engine + "s")

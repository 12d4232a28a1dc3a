"""scikit-learn's own checks of the estimators; distances and points are not taken for each other; new rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN, AffinityPropagation, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import parametrize_with_checks

from tdabench.errors import BadInput
from tdabench.mapper import ENGINES, Cover, CutLinkage, Mapper, ThresholdComponents, lens_values, mapper_graph

NAMED = {name: {"name": name} for name in ("eccentricity", "density_filter", "gauss_density", "pca", "svd", "zero")}
LENSES = {
    **NAMED,
    "furthest": {"name": "eccentricity", "exponent": np.inf},
    "squares": {"name": "eccentricity", "exponent": 2},
    "measure": {"name": "distance_to_measure", "k": 4},
    "columns": {"name": "coordinates", "columns": [1, 0]},
    "two": {"name": "pca", "components": 2},
    "function": lambda points: points.sum(axis=1),
    "side by side": ["eccentricity", {"name": "coordinates", "columns": 1}],
    "stack": {"name": "stack", "lenses": ["zero", "eccentricity"]},
}


def circle(count=60):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def cloud(count=80, width=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


@parametrize_with_checks([
    Mapper(), Mapper(lens="pca", clusterer=KMeans(2, n_init=1, random_state=0)), Mapper(engine="kmapper"),
    CutLinkage(), CutLinkage("ward", cut="count", count=3), CutLinkage(cut="histogram", relative_to="diameter"),
    ThresholdComponents(), ThresholdComponents(0.3, "cityblock"),
    Cover(), Cover(4, 0.2, geometry="balanced"), Cover(geometry="length", length=0.5),
])  # fmt: skip
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


def test_a_fitted_cover_is_the_cover():
    cover = Cover(4, 0.2)
    assert cover.fit(circle()) is cover and cover.n_features_in_ == 2 and cover.intervals_.shape == (4, 4)
    mapper_graph(circle(), circle()[:, 0], untouched := Cover(4, 0.2), ThresholdComponents(0.3))
    assert not hasattr(untouched, "intervals_")
    with pytest.raises(BadInput, match="Reshape your data"):
        cover.fit(circle()[:, 0])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "clusterer", [
        ThresholdComponents(0.3), CutLinkage(), DBSCAN(eps=0.3, min_samples=1), KMeans(2), AffinityPropagation(),
        AgglomerativeClustering(linkage="single"),
    ],
)  # fmt: skip
def test_distances_for_a_clusterer_of_points_are_refused(clusterer, engine):
    distances = cdist(circle(), circle())
    with pytest.raises(BadInput, match="expects points, but the data are distances"):
        mapper_graph(distances, circle()[:, 1], Cover(5, 0.3), clusterer, engine, metric="precomputed")
    with pytest.raises(BadInput, match="expects points, but the data are distances"):
        Mapper(cover=Cover(5, 0.3), clusterer=clusterer, metric="precomputed", engine=engine).fit(distances)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("clusterer", "named"), [
        (ThresholdComponents(0.3, metric="precomputed"), "metric"), (CutLinkage(metric="precomputed"), "metric"),
        (DBSCAN(eps=0.3, metric="precomputed"), "metric"), (AffinityPropagation(affinity="precomputed"), "affinity"),
        (AgglomerativeClustering(linkage="single", metric="precomputed"), "metric"),
    ],
)  # fmt: skip
def test_points_for_a_clusterer_of_distances_are_refused(clusterer, named, engine):
    square = cdist(circle(12), circle(12))  # a fibre of it could pass for distances
    for points in (circle(), square):
        with pytest.raises(BadInput, match=rf"expects distances \(its {named} is 'precomputed'\), but the data are"):
            mapper_graph(points, points[:, 1], Cover(5, 0.3), clusterer, engine)
        with pytest.raises(BadInput, match="expects distances"):
            Mapper(cover=Cover(5, 0.3), clusterer=clusterer, engine=engine).fit(points)


def test_distances_and_their_clusterer_give_the_graph_of_the_points():
    points, lens = circle(), circle()[:, 1]
    expected = mapper_graph(points, lens, Cover(5, 0.3), ThresholdComponents(0.3))
    clusterer = ThresholdComponents(0.3, metric="precomputed")
    graph = mapper_graph(cdist(points, points), lens, Cover(5, 0.3), clusterer, metric="precomputed")
    assert graph.betti_numbers() == (1, 1) and (graph.membership != expected.membership).nnz == 0


def test_the_default_clusterer_measures_by_the_same_metric_as_the_lens():
    points = cloud()
    graph = Mapper(metric="cityblock").fit(points).graph_
    lens = lens_values("eccentricity", points, "cityblock")
    expected = mapper_graph(points, lens, Cover(15, 0.5), CutLinkage(relative_to="diameter", metric="cityblock"))
    assert (graph.membership != expected.membership).nnz == 0


@pytest.mark.parametrize("lens", LENSES)
def test_the_lens_of_a_new_row_is_that_of_the_row_when_it_is_fitted(lens):
    """At points that were fitted, where a new row counts as no neighbour of itself beside its equal."""
    points = cloud()
    values = lens_values(LENSES[lens], points)
    assert lens_values(LENSES[lens], points, rows=points) == pytest.approx(values, abs=1e-7)
    new = lens_values(LENSES[lens], points, rows=points[:5] + 0.01)
    assert new.shape == (5, values.shape[1]) and np.allclose(new, values[:5], rtol=0.05, atol=0.05)


def test_the_neighbours_of_a_new_row_are_the_fitted_points():
    points, rows = cloud(), cloud(7, seed=1)
    ordered = np.sort(cdist(rows, points), axis=1)
    assert lens_values({"name": "knn_distance", "k": 3}, points, rows=rows)[:, 0] == pytest.approx(ordered[:, 2])
    measure = np.sqrt((ordered[:, :4] ** 2).mean(axis=1))
    assert lens_values({"name": "distance_to_measure", "k": 4}, points, rows=rows)[:, 0] == pytest.approx(measure)
    for name in ("eccentricity", "density_filter", "knn_distance", "distance_to_measure"):
        by_distances = lens_values(name, cdist(points, points), "precomputed", rows=cdist(rows, points))
        assert by_distances == pytest.approx(lens_values(name, points, rows=rows))


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("clusterer", [CutLinkage(relative_to="diameter"), DBSCAN(eps=1.0, min_samples=2)])
def test_fitted_rows_are_assigned_to_their_own_nodes(lens, clusterer):
    points = cloud()
    mapper = Mapper(LENSES[lens], Cover(24, 0.4, limits=(-12, 12)), clusterer)  # no value lies on an end
    membership = mapper.fit_transform(points)
    order = np.random.default_rng(0).permutation(80)
    assert (mapper.transform(points[order]) != membership[order]).nnz == 0
    # Far below what tells two points apart, and yet other rows.
    assert (mapper.transform(points * (1 + 1e-13)) != membership).nnz == 0


def test_new_rows_go_by_lens_cover_and_nearest_member():
    points = np.concatenate([circle(), circle() + [10, 0]])
    mapper = Mapper({"name": "coordinates", "columns": 1}, Cover(5, 0.3), ThresholdComponents(0.3)).fit(points)
    graph = mapper.graph_
    new = np.array([[1.02, 0.01], [11.02, 0.01], [0.0, 5.0], [10.3, 0.95], [1.0, 0.0]])
    rows = mapper.transform(new)
    assert rows.shape == (5, graph.nodes) and rows.dtype == bool
    for row, nearest in ((0, 0), (1, 60), (3, 60 + 12)):  # the fitted point beside it
        nodes = rows[[row]].indices
        intervals = mapper.cover_.intervals_
        holding = (intervals.lower[0] <= new[row, 1]) & (new[row, 1] <= intervals.upper[0])
        assert sorted(graph.cubes[nodes, 0].tolist()) == np.flatnonzero(holding).tolist()
        assert any(nearest in graph.members(node) for node in nodes)
    assert rows[[2]].nnz == 0  # beyond the cover
    assert rows[[4]].indices.tolist() == [node for node in range(graph.nodes) if 0 in graph.members(node)]


def test_a_new_row_beside_noise_is_noise():
    points = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [0.1, 9.0]])
    mapper = Mapper("zero", Cover(1), DBSCAN(eps=0.5, min_samples=2)).fit(points)
    assert mapper.transform([[0.1, 0.2], [0.1, 8.0]]).toarray().tolist() == [[True], [False]]


def test_new_rows_by_their_distances():
    points, new = circle(), circle(7) * 1.01
    one = Mapper("eccentricity", Cover(5, 0.3), ThresholdComponents(0.3)).fit(cloud())
    other = Mapper("eccentricity", Cover(5, 0.3), ThresholdComponents(0.3, "precomputed"), metric="precomputed")
    other.fit(cdist(cloud(), cloud()))
    rows = np.concatenate([cloud(9, seed=3), cloud()[:5]])
    assert (one.transform(rows) != other.transform(cdist(rows, cloud()))).nnz == 0
    with pytest.raises(BadInput, match="7 features"):
        other.transform(cdist(new, new))
    assert len(points) == 60


@pytest.mark.parametrize(
    ("lens", "word"), [
        (circle()[:, 1], "values for the fitted points say nothing of new ones"),
        (lambda points: points[:, 1] - points[:, 1].mean(), "depend on others"),
        ({"name": "graph_laplacian", "k": 4}, "graph_laplacian: it has values at the fitted points alone"),
        ("distance_matrix_eigenvector", "it has values at the fitted points alone"),
        (lambda points: PCA(1).fit_transform(points)[:, 0] + points.max(), "depend on others"),
    ],
)  # fmt: skip
def test_a_lens_without_values_for_new_rows_says_so(lens, word):
    mapper = Mapper(lens, Cover(5, 0.3), ThresholdComponents(0.3)).fit(circle())
    assert mapper.transform(circle()).shape == (60, mapper.graph_.nodes)
    with pytest.raises(BadInput, match=f"Mapper.transform: lens.*{word}.*; fit all rows together, or take a lens"):
        mapper.transform(circle() * 1.01)

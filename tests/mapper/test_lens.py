"""Lenses against the formulas written out, over points and over the distances of the same points."""

import numpy as np
import pytest
from gudhi.point_cloud.dtm import DistanceToMeasure
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA, TruncatedSVD

from tdabench.errors import BadInput
from tdabench.mapper.lens import LENSES, lens_values

FORMULAS = {
    "eccentricity": ({"exponent": 1}, lambda D: D.mean(axis=1)),
    "eccentricity, quadratic": ({"exponent": 2}, lambda D: np.sqrt((D**2).mean(axis=1))),
    "eccentricity, 0.5": ({"exponent": 0.5}, lambda D: (D**0.5).mean(axis=1) ** 2),
    "eccentricity, greatest": ({"exponent": np.inf}, lambda D: D.max(axis=1)),
    "knn_distance": ({"k": 3}, lambda D: np.sort(D, axis=1)[:, 3]),
    "distance_to_measure": ({"k": 4}, lambda D: np.sqrt((np.sort(D, axis=1)[:, :4] ** 2).mean(axis=1))),
    "distance_to_measure, 1": ({"k": 1}, lambda D: np.zeros(len(D))),
    "density_filter": ({"epsilon": 0.7}, lambda D: np.exp(-(D**2) / 0.7).sum(axis=1)),
    "zero": ({}, lambda D: np.zeros(len(D))),
}
NEED_POINTS = ["pca", "svd", "coordinates"]


def cloud(count=60, width=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)) + 5


def both(name, points, metric="euclidean", **parameters):
    """The lens over points and over their distances, once they agree."""
    of_points = LENSES[name](points, metric=metric, **parameters)
    of_distances = LENSES[name](cdist(points, points, metric), metric="precomputed", **parameters)
    assert of_points == pytest.approx(of_distances, abs=1e-6)
    return of_points


@pytest.mark.parametrize("title", FORMULAS)
@settings(max_examples=15)
@given(st.integers(6, 60), st.integers(1, 5), st.integers(0, 10**6))
def test_a_lens_is_its_formula(title, count, width, seed):
    points = cloud(count, width, seed)
    parameters, formula = FORMULAS[title]
    values = both(title.split(",")[0], points, **parameters)
    assert values.dtype == np.float64
    assert values == pytest.approx(formula(cdist(points, points)), abs=1e-6)


@pytest.mark.parametrize("metric", ["cityblock", "cosine", "correlation", "chebyshev"])
@pytest.mark.parametrize("title", ["eccentricity", "knn_distance", "distance_to_measure", "density_filter"])
def test_any_metric_will_do(title, metric):
    points = cloud(width=4)
    parameters, formula = FORMULAS[title]
    assert both(title, points, metric, **parameters) == pytest.approx(formula(cdist(points, points, metric)), abs=1e-6)


def test_blocks_do_not_show():
    points = cloud(3000, 2)
    distances = cdist(points, points)
    assert LENSES["eccentricity"](points) == pytest.approx(distances.mean(axis=1))
    assert LENSES["eccentricity"](distances, metric="precomputed") == pytest.approx(distances.mean(axis=1))


def test_a_great_exponent_comes_near_the_greatest_distance_without_overflow():
    points = 1e5 * cloud()
    near, greatest = (LENSES["eccentricity"](points, exponent=p) for p in (1000, np.inf))
    assert near == pytest.approx(greatest, rel=0.01)


def test_distance_to_measure_is_gudhis():
    points = cloud()
    assert both("distance_to_measure", points, k=7) == pytest.approx(DistanceToMeasure(7, q=2).fit_transform(points))


def test_duplicates_are_other_points():
    points = np.repeat(cloud(20), 3, axis=0)
    assert both("knn_distance", points, k=2) == pytest.approx(0, abs=1e-6)
    assert (both("knn_distance", points, k=3) > 0.01).all()


def test_gaussian_density_integrates_to_one_on_a_line():
    points = np.random.default_rng(1).normal(size=(40, 1))
    D, sigma = cdist(points, points), 0.3
    sums = np.exp(-(D**2) / (2 * sigma**2)).sum(axis=1)
    expected = sums / (40 * np.sqrt(2 * np.pi) * sigma)
    assert LENSES["gauss_density"](points, sigma=sigma) == pytest.approx(expected)
    assert LENSES["gauss_density"](D, metric="precomputed", sigma=sigma) == pytest.approx(sums)
    grid = np.linspace(-8, 8, 4001)[:, None]
    density = np.exp(-(cdist(grid, points) ** 2) / (2 * sigma**2)).sum(axis=1) / (40 * np.sqrt(2 * np.pi) * sigma)
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1)


def laplacian(W):
    root = 1 / np.sqrt(W.sum(axis=1))
    return np.eye(len(W)) - root[:, None] * W * root


def neighbour_graph(D, k):
    W = np.zeros(D.shape)
    for row, order in enumerate(np.argsort(D + np.diag(np.full(len(D), np.inf)), axis=1)[:, :k]):
        W[row, order] = W[order, row] = 1
    return W


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("count", [60, 510])  # a full and a sparse matrix
def test_graph_laplacian_gives_the_eigenvector_of_its_number(count, number, weighted):
    points = cloud(count, 2)
    D = cdist(points, points)
    W = neighbour_graph(D, 12)
    if weighted:
        order = np.sort(D, axis=1)[:, 1:13]
        W = W * np.exp(-(D**2) / (2 * np.median(order) ** 2))
    L = laplacian(W)
    vector = both("graph_laplacian", points, k=12, number=number, weighted=weighted)
    value = vector @ L @ vector
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert pytest.approx(value * vector, abs=1e-7) == L @ vector
    assert value == pytest.approx(np.linalg.eigvalsh(L)[number], abs=1e-8)
    assert vector[np.abs(vector).argmax()] > 0


def test_graph_laplacian_by_radius_orders_a_line():
    points = np.linspace(0, 1, 50)[:, None] ** 1.2
    vector = both("graph_laplacian", points, epsilon=0.06)
    bend = vector / np.sqrt([(np.abs(points - x) <= 0.06).sum() - 1 for x in points[:, 0]])
    steps = np.diff(bend) * np.sign(bend[-1] - bend[0])
    assert (steps > -1e-12).all()  # points with equal neighbours have equal values


def test_graph_laplacian_says_when_its_graph_falls_apart():
    points = np.concatenate([cloud(20), cloud(20) + 100])
    with pytest.raises(BadInput, match="2 components; raise k"):
        LENSES["graph_laplacian"](points, k=3)
    with pytest.raises(BadInput, match="components; raise epsilon"):
        LENSES["graph_laplacian"](points, epsilon=1.0)
    with pytest.raises(BadInput, match="no two points"):
        LENSES["graph_laplacian"](points, epsilon=1e-9)
    with pytest.raises(BadInput, match="exactly one of k and epsilon"):
        LENSES["graph_laplacian"](points)


@pytest.mark.parametrize("count", [40, 510])
@pytest.mark.parametrize("mean_centre", [True, False])
@pytest.mark.parametrize("number", [1, 3])
def test_distance_matrix_eigenvector(count, mean_centre, number):
    points = cloud(count)
    D = cdist(points, points)
    if mean_centre:
        J = np.eye(count) - 1 / count
        D = J @ D @ J
    vector = both("distance_matrix_eigenvector", points, number=number, mean_centre=mean_centre)
    value = vector @ D @ vector
    assert pytest.approx(value * vector, abs=1e-6) == D @ vector
    assert abs(value) == pytest.approx(np.sort(np.abs(np.linalg.eigvalsh(D)))[-number])


def test_principal_components_and_singular_vectors_but_for_sign():
    points = cloud()
    scores = PCA().fit_transform(points)
    assert np.abs(LENSES["pca"](points, components=2)) == pytest.approx(np.abs(scores[:, :2]))
    assert np.abs(LENSES["pca"](points, number=3)) == pytest.approx(np.abs(scores[:, 2]))
    truncated = TruncatedSVD(2, algorithm="arpack", random_state=0).fit_transform(points)
    assert np.abs(LENSES["svd"](points, components=2)) == pytest.approx(np.abs(truncated))


def test_coordinates():
    points = cloud()
    assert np.array_equal(LENSES["coordinates"](points, columns=1), points[:, 1])
    assert np.array_equal(LENSES["coordinates"](points, columns=[2, 0]), points[:, [2, 0]])
    with pytest.raises(BadInput, match="0 to 2"):
        LENSES["coordinates"](points, columns=[3])


@pytest.mark.parametrize("name", NEED_POINTS)
def test_distances_have_no_coordinates(name):
    with pytest.raises(BadInput, match="points are needed"):
        LENSES[name](np.zeros((3, 3)), metric="precomputed")


def test_what_can_be_asked_for():
    points = cloud()
    distances = cdist(points, points)
    mean, far = distances.mean(axis=1), distances.max(axis=1)
    asked = [
        "eccentricity",
        {"name": "eccentricity", "exponent": np.inf},
        ("eccentricity", {"exponent": np.inf}),
        (lambda data, column: data[:, column], {"column": 1}),
        lambda data: data[:, 0],
        LENSES["eccentricity"],
        mean,
        np.stack([mean, far], axis=1),
        list(mean),
    ]
    values = lens_values(asked, points)
    expected = [mean, far, far, points[:, 1], points[:, 0], mean, mean, mean, far, mean]
    assert values == pytest.approx(np.stack(expected, axis=1), abs=1e-6)
    for spec in asked[:2] + asked[4:]:
        assert lens_values(spec, points).shape in [(60, 1), (60, 2)]
    assert lens_values("zero", points).shape == (60, 1)
    assert lens_values("eccentricity", distances, "precomputed")[:, 0] == pytest.approx(mean)
    stacked = {"name": "stack", "lenses": ["zero", ("knn_distance", {"k": 2})]}
    assert lens_values(stacked, points)[:, 1] == pytest.approx(np.sort(distances, axis=1)[:, 2], abs=1e-6)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("excentricity", "there is no 'excentricity'; there are eccentricity, knn_distance"),
        ({"exponent": 2}, "there is no None"),
        ({"name": "knn_distance", "exponent": 2}, "no parameter exponent; it has k"),
        ({"name": "zero", "k": 2}, "it has none"),
        ({"name": "eccentricity", "exponent": 0}, "exponent: a number above 0"),
        ({"name": "knn_distance", "k": 60}, "k: a whole number from 1 to 59"),
        ({"name": "distance_to_measure", "k": True}, "k: a whole number"),
        ({"name": "gauss_density", "sigma": 0}, "sigma: a number above 0"),
        ({"name": "density_filter", "epsilon": -1}, "epsilon: a number above 0"),
        ({"name": "pca", "components": 4}, "components: a whole number from 1 to 3"),
        ({"name": "pca", "components": 1, "number": 1}, "not both"),
        ({"name": "stack"}, "at least one lens"),
        (np.zeros(59), "for 60 points"),
        (3.0, "one row each"),
        (["zero", np.full(60, np.nan)], "60 values are not finite, the first in row 0"),
        (lambda data: ["a"] * 60, "numbers are needed"),
        ([], "for 60 points"),
    ],
)
def test_what_cannot(spec, words):
    with pytest.raises(BadInput, match=words):
        lens_values(spec, cloud())


def test_metrics_that_cannot_be_used():
    for name in ["eccentricity", "knn_distance", "distance_matrix_eigenvector"]:
        with pytest.raises(BadInput, match="'nowhere' cannot be used"):
            LENSES[name](cloud(), metric="nowhere")
    with pytest.raises(BadInput, match="no number for some pairs"):
        LENSES["eccentricity"](np.ones((3, 3)), metric="correlation")
    with pytest.raises(BadInput, match="finite numbers from 0 on"):
        LENSES["eccentricity"](np.array([[0, -1], [-1, 0]]), metric="precomputed")


@pytest.mark.slow
def test_umap_is_fixed_by_its_seed():
    points = cloud()
    first, again = (lens_values({"name": "umap", "seed": 3, "neighbours": 8}, points) for _ in range(2))
    assert first.shape == (60, 2) and np.array_equal(first, again)

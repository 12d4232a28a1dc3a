"""Persistence as scikit-learn's estimators: its checks, the shapes of giotto-tda, distances, and many clouds."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from tdabench.errors import BadInput
from tdabench.topology import LazyWitnessPersistence, Persistence, lazy_witness_persistence, persistence


def circle(count=60, seed=0):
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, count)
    return np.column_stack([np.cos(angles), np.sin(angles)])


@parametrize_with_checks([
    Persistence(), Persistence(max_dimension=0, engine="gudhi"), Persistence("sparse_rips", options={"epsilon": 0.5}),
    LazyWitnessPersistence(), LazyWitnessPersistence(landmarks=5, nu=2, selection="random", range_share=1.0),
])  # fmt: skip
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("parameters", "call"), [
        ({}, lambda points: persistence(points)),
        ({"complex": "alpha", "max_dimension": 0, "limit": 0.5}, lambda points: persistence(points, "alpha", 0, 0.5)),
        ({"complex": "witness", "options": {"landmarks": 9, "seed": 2}},
         lambda points: persistence(points, "witness", landmarks=9, seed=2)),
        ({"field": 3, "engine": "gudhi"}, lambda points: persistence(points, field=3, engine="gudhi")),
    ],
)  # fmt: skip
def test_the_diagram_is_that_of_persistence(parameters, call):
    fitted, expected = Persistence(**parameters).fit(circle()), call(circle())
    assert fitted.diagram_.engine == expected.engine and fitted.diagram_.limit == expected.limit
    assert all(map(np.array_equal, fitted.diagram_.bars, expected.bars))


def test_distances_have_the_diagram_of_their_points():
    estimator = Persistence(metric="precomputed")
    of_distances = estimator.fit_transform(cdist(circle(), circle()))
    assert np.allclose(of_distances, Persistence().fit_transform(circle()))
    assert estimator.__sklearn_tags__().input_tags.pairwise and not Persistence().__sklearn_tags__().input_tags.pairwise


def test_a_diagram_is_rows_of_birth_death_and_dimension():
    rows, bars = Persistence(max_dimension=2).fit_transform(circle()), persistence(circle(), max_dimension=2).bars
    for dimension in range(3):
        assert np.array_equal(rows[rows[:, 2] == dimension, :2], bars[dimension])
    assert rows.shape == (sum(map(len, bars)), 3) and np.isinf(rows[:, 1]).sum() == 1


@pytest.mark.parametrize("kind", [list, np.stack, lambda clouds: clouds[:1]])
@pytest.mark.parametrize("estimator", [Persistence(collection=True), LazyWitnessPersistence(collection=True)])
def test_many_clouds_have_a_diagram_each(kind, estimator):
    clouds = kind([circle(60, seed) for seed in range(3)])
    alone = clone(estimator).set_params(collection=False)
    found = estimator.fit_transform(clouds)
    assert found.shape[0] == len(clouds) == estimator.n_clouds_ and found.shape[2] == 3
    for rows, cloud in zip(found, clouds, strict=True):
        with_length = rows[rows[:, 1] > rows[:, 0]]
        assert np.array_equal(with_length, alone.fit_transform(cloud))
        padding = rows[rows[:, 1] == rows[:, 0]]
        assert set(padding[:, 2]) <= {0.0, 1.0}
    assert np.array_equal(estimator.transform(clouds), found)


def test_clouds_may_differ_in_size_and_width():
    clouds = [circle(20), np.random.default_rng(0).normal(size=(9, 4)), np.zeros((1, 3))]
    found = Persistence(collection=True).fit(clouds).transform(clouds)
    assert [int((rows[:, 1] > rows[:, 0])[rows[:, 2] == 0].sum()) for rows in found] == [20, 9, 1]
    matrices = [cdist(cloud, cloud) for cloud in clouds]
    assert np.allclose(Persistence(metric="precomputed", collection=True).fit_transform(matrices), found)


def test_a_step_of_a_pipeline_sees_clouds_that_were_not_fitted():
    longest = FunctionTransformer(lambda diagrams: (diagrams[:, :, 1] - diagrams[:, :, 0])[:, -1:])
    pipeline = make_pipeline(Persistence(collection=True, limit=3.0), longest).fit([circle(20)])
    assert pipeline.transform([circle(30, seed) for seed in range(4)]).shape == (4, 1)


@pytest.mark.parametrize("estimator", [Persistence(), LazyWitnessPersistence()])
def test_one_cloud_has_no_transform(estimator):
    assert not hasattr(estimator.fit(circle()), "transform")
    with pytest.raises(AttributeError) as error:
        estimator.transform(circle())
    said = str(error.value.__cause__)
    assert said.endswith("call fit_transform, or set collection=True for many clouds.")


def test_witnesses_and_landmarks_are_those_of_the_function():
    points = np.random.default_rng(0).normal(size=(300, 3))
    fitted = LazyWitnessPersistence(landmarks=20, nu=2, range_share=0.5, field=3, seed=4).fit(points)
    run = lazy_witness_persistence(points, 20, 2, 0.5, fields=(3,), seed=4)
    assert all(map(np.array_equal, fitted.diagram_.bars, run.diagrams[3].bars))
    assert np.array_equal(fitted.landmarks_, run.landmarks) and fitted.covering_radius_ == run.covering_radius
    assert len(LazyWitnessPersistence().fit(points[:30]).landmarks_) == 29


@pytest.mark.parametrize(
    ("estimator", "data", "word"), [
        (Persistence("no such"), circle(), "complex: one of rips"),
        (Persistence("distances"), circle(), "'rips' with metric='precomputed' is needed, not 'distances'"),
        (Persistence("alpha", metric="precomputed"), cdist(circle(), circle()), "'alpha' needs points"),
        (Persistence(metric="cosine"), circle(), "metric: 'euclidean' or 'precomputed' is needed, not 'cosine'"),
        (Persistence(metric="precomputed"), circle(), "a square matrix is needed"),
        (Persistence(), [circle(), circle()], "is needed"),
        (Persistence(collection=True), circle(), r"not an array of shape \(60, 2\); \[X\] is a collection of one"),
        (Persistence(collection=True), 3, "not a int"),
        (Persistence(collection=True), [], "at least one cloud"),
        (Persistence(collection=True), [circle(), [[np.nan, 0.0]]], "1 values are not finite"),
        (LazyWitnessPersistence(), np.zeros((9, 2)), "all 9 are the same"),
        (LazyWitnessPersistence(), np.zeros((1, 2)), "1 sample"),
        (LazyWitnessPersistence(landmarks=0), circle(), "landmarks: a whole number from 1 on"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_a_sentence(estimator, data, word):
    with pytest.raises(BadInput, match=word):
        estimator.fit(data)

"""Mapper as one of scikit-learn's estimators."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tdabench.errors import BadInput
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.components import ThresholdComponents
from tdabench.mapper.estimator import Mapper


def circle(count=60):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def height(points):
    return points[:, 1]


def nodes_of(graph):
    return [graph.members(node).tolist() for node in range(graph.nodes)]


def small(**how):
    return Mapper(lens=height, cover=Cover(5, 0.3), clusterer=ThresholdComponents(0.3), **how)


def test_fit_gives_the_graph_of_mapper_graph():
    mapper = small()
    assert mapper.fit(circle()) is mapper
    expected = mapper_graph(circle(), circle()[:, 1], Cover(5, 0.3), ThresholdComponents(0.3))
    assert (mapper.graph_.membership != expected.membership).nnz == 0
    assert np.array_equal(mapper.graph_.edges, expected.edges)
    assert mapper.graph_.betti_numbers() == (1, 1)
    assert mapper.lens_ == pytest.approx(circle()[:, [1]])


def test_fit_transform_says_which_nodes_hold_each_point():
    mapper = small()
    found = mapper.fit_transform(circle())
    assert found.shape == (60, mapper.graph_.nodes) and found.dtype == bool
    assert (np.asarray(found.sum(axis=1)).ravel() >= 1).all()
    assert np.flatnonzero(found[:, [0]].toarray()).tolist() == mapper.graph_.members(0).tolist()
    assert (mapper.transform(circle()) != found).nnz == 0


def test_the_defaults_are_those_of_python_mapper():
    points = np.random.default_rng(0).normal(size=(80, 3))
    mapper = Mapper().fit(points)
    clusterer = CutLinkage(relative_to="diameter", gap=0.1)
    expected = mapper_graph(points, cdist(points, points).mean(axis=1), Cover(15, 0.5), clusterer)
    assert nodes_of(mapper.graph_) == nodes_of(expected)
    assert np.array_equal(mapper.graph_.edges, expected.edges)


def test_clones_have_the_same_parameters_and_no_graph():
    mapper = small(max_dimension=2, smallest_fibre=3)
    copy = clone(mapper.fit(circle()))
    assert copy is not mapper and not hasattr(copy, "graph_")
    for name, value in copy.get_params().items():
        given = mapper.get_params()[name]
        assert value == given or repr(value) == repr(given)
    assert copy.fit(circle()).graph_.betti_numbers() == mapper.graph_.betti_numbers()


def test_parameters_of_the_cover_and_the_clusterer_can_be_got_and_set():
    mapper = small()
    parameters = mapper.get_params()
    assert (parameters["cover__intervals"], parameters["cover__overlap"], parameters["clusterer__radius"]) == (
        5, 0.3, 0.3,
    )  # fmt: skip
    assert "cover__intervals" not in mapper.get_params(deep=False)
    assert mapper.set_params(cover__intervals=9, clusterer__radius=0.25, engine="kmapper") is mapper
    assert (mapper.cover.intervals, mapper.clusterer.radius, mapper.engine) == (9, 0.25, "kmapper")
    expected = mapper_graph(circle(), circle()[:, 1], Cover(9, 0.3), ThresholdComponents(0.25))
    assert mapper.fit(circle()).graph_.nodes == expected.nodes
    with pytest.raises(ValueError, match="Invalid parameter"):
        mapper.set_params(cover__size=3)


def test_fitting_changes_no_parameter():
    mapper = small()
    before = repr(mapper)
    points = circle()
    mapper.fit(points)
    assert repr(mapper) == before and (points == circle()).all()


def test_the_last_step_of_a_pipeline():
    points = circle() * [100, 1] + [7, 3]
    pipeline = Pipeline([("scale", StandardScaler()), ("mapper", small())])
    found = pipeline.fit_transform(points)
    mapper = pipeline.named_steps["mapper"]
    assert found.shape == (60, mapper.graph_.nodes)
    assert mapper.graph_.betti_numbers() == (1, 1)
    pipeline.set_params(mapper__cover__intervals=7)
    assert pipeline.fit(points)[-1].graph_.nodes > found.shape[1]
    assert clone(pipeline).get_params()["mapper__cover__intervals"] == 7


def test_distances_in_place_of_points():
    distances = cdist(circle(), circle())
    by_distances = Mapper(
        lens="eccentricity", cover=Cover(6, 0.4), metric="precomputed",
        clusterer=ThresholdComponents(0.3, metric="precomputed"),
    ).fit(distances + 0.0)  # fmt: skip
    by_points = Mapper(lens="eccentricity", cover=Cover(6, 0.4), clusterer=ThresholdComponents(0.3)).fit(circle())
    assert by_distances.lens_ == pytest.approx(by_points.lens_)
    uneven = np.random.default_rng(0).normal(size=(80, 3))
    pair = [
        Mapper(cover=Cover(6, 0.4), metric=metric).fit(data).graph_
        for metric, data in [("euclidean", uneven), ("precomputed", cdist(uneven, uneven))]
    ]
    assert nodes_of(pair[0]) == nodes_of(pair[1])
    assert np.array_equal(pair[0].edges, pair[1].edges)


@pytest.mark.parametrize("engine", ["kmapper", "gudhi"])
def test_engines_are_chosen_by_name(engine):
    assert small(engine=engine).fit(circle()).graph_.betti_numbers() == (1, 1)


@pytest.mark.parametrize(
    ("how", "data"),
    [
        ({"engine": "other"}, circle()),
        ({"metric": "precomputed"}, circle()),
        ({"max_dimension": 0}, circle()),
        ({}, np.zeros((0, 2))),
        ({}, [[0.0, 1.0], [np.nan, 2.0]]),
        ({"lens": "no such lens"}, circle()),
        ({"lens": np.zeros(59)}, circle()),
        ({"cover": Cover(0)}, circle()),
    ],
)
def test_bad_input_is_refused(how, data):
    with pytest.raises(BadInput):
        small().set_params(**how).fit(data)

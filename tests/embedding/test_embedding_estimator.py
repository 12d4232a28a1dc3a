"""The embeddings as one of scikit-learn's estimators."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from tdabench.embedding import Embedding, embed
from tdabench.embedding.method import methods
from tdabench.errors import BadInput

INSTALLED = [name for name, one in methods().items() if one.installed]
QUICK = [name for name in INSTALLED if methods()[name].package == ""]  # scikit-learn's, umap-learn's and tdabench's own
ABLE = ["isomap", "lle", "modified_lle", "pca"]


def cloud(count=60, width=4, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([Embedding(name) for name in QUICK])
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUICK)
def test_the_coordinates_are_those_of_embed(name):
    points = cloud()
    fitted = Embedding(name, neighbours=9, seed=3)
    assert np.array_equal(fitted.fit_transform(points), embed(name, points, 2, 9, 3).coordinates)
    assert (fitted.embedded_.graph is not None) == (name == "mapper") and fitted.neighbours_ == 9


def test_options_reach_the_method():
    points = cloud()
    narrow = Embedding("mapper", options={"radius": 0.5, "persistence": False}).fit(points).embedded_
    wide = Embedding("mapper", options={"radius": 9.0, "persistence": False}).fit(points).embedded_
    assert wide.graph.nodes < narrow.graph.nodes and "persistence" not in wide.stages


def test_methods_that_can_place_further_points_do():
    points, new = cloud(), cloud(7, seed=1)
    for name in ABLE:
        fitted = Embedding(name).fit(points)
        assert np.allclose(fitted.transform(points), fitted.embedding_, atol=0.05), name
        assert fitted.transform(new).shape == (7, 2)
    centred = points - points.mean(axis=0)
    right = np.linalg.svd(centred, full_matrices=False)[2][:2]
    projected = (new - points.mean(axis=0)) @ right.T
    assert np.allclose(np.abs(Embedding("pca").fit(points).transform(new)), np.abs(projected))
    pipeline = make_pipeline(StandardScaler(), Embedding("isomap")).fit(points)
    assert pipeline.transform(new).shape == (7, 2)


@pytest.mark.parametrize("name", [*(name for name in methods() if name not in ABLE), "no such method"])
def test_the_others_say_that_they_place_no_further_points(name):
    embedding = Embedding(name)
    assert not hasattr(embedding, "transform") and hasattr(Embedding("pca"), "transform")
    with pytest.raises(AttributeError) as error:
        embedding.transform(cloud())
    assert f"the method '{name}' places no further points; embed all together" in str(error.value.__cause__)
    assert ", ".join(ABLE) in str(error.value.__cause__)


def test_few_points_have_fewer_neighbours():
    fitted = Embedding("lle", neighbours=12).fit(cloud(8))
    assert fitted.neighbours_ == 7 and fitted.neighbours == 12


@pytest.mark.parametrize(
    ("estimator", "data", "word"), [
        (Embedding("no such"), cloud(), "method: there is no 'no such'"),
        (Embedding(dimensions=5), cloud(), r"dimensions: 5 are asked for, but the points have 4 feature\(s\)"),
        (Embedding(neighbours=0), cloud(), "neighbours: a whole number from 1 on"),
        (Embedding(), cloud(2), "points: 2 samples, but an embedding needs at least 3"),
        (Embedding(), [[0.0, np.nan]] * 3, "not finite"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_a_sentence(estimator, data, word):
    with pytest.raises(BadInput, match=word):
        estimator.fit(data)

"""Arms of a comparison: paired by seed, censored where they end, timed side by side."""

import numpy as np
import pytest

from tdabench.networks.arms import Arms, milliseconds, recipe_of, train_arms
from tdabench.networks.nets import build
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.training import Diverged

GENERATOR = np.random.default_rng(0)
IMAGES = Images(
    GENERATOR.integers(0, 256, (60, 8, 8), dtype=np.uint8), np.arange(60) % 2,
    GENERATOR.integers(0, 256, (20, 8, 8), dtype=np.uint8), np.arange(20) % 2,
)  # fmt: skip
RECIPE = Recipe(
    parameters={"filters": [4, 4], "dense": 8, "size": 8, "classes": 2}, batch=20, snapshot_every=100, evaluated=20,
    evaluate_every=1,
)  # fmt: skip
GIVEN = {"standard": {}, "boosted": {"model": "boosted", "features": {"name": "circle", "n": 16}}}


def test_an_arm_adds_to_the_recipe_and_leaves_the_rest():
    recipe = recipe_of(RECIPE, GIVEN["boosted"], 3)
    assert recipe.model == "boosted" and recipe.parameters["features"]["n"] == 16
    assert recipe.parameters["filters"] == [4, 4] and recipe.batch == RECIPE.batch
    assert recipe_of(RECIPE, {}, 3) == RECIPE


def test_each_seed_has_its_own_gaussian_bank_and_the_same_circle():
    gaussian = {"model": "boosted", "features": {"name": "gaussian", "n": 16}}
    banks = [build("boosted", 0, **recipe_of(RECIPE, gaussian, seed).parameters).filters() for seed in (0, 1)]
    assert not banks[0].allclose(banks[1])
    circles = [build("boosted", 0, **recipe_of(RECIPE, GIVEN["boosted"], seed).parameters).filters() for seed in (0, 1)]
    assert circles[0].equal(circles[1])


def test_arms_of_a_seed_go_together_and_each_as_far_as_planned(tmp_path):
    plan = {"standard": [5, 3], "boosted": [5, 3]}
    arms = train_arms(IMAGES, RECIPE, GIVEN, plan, tmp_path, 1, lambda line: None)
    assert [net.seed for net in arms.nets["boosted"]] == [0, 1]
    assert arms.limits("standard") == arms.limits("boosted") == [5, 3]
    for seed in (0, 1):
        one, other = (arms.nets[arm][seed].weights["dense.weight"] for arm in GIVEN)
        assert np.abs(one - other).max() < 0.02  # the same start, a few steps of 1e-3 from it
    assert np.abs(arms.nets["standard"][0].weights["dense.weight"] - arms.nets["standard"][1].weights["dense.weight"]
                  ).max() > 0.1  # fmt: skip


class Net:
    """What `Arms` looks at of a trained network."""

    def __init__(self, accuracies):
        self.curve = np.array([[10 * number, accuracy, 0.0] for number, accuracy in enumerate(accuracies)])
        self.iterations = self.curve[:, 0].astype(int)


@pytest.fixture
def arms(monkeypatch):
    monkeypatch.setattr("tdabench.networks.arms.Trained", Net)
    return Arms({
        "standard": [Net([0.1, 0.5, 0.8]), Net([0.1, 0.2, 0.3]), Net([0.1, 0.2, 0.3])],
        "boosted": [Net([0.1, 0.8]), Net([0.1, 0.1, 0.1, 0.8]), Diverged("gone")],
    })  # fmt: skip


def test_pairs_are_by_seed_and_a_network_that_diverged_never_reaches_anything(arms):
    assert arms.reached("boosted", 0.8) == [10, 30, None]
    assert [pair.ratio for pair in arms.pairs("standard", "boosted", 0.8)] == [2.0, 20 / 30, None]
    assert [pair.bound for pair in arms.pairs("standard", "boosted", 0.2)] == ["", "", "<"]
    assert arms.limits("boosted") == [10, 30, 30]


def test_every_arm_is_timed_as_often_as_asked():
    spent = milliseconds(IMAGES, RECIPE, GIVEN, rounds=3, steps=1)
    assert {arm: len(times) for arm, times in spent.items()} == {"standard": 3, "boosted": 3}
    assert all(time > 0 for times in spent.values() for time in times)

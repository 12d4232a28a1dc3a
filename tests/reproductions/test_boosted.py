"""The pages of the boosted tables on made-up curves of known ratios: every claim is judged, and as it should be."""

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from reproductions import carlsson_2018_boosted_mnist as page
from tdabench import paths
from tdabench.claims.judge import judge
from tdabench.networks.arms import Arms
from tdabench.networks.checkpoints import Trained

FASTER = {"boosted": 2.0, "copies": 1.25, "scaled": 2.5, "normed": 0.5, "two_edges": 2.0}


def net(seed, speed, iterations, every=10):
    """A network whose error is 60 over the iterations, and as if it had had `speed` times as many of them."""
    steps = np.arange(0, iterations + 1, every)
    accuracy = np.clip(1 - 60 / np.maximum(speed * (1 + seed / 50) * steps, 1e-9), 0, 1)
    curve = np.column_stack([steps, accuracy, np.zeros(len(steps))])
    return Trained(seed, steps, np.zeros((1, 1, 1, 3, 3)), accuracy, accuracy, accuracy[-1], 0.0, {}, 60.0, curve,
                   "float32")  # fmt: skip


@pytest.fixture(params=["mnist", "svhn"])
def config(request):
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        return compose("config", [f"reproduction=carlsson_2018_boosted_{request.param}", "profile=paper"])


@pytest.fixture
def found(config):
    plan = page.plan(config)
    return Arms({
        arm: [net(seed, FASTER.get(arm, 1.0), goal) for seed, goal in enumerate(plan[arm])] for arm in config.used
    })  # fmt: skip


def verdicts(found, config):
    measurements = page.by_level(found, config) | page.by_control(found, config)
    measurements |= {"ran": "", "explained": page.explained(found, config), "note": ""}
    return {claim["id"]: judge(claim, measurements) for claim in OmegaConf.to_container(config.claims)}


def test_twice_as_fast_is_fewer_iterations_at_every_level_but_not_alone_in_that(found, config):
    told = verdicts(found, config)
    tables = [verdict for name, verdict in told.items() if name in ("B1", "B2", "B1@smoothed", "B2@smoothed")]
    assert len(tables) == 2
    for verdict in tables:
        assert verdict.verdict == "reproduced" and verdict.control == "does not stand out"
        assert all(value == pytest.approx(2, rel=0.25) for value in verdict.measured.values())


def test_a_control_that_gains_more_is_named(found, config):
    told = verdicts(found, config)
    [circle] = [verdict for name, verdict in told.items() if name.endswith("@circle")]
    assert circle.verdict == "partly"
    assert circle.measured["scaled"] == pytest.approx(0.8, rel=0.1)
    assert circle.measured["copies"] == pytest.approx(1.6, rel=0.1)
    assert page.shares(found, "scaled", config) == pytest.approx(np.log(2.5) / np.log(2), abs=0.1)
    assert "the pixel scaled up 1" in page.explained(found, config)


def test_published_ratios_of_two_are_in_the_interval_where_they_are(found, config):
    told = verdicts(found, config)
    [ratios] = [verdict for name, verdict in told.items() if name.endswith("@ratios")]
    assert ratios.verdict in ("partly", "not reproduced")
    assert all(value == pytest.approx(2, rel=0.2) for value in ratios.measured.values())


def test_circle_features_scaled_down_may_need_more_iterations(found, config):
    if "normed" in config.used:
        assert verdicts(found, config)["B1@scale"].verdict == "not reproduced"


def test_a_level_that_nobody_reached_is_not_run_with_its_reason(config):
    slow = Arms({arm: [net(seed, 0.01, 1000) for seed in range(2)] for arm in config.used})
    told = verdicts(slow, config)
    table = told.get("B1") or told["B2"]
    assert table.verdict in ("not run", "partly") and "neither arm reached" in table.reason


def test_published_tables_are_those_of_the_deck(config):
    ratios = [slow / fast for slow, fast in zip(config.published.standard, config.published.boosted, strict=True)]
    claimed = next(claim for claim in config.claims if claim["id"].endswith("@ratios"))["published"]
    assert [round(ratio, 2) for ratio in ratios] == list(claimed.values())
    assert list(claimed) == [f"{level:g}" for level in config.levels]

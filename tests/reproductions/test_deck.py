"""The deck: what its printout says about itself, how far a shorter run is judged, what is read from a store."""

import json

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from reproductions import deck_networks
from reproductions.deck_convolutions import experiment
from tdabench import paths
from tdabench.claims.judge import judge
from tdabench.errors import BadInput
from tdabench.jobs.bench import plain
from tdabench.networks.nets import build
from tdabench.networks.training import Trained

EPOCH = 468


def page(profile="paper", **large):
    written = OmegaConf.load(paths.CONF / "reproduction" / "deck_networks.yaml")
    profiles = OmegaConf.create({"profile": OmegaConf.load(paths.CONF / "profile" / f"{profile}.yaml")})
    rule = OmegaConf.load(paths.CONF / "rule" / "betti.yaml")
    return OmegaConf.merge(profiles, rule, written, {"large": large})


def claims(config):
    return {claim["id"]: claim for claim in OmegaConf.to_container(config, resolve=True)["claims"]}


def net(accuracies, seed=0):
    """A network that had these accuracies after its epochs."""
    steps = EPOCH * np.arange(len(accuracies) + 1)
    accuracies = np.array([0.1, *accuracies])
    curve = np.column_stack([steps, accuracies, 1 - accuracies])
    return Trained(seed, steps, np.zeros((len(steps), 2, 1, 3, 3)), accuracies, 1 - accuracies, accuracies[-1], 0.05,
                   {}, 1.0, curve, "float32")  # fmt: skip


def verdicts(config, nets):
    measured = {"large": plain(deck_networks.large_accuracy(nets, EPOCH, config))}
    return {name: judge(claims(config)[name], measured) for name in ("K3", "K3@epochs")}


def test_the_printed_accuracies_end_in_the_printed_results():
    config = page()
    assert len(config.small.accuracy) == len(config.small.loss) == config.small.epochs == 8
    assert len(config.large.accuracy) == len(config.large.loss) == 16
    for name, last in (("small", 0.9829), ("large", 0.9839)):
        assert deck_networks.printed_accuracy(config[name])[-1] == last
    assert claims(config)["K2"]["published"] == config.small.accuracy[-1]
    assert claims(config)["K3"]["published"]["epoch 16"] == config.large.accuracy["16"]


def test_three_of_sixteen_epochs_are_judged_by_the_third_and_in_part():
    config = page(epochs=3, seeds=1)
    found = verdicts(config, [net([0.974, 0.979, 0.983])])
    assert claims(config)["K3"]["published"] == {"last epoch run": 0.9843, "epoch 16": 0.9839}
    assert found["K3"].verdict == found["K3@epochs"].verdict == "partly"
    assert found["K3"].measured == {"last epoch run": 0.983}
    assert "3 of 16 epochs were run, on 1 seed" in found["K3"].reason


def test_all_epochs_on_three_seeds_are_judged_in_full():
    config = page(epochs=16, seeds=3)
    printed = deck_networks.printed_accuracy(config.large)
    found = verdicts(config, [net(np.array(printed) + off, seed) for seed, off in enumerate((-0.002, 0, 0.001))])
    assert found["K3"].verdict == found["K3@epochs"].verdict == "reproduced"
    found = verdicts(config, [net(np.array(printed) - 0.02, seed) for seed in range(3)])
    assert found["K3"].verdict == found["K3@epochs"].verdict == "not reproduced"


def test_all_epochs_on_one_seed_are_judged_in_part():
    config = page(epochs=16, seeds=1)
    found = verdicts(config, [net(deck_networks.printed_accuracy(config.large))])
    assert found["K3"].verdict == "partly"
    assert "at least 3 are wanted" in found["K3"].reason


def test_without_a_large_net_its_claims_are_not_run():
    found = verdicts(page(seeds=0), [])
    assert {verdict.verdict for verdict in found.values()} == {"not run"}
    assert "large.seeds=0" in found["K3"].reason


@pytest.mark.parametrize("epochs", [0, 17])
def test_epochs_that_the_deck_does_not_print_are_refused(epochs):
    with pytest.raises(BadInput, match="1 to the 16 of the deck"):
        deck_networks.check(page(epochs=epochs))


def test_a_table_row_for_every_printed_epoch_and_none_invented():
    rows = deck_networks.epoch_rows([net([0.974, 0.979])], EPOCH, page().large)
    assert [row["epoch"] for row in rows] == list(range(1, 17))
    assert [row["accuracy, seed 0"] for row in rows[:3]] == [0.974, 0.979, ""]
    assert rows[1]["printed accuracy"] == 0.9806


def test_the_answer_names_the_controls_that_show_the_circle_too():
    config = page()

    class Shown:
        def __init__(self, vector):
            self.shares = [{vector: 0.6}] * 5

        def bars(self):
            return np.array([[0.9, 0.1]] * 5)

    tables = {"gaussian": [{"statistic": "largest gap", "adjusted p": 0.01}],
              "untrained": [{"statistic": "largest gap", "adjusted p": 0.5}]}  # fmt: skip

    def answer(**vectors):
        found = {arm: Shown(vectors.get(arm, "5,0")) for arm in deck_networks.ARMS}
        return deck_networks.sense("large", [net([0.98])], [np.zeros((4096, 8))], found, tables, EPOCH, config)

    assert "not as a circle" in answer()
    assert "simpler data too (Gaussian)" in answer(trained="1,1", gaussian="1,1")
    yes = answer(trained="1,1")
    assert "none of the controls shows" in yes
    assert "1 of 16 epochs, accuracy 0.9800" in yes
    assert "1 of 1 statistics differ from Gaussian (largest gap); 0 of 1 statistics differ from untrained" in yes


def test_learned_filters_are_those_of_the_small_net_trained_longest(tmp_path):
    folder = tmp_path / "recipe"
    folder.mkdir()
    assert experiment.learned_filters(tmp_path) == {}
    (folder / "recipe.json").write_text(json.dumps({"model": "deck", "parameters": {"filters": 64}}))
    for seed, iterations, end in ((0, 60, ""), (1, 3744, ""), (2, 9000, "-begun")):
        state = {"network": build("deck", seed, filters=64).state_dict()}
        torch.save(state, folder / f"seed-{seed:04}-{iterations}{end}.pt")
    found = experiment.learned_filters(tmp_path)
    assert len(found) == 3 and all("3744 iterations" in name for name in found)
    filters = build("deck", 1, filters=64).first.weight.detach().numpy().reshape(64, 9)
    for name, kernel in found.items():
        assert (kernel.ravel() == filters[int(name.split(",")[0].split()[-1])]).all()
    rightwards, *_ = found.values()
    assert (rightwards[:, 2] - rightwards[:, 0]).sum() > 0


def test_the_small_nets_recipe_is_the_decks_as_assumed():
    recipe = OmegaConf.to_container(page().recipe)
    assert recipe.pop("_target_").endswith(".Recipe") and recipe.pop("model")["_target_"].endswith(".Deck")
    assert recipe == {"optimiser": "adam", "learning_rate": 1e-3, "batch": 128, "input": "unit",
                      "evaluated": 10000}  # fmt: skip
    assert 60000 // recipe["batch"] == EPOCH

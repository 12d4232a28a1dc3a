"""The recipes of pages: built by `_target_`, and stored networks are found by the digests that they always had."""

from types import SimpleNamespace

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from reproductions._recipes import page_arm, page_recipe
from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.targets import targets
from tdabench.errors import BadInput
from tdabench.networks import recipe as recipes
from tdabench.networks.arms import recipe_of

RECIPE = "tdabench.networks.recipe.Recipe"
# page, profile, key of the recipe, digest on some images; pinned when recipes were written by names.
DIGESTS = [
    ("deck_networks", "quick", "recipe", "afddc7018a2bc941"),
    ("deck_networks", "paper", "recipe", "afddc7018a2bc941"),
    ("gabrielsson_2018_circle", "quick", "recipe", "8aba20154a40375d"),
    ("gabrielsson_2018_circle", "paper", "recipe", "8aba20154a40375d"),
    ("gabrielsson_2018_cifar10", "quick", "recipe", "a067d8eaf1de4455"),
    ("gabrielsson_2018_cifar10", "paper", "recipe", "a067d8eaf1de4455"),
    ("carlsson_2018_training", "quick", "recipe", "02b3457ccd2e1173"),
    ("carlsson_2018_training", "paper", "recipe", "8aba20154a40375d"),
    ("carlsson_2018_datasets", "quick", "recipes.mnist", "8aba20154a40375d"),
    ("carlsson_2018_datasets", "quick", "recipes.fashion_mnist", "8aba20154a40375d"),
    ("carlsson_2018_datasets", "quick", "recipes.cifar10", "a067d8eaf1de4455"),
    ("carlsson_2018_datasets", "quick", "recipes.svhn", "d9da39636dd056c0"),
    ("carlsson_2018_datasets", "paper", "recipes.mnist", "8aba20154a40375d"),
    ("carlsson_2018_datasets", "paper", "recipes.fashion_mnist", "8aba20154a40375d"),
    ("carlsson_2018_datasets", "paper", "recipes.cifar10", "a067d8eaf1de4455"),
    ("carlsson_2018_datasets", "paper", "recipes.svhn", "d9da39636dd056c0"),
    ("carlsson_2018_calibration", "quick", "sets.mnist.recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_calibration", "quick", "sets.svhn.recipe", "c7362f90c81d557c"),
    ("carlsson_2018_calibration", "paper", "sets.mnist.recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_calibration", "paper", "sets.svhn.recipe", "c7362f90c81d557c"),
    ("carlsson_2018_boosted_mnist", "quick", "recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_boosted_mnist", "paper", "recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_boosted_svhn", "quick", "recipe", "c7362f90c81d557c"),
    ("carlsson_2018_boosted_svhn", "paper", "recipe", "c7362f90c81d557c"),
    ("carlsson_2018_boosted_fashion_mnist", "quick", "recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_boosted_fashion_mnist", "paper", "recipe", "fe3361dd9f8486e1"),
    ("carlsson_2018_boosted_cifar10", "quick", "recipe", "c7362f90c81d557c"),
    ("carlsson_2018_boosted_cifar10", "paper", "recipe", "c7362f90c81d557c"),
    ("gabrielsson_2018_generalisation", "quick", "recipe", "fe3361dd9f8486e1"),
    ("gabrielsson_2018_generalisation", "paper", "recipe", "fe3361dd9f8486e1"),
    ("love_2023_klein_layers", "quick", "recipe", "8b2f460cee40a51a"),
    ("love_2023_klein_layers", "paper", "recipe", "8b2f460cee40a51a"),
    ("embedding_topology", "quick", "recipe", "8aba20154a40375d"),
    ("embedding_topology", "paper", "recipe", "8aba20154a40375d"),
]

# page, arm, digest of its recipe with seed 1
ARMS = [
    ("carlsson_2018_boosted_mnist", "standard", "fe3361dd9f8486e1"),
    ("carlsson_2018_boosted_mnist", "boosted", "6b3851e838aae6b0"),
    ("carlsson_2018_boosted_mnist", "copies", "ba41cba335b4d98e"),
    ("carlsson_2018_boosted_mnist", "scaled", "e41204a5b081f7de"),
    ("carlsson_2018_boosted_mnist", "normed", "a14b5b8bbb51642c"),
    ("carlsson_2018_boosted_mnist", "gaussian", "a96722900253f453"),
    ("carlsson_2018_boosted_mnist", "zero_mean", "3321759ad9e48709"),
    ("carlsson_2018_boosted_mnist", "learned", "101cb356bcb932a5"),
    ("carlsson_2018_boosted_mnist", "two_edges", "eb470fa12ff41967"),
    ("carlsson_2018_boosted_svhn", "standard", "c7362f90c81d557c"),
    ("carlsson_2018_boosted_svhn", "boosted", "efeabc98c6de4053"),
    ("carlsson_2018_boosted_svhn", "copies", "9e394da4066af5f7"),
    ("carlsson_2018_boosted_svhn", "scaled", "4dad221cda8a1461"),
    ("carlsson_2018_boosted_svhn", "normed", "8ab979c2131a13ba"),
    ("carlsson_2018_boosted_svhn", "gaussian", "d94bcb317780f749"),
    ("carlsson_2018_boosted_svhn", "zero_mean", "73dea5cd3d92cf9b"),
    ("carlsson_2018_boosted_svhn", "learned", "8291a06299100776"),
    ("carlsson_2018_boosted_svhn", "two_edges", "da0d941cecf45969"),
    ("gabrielsson_2018_generalisation", "standard", "fe3361dd9f8486e1"),
    ("gabrielsson_2018_generalisation", "boosted", "6b3851e838aae6b0"),
    ("gabrielsson_2018_generalisation", "copies", "ba41cba335b4d98e"),
    ("gabrielsson_2018_generalisation", "gaussian", "a96722900253f453"),
    ("gabrielsson_2018_generalisation", "frozen_circle", "81b960f3b746ee23"),
    ("gabrielsson_2018_generalisation", "frozen_gaussian", "813f797ef03d2fa2"),
]


@pytest.fixture
def anywhere(monkeypatch):
    """Digests that depend on no processor, version or image."""
    monkeypatch.setattr(recipes, "multiplies_bfloat16", lambda device: True)
    monkeypatch.setattr(recipes, "torch_version", lambda: "2.0")
    return SimpleNamespace(digest=lambda: "images")


def configuration(page, profile):
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        return compose("config", [f"reproduction={page}", f"profile={profile}"])


@pytest.mark.parametrize(("page", "profile", "key", "digest"), DIGESTS)
def test_stored_networks_are_found_by_the_digests_that_they_had(anywhere, page, profile, key, digest):
    section = OmegaConf.select(configuration(page, profile), key)
    assert recipes.recipe_digest(page_recipe(section), anywhere) == digest


@pytest.mark.parametrize(("page", "arm", "digest"), ARMS)
def test_arms_are_found_by_the_digests_that_they_had(anywhere, page, arm, digest):
    config = configuration(page, "quick")
    recipe = recipe_of(page_recipe(config.recipe), page_arm(config.arms[arm]), 1)
    assert recipes.recipe_digest(recipe, anywhere) == digest


def test_an_arm_of_foreign_filters_is_refused():
    filters = {"_target_": "tdabench.networks.filter_banks.exact", "_partial_": True}
    arm = {"_target_": "tdabench.networks.nets.Boosted", "_partial_": True, "features": filters}
    with pytest.raises(BadInput, match="filters: one of circle, .* is needed"):
        page_arm(OmegaConf.create(arm))


def test_every_recipe_of_a_page_is_pinned():
    there = {
        (entry.name, profile, key.removesuffix("._target_"))
        for entry in pages.reproductions()
        for profile in ("quick", "paper")
        for key, target in targets(pages.configuration(entry.name, profile))
        if target == RECIPE
    }
    assert there == {(page, profile, key) for page, profile, key, _ in DIGESTS}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "convolutional"}, "model: one of Convolutional, Deck, .* with _partial_: true, is needed"),
        ({"model": {"_target_": "tdabench.mapper.Cover", "_partial_": True}}, "model: one of Convolutional"),
        ({"model": {"_target_": "torch.nn.Linear", "_partial_": True}}, "model._target_: a class or function of"),
        ({"_target_": "tdabench.mapper.Cover", "model": None}, "tdabench.mapper.Cover: .*model"),
        ({"optimizer": "adam"}, "tdabench.networks.recipe.Recipe: .*optimizer"),
    ],
)
def test_what_is_no_recipe_is_a_sentence(changes, said):
    model = {"_target_": "tdabench.networks.nets.Convolutional", "_partial_": True}
    with pytest.raises(BadInput, match=said):
        page_recipe(OmegaConf.create({"_target_": RECIPE, "model": model} | changes))

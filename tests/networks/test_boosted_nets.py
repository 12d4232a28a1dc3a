"""Boosted networks: the short form is the function as published, in value and gradient; what training moves."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from tdabench.errors import BadInput
from tdabench.networks import checkpoints
from tdabench.networks.filter_banks import bank
from tdabench.networks.nets import build, parameter_count
from tdabench.networks.training import Images, Recipe, Training, train_all

SMALL = {"filters": [6, 4], "dense": 5, "size": 12}
BANKS = [
    {"name": "circle"}, {"name": "circle", "n": 3, "norm": 0.25}, {"name": "circle_integrated", "n": 8, "size": 5},
    {"name": "klein", "n": 16}, {"name": "copies", "n": 4}, {"name": "two_edges"}, {"name": "gaussian", "n": 16},
    {"name": "gaussian", "n": 2, "zero_mean": True}, None,
]  # fmt: skip
CIRCLE = {"name": "circle", "n": 4}
STEEP = {"learning_rate": 0.02, "batch": 16, "snapshot_every": 10, "evaluated": 20}


def noise(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def value_and_gradients(network, form):
    """Scores, the loss's gradient of each parameter that has one, by name."""
    network.zero_grad(set_to_none=True)
    images = noise(4, network.colours, 12, 12, dtype=network.scores.weight.dtype)
    scores = form(images)
    functional.cross_entropy(scores, torch.tensor([3, 7, 0, 9])).backward()
    named = dict(network.named_parameters())
    return scores.detach(), {name: each.grad for name, each in named.items() if each.grad is not None}


# The same function


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("features", BANKS, ids=str)
def test_the_short_form_is_the_written_out_one_in_value_and_gradient(features, colours, learned):
    network = build("boosted", 1, features=features, learned=learned, channels=colours, **SMALL)
    scores, gradients = value_and_gradients(network, network.forward)
    expected, expected_gradients = value_and_gradients(network, network.written_out)
    torch.testing.assert_close(scores, expected, rtol=1e-5, atol=1e-5)
    assert list(gradients) == list(expected_gradients)
    assert ("mixing" in gradients) == learned and "convolutions.0.weight" in gradients
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected_gradients[name], rtol=1e-5, atol=1e-5)
    assert gradients["convolutions.0.weight"].abs().max() > 1e-3
    if learned and features:
        assert gradients["mixing"].abs().max() > 1e-3


def test_what_is_left_between_the_two_forms_is_rounding():
    network = build("boosted", 1, features=BANKS[3], learned=True, channels=3, **SMALL).double()
    scores, gradients = value_and_gradients(network, network.forward)
    expected, expected_gradients = value_and_gradients(network, network.written_out)
    torch.testing.assert_close(scores, expected, rtol=1e-12, atol=1e-12)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected_gradients[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("learned", [False, True])
def test_seventeen_channels_made_beforehand_are_what_the_network_sees(learned):
    """By plain sums over the pixels: correlation with each filter, 0 beyond the edge."""
    network = build("boosted", 0, features={"name": "circle"}, learned=learned, **SMALL)
    image = noise(12, 12).numpy().astype(float)
    padded = np.pad(image, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    channels = np.stack([image, *(np.einsum("hwij,ij->hw", windows, each) for each in bank("circle"))])
    layer = network.convolutions[0]
    assert layer.weight.shape == (6, 17, 3, 3)
    seen = functional.conv2d(torch.from_numpy(channels)[None].float(), layer.weight, layer.bias, padding=1)
    found = network.first(torch.from_numpy(image)[None, None].float())
    torch.testing.assert_close(found, seen, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("features", [each for each in BANKS if each], ids=str)
def test_the_filters_are_the_raw_pixel_and_the_bank(features):
    for learned in (False, True):
        network = build("boosted", 0, features=features, scale=0.5, learned=learned, **SMALL)
        raw, rest = network.filters()[:1], network.filters()[1:]
        middle = raw.shape[1] // 2
        assert rest.detach().numpy() == pytest.approx(bank(**features), abs=1e-6)
        assert raw[0, middle, middle].item() == pytest.approx(0.5)
        assert raw.abs().sum().item() == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize(
    ("features", "channels"),
    [(None, 1), ({"name": "copies", "n": 16}, 1), ({"name": "circle"}, 3), ({"name": "gaussian", "n": 16}, 9)],
)
def test_it_costs_as_many_channels_as_the_filters_have_dimensions(features, channels):
    assert build("boosted", 0, features=features, **SMALL).basis.shape == (channels, 1, 3, 3)


def test_colours_are_looked_at_each_by_itself():
    """An image with one colour alone, and weights that look at that colour's features alone."""
    network = build("boosted", 0, features=CIRCLE, channels=3, **SMALL)
    grey = build("boosted", 0, features=CIRCLE, **SMALL)
    image = noise(2, 1, 12, 12)
    for colour in range(3):
        coloured = torch.zeros(2, 3, 12, 12)
        coloured[:, colour] = image[:, 0]
        with torch.no_grad():
            grey.convolutions[0].weight.copy_(network.convolutions[0].weight.unflatten(1, (3, 5))[:, colour])
            grey.convolutions[0].bias.copy_(network.convolutions[0].bias)
        torch.testing.assert_close(network.first(coloured), grey.first(image), rtol=1e-5, atol=1e-5)


def test_the_raw_pixel_is_multiplied_by_the_scale_and_nothing_else_is():
    one, large = (build("boosted", 0, scale=scale, **SMALL) for scale in (1.0, 97**0.5))
    image = noise(2, 1, 12, 12)
    bias = one.convolutions[0].bias[:, None, None]
    torch.testing.assert_close(large.first(image) - bias, 97**0.5 * (one.first(image) - bias), rtol=1e-5, atol=1e-5)
    boosted = [build("boosted", 0, features=CIRCLE, scale=scale, **SMALL) for scale in (1.0, 3.0, 0.0)]
    plain, trebled, none = (each.first(image) for each in boosted)
    torch.testing.assert_close(trebled - plain, 2 * (plain - none), rtol=1e-5, atol=1e-5)


# How it starts


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("boosted", {"features": {"name": "circle"}}), ("boosted", {"features": {"name": "gaussian"}, "learned": True}),
        ("boosted", {"features": CIRCLE, "channels": 3}), ("boosted", {}),
        ("given_first_layer", {"first": {"name": "circle", "n": 6}}),
    ],
)  # fmt: skip
def test_layers_after_the_first_start_as_those_of_a_plain_network_of_the_same_seed(model, parameters):
    whole = SMALL | parameters
    plain = SMALL | {key: value for key, value in parameters.items() if key == "channels"}
    found, other = (build(model, seed, **whole).state_dict() for seed in (3, 4))
    expected = build("convolutional", 3, **plain).state_dict()
    later = [name for name in expected if not name.startswith("convolutions.0")]
    assert len(later) == 6
    for name in later:
        assert torch.equal(found[name], expected[name]), name
        assert not torch.equal(other[name], expected[name]), name


def test_the_published_network_has_seventeen_channels_and_its_first_layer_starts_as_one_of_seventeen_does():
    network = build("boosted", 0, features={"name": "circle"}, filters=[64, 32], dense=64)
    _, first, *later = parameter_count(network)  # the features' own come before the layers
    assert first == 64 * (17 * 9 + 1)
    assert later == parameter_count(build("convolutional", 0, filters=[64, 32], dense=64))[1:]
    bound = (17 * 9) ** -0.5
    assert 0.99 * bound < network.convolutions[0].weight.abs().max() <= bound


def test_the_same_seed_gives_the_same_network():
    one, same, other = (build("boosted", seed, features=CIRCLE, **SMALL).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["convolutions.0.weight"], other["convolutions.0.weight"])


# What training moves


def edges(count, seed):
    """12 x 12 images that get brighter towards one of four sides, with noise; which side."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(4, size=count)
    slope = np.broadcast_to(np.linspace(60, 190, 12), (12, 12))
    sides = np.stack([np.rot90(slope, turns) for turns in range(4)])
    pixels = sides[labels] + generator.normal(scale=40, size=(count, 12, 12))
    return pixels.clip(0, 255).astype(np.uint8), labels


IMAGES = Images(*edges(160, 0), *edges(60, 1))


def trained(tmp_path, model, iterations=25, **parameters):
    recipe = Recipe(model, SMALL | {"classes": 4} | parameters, **STEEP)
    [found] = train_all(IMAGES, [Training(recipe, 0, iterations)], tmp_path, report=lambda line: None)
    start = build(model, 0, **recipe.parameters)
    return found, {name: value.numpy() for name, value in start.state_dict().items()}


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "adadelta"])
@pytest.mark.parametrize("learned", [False, True])
def test_learned_filters_move_and_fixed_ones_do_not(tmp_path, monkeypatch, learned, optimiser):
    monkeypatch.setitem(STEEP, "optimiser", optimiser)
    found, start = trained(tmp_path, "boosted", features={"name": "circle"}, learned=learned)
    moved = {name for name, value in found.weights.items() if (value != start[name]).any()}
    fixed = {"basis", "raw"} if learned else {"basis", "raw", "mixing"}
    assert set(start) - moved == fixed
    if learned:
        network = build("boosted", 0, features={"name": "circle"}, learned=True, classes=4, **SMALL)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in found.weights.items()})
        shift = network.filters().detach().numpy()[1:].reshape(16, 9) - bank("circle").reshape(16, 9)
        assert (np.abs(shift).max(axis=1) > 1e-5).all()
        # Out of the three dimensions of pixel and circle too, which is all that fixed ones are computed in.
        pixel_and_circle = np.linalg.qr(np.column_stack([np.eye(9)[4], *bank("circle", n=4)[:2].reshape(2, 9)]))[0]
        outside = shift - shift @ pixel_and_circle @ pixel_and_circle.T
        assert (np.abs(outside).max(axis=1) > 1e-5).all()
        images = IMAGES.tensor(IMAGES.test_x, "standardised")
        torch.testing.assert_close(network(images), network.written_out(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("parameters", [{"features": CIRCLE}, {"features": CIRCLE, "learned": True}, {"scale": 2.0}])
def test_it_learns_and_its_snapshots_are_of_the_convolution(tmp_path, parameters):
    found, start = trained(tmp_path, "boosted", **parameters)
    assert found.final_accuracy > 0.9
    assert found.first_layer.shape == (4, 6, 5 if "features" in parameters else 1, 3, 3)
    assert np.array_equal(found.at(0), start["convolutions.0.weight"])
    assert np.array_equal(found.at(25), found.weights["convolutions.0.weight"])


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("boosted", {"features": CIRCLE}), ("boosted", {"features": CIRCLE, "learned": True}),
        ("boosted", {"learned": True}), ("given_first_layer", {"first": {"name": "circle", "n": 6}}),
    ],
)  # fmt: skip
def test_a_longer_training_goes_on_with_the_same_numbers(tmp_path, model, parameters):
    trained(tmp_path / "store", model, 13, **parameters)
    gone_on, _ = trained(tmp_path / "store", model, **parameters)
    straight, _ = trained(tmp_path / "straight", model, **parameters)
    assert np.array_equal(gone_on.curve, straight.curve)
    assert all(np.array_equal(value, straight.weights[name]) for name, value in gone_on.weights.items())


def test_a_given_first_layer_stays_as_it_is_while_all_else_learns(tmp_path):
    found, start = trained(tmp_path, "given_first_layer", first={"name": "circle", "n": 6})
    assert {name for name, value in found.weights.items() if np.array_equal(value, start[name])} == {
        "convolutions.0.weight"
    }
    assert (found.first_layer == found.first_layer[0]).all()
    assert found.final_accuracy > 0.9
    state = checkpoints.read(next(tmp_path.glob("*/seed-0000-25.pt")))
    assert len(state["optimiser"]["state"]) == len(start) - 1  # nothing is kept for what does not move


# A given first layer


@pytest.mark.parametrize(("norm", "expected"), [(None, 3**-0.5), (2.5, 2.5)])
def test_a_given_first_layer_is_the_bank_scaled_to_a_norm(norm, expected):
    network = build("given_first_layer", 0, first={"name": "klein", "n": 9}, norm=norm, filters=[9, 4], size=12)
    weights, filters = network.convolutions[0].weight[:, 0].numpy(), bank("klein", n=9)
    assert np.linalg.norm(weights, axis=(1, 2)) == pytest.approx(expected)
    assert weights / expected == pytest.approx(filters / np.linalg.norm(filters, axis=(1, 2), keepdims=True), abs=1e-6)


def test_by_default_the_norm_is_that_of_an_untrained_layer_on_average():
    untrained = build("convolutional", 0, filters=[4096, 2], size=12).convolutions[0].weight
    assert untrained.square().sum(dim=(1, 2, 3)).mean().sqrt().item() == pytest.approx(3**-0.5, rel=0.02)


# What cannot be built


@pytest.mark.parametrize(
    ("words", "features"),
    [
        ("features: filters of odd size are needed, not 2 x 2", {"name": "klein", "n": 4, "size": 2}),
        ("features: filters of odd size are needed, not 4 x 4", {"name": "circle_integrated", "n": 4, "size": 4}),
        ("filters: one of circle, .* is needed, not 'square'", {"name": "square"}),
        ("filters copies: .*unexpected keyword argument 'size'", {"name": "copies", "size": 5}),
        ("angles: a whole number from 1 on is needed, not 0", {"name": "circle", "n": 0}),
        ("Klein features: a square number of them is needed, such as 64, not 10", {"name": "klein", "n": 10}),
        (r"features: a bank with its name is needed, such as .*, not \{'n': 4\}", {"n": 4}),
        ("features: a bank with its name is needed, such as .*, not 'circle'", "circle"),
    ],
)
def test_features_that_cannot_be_given_are_refused(words, features):
    with pytest.raises(BadInput, match=words):
        build("boosted", 0, features=features, **SMALL)


@pytest.mark.parametrize(
    ("words", "first", "network"),
    [
        (r"first: 6 filters of 3 x 3 for one channel are needed, not \(5, 3, 3\)", {"name": "circle", "n": 5}, {}),
        (r"not \(6, 5, 5\) for 1", {"name": "circle_integrated", "n": 6, "size": 5}, {}),
        (r"not \(6, 3, 3\) for 3", {"name": "circle", "n": 6}, {"channels": 3}),
        ("filters: one of circle, .* is needed, not 'square'", {"name": "square"}, {}),
        ("filters circle: .*unexpected keyword argument 'm'", {"name": "circle", "m": 6}, {}),
        (r"first: a bank with its name is needed, such as .*, not \{'n': 6\}", {"n": 6}, {}),
        ("first: a bank with its name is needed, such as .*, not None", None, {}),
    ],
)
def test_a_first_layer_that_cannot_be_given_is_refused(words, first, network):
    with pytest.raises(BadInput, match=words):
        build("given_first_layer", 0, first=first, **SMALL, **network)

"""Circle and Klein layers: distances of the surfaces, connections that stay cut, networks that start alike."""

import numpy as np
import pytest
import torch

from reproductions.love_2023_klein_layers.pictures import banks_figure, learning_figure, reached_figure
from tdabench.errors import BadInput
from tdabench.networks.filter_banks import circle_integrated, klein, klein_angles
from tdabench.networks.nets import build
from tdabench.networks.nets import klein as layers
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.training import train

LABELS = np.random.default_rng(0).uniform(0, 2 * np.pi, (60, 2))
SMALL = {"slices": 16, "dense": 8, "size": 8}


def inner_product(one, other):
    """Of two F_K over [-1, 1]^2, by hand: 4/3 cos of the angle between the edges; for the lines, the moments of x^4
    (4/5) and x^2 y^2 (4/9), and 4/3 of u^2."""
    (t1, t2), (s1, s2) = one, other
    a, b, c, d = np.cos(t1), np.sin(t1), np.cos(s1), np.sin(s1)
    quartic = 4 / 5 * (a**2 * c**2 + b**2 * d**2) + 4 / 9 * (a**2 * d**2 + b**2 * c**2 + 4 * a * b * c * d)
    return np.sin(t2) * np.sin(s2) * 4 / 3 * np.cos(t1 - s1) + np.cos(t2) * np.cos(s2) * (4 * quartic - 4 / 3)


def test_klein_distances_are_those_of_the_closed_form():
    found = layers.klein_distances(LABELS, LABELS[:7])
    wanted = [[inner_product(a, a) - 2 * inner_product(a, b) + inner_product(b, b) for b in LABELS[:7]] for a in LABELS]
    assert np.abs(found**2 - wanted).max() < 1e-13


def test_klein_distances_do_not_see_which_name_a_point_goes_by():
    moved = np.stack([LABELS[:, 0] + np.pi, -LABELS[:, 1]], axis=1)
    assert np.diag(layers.klein_distances(LABELS, moved)).max() < 1e-14
    assert np.abs(layers.klein_distances(moved, LABELS) - layers.klein_distances(LABELS, LABELS)).max() < 1e-14
    torus = np.stack([LABELS[:, 0] + np.pi, LABELS[:, 1]], axis=1)
    assert np.median(np.diag(layers.klein_distances(LABELS, torus))) > 1


def test_circle_distances_go_the_shorter_way_round():
    found = layers.circle_distances([0.1, 3.0], [2 * np.pi - 0.1, 0.1 + np.pi, 0.1 + 4 * np.pi])
    assert found == pytest.approx(np.array([[0.2, np.pi, 0], [3.1, np.pi - 2.9, 2.9]]), abs=1e-12)


def test_grid_neighbours_across_the_seam_are_as_near_as_others():
    """From t1 = 7 pi / 8 one step on is pi, which is the label (0, -t2)."""
    labels = klein_angles(64)
    distances = layers.klein_distances(labels, labels).reshape(8, 8, 8, 8)
    for column in range(8):
        assert distances[7, column, 0, -column % 8] == pytest.approx(
            layers.klein_distances([[7 * np.pi / 8, column * np.pi / 4]], [[np.pi, column * np.pi / 4]])[0, 0]
        )
        assert distances[7, column, 0, -column % 8] == pytest.approx(distances[3, column, 4, column])


@pytest.mark.parametrize("make, bank", [
    (layers.CircleFeatures, circle_integrated), (layers.KleinFeatures, klein),
])  # fmt: skip
@pytest.mark.parametrize("size", [2, 3, 5])
def test_fixed_filters_are_the_banks_and_keep_the_size_of_images(make, bank, size):
    layer = make(16, size=size)
    assert np.allclose(layer.weight[:, 0], bank(16, size)) and not layer.weight.requires_grad
    assert layer.bias.requires_grad
    assert layer(torch.zeros(2, 1, 9, 9)).shape == (2, 16, 9, 9)


def test_with_colours_fixed_filters_look_at_their_mean():
    images = torch.rand(2, 3, 6, 6)
    grey, coloured = layers.KleinFeatures(16), layers.KleinFeatures(16, channels=3)
    coloured.bias = grey.bias
    assert torch.allclose(coloured(images), grey(images.mean(dim=1, keepdim=True)), atol=1e-6)


def test_gaussian_filters_have_the_norms_of_the_klein_filters():
    norms = layers.GaussianFeatures(64).weight.flatten(1).norm(dim=1)
    assert np.allclose(norms, np.linalg.norm(klein(64), axis=(1, 2)), atol=1e-6)


def test_shares_that_the_thresholds_leave():
    assert layers.CircleOneLayer().share == pytest.approx(17 / 64)  # eight neighbours either way, and itself
    assert layers.KleinOneLayer().share == pytest.approx(0.2715, abs=1e-4)
    assert layers.KleinOneLayer(threshold=0).share == layers.CircleOneLayer(threshold=0).share == 1 / 64
    assert layers.KleinOneLayer(threshold=4).share == layers.CircleOneLayer(threshold=3.15).share == 1


def test_random_connections_are_as_many_for_every_slice_and_others():
    torch.manual_seed(0)
    one, klein_one = layers.RandomOneLayer(), layers.KleinOneLayer()
    assert one.joined.sum(dim=1).equal(klein_one.joined.sum(dim=1))
    assert not one.joined.equal(klein_one.joined) and not one.joined.equal(layers.RandomOneLayer().joined)


def test_weights_start_as_in_a_layer_of_as_many_inputs_as_are_left():
    torch.manual_seed(0)
    layer = layers.KleinOneLayer()
    inputs = layer.joined.sum(dim=1).flatten()
    bound = 1 / (9 * inputs).sqrt()
    largest = layer.weight.abs().amax(dim=(1, 2, 3))
    assert (largest <= bound * 1.0001).all() and (largest > 0.9 * bound).all()
    assert (layer.bias.abs() <= bound * 1.0001).all()
    assert (layer.weight[(~layer.joined).expand_as(layer.weight)] == 0).all()


@pytest.mark.parametrize("make", [layers.CircleOneLayer, layers.KleinOneLayer, layers.RandomOneLayer])
def test_no_gradient_flows_into_cut_connections_and_they_stay_cut(make):
    layer = make(16, 16, threshold=1.0)
    cut = (~layer.joined).expand_as(layer.weight)
    optimiser = torch.optim.Adam(layer.parameters(), 0.1)
    for _ in range(3):
        optimiser.zero_grad()
        layer(torch.rand(4, 16, 6, 6)).square().sum().backward()
        assert (layer.weight.grad[cut] == 0).all() and (layer.weight.grad[~cut] != 0).all()
        optimiser.step()
    assert cut.any() and (layer.weight[cut] == 0).all()


def test_a_localised_layer_is_the_sum_over_near_slices_alone():
    layer, images = layers.CircleOneLayer(8, 8, threshold=0.8, size=5), torch.rand(1, 8, 7, 7)
    for slot in range(8):
        near = [(slot - 1) % 8, slot, (slot + 1) % 8]
        alone = torch.nn.functional.conv2d(images[:, near], layer.weight[slot : slot + 1, near], padding=2)
        assert torch.allclose(layer(images)[:, slot], alone[:, 0] + layer.bias[slot], atol=1e-5)


def test_channels_stay_last_in_memory():
    network = build("topological", 0, second="klein", **SMALL)
    layer = network.convolutions[1]
    assert (layer.weight * layer.joined).is_contiguous(memory_format=torch.channels_last)
    images = torch.rand(2, 16, 4, 4).contiguous(memory_format=torch.channels_last)
    assert layer(images).is_contiguous(memory_format=torch.channels_last)


def test_networks_of_a_seed_start_alike_in_all_that_they_share():
    ordinary = build("topological", 3, **SMALL).state_dict()
    for first, second in (("circle", "circle"), ("klein", "klein"), ("gaussian", "ordinary"), ("klein", "random")):
        network = build("topological", 3, first=first, second=second, **SMALL)
        state = network.state_dict()
        assert all(state[name].equal(ordinary[name]) for name in ordinary if name.split(".")[0] != "convolutions")
        assert state["convolutions.0.bias"].equal(ordinary["convolutions.0.bias"])
        if second != "ordinary":
            joined = network.convolutions[1].joined
            wider = (16 / joined.sum(dim=1, keepdim=True)).sqrt()
            assert torch.allclose(state["convolutions.1.weight"], ordinary["convolutions.1.weight"] * joined * wider)
    assert network.share == network.convolutions[1].share < 1 == build("topological", 3, **SMALL).share


def test_controls_are_others_for_other_seeds():
    one, other = (build("topological", seed, first="gaussian", second="random", **SMALL) for seed in (0, 1))
    assert not one.convolutions[0].weight.equal(other.convolutions[0].weight)
    assert not one.convolutions[1].joined.equal(other.convolutions[1].joined)


def test_fixed_filters_are_what_snapshots_show_and_training_leaves_them(tmp_path):
    random = np.random.default_rng(0)
    pixels, labels = random.integers(0, 256, (60, 8, 8), dtype=np.uint8), np.arange(60) % 10
    recipe = Recipe("topological", {**SMALL, "first": "klein", "second": "klein"}, batch=20, snapshot_every=2)
    (net,) = train(Images(pixels, labels, pixels, labels), recipe, [0], 4, tmp_path)
    assert len(net.first_layer) == 3
    assert np.allclose(net.first_layer[-1][:, 0], klein(16)) and np.allclose(net.first_layer[0], net.first_layer[-1])
    joined = net.weights["convolutions.1.joined"]
    assert (net.weights["convolutions.1.weight"][~np.broadcast_to(joined, (16, 16, 3, 3))] == 0).all()


@pytest.mark.parametrize("asked, said", [
    ({"first": "torus"}, "first: one of ordinary, circle"), ({"second": "gaussian"}, "second: one of ordinary"),
    ({"first": "klein", "slices": 15}, "square number"), ({"second": "klein", "threshold": -1}, "raise the threshold"),
])  # fmt: skip
def test_what_cannot_be_built_is_said(asked, said):
    with pytest.raises(BadInput, match=said):
        build("topological", 0, **{**SMALL, **asked})


def test_sheets_have_every_filter_with_zero_in_the_middle_of_the_colours():
    figure = banks_figure({"one": klein(16), "other": 2 * klein(16)})
    sheets = [axes.images[0] for axes in figure.axes if axes.images]
    assert [sheet.get_array().shape for sheet in sheets] == [(17, 17)] * 2
    assert {sheet.get_clim() for sheet in sheets} == {(-2 * np.abs(klein(16)).max(), 2 * np.abs(klein(16)).max())}


def test_the_median_is_drawn_over_the_seeds_where_all_were_evaluated():
    seeds = [np.array([[0, 0.1], [50, level], [100, level + 0.2]]) for level in (0.3, 0.4, 0.7)]
    seeds[0] = np.insert(seeds[0], 2, [75, 0.35], axis=0)  # as after a training that was gone on with
    (axes,) = learning_figure({"gone": [], "an arm": seeds}, [0.3, 0.9], "title").axes
    *faint, bold = axes.lines
    assert len(faint) == 3 and bold.get_linewidth() > 2 * faint[0].get_linewidth()
    assert bold.get_xydata() == pytest.approx(np.array([[50, 0.6], [100, 0.4]]))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["an arm (3 seeds)"]


def test_accuracies_lie_at_their_number_of_images():
    by_count, names = (
        {60: {"a": [0.2, 0.4]}, 600: {"a": [0.6]}, 6000: {"a": []}},
        {"none": "an arm of other pictures", "a": "an arm"},
    )
    left, right = reached_figure(by_count, {"clean": {"a": [0.6]}, "noise": {"a": [0.5]}}, names, 30).axes
    assert left.lines[0].get_xydata() == pytest.approx(np.array([[60, 0.3], [600, 0.6]]))
    assert right.lines[0].get_xydata() == pytest.approx(np.array([[0, 0.6], [1, 0.5]]))

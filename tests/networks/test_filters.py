"""Filters as points: layers by name, the sphere, the basis, the controls."""

import numpy as np
import pytest
from torch import nn

from tdabench.errors import BadInput
from tdabench.networks.filters import (
    centred_basis,
    coordinates,
    first_layer,
    full_depth,
    layer,
    random_initialisation,
    sample,
    shuffled,
    slices,
    strongest,
    to_sphere,
)

SQUARE = np.arange(2 * 3 * 3 * 3, dtype=np.float32).reshape(2, 3, 3, 3)


def network(**layers):
    return {f"{name}.weight": array for name, array in layers.items()}


def random_filters(n=200, d=9, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


# A layer by its name


@pytest.mark.parametrize("name", ["conv", "conv.weight"])
def test_a_layer_is_read_by_its_name_or_its_parameters(name):
    kernels = layer(network(conv=SQUARE), name)
    assert kernels.dtype == np.float64
    assert (kernels == SQUARE).all()


def test_the_first_layer_has_square_kernels_larger_than_one():
    wide = np.ones((4, 3, 1, 7))
    assert first_layer(network(point=np.ones((8, 3, 1, 1)), wide=wide, conv=SQUARE, later=SQUARE)) == "conv"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "layer nowhere: there is no such layer; the convolutions are conv 2x3x3x3, point 8x2x1x1"),
        ("dense", r"layer dense: no convolution, its weights have shape \(10, 4\); the convolutions are conv 2x3x3x3"),
        ("point", r"layer point: square kernels larger than 1 x 1 .* layers that have them: conv 2x3x3x3\."),
        ("wide", "layer wide: square kernels .* not 1 x 7"),
        ("keras", r"as \(out, in, height, width\), not 16 x 16 in \(3, 3, 16, 16\)"),
    ],
)
def test_a_layer_that_cannot_be_used_is_refused_with_those_that_can(name, words):
    shapes = {"point": (8, 2, 1, 1), "dense": (10, 4), "wide": (4, 8, 1, 7), "keras": (3, 3, 16, 16)}
    weights = network(conv=SQUARE, **{other: np.ones(shape) for other, shape in shapes.items()})
    with pytest.raises(BadInput, match=words):
        layer(weights, name)


def test_weights_of_a_diverged_training_are_counted():
    kernels = SQUARE.copy()
    kernels[0, 0, 0, :2] = np.nan, np.inf
    with pytest.raises(BadInput, match="layer b: 2 of 54 weights are not finite: the training diverged"):
        layer(network(a=SQUARE, b=kernels), "b")


def test_a_network_without_usable_convolutions_says_what_it_has():
    with pytest.raises(BadInput, match="no convolution has square kernels.*point 8x2x1x1"):
        first_layer(network(point=np.ones((8, 2, 1, 1))))
    with pytest.raises(BadInput, match="no layer is a convolution"):
        first_layer(network(dense=np.ones((8, 2))))


def test_of_many_layers_the_first_are_listed():
    weights = network(**{f"conv{number}": SQUARE for number in range(25)})
    with pytest.raises(BadInput, match="conv19 2x3x3x3, 5 more"):
        layer(weights, "nowhere")


# Points


def test_slices_take_channels_apart_and_whole_filters_keep_them():
    assert slices(SQUARE).shape == (6, 9)
    assert slices(SQUARE)[4].tolist() == SQUARE[1, 1].ravel().tolist()
    assert full_depth(SQUARE).shape == (2, 27)
    assert full_depth(SQUARE)[1].tolist() == SQUARE[1].ravel().tolist()
    with pytest.raises(BadInput, match="out, in, height, width"):
        slices(np.ones((6, 9)))


def test_points_of_the_sphere_have_mean_zero_and_norm_one():
    filters = random_filters() * 5 + 3
    points, kept = to_sphere(filters)
    assert points.mean(axis=1) == pytest.approx(np.zeros(200))
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.ones(200))
    assert kept.tolist() == list(range(200))
    assert to_sphere(filters * 7 - 1)[0] == pytest.approx(points)


def test_constant_filters_are_dropped_and_told():
    filters = random_filters(5)
    filters[[1, 3]] = [[0.1], [0]]
    points, kept = to_sphere(filters)
    assert kept.tolist() == [0, 2, 4]
    assert points == pytest.approx(to_sphere(filters[[0, 2, 4]])[0])
    with pytest.raises(BadInput, match="every one is constant"):
        to_sphere(np.ones((3, 9)))


def test_filters_below_a_norm_are_dropped():
    filters = np.outer([1, 0.1, 0.001], [1, 0, -1])
    assert to_sphere(filters, drop_below=0.01)[1].tolist() == [0, 1]


def test_the_strongest_filters_are_those_far_from_their_mean_in_their_order():
    steep = np.array([-1.0, 0, 1])
    filters = np.array([3 * steep, 100 + steep, 2 * steep, 4 * steep, 0 * steep])
    assert strongest(filters, 60).tolist() == filters[[0, 2, 3]].tolist()
    assert strongest(filters, 100).tolist() == filters.tolist()
    assert strongest(filters, 1).tolist() == filters[[3]].tolist()
    for percent in (0, 101, np.nan):
        with pytest.raises(BadInput, match="percent"):
            strongest(filters, percent)


def test_a_sample_is_without_replacement_by_seed_and_in_order():
    filters = np.arange(100.0)[:, None]
    drawn = sample(filters, 30, 0)
    assert len(np.unique(drawn)) == 30 and (np.diff(drawn[:, 0]) > 0).all()
    assert (drawn == sample(filters, 30, 0)).all() and (drawn != sample(filters, 30, 1)).any()
    assert (sample(filters, 101, 0) == filters).all()
    with pytest.raises(BadInput, match="count"):
        sample(filters, 0, 0)


# The basis


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7])
def test_the_basis_is_orthonormal_and_free_of_the_mean(size):
    basis = centred_basis(size)
    assert basis.shape == (size**2 - 1, size**2)
    assert basis @ basis.T == pytest.approx(np.eye(size**2 - 1), abs=1e-12)
    assert basis.sum(axis=1) == pytest.approx(np.zeros(size**2 - 1), abs=1e-12)


def test_the_basis_of_3x3_filters_in_its_order():
    line, bow = [-1, 0, 1], [1, -2, 1]
    expected = [np.tile(line, 3), np.repeat(line, 3), np.tile(bow, 3), np.repeat(bow, 3)]
    expected += [np.outer(y, x).ravel() for y, x in ((line, line), (bow, line), (line, bow), (bow, bow))]
    for row, direction in zip(centred_basis(3), expected, strict=True):
        assert row == pytest.approx(direction / np.linalg.norm(direction), abs=1e-12)


@pytest.mark.parametrize("size", [3, 5])
def test_the_first_two_directions_rise_to_the_right_and_downwards(size):
    right, down = centred_basis(size)[:2].reshape(2, size, size)
    assert (np.diff(right, axis=1) > 0).all() and np.abs(np.diff(right, axis=0)).max() < 1e-12
    assert right.T == pytest.approx(down)


@pytest.mark.parametrize("size", [1, 2.5])
def test_a_basis_needs_a_size(size):
    with pytest.raises(BadInput, match="size"):
        centred_basis(size)


def test_coordinates_keep_distances_and_lead_back():
    points, _ = to_sphere(random_filters())
    basis = centred_basis(3)
    found = coordinates(points, basis)
    assert found.shape == (200, 8)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(200))
    assert found @ basis == pytest.approx(points)
    with pytest.raises(BadInput, match="9 columns"):
        coordinates(np.ones((3, 4)), basis)


# Controls


def test_shuffled_filters_keep_their_weights_but_not_their_places():
    filters = random_filters()
    control = shuffled(filters, 0)
    assert (np.sort(control, axis=1) == np.sort(filters, axis=1)).all()
    assert (control != filters).mean() > 0.8
    assert (control == shuffled(filters, 0)).all() and (control != shuffled(filters, 1)).any()


@pytest.mark.parametrize("shape", [(64, 8, 3, 3), (32, 1, 5, 5)])
def test_random_initialisation_is_that_of_torch(shape):
    out, inner, size, _ = shape
    ours = random_initialisation(shape, 0)
    theirs = nn.Conv2d(inner * out if inner == 1 else inner, out, size, groups=out if inner == 1 else 1).weight.detach()
    assert ours.shape == tuple(theirs.shape) == shape
    bound = (inner * size**2) ** -0.5
    assert 0.98 * bound < np.abs(ours).max() <= bound
    assert 0.98 * bound < theirs.abs().max() <= bound
    assert ours.std() == pytest.approx(bound / 3**0.5, rel=0.05)
    assert (ours == random_initialisation(shape, 0)).all() and (ours != random_initialisation(shape, 1)).any()

"""Other data sets' images for a trained network: their size, their polarity, and what its answers are worth."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.networks.arms import recipe_of
from tdabench.networks.other_images import (
    FORMS,
    Predictions,
    bright_on_dark,
    fitted,
    most_frequent,
    network_of,
    predict,
    resized,
    stretched,
)
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.training import train

GENERATOR = np.random.default_rng(0)
IMAGES = Images(
    GENERATOR.integers(0, 256, (60, 8, 8), dtype=np.uint8), np.arange(60) % 2,
    GENERATOR.integers(0, 256, (300, 8, 8), dtype=np.uint8), np.arange(300) % 2,
)  # fmt: skip
RECIPE = Recipe(
    parameters={"filters": [4, 4], "dense": 8, "size": 8, "classes": 2}, batch=20, snapshot_every=100, evaluated=20,
    learning_rate=0.01,
)  # fmt: skip


def test_resizing_averages_over_what_a_pixel_covers_and_leaves_images_of_that_size():
    halves = np.zeros((3, 32, 32), np.uint8)
    halves[1, :, 16:], halves[2] = 200, 77
    small = resized(halves, 16)
    assert small.dtype == np.uint8 and small.shape == (3, 16, 16)
    assert not small[0].any() and (small[2] == 77).all()
    assert (small[1, :, :7] == 0).all() and (small[1, :, 9:] == 200).all()
    checkerboard = np.indices((32, 32)).sum(axis=0)[None] % 2 * 255
    inside = resized(checkerboard.astype(np.uint8), 16)[0, 1:-1, 1:-1].astype(int)
    assert abs(inside - 127).max() <= 1  # without antialiasing, single pixels would be picked
    assert resized(halves, 32) is halves


def test_colours_are_averaged_and_usps_stands_where_mnist_has_its_digits():
    colour = np.zeros((2, 32, 32, 3), np.uint8)
    colour[..., 0] = 90
    assert (fitted(colour, 28) == 30).all() and fitted(colour, 28).shape == (2, 28, 28)
    framed = fitted(np.full((2, 16, 16), 9, np.uint8), 28, border=4)
    assert (framed[:, 4:24, 4:24] == 9).all() and framed.sum() == 2 * 400 * 9
    with pytest.raises(BadInput, match="border: 14 pixels"):
        fitted(colour, 28, border=14)


def test_images_with_the_brighter_border_are_turned_and_the_others_left():
    digit = np.zeros((28, 28), np.uint8)
    digit[8:20, 12:16] = 250
    both = np.stack([digit, 255 - digit, np.full((28, 28), 80, np.uint8)])
    found = bright_on_dark(both)
    assert (found[0] == digit).all() and (found[1] == digit).all() and (found[2] == 80).all()
    for change in (bright_on_dark, stretched):
        with pytest.raises(BadInput, match="and a centre do not fit"):
            change(np.zeros((1, 8, 8), np.uint8))


def test_a_white_strip_at_the_edge_changes_neither_polarity_nor_contrast():
    digit = np.full((28, 28), 60, np.uint8)
    digit[8:20, 12:16] = 80
    padded = digit.copy()
    padded[-2:] = 255
    assert (bright_on_dark(padded[None])[0] == padded).all()
    assert (stretched(padded[None])[0, :-2] == stretched(digit[None])[0, :-2]).all()
    assert stretched(digit[None])[0, 10, 14] == 255 and stretched(digit[None])[0, 0, 0] == 0


def test_contrast_reaches_from_0_to_255_and_one_grey_stays():
    faint = np.full((2, 28, 28), 100, np.uint8)
    faint[0, 4, 4], faint[0, 5, 5], faint[0, 0, 0] = 90, 110, 20
    found = stretched(faint)
    assert [found[0, 4, 4], found[0, 1, 1], found[0, 5, 5], found[0, 0, 0]] == [0, 128, 255, 0]
    assert (found[1] == 100).all()


def test_every_form_leaves_shape_and_kind():
    pixels = GENERATOR.integers(0, 256, (5, 28, 28), dtype=np.uint8)
    assert (FORMS["as_they_are"](pixels) == pixels).all()
    for form in FORMS.values():
        assert form(pixels).shape == pixels.shape and form(pixels).dtype == np.uint8
    assert (FORMS["stretched"](pixels) == stretched(bright_on_dark(pixels))).all()


ARMS = {
    "standard": {}, "boosted": {"model": "boosted", "features": {"name": "circle", "n": 16}},
    "learned": {"model": "boosted", "features": {"name": "gaussian", "n": 3}, "learned": True},
    "frozen": {"model": "given_first_layer", "first": {"name": "gaussian", "n": 4}},
}  # fmt: skip


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("scaling", ["unit", "standardised"])
def test_a_network_put_together_again_answers_as_at_the_end_of_training(arm, scaling, tmp_path):
    recipe = recipe_of(Recipe(**{**vars(RECIPE), "input": scaling}), ARMS[arm], 1)
    (net,) = train(IMAGES, recipe, [1], 5, tmp_path, report=lambda line: None)
    named = predict(net, recipe, IMAGES, IMAGES.test_x)
    assert Predictions(named, IMAGES.test_y).accuracy == net.final_accuracy
    assert set(np.unique(named)) <= {0, 1} and len(named) == 300
    assert predict(net, recipe, IMAGES, IMAGES.test_x[:0]).shape == (0,)


def test_weights_of_another_network_are_refused(tmp_path):
    (net,) = train(IMAGES, RECIPE, [0], 1, tmp_path, report=lambda line: None)
    with pytest.raises(BadInput, match="not those of boosted"):
        network_of(net, recipe_of(RECIPE, ARMS["boosted"], 0))


def test_each_seed_has_its_own_frozen_gaussian_filters_and_keeps_them(tmp_path):
    weights = []
    for seed in (0, 1):
        (net,) = train(IMAGES, recipe_of(RECIPE, ARMS["frozen"], seed), [seed], 3, tmp_path, report=lambda line: None)
        assert (net.first_layer[0] == net.first_layer[-1]).all()
        weights.append(net.weights["convolutions.0.weight"])
    assert np.abs(weights[0] - weights[1]).max() > 0.1


def test_always_the_most_frequent_class_is_worth_its_share_and_no_more():
    labels = np.array([1, 1, 1, 0, 2])
    always = Predictions(np.ones(5, int), labels)
    assert most_frequent(labels) == (1, 0.6)
    assert always.accuracy == 0.6 and always.balanced == pytest.approx(1 / 3) and always.favourite == (1, 1.0)
    assert Predictions(labels, labels).balanced == 1
    for named, asked in ((labels[:2], labels), (labels[:0], labels[:0])):
        with pytest.raises(BadInput, match="one answer for each image"):
            Predictions(named, asked)

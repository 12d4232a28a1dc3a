"""Iterations to an accuracy, and ratios of them: first evaluations, smoothed curves, censored trainings."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.networks.time_to_accuracy import Pair, first_reached, held_out, in_grey, interval, ratios, share_of_gain


def curve(*accuracies):
    return np.array([[10 * number, accuracy, 0.0] for number, accuracy in enumerate(accuracies)])


def test_a_level_is_reached_at_the_first_evaluation_at_or_above_it():
    assert first_reached(curve(0.1, 0.5, 0.8, 0.7, 0.9), 0.8) == 20
    assert first_reached(curve(0.1, 0.5, 0.8), 0.81) is None


def test_one_lucky_evaluation_does_not_count_when_the_curve_is_smoothed():
    lucky = curve(0.1, 0.2, 0.9, 0.3, 0.4, 0.8, 0.8, 0.8)
    assert first_reached(lucky, 0.8) == 20
    assert first_reached(lucky, 0.8, window=3) == 60  # the middle of the three


def test_a_curve_shorter_than_the_window_reaches_nothing():
    assert first_reached(curve(0.9, 0.9), 0.8, window=3) is None


@pytest.mark.parametrize("window", [0, 2, -1])
def test_a_window_without_a_middle_is_refused(window):
    with pytest.raises(BadInput, match="odd number"):
        first_reached(curve(0.9), 0.8, window)


def test_a_censored_training_counts_with_its_limit_as_a_bound():
    assert (Pair(200, 100, 500, 500).ratio, Pair(200, 100, 500, 500).bound) == (2.0, "")
    assert (Pair(None, 100, 500, 500).ratio, Pair(None, 100, 500, 500).bound) == (5.0, ">")
    assert (Pair(200, None, 500, 400).ratio, Pair(200, None, 500, 400).bound) == (0.5, "<")
    assert Pair(None, None, 500, 500).ratio is None


def test_pairs_of_which_neither_reached_the_level_tell_nothing():
    assert ratios([Pair(200, 100, 500, 500), Pair(None, None, 500, 500)]) == [2.0]


def test_the_interval_is_that_of_the_geometric_mean():
    mean, low, high = interval([1.0, 4.0])
    assert mean == pytest.approx(2) and low == pytest.approx(1) and high == pytest.approx(4)
    mean, low, high = interval([2.0] * 5)
    assert (mean, low, high) == pytest.approx((2, 2, 2))


def test_an_interval_of_many_covers_their_mean_as_often_as_it_says():
    generator = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        _, low, high = interval(np.exp(0.7 + 0.2 * generator.standard_normal(30)), draws=400)
        inside += low <= np.exp(0.7) <= high
    assert 0.88 <= inside / 200 <= 0.98


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(BadInput, match="at least one pair"):
        interval([])


def test_the_share_of_a_gain_is_of_logarithms():
    assert share_of_gain(2.0, 4.0) == pytest.approx(0.5)
    assert share_of_gain(1.0, 4.0) == 0
    assert share_of_gain(0.5, 4.0) == pytest.approx(-0.5)


def images(shape=(8, 8)):
    generator = np.random.default_rng(0)
    return {
        "train_x": generator.integers(0, 256, (20, *shape), dtype=np.uint8), "train_y": np.arange(20) % 10,
        "test_x": generator.integers(0, 256, (30, *shape), dtype=np.uint8), "test_y": np.arange(30) % 10,
    }  # fmt: skip


def test_held_out_images_are_drawn_from_the_test_part_with_their_labels_and_always_the_same():
    data = images()
    drawn, again = held_out(data, 12), held_out(data, 12)
    assert len(drawn.test_x) == 12 and np.array_equal(drawn.test_x, again.test_x)
    for pixels, label in zip(drawn.test_x, drawn.test_y, strict=True):
        place = np.flatnonzero((data["test_x"] == pixels).all(axis=(1, 2)))
        assert len(place) == 1 and data["test_y"][place[0]] == label
    assert np.array_equal(drawn.train_x, data["train_x"])


@pytest.mark.parametrize("count", [0, 31])
def test_more_than_there_are_cannot_be_held_out(count):
    with pytest.raises(BadInput, match="30 test images"):
        held_out(images(), count)


def test_colours_are_averaged_to_grey_and_grey_stays():
    colours = np.array([[[[10, 20, 60]]]], dtype=np.uint8)
    assert in_grey(colours).tolist() == [[[30]]] and in_grey(colours).dtype == np.uint8
    grey = held_out(images((8, 8, 3)), 5, grey=True)
    assert grey.train_x.shape == (20, 8, 8) and grey.test_x.shape == (5, 8, 8)

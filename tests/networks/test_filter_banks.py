"""Banks of filters: closed forms, integrals, and the points that circle and Klein bottle glue together."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.networks import filter_banks

T1, T2 = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, 200))


def test_the_closed_form_is_the_integral():
    assert np.abs(filter_banks.exact(T1, T2) - filter_banks.integrated(T1, T2)).max() < 1e-14


def test_the_integral_over_a_cell_is_what_a_fine_sum_comes_to():
    step = (np.arange(600) + 0.5) / 300 - 1
    x, y = np.meshgrid(step, -step)
    u = x * np.cos(0.7) + y * np.sin(0.7)
    values = np.sin(2.1) * u + np.cos(2.1) * (2 * u**2 - 1)
    for size in (2, 3, 5):
        cells = values.reshape(size, 600 // size, size, 600 // size).sum(axis=(1, 3)) / 300**2
        assert np.abs(filter_banks.integrated(0.7, 2.1, size) - cells).max() < 1e-4


def test_the_entries_sum_to_minus_four_thirds_of_the_cosine_whatever_the_size():
    for size in (1, 2, 3, 7):
        sums = filter_banks.integrated(T1, T2, size).sum(axis=(1, 2))
        assert np.abs(sums + 4 / 3 * np.cos(T2)).max() < 1e-14


def test_opposite_points_are_the_same_filter_on_the_klein_bottle_but_not_on_the_torus():
    there = filter_banks.exact(T1, T2)
    assert np.abs(filter_banks.exact(T1 + np.pi, -T2) - there).max() < 1e-14
    assert np.abs(filter_banks.exact(T1 + np.pi, T2) - there).max() > 0.5


def test_the_circle_lies_at_a_quarter_turn_of_the_second_angle():
    assert np.abs(filter_banks.circle_integrated(16) - 8 / 27 * filter_banks.circle(16)).max() < 1e-15
    exact = filter_banks.exact(filter_banks.angles(16), np.pi / 2)
    assert np.abs(exact - filter_banks.circle_integrated(16)).max() < 1e-15


def test_edges_look_upwards_and_to_the_right():
    right, up = filter_banks.circle(4)[:2]
    assert right[:, 2] == pytest.approx(1) and right[:, 0] == pytest.approx(-1)
    assert up[0] == pytest.approx(1) and up[2] == pytest.approx(-1)
    line = filter_banks.exact(0, np.pi)  # 1 - 2 x^2: brightest in the middle column
    assert (line[:, 1] > line[:, 0] + 0.3).all() and line[:, 0] == pytest.approx(line[:, 2])


def test_norms_are_those_that_are_told():
    for bank in (filter_banks.circle(), filter_banks.copies(), filter_banks.gaussian()):
        assert np.linalg.norm(bank, axis=(1, 2)) == pytest.approx(6**0.5)
    assert np.linalg.norm(filter_banks.two_edges()) == pytest.approx(np.linalg.norm(filter_banks.circle()))
    assert filter_banks.gaussian(zero_mean=True).sum(axis=(1, 2)) == pytest.approx(0)


def test_a_gaussian_bank_is_the_same_for_the_same_seed_only():
    assert (filter_banks.gaussian(seed=1) == filter_banks.gaussian(seed=1)).all()
    assert not np.allclose(filter_banks.gaussian(seed=1), filter_banks.gaussian(seed=2))


def test_the_labels_of_klein_slices_go_over_half_a_turn_and_a_whole_one():
    labels = filter_banks.klein_angles(64)
    assert labels.shape == (64, 2) and (labels >= 0).all()
    assert labels.max(axis=0) == pytest.approx([7 / 8 * np.pi, 7 / 4 * np.pi])
    assert len(np.unique(filter_banks.klein(64).reshape(64, 9).round(12), axis=0)) == 64
    assert filter_banks.klein(16, 5).shape == (16, 5, 5)


@pytest.mark.parametrize("call, said", [
    (lambda: filter_banks.klein_angles(60), "square number"), (lambda: filter_banks.klein_angles(-4), "square number"),
    (lambda: filter_banks.angles(0), "whole number"), (lambda: filter_banks.integrated(0, 0, 0), "size"),
    (lambda: filter_banks.bank("square"), "one of circle"),
    (lambda: filter_banks.bank("circle", many=3), "filters circle"),
])  # fmt: skip
def test_what_cannot_be_made_is_said(call, said):
    with pytest.raises(BadInput, match=said):
        call()

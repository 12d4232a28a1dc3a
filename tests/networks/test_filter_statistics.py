"""What goes beyond second moments: each statistic on filters that are known to have it, and p-values that are fair."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.networks.filter_loops import cloud, gaussian
from tdabench.networks.filter_statistics import (
    HARMONICS,
    angles,
    compare_with_draws,
    harmonics,
    kinds,
    largest_gap,
    near_klein_bottle,
    statistics,
)
from tdabench.patches.klein import klein_polynomials

X, Y = np.tile([-1.0, 0.0, 1.0], 3), np.repeat([-1.0, 0.0, 1.0], 3)
TURN = np.linspace(0, 2 * np.pi, 40, endpoint=False)


def along(angle):
    return np.outer(np.cos(angle), X) + np.outer(np.sin(angle), Y)


IDEAL = {
    "edge": along(TURN),
    "ridge": along(TURN) ** 2,
    "bull's-eye": np.array([
        [1, 1, 1, 1, -8, 1, 1, 1, 1], [0, 0, 0, 0, 1, 0, 0, 0, 0], [0, -1, 0, -1, 4, -1, 0, -1, 0], X**2 + Y**2,
    ]),
    "crossing": along(TURN) * along(TURN + np.pi / 2),
}  # fmt: skip


def edges_at(angle):
    return cloud(along(np.asarray(angle)))


def sphere(count, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, 8))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


# Angles


def test_angles_are_those_of_the_gradient_to_the_right_and_downwards():
    assert angles(edges_at([0, 1, -2])) == pytest.approx([0, 1, -2])
    half = edges_at([0.7]) + np.eye(8)[[5]]  # what else there is does not matter
    assert angles(half) == pytest.approx([0.7])


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8])
def test_filters_in_equal_steps_have_their_harmonic_and_its_multiples(steps):
    points = edges_at(0.3 + 2 * np.pi * np.arange(5 * steps) / steps)
    found = harmonics(points)
    assert tuple(found) == HARMONICS
    for order, value in found.items():
        assert value == pytest.approx(0 if order % steps else 1, abs=1e-9)


def test_filters_all_round_have_no_harmonic_and_a_gaussian_no_odd_one():
    assert max(harmonics(edges_at(TURN)).values()) < 1e-9
    generator = np.random.default_rng(0)
    uneven = cloud(generator.normal(size=(4000, 9)) + np.outer(generator.normal(size=4000), X))
    found = harmonics(gaussian(uneven, 0), (1, 2, 3))
    assert found[2] > 0.3 and max(found[1], found[3]) < 0.05


def test_the_largest_gap_may_lie_across_the_end_of_the_range():
    assert largest_gap(edges_at(TURN)) == pytest.approx(2 * np.pi / 40)
    assert largest_gap(edges_at([-2, 0, 1.5])) == pytest.approx(2 * np.pi - 3.5)
    assert largest_gap(edges_at([-3, 0.5, 3])) == pytest.approx(3.5)
    assert largest_gap(edges_at([1])) == pytest.approx(2 * np.pi)


# Kinds


@pytest.mark.parametrize("kind", IDEAL)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_ideal_filter_is_of_its_kind_and_no_other(kind, sign):
    found = kinds(cloud(sign * 7 * IDEAL[kind] + 2))
    assert found.pop(kind) == 1
    assert set(found.values()) == {0}


def test_shares_are_of_all_filters():
    found = kinds(cloud(np.concatenate([IDEAL["edge"], IDEAL["ridge"], -IDEAL["crossing"], IDEAL["ridge"]])))
    assert found == {"edge": 0.25, "ridge": 0.5, "bull's-eye": 0, "crossing": 0.25}
    assert max(kinds(sphere(2000)).values()) < 0.05


def test_filters_of_the_klein_bottle_are_near_it_and_noise_is_not():
    theta, phi = np.random.default_rng(0).uniform(0, [np.pi, 2 * np.pi], (500, 2)).T
    bottle = klein_polynomials(np.cos(theta), np.sin(theta), np.cos(phi), np.sin(phi))
    assert near_klein_bottle(cloud(bottle)) == 1
    assert near_klein_bottle(cloud(np.concatenate([IDEAL["edge"], IDEAL["ridge"]]))) == 1
    assert near_klein_bottle(cloud(IDEAL["bull's-eye"])) == 0
    assert near_klein_bottle(sphere(2000)) < 0.02


def test_statistics_of_a_circle_of_edges():
    found = statistics(edges_at(np.linspace(0, 2 * np.pi, 120, endpoint=False)), k=5, percent=100, landmarks=40)
    assert found["first H1 bar"] > 1 and found["second H1 bar"] == 0
    assert found["harmonic 3 of the core's angles"] == pytest.approx(0, abs=1e-9)
    assert found["largest gap in the core's angles"] == pytest.approx(2 * np.pi / 120)
    assert found["share of filters that are edges"] == found["share within 0.3 of the Klein bottle"] == 1
    assert found["share of filters that are ridges"] == found["share of filters that are crossings"] == 0
    assert all(type(value) is float for value in found.values())


def test_kinds_are_counted_over_all_filters_and_angles_over_the_core():
    points = np.concatenate([edges_at(np.linspace(0, 0.5, 30)), edges_at(np.linspace(1, 6, 20)), sphere(50)])
    found = statistics(points, k=8, percent=30, landmarks=20)
    assert found["largest gap in the core's angles"] == pytest.approx(2 * np.pi - 0.5)
    assert 0.5 <= found["share of filters that are edges"] < 0.6


@pytest.mark.parametrize("what", [angles, harmonics, largest_gap, kinds, near_klein_bottle])
def test_filters_with_nine_weights_are_refused(what):
    with pytest.raises(BadInput, match="points: 8 columns are needed, not 9"):
        what(along(TURN))


# Against a control


def rows_of(measured, *drawn):
    draws = [dict(zip("abc", draw, strict=False)) for draw in drawn]
    return compare_with_draws(dict(zip("abc", measured, strict=False)), draws)


def test_a_row_by_hand():
    [row] = rows_of([4.5], *[[value] for value in range(9)])
    assert (row["statistic"], row["measured"], row["control"]) == ("a", 4.5, 4)
    assert (row["low"], row["high"]) == (0, 8)
    assert row["p"] == pytest.approx(2 * 5 / 10)  # 5, 6, 7, 8 and itself
    [tie] = rows_of([4.0], *[[value] for value in range(9)])
    assert tie["p"] == 1  # six of ten lie at or beyond it on either side


@pytest.mark.parametrize("value", [100.0, -100.0])
def test_what_is_far_off_has_the_smallest_p_there_is(value):
    drawn = np.random.default_rng(0).normal(size=(39, 2))
    off, within = rows_of([value, 0.0], *drawn)
    assert off["p"] == pytest.approx(2 / 40) and off["adjusted p"] == pytest.approx(1 / 40)
    assert within["p"] > 0.5 and within["adjusted p"] > 0.5


def test_where_nothing_is_to_be_found_p_is_uniform_and_the_smallest_adjusted_p_too():
    """1,000 times three statistics, two of them the same but for the sign, of data drawn as the 19 controls are."""
    generator = np.random.default_rng(0)
    first, smallest = [], []
    for _ in range(1000):
        values = generator.normal(size=(20, 3)) ** 3
        values[:, 2] = -values[:, 1]
        rows = rows_of(values[0], *values[1:])
        first.append(rows[0]["p"])
        smallest.append(min(row["adjusted p"] for row in rows))
        assert rows[1]["adjusted p"] == pytest.approx(rows[2]["adjusted p"])
    for share in (0.1, 0.3, 0.5, 0.8):
        assert np.mean(np.array(first) <= share + 1e-9) == pytest.approx(share, abs=0.05)
        assert np.mean(np.array(smallest) <= share + 1e-9) == pytest.approx(share, abs=0.05)


def test_a_statistic_that_never_varies_says_nothing():
    [row] = rows_of([0.0], [0.0], [0.0], [0.0])
    assert (row["p"], row["adjusted p"]) == (1, 1)


def test_without_draws_or_with_numbers_that_are_none_there_is_no_p():
    with pytest.raises(BadInput, match="draws: at least one of the control is needed"):
        compare_with_draws({"a": 1.0}, [])
    with pytest.raises(BadInput, match="statistics: 'b' is not a finite number in every draw"):
        rows_of([1.0, 2.0], [1.0, 2.0], [1.0, float("nan")])

"""The Klein bottle of patches in S^7."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.errors import BadInput
from tdabench.patches.klein import (
    distance_to_klein_bottle,
    klein_grid,
    klein_patches,
    klein_polynomials,
    nearest_data_to_klein_bottle,
)
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import run_shares

ANGLES = st.floats(0, 2 * np.pi, exclude_max=True)


def random_angles(count, seed=0):
    return np.random.default_rng(seed).uniform(0, 2 * np.pi, (2, count))


@settings(max_examples=50, deadline=None)
@given(ANGLES, ANGLES)
def test_opposite_directions_with_the_linear_part_reversed_are_one_patch(theta, phi):
    here = klein_patches(theta=[theta], phi=[phi])
    assert klein_patches([theta + np.pi], [-phi]) == pytest.approx(here, abs=1e-12)
    a, b, c, d = np.cos([theta]), np.sin([theta]), np.cos([phi]), np.sin([phi])
    assert klein_polynomials(-a, -b, c, -d) == pytest.approx(klein_polynomials(a, b, c, d))
    assert np.linalg.norm(here) == pytest.approx(1)


def test_the_polynomial_is_sampled_on_the_nine_pixels_top_row_first():
    ones = np.ones(1)
    right, up = klein_polynomials(ones, 0 * ones, 0 * ones, ones), klein_polynomials(0 * ones, ones, 0 * ones, ones)
    assert right.reshape(3, 3).tolist() == [[-1, 0, 1]] * 3
    assert up.reshape(3, 3).tolist() == [[1] * 3, [0] * 3, [-1] * 3]
    square = klein_polynomials(ones, ones, ones, 0 * ones).reshape(3, 3)
    assert square.tolist() == [[0, 1, 4], [1, 0, 1], [4, 1, 0]]


def test_the_primary_circle_lies_in_the_plane_of_the_two_gradients():
    theta = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = klein_patches(theta, np.pi / 2)
    assert np.hypot(circle[:, 0], circle[:, 1]) == pytest.approx(np.ones(40))
    turns = np.diff(np.unwrap(np.arctan2(circle[:, 1], circle[:, 0])))
    assert np.abs(turns) == pytest.approx(np.full(39, 2 * np.pi / 40))


@pytest.mark.parametrize(("theta", "gradient", "ridge"), [(0, 0, 2), (np.pi / 2, 1, 3)])
def test_a_secondary_circle_lies_in_the_plane_of_one_gradient_and_one_ridge(theta, gradient, ridge):
    circle = klein_patches(theta, np.linspace(0, 2 * np.pi, 40, endpoint=False))
    assert np.hypot(circle[:, gradient], circle[:, ridge]) == pytest.approx(np.ones(40))
    assert circle[:, ridge].min() < -0.99 and circle[:, ridge].max() > 0.99


def test_the_secondary_circles_meet_the_primary_one_twice_and_not_each_other():
    phi = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    primary, first, second = klein_patches(phi, np.pi / 2), klein_patches(0, phi), klein_patches(np.pi / 2, phi)
    for secondary in (first, second):
        meetings = np.linalg.norm(primary[:, None] - secondary, axis=2) < 1e-9
        assert meetings.sum() == 2
    assert np.linalg.norm(first[:, None] - second, axis=2).min() > 0.5


def test_a_grid_covers_the_bottle_once():
    angles, points = klein_grid(8, 12)
    assert angles.shape == (96, 2) and points.shape == (96, 8)
    assert angles[:, 0].max() < np.pi and angles[:, 1].max() < 2 * np.pi
    assert points == pytest.approx(klein_patches(*angles.T))
    apart = np.linalg.norm(points[:, None] - points, axis=2) + 9 * np.eye(96)
    assert apart.min() > 0.05


def test_the_bottle_is_a_klein_bottle_and_no_torus():
    """The published claim on ideal patches, on a coarser grid: over Z/2 (1,2,1), over Z/3 (1,1,0)."""
    _, points = klein_grid(40, 60)
    run = lazy_witness_persistence(points, 60, range_share=0.5, max_dimension=2, fields=(2, 3))
    for field, expected in ((2, "1,2,1"), (3, "1,1,0")):
        longest, share = next(iter(run_shares(run.curves[field]).items()))
        assert longest == expected and share > 0.3


def test_points_of_the_bottle_are_on_it():
    theta, phi = random_angles(500)
    distances, angles = distance_to_klein_bottle(klein_patches(theta, phi))
    assert distances.max() < 0.04
    assert np.linalg.norm(klein_patches(*angles.T) - klein_patches(theta, phi), axis=1) == pytest.approx(distances)


def test_distances_from_elsewhere():
    """e8, the checkerboard of highest frequency, is D-orthogonal to every polynomial of degree two."""
    far = np.eye(8)[7:]
    distances, _ = distance_to_klein_bottle(np.vstack([far, -far, 3 * np.eye(8)[:1]]), 60, 60)
    assert distances == pytest.approx([np.sqrt(2), np.sqrt(2), 2], abs=1e-6)


def test_the_nearest_data_are_rows_close_to_the_bottle():
    theta, phi = random_angles(200, seed=1)
    on_bottle = klein_patches(theta, phi)
    far = np.tile(np.eye(8)[7], (50, 1))
    rows = nearest_data_to_klein_bottle(np.vstack([far, on_bottle]), 20, 30)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert rows.min() >= 50 and len(rows) > 100
    assert nearest_data_to_klein_bottle(klein_grid(6, 5)[1], 6, 5).tolist() == list(range(30))


@pytest.mark.parametrize("function", [distance_to_klein_bottle, nearest_data_to_klein_bottle])
@pytest.mark.parametrize(("word", "points"), [("8 columns", np.ones((3, 9))), ("not finite", np.full((1, 8), np.nan))])
def test_bad_points_are_refused(function, word, points):
    with pytest.raises(BadInput, match=word):
        function(points, 4, 4)

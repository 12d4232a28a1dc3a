"""The generated shapes: their points lie where they should, as densely as they should, the same for the same seed."""

import inspect

import numpy as np
import pytest

from tdabench.data import shapes

DIMENSIONS = {
    "circle": 2, "disc": 2, "disc_with_holes": 2, "sphere": 3, "torus": 3, "flat_torus": 4, "klein_bottle": 4,
}  # fmt: skip
ALL = [name for name, _ in inspect.getmembers(shapes, inspect.isfunction) if name[0] != "_"]


def length(points):
    return np.linalg.norm(points, axis=1)


def test_every_shape_is_tested_here():
    assert set(ALL) == set(DIMENSIONS)


@pytest.mark.parametrize("name", ALL)
def test_as_many_points_as_asked_for_and_the_same_for_the_same_seed(name):
    shape = getattr(shapes, name)
    for n in (1, 7, 500):
        points = shape(n, 3)
        assert points.shape == (n, DIMENSIONS[name])
        assert np.isfinite(points).all()
        assert (points == shape(n, 3)).all()
        assert (points != shape(n, 4)).any()


def test_points_of_circle_and_sphere_have_length_one():
    assert length(shapes.circle(300, 0)) == pytest.approx(np.ones(300))
    assert length(shapes.sphere(300, 0)) == pytest.approx(np.ones(300))


def test_a_disc_is_filled_evenly():
    radii = length(shapes.disc(20000, 0))
    assert radii.max() <= 1
    assert (radii**2).mean() == pytest.approx(1 / 2, abs=0.01)
    assert shapes.disc(20000, 0).mean(axis=0) == pytest.approx([0, 0], abs=0.02)


@pytest.mark.parametrize("holes", [1, 3, 4])
def test_the_holes_of_a_disc_are_empty_and_the_rest_is_not(holes):
    points = shapes.disc_with_holes(3000, 0, holes=holes, radius=0.2)
    assert length(points).max() <= 1
    for angle in 2 * np.pi * np.arange(holes) / holes:
        centre = 0.5 * np.array([np.cos(angle), np.sin(angle)])
        nearest = length(points - centre).min()
        assert 0.2 < nearest < 0.23
    assert length(points).min() < 0.1


def test_a_sphere_is_even():
    points = shapes.sphere(20000, 0)
    assert points.T @ points / 20000 == pytest.approx(np.eye(3) / 3, abs=0.01)


@pytest.mark.parametrize("tube", [0.5, 0.2])
def test_a_torus_is_a_tube_round_a_circle_even_by_area(tube):
    points = shapes.torus(20000, 0, tube=tube)
    across = length(points[:, :2]) - 1
    assert across**2 + points[:, 2] ** 2 == pytest.approx(np.full(20000, tube**2))
    assert across.mean() == pytest.approx(tube**2 / 2, abs=0.01)  # the outer half has the larger area


def test_a_flat_torus_is_a_product_of_two_circles():
    points = shapes.flat_torus(2000, 0)
    for circle in (points[:, :2], points[:, 2:]):
        assert length(circle) == pytest.approx(np.ones(2000))
    assert points[:, :2].T @ points[:, 2:] / 2000 == pytest.approx(np.zeros((2, 2)), abs=0.05)


def test_a_klein_bottle_is_a_tube_that_is_turned_over_once():
    points = shapes.klein_bottle(2000, 0)
    around = np.arctan2(points[:, 1], points[:, 0])
    half = np.stack([np.cos(around / 2), np.sin(around / 2)], axis=1)
    across, along = length(points[:, :2]) - 1, (points[:, 2:] * half).sum(axis=1)
    assert across**2 + along**2 == pytest.approx(np.full(2000, 0.25))
    assert points[:, 2:] == pytest.approx(along[:, None] * half)

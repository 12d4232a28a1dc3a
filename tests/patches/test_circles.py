"""The graph along the three circles: read right where the answer is known."""

import numpy as np
import pytest

from tdabench.patches.circles import PLANES, circle_points, three_circle_graph

TUBE, LINK = 0.4, 0.25  # as in conf/reproduction/carlsson_2008_cores.yaml, calibrated here


@pytest.mark.parametrize("noise", [0.1, 0.2])
def test_noisy_circles_have_four_vertices_and_eight_arcs(noise):
    found = three_circle_graph(circle_points(15000, noise, 1), TUBE, LINK)
    assert (found["V"], found["E"], found["b1"]) == (4, 8, 5)


def test_the_primary_circle_alone_has_one_loop():
    points = circle_points(9000, 0.05, 0)
    primary = points[np.hypot(points[:, 0], points[:, 1]) > 0.95]
    found = three_circle_graph(primary, TUBE, LINK)
    assert found["b1"] == 1
    assert found["E"] == 4


def test_a_gap_opens_a_circle():
    points = circle_points(9000, 0.05, 0)
    gap = (points[:, 2] > 0.8) & (np.abs(points[:, 0]) < 0.5)
    found = three_circle_graph(points[~gap], TUBE, LINK)
    assert found["b1"] == 4
    assert found["pieces"] == 9


def test_points_away_from_the_circles_make_no_graph():
    points = np.zeros((100, 8))
    points[:, 7] = 1
    assert three_circle_graph(points, TUBE, LINK) == {"V": 0, "E": 0, "b1": 0, "pieces": 0, "covered": 0.0}


def test_circle_points_lie_on_the_circles_when_there_is_no_noise():
    points = circle_points(500, 0.0, 3)
    radii = np.stack([np.hypot(points[:, a], points[:, b]) for a, b in PLANES])
    assert np.allclose(radii.max(axis=0), 1)

"""Landmarks: what sequential maxmin promises, and what a seed fixes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from tdabench.errors import BadInput
from tdabench.topology import maxmin_landmarks, random_landmarks

BOTH = [maxmin_landmarks, random_landmarks]


def cloud(count=200, width=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 60), st.integers(1, 5), st.integers(0, 10**6))
def test_each_landmark_is_the_farthest_from_the_earlier_ones(count, width, seed):
    points = cloud(count, width, seed)
    chosen = maxmin_landmarks(points, min(count, 12), seed)
    for place in range(1, len(chosen.indices)):
        apart = cdist(points[chosen.indices[:place]], points).min(axis=0)
        assert apart[chosen.indices[place]] == pytest.approx(apart.max())


@pytest.mark.parametrize("select", BOTH)
def test_distances_are_those_from_landmarks_to_all_points(select):
    points = cloud()
    chosen = select(points, 20, seed=4)
    assert chosen.distances == pytest.approx(cdist(points[chosen.indices], points))
    assert len(set(chosen.indices.tolist())) == 20


@pytest.mark.parametrize("select", BOTH)
def test_the_covering_radius_is_the_distance_of_the_worst_covered_point(select):
    points = cloud()
    chosen = select(points, 10, seed=1)
    assert chosen.covering_radius == pytest.approx(cdist(points, points[chosen.indices]).min(axis=1).max())
    assert select(points, len(points), seed=1).covering_radius == 0


def test_more_landmarks_cover_more_closely():
    radii = [maxmin_landmarks(cloud(), count, seed=3).covering_radius for count in range(1, 30)]
    assert radii == sorted(radii, reverse=True)


@pytest.mark.parametrize("select", BOTH)
def test_a_seed_fixes_the_landmarks_and_another_changes_them(select):
    points = cloud()
    first = [select(points, 15, seed).indices.tolist() for seed in range(6)]
    again = [select(points, 15, seed).indices.tolist() for seed in range(6)]
    assert first == again
    assert len({tuple(sorted(indices)) for indices in first}) == 6


def test_all_distinct_points_can_be_landmarks_but_no_duplicate():
    points = np.repeat(cloud(7), 3, axis=0)
    assert maxmin_landmarks(points, 7, seed=0).covering_radius == 0
    with pytest.raises(BadInput, match="distinct"):
        maxmin_landmarks(points, 8, seed=0)


@pytest.mark.parametrize("select", BOTH)
@pytest.mark.parametrize(
    ("word", "points", "count"),
    [
        ("ask for fewer", [[0, 0], [1, 1]], 3),
        ("whole number", [[0, 0], [1, 1]], 0),
        ("not finite", [[0, 0], [np.nan, 1]], 1),
        ("shape", [0, 1, 2], 1),
    ],
)
def test_impossible_requests_are_refused(select, word, points, count):
    with pytest.raises(BadInput, match=word):
        select(points, count, seed=0)

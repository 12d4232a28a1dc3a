"""Codensity against brute force, and the dense cores X(k, p)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.errors import BadInput
from tdabench.patches.density import codensity, core, densest


def brute_force(points, k):
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    return np.sort(apart, axis=1)[:, k]  # column 0 is the point itself


def cloud(count=300, width=8, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 120), st.integers(1, 8), st.data())
def test_codensity_is_the_distance_to_the_kth_other_point(count, width, data):
    points = cloud(count, width, seed=count)
    k = data.draw(st.integers(1, count - 1))
    assert codensity(points, k) == pytest.approx(brute_force(points, k))


def test_several_k_at_once_come_in_the_order_asked():
    points = cloud()
    together = codensity(points, [100, 1, 15])
    assert together.shape == (300, 3)
    for column, k in enumerate([100, 1, 15]):
        assert together[:, column].tolist() == codensity(points, k).tolist()
    assert codensity(points, [15]).shape == (300, 1)


def test_by_hand():
    points = [[0.0], [1.0], [3.0], [7.0]]
    assert codensity(points, 1).tolist() == [1, 1, 2, 4]
    assert codensity(points, [1, 3]).tolist() == [[1, 7], [1, 6], [2, 4], [4, 7]]


def test_only_the_point_itself_is_not_counted_its_duplicates_are():
    points = np.vstack([np.zeros((3, 2)), [[3, 4]]])
    assert codensity(points, [1, 2, 3]).tolist() == [[0, 0, 5], [0, 0, 5], [0, 0, 5], [5, 5, 5]]


def test_one_thread_or_all_give_the_same():
    points = cloud()
    assert codensity(points, 15, workers=1).tolist() == codensity(points, 15, workers=-1).tolist()


@pytest.mark.parametrize(("percent", "count"), [(100, 200), (30, 60), (0.5, 1), (12.4, 25), (33.3, 67)])
def test_the_densest_are_the_asked_share_and_no_other_is_denser(percent, count):
    codensities = np.random.default_rng(0).random(200)
    rows = densest(codensities, percent)
    assert len(rows) == count
    assert rows.tolist() == sorted(set(rows.tolist()))
    others = np.delete(codensities, rows)
    assert codensities[rows].max() < others.min(initial=np.inf)


def test_among_equals_the_earlier_rows_are_taken():
    assert densest([1, 0, 1, 1, 0, 2], 50).tolist() == [0, 1, 4]
    assert densest(np.ones(10), 30).tolist() == [0, 1, 2]


def test_a_core_keeps_the_crowd_in_its_order_and_drops_the_outliers():
    crowd, outliers = 0.01 * cloud(90, 3), 5 + 10 * cloud(10, 3, seed=1)
    points = np.vstack([outliers[:5], crowd, outliers[5:]])
    assert core(points, k=10, percent=90).tolist() == crowd.tolist()
    assert core(points, k=10, percent=100).tolist() == points.tolist()


@pytest.mark.parametrize("k", [0, -1, 5, 6, 2.5, [1, 5], [2, 2.5]])
def test_k_is_a_whole_number_below_the_number_of_points(k):
    with pytest.raises(BadInput, match="k: a whole number from 1 to 4"):
        codensity(cloud(5), k)


@pytest.mark.parametrize("k", [0, 5, 2.5])
def test_a_core_refuses_the_same_k(k):
    with pytest.raises(BadInput, match="k:"):
        core(cloud(5), k, 50)


@pytest.mark.parametrize("percent", [0, -5, 100.1, np.nan])
def test_p_is_a_percentage(percent):
    with pytest.raises(BadInput, match="p .a percentage."):
        densest(np.arange(10.0), percent)


@pytest.mark.parametrize(
    ("word", "codensities", "percent"),
    [
        ("leaves no point", np.arange(10.0), 1),
        ("finite", [1, np.nan, 2], 50),
        ("finite", [1, np.inf, 2], 50),
        ("one finite number per point", np.ones((3, 2)), 50),
    ],
)
def test_bad_codensities_are_refused(word, codensities, percent):
    with pytest.raises(BadInput, match=word):
        densest(codensities, percent)


@pytest.mark.parametrize(
    ("word", "points"),
    [("at least 2 rows", [[1, 2]]), ("not finite", [[0, 1], [np.inf, 1]]), ("numbers", [[1, 2], [1]])],
)
def test_bad_points_are_refused(word, points):
    with pytest.raises(BadInput, match=word):
        codensity(points, 1)

"""Loops of a cloud of filters: a circle is found where there is one, and the controls keep what they must."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.networks.filter_loops import (
    BASIS,
    arms,
    cloud,
    density_k,
    gaussian,
    loops,
    resampled,
    shuffled,
    untrained,
)
from tdabench.networks.filters import random_initialisation


def edges(count=2000, noise=0.0, seed=0):
    """Linear gradients in all directions, as filters (count, 9) of different sizes and means."""
    generator = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    filters = np.cos(angle)[:, None] * BASIS[0] + np.sin(angle)[:, None] * BASIS[1]
    filters += noise * generator.normal(size=(count, 9))
    return filters * generator.uniform(0.1, 5, (count, 1)) + generator.normal(size=(count, 1))


def sphere(count=400, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, 8))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def filters_of(points):
    return points @ BASIS


# A cloud


def test_filters_are_centred_and_put_on_the_sphere_and_constant_ones_dropped():
    filters = edges(50)
    filters[7] = 3.5
    points = cloud(filters)
    assert points.shape == (49, 8)
    assert np.linalg.norm(points[:, :2], axis=1) == pytest.approx(np.ones(49))
    assert points[:, 2:] == pytest.approx(np.zeros((49, 6)))


def test_kernels_are_taken_apart_by_channel():
    kernels = np.random.default_rng(0).normal(size=(5, 3, 3, 3))
    assert (cloud(kernels) == cloud(kernels.reshape(15, 9))).all()


# The circle


def test_a_circle_of_ideal_edges_has_one_loop():
    """The densest ten elevenths of what is one eleventh anything, and edges for the rest: the core is the circle."""
    mixed = np.concatenate([sphere(200), cloud(edges(2000))])
    found = loops([mixed], k=12, percent=100 * 10 / 11, seeds=2, landmarks=100)
    assert (found.cores[0] == mixed[200:]).all()
    assert found.bars().shape == (2, 2)
    assert (found.bars()[:, 0] > 1).all() and (found.bars()[:, 1] < 0.1).all()
    for shares in found.shares:
        assert next(iter(shares)) == "1,1" and shares["1,1"] > 0.5


def test_noise_has_no_long_loop():
    assert loops([sphere(600)], k=20, percent=30, seeds=1, landmarks=100).bars()[0, 0] < 0.5


def test_seeds_take_turns_on_the_clouds_and_the_measurements_go_by_seed():
    found = loops([cloud(edges()), sphere()], k=12, percent=100, seeds=4, landmarks=60)
    assert len(found.cores) == 2 and len(found.runs) == 4
    long = found.bars()[:, 0] > 1
    assert long.tolist() == [True, False, True, False]
    assert (found.runs[0].landmarks != found.runs[2].landmarks).any()
    measured = found.measurements()
    assert set(measured) == {"runs", "first_bar", "second_bar"}
    assert measured["runs"] == found.shares
    assert measured["first_bar"] == found.bars()[:, 0].tolist()
    assert measured["second_bar"] == found.bars()[:, 1].tolist()


def test_a_row_tells_the_medians_and_the_vector_most_read():
    row = loops([cloud(edges()), cloud(edges()), sphere()], k=12, percent=100, seeds=3, landmarks=60).row()
    assert row["Betti vector"] == "(1, 1)" and row["seeds"] == "2 of 3"
    assert row["first bar"] > 1 and row["second bar"] < 0.1
    low, high = map(float, row["over seeds"].split(" to "))
    assert low < 0.5 and high >= row["first bar"]


def test_networks_are_drawn_whole_and_once_and_seed_nought_is_all_of_them():
    networks = [np.full((4, 8), number) for number in range(30)]
    assert resampled(networks, 0)[:, 0].tolist() == np.repeat(np.arange(30), 4).tolist()
    drawn = resampled(networks, 5)
    assert drawn.shape == (96, 8) and (drawn == resampled(networks, 5)).all()
    assert (drawn != resampled(networks, 6)).any()
    _, counts = np.unique(drawn[:, 0], return_counts=True)
    assert len(counts) == 24 and (counts == 4).all()


def test_all_arms_are_made_from_the_same_networks_and_are_of_one_size():
    networks = [sphere(20, seed) for seed in range(10)]
    found = arms(networks, seeds=3, draws=2)
    assert [len(cloud) for cloud in found["core"]] == [200, 160, 160]
    for control in ("gaussian", "shuffled", "untrained"):
        assert [len(cloud) for cloud in found[control]] == [200, 160]
    for draw, points in enumerate(found["core"][:2]):
        assert (found["gaussian"][draw] == gaussian(points, draw)).all()
        assert (found["shuffled"][draw] == shuffled(points, draw)).all()


def test_the_published_density_is_kept_for_clouds_of_other_sizes():
    assert density_k(np.zeros((6400, 8))) == 200
    assert density_k(np.zeros((640, 8))) == 20
    assert density_k(np.zeros((3200, 8)), 15) == 8
    assert density_k(np.zeros((5, 8))) == 1


def test_what_leaves_no_core_or_no_loop_is_refused():
    points = sphere(20)
    with pytest.raises(BadInput, match="k: a whole number from 1 to 19 is needed, not 20"):
        loops([points], k=6400, percent=30, seeds=1)
    with pytest.raises(BadInput, match="points: 3 different ones"):
        loops([points], k=2, percent=15, seeds=1)


# Controls


def test_the_gaussian_has_the_second_moments_of_the_cloud_on_the_sphere():
    points = cloud(edges(500, noise=0.3))
    control = gaussian(points, seed=1)
    assert control.shape == points.shape
    assert np.linalg.norm(control, axis=1) == pytest.approx(np.ones(len(points)))
    assert control.T @ control / 500 == pytest.approx(points.T @ points / 500, abs=1e-3)
    assert (control == gaussian(points, seed=1)).all() and (control != gaussian(points, seed=2)).any()


def test_shuffling_keeps_the_weights_of_each_filter():
    points = cloud(edges(200, noise=0.2))
    control = shuffled(points, seed=1)
    assert np.sort(filters_of(control), axis=1) == pytest.approx(np.sort(filters_of(points), axis=1))
    assert np.linalg.norm(control, axis=1) == pytest.approx(np.ones(200))
    moved = np.abs(control - points).max(axis=1) > 1e-6
    assert moved.mean() > 0.95
    assert (control == shuffled(points, seed=1)).all() and (control != shuffled(points, seed=2)).any()


def test_shuffled_edges_lose_their_circle():
    control = shuffled(cloud(edges(600, noise=0.05)), seed=0)
    assert loops([control], k=20, percent=50, seeds=1, landmarks=100).bars()[0, 0] < 0.5


def test_untrained_filters_are_spread_evenly_over_the_sphere():
    points = untrained(4000, seed=3)
    assert points.shape == (4000, 8)
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.ones(4000))
    assert points.T @ points / 4000 == pytest.approx(np.eye(8) / 8, abs=0.01)
    assert (points == cloud(random_initialisation((4000, 1, 3, 3), 3))).all()
    assert (untrained(5, 0) != untrained(5, 1)).any()

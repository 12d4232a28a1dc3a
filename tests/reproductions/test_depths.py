"""Layers by depth: which filters are looked at, what the controls go through, and that nothing hangs on processes."""

import numpy as np
import pytest

from reproductions.carlsson_2019_depths.depths import LayerProtocol, Task, examine, examine_all, layers, typical
from tdabench.errors import BadInput
from tdabench.networks import filter_loops, filter_statistics
from tdabench.patches.density import core
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars

SMALL = LayerProtocol(sample=500, landmarks=60)


def edges(out=40, inner=40, seed=0):
    """Kernels (out, in, 3, 3): half of the filters strong edges in all directions, half weak noise."""
    random = np.random.default_rng(seed)
    count = out * inner
    turned = random.uniform(0, 2 * np.pi, count)
    points = 0.05 * random.standard_normal((count, 8))
    points[:, 0] += np.cos(turned)
    points[:, 1] += np.sin(turned)
    points[1::2] = 0.05 * random.standard_normal((count // 2, 8))
    return (points @ filter_loops.BASIS).reshape(out, inner, 3, 3)


def first_bar(points):
    return longest_bars(landmark_rips_persistence(points, SMALL.landmarks, 0).diagrams[2], 1, 1)[0]


def test_layers_are_the_convolutions_of_three_by_three_in_their_order():
    weights = {"later_W": np.ones((4, 3, 3, 3)), "point_W": np.ones((8, 4, 1, 1)), "later_b": np.ones(4),
               "early_W": np.zeros((2, 4, 3, 3)), "large_W": np.ones((2, 2, 5, 5))}  # fmt: skip
    assert list(layers(weights)) == ["later", "early"]
    with pytest.raises(BadInput, match="no convolution has 3 x 3 kernels"):
        layers({"point_W": np.ones((8, 4, 1, 1))})


def test_the_strongest_half_is_looked_at_and_sampled():
    depth = examine(Task("edges", edges(), SMALL, seeds=2, draws=1))
    assert (depth.filters, depth.points) == (1600, 500)
    assert depth.kinds["edge"] > 0.95  # with the other half, noise, it would be about half
    assert {arm: len(points) for arm, points in depth.cores.items()} == dict.fromkeys(depth.arms, 150)


def test_a_ring_of_edges_has_one_long_loop_and_shuffled_pixels_have_none():
    depth = examine(Task("edges", edges(), SMALL, seeds=3, draws=3))
    assert depth.bars().min() > 0.8 > 2 * depth.bars(place=1).max()
    assert depth.bars("shuffled").max() < 0.5 > depth.bars("untrained").max()


def test_every_seed_has_its_sample_and_every_draw_is_looked_at():
    depth = examine(Task("edges", edges(), SMALL, seeds=2, draws=4, arms=("data", "gaussian")))
    assert list(depth.arms) == ["data", "gaussian"]
    assert len(set(depth.bars())) == 2
    assert len(set(depth.bars("gaussian"))) == 4 == len(depth.gaussian_kinds)


def test_the_gaussian_is_that_of_the_sample():
    cloud = filter_loops.cloud(edges().reshape(-1, 9)[::2])  # the strong ones
    whole = LayerProtocol(sample=800, landmarks=60)
    depth = examine(Task("edges", edges(), whole, seeds=1, draws=1))
    control = filter_loops.gaussian(cloud, 0)
    assert depth.cores["gaussian"] == pytest.approx(core(control, filter_loops.density_k(cloud), 30, 1), abs=1e-6)
    assert depth.gaussian_kinds[0] == pytest.approx(filter_statistics.kinds(control))


def test_the_map_holds_the_first_bars_at_scaled_k():
    points, whole = filter_loops.cloud(edges().reshape(-1, 9)[::2]), LayerProtocol(sample=800, landmarks=60)
    found = examine(Task("edges", edges(), whole, 1, 1, ks=(128, 256, 400), percents=(20, 30))).first_bars
    assert found.shape == (2, 2, 3)
    assert found[0, 0, 0] == pytest.approx(first_bar(core(points, 16, 20, 1)))
    assert found[0, 1, 2] == pytest.approx(first_bar(core(points, 50, 30, 1)))
    assert found[1, 0, 1] == pytest.approx(first_bar(core(filter_loops.gaussian(points, 0), 32, 20, 1)))


def test_statistics_are_taken_where_asked_for():
    asked, not_asked = (Task("edges", edges(), SMALL, 1, 1, statistics=count) for count in (2, 0))
    depth = examine(asked)
    assert len(depth.drawn) == 2 and depth.drawn[0].keys() == depth.measured.keys()
    assert depth.drawn[0] != depth.drawn[1]
    assert examine(not_asked).measured == {} == dict.fromkeys(examine(not_asked).drawn)


def test_processes_change_nothing_but_the_time():
    tasks = [Task(f"layer {seed}", edges(16, 16, seed), SMALL, 2, 1) for seed in range(3)]
    said = []
    alone, shared = examine_all(tasks, 1, said.append), examine_all(tasks, 2, lambda _: None)
    assert [depth.name for depth in shared] == ["layer 0", "layer 1", "layer 2"]
    assert [text.split(":")[0] for text in said] == ["layer 0", "layer 1", "layer 2"]
    for one, other in zip(alone, shared, strict=True):
        assert all((one.bars(arm) == other.bars(arm)).all() for arm in one.arms)
        assert one.kinds == other.kinds


def test_typical_filters_are_the_centres_of_what_there_is_most_of():
    random = np.random.default_rng(0)
    centres = np.eye(8)[:3]
    points = np.repeat(centres, (50, 30, 20), axis=0) + 0.01 * random.standard_normal((100, 8))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found, shares = typical(points, 3)
    assert shares == pytest.approx([0.5, 0.3, 0.2])
    assert found == pytest.approx(centres, abs=0.02)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))
    assert len(typical(points[:2], 6)[0]) == 2

"""Rips persistence of landmarks: by hand, against another engine, and what it refuses."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.topology import bottleneck
from tdabench.topology.betti import run_shares
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars
from tdabench.topology.persistence import Diagram

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def ring(count=400, noise=0.05, seed=0):
    generator = np.random.default_rng(seed)
    angle = generator.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * generator.normal(size=(count, 2))


def test_a_square_by_hand():
    """Its loop is there from the side, 1, to the diagonal, which is the enclosing radius."""
    run = landmark_rips_persistence(SQUARE, 4, range_share=1)
    assert sorted(run.landmarks) == [0, 1, 2, 3] and run.covering_radius == 0
    assert run.diagrams[2].limit == pytest.approx(np.sqrt(2))
    assert run.diagrams[2].bars[1] == pytest.approx(np.array([[1, np.sqrt(2)]]))
    assert longest_bars(run.diagrams[2], 1, 2) == pytest.approx([np.sqrt(2) - 1, 0])
    shares = run_shares(run.curves[2])
    assert shares["4,0"] == pytest.approx(1 / np.sqrt(2), abs=1e-6)
    assert shares["1,1"] == pytest.approx(1 - 1 / np.sqrt(2), abs=1e-6)


def test_a_ring_has_one_long_loop_and_a_disc_none():
    run = landmark_rips_persistence(ring(), 80)
    first, second = longest_bars(run.diagrams[2], 1, 2)
    assert first > 1 and second < 0.2 * first
    assert next(iter(run_shares(run.curves[2]))) == "1,1"
    disc = ring() * np.sqrt(np.random.default_rng(1).uniform(size=(400, 1)))
    assert longest_bars(landmark_rips_persistence(disc, 80).diagrams[2], 1, 1) < 0.3


def test_every_loop_has_its_end():
    run = landmark_rips_persistence(np.random.default_rng(0).normal(size=(200, 3)), 60)
    loops = run.diagrams[2].bars[1]
    assert len(loops) > 3 and np.isfinite(loops).all()
    assert np.isinf(run.diagrams[2].bars[0][:, 1]).sum() == 1


def test_the_range_is_a_share_of_the_enclosing_radius():
    points = ring()
    run = landmark_rips_persistence(points, 50, range_share=0.3, seed=4)
    chosen = points[run.landmarks]
    radius = np.linalg.norm(chosen[:, None] - chosen, axis=2).max(axis=1).min()
    assert run.diagrams[2].limit == pytest.approx(radius)
    assert run.curves[2].edges[[0, -1]] == pytest.approx([0, 0.3 * radius])


def test_the_engines_agree():
    by_ripser, by_gudhi = (landmark_rips_persistence(ring(), 40, engine=engine) for engine in ("ripser", "gudhi"))
    assert (by_ripser.landmarks == by_gudhi.landmarks).all()
    assert bottleneck(by_ripser.diagrams[2], by_gudhi.diagrams[2], 1) < 1e-5


def test_landmarks_go_by_the_seed():
    runs = [landmark_rips_persistence(ring(), 40, seed=seed) for seed in (0, 0, 1)]
    assert (runs[0].landmarks == runs[1].landmarks).all()
    assert (runs[0].landmarks != runs[2].landmarks).any()


def test_of_few_different_points_all_are_taken():
    run = landmark_rips_persistence(np.tile(SQUARE, (50, 1)), 300)
    assert len(run.landmarks) == 4
    assert len(run.diagrams[2].bars[1]) == 1


def test_three_different_points_make_no_loop():
    with pytest.raises(BadInput, match="points: 3 different ones, but a loop needs four"):
        landmark_rips_persistence(np.tile(SQUARE[:3], (50, 1)))


@pytest.mark.parametrize("share", [0, -0.5, 1.01, float("nan")])
def test_the_range_is_no_other_share(share):
    with pytest.raises(BadInput, match=f"range_share .of the enclosing radius.: .* not {share}"):
        landmark_rips_persistence(SQUARE, range_share=share)


def test_points_that_are_not_finite_are_refused():
    spoilt = SQUARE.copy()
    spoilt[2, 0] = np.nan
    with pytest.raises(BadInput, match="points: 1 values are not finite, the first in row 2"):
        landmark_rips_persistence(spoilt)


def test_the_longest_bars_by_hand():
    bars = np.array([[0, 0.5], [0.1, np.inf], [0.2, 0.3]])
    diagram = Diagram((np.zeros((0, 2)), bars), field=2, limit=1.0, engine="by hand")
    assert longest_bars(diagram, 1, 2) == pytest.approx([0.9, 0.5])
    assert longest_bars(diagram, 1, 5) == pytest.approx([0.9, 0.5, 0.1, 0, 0])
    assert longest_bars(diagram, 0, 1).tolist() == [0]

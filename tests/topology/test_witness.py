"""Lazy witness complexes: the matrix against its definition, the run against what it promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.errors import BadInput
from tdabench.topology import bottleneck, lazy_witness_matrix, lazy_witness_persistence, maxmin_landmarks, persistence
from tdabench.topology.betti import run_shares


def by_definition(distances, nu, limit=np.inf):
    """E(a, b) = max(0, min over z of [max(d(a, z), d(b, z)) - m(z)]), and inf above the limit."""
    landmarks, points = distances.shape
    entry = np.zeros((landmarks, landmarks))
    for a in range(landmarks):
        for b in range(landmarks):
            best = np.inf
            for z in range(points):
                m = sorted(distances[:, z])[nu - 1] if nu else 0.0
                best = min(best, max(distances[a, z], distances[b, z]) - m)
            entry[a, b] = 0 if a == b else max(0, best) if max(0, best) <= limit else np.inf
    return entry


def random_distances(landmarks, points, seed):
    cloud = np.random.default_rng(seed).normal(size=(points, 3))
    return maxmin_landmarks(cloud, landmarks, seed).distances


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 7), st.integers(7, 25), st.integers(0, 3), st.integers(0, 10**6))
def test_the_matrix_is_the_definition(landmarks, points, nu, seed):
    distances = random_distances(landmarks, points, seed)
    nu = min(nu, landmarks)
    assert lazy_witness_matrix(distances, nu) == pytest.approx(by_definition(distances, nu))


@pytest.mark.parametrize("nu", [0, 1, 2])
@pytest.mark.parametrize("quantile", [0, 0.05, 0.5, 1])
def test_entries_above_the_limit_are_infinite_and_the_others_untouched(nu, quantile):
    distances = random_distances(9, 60, seed=nu)
    whole = by_definition(distances, nu)
    limit = float(np.quantile(whole, quantile))
    found = lazy_witness_matrix(distances, nu, limit)
    assert found == pytest.approx(by_definition(distances, nu, limit))
    assert (found[np.isfinite(found)] <= limit).all()
    assert np.isinf(found).sum() == (whole > limit).sum()


def test_the_matrix_by_hand():
    """Landmarks at 0, 4 and 10 on a line; one witness, at 3, beside the landmarks themselves."""
    distances = np.abs(np.array([[0.0], [4.0], [10.0]]) - np.array([0.0, 4.0, 10.0, 3.0]))
    assert lazy_witness_matrix(distances, 0).tolist() == [[0, 3, 6], [3, 0, 6], [6, 6, 0]]
    assert lazy_witness_matrix(distances, 1).tolist() == [[0, 2, 6], [2, 0, 6], [6, 6, 0]]
    assert lazy_witness_matrix(distances, 2).tolist() == [[0, 0, 2], [0, 0, 0], [2, 0, 0]]
    assert lazy_witness_matrix(distances, 2, limit=0).tolist() == [[0, 0, np.inf], [0, 0, 0], [np.inf, 0, 0]]


def test_edges_enter_sooner_the_larger_nu():
    distances = random_distances(12, 200, seed=5)
    matrices = [lazy_witness_matrix(distances, nu) for nu in range(13)]
    for smaller, larger in zip(matrices[:-1], matrices[1:], strict=True):
        assert (larger <= smaller).all()
    assert (matrices[12] == 0).all()


def test_one_landmark_and_one_point():
    assert lazy_witness_matrix([[0.0, 1.0, 2.0]], 1).tolist() == [[0]]
    assert lazy_witness_matrix([[1.0], [2.0]], 1).tolist() == [[0, 1], [1, 0]]


def test_the_distances_that_come_in_are_left_as_they_are():
    distances = random_distances(8, 50, seed=0)
    before = distances.copy()
    lazy_witness_matrix(distances, 2, limit=0.1)
    assert (distances == before).all()


def noisy_circle(count=1500):
    random = np.random.default_rng(7)
    angles = random.uniform(0, 2 * np.pi, count)
    return np.c_[np.cos(angles), np.sin(angles)] + 0.02 * random.normal(size=(count, 2))


def test_a_run_covers_the_asked_share_of_the_covering_radius_for_every_field():
    points = noisy_circle()
    run = lazy_witness_persistence(points, 25, range_share=0.25, fields=(2, 3), seed=2)
    assert run.covering_radius == maxmin_landmarks(points, 25, 2).covering_radius
    assert set(run.diagrams) == set(run.curves) == {2, 3}
    for field, curve in run.curves.items():
        assert (curve.edges[0], curve.edges[-1]) == (0, run.covering_radius / 4)
        assert run.diagrams[field].field == field
        assert next(iter(run_shares(curve))) == "1,1"


@pytest.mark.parametrize("selection", ["maxmin", "random"])
def test_a_run_is_the_persistence_of_its_matrix(selection):
    points = noisy_circle()
    run = lazy_witness_persistence(points, 30, nu=2, range_share=0.5, selection=selection, engine="gudhi", seed=1)
    distances = np.linalg.norm(points[run.landmarks, None] - points, axis=2)
    limit = 0.5 * distances.min(axis=0).max()
    direct = persistence(lazy_witness_matrix(distances, 2), "distances", limit=limit, engine="gudhi")
    for dimension in (0, 1):
        assert bottleneck(run.diagrams[2], direct, dimension) < 1e-9


def test_a_seed_repeats_a_run_and_another_does_not():
    points = noisy_circle()
    runs = [lazy_witness_persistence(points, 20, seed=seed) for seed in (0, 0, 1)]
    assert runs[0].landmarks.tolist() == runs[1].landmarks.tolist() != runs[2].landmarks.tolist()
    assert runs[0].diagrams[2].bars[0].tolist() == runs[1].diagrams[2].bars[0].tolist()


@pytest.mark.parametrize(
    ("word", "distances", "nu", "limit"),
    [
        ("shape", [1.0, 2.0], 1, 1),
        ("not finite", [[0, np.nan], [1, 0]], 1, 1),
        ("numbers", [[0, 1], [1]], 1, 1),
        ("nu", [[0, 1], [1, 0]], 3, 1),
        ("nu", [[0, 1], [1, 0]], -1, 1),
        ("nu", [[0, 1], [1, 0]], 1.5, 1),
        ("limit", [[0, 1], [1, 0]], 1, -1),
        ("limit", [[0, 1], [1, 0]], 1, np.nan),
    ],
)
def test_bad_distances_are_refused(word, distances, nu, limit):
    with pytest.raises(BadInput, match=word):
        lazy_witness_matrix(distances, nu, limit)


@pytest.mark.parametrize(
    ("word", "points", "options"),
    [
        ("landmarks", noisy_circle(9), {"landmarks": 10}),
        ("distinct", np.zeros((9, 2)), {"landmarks": 2}),
        ("R = 0", noisy_circle(9), {"landmarks": 9}),
        ("R = 0", [[1, 2]], {"landmarks": 1}),
        ("range_share", noisy_circle(9), {"landmarks": 3, "range_share": 0}),
        ("range_share", noisy_circle(9), {"landmarks": 3, "range_share": np.inf}),
        ("chosen by", noisy_circle(9), {"landmarks": 3, "selection": "grid"}),
        ("engine", noisy_circle(9), {"landmarks": 3, "engine": "javaplex"}),
        ("prime", noisy_circle(9), {"landmarks": 3, "fields": (6,)}),
    ],
)
def test_bad_requests_are_refused(word, points, options):
    with pytest.raises(BadInput, match=word):
        lazy_witness_persistence(points, **options)

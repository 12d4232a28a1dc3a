"""A collection of millions: in one file, in disjoint subsets, and codensity at its scale."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from reproductions.carlsson_2008_collection.collection import Collection, collect
from tdabench.errors import BadInput
from tdabench.patches import density
from tdabench.patches.controls import random_field
from tdabench.patches.density import approximate_codensity, codensity, codensity_within
from tdabench.patches.extract import high_contrast_patches


@pytest.fixture
def fields():
    return [random_field((60, 80), 1.5, seed) for seed in range(3)]


def test_a_collection_is_as_many_unit_rows_as_asked_for(fields, tmp_path):
    collection = collect(iter(fields), 3, 1000, tmp_path / "m.npy")
    points = collection.points()
    assert points.shape == (1000, 8) and points.dtype == np.float32
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.ones(1000), abs=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["m.npy"]
    again = collect(iter(fields), 3, 1000, tmp_path / "again.npy").points()
    assert (again == points).all()


def test_it_holds_what_the_protocol_keeps_of_each_image(fields, tmp_path):
    points = collect(fields[:1], 1, 200, tmp_path / "m.npy").points()
    expected = high_contrast_patches(fields[:1], 1000, seed=0)
    assert sorted(map(tuple, points.round(4).tolist())) == sorted(map(tuple, expected.astype("f4").round(4).tolist()))


def test_images_too_small_give_what_they_have(fields, tmp_path):
    points = collect(fields, 3, 10_000, tmp_path / "m.npy").points()
    assert 0 < len(points) < 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["m.npy"]


def test_subsets_are_disjoint_and_cover_it(tmp_path):
    angles = np.linspace(0, 1, 100, dtype=np.float32)
    np.save(tmp_path / "m.npy", np.pad(angles[:, None], ((0, 0), (0, 7))))
    collection = Collection(tmp_path / "m.npy")
    subsets = [collection.subset(number, 25)[:, 0] for number in range(4)]
    assert np.sort(np.concatenate(subsets)) == pytest.approx(angles)
    assert not (np.diff(subsets[0]) == np.diff(subsets[1])).all(), "they are random"
    with pytest.raises(BadInput, match="number of the subset"):
        collection.subset(4, 25)


@pytest.mark.parametrize("images", [[], [np.ones((20, 20))]])
def test_without_contrast_there_is_no_collection(images, tmp_path):
    with pytest.raises(BadInput, match="no patch has any contrast"):
        collect(images, 1, 100, tmp_path / "m.npy")
    assert not list(tmp_path.iterdir())


def test_codensity_among_many_is_that_of_all(fields):
    points = high_contrast_patches(fields, 2000, 0)
    exact = codensity(points, 200)
    assert codensity_within(points[:50], points, 200, block=16) == pytest.approx(exact[:50], abs=1e-3)
    several = codensity_within(points[:50], points, [200, 7])
    assert several == pytest.approx(codensity(points, [200, 7])[:50], abs=1e-3)


def test_codensity_does_not_hang_on_the_sample(fields, monkeypatch):
    """Where a sample bounds nothing, or far too well, everything is looked at."""
    points = high_contrast_patches(fields, 1000, 0)[:300]
    exact = codensity(points, [1, 40, 299])
    for sampled in (1, 10, 10_000):
        monkeypatch.setattr(density, "SAMPLED", sampled)
        for seed in range(3):
            assert codensity_within(points, points, [1, 40, 299], seed) == pytest.approx(exact, abs=1e-3)


class MissesOne:
    """In place of pynndescent's index, which compiles for a minute: of the neighbours of each point it misses the
    nearest but itself."""

    def __init__(self, points, n_neighbors, random_state, n_jobs):
        self.tree = cKDTree(points)

    def query(self, points, k, epsilon):
        distances, places = self.tree.query(points, k=k + 1)
        return np.delete(places, 1, axis=1), np.delete(distances, 1, axis=1)


def test_approximate_neighbours_say_how_many_they_are(fields, monkeypatch):
    points = high_contrast_patches(fields, 2000, 0)
    monkeypatch.setitem(sys.modules, "pynndescent", SimpleNamespace(NNDescent=MissesOne))
    far, recall = approximate_codensity(points, 15, checked=100)
    assert recall == pytest.approx(15 / 16)
    assert far == pytest.approx(codensity(points, 16))


@pytest.mark.slow
def test_approximate_neighbours_are_nearly_the_true_ones(fields):
    points = high_contrast_patches(fields, 2000, 0)
    near, recall = approximate_codensity(points, 15, checked=100)
    assert 0.9 < recall <= 1
    exact = codensity(points, 15)
    assert np.median(np.abs(near / exact - 1)) < 0.01

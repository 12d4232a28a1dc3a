"""The published natural patches: what their files hold, and that their cores come out row for row."""

import numpy as np
import pytest
from scipy.io import loadmat

from tdabench import paths
from tdabench.patches.density import codensity, densest

NEIGHBOURS = [15, 100, 300]


def published(stem):
    for folder in paths.data_folders():
        if (folder / "natural_patches" / f"{stem}.mat").is_file():
            return loadmat(folder / "natural_patches" / f"{stem}.mat")[stem]
    pytest.skip(f"natural_patches/{stem}.mat is in none of the folders of $TDABENCH_DATA")


@pytest.fixture(scope="module")
def patches():
    return published("n50000Dct")


@pytest.fixture(scope="module")
def codensities(patches):
    return codensity(patches, NEIGHBOURS)


@pytest.fixture(scope="module")
def rows(codensities):
    """k -> rows of X(k, 30)."""
    return {k: densest(codensities[:, column], 30) for column, k in enumerate(NEIGHBOURS)}


def test_the_patches_are_points_of_the_sphere_with_the_published_variances(patches):
    assert patches.shape == (50000, 8)
    assert np.abs(np.linalg.norm(patches, axis=1) - 1).max() < 1e-7
    assert patches.var(axis=0) == pytest.approx([0.2687, 0.26, 0.1061, 0.1069, 0.1035, 0.057, 0.0543, 0.0435], abs=5e-5)


def test_the_codensity_at_the_cut(codensities):
    cut = np.sort(codensities, axis=0)[14999]
    assert cut == pytest.approx([0.25925, 0.35657, 0.43514], abs=5e-6)


@pytest.mark.parametrize("k", [15, 300])
def test_the_published_core_comes_out_row_for_row(patches, rows, k):
    core = published(f"nk{k}c30Dct")
    ours = np.unique(patches[rows[k]], axis=0)
    assert len(rows[k]) == len(core) == 15000
    assert len(ours) == 14999
    assert (ours == np.unique(core, axis=0)).all()


def test_the_cores_overlap_as_published(patches, rows):
    """Counted in distinct points: one pair of equal rows is in every core."""
    overlap = {
        (a, b): len(np.unique(patches[np.intersect1d(rows[a], rows[b])], axis=0))
        for a, b in [(15, 300), (100, 300), (15, 100)]
    }
    assert overlap == {(15, 300): 13037, (100, 300): 14144, (15, 100): 13710}


def test_the_cores_gather_in_the_plane_of_the_gradients(patches, rows):
    radius = np.hypot(patches[:, 0], patches[:, 1])
    for chosen, median, first_percentile in [
        (slice(None), 0.751, 0.088),
        (rows[300], 0.914, 0.680),
        (rows[15], 0.904, 0.221),
    ]:
        assert np.median(radius[chosen]) == pytest.approx(median, abs=5e-4)
        assert np.percentile(radius[chosen], 1) == pytest.approx(first_percentile, abs=1e-3)

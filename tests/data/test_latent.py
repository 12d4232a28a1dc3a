"""Generated tables of latent factors."""

import numpy as np
import pytest

from tdabench.data.latent import latent_ratings, latent_table
from tdabench.errors import BadInput


def test_a_table_has_as_many_strong_directions_as_factors():
    table, groups = latent_table(2000, columns=30, factors=5, seed=1)
    assert table.shape == (2000, 30) and set(groups) == set(range(5))
    variances = np.linalg.svd(table - table.mean(axis=0), compute_uv=False) ** 2
    assert variances[4] > 5 * variances[5] and variances[5] < 2 * variances[-1]


def test_rows_of_a_group_lie_together():
    table, groups = latent_table(600, seed=2)
    means = np.array([table[groups == group].mean(axis=0) for group in range(8)])
    nearest = np.linalg.norm(table[:, None] - means, axis=2).argmin(axis=1)
    assert (nearest == groups).mean() > 0.5  # an eighth by chance


def test_ratings_are_as_many_as_asked_for_each_pair_once_and_long_tailed():
    found = latent_ratings(300, 2000, 30_000, seed=3)
    assert found.matrix.nnz == 30_000
    assert set(np.unique(found.matrix.data)) == {1, 2, 3, 4, 5}
    assert all(len(np.unique(found.matrix[[film]].indices)) == found.counts[film] for film in range(300))
    assert found.counts.min() >= 1 and found.counts.max() > 5 * np.median(found.counts)
    assert found.matrix.indices.dtype == np.int32  # at the Prize's size, half a GiB less than int64
    assert "generated" in found.note and len(set(found.genres)) == 8


def test_one_seed_is_one_table():
    first, second, other = (latent_ratings(50, 400, 2000, seed=seed) for seed in (0, 0, 1))
    assert (first.matrix != second.matrix).nnz == 0 and (first.matrix != other.matrix).nnz > 0


@pytest.mark.parametrize("films, users, ratings", [(1, 100, 50), (100, 100, 50), (100, 100, 5000)])
def test_what_cannot_be_made_is_refused(films, users, ratings):
    with pytest.raises(BadInput, match="latent_ratings"):
        latent_ratings(films, users, ratings)

"""Sparse ratings to a few columns."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import IncrementalPCA

from tdabench.data.latent import latent_ratings
from tdabench.embedding.ratings_svd import centred, reduce_ratings
from tdabench.errors import BadInput

RATINGS = latent_ratings(200, 900, 25_000, factors=4, seed=0).matrix


def exact():
    table = centred(RATINGS).toarray().astype(float)
    return np.linalg.svd(table - table.mean(axis=0), full_matrices=False)


def test_centring_takes_each_films_mean_from_what_was_rated_and_leaves_the_rest_at_0():
    table = sparse.csr_array(np.array([[5, 0, 3], [0, 0, 0], [0, 2, 0]]))
    assert centred(table).toarray().tolist() == [[1, 0, -1], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("method", ["incremental_pca", "truncated_svd"])
def test_the_leading_space_is_that_of_exact_pca(method):
    _, strengths, axes = exact()
    found = reduce_ratings(RATINGS, 10, method)
    assert found.scores.shape == (200, 10)
    assert np.allclose(found.axes @ found.axes.T, np.eye(10), atol=1e-4)
    # Of four factors; SVD of a sparse table cannot take its mean film away, which weighs where directions are weak
    cosines = np.linalg.svd(found.axes[:4] @ axes[:4].T, compute_uv=False)
    assert cosines[2] > 0.99 and cosines[3] > 0.9
    assert abs(found.explained - (strengths[:10] ** 2).sum() / (strengths**2).sum()) < 0.03


def test_buckets_give_what_scikit_learn_gives_by_the_same_buckets():
    theirs = IncrementalPCA(10, batch_size=40).fit(centred(RATINGS).toarray().astype(float))
    found = reduce_ratings(RATINGS, 10, rows_at_once=40)
    signs = np.sign((found.axes * theirs.components_).sum(axis=1))
    assert np.allclose(found.axes * signs[:, None], theirs.components_, atol=1e-5)
    assert np.isclose(found.explained, theirs.explained_variance_ratio_.sum(), rtol=1e-4)
    expected = theirs.transform(centred(RATINGS).toarray())
    assert np.allclose(found.scores * signs, expected, atol=1e-3)


def test_a_single_bucket_is_exact_pca():
    _, strengths, _ = exact()
    found = reduce_ratings(RATINGS, 5, rows_at_once=200)
    assert np.allclose(np.linalg.norm(found.scores, axis=0), strengths[:5], rtol=1e-3)


def test_buckets_are_as_small_as_the_memory_asks_for():
    freely = reduce_ratings(RATINGS, 20)
    bound = reduce_ratings(RATINGS, 20, memory_gib=5 * 8 * 900 * 45 / 2**30)
    assert freely.rows_at_once == 40 and 20 <= bound.rows_at_once < 40


@pytest.mark.parametrize("options, said", [
    ({"method": "pca"}, "method: one of"), ({"centre": "user"}, "centre: one of"),
    ({"components": 200}, "components: from 1 to 199"), ({"memory_gib": 1e-6}, "GiB are allowed"),
    ({"rows_at_once": 3}, "at least 10 rows"),
])  # fmt: skip
def test_bad_requests_are_told(options, said):
    with pytest.raises(BadInput, match=said):
        reduce_ratings(RATINGS, **{"components": 10} | options)

"""Locally linear embedding. Roweis & Saul 2000, Science 290:2323-2326. scikit-learn's."""

TITLE = "LLE"
RETRIES = {"dense solver": {"eigen_solver": "dense"}, "regularised": {"reg": 0.1}}


def model(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import LocallyLinearEmbedding

    options = {"method": "standard", "n_neighbors": neighbours, "random_state": seed} | options
    return LocallyLinearEmbedding(n_components=dimensions, **options)

"""Modified locally linear embedding. Zhang & Wang 2006, NIPS 19. scikit-learn's."""

TITLE = "modified LLE"
RETRIES = {"dense solver": {"eigen_solver": "dense"}, "regularised": {"reg": 0.1}}


def model(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import LocallyLinearEmbedding

    options = {"method": "modified", "n_neighbors": neighbours, "random_state": seed} | options
    return LocallyLinearEmbedding(n_components=dimensions, **options)

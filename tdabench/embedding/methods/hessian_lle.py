"""Hessian eigenmaps. Donoho & Grimes 2003, PNAS 100(10):5591-5596. scikit-learn's."""

TITLE = "Hessian LLE"
# Its weights know no regularisation, and a singular factor is singular for every seed of ARPACK.
RETRIES = {"dense solver": {"eigen_solver": "dense"}}


def embed(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import LocallyLinearEmbedding

    options = {"method": "hessian", "n_neighbors": neighbours, "random_state": seed} | options
    return LocallyLinearEmbedding(n_components=dimensions, **options).fit_transform(points)

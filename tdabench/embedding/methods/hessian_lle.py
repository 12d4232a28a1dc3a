"""Hessian eigenmaps. Donoho & Grimes 2003, PNAS 100(10):5591-5596. scikit-learn's."""

TITLE = "Hessian LLE"
# The weights of this variant know no regularisation; the documentation says: dense, or another seed of ARPACK.
RETRIES = {"dense solver": {"eigen_solver": "dense"}, "another seed": {"random_state": 1}}


def embed(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import LocallyLinearEmbedding

    options = {"method": "hessian", "n_neighbors": neighbours, "random_state": seed} | options
    return LocallyLinearEmbedding(n_components=dimensions, **options).fit_transform(points)

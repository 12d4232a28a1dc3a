"""Local tangent space alignment. Zhang & Zha 2004, SIAM J. Sci. Comput. 26(1):313-338. scikit-learn's."""

TITLE = "LTSA"
# Its weights know no regularisation, and a singular factor is singular for every seed of ARPACK.
RETRIES = {"dense solver": {"eigen_solver": "dense"}}


def embed(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import LocallyLinearEmbedding

    options = {"method": "ltsa", "n_neighbors": neighbours, "random_state": seed} | options
    return LocallyLinearEmbedding(n_components=dimensions, **options).fit_transform(points)

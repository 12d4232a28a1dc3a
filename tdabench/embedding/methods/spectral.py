"""Spectral embedding (Laplacian eigenmaps). Belkin & Niyogi 2003, Neural Computation 15:1373-1396. scikit-learn's."""

TITLE = "spectral embedding"
RETRIES = {"LOBPCG": {"eigen_solver": "lobpcg"}}


def embed(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import SpectralEmbedding

    options = {"n_neighbors": neighbours, "random_state": seed} | options
    return SpectralEmbedding(n_components=dimensions, **options).fit_transform(points)

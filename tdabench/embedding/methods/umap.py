"""UMAP. McInnes, Healy & Melville 2018, arXiv 1802.03426. umap-learn's."""

TITLE = "UMAP"
WARM_UP = 4200  # from 4,096 points on it finds neighbours in another way, which is compiled apart


def embed(points, dimensions, neighbours, seed, **options):
    from umap import UMAP

    # With a seed umap-learn works on one thread; it warns of that unless told.
    options = {"n_neighbors": neighbours, "random_state": seed, "n_jobs": 1} | options
    return UMAP(n_components=dimensions, **options).fit_transform(points)

"""Isomap. Tenenbaum, de Silva & Langford 2000, Science 290:2319-2323. scikit-learn's."""

TITLE = "Isomap"
RETRIES = {"dense solver": {"eigen_solver": "dense"}}


def model(points, dimensions, neighbours, seed, **options):
    from sklearn.manifold import Isomap

    return Isomap(**{"n_neighbors": neighbours, "n_components": dimensions} | options)

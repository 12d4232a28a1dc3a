"""PHATE. Moon et al. 2019, Nature Biotechnology 37:1482-1492. The authors'; above 2,000 points by landmarks."""

TITLE = "PHATE"
PACKAGE = "phate"


def embed(points, dimensions, neighbours, seed, **options):
    from phate import PHATE

    options = {"knn": neighbours, "random_state": seed, "verbose": 0} | options
    return PHATE(n_components=dimensions, **options).fit_transform(points)

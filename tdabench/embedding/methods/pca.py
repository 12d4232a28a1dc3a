"""Principal components. Pearson 1901, Phil. Mag. 2(11):559-572. scikit-learn's, its solver chosen by the shape."""

TITLE = "PCA"


def model(points, dimensions, neighbours, seed, **options):
    from sklearn.decomposition import PCA

    return PCA(dimensions, random_state=seed, **options)

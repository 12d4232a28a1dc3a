"""TriMap. Amid & Warmuth 2019, arXiv 1910.00204. The authors', in PyTorch: their older one in Numba takes no seed."""

TITLE = "TriMap"
PACKAGE = "trimap"


def embed(points, dimensions, neighbours, seed, **options):
    from trimap import TorchTRIMAP

    # Without being told it would take a GPU wherever there is one, and its seconds would be another machine's.
    options = {"n_inliers": neighbours, "random_state": seed, "device": "cpu"} | options
    return TorchTRIMAP(n_dims=dimensions, **options).fit_transform(points)

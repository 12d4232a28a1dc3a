"""UMAP. McInnes, Healy & Melville 2018, arXiv 1802.03426. TorchDR's, in PyTorch; it needs faiss besides."""

import numpy as np

TITLE = "TorchDR UMAP"
PACKAGE = "torchdr"


def embed(points, dimensions, neighbours, seed, **options):
    from torchdr import UMAP

    # Without being told it would take a GPU wherever there is one, and its seconds would be another machine's.
    options = {"n_neighbors": neighbours, "random_state": seed, "device": "cpu"} | options
    return UMAP(n_components=dimensions, **options).fit_transform(points.astype(np.float32))  # as umap-learn does

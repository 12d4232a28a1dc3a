"""holos-tda: Ripser's algorithm in Rust."""

import numpy as np

TITLE = "holos"
PACKAGE = "holos_tda"
FLOATS = 64
LARGEST_FIELD = 32_749


def bars(edges, max_dimension, field):
    import holos_tda

    options = {"max_dim": max_dimension, "modulus": field, "threads": edges.threads}
    if edges.complete:
        found = holos_tda.rips_condensed(edges.matrix[np.triu_indices_from(edges.matrix, 1)], **options)
    else:
        graph = edges.sparse()
        above = graph.row < graph.col
        listed = zip(graph.row[above].tolist(), graph.col[above].tolist(), graph.data[above].tolist(), strict=True)
        found = holos_tda.rips_sparse(len(edges.matrix), list(listed), **options)
    found = np.array(found, dtype=np.float64).reshape(-1, 3)
    return [found[found[:, 0] == dimension, 1:] for dimension in range(max_dimension + 1)]

"""giotto-ph (Burella Perez et al. 2021): Ripser's algorithm, parallel, with GUDHI's edge collapse offered."""

TITLE = "giotto-ph"
PACKAGE = "gph"
FLOATS = 32
LARGEST_FIELD = 32_749  # the largest prime below 2^15


def bars(edges, max_dimension, field, collapse=False):
    from gph import ripser_parallel

    given = edges.matrix if edges.complete else edges.sparse()
    options = {"metric": "precomputed", "n_threads": edges.threads, "collapse_edges": collapse}
    return ripser_parallel(given, maxdim=max_dimension, coeff=field, **options)["dgms"]

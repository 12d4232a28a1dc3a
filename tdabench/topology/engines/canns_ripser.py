"""canns-ripser: Ripser's algorithm in Rust."""

TITLE = "canns-ripser"
PACKAGE = "canns_ripser"
FLOATS = 32
LARGEST_FIELD = 32_749


def bars(edges, max_dimension, field):
    from canns_ripser import ripser

    given = edges.matrix if edges.complete else edges.sparse()
    return ripser(given, maxdim=max_dimension, coeff=field, distance_matrix=True)["dgms"]

"""Ripser (Bauer 2021), by ripser.py: cohomology, clearing, apparent and emergent pairs."""

TITLE = "Ripser"
PACKAGE = "ripser"
FLOATS = 32
LARGEST_FIELD = 127  # above it ripser.py does not return, or ends the process


def bars(edges, max_dimension, field):
    from ripser import ripser

    given = edges.matrix if edges.complete else edges.sparse()  # only edges that can enter: faster, and less memory
    return ripser(given, maxdim=max_dimension, coeff=field, distance_matrix=True)["dgms"]

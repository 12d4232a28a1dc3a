"""Oineus (Nigmetov & Morozov 2024): lock-free parallel reduction of the whole flag complex, over Z/2."""

import numpy as np

TITLE = "Oineus"
PACKAGE = "oineus"
FLOATS = 64
LARGEST_FIELD = 2


def bars(edges, max_dimension, field):
    import oineus

    how = oineus.ReductionParams()
    how.n_threads = edges.threads
    apart = np.where(edges.matrix <= edges.cut, edges.matrix, 2 * edges.cut + 1)  # it takes no infinite distances
    found = oineus.compute_diagrams_vr(apart, True, max_dimension + 1, edges.cut, how)
    return [np.asarray(found.in_dimension(dimension)) for dimension in range(max_dimension + 1)]

"""GUDHI (Boissonnat & Maria 2014): the simplex tree of the whole flag complex, and persistent cohomology."""

from tdabench.topology.simplex_trees import bars_of, graph_of

TITLE = "GUDHI"
PACKAGE = "gudhi"
FLOATS = 64


def bars(edges, max_dimension, field):
    tree = graph_of(edges.matrix, edges.cut)
    tree.expansion(max_dimension + 1)
    return bars_of(tree, max_dimension, field)

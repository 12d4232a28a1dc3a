"""GUDHI (Boissonnat & Maria 2014; edge collapse: Boissonnat & Pritam 2020): the graph is collapsed, then expanded."""

from tdabench.topology.simplex_trees import bars_of, graph_of

TITLE = "GUDHI, edge collapse"
PACKAGE = "gudhi"
FLOATS = 64


def bars(edges, max_dimension, field):
    tree = graph_of(edges.matrix, edges.cut)
    tree.collapse_edges(nb_iterations=3)  # keeps the persistence, spares most of the simplices
    tree.expansion(max_dimension + 1)
    return bars_of(tree, max_dimension, field)

"""GUDHI's simplex trees: of a graph, and their persistence."""

import numpy as np
from scipy.sparse import coo_matrix


def graph_of(matrix: np.ndarray, limit: float):
    """The simplex tree of the edges (n, n) up to `limit`, to be expanded."""
    from gudhi import RipsComplex

    return RipsComplex(distance_matrix=matrix, max_edge_length=limit).create_simplex_tree(max_dimension=1)


def collapsed(matrix: np.ndarray, limit: float) -> coo_matrix:
    """The edges (n, n) up to `limit` that edge collapse leaves, each twice: a graph of the same persistence."""
    tree = graph_of(matrix, limit)
    tree.collapse_edges(nb_iterations=3)
    edges = np.array([(*ends, value) for ends, value in tree.get_skeleton(1) if len(ends) == 2]).reshape(-1, 3)
    ends, values = edges[:, :2].astype(int).T, np.tile(edges[:, 2], 2)
    return coo_matrix((values, (np.concatenate(ends), np.concatenate(ends[::-1]))), shape=matrix.shape)


def bars_of(tree, max_dimension: int, field: int) -> list[np.ndarray]:
    """Births and deaths (m, 2) of a filtered tree in dimensions 0 to max_dimension, those without length among them."""
    # GUDHI leaves out the highest dimension of a complex unless told: a graph without triangles would lose its cycles.
    tree.compute_persistence(homology_coeff_field=field, persistence_dim_max=tree.dimension() <= max_dimension)
    return [np.asarray(tree.persistence_intervals_in_dimension(d)).reshape(-1, 2) for d in range(max_dimension + 1)]

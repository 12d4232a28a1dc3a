"""Filtered complexes, by name: the one place to add one.

FLAG_COMPLEXES turn the data into a matrix of edge values, for any engine. SIMPLEX_TREES turn points into a GUDHI
simplex tree (Boissonnat & Maria 2014) whose filtration values are distances.
"""

import gudhi
import numpy as np
from scipy.spatial.distance import pdist, squareform

from tdabench.errors import BadInput
from tdabench.topology.landmarks import maxmin_landmarks
from tdabench.validation import as_points, as_real, as_square


def rips(points) -> np.ndarray:
    """Vietoris-Rips: Euclidean distances between points (n, d)."""
    return squareform(pdist(as_points(points)))


def distances(matrix) -> np.ndarray:
    """Vietoris-Rips of a matrix of distances (n, n); inf means: no edge."""
    matrix = as_square(matrix, "distance matrix")
    if (np.diag(matrix) != 0).any() or (matrix < 0).any():
        raise BadInput("distance matrix: the diagonal must be 0 and no entry negative.")
    return matrix


def correlation(matrix) -> np.ndarray:
    """Vietoris-Rips of a correlation matrix (n, n): distance = 1 - correlation, from 0 to 2."""
    matrix = as_square(matrix, "correlation matrix")
    if not np.allclose(np.diag(matrix), 1) or (np.abs(matrix) > 1 + 1e-12).any():
        raise BadInput("correlation matrix: the diagonal must be 1 and every entry between -1 and 1.")
    apart = np.clip(1 - matrix, 0, 2)
    np.fill_diagonal(apart, 0)
    return apart


def sparse_rips(points, dimension: int, limit: float, epsilon: float = 0.3, seed: int = 0) -> gudhi.SimplexTree:
    """Sparse Rips: bars within a factor 1/(1 - epsilon) of the Rips ones (Cavanna, Jahanseir & Sheehy 2015).

    The order of the points is a greedy permutation from a random first one: `seed` makes it the same each time.
    """
    if as_real(epsilon, "epsilon", above=0) >= 1:
        raise BadInput(f"epsilon: a number between 0 and 1 is needed, not {epsilon}.")
    points, limit = as_points(points), as_real(limit, "limit", above=0)
    gudhi.random.set_seed(seed)
    complex = gudhi.RipsComplex(points=points, sparse=epsilon, max_edge_length=limit)
    return complex.create_simplex_tree(max_dimension=dimension)


def alpha(points, dimension: int, limit: float) -> gudhi.SimplexTree:
    """Alpha complex: subcomplex of the Delaunay triangulation, homotopy equivalent to the union of balls."""
    return _doubled_radius(gudhi.AlphaComplex(points=as_points(points)), limit)


def cech(points, dimension: int, limit: float) -> gudhi.SimplexTree:
    """Delaunay-Cech complex: Delaunay simplices that enter at the radius of their smallest enclosing ball."""
    return _doubled_radius(gudhi.DelaunayCechComplex(points=as_points(points)), limit)


def witness(points, dimension: int, limit: float, landmarks: int = 50, seed: int = 0) -> gudhi.SimplexTree:
    """Witness complex of maxmin landmarks, all points witnesses; value = relaxation, square root of GUDHI's alpha^2."""
    return _witness(gudhi.EuclideanWitnessComplex, points, dimension, limit, landmarks, seed)


def strong_witness(points, dimension: int, limit: float, landmarks: int = 50, seed: int = 0) -> gudhi.SimplexTree:
    """Strong witness complex of maxmin landmarks; value = relaxation, square root of GUDHI's alpha^2."""
    return _witness(gudhi.EuclideanStrongWitnessComplex, points, dimension, limit, landmarks, seed)


FLAG_COMPLEXES = {"rips": rips, "distances": distances, "correlation": correlation}
SIMPLEX_TREES = {
    "sparse_rips": sparse_rips,
    "alpha": alpha,
    "cech": cech,
    "witness": witness,
    "strong_witness": strong_witness,
}


def _doubled_radius(complex, limit: float) -> gudhi.SimplexTree:
    tree = complex.create_simplex_tree(output_squared_values=False)
    return _rescaled(tree, lambda radius: 2 * radius, limit)


def _witness(kind, points, dimension: int, limit: float, landmarks: int, seed: int) -> gudhi.SimplexTree:
    points = as_points(points)
    chosen = maxmin_landmarks(points, landmarks, seed).indices
    tree = kind(landmarks=points[chosen], witnesses=points).create_simplex_tree(
        max_alpha_square=limit**2, limit_dimension=dimension
    )
    return _rescaled(tree, np.sqrt, limit)


def _rescaled(tree: gudhi.SimplexTree, change, limit: float) -> gudhi.SimplexTree:
    """The same simplices with filtration values changed by an increasing function, cut at `limit`."""
    rescaled = gudhi.SimplexTree()
    for simplex, value in tree.get_filtration():
        changed = float(change(max(value, 0.0)))
        if changed <= limit:
            rescaled.insert(simplex, changed)
    return rescaled

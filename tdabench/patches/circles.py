"""The three-circle space C3 as a graph, from data (Carlsson et al., IJCV 76, 2008, figure 5).

The primary circle lies in the plane (e1, e2), the secondary circles in (e1, e3) and (e2, e4). Points near two circles
form the vertices, and the other points near a circle form arcs. C3 has 4 vertices, 8 arcs and b1 = 5.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from tdabench.validation import as_integer, as_points, as_real

PLANES = ((0, 1), (0, 2), (1, 3))


def circle_points(n: int, noise: float, seed: int) -> np.ndarray:
    """Points on the ideal three circles with Gaussian noise, projected to S^7; they calibrate the protocol.

    Parameters
    ----------
    n
        Number of points.
    noise
        Standard deviation of the noise in each coordinate.
    seed
        Seed of the generator.

    Returns
    -------
    array, (n, 8)
        Unit rows.
    """
    n, noise = as_integer(n, "points", 1, 10**8), as_real(noise, "noise", above=-1e-300, most=1e100)
    random = np.random.default_rng(seed)
    points, angles, circle = np.zeros((n, 8)), random.uniform(0, 2 * np.pi, n), random.integers(3, size=n)
    rows = np.arange(n)
    planes = np.array(PLANES)[circle]
    points[rows, planes[:, 0]], points[rows, planes[:, 1]] = np.cos(angles), np.sin(angles)
    points += noise * random.standard_normal(points.shape)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def three_circle_graph(points, tube: float, link: float, smallest: float = 0.005) -> dict[str, float]:
    """The graph that points of S^7 form along the three circles.

    An arc is a piece of a circle that joins two vertices. A piece that reaches fewer vertices leaves its circle open.

    Parameters
    ----------
    points
        (n, 8).
    tube
        A point belongs to every circle within this distance.
    link
        Points within this distance are connected.
    smallest
        Pieces with a smaller share of all points are ignored.

    Returns
    -------
    dict
        "V" (vertices), "E" (arcs), "b1" (E - V + 1, for a connected graph), "pieces" (of the circles between the
        vertices), "covered" (share of the points near a circle).
    """
    points = as_points(points, "DCT coordinates", width=8)
    near = np.stack([2 - 2 * np.hypot(points[:, a], points[:, b]) <= tube**2 for a, b in PLANES])
    crossing = near.sum(axis=0) > 1
    least = max(2, smallest * len(points))
    vertices = []
    for one, other in ((0, 1), (0, 2), (1, 2)):
        vertices += _pieces(points[near[one] & near[other]], link, least)
    pieces = [piece for circle in near for piece in _pieces(points[circle & ~crossing], link, least)]
    trees = [cKDTree(vertex) for vertex in vertices]
    ends = [sum(tree.query(piece, distance_upper_bound=link)[0].min() <= link for tree in trees) for piece in pieces]
    arcs = int(sum(count >= 2 for count in ends))
    return {
        "V": len(vertices),
        "E": arcs,
        "b1": arcs - len(vertices) + 1 if vertices else 0,
        "pieces": len(pieces),
        "covered": round(float(near.any(axis=0).mean()), 4),
    }


def _pieces(points: np.ndarray, link: float, least: float) -> list[np.ndarray]:
    """Single-linkage components at length `link` with at least `least` points."""
    if not len(points):
        return []
    pairs = cKDTree(points).query_pairs(link, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(points), len(points)))
    _, label = connected_components(graph, directed=False)
    return [points[label == number] for number in np.flatnonzero(np.bincount(label) >= least)]

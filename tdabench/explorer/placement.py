"""Positions of the nodes of a graph: stress majorisation for each component, the components packed side by side.

Gansner, Koren & North, "Graph drawing by stress majorization", 2004. A component of more than LARGEST nodes is placed
by pivots alone: Brandes & Pich, "Eigensolver methods for progressive multidimensional scaling of large data", 2007.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

LARGEST = 3000  # nodes of a component that is placed by stress majorisation
PIVOTS = 60
ROUNDS = 50
ASPECT = 1.5  # width over height of the page


def layout(nodes: int, edges) -> np.ndarray:
    """Positions of the nodes, the same for the same graph.

    Parameters
    ----------
    nodes
        Number of nodes.
    edges
        (m, 2).

    Returns
    -------
    array, (nodes, 2)
        y points downwards; an edge is about 1 long.
    """
    edges = np.asarray(edges, dtype=np.intp).reshape(-1, 2)
    ones = np.ones(2 * len(edges))
    links = coo_array((ones, (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), shape=(nodes, nodes))
    links = links.tocsr()
    _, labels = connected_components(links, directed=False)
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    with threadpool_limits(1):  # sums do not depend on the machine, and no thread waits for a busy core
        drawings = [_component(links[part][:, part]) for part in parts]
    corners = _packed([np.ptp(drawing, axis=0) for drawing in drawings])
    positions = np.empty((nodes, 2))
    for part, drawing, corner in zip(parts, drawings, corners, strict=True):
        positions[part] = drawing - drawing.min(axis=0) + corner
    return positions


def spacing(positions: np.ndarray) -> float:
    """The usual distance from a node to its nearest one, at most 1: the unit of the nodes' sizes."""
    if len(positions) < 2:
        return 1.0
    nearest = cKDTree(positions).query(positions, k=2)[0][:, 1]
    return float(np.clip(1.2 * np.median(nearest), 0.05, 1))


def _component(links) -> np.ndarray:
    """Positions of one connected component, its long axis along x."""
    count = links.shape[0]
    if count == 1:
        return np.zeros((1, 2))
    if count == 2:
        return np.array([[0.0, 0.0], [1.0, 0.0]])
    if count > LARGEST:
        return _upright(_scaled(_distances_to_pivots(links)))
    distances = dijkstra(links, unweighted=True)
    pivots = distances[np.linspace(0, count - 1, min(count, PIVOTS)).astype(int)]
    return _upright(_majorised(_scaled(pivots), distances))


def _distances_to_pivots(links) -> np.ndarray:
    """(PIVOTS, nodes) distances in the graph from pivots far apart from each other."""
    rows, pivot = [], 0
    for _ in range(PIVOTS):
        rows.append(dijkstra(links, unweighted=True, indices=pivot))
        pivot = int(np.min(rows, axis=0).argmax())
    return np.array(rows)


def _scaled(distances: np.ndarray) -> np.ndarray:
    """Pivot MDS of (pivots, nodes) distances, with a little noise so that no two nodes coincide."""
    squares = distances.T**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1, keepdims=True) + squares.mean()
    _, axes = np.linalg.eigh(centred.T @ centred)
    flat = centred @ axes[:, -2:][:, ::-1]
    lengths = np.linalg.norm(flat, axis=0)
    flat = flat / (lengths[0] or 1.0)
    flat *= np.sqrt((distances**2).mean() / max((cdist(flat[:: max(1, len(flat) // 200)], flat) ** 2).mean(), 1e-300))
    return flat + np.random.default_rng(0).normal(scale=0.05, size=flat.shape)


def _majorised(positions: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Positions of nearly minimal stress, the sum of (|x_i - x_j| - d_ij)^2 / d_ij^2 over all pairs."""
    count = len(positions)
    separations = distances.copy()
    np.fill_diagonal(separations, 1)
    inverse = 1 / separations
    np.fill_diagonal(inverse, 0)
    weights = -(inverse**2)
    np.fill_diagonal(weights, -weights.sum(axis=1))
    # Stress does not change under a shift: node 0 stays at the origin.
    factor = cho_factor(weights[1:, 1:], overwrite_a=True, check_finite=False)
    rounds = ROUNDS if count > 600 else 5 * ROUNDS
    for _ in range(rounds):
        ratios = cdist(positions, positions)
        np.fill_diagonal(ratios, 1)
        np.divide(inverse, np.maximum(ratios, 1e-9, out=ratios), out=ratios)
        target = ratios.sum(axis=1)[:, None] * positions - ratios @ positions
        solution = np.zeros_like(positions)
        solution[1:] = cho_solve(factor, target[1:], check_finite=False)
        step = np.abs(solution - (positions - positions[0])).max()
        positions = solution
        if step < 1e-3:
            break
    return positions


def _upright(positions: np.ndarray) -> np.ndarray:
    """Positions rotated so that the widest direction lies along x."""
    centred = positions - positions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    rotated = centred @ axes[:, ::-1]
    for axis in range(2):
        if rotated[np.abs(rotated[:, axis]).argmax(), axis] < 0:
            rotated[:, axis] *= -1
    return rotated


def _packed(sizes: list, gap: float = 1.0) -> np.ndarray:
    """Upper left corners (boxes, 2) of boxes (width, height): the largest first, each as high up as it fits."""
    sizes = np.array(sizes) + gap
    widths = np.ceil(sizes[:, 0]).astype(int)
    across = max(int(widths.max()), int(np.ceil(np.sqrt(ASPECT * (widths * sizes[:, 1]).sum()))))
    skyline = np.zeros(across)
    corners = np.empty(sizes.shape)
    for box in np.argsort(-sizes.prod(axis=1), kind="stable"):
        tops = np.lib.stride_tricks.sliding_window_view(skyline, widths[box]).max(axis=1)
        left = int(tops.argmin())
        corners[box] = left, tops[left]
        skyline[left : left + widths[box]] = tops[left] + sizes[box, 1]
    return corners

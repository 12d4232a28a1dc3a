"""What a Mapper graph shows: parts, cycles and flares, counted by persistent homology of a function on its nodes.

Everything here speaks of the graph (nodes and edges); what triangles of a Mapper complex fill is left to
`MapperGraph.betti_numbers`.
"""

from dataclasses import dataclass

import networkx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph
from tdabench.validation import LARGEST, as_floats, as_real

TYPES = ("ordinary", "relative", "extended_plus", "extended_minus")
MOST_FOR_MINIMUM = 3000  # nodes times cycles: networkx's minimum cycle basis takes half a millisecond for each
ROUNDING = 1e-12  # of the range of a function: means of equal points may differ by that
BLOCK = 1024  # rows of the matrix of hop distances held at a time


@dataclass(frozen=True)
class Flare:
    """A branch that ends in a tip.

    Attributes
    ----------
    tip : int
        Node where the function is highest.
    nodes : ndarray of int
        Ascending.
    size : int
        Distinct points in them.
    birth : float
        The function at the tip.
    death : float
        The function where the branch meets another one (that node is not of the branch).

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph, flares
    >>> graph = MapperGraph.from_members([[0, 1], [1, 2], [2, 3]], points=4)
    >>> flares(graph, [1.0, 0.0, 2.0])[0].persistence
    2.0
    """

    tip: int
    nodes: np.ndarray
    size: int
    birth: float
    death: float

    @property
    def persistence(self) -> float:
        """birth - death, in the unit of the function."""
        return self.birth - self.death


def flares(graph: MapperGraph, function=None, persistence: float = 0.0) -> list[Flare]:
    """Flares as 0-dimensional persistence of the superlevel sets of a function on the nodes.

    Parameters
    ----------
    graph : MapperGraph
    function : array-like of shape (nodes,), optional
        High at the tips (minus the mean density, the mean eccentricity); by default `graph_eccentricity`.
    persistence : float
        The least birth - death that counts, as a share (0 to 1) of the function's range on the graph; with 0, every
        local maximum of a component that has two counts.

    Returns
    -------
    list of Flare
        Longest first.

    Notes
    -----
    Each local maximum bears a class; where two meet, the one with the lower tip dies (elder rule; of equal tips the one
    with the smaller node number is elder; a plateau is one tip). The eldest of a component never dies; it is cut off
    where the first class that counts runs into it, so that both arms of a Y are flares on equal terms. A component with
    one tip has no flare: a line along which the function rises, a cycle under a height, a blob. With two tips it has
    two: a line under eccentricity is highest at its two ends. Method: Lum et al., Sci. Rep. 3:1236 (2013), supplement,
    with eccentricity on the graph.

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph, flares
    >>> graph = MapperGraph.from_members([[0, 1], [1, 2], [2, 3]], points=4)
    >>> [flare.tip for flare in flares(graph, [1.0, 0.0, 2.0])]
    [2, 0]
    """
    values = graph_eccentricity(graph) if function is None else node_values(graph, function)
    if not 0 <= as_real(persistence, "persistence") <= 1:
        raise BadInput(f"persistence: a share of the function's range, 0 to 1, is needed, not {persistence}.")
    if graph.nodes == 0:
        return []
    least = max(persistence, ROUNDING) * np.ptp(values)
    neighbours = _adjacency(graph)
    order = np.lexsort((np.arange(graph.nodes), -values))
    rank = np.empty(graph.nodes, dtype=int)
    rank[order] = np.arange(graph.nodes)
    parent = np.full(graph.nodes, -1)
    branch = {}  # tip -> nodes in the order in which they joined
    cut = {}  # elder tip -> how many nodes it had when the first class that counts ran into it, and at which value
    found = []

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for node in order:
        touching = neighbours.indices[neighbours.indptr[node] : neighbours.indptr[node + 1]]
        classes = sorted({root(other) for other in touching if parent[other] >= 0}, key=rank.__getitem__)
        if not classes:
            parent[node] = node
            branch[node] = [node]
            continue
        elder = classes[0]
        for younger in classes[1:]:
            if values[younger] > values[node] and values[younger] - values[node] >= least:
                found.append(_flare(graph, younger, branch[younger], values[node], values))
                cut.setdefault(elder, (len(branch[elder]), values[node]))
        for younger in classes[1:]:
            parent[younger] = elder
            branch[elder] += branch.pop(younger)
            cut.pop(younger, None)
        parent[node] = elder
        branch[elder].append(node)
    for tip, (count, death) in cut.items():  # only the eldest of components are left
        found.append(_flare(graph, tip, branch[tip][:count], death, values))
    return sorted(found, key=lambda flare: (-flare.persistence, flare.tip))


def graph_eccentricity(graph: MapperGraph) -> np.ndarray:
    """Mean number of hops from each node to the nodes of its component, weighted by their sizes.

    Parameters
    ----------
    graph : MapperGraph

    Returns
    -------
    ndarray of shape (nodes,)

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph, graph_eccentricity
    >>> graph_eccentricity(MapperGraph.from_members([[0, 1], [1, 2], [2, 3]], points=4)).round(3).tolist()
    [1.0, 0.667, 1.0]
    """
    matrix = _adjacency(graph)
    sizes = graph.sizes.astype(np.float64)
    found = np.zeros(graph.nodes)
    for start in range(0, graph.nodes, BLOCK):
        rows = np.arange(start, min(start + BLOCK, graph.nodes))
        hops = dijkstra(matrix, directed=False, unweighted=True, indices=rows)
        reached = np.isfinite(hops)
        found[rows] = np.where(reached, hops, 0) @ sizes / (reached @ sizes)
    return found


def extended_persistence(graph: MapperGraph, values) -> dict[str, np.ndarray]:
    """Extended persistence of a function on the nodes, by GUDHI.

    Cohen-Steiner, Edelsbrunner, Harer (2009); for Mapper: Carriere, Michel, Oudot, JMLR 19(12), 2018.

    Parameters
    ----------
    graph : MapperGraph
    values : array-like of shape (nodes,)
        Of the function.

    Returns
    -------
    dict of str to ndarray of shape (m, 2)
        Births and deaths of each type, sorted. With the graph drawn by height: "ordinary" (birth < death), branches
        that point down; "relative" (birth > death), branches that point up; "extended_plus" (lowest, highest), the
        components; "extended_minus" (highest, lowest), the cycles. There are b0 components and b1 cycles whatever the
        function, some perhaps of length 0; branches of length 0 are left out.

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph, extended_persistence
    >>> triangle = MapperGraph.from_members([[0, 1], [1, 2], [2, 0]], points=3)
    >>> extended_persistence(triangle, [0.0, 1.0, 2.0])["extended_minus"].tolist()
    [[2.0, 0.0]]
    """
    from gudhi import SimplexTree

    values = node_values(graph, values)
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    if low == high:
        parts, cycles = _components(graph)[0], _first_betti_number(graph)
        counts = dict(zip(TYPES, (0, 0, parts, cycles), strict=True))
        return {kind: np.full((count, 2), low) for kind, count in counts.items()}
    levels, ranks = np.unique(values, return_inverse=True)  # GUDHI scales what it is given: it crashes on tiny ranges
    tree = SimplexTree()
    for node, rank in enumerate(ranks.tolist()):  # insert_batch misreads some layouts (GUDHI 3.13)
        tree.insert([node], rank)
    for first, second in graph.edges.tolist():
        tree.insert([first, second], max(ranks[first], ranks[second]))
    tree.extend_filtration()
    told = tree.extended_persistence(homology_coeff_field=2, min_persistence=-1)
    found = {kind: [] for kind in TYPES}
    for kind, bars in zip(TYPES, told, strict=True):
        for dimension, bar in bars:
            bar = levels[np.rint(bar).astype(int)]
            if kind in ("extended_plus", "extended_minus"):
                # GUDHI tells these two apart by birth < death, which puts a component of length 0 among the cycles.
                found["extended_minus" if dimension else "extended_plus"].append(bar)
            elif bar[0] != bar[1]:
                found[kind].append(bar)
    return {kind: _sorted(bars) for kind, bars in found.items()}


def cycles(graph: MapperGraph) -> list[np.ndarray]:
    """A basis of the cycles of a graph.

    Parameters
    ----------
    graph : MapperGraph

    Returns
    -------
    list of ndarray of int
        b1 cycles, each as its nodes in order around it, shortest first.

    Notes
    -----
    The basis of least total length (networkx.minimum_cycle_basis) where nodes times cycles, without the dead ends, are
    at most 3,000; beyond that a fundamental basis of a spanning forest, whose cycles can be longer than need be. A
    graph has many bases; this one is the same every time.

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph, cycles
    >>> [sorted(cycle.tolist()) for cycle in cycles(MapperGraph.from_members([[0, 1], [1, 2], [2, 0]], points=3))]
    [[0, 1, 2]]
    """
    core = networkx.k_core(networkx.Graph(graph.edges.tolist()), 2)
    small = core.number_of_nodes() * _first_betti_number(graph) <= MOST_FOR_MINIMUM
    basis = networkx.minimum_cycle_basis(core) if small else networkx.cycle_basis(core)
    turned = [np.roll(cycle, -int(np.argmin(cycle))) for cycle in map(np.asarray, basis)]
    return sorted(turned, key=lambda cycle: (len(cycle), cycle.tolist()))


def summary(graph: MapperGraph, function=None, persistence: float = 0.0) -> dict:
    """Counts of a graph: nodes, edges, b0, b1 (of the complex), flares (see `flares`), and the largest component share,
    the share of all points that lie in the component with the most of them."""
    betti = graph.betti_numbers()
    return {
        "nodes": graph.nodes,
        "edges": len(graph.edges),
        "b0": betti[0],
        "b1": betti[1],
        "flares": len(flares(graph, function, persistence)),
        "largest component share": _largest(graph),
    }


def node_values(graph: MapperGraph, values, name: str = "function") -> np.ndarray:
    """`values` as a finite float64 array with one number per node, or BadInput."""
    array = as_floats(values, name, "one for each node")
    if array.shape != (graph.nodes,):
        raise BadInput(f"{name}: one number for each of the {graph.nodes} nodes is needed, not {array.shape}.")
    if not (np.abs(array) <= LARGEST).all():
        raise BadInput(f"{name}: not finite, or too large, at node {int(np.argmin(np.abs(array) <= LARGEST))}.")
    return array


def _flare(graph: MapperGraph, tip, nodes, death, values) -> Flare:
    nodes = np.sort(np.asarray(nodes, dtype=int))
    return Flare(int(tip), nodes, _points_in(graph, nodes), float(values[tip]), float(death))


def _points_in(graph: MapperGraph, nodes: np.ndarray) -> int:
    return len(np.unique(graph.membership[nodes].indices))


def _adjacency(graph: MapperGraph) -> csr_array:
    first, second = graph.edges.T
    ones = np.ones(2 * len(first))
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    return csr_array((ones, ends), shape=(graph.nodes, graph.nodes))


def _components(graph: MapperGraph) -> tuple[int, np.ndarray]:
    if graph.nodes == 0:
        return 0, np.zeros(0, dtype=int)
    return connected_components(_adjacency(graph), directed=False)


def _first_betti_number(graph: MapperGraph) -> int:
    return len(graph.edges) - graph.nodes + _components(graph)[0]


def _largest(graph: MapperGraph) -> float:
    count, component = _components(graph)
    sizes = [_points_in(graph, np.flatnonzero(component == part)) for part in range(count)]
    return max(sizes, default=0) / graph.points if graph.points else 0.0


def _sorted(bars) -> np.ndarray:
    bars = np.asarray(bars, dtype=np.float64).reshape(-1, 2)
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]

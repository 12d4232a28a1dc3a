"""The nerve of clusters: nodes are sets of points, simplices are sets of nodes that share a point."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from tdabench.errors import BadInput
from tdabench.validation import LARGEST, as_floats, as_integer, as_prime

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True)
class MapperGraph:
    """A Mapper complex (a graph, unless simplices of higher dimension were asked for).

    Attributes
    ----------
    membership : csr_array of bool, of shape (nodes, points)
    cubes : ndarray of int, of shape (nodes, lens dimensions)
        The cover element of each node.
    simplices : tuple of ndarray of int
        simplices[k] has shape (m, k + 1): nodes ascending within a row, rows in lexicographic order.
    notes : tuple of str
        What the reader of the graph has to know (cubes passed over, points outside the cover).

    Examples
    --------
    >>> from tdabench.mapper import MapperGraph
    >>> graph = MapperGraph.from_members([[0, 1], [1, 2], [2, 0]], points=3)
    >>> graph.edges.tolist(), graph.betti_numbers()
    ([[0, 1], [0, 2], [1, 2]], (1, 1))
    """

    membership: csr_array
    cubes: np.ndarray
    simplices: tuple[np.ndarray, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def from_members(
        cls, members, points: int, cubes: np.ndarray | None = None, max_dimension: int = 1, notes: Sequence[str] = ()
    ) -> "MapperGraph":
        """The nerve of lists of point rows; `points` is the number of all points."""
        points = as_integer(points, "points", 0, 2**31 - 1)
        try:
            members = [np.unique(np.asarray(rows, dtype=np.int32)) for rows in members]
        except (TypeError, ValueError, OverflowError) as error:
            raise BadInput(f"members: a list of rows of points for each node is needed ({error}).") from None
        starts = np.concatenate([[0], np.cumsum([len(rows) for rows in members])])
        rows = np.concatenate(members) if members else np.zeros(0, dtype=np.int32)
        membership = csr_array((np.ones(len(rows), dtype=bool), rows, starts), shape=(len(members), points))
        cubes = np.zeros((len(members), 1), dtype=int) if cubes is None else np.asarray(cubes)
        if len(rows) and not 0 <= rows.min() <= rows.max() < points:  # SciPy would reach beyond its arrays
            raise BadInput(f"members: rows from 0 to {points - 1} are needed, not {rows.min()} to {rows.max()}.")
        if len(cubes) != len(members):
            raise BadInput(f"members: {len(cubes)} cubes for {len(members)} nodes.")
        return cls(membership, cubes, nerve(membership, max_dimension), tuple(notes))

    @property
    def nodes(self) -> int:
        return self.membership.shape[0]

    @property
    def points(self) -> int:
        return self.membership.shape[1]

    @property
    def edges(self) -> np.ndarray:
        """(edges, 2)"""
        return self.simplices[1] if len(self.simplices) > 1 else np.zeros((0, 2), dtype=int)

    @property
    def sizes(self) -> np.ndarray:
        """Number of points in each node."""
        return np.diff(self.membership.indptr)

    @property
    def weights(self) -> np.ndarray:
        """Number of points that the two nodes of each edge share."""
        first, second = self.membership[self.edges[:, 0]], self.membership[self.edges[:, 1]]
        return np.asarray(first.astype(np.int32).multiply(second).sum(axis=1)).ravel()

    def members(self, node: int) -> np.ndarray:
        """Rows of the points in a node, ascending."""
        node = as_integer(node, "node", 0, self.nodes - 1)
        return self.membership.indices[self.membership.indptr[node] : self.membership.indptr[node + 1]]

    def mean(self, column) -> np.ndarray:
        """Mean over each node's points of a column (points,): the colour of the nodes."""
        return self.membership @ self._column(column) / self.sizes

    def spread(self, column) -> np.ndarray:
        """Standard deviation over each node's points of a column (points,)."""
        values = self._column(column)
        nodes = np.repeat(np.arange(self.nodes), self.sizes)
        apart = values[self.membership.indices] - self.mean(values)[nodes]  # in two passes: no cancellation
        return np.sqrt(np.bincount(nodes, apart**2, minlength=self.nodes) / self.sizes)

    def betti_numbers(self, field: int = 2) -> tuple[int, ...]:
        """Betti numbers of the complex over Z/field, one for each of its dimensions and at least (b0, b1)."""
        from gudhi import SimplexTree

        field = as_prime(field)
        if len(self.simplices) <= 2:  # a graph: by counting, over any field
            parts = _components(self)
            return parts, len(self.edges) - self.nodes + parts
        tree = SimplexTree()
        for simplices in self.simplices:
            # GUDHI 3.13 misreads views: a copy in its own order.
            tree.insert_batch(np.array(simplices.T, dtype=np.int32, order="C"), np.zeros(len(simplices)))
        tree.compute_persistence(homology_coeff_field=field, min_persistence=-1, persistence_dim_max=True)
        found = tree.betti_numbers()
        return tuple(found) + (0,) * (len(self.simplices) - len(found))

    def to_networkx(self, **columns) -> "networkx.Graph":
        """networkx.Graph: nodes with size and cube, edges with weight; the node means of further columns (points,)."""
        import networkx

        graph = networkx.Graph()
        means = {name: self.mean(column) for name, column in columns.items()}
        for node, size in enumerate(self.sizes):
            told = {name: float(values[node]) for name, values in means.items()}
            graph.add_node(node, size=int(size), cube=" ".join(map(str, self.cubes[node])), **told)
        for (a, b), weight in zip(self.edges.tolist(), self.weights.tolist(), strict=True):
            graph.add_edge(a, b, weight=weight)
        return graph

    def to_json(self, **columns) -> str:
        """Members, cubes and simplices as JSON text, with the node means of further columns (points,)."""
        return json.dumps({
            "points": self.points,
            "nodes": [self.members(node).tolist() for node in range(self.nodes)],
            "cubes": self.cubes.tolist(),
            "simplices": [simplices.tolist() for simplices in self.simplices],
            "means": {name: self.mean(column).tolist() for name, column in columns.items()},
            "notes": list(self.notes),
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> "MapperGraph":
        """The graph that `to_json` wrote."""
        try:
            found = json.loads(text)
            graph = cls.from_members(found["nodes"], found["points"], found["cubes"], notes=found["notes"])
            simplices = (np.array(rows, dtype=int) for rows in found["simplices"])
            shaped = tuple(rows.reshape(len(rows), k + 1) for k, rows in enumerate(simplices))
            if any(len(rows) and not 0 <= rows.min() <= rows.max() < graph.nodes for rows in shaped):
                raise ValueError("a simplex of nodes that are not there")
        except (BadInput, KeyError, OverflowError, TypeError, ValueError) as error:
            raise BadInput(f"this is not the JSON of a Mapper graph ({error!r}).") from None
        return cls(graph.membership, graph.cubes, shaped, graph.notes)

    def to_graphml(self, path, **columns) -> None:
        """GraphML for Gephi, Cytoscape, yEd: the graph of `to_networkx`, written to a file."""
        import networkx

        networkx.write_graphml(self.to_networkx(**columns), path)

    def _column(self, column) -> np.ndarray:
        values = as_floats(column, "column", "one for each point")
        if values.shape != (self.points,):
            raise BadInput(f"column: one number for each of the {self.points} points is needed, not {values.shape}.")
        if not (np.abs(values) <= LARGEST).all():
            row = int(np.argmin(np.abs(values) <= LARGEST))
            raise BadInput(f"column: not finite, or too large, at point {row}; fill it, or leave the column out.")
        return values


def nerve(membership: csr_array, max_dimension: int) -> tuple[np.ndarray, ...]:
    """Simplices up to a dimension, from products of sparse matrices: linear in the number of points."""
    counts = membership.astype(np.int32)
    transposed = counts.T.tocsr()
    simplices = [np.arange(membership.shape[0])[:, None]]
    shared = counts  # one row per simplex: the points in all its nodes
    while len(simplices) <= max_dimension and len(simplices[-1]):
        meets = (shared @ transposed).tocoo()
        above = meets.col > simplices[-1][meets.row, -1]
        rows, nodes = meets.row[above], meets.col[above]
        order = np.lexsort((nodes, rows))
        rows, nodes = rows[order], nodes[order]
        simplices.append(np.column_stack([simplices[-1][rows], nodes]))
        if len(simplices) <= max_dimension:
            shared = shared[rows].multiply(counts[nodes]).tocsr()
    return tuple(simplices)


def _components(graph: MapperGraph) -> int:
    from scipy.sparse.csgraph import connected_components

    pairs = graph.edges
    adjacency = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(graph.nodes, graph.nodes))
    return int(connected_components(adjacency, directed=False)[0])

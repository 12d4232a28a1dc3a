"""What a method made of the points: coordinates, or a Mapper graph; and the distances it puts between them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist

from tdabench.data.files import read_npz
from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph
from tdabench.mapper.saved import KeptMapper, read_kept
from tdabench.validation import as_points


@dataclass(frozen=True)
class Embedded:
    """What a method made of n points.

    Attributes
    ----------
    coordinates : ndarray of shape (n, m)
        For a graph the mean place of the nodes that hold a point.
    graph : MapperGraph or None
        Of Mapper alone, the nerve up to tetrahedra.
    lengths : ndarray of shape (edges,), or None
        Of its edges, from mean to mean of their nodes, in the unit of the data.
    stages : dict of str to float
        Seconds of the method's own parts, where it says them.
    note : str
        What the reader of it must know.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import Embedded
    >>> Embedded(np.array([[0.0, 0.0], [3.0, 4.0]])).distances().tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """

    coordinates: np.ndarray
    graph: MapperGraph | None = None
    lengths: np.ndarray | None = None
    stages: dict[str, float] = field(default_factory=dict)
    note: str = ""

    def distances(self, rows=None) -> np.ndarray:
        """(m, m), between these rows (None: all). Euclidean in the coordinates; in a graph the shortest path along its
        edges between the nearest of their nodes: 0 where two points share one, inf between components."""
        rows = np.arange(len(self.coordinates)) if rows is None else np.asarray(rows)
        if self.graph is None:
            places = self.coordinates[rows]
            return cdist(places, places)
        holding = self.graph.membership.T.tocsr()[rows]
        if not (counts := np.diff(holding.indptr)).all():
            raise BadInput(f"the graph leaves out {int((counts == 0).sum())} points: every one must be in a node.")
        shape = (self.graph.nodes, self.graph.nodes)
        tiny = np.finfo(float).tiny  # an edge of length 0 is none to a sparse matrix
        edges = coo_array((np.maximum(self.lengths, tiny), self.graph.edges.T), shape=shape)
        between = dijkstra(edges.tocsr(), directed=False)
        nearest = np.minimum.reduceat(between[holding.indices], holding.indptr[:-1], axis=0)
        found = np.minimum.reduceat(nearest[:, holding.indices], holding.indptr[:-1], axis=1)
        return np.where(found < 1e-300, 0.0, found)

    def save(self, path: Path) -> None:
        """As one .npz without pickled objects."""
        arrays = {"coordinates": self.coordinates, "note": np.array(self.note)}
        if self.graph is not None:
            arrays |= KeptMapper("", self.graph, {}).arrays() | {"lengths": self.lengths}
        np.savez(path, **arrays)


def read_embedded(path: Path, stages: dict[str, float]) -> Embedded:
    """What `save` wrote; BadInput when it is damaged, or another file."""
    found = read_npz(path)
    try:
        coordinates = as_points(found["coordinates"], "coordinates")
        note, lengths = str(found["note"]), found.get("lengths")
    except (KeyError, BadInput) as error:
        raise BadInput(f"{path}: not what a method made of points and `save` wrote ({error}).") from None
    graph = None if lengths is None else read_kept(path).graph
    if graph is not None and (len(coordinates) != graph.points or lengths.shape != (len(graph.edges),)):
        raise BadInput(f"{path}: its coordinates and lengths do not belong to its graph.")
    return Embedded(coordinates, graph, lengths, stages, note)


def apart(first: Embedded, second: Embedded) -> float:
    """How far two outputs differ. Coordinates: the share of the second's variance that the best translation, scaling
    and rotation of the first leaves (Procrustes), 0 to 1. Graphs: the share of nodes and edges that one has alone."""
    if (first.graph is None) != (second.graph is None):
        return 1.0
    if first.graph is None:
        if first.coordinates.shape != second.coordinates.shape:
            return 1.0
        try:
            return float(procrustes(second.coordinates, first.coordinates)[2])
        except ValueError:  # all points at one place, or not finite
            return 1.0
    one, other = (_parts(embedded.graph) for embedded in (first, second))
    return len(one ^ other) / len(one | other)


def _parts(graph: MapperGraph) -> set:
    nodes = [graph.members(node).astype(np.int64).tobytes() for node in range(graph.nodes)]
    return set(nodes) | {frozenset((nodes[a], nodes[b])) for a, b in graph.edges}

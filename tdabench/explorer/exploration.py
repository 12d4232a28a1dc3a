"""The content of one page, and its checks."""

from dataclasses import dataclass, field

import numpy as np

from tdabench.errors import BadInput


@dataclass
class Exploration:
    """A Mapper graph with data on its points.

    Parameters
    ----------
    title, note
        At the top of the page.
    graph
        Has membership (sparse, nodes x points), edges (m, 2), sizes (nodes,), weights (m,) and cubes (nodes, d).
    columns
        Name -> (points,), numbers (NaN = missing) or text (None = missing). They colour the graph and explain a
        selection.
    parameters
        Name -> value, as the page lists them.
    command
        Command that makes the same page again.
    colour
        Column that colours the graph at first; None for the number of rows in a node.
    thumbnails
        (points, h, w) uint8 pictures. The page holds a sample of them over all nodes.
    """

    title: str
    graph: object
    columns: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)
    command: str = ""
    colour: str | None = None
    thumbnails: np.ndarray | None = None
    note: str = ""

    def check(self) -> None:
        """Raise BadInput when the parts do not fit together."""
        nodes, points = self.graph.membership.shape
        if nodes == 0 or points == 0:
            raise BadInput("The graph has no nodes to show; use a wider cover or a clusterer that drops fewer points.")
        if len(self.graph.edges) and int(np.max(self.graph.edges)) >= nodes:
            raise BadInput(f"An edge of the graph ends at node {int(np.max(self.graph.edges))} of {nodes} nodes.")
        for name, values in self.columns.items():
            shape = np.shape(values)
            if shape != (points,):
                raise BadInput(f"Column {name!r} has shape {shape}; one value for each of {points} points is needed.")
        if self.colour is not None and self.colour not in self.columns:
            raise BadInput(f"There is no column {self.colour!r} to colour by; there are: {', '.join(self.columns)}.")
        if self.thumbnails is not None:
            pictures = np.asarray(self.thumbnails)
            if pictures.dtype != np.uint8 or pictures.ndim != 3 or len(pictures) != points or pictures.size == 0:
                raise BadInput(
                    f"Thumbnails of type {pictures.dtype} and shape {pictures.shape} cannot be shown: "
                    f"({points}, height, width) of uint8 is needed."
                )

"""Vietoris-Rips persistence of landmarks: of many points few are kept, and the rest is not seen."""

import numpy as np
from scipy.spatial.distance import pdist, squareform

from tdabench.errors import BadInput
from tdabench.topology.betti import betti_curve
from tdabench.topology.landmarks import maxmin_landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import WitnessRun
from tdabench.validation import as_integer, as_points, as_real


def landmark_rips_persistence(
    points, landmarks: int = 300, seed: int = 0, range_share: float = 1.0, engine: str = "ripser"
) -> WitnessRun:
    """H0 and H1 over Z/2 of the Rips complex of maxmin landmarks.

    Parameters
    ----------
    points : array-like of shape (N, d)
    landmarks : int
        Where there are fewer different points, all are taken.
    seed : int
        Of the first landmark.
    range_share : float
        The Betti curve goes over [0, range_share * enclosing radius].
    engine : str
        See `persistence`.

    Returns
    -------
    WitnessRun
        Its diagram goes up to the enclosing radius, from which on the complex is a cone: every loop has its end.

    Raises
    ------
    BadInput
        For fewer than four different points: they make no loop.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import landmark_rips_persistence
    >>> angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> [len(bars) for bars in landmark_rips_persistence(circle, 20).diagrams[2].bars]
    [20, 1]
    """
    points = as_points(points)
    range_share = as_real(range_share, "range_share (of the enclosing radius)", above=0, most=1)
    distinct = len(np.unique(points, axis=0))
    if distinct < 4:
        raise BadInput(f"points: {distinct} different ones, but a loop needs four.")
    chosen = maxmin_landmarks(points, min(landmarks, distinct), seed)
    matrix = squareform(pdist(points[chosen.indices]))
    radius = matrix.max(axis=1).min()
    diagram = persistence(matrix, "distances", 1, radius, engine=engine)
    curve = betti_curve(diagram, 0, range_share * radius)
    return WitnessRun(chosen.indices, chosen.covering_radius, {2: diagram}, {2: curve})


def longest_bars(diagram: Diagram, dimension: int, count: int) -> np.ndarray:
    """Lengths of the `count` longest bars of one dimension, descending, 0 where there are fewer; what does not die ends
    at the limit of the diagram. (count,)"""
    count = as_integer(count, "count", 0, 10**6)
    bars = diagram.bars[as_integer(dimension, "dimension", 0, len(diagram.bars) - 1)]
    lengths = np.sort(np.minimum(bars[:, 1], diagram.limit) - bars[:, 0])[::-1][:count]
    return np.pad(lengths, (0, count - len(lengths)))

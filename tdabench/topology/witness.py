"""Lazy witness complexes: the persistence of many points, seen from few landmarks.

For the distance d(a, z) from landmark a to point z, and m(z) the distance from z to its nu-th nearest landmark
(0 when nu = 0), an edge {a, b} enters at

    E(a, b) = max(0, min over z of [max(d(a, z), d(b, z)) - m(z)])

and the complex is the flag complex of that graph (de Silva & Carlsson 2004; javaPlex tutorial).
So the Rips persistence of the matrix E is the persistence of the lazy witness complex.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.topology.betti import BettiCurve, betti_curve
from tdabench.topology.landmarks import Landmarks, maxmin_landmarks, random_landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.validation import as_integer, as_points, as_real

BLOCK = 2048  # points
SELECTIONS = {"maxmin": maxmin_landmarks, "random": random_landmarks}


def lazy_witness_matrix(landmark_distances, nu: int = 1, limit: float = np.inf) -> np.ndarray:
    """Entry values E of the edges between landmarks.

    Parameters
    ----------
    landmark_distances : array-like of shape (n, N)
        From each of n landmarks to each of N points.
    nu : int
        0, 1, 2, ... <= n: which nearest landmark of a witness is subtracted.
    limit : float
        Entries above it are inf.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, the diagonal 0, in the unit of the distances.

    Examples
    --------
    >>> from tdabench.topology import lazy_witness_matrix
    >>> lazy_witness_matrix([[0.0, 2.0, 1.0], [2.0, 0.0, 1.5]]).tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    distances = as_points(landmark_distances, "landmark distances")
    count = len(distances)
    nu = as_integer(nu, "nu (at most the number of landmarks)", 0, count)
    if not limit >= 0:
        raise BadInput(f"limit: a filtration value of 0 or more is needed, not {limit}.")
    # A point witnesses an edge below the limit only if it is itself within the limit of both its landmarks: at the
    # published range (R/4) that leaves two or three landmarks a point. So go through those pairs, a point at a time;
    # in blocks of points that stay in the processor's cache, so that the time grows as the points do.
    entry = np.full(count * count, np.inf)
    for start in range(0, distances.shape[1], BLOCK):
        block = distances[:, start : start + BLOCK]
        excess = block - _nth_nearest(block, nu)
        point, landmark = np.nonzero((excess <= limit).T)
        value = excess[landmark, point]
        for apart in range(1, count):
            same = np.flatnonzero(point[apart:] == point[:-apart])
            if not len(same):
                break
            pair = landmark[same] * count + landmark[same + apart]
            np.minimum.at(entry, pair, np.maximum(value[same], value[same + apart]))
    entry = entry.reshape(count, count)
    entry = np.maximum(np.minimum(entry, entry.T), 0)
    np.fill_diagonal(entry, 0)
    return entry


def _nth_nearest(distances: np.ndarray, nu: int):
    """m(z): distance from each point to its nu-th nearest landmark; 0 when nu = 0."""
    if nu < 2:
        return distances.min(axis=0) if nu else 0
    return np.partition(distances, nu - 1, axis=0)[nu - 1]


@dataclass(frozen=True)
class WitnessRun:
    """One choice of landmarks and what it shows.

    Attributes
    ----------
    landmarks : ndarray of int, of shape (n,)
        Rows of the points.
    covering_radius : float
        R, the largest distance from a point to its nearest landmark.
    diagrams : dict of int to Diagram
        One for each field, over [0, share of R].
    curves : dict of int to BettiCurve
        The same.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import lazy_witness_persistence
    >>> run = lazy_witness_persistence(np.random.default_rng(0).normal(size=(200, 2)), landmarks=9)
    >>> len(run.landmarks), list(run.diagrams)
    (9, [2])
    """

    landmarks: np.ndarray
    covering_radius: float
    diagrams: dict[int, Diagram]
    curves: dict[int, BettiCurve]


def lazy_witness_persistence(
    points,
    landmarks: int = 50,
    nu: int = 1,
    range_share: float = 0.25,
    max_dimension: int = 1,
    fields=(2,),
    seed: int = 0,
    selection: str = "maxmin",
    engine: str = "ripser",
) -> WitnessRun:
    """Persistence of the lazy witness complex of points over [0, range_share * R].

    The published protocol for natural image patches is 50 maxmin landmarks, nu = 1, range_share = 1/4, Z/2
    (javaPlex tutorial, on the published data of Carlsson et al. 2008).

    Parameters
    ----------
    points : array-like of shape (N, d)
    landmarks : int
        How many.
    nu : int
        Which nearest landmark of a witness is subtracted; 0 for none.
    range_share : float
        The filtration goes up to this share of the covering radius R.
    max_dimension : int
        The highest dimension of homology.
    fields : sequence of int
        Primes p: homology over each Z/p.
    seed : int
        Of the landmarks.
    selection : {"maxmin", "random"}
        Of the landmarks.
    engine : str
        See `persistence`.

    Returns
    -------
    WitnessRun

    Raises
    ------
    BadInput
        For parameters that cannot be used, and where the landmarks are all points (R = 0).

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import lazy_witness_persistence
    >>> angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> run = lazy_witness_persistence(circle, landmarks=20, range_share=1.0)
    >>> [len(bars) for bars in run.diagrams[2].bars]
    [19, 1]
    """
    if selection not in SELECTIONS:
        raise BadInput(f"landmarks: chosen by {' or '.join(SELECTIONS)}, not by {selection!r}.")
    range_share = as_real(range_share, "range_share (of the covering radius)", above=0, most=1e9)
    chosen: Landmarks = SELECTIONS[selection](points, landmarks, seed)
    limit = range_share * chosen.covering_radius
    if limit == 0:
        raise BadInput("the landmarks cover every point exactly (R = 0): use fewer landmarks, or Rips on all points.")
    matrix = lazy_witness_matrix(chosen.distances, nu, limit)
    diagrams = {
        field: persistence(
            matrix, complex="distances", max_dimension=max_dimension, limit=limit, field=field, engine=engine
        )
        for field in fields
    }
    curves = {field: betti_curve(diagram, 0, limit) for field, diagram in diagrams.items()}
    return WitnessRun(chosen.indices, chosen.covering_radius, diagrams, curves)

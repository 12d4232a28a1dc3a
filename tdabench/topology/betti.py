"""Betti numbers along a filtration, and how long each Betti vector lasts."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from tdabench.errors import BadInput
from tdabench.topology.persistence import Diagram
from tdabench.validation import as_real


@dataclass(frozen=True)
class BettiCurve:
    """Betti numbers as an exact step function.

    Attributes
    ----------
    edges : ndarray of shape (m + 1,)
        Filtration values, ascending.
    numbers : ndarray of int, of shape (m, dimensions)
        Row i holds on [edges[i], edges[i + 1]).

    Examples
    --------
    >>> from tdabench.topology import betti_curve, persistence
    >>> curve = betti_curve(persistence([[0.0], [1.0], [3.0]]), 0, 4)
    >>> curve.edges.tolist(), curve.numbers[:, 0].tolist()
    ([0.0, 1.0, 2.0, 4.0], [3, 2, 1])
    """

    edges: np.ndarray
    numbers: np.ndarray


def betti_numbers(diagram: Diagram, value: float) -> tuple[int, ...]:
    """Betti numbers at one filtration value: bars with birth <= value < death.

    Parameters
    ----------
    diagram : Diagram
    value : float
        In the unit of the filtration.

    Returns
    -------
    tuple of int
        One for each dimension.

    Examples
    --------
    >>> from tdabench.topology import betti_numbers, persistence
    >>> betti_numbers(persistence([[0.0], [1.0], [3.0]]), 1.5)
    (2, 0)
    """
    value = as_real(value, "filtration value")
    return tuple(int(((bars[:, 0] <= value) & (value < bars[:, 1])).sum()) for bars in diagram.bars)


def betti_curve(diagram: Diagram, start: float, stop: float) -> BettiCurve:
    """The Betti numbers of a diagram over a range.

    Parameters
    ----------
    diagram : Diagram
    start, stop : float
        In the unit of the filtration, start below stop.

    Returns
    -------
    BettiCurve

    Raises
    ------
    BadInput
        For a range that is empty or not finite, or that goes beyond the limit of the diagram.

    Examples
    --------
    >>> from tdabench.topology import betti_curve, persistence
    >>> betti_curve(persistence([[0.0], [1.0], [3.0]]), 0, 4).numbers[:, 0].tolist()
    [3, 2, 1]
    """
    start, stop = (as_real(end, "Betti curve, where a finite range begins and ends") for end in (start, stop))
    if not -np.inf < start < stop < np.inf:
        raise BadInput(f"Betti curve: a finite range is needed, not [{start}, {stop}].")
    if stop > diagram.limit:
        raise BadInput(f"Betti curve: asked for up to {stop}, but the persistence was computed up to {diagram.limit}.")
    changes = np.concatenate([bars.ravel() for bars in diagram.bars])
    inside = np.unique(changes[(changes > start) & (changes < stop)])
    edges = np.concatenate([[start], inside, [stop]])
    born = [np.searchsorted(np.sort(bars[:, 0]), edges[:-1], "right") for bars in diagram.bars]
    dead = [np.searchsorted(np.sort(bars[:, 1]), edges[:-1], "right") for bars in diagram.bars]
    return BettiCurve(edges, np.stack(born, axis=1) - np.stack(dead, axis=1))


def longest_runs(curve: BettiCurve) -> dict[tuple[int, ...], tuple[float, float]]:
    """For each Betti vector of a curve, the longest interval on which it holds without a break.

    Parameters
    ----------
    curve : BettiCurve

    Returns
    -------
    dict of tuple of int to pair of float
        Betti vector -> (from, to).

    Examples
    --------
    >>> from tdabench.topology import betti_curve, longest_runs, persistence
    >>> longest_runs(betti_curve(persistence([[0.0], [1.0], [3.0]]), 0, 4))[1, 0]
    (2.0, 4.0)
    """
    starts = np.flatnonzero(np.r_[True, (np.diff(curve.numbers, axis=0) != 0).any(axis=1)])
    stops = np.r_[starts[1:], len(curve.numbers)]
    longest: dict[tuple[int, ...], tuple[float, float]] = {}
    for start, stop in zip(starts, stops, strict=True):
        vector = tuple(int(number) for number in curve.numbers[start])
        run = (float(curve.edges[start]), float(curve.edges[stop]))
        known = longest.get(vector)
        if known is None or run[1] - run[0] > known[1] - known[0]:
            longest[vector] = run
    return longest


def most_read(shares: list[dict[str, float]]) -> tuple[str, int, float]:
    """The vector that has the longest run on most seeds, on how many, and the median of its run over all seeds.

    shares: `run_shares` of each seed.
    """
    longest = [max(seed, key=seed.get) for seed in shares]
    vector = max(sorted(set(longest)), key=longest.count)
    return vector, longest.count(vector), float(np.median([seed.get(vector, 0) for seed in shares]))


def in_words(vector: str) -> str:
    """ "1,5" -> "(1, 5)"."""
    return f"({vector.replace(',', ', ')})"


def run_shares(curve: BettiCurve) -> dict[str, float]:
    """Longest run of each Betti vector as a share of the whole range, longest first.

    The keys are written "1,1": this is the form in which measurements are recorded and claims look at them.
    """
    whole = float(curve.edges[-1] - curve.edges[0])
    shares = {vector: (stop - start) / whole for vector, (start, stop) in longest_runs(curve).items()}
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return {",".join(map(str, vector)): round(share, 6) for vector, share in ordered}


def step_shares(vectors) -> dict[str, float]:
    """Longest run of each Betti vector over neighbouring steps (the resolutions of a cover, say), as a share of them.

    vectors: one for each step. In the form of `run_shares`.
    """
    found: dict[str, float] = {}
    for vector, run in groupby(",".join(map(str, vector)) for vector in vectors):
        found[vector] = max(found.get(vector, 0.0), len(list(run)) / len(vectors))
    return found

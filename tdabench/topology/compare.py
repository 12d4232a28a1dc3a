"""Comparisons of persistence diagrams."""

import gudhi
import numpy as np

from tdabench.topology.persistence import Diagram
from tdabench.validation import as_integer


def bottleneck(first: Diagram, second: Diagram, dimension: int) -> float:
    """Bottleneck distance between the bars of one dimension, computed by GUDHI, exactly (e = 0).

    Parameters
    ----------
    first, second : Diagram
    dimension : int

    Returns
    -------
    float
        In the unit of the filtration; inf when the two have different numbers of bars that never die.

    Examples
    --------
    >>> from tdabench.topology import bottleneck, persistence
    >>> bottleneck(persistence([[0.0], [1.0]]), persistence([[0.0], [1.5]]), 0)
    0.5
    """
    dimension = as_integer(dimension, "dimension", 0, min(len(first.bars), len(second.bars)) - 1)
    left, right = first.bars[dimension], second.bars[dimension]
    endless = [np.sort(bars[np.isinf(bars[:, 1]), 0]) for bars in (left, right)]
    if len(endless[0]) != len(endless[1]):
        return float("inf")
    finite = [bars[np.isfinite(bars[:, 1])] for bars in (left, right)]
    apart = float(np.abs(endless[0] - endless[1]).max(initial=0))
    return max(apart, float(gudhi.bottleneck_distance(finite[0], finite[1], 0)))

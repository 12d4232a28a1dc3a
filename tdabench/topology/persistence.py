"""Persistent homology behind one call.

One convention at this border, whatever the engine and the complex:
- filtration values are distances: the edge length for Rips, twice the radius of the balls for alpha and Cech, the
  relaxation for witness complexes (GUDHI's squared values are converted);
- homology over the field of integers modulo any prime;
- bars of positive length only; a bar that has not died by `limit` dies at inf.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.topology.auto_engine import AUTO, DEFAULT, Choice, choose
from tdabench.topology.complexes import FLAG_COMPLEXES, SIMPLEX_TREES
from tdabench.topology.engine import Edges, positive
from tdabench.topology.engine import engine as named
from tdabench.topology.simplex_trees import bars_of
from tdabench.validation import as_integer, as_prime, as_real


@dataclass(frozen=True)
class Diagram:
    """Persistence diagram.

    Attributes
    ----------
    bars : tuple of ndarray of shape (m, 2)
        Births and deaths in each dimension, in the unit of the distances, sorted.
    field : int
        The prime p of Z/p.
    limit : float
        The filtration value up to which it was computed.
    engine : str
        Who computed it.
    why : str
        That one, in words, where engine="auto" chose it.

    Examples
    --------
    >>> from tdabench.topology import persistence
    >>> persistence([[0.0], [1.0], [3.0]]).bars[0].tolist()
    [[0.0, 1.0], [0.0, 2.0], [0.0, inf]]
    """

    bars: tuple[np.ndarray, ...]
    field: int
    limit: float
    engine: str
    why: str = ""


def persistence(
    data,
    complex: str = "rips",
    max_dimension: int = 1,
    limit: float = np.inf,
    field: int = 2,
    engine: str | None = None,
    threads: int = 1,
    memory_bytes: float = np.inf,
    **options,
) -> Diagram:
    """Persistence diagram of points, or of a matrix.

    Parameters
    ----------
    data : array-like of shape (n, d)
        Points; a matrix (n, n) for complex="distances" and "correlation" (distance = 1 - correlation).
    complex : str
        "rips", "distances" and "correlation", which any engine takes; "sparse_rips", "alpha", "cech" (Delaunay-Cech),
        "witness" and "strong_witness", which GUDHI builds.
    max_dimension : int
        The highest dimension of homology.
    limit : float
        Filtration value up to which it is computed, in the unit of the distances.
    field : int
        A prime p: homology over Z/p.
    engine : str, optional
        Of "rips", "distances" and "correlation": a file of tdabench/topology/engines/, or "auto", the fastest of these
        for such an input that fits into memory_bytes. By default "ripser", whose values are float32.
    threads : int
        That the engine may use, where it uses any.
    memory_bytes : float
        For "auto".
    **options
        Of the complex: epsilon and seed of "sparse_rips", landmarks and seed of the witness complexes.

    Returns
    -------
    Diagram
        In dimensions 0 to max_dimension.

    Raises
    ------
    BadInput
        For data and parameters that cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import persistence
    >>> angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> persistence(circle).bars[1].round(3).tolist()
    [[0.518, 1.732]]
    """
    field = as_prime(field)
    max_dimension = as_integer(max_dimension, "max_dimension", 0, 20)
    limit = as_real(limit, "limit", above=0)
    if complex in FLAG_COMPLEXES:
        edges = Edges(FLAG_COMPLEXES[complex](data, **options), limit, threads)
        chosen = choose(edges, max_dimension, field, memory_bytes) if engine == AUTO else Choice(engine or DEFAULT, "")
        engine, why = chosen.engine, chosen.why
        found = named(engine).bars(edges, max_dimension, field)
    elif complex in SIMPLEX_TREES:
        if engine not in (None, AUTO, "gudhi"):
            raise BadInput(f"complex {complex!r} is built by GUDHI only, not by {engine!r}.")
        engine, why = "gudhi", ""
        tree = SIMPLEX_TREES[complex](data, max_dimension + 1, limit, **options)
        found = [positive(bars) for bars in bars_of(tree, max_dimension, field)]
    else:
        known = ", ".join([*FLAG_COMPLEXES, *SIMPLEX_TREES])
        raise BadInput(f"complex: one of {known} is needed, not {complex!r}.")
    return Diagram(tuple(found), field, limit, engine, why)

"""The engines that compute the persistence of a flag complex: every file in tdabench/topology/engines/, found without a
list. This is their border: what goes in and what comes out is the same for all.

To add one, add a file there:

    '''Its name. Its paper, or its algorithm.'''
    TITLE = "Ripser"          # as it stands in tables
    PACKAGE = "ripser"        # left out where it is not installed
    FLOATS = 32               # bits of its filtration values: bars shorter than their rounding are lost in 32
    LARGEST_FIELD = 127       # the largest prime p that it takes as Z/p; left out: any
    def bars(edges, max_dimension, field) -> one (m, 2) array of births and deaths per dimension, edges: see Edges
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from importlib.util import find_spec

import numpy as np
from scipy.sparse import coo_matrix

from tdabench.errors import BadInput

LARGEST_PRIME = 46_337  # GUDHI's: the largest below 2^15.5


@dataclass(frozen=True)
class Edges:
    """A weighted graph. matrix: (n, n) values of its edges, float64; only those up to `limit` enter, infinite ones
    never. threads: that an engine may use."""

    matrix: np.ndarray
    limit: float
    threads: int = 1

    @cached_property
    def complete(self) -> bool:
        """Whether every edge enters."""
        return bool(np.isfinite(self.matrix).all() and (self.matrix <= self.limit).all())

    @cached_property
    def cut(self) -> float:
        """The value after which nothing is born or dies: the limit, the longest edge, or the enclosing radius, from
        which on the complex is a cone."""
        entering = self.matrix[np.isfinite(self.matrix) & (self.matrix <= self.limit)]
        return float(min(entering.max(initial=0.0), self.matrix.max(axis=1, initial=0.0).min(initial=np.inf)))

    @cached_property
    def share(self) -> float:
        """The share of all pairs of points that are edges up to the cut."""
        n = len(self.matrix)
        return float(np.count_nonzero(self.matrix[np.triu_indices(n, 1)] <= self.cut) / max(n * (n - 1) / 2, 1))

    def sparse(self) -> coo_matrix:
        """The edges that enter, each twice, without the diagonal."""
        enters = np.isfinite(self.matrix) & (self.matrix <= self.cut)
        np.fill_diagonal(enters, False)
        rows, columns = np.nonzero(enters)
        return coo_matrix((self.matrix[rows, columns], (rows, columns)), shape=self.matrix.shape)


@dataclass(frozen=True)
class Engine:
    """One file of tdabench/topology/engines/. source: its docstring; package: what is imported; floats: bits."""

    name: str
    title: str
    source: str
    package: str
    floats: int
    largest_field: int
    call: Callable

    @property
    def installed(self) -> bool:
        return find_spec(self.package) is not None

    @property
    def version(self) -> str:
        """Of its distribution."""
        return metadata.version(_distributions()[self.package][0])

    def bars(self, edges: Edges, max_dimension: int, field: int) -> list[np.ndarray]:
        """Sorted bars of positive length (m, 2), float64, per dimension. BadInput for a field that it does not know."""
        if field > self.largest_field:
            largest = self.largest_field
            raise BadInput(f"field: {self.name} works up to Z/{largest}, not Z/{field}; take engine='gudhi'.")
        found = self.call(edges, max_dimension, field)
        found = [*found, *[np.empty((0, 2))] * (max_dimension + 1 - len(found))]  # some leave out empty dimensions
        return [positive(bars) for bars in found]


@cache
def engines() -> dict[str, Engine]:
    """All engines by name, those that are not installed among them."""
    from tdabench.topology import engines as folder  # the package, not this function

    return {name: _read(name) for _, name, _ in sorted(pkgutil.iter_modules(folder.__path__), key=lambda e: e.name)}


def engine(name: str) -> Engine:
    """One engine. BadInput when there is none of that name, or its package is not installed."""
    known = engines()
    if name not in known:
        raise BadInput(f"engine: one of {', '.join(known)} is needed, not {name!r}.")
    if not known[name].installed:
        raise BadInput(f"engine: {name} needs the package {known[name].package}, which is not installed.")
    return known[name]


@cache
def _distributions() -> dict[str, list[str]]:
    """Of each importable package. Listing them reads the files of all that is installed: half a second."""
    return metadata.packages_distributions()


def positive(bars) -> np.ndarray:
    """Sorted bars of positive length, float64."""
    bars = np.asarray(bars, dtype=np.float64).reshape(-1, 2)
    bars = bars[bars[:, 1] > bars[:, 0]]
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]


def _read(name: str) -> Engine:
    module = importlib.import_module(f"tdabench.topology.engines.{name}")
    source = " ".join(module.__doc__.split())
    largest = getattr(module, "LARGEST_FIELD", LARGEST_PRIME)
    return Engine(name, module.TITLE, source, module.PACKAGE, module.FLOATS, largest, module.bars)

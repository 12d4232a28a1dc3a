"""Persistence by the textbook: the boundary matrix of a whole flag complex, reduced column by column.

Slow, short, and independent of every engine: what they are held to on small inputs (Edelsbrunner, Letscher & Zomorodian
2002; Zomorodian & Carlsson 2005 over any field).
"""

from itertools import combinations

import numpy as np

from tdabench.topology.complexes import distances
from tdabench.topology.engine import positive
from tdabench.validation import as_integer, as_prime


def bars_by_reduction(matrix, max_dimension: int, limit: float = np.inf, field: int = 2) -> list[np.ndarray]:
    """Bars of positive length (m, 2), sorted, in dimensions 0 to max_dimension, of the flag complex of edge values
    (n, n) up to `limit` over Z/field. Some thousands of simplices are a matter of seconds."""
    matrix, max_dimension, field = distances(matrix), as_integer(max_dimension, "max_dimension", 0, 20), as_prime(field)
    simplices = _filtered(matrix, max_dimension + 1, limit)
    place = {simplex: number for number, (_, _, simplex) in enumerate(simplices)}
    columns: dict[int, dict[int, int]] = {}  # pivot row -> the reduced column that ends there, row -> coefficient
    unpaired: set[int] = set()
    found: list[list] = [[] for _ in range(max_dimension + 1)]
    for number, (death, size, simplex) in enumerate(simplices):
        column = {} if size == 1 else {
            place[simplex[:left] + simplex[left + 1 :]]: (-1) ** left % field for left in range(size)
        }  # fmt: skip
        while column and (pivot := max(column)) in columns:
            factor = -column[pivot] * pow(columns[pivot][pivot], -1, field)
            for row, value in columns[pivot].items():
                column[row] = (column.get(row, 0) + factor * value) % field
                if not column[row]:
                    del column[row]
        if not column:
            unpaired.add(number)
        else:
            columns[pivot] = column
            unpaired.remove(pivot)
            found[size - 2].append((simplices[pivot][0], death))
    for number in unpaired:
        birth, size, _ = simplices[number]
        if size - 1 <= max_dimension:
            found[size - 1].append((birth, np.inf))
    return [positive(bars) for bars in found]


def _filtered(matrix: np.ndarray, dimension: int, limit: float) -> list[tuple[float, int, tuple[int, ...]]]:
    """(value, number of vertices, vertices) of every simplex up to that dimension, faces before what they bound."""
    found = [(0.0, 1, (vertex,)) for vertex in range(len(matrix))]
    for size in range(2, dimension + 2):
        for simplex in combinations(range(len(matrix)), size):
            value = max(matrix[edge] for edge in combinations(simplex, 2))
            if value <= limit and np.isfinite(value):
                found.append((float(value), size, simplex))
    return sorted(found)

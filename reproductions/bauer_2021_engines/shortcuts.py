"""What each shortcut of an engine buys on one input: the same bars with it and without.

Every edge, edges to the enclosing radius (from which on the complex is a cone), the graph after edge collapse
(Boissonnat & Pritam 2020), several threads, apparent pairs (Bauer 2021, section 3): pairs that are read off and never
reduced.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tdabench.topology.engine import Edges, positive
from tdabench.topology.simplex_trees import collapsed

WARM_UP = 10  # rows


@dataclass(frozen=True)
class Way:
    """One engine ("ripser" or "giotto_ph") with some of the shortcuts. Apparent and emergent pairs it always uses."""

    title: str
    engine: str
    radius: bool = True
    collapse: bool = False
    threads: int = 1


WAYS = {
    "ripser_all": Way("Ripser, every edge", "ripser", radius=False),
    "ripser_radius": Way("Ripser, to the enclosing radius", "ripser"),
    "ripser_collapse": Way("Ripser, to the enclosing radius, edge collapse", "ripser", collapse=True),
    "giotto_all": Way("giotto-ph, every edge", "giotto_ph", radius=False),
    "giotto_radius": Way("giotto-ph, to the enclosing radius", "giotto_ph"),
    "giotto_collapse": Way("giotto-ph, to the enclosing radius, edge collapse", "giotto_ph", collapse=True),
    "giotto_threads": Way("giotto-ph, to the enclosing radius, two threads", "giotto_ph", threads=2),
    "giotto_both": Way("giotto-ph, to the enclosing radius, edge collapse, two threads", "giotto_ph", True, True, 2),
}


def bars(way: Way, matrix: np.ndarray, max_dimension: int, field: int) -> list[np.ndarray]:
    """Bars of positive length (m, 2) per dimension of all of a matrix of distances (n, n)."""
    if way.collapse:
        given, limit = collapsed(matrix, Edges(matrix, np.inf).cut), np.inf
    else:
        # A threshold at the longest distance leaves every edge; without one the engines stop at the enclosing radius.
        given, limit = matrix, np.inf if way.radius else float(matrix.max())
    if way.engine == "ripser":
        from ripser import ripser

        found = ripser(given, maxdim=max_dimension, thresh=limit, coeff=field, distance_matrix=True)
    else:
        from gph import ripser_parallel

        options = {"metric": "precomputed", "n_threads": way.threads}
        found = ripser_parallel(given, maxdim=max_dimension, thresh=limit, coeff=field, **options)
    return [positive(each) for each in found["dgms"]]


def work(task: dict) -> tuple:
    """What tdabench.processes.timing calls in a process of its own."""
    matrix = np.load(task["matrix"], allow_pickle=False)
    way = replace(WAYS[task["way"]], threads=task["threads"])

    def of(rows):
        return bars(way, matrix[:rows, :rows], task["dimension"], task["field"])

    def keep(found):
        np.savez_compressed(task["output"], **{str(dimension): each for dimension, each in enumerate(found)})

    return partial(of, WARM_UP), partial(of, len(matrix)), keep


def apparent_triangles(matrix: np.ndarray, cut: float) -> dict[str, int]:
    """Triangles of the graph up to `cut`, and how many are in an apparent pair: with an edge, or with a tetrahedron.

    matrix: (n, n) distances. Equal distances are put in the order of their places, which refines the filtration.
    With the longest edge ab of a triangle abc, the tetrahedra that appear with it are abcd with d as near to all three:
    the oldest is that of the largest d, of whose facets abc is the youngest where d > c. An edge's oldest triangle is
    that of its largest c.
    """
    n = len(matrix)
    order = np.full((n, n), n * n)
    above = np.triu_indices(n, 1)
    ranked = np.empty(len(above[0]), dtype=int)
    ranked[np.argsort(matrix[above], kind="stable")] = np.arange(len(ranked))
    order[above] = order.T[above] = ranked
    counted = {"edges": 0, "triangles": 0, "with an edge": 0, "with a tetrahedron": 0}
    for a, b in zip(*above, strict=True):
        if matrix[a, b] > cut:
            continue
        near = np.flatnonzero((order[a] < order[a, b]) & (order[b] < order[a, b]))
        among = order[np.ix_(near, near)] < order[a, b]
        counted["edges"] += 1
        counted["triangles"] += len(near)
        counted["with an edge"] += len(near) > 0
        counted["with a tetrahedron"] += int(np.triu(among, 1).any(axis=1).sum())
    return counted

"""Shortcuts of the engines: the same bars, and how many triangles are never reduced."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from reproductions.bauer_2021_engines.race import Race, same
from reproductions.bauer_2021_engines.shortcuts import WAYS, apparent_triangles, bars
from reproductions.bauer_2021_engines.textbook_reduction import bars_by_reduction
from tdabench.processes.timing import WorkLimits
from tdabench.topology.engine import Edges, engine
from tdabench.topology.simplex_trees import collapsed


def cloud(count, width=3):
    points = np.random.default_rng(0).normal(size=(count, width))
    return squareform(pdist(points)).astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("name", WAYS)
def test_every_way_finds_the_bars_of_the_textbook(name):
    if not engine(WAYS[name].engine).installed:
        pytest.skip(f"{WAYS[name].engine} is not installed")
    matrix = cloud(14)
    assert same(bars(WAYS[name], matrix, 2, 2), bars_by_reduction(matrix, 2))


def test_edge_collapse_leaves_a_graph_with_fewer_edges_of_the_same_values():
    matrix = cloud(40, 2)
    cut = Edges(matrix, np.inf).cut
    found = collapsed(matrix, cut).toarray()
    kept = found > 0
    assert (found == found.T).all() and 0 < kept.sum() < (matrix <= cut).sum()
    assert np.isin(found[kept], matrix).all()


def in_order(matrix):
    """Simplices of the full complex to dimension 3 as Ripser orders them: by diameter, the later places first."""
    edges = sorted((tuple(pair) for pair in combinations(range(len(matrix)), 2)), key=lambda e: (matrix[e], e))
    rank = {edge: place for place, edge in enumerate(edges)}

    def key(simplex):
        longest = max(rank[pair] for pair in combinations(simplex, 2))
        return (longest, len(simplex), [-vertex for vertex in reversed(simplex)])

    return {size: sorted(combinations(range(len(matrix)), size), key=key) for size in (2, 3, 4)}, key


def test_apparent_pairs_are_those_of_the_definition():
    """An apparent pair: the lower is the youngest facet of the upper, and the upper the oldest cofacet of the lower."""
    matrix = cloud(11)
    by_size, key = in_order(matrix)
    pairs = {}
    for size in (3, 4):
        youngest = {upper: max(combinations(upper, size - 1), key=key) for upper in by_size[size]}
        oldest = {}
        for upper in by_size[size]:
            for lower in combinations(upper, size - 1):
                oldest.setdefault(lower, upper)
        alike = (upper for upper, lower in youngest.items() if key(lower)[0] == key(upper)[0])
        pairs[size] = sum(oldest[youngest[upper]] == upper for upper in alike)
    found = apparent_triangles(matrix, np.inf)
    assert found == {"edges": 55, "triangles": 165, "with an edge": pairs[3], "with a tetrahedron": pairs[4]}


def test_only_what_enters_is_counted():
    matrix = cloud(20)
    cut = float(np.median(matrix))
    found = apparent_triangles(matrix, cut)
    near = matrix <= cut
    assert found["edges"] == np.triu(near, 1).sum()
    assert found["triangles"] == sum(near[np.ix_(t, t)].all() for t in combinations(range(20), 3))


def test_a_way_is_measured_in_a_process_of_its_own_once(tmp_path, monkeypatch):
    race = Race("thirty", cloud(30), 1)
    found, first = race.run_way("ripser_collapse", WorkLimits(1, 60, 4), tmp_path)
    assert found.kind == "" and found.wall_s > 0
    assert same(first, race.run("ripser", WorkLimits(1, 60, 4), tmp_path)[1])
    monkeypatch.setattr("reproductions.bauer_2021_engines.race.timed", lambda *_: 1 / 0)
    assert race.run_way("ripser_collapse", WorkLimits(1, 60, 4), tmp_path)[0] == found

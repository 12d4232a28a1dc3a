"""Numbers of simplices are right, or right within their standard error; what was too large is refused beforehand."""

from itertools import combinations
from math import comb

import gudhi
import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.topology import persistence
from tdabench.topology.compare import bottleneck
from tdabench.topology.estimate import cliques, flag_estimate, rips_estimate
from tdabench.topology.ladder import TooLarge, persistence_within, rungs


def sphere(count, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def distances(points):
    return np.linalg.norm(points[:, None] - points, axis=2)


@pytest.mark.parametrize("limit", [0.4, 0.9, 1.5, np.inf])
@pytest.mark.parametrize("max_dimension", [0, 1, 2])
def test_simplices_are_counted_as_gudhi_builds_them(limit, max_dimension):
    matrix = distances(sphere(25))
    tree = gudhi.RipsComplex(distance_matrix=matrix, max_edge_length=limit).create_simplex_tree(max_dimension + 1)
    found = flag_estimate(matrix, max_dimension, limit, "gudhi")
    assert abs(found.simplices - tree.num_simplices()) <= 4 * found.error
    assert found.bytes > 60 * tree.num_simplices()


def test_cliques_are_counted_where_that_is_cheap_and_else_estimated_with_their_error():
    graph = distances(sphere(40)) < 0.9
    np.fill_diagonal(graph, False)
    for size in (1, 2, 3, 4, 5):
        exact = sum(all(graph[a, b] for a, b in combinations(chosen, 2)) for chosen in combinations(range(40), size))
        assert cliques(graph, size, samples=10**6) == (exact, 0.0)
        estimates = [cliques(graph, size, seed, samples=60) for seed in range(20)]
        apart = [abs(number - exact) / error for number, error in estimates if error]
        assert sum(away < 3 for away in apart) >= len(apart) - 1


def test_the_example_that_took_the_whole_process_along():
    """GUDHI's Rips complex of 400 points to dimension 3."""
    found = rips_estimate(400, 2, "gudhi")
    assert found.simplices == sum(comb(400, size) for size in (1, 2, 3, 4))
    assert found.gib > 24
    with pytest.raises(TooLarge, match=r"1.1e\+09 simplices, about 64 GiB.* is 1 GiB. What fits: sparse Rips"):
        persistence_within(sphere(400), 2, 2**30, engine="gudhi")


def test_what_fits_is_done_as_it_was_asked_for():
    points = sphere(30)
    diagram, rung = persistence_within(points, 1, 2**30)
    assert (rung.name, rung.bound) == ("as asked for", 0)
    for found, asked in zip(diagram.bars, persistence(points).bars, strict=True):
        assert np.array_equal(found, asked)


def test_a_rung_without_error_is_taken_unasked():
    points = sphere(60)
    asked, cone = list(rungs(points, 1, 2**40))[:2]
    limit = (asked.estimate.bytes + cone.estimate.bytes) / 2
    if cone.estimate.bytes < asked.estimate.bytes:
        diagram, rung = persistence_within(points, 1, limit)
        assert rung.bound == 0
        assert np.array_equal(diagram.bars[1], persistence(points).bars[1])


@pytest.mark.parametrize("seed", range(3))
def test_every_rung_keeps_its_bound(seed):
    points = sphere(40, seed)
    exact = persistence(points, max_dimension=1)
    names = []
    for rung in rungs(points, 1, 2**40, seed=seed):
        names.append(rung.name.split(",")[0])
        diagram = rung.compute()
        if rung.bound is None:
            continue
        for dimension in (0, 1):
            assert bottleneck(exact, diagram, dimension) <= rung.bound + 1e-6, (rung.name, dimension)
    assert names == ["as asked for", "up to the enclosing radius", "edge collapse", "sparse Rips",
                     "30 maxmin landmarks", "lazy witness complex of 30 landmarks"]  # fmt: skip


def test_over_the_limit_the_next_rung_is_taken_if_that_is_wanted():
    points = sphere(200)
    limit = rips_estimate(60, 2, "gudhi").bytes
    with pytest.raises(TooLarge, match="What fits"):
        persistence_within(points, 2, limit, engine="gudhi")
    diagram, rung = persistence_within(points, 2, limit, engine="gudhi", over="take")
    assert rung.bound > 0 and rung.estimate.bytes <= limit
    assert len(diagram.bars) == 3


def test_nothing_fits_into_nothing():
    with pytest.raises(TooLarge, match="Nothing that is known here fits"):
        persistence_within(sphere(50), 1, 1000, over="take")


@pytest.mark.parametrize(
    "call",
    [lambda: rips_estimate(0, 1), lambda: rips_estimate(10, -1), lambda: rips_estimate(10, 1.5),
     lambda: rips_estimate(10, 1, "javaplex"), lambda: flag_estimate(np.ones((2, 3)), 1),
     lambda: persistence_within(sphere(9), 1, 2**30, over="guess"), lambda: list(rungs([[np.nan]], 1, 2**30))],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(BadInput):
        call()

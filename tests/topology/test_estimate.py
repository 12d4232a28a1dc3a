"""Numbers of simplices are right, or right within their standard error; what was too large is refused beforehand."""

from itertools import combinations
from math import comb

import gudhi
import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.topology import complexes, estimate, fallback, persistence
from tdabench.topology.compare import bottleneck
from tdabench.topology.estimate import (
    cliques,
    delaunay_estimate,
    edges_of,
    flag_estimate,
    lazy_witness_estimate,
    rips_estimate,
    sparse_estimate,
    witness_estimate,
)
from tdabench.topology.fallback import TooLarge, in_words, persistence_within, rungs


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


def test_a_graph_of_many_vertices_has_its_triangles_sampled(monkeypatch):
    matrix = distances(sphere(60))
    counted = flag_estimate(matrix, 1, 0.9, "gudhi")
    monkeypatch.setattr(estimate, "COUNTED", 50)
    sampled = flag_estimate(matrix, 1, 0.9, "gudhi")
    assert (counted.how, counted.error, sampled.how) == ("counted", 0, "sampled")
    assert 0 < abs(sampled.simplices - counted.simplices) < 4 * sampled.error


@pytest.mark.parametrize("limit", [0.7, np.inf])
@pytest.mark.parametrize("max_dimension", [0, 1, 2])
def test_sparse_rips_has_no_more_simplices_than_its_graph_has_cliques(limit, max_dimension):
    points = sphere(60)
    built = complexes.sparse_rips(points, max_dimension + 1, limit, 0.5).num_simplices()
    found = sparse_estimate(points, max_dimension, limit, 0.5)
    assert built <= found.simplices + 4 * found.error
    assert found.how.startswith("at most")


def test_the_edges_of_a_tree_are_its_edges():
    matrix = distances(sphere(12))
    tree = gudhi.SimplexTree.create_from_array(matrix, max_filtration=1.0)
    assert np.array_equal(edges_of(tree, 12), np.where(matrix <= 1.0, matrix, np.inf))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("complex", [complexes.alpha, complexes.cech])
def test_a_delaunay_triangulation_that_is_small_is_counted(complex, width):
    points = np.random.default_rng(width).normal(size=(70, width))
    found = delaunay_estimate(points)
    assert (found.simplices, found.how) == (complex(points, width, np.inf).num_simplices(), "counted")


@pytest.mark.parametrize("points", [sphere(3000), np.random.default_rng(0).normal(size=(3000, 3)),
                                    np.random.default_rng(1).normal(size=(3000, 2))])  # fmt: skip
def test_a_larger_one_is_told_from_how_it_grows(points, monkeypatch):
    counted = delaunay_estimate(points)
    monkeypatch.setattr(estimate, "DELAUNAY_TRIED", 20_000)
    told = delaunay_estimate(points)
    assert (counted.how, told.how) == ("counted", "extrapolated")
    assert 0.95 < told.simplices / counted.simplices < 1.4


def test_a_triangulation_of_many_dimensions_is_not_tried():
    found = delaunay_estimate(np.random.default_rng(0).normal(size=(200, 40)))
    assert (found.simplices, found.how) == (2.0**41, "at least")


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.zeros((1, 3)), np.arange(12.0)[:, None] * [1, 2, 3]])
def test_points_without_a_triangulation_of_full_dimension_are_counted_too(points):
    assert delaunay_estimate(points).simplices == complexes.alpha(points, 3, np.inf).num_simplices()


@pytest.mark.parametrize("complex", [complexes.witness, complexes.strong_witness])
def test_witness_complexes_have_no_more_simplices_than_sets_of_landmarks(complex):
    points = sphere(200)
    for max_dimension in (0, 1, 2):
        built = complex(points, max_dimension + 1, np.inf, landmarks=8).num_simplices()
        assert built <= witness_estimate(200, max_dimension, 8).simplices


def test_a_lazy_witness_complex_takes_that_of_its_landmarks_and_their_distances():
    rips, found = rips_estimate(50, 1), lazy_witness_estimate(10_000, 1, 50)
    assert found.simplices == rips.simplices
    assert found.bytes - rips.bytes > 2 * 8 * 50 * 10_000


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


@pytest.mark.parametrize("limit", [0.5, 1.0, 1.7])
def test_a_rung_without_error_is_the_same_diagram_up_to_the_limit(limit):
    points = sphere(40)
    asked, *others = [rung for rung in rungs(points, 1, 2**40, limit) if rung.bound == 0]
    exact = asked.compute()
    for diagram in (rung.compute() for rung in others):
        assert diagram.limit == exact.limit == limit
        for found, bars in zip(diagram.bars, exact.bars, strict=True):
            np.testing.assert_allclose(found, bars, atol=1e-6)


def test_points_that_are_all_one_have_rungs():
    for limit in (1.0, np.inf):
        diagrams = [rung.compute() for rung in rungs(np.ones((12, 2)), 1, 2**40, limit)]
        assert len(diagrams) >= 3
        assert all(diagram.bars[0].tolist() == [[0, np.inf]] for diagram in diagrams[:3])


def test_of_more_points_than_are_looked_at_in_full_the_landmarks_remain(monkeypatch):
    monkeypatch.setattr(fallback, "WHOLE", 30)
    asked, landmarks, witnesses = rungs(sphere(40), 1, 2**30, limit=0.5)
    assert asked.estimate.how == "at most"
    assert [landmarks.name, witnesses.name] == ["30 maxmin landmarks", "lazy witness complex of 30 landmarks"]


def test_sizes_are_told_in_a_unit_that_is_read():
    told = [fallback.size(number) for number in (1, 300 * 2**20, 2.5 * 2**30, 1234.4 * 2**30)]
    assert told == ["1 MiB", "300 MiB", "2.5 GiB", "1,234 GiB"]
    asked = next(rungs(sphere(40), 1, 2**30, limit=0.5))
    assert "about 1 MiB, and the limit is 1 GiB" in in_words(asked, 2**30)


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
     lambda: witness_estimate(10, 1, 11), lambda: lazy_witness_estimate(10, 1, 11),
     lambda: delaunay_estimate([[np.inf]]),
     lambda: sparse_estimate(sphere(9), 1, epsilon=1), lambda: list(rungs(sphere(9), 1, 2**30, limit=0)),
     lambda: list(rungs(sphere(9), 1, 2**30, limit=np.nan)), lambda: lazy_witness_estimate("many", 1, 5),
     lambda: persistence_within(sphere(9), 1, 2**30, over="guess"), lambda: list(rungs([[np.nan]], 1, 2**30))],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(BadInput):
        call()

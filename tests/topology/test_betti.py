"""Betti curves, their longest runs, and the bottleneck distance: diagrams small enough to do by hand."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.topology import Diagram, betti_curve, betti_numbers, bottleneck, longest_runs, persistence
from tdabench.topology.betti import run_shares, step_shares

INF = np.inf


def diagram(*bars, limit=INF):
    return Diagram(tuple(np.array(table, dtype=float).reshape(-1, 2) for table in bars), 2, limit, "by hand")


# One component to the end, a second until 1; a loop on [2, 4), another on [5, 10).
TWO_LOOPS = diagram([[0, 1], [0, INF]], [[2, 4], [5, 10]], limit=20)


def test_a_bar_holds_from_its_birth_until_just_before_its_death():
    assert betti_numbers(TWO_LOOPS, 0) == (2, 0)
    assert betti_numbers(TWO_LOOPS, 1) == (1, 0)
    assert betti_numbers(TWO_LOOPS, 2) == (1, 1)
    assert betti_numbers(TWO_LOOPS, 4) == (1, 0)
    assert betti_numbers(TWO_LOOPS, -0.5) == (0, 0)


def test_the_curve_changes_where_bars_begin_and_end():
    curve = betti_curve(TWO_LOOPS, 0, 8)
    assert curve.edges.tolist() == [0, 1, 2, 4, 5, 8]
    assert curve.numbers.tolist() == [[2, 0], [1, 0], [1, 1], [1, 0], [1, 1]]


def test_a_vector_that_holds_twice_counts_its_longest_piece():
    runs = longest_runs(betti_curve(TWO_LOOPS, 0, 8))
    assert runs == {(2, 0): (0, 1), (1, 0): (1, 2), (1, 1): (5, 8)}
    assert run_shares(betti_curve(TWO_LOOPS, 0, 8)) == {"1,1": 0.375, "1,0": 0.125, "2,0": 0.125}
    assert longest_runs(betti_curve(TWO_LOOPS, 0, 6))[1, 1] == (2, 4)


def test_a_run_goes_on_when_one_loop_takes_over_from_another():
    relay = diagram([[0, INF]], [[1, 3], [3, 6]])
    assert longest_runs(betti_curve(relay, 0, 8))[1, 1] == (1, 6)


def test_a_range_cuts_the_runs_at_its_ends():
    curve = betti_curve(TWO_LOOPS, 3, 6)
    assert curve.edges.tolist() == [3, 4, 5, 6]
    assert longest_runs(curve)[1, 1] == (3, 4)
    assert sum(run_shares(curve).values()) == pytest.approx(2 / 3, abs=1e-5)


def test_a_diagram_without_change_is_one_run():
    assert run_shares(betti_curve(diagram([[0, INF]], []), 0, 1)) == {"1,0": 1.0}


def test_shares_come_longest_first():
    shares = run_shares(betti_curve(TWO_LOOPS, 0, 20))
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert next(iter(shares)) == "1,0"


@pytest.mark.parametrize(
    ("word", "start", "stop"),
    [
        ("finite", 0, INF),
        ("finite", -INF, 1),
        ("finite", 1, 1),
        ("finite", 2, 1),
        ("finite", 0, np.nan),
        ("computed up to 20", 0, 21),
    ],
)
def test_a_range_that_is_none_is_refused(word, start, stop):
    with pytest.raises(BadInput, match=word):
        betti_curve(TWO_LOOPS, start, stop)


def test_bottleneck_is_the_largest_move_of_the_best_matching():
    left, right = diagram([[0, 4], [1, 2]]), diagram([[0.5, 4.75]])
    assert bottleneck(left, right, 0) == pytest.approx(0.75)  # [1, 2] goes to the diagonal, .5 away
    assert bottleneck(right, left, 0) == pytest.approx(0.75)
    assert bottleneck(left, left, 0) == 0


def test_bottleneck_to_an_empty_diagram_is_half_the_longest_bar():
    assert bottleneck(diagram([[0, 4], [1, 2]]), diagram([]), 0) == pytest.approx(2)


def test_bottleneck_of_bars_that_never_die():
    assert bottleneck(diagram([[0, INF], [3, INF]]), diagram([[1, INF], [3.25, INF]]), 0) == 1
    assert bottleneck(diagram([[0, INF]]), diagram([[0, INF], [1, INF]]), 0) == INF
    assert bottleneck(diagram([[0, INF]]), diagram([[0, 10]]), 0) == INF


def test_bottleneck_looks_at_the_asked_dimension_only():
    assert bottleneck(diagram([[0, 1]], [[1, 2]]), diagram([[0, 9]], [[1, 2]]), 1) == 0


def test_moving_points_a_little_moves_bars_no_more_than_twice_that():
    """Stability of Rips persistence (Chazal, de Silva & Oudot 2014)."""
    random = np.random.default_rng(0)
    points = random.normal(size=(60, 2))
    moves = random.uniform(-0.01, 0.01, size=points.shape)
    before, after = persistence(points, engine="gudhi"), persistence(points + moves, engine="gudhi")
    most = 2 * np.linalg.norm(moves, axis=1).max()
    assert 0 < bottleneck(before, after, 1) <= most
    assert 0 < bottleneck(before, after, 0) <= most


def test_runs_over_steps_are_shares_of_all_steps_and_do_not_add_up_over_breaks():
    vectors = [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)]
    assert step_shares(vectors) == {"1,0": 0.2, "1,1": 0.4}

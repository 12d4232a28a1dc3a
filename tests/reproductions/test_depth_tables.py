"""Rows of layers: what is kept of a curve, how it is read, and that p is adjusted over all layers together."""

from types import SimpleNamespace

import numpy as np
import pytest

from reproductions.carlsson_2019_depths.depths import LayerProtocol, Task, examine
from reproductions.carlsson_2019_depths.tables import (
    LEAST_RUN,
    against_gaussian,
    is_simple,
    layer_row,
    runs,
    statistics_in_words,
    statistics_rows,
)


def layer(name, measured, drawn):
    """A stand-in for a Depth with statistics alone."""
    return SimpleNamespace(name=name, measured=measured, drawn=drawn)


def test_short_runs_are_left_out_but_never_the_longest():
    curves = SimpleNamespace(shares=[{"1,1": 0.6, "2,0": LEAST_RUN / 2, "1,2": LEAST_RUN}, {"9,0": LEAST_RUN / 3}])
    assert runs(curves) == [{"1,1": 0.6, "1,2": LEAST_RUN}, {"9,0": LEAST_RUN / 3}]


@pytest.mark.parametrize(
    ("shares", "simple"),
    [
        ({"1,1": 0.4, "2,0": 0.3}, True),
        ({"1,5": 0.25}, True),
        ({"1,6": 0.5}, False),  # too many loops
        ({"2,0": 0.5, "1,1": 0.4}, False),  # two pieces
        ({"1,0": 0.24}, False),  # too short
    ],
)
def test_simple_is_one_piece_with_few_loops_for_long_enough(shares, simple):
    assert is_simple(shares, b0=1, most_b1=5, run=0.25) is simple


def test_p_is_adjusted_over_all_statistics_of_all_layers():
    random = np.random.default_rng(0)
    draws = [[{"a": float(random.normal()), "b": float(random.normal())} for _ in range(99)] for _ in range(2)]
    far = layer("far", {"a": 9.0, "b": 0.0}, draws[0])
    near = layer("near", {"a": 0.1, "b": 2.2}, draws[1])
    rows = against_gaussian([far, layer("unasked", {}, []), near])
    found = {(row["layer"], row["statistic"]): row for row in rows}
    assert list(found) == [("far", "a"), ("far", "b"), ("near", "a"), ("near", "b")]
    assert found["far", "a"]["adjusted p"] == pytest.approx(0.01)
    alone = {row["statistic"]: row for row in against_gaussian([near])}
    assert alone["b"]["p"] == found["near", "b"]["p"] < found["near", "b"]["adjusted p"]
    assert alone["b"]["adjusted p"] < found["near", "b"]["adjusted p"]  # more tests, more chances


def test_statistics_are_told_by_layer_and_in_words():
    rows = [
        {"layer": one, "statistic": name, "measured": 1.23456, "control": 0.5, "p": 0.02, "adjusted p": adjusted}
        for one, name, adjusted in (("x", "a", 0.01), ("x", "b", 0.5), ("y", "a", 0.05), ("y", "b", 0.2))
    ]
    table = statistics_rows(rows, 0.05)
    assert table[0] == {"layer": "x", "a": "1.23 / 0.5, p .02*", "b": "1.23 / 0.5, p .02"}
    assert [row["layer"] for row in table] == ["x", "y"]
    assert statistics_in_words(rows, 0.05) == "of 2 layers compared, 4 tests, differ: a in 2; in none: b"
    assert statistics_in_words(rows, 0.001).endswith("differ: none; in none: a, b")


def test_a_row_tells_bars_and_readings_of_data_and_gaussian():
    kernels = np.random.default_rng(0).normal(size=(20, 20, 3, 3))
    row = layer_row(examine(Task("noise", kernels, LayerProtocol(landmarks=30), 2, 1)))
    assert (row["layer"], row["filters"], row["points"], row["core"]) == ("noise", 400, 200, 60)
    middle, low, high = map(float, row["first bar"].replace("(", "").replace(")", "").replace("-", " ").split())
    assert low <= middle <= high
    assert "Gaussian's reading" in row and "shuffled first bar" in row and "shuffled reading" not in row

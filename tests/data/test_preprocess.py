"""A user's table as numbers: what becomes of each kind of column, and the sentences that say so."""

import numpy as np
import pytest
from sklearn.manifold import LocallyLinearEmbedding

from tdabench.data.preprocess import enough_rows, numeric_matrix
from tdabench.data.tables import Table
from tdabench.errors import BadInput, BadRequest

NAN = float("nan")
A, B = [1.0, 2, 3, 4], [10.0, 30, 20, 0]


def notes_of(table, **options):
    return " ".join(numeric_matrix(table, **options).notes)


# What comes out


def test_numbers_are_standardised_and_nothing_is_said():
    made = numeric_matrix(Table({"a": A, "b": B}))
    assert (made.columns, made.label, made.notes, made.rows.tolist()) == (("a", "b"), None, (), [0, 1, 2, 3])
    np.testing.assert_allclose(made.matrix.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(made.matrix.std(axis=0), 1)
    np.testing.assert_allclose(made.matrix[:, 0], (np.array(A) - 2.5) / np.std(A))


def test_the_largest_and_smallest_numbers_can_be_standardised():
    made = numeric_matrix(Table({"large": [1e308, -1e308, 1.7e308], "small": [1e-320, 2e-320, 0]}))
    assert np.isfinite(made.matrix).all()
    np.testing.assert_allclose(made.matrix.std(axis=0), 1)


def test_numbers_as_they_are():
    assert numeric_matrix(Table({"a": A, "b": B}), standardise=False).matrix.tolist() == np.transpose([A, B]).tolist()


def test_columns_can_be_chosen_in_their_order():
    table = Table({"a": A, "b": B, "c": B[::-1], "word": ["x"] * 4})
    assert numeric_matrix(table, columns=["c", "a"]).columns == ("c", "a")


def test_the_label_is_kept_apart():
    table = Table({"a": A, "b": B, "kind": ["x", "x", "y", "y"], "number": [1, 1, 2, 2]})
    made = numeric_matrix(table, label="kind")
    assert made.columns == ("a", "b", "number") and made.label.tolist() == ["x", "x", "y", "y"]
    assert made.label.dtype.kind == "U" and made.notes == ()
    made = numeric_matrix(table, columns=["a", "b", "number"], label="number")
    assert made.columns == ("a", "b") and made.label.tolist() == [1, 1, 2, 2]
    assert "'number' is the label, and kept out" in " ".join(made.notes)


# Text


def test_text_is_left_out_by_name_or_becomes_a_column_per_value():
    table = Table({"a": A, "b": B, "colour": ["red", "blue", "red", "red"], "id": ["w", "x", "y", "z"]})
    made = numeric_matrix(table)
    assert made.columns == ("a", "b") and made.notes == ("Text, and left out: colour, id.",)
    made = numeric_matrix(table, text="one column per value", standardise=False)
    assert made.columns == ("a", "b", "colour=blue", "colour=red")
    assert made.matrix[:, 2].tolist() == [0, 1, 0, 0]
    assert made.notes == ("Text of too many different values, and left out: id (4).",)


def test_text_asked_for_by_name_is_not_left_out_silently():
    table = Table({"a": A, "b": B, "id": ["w", "x", "y", "z"]})
    with pytest.raises(BadInput, match="column 'id' holds text .'w'.; leave it out, or take text='one column per"):
        numeric_matrix(table, columns=["a", "b", "id"])
    with pytest.raises(BadInput, match="'id' has 4 different texts in 4 rows"):
        numeric_matrix(table, columns=["a", "b", "id"], text="one column per value")


# Missing values


def gaps():
    return Table({"a": [1, NAN, 3, 8], "b": B, "c": B[::-1], "kind": ["x", "x", "", "y"]})


def test_missing_values_are_refused_filled_or_dropped():
    with pytest.raises(BadInput, match="'a': 1 of 4 values are missing, the first in row 1.*missing='median'"):
        numeric_matrix(gaps())
    made = numeric_matrix(gaps(), missing="median", standardise=False)
    assert (
        made.matrix[:, 0].tolist() == [1, 3, 3, 8] and "column's median" in made.notes[1] and "a (1)" in made.notes[1]
    )
    made = numeric_matrix(gaps(), missing="drop rows", standardise=False)
    assert made.rows.tolist() == [0, 2, 3] and made.matrix[:, 0].tolist() == [1, 3, 8]
    assert made.notes[1] == "1 of 4 rows dropped, where values are missing: a (1)."


def test_missing_text_has_none_of_the_values():
    made = numeric_matrix(gaps(), text="one column per value", missing="median", standardise=False)
    assert made.matrix[2, 3:].tolist() == [0, 0] and made.columns[3:] == ("kind=x", "kind=y")


def test_a_missing_label_drops_its_row_whatever_fills_the_rest():
    with pytest.raises(BadInput, match="'a': 1 of 4 .*; 1 more columns have missing values"):
        numeric_matrix(gaps(), label="kind")
    made = numeric_matrix(gaps(), label="kind", missing="median")
    assert made.label.tolist() == ["x", "x", "y"] and made.rows.tolist() == [0, 1, 3]
    assert "1 of 4 rows dropped, where the label 'kind' is missing." in made.notes


def test_rows_that_all_have_a_gap_cannot_be_dropped():
    with pytest.raises(BadInput, match="every row has a missing value"):
        numeric_matrix(Table({"a": [1, NAN], "b": [NAN, 2]}), missing="drop rows")


def test_a_column_without_any_value_is_left_out_and_refused_by_name():
    table = Table({"a": A, "b": B, "empty": [NAN] * 4, "blank": [""] * 4})
    made = numeric_matrix(table)
    assert made.columns == ("a", "b") and made.notes == ("Without any value, and left out: empty, blank.",)
    for name in ("empty", "blank"):
        with pytest.raises(BadInput, match=f"column '{name}' has no values at all"):
            numeric_matrix(table, columns=["a", "b", name])


# Too little to compare by


@pytest.mark.parametrize(
    "columns, words",
    [
        ({"a": A}, "only a is left"),
        ({"a": A, "b": [5] * 4}, "only a is left.*Constant, and left out: b"),
        ({"a": A, "word": ["x", "y", "x", "y"]}, "only a is left.*Text, and left out: word"),
        ({"a": [1] * 4, "b": [2] * 4}, "no column is left"),
        ({"word": ["x", "y"]}, "no column to compare rows by. Text, and left out: word"),
        ({"a": [1, 2], "b": [2, 1]}, "2 rows are left, but at least 3"),
    ],
)
def test_tables_with_nothing_to_reduce(columns, words):
    with pytest.raises(BadInput, match=words):
        numeric_matrix(Table(columns))


def test_constant_columns_are_left_out_also_those_constant_but_for_rounding():
    third = 0.1 + 0.2
    table = Table({"a": A, "b": B, "same": [7] * 4, "rounded": [0.3, third, 0.3, third]})
    made = numeric_matrix(table)
    assert made.columns == ("a", "b") and made.notes == ("Constant, and left out: same, rounded.",)


@pytest.mark.parametrize("n, neighbours", [(14, 12), (3, 1)])
def test_rows_for_the_neighbours(n, neighbours):
    enough_rows(n, neighbours)
    with pytest.raises(BadInput, match=f"{n - 1} rows are too few for {neighbours} neighbours"):
        enough_rows(n - 1, neighbours)
    with pytest.raises(BadInput, match="at least 1"):
        enough_rows(n, 0)


# What is to be minded


def test_repeated_rows_are_counted_since_their_weights_are_singular():
    points = np.random.default_rng(0).normal(size=(20, 3))
    points[10:] = points[0]
    made = numeric_matrix(Table({name: points[:, place] for place, name in enumerate("abc")}))
    assert "10 of 20 rows repeat another one" in made.notes[0] and "singular" in made.notes[0]
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        LocallyLinearEmbedding(n_neighbors=5, reg=0, eigen_solver="dense").fit(made.matrix)


def test_scales_far_apart_are_told_when_they_are_kept():
    table = Table({"metres": A, "nanometres": [number * 1e9 for number in B]})
    assert notes_of(table) == ""
    told = notes_of(table, standardise=False)
    assert "'nanometres' spreads 1e+10 times as wide as 'metres'" in told
    with pytest.raises(BadInput, match="'b' is too large for distances"):
        numeric_matrix(Table({"a": A, "b": [1e200, 0, 0, 1]}), standardise=False)


@pytest.mark.parametrize(
    "label, words",
    [
        (["x"] * 4, "label 'kind' is 'x' in every row"),
        (["w", "x", "y", "z"], "another value in each row"),
        ([0.5, 1.5, 2.5, 3.5], "another value in each row.*intervals"),
    ],
)
def test_labels_that_make_no_groups(label, words):
    with pytest.raises(BadInput, match=words):
        numeric_matrix(Table({"a": A, "b": B, "kind": label}), label="kind")


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"text": "encode"}, BadRequest, "text: 'encode' is none of 'leave out'"),
        ({"missing": "mean"}, BadRequest, "missing: 'mean' is none of 'refuse'"),
        ({"columns": ["a", "z"]}, BadInput, "no column 'z'; there are: a, b"),
        ({"label": "z"}, BadInput, "no column 'z'"),
        ({"columns": ["a", "a"]}, BadInput, "column 'a' is asked for twice"),
        ({"least_rows": 5}, BadInput, "4 rows are left, but at least 5"),
    ],
)
def test_requests_that_make_no_sense(options, error, words):
    with pytest.raises(error, match=words):
        numeric_matrix(Table({"a": A, "b": B}), **options)

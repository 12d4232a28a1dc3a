"""The border: what is let in, and what is turned away with which words."""

import numpy as np
import pytest

from tdabench.errors import BadInput, TdabenchError
from tdabench.validation import as_points, as_prime, as_square


@pytest.mark.parametrize("given", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]], dtype=np.int8)])
def test_points_become_float64_rows(given):
    points = as_points(given)
    assert points.dtype == np.float64
    assert points.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("word", "given", "options"),
    [
        ("2 values are not finite, the first in row 1, column 0", [[0, 1], [np.nan, -np.inf]], {}),
        (r"numbers", [[1, 2], [3]], {}),
        (r"numbers", [["one", "two"]], {}),
        (r"shape .* not \(3,\)", [1, 2, 3], {}),
        (r"shape .* not \(1, 1, 1\)", [[[1]]], {}),
        (r"shape", np.empty((3, 0)), {}),
        (r"at least 1 rows", np.empty((0, 3)), {}),
        (r"at least 3 rows .* not 2", [[1, 2], [3, 4]], {"at_least": 3}),
        (r"9 columns .* not 2", [[1, 2], [3, 4]], {"width": 9}),
    ],
)
def test_bad_points_are_refused_by_name_and_place(word, given, options):
    with pytest.raises(BadInput, match="patches: .*" + word):
        as_points(given, "patches", **options)


def test_a_refusal_is_a_value_error_of_this_package():
    with pytest.raises(ValueError) as caught:
        as_points([[np.inf]])
    assert isinstance(caught.value, TdabenchError)


def test_infinity_means_no_edge_in_a_square_matrix():
    assert as_square([[0, np.inf], [np.inf, 0]], "matrix").tolist() == [[0, np.inf], [np.inf, 0]]


def test_rounding_is_no_asymmetry_and_is_removed():
    matrix = np.array([[0.0, 0.3], [0.1 + 0.2, 0.0]])
    assert matrix[0, 1] != matrix[1, 0]
    square = as_square(matrix, "matrix")
    assert square[0, 1] == square[1, 0] == pytest.approx(0.3)
    assert matrix[0, 1] != matrix[1, 0]


@pytest.mark.parametrize(
    ("word", "given"),
    [
        (r"entry \(0, 2\)", [[0, 1, 2], [1, 0, 3], [2.001, 3, 0]]),
        (r"not symmetric", [[0, np.inf], [1, 0]]),
        (r"not symmetric", [[0, 1e-20], [2e-20, 0]]),
        (r"not a number in row 0, column 1", [[0, np.nan], [1, 0]]),
        (r"square .* \(2, 3\)", [[0, 1, 2], [1, 0, 3]]),
        (r"square", []),
        (r"equal length", [[0, 1], [1]]),
    ],
)
def test_bad_matrices_are_refused(word, given):
    with pytest.raises(BadInput, match="distances: .*" + word):
        as_square(given, "distances")


@pytest.mark.parametrize("field", [2, 3, 11, 46327, np.int64(5), 7.0])
def test_primes_are_let_in(field):
    assert as_prime(field) == field
    assert type(as_prime(field)) is int


@pytest.mark.parametrize("field", [0, 1, -2, 4, 9, 121, 46337, 2.5, True, "2", None, np.nan, np.inf])
def test_what_is_no_prime_is_refused(field):
    with pytest.raises(BadInput, match="field: .*prime"):
        as_prime(field)

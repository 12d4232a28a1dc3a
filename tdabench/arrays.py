"""The checks at every border: arrays that come in are finite, of the right shape, and large enough."""

from numbers import Real

import numpy as np

from tdabench.errors import BadInput


def as_points(points, name: str = "points", width: int | None = None, at_least: int = 1) -> np.ndarray:
    """Return `points` as a finite float64 array of shape (n, d), or raise BadInput with the place of the fault.

    width: the number of columns required; at_least: the number of rows required.
    """
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name}: numbers are needed, one row per point ({error}).") from None
    if array.ndim != 2 or array.shape[1] == 0:
        raise BadInput(f"{name}: an array of shape (points, coordinates) is needed, not {array.shape}.")
    if width is not None and array.shape[1] != width:
        raise BadInput(f"{name}: {width} columns are needed, not {array.shape[1]}.")
    if len(array) < at_least:
        raise BadInput(f"{name}: at least {at_least} rows are needed, not {len(array)}.")
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BadInput(
            f"{name}: {int(bad.sum())} values are not finite, the first in row {row}, column {column} "
            f"({array[row, column]}); remove or fill them."
        )
    return array


def as_square(matrix, name: str) -> np.ndarray:
    """Return a symmetric float64 matrix of shape (n, n); +inf (no edge) is allowed, NaN is not.

    What is symmetric but for rounding (np.corrcoef's result, say) is made exactly so.
    """
    try:
        array = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name}: numbers are needed, in rows of equal length ({error}).") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or len(array) == 0:
        raise BadInput(f"{name}: a square matrix is needed, not an array of shape {array.shape}.")
    if np.isnan(array).any():
        row, column = np.argwhere(np.isnan(array))[0]
        raise BadInput(f"{name}: not a number in row {row}, column {column}.")
    if np.array_equal(array, array.T):
        return array
    rounding = 1e-12 * np.abs(array[np.isfinite(array)]).max(initial=0)
    apart = ~np.isclose(array, array.T, rtol=0, atol=rounding)
    if apart.any():
        row, column = np.argwhere(apart)[0]
        raise BadInput(f"{name}: not symmetric: entry ({row}, {column}) differs from ({column}, {row}).")
    return np.maximum(array, array.T)


def as_prime(field: int) -> int:
    """Return `field` if it is a prime below 46,337 (GUDHI's bound), else raise BadInput."""
    if not isinstance(field, Real) or isinstance(field, bool) or field % 1 != 0 or not 2 <= field < 46337:
        raise BadInput(f"field: a prime number below 46337 is needed, not {field}.")
    field = int(field)
    if any(field % divisor == 0 for divisor in range(2, int(field**0.5) + 1)):
        raise BadInput(f"field: {field} is not a prime number, so the integers modulo {field} are no field.")
    return field

"""Checks of arguments: arrays are finite, of the right shape, and large enough; numbers are within bounds."""

from numbers import Real

import numpy as np
from scipy.sparse import issparse

from tdabench.errors import BadInput, NotNumbers

LARGEST = 2e152  # squared distances stay finite, in up to a thousand dimensions


def as_points(points, name: str = "points", width: int | None = None, at_least: int = 1) -> np.ndarray:
    """Check points.

    Parameters
    ----------
    points
        Array-like, (n, d).
    name
        Name of the argument, for an error.
    width
        d, where it is fixed.
    at_least
        Smallest n.

    Returns
    -------
    array of float64, (n, d)

    Raises
    ------
    BadInput
        With the place of the fault, for another shape, and for values that are not finite or larger than LARGEST.
    """
    array = as_floats(points, name, "one row per point")
    if array.ndim != 2:
        reshape = "Reshape your data."  # here and below scikit-learn's words, which the checks of its estimators want
        raise BadInput(f"{name}: an array of shape (points, coordinates) is needed, not {array.shape}. {reshape}")
    if array.shape[1] == 0:
        raise BadInput(f"{name}: 0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    if width is not None and array.shape[1] != width:
        raise BadInput(f"{name}: {width} columns are needed, not {array.shape[1]}.")
    if len(array) < at_least:
        raise BadInput(f"{name}: at least {at_least} rows are needed, not {len(array)}.")
    infinite = ~np.isfinite(array)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise BadInput(
            f"{name}: {int(infinite.sum())} values are not finite, the first in row {row}, column {column} "
            f"({array[row, column]}); remove or fill NaN and inf."
        )
    if (np.abs(array) > LARGEST).any():
        row, column = np.argwhere(np.abs(array) > LARGEST)[0]
        raise BadInput(
            f"{name}: {array[row, column]:.3g} in row {row}, column {column} is so large that squares of distances "
            f"overflow; rescale the points."
        )
    return array


def as_floats(values, name: str, what: str) -> np.ndarray:
    """Values as a float64 array of any shape; BadInput for a masked or sparse array, and for what is no real number.

    Parameters
    ----------
    values
        Array-like.
    name
        Name of the argument, for an error.
    what
        What the numbers are, for an error, such as "one row per point".
    """
    if issparse(values):
        raise BadInput(f"{name}: a dense array is needed, not a sparse one; .toarray() makes it so.")
    if np.ma.is_masked(values):
        raise BadInput(f"{name}: {np.ma.count_masked(values)} values are masked; remove or fill them.")
    if isinstance(values, str | bytes | dict | set | frozenset) or callable(values):
        raise BadInput(f"{name}: numbers are needed, {what}, not a {type(values).__name__}.")
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise TypeError("Complex data not supported")
        if array.dtype.kind in "MmV":
            raise TypeError(f"not {array.dtype.name}")
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        kind = NotNumbers if isinstance(error, TypeError) else BadInput
        raise kind(f"{name}: numbers are needed, {what} ({error}).") from None


def as_integer(value, name: str, least: int = 0, most: float = 2**62) -> int:
    """A whole number from `least` to `most` as an int, or BadInput. 3.0 is accepted, True is not."""
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_) or not least <= value <= most or value % 1:
        bounds = f"from {least} on" if most >= 2**62 else f"from {least} to {most}"
        raise BadInput(f"{name}: a whole number {bounds} is needed, not {quoted(value)}.")
    return int(value)


def as_real(value, name: str, above: float = -np.inf, most: float = np.inf) -> float:
    """A number above `above` and up to `most` as a float, or BadInput. NaN is not accepted."""
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_) or not above < value <= most:
        bounds = f" above {above:g}" if np.isfinite(above) else ""
        bounds += f"{' and' if bounds else ''} of at most {most:g}" if np.isfinite(most) else ""
        raise BadInput(f"{name}: a number{bounds} is needed, not {quoted(value)}.")
    try:
        return float(value)
    except OverflowError:
        raise BadInput(f"{name}: {quoted(value)} is larger than any float.") from None


def quoted(value) -> str:
    """A value as an error quotes it, at most 60 characters."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more than 4300 digits
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def as_square(matrix, name: str) -> np.ndarray:
    """Check a symmetric matrix.

    A matrix that is symmetric up to rounding, such as np.corrcoef returns, becomes exactly symmetric.

    Parameters
    ----------
    matrix
        Array-like, (n, n). Entries may be +inf (no edge).
    name
        Name of the argument, for an error.

    Returns
    -------
    array of float64, (n, n)

    Raises
    ------
    BadInput
        For another shape, NaN, -inf, entries larger than LARGEST, or a matrix that is not symmetric.
    """
    array = as_floats(matrix, name, "in rows of equal length")
    if array.ndim != 2 or array.shape[0] != array.shape[1] or len(array) == 0:
        raise BadInput(f"{name}: a square matrix is needed, not an array of shape {array.shape}.")
    if np.isnan(array).any():
        row, column = np.argwhere(np.isnan(array))[0]
        raise BadInput(f"{name}: not a number in row {row}, column {column} (NaN).")
    if (array == -np.inf).any() or (np.abs(array[np.isfinite(array)]) > LARGEST).any():
        raise BadInput(f"{name}: entries of -inf, or so large that their squares overflow; rescale them.")
    if np.array_equal(array, array.T):
        return array
    rounding = 1e-12 * np.abs(array[np.isfinite(array)]).max(initial=0)
    apart = ~np.isclose(array, array.T, rtol=0, atol=rounding)
    if apart.any():
        row, column = np.argwhere(apart)[0]
        raise BadInput(f"{name}: not symmetric: entry ({row}, {column}) differs from ({column}, {row}).")
    return np.maximum(array, array.T)


def as_prime(field: int) -> int:
    """A prime below 46,337 (GUDHI's limit) as an int, or BadInput."""
    if not isinstance(field, Real) or isinstance(field, bool) or field % 1 != 0 or not 2 <= field < 46337:
        raise BadInput(f"field: a prime number below 46337 is needed, not {field}.")
    field = int(field)
    if any(field % divisor == 0 for divisor in range(2, int(field**0.5) + 1)):
        raise BadInput(f"field: {field} is not a prime number, so the integers modulo {field} are no field.")
    return field

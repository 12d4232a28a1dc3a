"""Benchmark inputs of persistence engines: point clouds and distance matrices, as their collections write them."""

import re
from pathlib import Path

import numpy as np

from tdabench.data.files import read_text
from tdabench.errors import BadInput
from tdabench.validation import as_points, as_square


def benchmark(files: list[Path]) -> dict[str, np.ndarray]:
    """The point clouds and distance matrices in some files.

    Of a matrix only the part below the diagonal is read, as Ripser does: the two halves of `fractal` differ.

    Returns
    -------
    dict
        File name -> points (n, d), or a matrix (n, n) where the name says so.
    """
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> np.ndarray:
    text = read_text(path)
    try:
        if "lower_distance_matrix" in path.name:
            return _symmetric(np.array(re.findall(r"[^\s,]+", text), dtype=np.float64), path)
        rows = np.loadtxt(text.replace(",", " ").splitlines(), ndmin=2)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(f"{path}: not a table of numbers ({error}); fetch the file again.") from None
    if "distmat" in path.name or path.suffix == ".csv":
        return _symmetric(rows[np.tril_indices(len(rows), -1)], path)
    return as_points(rows, str(path))


def _symmetric(entries: np.ndarray, path: Path) -> np.ndarray:
    """The symmetric matrix with these entries below its diagonal, row by row."""
    count = round((1 + np.sqrt(1 + 8 * len(entries))) / 2)
    if count * (count - 1) // 2 != len(entries):
        raise BadInput(f"{path}: {len(entries)} numbers are not those below a diagonal; fetch the file again.")
    matrix = np.zeros((count, count))
    matrix[np.tril_indices(count, -1)] = entries
    return as_square(matrix + matrix.T, str(path))

"""Benchmark inputs of persistence engines: point clouds and distance matrices, as their collections wrote them."""

import re
from pathlib import Path

import numpy as np

from tdabench.data.files import read_text
from tdabench.errors import BadInput
from tdabench.validation import as_points, as_square


def benchmark(files: list[Path]) -> dict[str, np.ndarray]:
    """Points (n, d) of files of rows; matrices (n, n) of those whose name says so; by the names of the files.

    Of a matrix Ripser reads what lies below the diagonal, and so is done here: fractal's two halves differ.
    """
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> np.ndarray:
    text = read_text(path)
    try:
        if "lower_distance_matrix" in path.name:
            return _of_lower(np.array(re.findall(r"[^\s,]+", text), dtype=np.float64), path)
        rows = np.loadtxt(text.replace(",", " ").splitlines(), ndmin=2)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(f"{path}: not a table of numbers ({error}); fetch the file again.") from None
    if "distmat" in path.name or path.suffix == ".csv":
        return _of_lower(rows[np.tril_indices(len(rows), -1)], path)
    return as_points(rows, str(path))


def _of_lower(entries: np.ndarray, path: Path) -> np.ndarray:
    count = round((1 + np.sqrt(1 + 8 * len(entries))) / 2)
    if count * (count - 1) // 2 != len(entries):
        raise BadInput(f"{path}: {len(entries)} numbers are not those below a diagonal; fetch the file again.")
    matrix = np.zeros((count, count))
    matrix[np.tril_indices(count, -1)] = entries
    return as_square(matrix + matrix.T, str(path))

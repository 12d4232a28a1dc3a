"""The contrast norm and the DCT basis of 3x3 patches (Lee, Pedersen & Mumford 2003; Carlsson et al., IJCV 76, 2008).

A patch is a vector of nine pixels, read row by row. The D-norm ||x||_D = sqrt(x' D x) is the root of the sum of
(x_i - x_j)^2 over the twelve pairs of 4-neighbours. The eight rows of BASIS are D-orthonormal (E D E' = I), in the
order and with the signs of the published file n50000Dct.
"""

import numpy as np

from tdabench.errors import BadInput
from tdabench.validation import as_points


def _contrast_matrix() -> np.ndarray:
    cells = [(row, column) for row in range(3) for column in range(3)]
    adjacent = np.array([[abs(a - c) + abs(b - d) == 1 for c, d in cells] for a, b in cells], dtype=float)
    return np.diag(adjacent.sum(axis=1)) - adjacent


def _basis() -> np.ndarray:
    e1 = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]]) / np.sqrt(6)
    e3 = np.array([[1, -2, 1], [1, -2, 1], [1, -2, 1]]) / np.sqrt(54)
    e5 = np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]) / np.sqrt(8)
    e6 = np.array([[1, 0, -1], [-2, 0, 2], [1, 0, -1]]) / np.sqrt(48)
    e7 = np.array([[1, -2, 1], [0, 0, 0], [-1, 2, -1]]) / np.sqrt(48)
    e8 = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / np.sqrt(216)
    return np.stack([e.ravel() for e in (e1, e1.T, e3, e3.T, e5, e6, e7, e8)])


CONTRAST = _contrast_matrix()  # D, (9, 9)
BASIS = _basis()  # E, (8, 9)


def contrast_norm(patches) -> np.ndarray:
    """D-norm of each patch. (n, 9) -> (n,)."""
    patches = as_points(patches, "patches", width=9)
    return np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", patches, CONTRAST, patches, optimize=True), 0))


def to_sphere(patches) -> np.ndarray:
    """DCT coordinates of patches, divided by their D-norm: points of the unit sphere S^7.

    The mean of a patch drops out, since D annihilates constants.

    Parameters
    ----------
    patches
        (n, 9), none of them constant.

    Returns
    -------
    array, (n, 8)
        Unit rows.
    """
    patches = as_points(patches, "patches", width=9)
    coordinates = patches @ (CONTRAST @ BASIS.T)
    norms = np.linalg.norm(coordinates, axis=1, keepdims=True)
    flat = norms[:, 0] <= 1e-12 * np.abs(patches).max(axis=1, initial=0)
    if flat.any():
        raise BadInput(f"patches: {int(flat.sum())} are constant, the first in row {flat.argmax()}; drop them.")
    return coordinates / norms


def to_pixels(coordinates) -> np.ndarray:
    """Mean-free patches from their DCT coordinates. (n, 8) -> (n, 9)."""
    return as_points(coordinates, "DCT coordinates", width=8) @ BASIS

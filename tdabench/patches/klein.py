"""The Klein bottle of patches (Carlsson et al., IJCV 76, 2008).

Its points are the polynomials p(x, y) = c (ax + by)^2 + d (ax + by) with (a, b) = (cos theta, sin theta) and
(c, d) = (cos phi, sin phi), sampled at the nine points {-1, 0, 1}^2, without their mean, divided by the D-norm.
(theta, phi) and (theta + pi, -phi) give the same patch, since (a, b, c, d) ~ (-a, -b, c, -d). So theta in [0, pi) and
phi in [0, 2 pi) cover the bottle once.
"""

import numpy as np
from scipy.spatial import cKDTree

from tdabench.patches.basis import to_sphere
from tdabench.validation import as_points

_X = np.tile([-1.0, 0.0, 1.0], 3)
_Y = np.repeat([1.0, 0.0, -1.0], 3)


def klein_polynomials(a, b, c, d) -> np.ndarray:
    """The polynomial c (ax + by)^2 + d (ax + by) on the 3x3 grid. Four (n,) arrays -> (n, 9)."""
    u = np.multiply.outer(a, _X) + np.multiply.outer(b, _Y)
    return np.asarray(c)[..., None] * u**2 + np.asarray(d)[..., None] * u


def klein_patches(theta, phi) -> np.ndarray:
    """Points of the Klein bottle in S^7, in DCT coordinates. theta, phi: (n,) in radians -> (n, 8)."""
    theta, phi = np.broadcast_arrays(np.asarray(theta, dtype=float), np.asarray(phi, dtype=float))
    return to_sphere(klein_polynomials(np.cos(theta), np.sin(theta), np.cos(phi), np.sin(phi)))


def klein_grid(thetas: int, phis: int) -> tuple[np.ndarray, np.ndarray]:
    """A regular grid on the bottle: its angles (thetas * phis, 2) in radians, and its points (thetas * phis, 8)."""
    theta, phi = np.meshgrid(np.arange(thetas) * np.pi / thetas, np.arange(phis) * 2 * np.pi / phis, indexing="ij")
    angles = np.stack([theta.ravel(), phi.ravel()], axis=1)
    return angles, klein_patches(*angles.T)


def distance_to_klein_bottle(points, thetas: int = 100, phis: int = 200, workers: int = -1) -> tuple:
    """Distance from each point of S^7 to the Klein bottle, and the angles of the nearest point there.

    The nearest point is taken from a grid. With the default grid a distance is at most .04 too long, and at most .003
    where it is above .25.

    Parameters
    ----------
    points
        (n, 8).
    thetas, phis
        Size of the grid.
    workers
        Threads; -1 for all cores.

    Returns
    -------
    distances : array, (n,)
    angles : array, (n, 2)
        theta and phi in radians.
    """
    angles, bottle = klein_grid(thetas, phis)
    distances, nearest = cKDTree(bottle).query(as_points(points, "DCT coordinates", width=8), workers=workers)
    return distances, angles[nearest]


def nearest_data_to_klein_bottle(points, thetas: int, phis: int, workers: int = -1) -> np.ndarray:
    """Rows of the points (n, 8) that are nearest to some point of a grid on the bottle, ascending."""
    _, bottle = klein_grid(thetas, phis)
    _, nearest = cKDTree(as_points(points, "DCT coordinates", width=8)).query(bottle, workers=workers)
    return np.unique(nearest)

"""Clouds whose Betti numbers are known, for what methods make of them, and Gaussians like them, which have none."""

import numpy as np

from tdabench.data import shapes
from tdabench.errors import BadInput
from tdabench.patches.circles import circle_points
from tdabench.patches.controls import gaussian_like
from tdabench.validation import as_points

# Over Z/2 and, of the two surfaces that Z/2 does not tell apart, over Z/3.
KNOWN = {
    "circle": {2: (1, 1)},
    "circle in R^10": {2: (1, 1)},
    "three circles": {2: (1, 5)},
    "X(300,30)": {2: (1, 1)},
    "X(15,30)": {2: (1, 5)},
    "MNIST filters": {2: (1, 1)},
    "disc": {2: (1, 0)},
    "sphere": {2: (1, 0, 1)},
    "torus": {2: (1, 2, 1), 3: (1, 2, 1)},
    "Klein bottle": {2: (1, 2, 1), 3: (1, 1, 0)},
}
SURFACES = ("sphere", "torus", "Klein bottle")


def generated(curves: int, surfaces: int, noise: float, spread: float, seed: int) -> dict[str, np.ndarray]:
    """Name -> points (n, d) of the generated ones: n = `surfaces` of a surface, `curves` of all others.

    noise: of the circle in R^10; spread: of the three circles, before they are put back on the sphere.
    """
    return {
        "circle": shapes.circle(curves, seed),
        "circle in R^10": lifted(shapes.circle(curves, seed), 10, noise, seed),
        "three circles": circle_points(curves, spread, seed),
        "disc": shapes.disc(curves, seed),
        "sphere": shapes.sphere(surfaces, seed),
        "torus": shapes.torus(surfaces, seed),
        "Klein bottle": shapes.klein_bottle(surfaces, seed),
    }


def lifted(points, dimensions: int, noise: float, seed: int) -> np.ndarray:
    """Points (n, d) turned into R^dimensions by an isometry, with Gaussian noise of that deviation in each coordinate,
    both by seed."""
    points = as_points(points)
    if points.shape[1] > dimensions:
        raise BadInput(f"points of R^{points.shape[1]} cannot be turned into R^{dimensions}.")
    random = np.random.default_rng([seed, dimensions])
    turn = np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0][: points.shape[1]]
    return points @ turn + noise * random.standard_normal((len(points), dimensions))


def like(points, seed: int, on_sphere: bool = False) -> np.ndarray:
    """As many draws from the Gaussian of the mean and covariance of points (n, d); on_sphere: of unit rows, with their
    second moments and put on the sphere too."""
    points = as_points(points, at_least=2)
    if on_sphere:
        return gaussian_like(points, seed)
    random = np.random.default_rng([seed, 1])
    return random.multivariate_normal(points.mean(axis=0), np.atleast_2d(np.cov(points.T)), len(points))

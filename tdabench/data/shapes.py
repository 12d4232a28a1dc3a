"""Random points on shapes of known homology: each function takes a number of points n and a seed, returns (n, d)."""

import numpy as np


def circle(n: int, seed: int) -> np.ndarray:
    """Unit circle in the plane, uniform: Betti (1, 1)."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def disc(n: int, seed: int) -> np.ndarray:
    """Unit disc in the plane, uniform: Betti (1, 0, 0)."""
    return _disc(n, np.random.default_rng(seed))


def disc_with_holes(n: int, seed: int, holes: int = 3, radius: float = 0.25) -> np.ndarray:
    """Unit disc without `holes` round holes, their centres at distance 1/2 from the origin: Betti (1, holes, 0)."""
    angles = 2 * np.pi * np.arange(holes) / holes
    centres = 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    random, points = np.random.default_rng(seed), np.empty((0, 2))
    while len(points) < n:
        candidates = _disc(2 * n, random)
        outside = (np.linalg.norm(candidates[:, None] - centres, axis=2) > radius).all(axis=1)
        points = np.concatenate([points, candidates[outside]])
    return points[:n]


def _disc(n: int, random: np.random.Generator) -> np.ndarray:
    angle, radius = random.uniform(0, 2 * np.pi, n), np.sqrt(random.uniform(0, 1, n))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def sphere(n: int, seed: int) -> np.ndarray:
    """Unit sphere in space, uniform: Betti (1, 0, 1)."""
    points = np.random.default_rng(seed).standard_normal((n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def torus(n: int, seed: int, tube: float = 0.5) -> np.ndarray:
    """Torus in space, centre circle of radius 1, tube of radius `tube`, uniform by area: Betti (1, 2, 1)."""
    random = np.random.default_rng(seed)
    angles = np.empty(0)
    while len(angles) < n:  # accept in proportion to the area element, 1 + tube * cos(v)
        v, u = random.uniform(0, 2 * np.pi, 4 * n), random.uniform(0, 1 + tube, 4 * n)
        angles = np.concatenate([angles, v[u < 1 + tube * np.cos(v)]])
    v, w = angles[:n], random.uniform(0, 2 * np.pi, n)
    across = 1 + tube * np.cos(v)
    return np.stack([across * np.cos(w), across * np.sin(w), tube * np.sin(v)], axis=1)


def flat_torus(n: int, seed: int) -> np.ndarray:
    """Product of two unit circles in R^4, uniform: Betti (1, 2, 1) over every field."""
    v, w = np.random.default_rng(seed).uniform(0, 2 * np.pi, (2, n))
    return np.stack([np.cos(v), np.sin(v), np.cos(w), np.sin(w)], axis=1)


def klein_bottle(n: int, seed: int, tube: float = 0.5) -> np.ndarray:
    """Klein bottle in R^4: Betti (1, 2, 1) over Z/2, (1, 1, 0) over Z/3.

    (v, w) -> ((1 + r cos v) cos w, (1 + r cos v) sin w, r sin v cos w/2, r sin v sin w/2): the tube is turned over once
    as w goes round.
    """
    random = np.random.default_rng(seed)
    v, w = random.uniform(0, 2 * np.pi, (2, n))
    across = 1 + tube * np.cos(v)
    twist = tube * np.sin(v)
    return np.stack([across * np.cos(w), across * np.sin(w), twist * np.cos(w / 2), twist * np.sin(w / 2)], axis=1)

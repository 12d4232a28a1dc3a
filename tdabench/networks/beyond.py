"""What a cloud of 3x3 filters has that simpler clouds have not: statistics with a p-value over draws of a control.

A Gaussian of the same covariance already shows a circle where two gradient components dominate. These numbers ask for
more: where filters lie along that circle, how many are edges, bull's-eyes or crossings, how near they are to the Klein
bottle of patches (Carlsson et al., IJCV 76, 2008). All take points (n, 8) in `filters.centred_basis(3)`, unit rows.
"""

from collections.abc import Callable

import numpy as np

from tdabench.arrays import as_points
from tdabench.errors import BadInput
from tdabench.networks.filters import centred_basis
from tdabench.patches.basis import to_sphere as contrast_normalised
from tdabench.patches.density import core
from tdabench.patches.klein import distance_to_klein_bottle
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars

HARMONICS = (1, 2, 3, 4, 8)
NEAR = 0.3  # of the Klein bottle, in the contrast norm: the tau of the published patches' Klein bottle
ALIKE = 0.9  # cosine from which on a filter counts as of a kind


def angles(points) -> np.ndarray:
    """Angle of each filter's gradient in the plane of the two linear components, radians in (-pi, pi]. (n,)"""
    points = as_points(points, width=8)
    return np.arctan2(points[:, 1], points[:, 0])


def harmonics(points, orders=HARMONICS) -> dict[int, float]:
    """|mean of exp(i m angle)|: 0 for filters spread evenly round the circle, 1 for those in m equal steps of it.

    A Gaussian of any covariance has no odd harmonic but by chance, and a fourth one only as far as the second makes it.
    """
    turned = angles(points)
    return {order: float(np.abs(np.exp(1j * order * turned).mean())) for order in orders}


def largest_gap(points) -> float:
    """The largest gap between neighbouring gradient angles, in radians."""
    turned = np.sort(angles(points))
    return float(np.diff(turned, append=turned[0] + 2 * np.pi).max())


def kinds(points) -> dict[str, float]:
    """Shares of filters whose cosine with the nearest of a kind is at least ALIKE; a filter may be of two kinds.

    edge: a linear gradient in any direction; ridge: the second derivative along any direction; bull's-eye: centre
    against surround, either sign; crossing: a saddle, in any direction.
    """
    points = as_points(points, width=8)
    names = {
        "edge": np.hypot(points[:, 0], points[:, 1]),
        "ridge": np.abs(points @ _ridges().T).max(axis=1),
        "bull's-eye": np.abs(points @ _bulls_eyes().T).max(axis=1),
        "crossing": np.hypot((points[:, 2] - points[:, 3]) / np.sqrt(2), points[:, 4]),
    }
    return {name: float((cosine >= ALIKE).mean()) for name, cosine in names.items()}


def _ridges(count: int = 36) -> np.ndarray:
    """Unit second derivatives u^2 - mean along `count` directions over half a turn, in the centred basis. (count, 8)"""
    turn = np.pi * np.arange(count) / count
    x, y = np.tile([-1.0, 0.0, 1.0], 3), np.repeat([-1.0, 0.0, 1.0], 3)
    return _unit((np.outer(np.cos(turn), x) + np.outer(np.sin(turn), y)) ** 2)


def _bulls_eyes() -> np.ndarray:
    """Centre against the eight around it, against the four beside it, and x^2 + y^2. (3, 8)"""
    centre = np.zeros(9)
    centre[4] = 1
    cross = np.array([0, -1, 0, -1, 4, -1, 0, -1, 0.0])
    bowl = np.array([2, 1, 2, 1, 0, 1, 2, 1, 2.0])
    return _unit(np.stack([centre, cross, bowl]))


def _unit(filters: np.ndarray) -> np.ndarray:
    points = (filters - filters.mean(axis=1, keepdims=True)) @ centred_basis(3).T
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def near_klein_bottle(points) -> float:
    """Share of filters within NEAR of the Klein bottle of patches, in the contrast norm."""
    points = as_points(points, width=8)
    distances, _ = distance_to_klein_bottle(contrast_normalised(points @ centred_basis(3)), 50, 100, workers=1)
    return float((distances <= NEAR).mean())


def statistics(points, k: int, percent: float, landmarks: int = 300, workers: int = 1) -> dict[str, float]:
    """All numbers of one cloud: bars and angles of its core rho(k, percent), kinds of filters over the whole of it."""
    points = as_points(points, width=8)
    dense = core(points, k, percent, workers)
    bars = longest_bars(landmark_rips_persistence(dense, landmarks).diagrams[2], 1, 2)
    found = {"first H1 bar": bars[0], "first over second bar": bars[0] / bars[1] if bars[1] else np.inf}
    found |= {f"harmonic {order} of the core's angles": value for order, value in harmonics(dense).items()}
    found |= {"largest gap in the core's angles": largest_gap(dense)}
    found |= {f"share of filters that are {_plural(name)}": share for name, share in kinds(points).items()}
    found |= {f"share within {NEAR} of the Klein bottle": near_klein_bottle(points)}
    return {name: float(value) for name, value in found.items()}


def _plural(kind: str) -> str:
    return f"{kind}s"


def against(measured: dict[str, float], control: Callable[[int], np.ndarray], draws: int, measure, report=None):
    """Statistics beside those of a control: rows of name, measured, control's median and 5 % to 95 %, p and side.

    control: seed -> points; measure: points -> statistics. p is two-sided, twice the smaller of the shares of draws, the
    measured one counted among them, that lie at or beyond it on either side: at least 2 / (draws + 1).
    """
    if draws < 1:
        raise BadInput(f"draws: a whole number from 1 on is needed, not {draws}.")
    drawn = []
    for seed in range(draws):
        drawn.append(measure(control(seed)))
        if report and (seed + 1) % 10 == 0:
            report(f"{seed + 1} of {draws} draws")
    rows = []
    for name, value in measured.items():
        values = np.array([found[name] for found in drawn])
        above, below = (1 + (values >= value).sum()) / (1 + draws), (1 + (values <= value).sum()) / (1 + draws)
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], method="nearest")
        rows.append({
            "statistic": name, "measured": value, "control": float(middle), "low": float(low), "high": float(high),
            "p": float(min(1.0, 2 * min(above, below))), "side": "above" if above < below else "below",
        })  # fmt: skip
    return rows

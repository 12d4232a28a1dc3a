"""What a cloud of 3x3 filters has that simpler clouds have not: statistics with a p-value over draws of a control.

A Gaussian of the same covariance already shows a circle where two gradient components dominate. These numbers ask for
more: where filters lie along that circle, how many are edges, bull's-eyes or crossings, how near they are to the Klein
bottle of patches (Carlsson et al., IJCV 76, 2008). All take points (n, 8) in `filters.centred_basis(3)`, unit rows.
"""

import numpy as np

from tdabench.errors import BadInput
from tdabench.networks.filters import centred_basis
from tdabench.patches.basis import to_sphere as contrast_normalised
from tdabench.patches.controls import gaussian_like
from tdabench.patches.density import core
from tdabench.patches.klein import distance_to_klein_bottle
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars
from tdabench.validation import as_points

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
    found = {"first H1 bar": bars[0], "second H1 bar": bars[1]}
    found |= {f"harmonic {order} of the core's angles": value for order, value in harmonics(dense).items()}
    found |= {"largest gap in the core's angles": largest_gap(dense)}
    found |= {f"share of filters that are {_plural(name)}": share for name, share in kinds(points).items()}
    found |= {f"share within {NEAR} of the Klein bottle": near_klein_bottle(points)}
    return {name: float(value) for name, value in found.items()}


def _plural(kind: str) -> str:
    return f"{kind}s"


def compare_with_gaussian(points, k: int, percent: float, draws: int, landmarks=300, workers=1, report=None) -> list[dict]:
    """`against` for `statistics` of points (n, 8) and of Gaussians of the same covariance. About a second a draw."""
    drawn = []
    for draw in range(draws):
        if report and draw % 10 == 0:
            report(f"statistics of the Gaussian: {draw} of {draws} draws")
        drawn.append(statistics(gaussian_like(points, draw), k, percent, landmarks, workers))
    return compare_with_draws(statistics(points, k, percent, landmarks, workers), drawn)


def in_words(rows: list[dict], level: float = 0.05) -> str:
    """Which statistics of `against` differ at the level, by their adjusted p, in a sentence."""
    apart = [row for row in rows if row["adjusted p"] <= level]
    told = "; ".join(f"{row['statistic']} {row['measured']:.3g} against {row['control']:.3g}" for row in apart)
    return f"{len(apart)} of {len(rows)} statistics differ ({told})" if apart else f"none of {len(rows)} differs"


def compare_with_draws(measured: dict[str, float], drawn: list[dict[str, float]]) -> list[dict]:
    """Statistics beside those of draws of a control: rows of statistic, measured, control (median), low and high (5 %
    and 95 % of the draws), p and adjusted p.

    p is two-sided, twice the smaller of the shares of draws, the measured one counted among them, that lie at or beyond
    it on either side: at least 2 / (draws + 1). The adjusted p holds for all statistics together (Westfall & Young
    1993, single-step maxT): the share of draws of which any statistic lies as many standard deviations from the mean of
    all as this one does; at least 1 / (draws + 1).
    """
    if not drawn:
        raise BadInput("draws: at least one of the control is needed.")
    values = np.array([[found[name] for name in measured] for found in [measured, *drawn]], dtype=np.float64)
    if not np.isfinite(values).all():
        name = list(measured)[np.argwhere(~np.isfinite(values))[0][1]]
        raise BadInput(f"statistics: {name!r} is not a finite number in every draw.")
    spread = values.std(axis=0)
    apart = np.abs(values - values.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    farthest = apart[1:].max(axis=1)
    rows = []
    for place, name in enumerate(measured):
        value, control = values[0, place], values[1:, place]
        above, below = ((1 + beyond.sum()) / len(values) for beyond in (control >= value, control <= value))
        low, middle, high = np.quantile(control, [0.05, 0.5, 0.95], method="nearest")
        rows.append({
            "statistic": name, "measured": float(value), "control": float(middle), "low": float(low),
            "high": float(high), "p": float(min(1.0, 2 * min(above, below))),
            "adjusted p": float((1 + (farthest >= apart[0, place]).sum()) / len(values)),
        })  # fmt: skip
    return rows

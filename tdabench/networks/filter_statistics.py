"""Statistics of a cloud of 3x3 filters beyond its covariance, with p-values over draws of a control.

A Gaussian of the same covariance already shows a circle where two gradient components dominate. These statistics say
more: where filters lie along that circle, how many are edges, bull's-eyes or crossings, and how near they are to the
Klein bottle of patches (Carlsson et al., IJCV 76, 2008). All take points (n, 8), unit rows, in
`filters.centred_basis(3)`.
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
NEAR = 0.3  # distance to the Klein bottle in the contrast norm: tau of the published Klein bottle of patches
ALIKE = 0.9  # cosine from which a filter counts as of a kind


def angles(points) -> np.ndarray:
    """Angle of each filter's gradient in the plane of the two linear components, radians in (-pi, pi]. (n,)."""
    points = as_points(points, width=8)
    return np.arctan2(points[:, 1], points[:, 0])


def harmonics(points, orders=HARMONICS) -> dict[int, float]:
    """|mean of exp(i m angle)| for each order m: 0 for uniform angles, 1 when all lie at m equal steps of the circle.

    A Gaussian of any covariance has odd harmonics only by chance, and a fourth only as far as its second implies one.
    """
    gradient = angles(points)
    return {order: float(np.abs(np.exp(1j * order * gradient).mean())) for order in orders}


def largest_gap(points) -> float:
    """The largest gap between neighbouring gradient angles, in radians."""
    gradient = np.sort(angles(points))
    return float(np.diff(gradient, append=gradient[0] + 2 * np.pi).max())


def kinds(points) -> dict[str, float]:
    """Shares of the filters of each kind: those whose cosine with the nearest one of the kind is at least ALIKE.

    A filter may be of two kinds.

    Returns
    -------
    dict
        "edge" (a linear gradient in any direction), "ridge" (the second derivative along any direction), "bull's-eye"
        (centre against surround, either sign), "crossing" (a saddle in any direction) -> share.
    """
    points = as_points(points, width=8)
    cosines = {
        "edge": np.hypot(points[:, 0], points[:, 1]),
        "ridge": np.abs(points @ _ridges().T).max(axis=1),
        "bull's-eye": np.abs(points @ _bulls_eyes().T).max(axis=1),
        "crossing": np.hypot((points[:, 2] - points[:, 3]) / np.sqrt(2), points[:, 4]),
    }
    return {name: float((cosine >= ALIKE).mean()) for name, cosine in cosines.items()}


def _ridges(count: int = 36) -> np.ndarray:
    """Unit second derivatives u^2 - mean in `count` directions over half a turn, in the centred basis. (count, 8)."""
    turn = np.pi * np.arange(count) / count
    x, y = np.tile([-1.0, 0.0, 1.0], 3), np.repeat([-1.0, 0.0, 1.0], 3)
    return _unit((np.outer(np.cos(turn), x) + np.outer(np.sin(turn), y)) ** 2)


def _bulls_eyes() -> np.ndarray:
    """Centre against its eight neighbours, against its four nearest, and x^2 + y^2. (3, 8)."""
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
    """All statistics of one cloud: bars and angles of its core rho(k, percent), kinds of all its filters.

    Parameters
    ----------
    points
        (n, 8).
    k, percent
        Neighbour of the density estimate, and percentage of the points in the core.
    landmarks
        Landmarks of the Rips complex.
    workers
        Threads of the neighbour search.

    Returns
    -------
    dict
        Name of the statistic -> number.
    """
    points = as_points(points, width=8)
    dense = core(points, k, percent, workers)
    bars = longest_bars(landmark_rips_persistence(dense, landmarks).diagrams[2], 1, 2)
    values = {"first H1 bar": bars[0], "second H1 bar": bars[1]}
    values |= {f"harmonic {order} of the core's angles": value for order, value in harmonics(dense).items()}
    values |= {"largest gap in the core's angles": largest_gap(dense)}
    values |= {f"share of filters that are {name}s": share for name, share in kinds(points).items()}
    values |= {f"share within {NEAR} of the Klein bottle": near_klein_bottle(points)}
    return {name: float(value) for name, value in values.items()}


def compare_with_gaussian(
    points, k: int, percent: float, draws: int, landmarks: int = 300, workers: int = 1, report=None
) -> list[dict]:
    """Compare the `statistics` of a cloud with those of Gaussians of the same covariance. About a second a draw.

    Parameters
    ----------
    points, k, percent, landmarks, workers
        See `statistics`.
    draws
        Number of Gaussians.
    report
        Called with a line of text every ten draws.

    Returns
    -------
    list of dict
        See `compare_with_draws`.
    """
    controls = []
    for draw in range(draws):
        if report and draw % 10 == 0:
            report(f"statistics of the Gaussian: {draw} of {draws} draws")
        controls.append(statistics(gaussian_like(points, draw), k, percent, landmarks, workers))
    return compare_with_draws(statistics(points, k, percent, landmarks, workers), controls)


def in_words(rows: list[dict], level: float = 0.05) -> str:
    """Which statistics differ from the control, in a sentence. rows: of `compare_with_draws`; level: of adjusted p."""
    significant = [row for row in rows if row["adjusted p"] <= level]
    if not significant:
        return f"none of {len(rows)} differs"
    values = "; ".join(f"{row['statistic']} {row['measured']:.3g} against {row['control']:.3g}" for row in significant)
    return f"{len(significant)} of {len(rows)} statistics differ ({values})"


def compare_with_draws(measured: dict[str, float], draws: list[dict[str, float]]) -> list[dict]:
    """Compare statistics with those of draws of a control.

    p is two-sided: twice the smaller of the shares of values at or beyond the measured one on either side, where the
    measured one counts as a draw, too. It is at least 2 / (draws + 1).
    The adjusted p holds for all statistics together (Westfall & Young 1993, single-step maxT): the share of draws in
    which some statistic lies as many standard deviations from its mean as this one. It is at least 1 / (draws + 1).

    Parameters
    ----------
    measured
        Statistic -> its value for the data.
    draws
        The same for each draw of the control.

    Returns
    -------
    list of dict
        For each statistic: "statistic", "measured", "control" (median), "low" and "high" (5 % and 95 % of the draws),
        "p", "adjusted p".
    """
    if not draws:
        raise BadInput("draws: at least one of the control is needed.")
    values = np.array([[cloud[name] for name in measured] for cloud in [measured, *draws]], dtype=np.float64)
    if not np.isfinite(values).all():
        name = list(measured)[np.argwhere(~np.isfinite(values))[0][1]]
        raise BadInput(f"statistics: {name!r} is not a finite number in every draw.")
    deviation = values.std(axis=0)
    scores = np.abs(values - values.mean(axis=0)) / np.where(deviation > 0, deviation, np.inf)
    largest = scores[1:].max(axis=1)
    rows = []
    for place, name in enumerate(measured):
        value, control = values[0, place], values[1:, place]
        above, below = ((1 + beyond.sum()) / len(values) for beyond in (control >= value, control <= value))
        low, middle, high = np.quantile(control, [0.05, 0.5, 0.95], method="nearest")
        rows.append({
            "statistic": name, "measured": float(value), "control": float(middle), "low": float(low),
            "high": float(high), "p": float(min(1.0, 2 * min(above, below))),
            "adjusted p": float((1 + (largest >= scores[0, place]).sum()) / len(values)),
        })  # fmt: skip
    return rows

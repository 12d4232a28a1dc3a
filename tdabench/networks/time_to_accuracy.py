"""How many batch iterations a training takes to reach an accuracy, and how two trainings compare in that.

A level is reached at the first evaluation at or above it; smoothed, at the first run of evaluations whose mean is, in
the middle of that run. A training that ends before is censored: it took more than its iterations, and counts so.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.networks.recipe import Images
from tdabench.validation import as_floats, as_real


def held_out(loaded: dict, count: int, grey: bool = False) -> Images:
    """Images of a data set with `count` images drawn from its test part, once for all, to be evaluated on.

    grey: colours are averaged. BadInput when there are fewer test images.
    """
    images = Images.of(loaded)
    if not 1 <= count <= len(images.test_x):
        raise BadInput(f"validation: from 1 to the {len(images.test_x)} test images can be drawn, not {count}.")
    rows = np.sort(np.random.default_rng(0).permutation(len(images.test_x))[:count])
    train_x, test_x = images.train_x, images.test_x[rows]
    if grey:
        train_x, test_x = in_grey(train_x), in_grey(test_x)
    return Images(train_x, images.train_y, test_x, images.test_y[rows])


def in_grey(pixels: np.ndarray) -> np.ndarray:
    """(n, h, w, 3) uint8 -> (n, h, w) uint8, the mean of the colours; grey images as they are."""
    return pixels if pixels.ndim == 3 else pixels.mean(axis=3).round().astype(np.uint8)


def first_reached(curve: np.ndarray, level: float, window: int = 1) -> int | None:
    """The iteration at which accuracy reaches `level`, or None.

    curve: (e, 2 or more), iteration and accuracy of each evaluation in order, as Trained.curve; window: the mean of so
    many evaluations in a row must be at or above the level (an odd number: the iteration is that of the middle one).
    """
    if window < 1 or window % 2 == 0:
        raise BadInput(f"window: an odd number of evaluations is needed, not {window!r}.")
    curve = as_floats(curve, "curve", "iteration and accuracy of each evaluation")
    if len(np.atleast_1d(curve)) < window:
        return None
    if curve.ndim != 2 or curve.shape[1] < 2 or not np.isfinite(curve[:, :2]).all():
        raise BadInput(f"curve: rows of a finite iteration and accuracy are needed, not an array of {curve.shape}.")
    means = np.convolve(curve[:, 1], np.full(window, 1 / window), "valid")
    above = np.flatnonzero(means >= level - 1e-12)
    return int(curve[above[0] + window // 2, 0]) if len(above) else None


@dataclass(frozen=True)
class Pair:
    """Iterations of two trainings of the same seed up to the same level; None: not reached within its limit."""

    slow: int | None
    fast: int | None
    slow_limit: int
    fast_limit: int

    @property
    def ratio(self) -> float | None:
        """slow / fast. Where one is censored its limit stands for it, so the ratio is a bound; None where both are."""
        if self.slow is None and self.fast is None:
            return None
        return (self.slow or self.slow_limit) / (self.fast or self.fast_limit)

    @property
    def bound(self) -> str:
        """"" for a ratio, ">" for a lower bound (slow censored), "<" for an upper one."""
        return ">" if self.slow is None else "<" if self.fast is None else ""


def ratios(pairs: list[Pair]) -> list[float]:
    """Those there are: pairs of which neither reached the level tell nothing."""
    return [pair.ratio for pair in pairs if pair.ratio is not None]


def interval(values, draws: int = 10000, level: float = 0.95) -> tuple[float, float, float]:
    """Geometric mean of ratios over seeds with its bootstrap interval (percentiles over seeds drawn anew).

    With few seeds the interval is too narrow: of two it is no wider than the two themselves.
    """
    values = as_floats(values, "ratios", "one for each seed")
    if values.ndim != 1 or not len(values):
        raise BadInput("ratios: a list of at least one pair that reached the level is needed.")
    if not ((values > 0) & np.isfinite(values)).all():
        raise BadInput("ratios: finite numbers above 0 are needed.")
    logs = np.log(values)
    drawn = np.random.default_rng(0).integers(len(logs), size=(draws, len(logs)))
    low, high = np.quantile(logs[drawn].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return tuple(float(value) for value in np.exp([logs.mean(), low, high]))


def share_of_gain(control: float, whole: float) -> float:
    """What a control gains of what the whole gains, both as ratios of iterations: log(control) / log(whole)."""
    control, whole = as_real(control, "control", above=0), as_real(whole, "whole", above=0)
    return float(np.log(control) / np.log(whole)) if whole != 1 else float("nan")

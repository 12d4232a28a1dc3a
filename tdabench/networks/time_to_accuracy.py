"""How many batch iterations a training takes to reach an accuracy, and how two trainings compare in that.

A level is reached at the first evaluation at or above it. With smoothing it is reached at the middle of the first
window of evaluations whose mean is at or above it. A training that ends before that is censored: it took more than its
iterations, so these are a lower bound.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.networks.recipe import Images
from tdabench.validation import as_floats, as_real


def held_out(arrays: dict, count: int, grey: bool = False) -> Images:
    """Images of a data set with a fixed random sample of its test part, to evaluate on.

    Parameters
    ----------
    arrays
        train_x, train_y, test_x, test_y, as a data set of the catalogue loads them.
    count
        Images drawn from the test part, the same ones at every call.
    grey
        Average the colours.

    Raises
    ------
    BadInput
        When there are fewer test images than `count`.
    """
    images = Images.of(arrays)
    if not 1 <= count <= len(images.test_x):
        raise BadInput(f"validation: from 1 to the {len(images.test_x)} test images can be drawn, not {count}.")
    rows = np.sort(np.random.default_rng(0).permutation(len(images.test_x))[:count])
    train_x, test_x = images.train_x, images.test_x[rows]
    if grey:
        train_x, test_x = in_grey(train_x), in_grey(test_x)
    return Images(train_x, images.train_y, test_x, images.test_y[rows])


def in_grey(pixels: np.ndarray) -> np.ndarray:
    """The mean of the colours: uint8 (n, h, w, 3) -> (n, h, w). Grey images are returned as they are."""
    return pixels if pixels.ndim == 3 else pixels.mean(axis=3).round().astype(np.uint8)


def first_reached(curve: np.ndarray, level: float, window: int = 1) -> int | None:
    """The iteration at which the accuracy reaches a level.

    Parameters
    ----------
    curve
        (e, 2 or more): iteration and accuracy of each evaluation in order, as `Trained.curve`.
    level
        Accuracy.
    window
        Odd number of consecutive evaluations whose mean must be at or above the level.

    Returns
    -------
    int or None
        Iteration of the middle evaluation of the window; None when the level is not reached.
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
    """Iterations that two trainings of the same seed take to the same level.

    Parameters
    ----------
    slow, fast
        Iterations to the level; None when it was not reached.
    slow_limit, fast_limit
        Iterations that each was trained for.
    """

    slow: int | None
    fast: int | None
    slow_limit: int
    fast_limit: int

    @property
    def ratio(self) -> float | None:
        """slow / fast. The limit stands for a censored one, so the ratio is a bound; None when both are censored."""
        if self.slow is None and self.fast is None:
            return None
        return (self.slow or self.slow_limit) / (self.fast or self.fast_limit)

    @property
    def bound(self) -> str:
        """What the ratio is: ">" a lower bound (slow censored), "<" an upper bound (fast censored), "" exact."""
        return ">" if self.slow is None else "<" if self.fast is None else ""


def ratios(pairs: list[Pair]) -> list[float]:
    """The ratios of all pairs, without those in which neither network reached the level."""
    return [pair.ratio for pair in pairs if pair.ratio is not None]


def interval(values, draws: int = 10000, level: float = 0.95) -> tuple[float, float, float]:
    """Geometric mean of ratios over seeds, with the percentile interval of a bootstrap over seeds.

    With few seeds the interval is too narrow: with two it is no wider than the two ratios themselves.

    Parameters
    ----------
    values
        (seeds,), ratios above 0.
    draws
        Bootstrap samples.
    level
        Coverage of the interval.

    Returns
    -------
    mean, low, high : float
    """
    values = as_floats(values, "ratios", "one for each seed")
    if values.ndim != 1 or not len(values):
        raise BadInput("ratios: a list of at least one pair that reached the level is needed.")
    if not ((values > 0) & np.isfinite(values)).all():
        raise BadInput("ratios: finite numbers above 0 are needed.")
    logs = np.log(values)
    samples = np.random.default_rng(0).integers(len(logs), size=(draws, len(logs)))
    low, high = np.quantile(logs[samples].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return tuple(float(value) for value in np.exp([logs.mean(), low, high]))


def share_of_gain(control: float, full: float) -> float:
    """The share of a gain that its control has too: log(control) / log(full), both ratios of iterations."""
    control, full = as_real(control, "control", above=0), as_real(full, "full", above=0)
    return float(np.log(control) / np.log(full)) if full != 1 else float("nan")

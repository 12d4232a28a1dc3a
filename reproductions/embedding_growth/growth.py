"""How far each method goes as a table grows: size after size, by one rule when to stop, and the power laws fitted.

All methods are timed at one size, in one comparison, before the next size is begun. A method is followed to its stop:

    not tried   its last time, carried on by its own exponent over its last two sizes (at least 1), is more than
                FAR times the limit: the row says what was expected
    time        it was cut at the limit
    memory      it asked for more than its process may have
    error       it raised one; then the quickest of the documented tries that worked at that size goes on in its place,
                as a series of its own, titled as such
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, exp, inf, log
from pathlib import Path

import numpy as np

from tdabench.embedding.comparison import Candidate, Result, compare
from tdabench.processes.timing import TIME, WorkLimits

FAR = 2.0  # times the limit: an exponent from two sizes is not so sure that less would do
SECONDS, RISE = "wall_s", "rise_mib"
LEAST = {SECONDS: 0.0, RISE: 1.0}  # of less than 1 MiB nobody knows whether the method took it
NOT_TRIED = "not tried"
TOO_SMALL = "too few points in this run to judge it: take profile=paper"
BUSY_FROM = 0.05  # less is too near to what the clock of the processor can tell
NEAREST, FARTHEST = 1e2, 1e8  # sizes between which it makes sense to ask where two power laws meet


@dataclass(frozen=True)
class Rounds:
    """How often a measurement is made: `small` times up to `small_to` points; above that `large` times, but once when
    one takes longer than `once_over_s`."""

    small: int = 5
    small_to: int = 5000
    large: int = 3
    once_over_s: float = 20.0

    def of(self, points: int, seconds: float) -> int:
        if points <= self.small_to:
            return self.small
        return 1 if seconds > self.once_over_s else self.large


@dataclass(frozen=True)
class Stop:
    """points: the size that a method did not reach; kind: timing's TIME, MEMORY or ERROR; reason: in words."""

    points: int
    kind: str
    reason: str

    @property
    def short(self) -> str:
        return f"{self.kind}, {NOT_TRIED}" if self.reason.startswith(NOT_TRIED) else self.kind

    def __str__(self) -> str:
        return f"{self.kind}, at {self.points:,} points: {self.reason}"


@dataclass
class Series:
    """One candidate over the sizes that it reached. after: the title of the series whose place it took, "" if none;
    stop: None when it reached the last size."""

    candidate: Candidate
    after: str = ""
    results: dict[int, Result] = field(default_factory=dict)
    stop: Stop | None = None

    def middle(self, quantity: str = SECONDS) -> dict[int, float]:
        """Size -> median over the rounds; sizes at which there is too little to measure are left out."""
        return {points: middle for points, (_, middle, _) in self.spans(quantity).items()}

    def spans(self, quantity: str = SECONDS) -> dict[int, list[float]]:
        """Size -> [lowest, median, highest] over the rounds."""
        found = {points: getattr(result, quantity) for points, result in self.results.items()}
        spans = {points: [min(values), float(np.median(values)), max(values)] for points, values in found.items()}
        return {points: span for points, span in spans.items() if span[1] > LEAST[quantity]}


@dataclass(frozen=True)
class Growth:
    """series: by title, in the order of the candidates, each followed by what took its place; results: size -> title ->
    Result, of all that was measured there, failed tries too."""

    series: dict[str, Series]
    results: dict[int, dict[str, Result]]
    sizes: tuple[int, ...]

    def line(self, title: str) -> list[str]:
        """The titles that stand for a method, one after the other: itself, and what took its place."""
        following = [name for name, series in self.series.items() if series.after == title]
        return [title] + [name for first in following for name in self.line(first)]

    def at(self, title: str, points: int) -> Result | None:
        """The result that stands for a method at a size; None without one."""
        found = [self.series[name].results.get(points) for name in self.line(title)]
        return next((result for result in found if result is not None), None)

    def middle(self, title: str, quantity: str = SECONDS) -> dict[int, float]:
        """Size -> median over the rounds, of the method and of what took its place."""
        named = [self.series[name].middle(quantity) for name in self.line(title)]
        return {points: value for values in named for points, value in values.items()}

    def stop(self, title: str) -> Stop | None:
        """Why a method, with all that took its place, went no further."""
        return self.series[self.line(title)[-1]].stop

    def times(self, titles: Sequence[str], points: int) -> dict[str, list[float]]:
        """Title -> seconds by round at a size, over the rounds that all have; {} unless all of them count."""
        found = {title: self.at(title, points) if title in self.series else None for title in titles}
        if not all(result is not None and result.counts for result in found.values()):
            return {}
        rounds = min(len(result.wall_s) for result in found.values())
        return {title: result.wall_s[:rounds] for title, result in found.items()}

    def ratios(self, title: str, to: str, points: int) -> list[float]:
        """Seconds of one over seconds of the other at a size, round by round; [] unless both count."""
        times = self.times((title, to), points)
        return [a / b for a, b in zip(times[title], times[to], strict=True)] if times else []

    def busy(self) -> list[float]:
        """Seconds of the clock over those of the processor, of all that took BUSY_FROM seconds: 1 on one thread of an
        idle machine, more where a measurement had to share its core."""
        results = [result for at_size in self.results.values() for result in at_size.values()]
        found = [each for result in results for each in result.measurements if each.cpu_s >= BUSY_FROM]
        return [each.wall_s / each.cpu_s for each in found]

    def missing(self, titles: Sequence[str], points: int) -> str:
        """In words why `times` has nothing."""
        if strange := [title for title in titles if title not in self.series]:
            return f"{', '.join(strange)}: not among the methods"
        if points not in self.sizes:
            return TOO_SMALL
        without = [title for title in titles if not self.times((title,), points)]
        return "; ".join(f"{title}: {self.stop(title) or 'its output differs'}" for title in without)


def grow(
    table: Callable[[int], np.ndarray],
    asked: Sequence[Candidate],
    sizes: Sequence[int],
    folder: Path,
    rounds: Rounds,
    neighbours: int = 12,
    seed: int = 0,
    limits: WorkLimits | None = None,
    report: Callable[[str], None] | None = None,
) -> Growth:
    """Follow the candidates through the sizes, smallest first. table: size -> (size, d); folder: as in `compare`."""
    limits, say = limits or WorkLimits(), report or (lambda text: None)
    found = {candidate.title: Series(candidate) for candidate in asked}
    going, results = list(found.values()), {}
    for points in sorted(sizes):
        for series in going:
            if reason := too_long(series.middle(), points, limits.time_s):
                series.stop = Stop(points, TIME, reason)
                say(f"{series.candidate.title}, {points} points: {reason}")
        going = [series for series in going if series.stop is None]
        if not going:
            break
        say(f"{points} points: {len(going)} candidates")
        data, now = table(points), [series.candidate for series in going]
        results[points] = at_one_size(data, now, folder, rounds, neighbours, seed, limits, report)
        going = [following for series in going if (following := _followed(series, points, results[points])) is not None]
        for series in going:
            found.setdefault(series.candidate.title, series)
    whole = Growth(found, results, tuple(sorted(sizes)))
    titles = [name for candidate in asked for name in whole.line(candidate.title)]
    return Growth({title: found[title] for title in titles}, results, whole.sizes)


def at_one_size(points, asked, folder, rounds, neighbours, seed, limits, report) -> dict[str, Result]:
    """One round of all, then the further rounds of those that are to have them: `compare` goes on from the first."""
    settings = {"neighbours": neighbours, "seed": seed, "limits": limits, "report": report}
    results = compare(points, asked, folder, 1, **settings)
    worked = [result for result in results.values() if not result.reason]
    wanted = {result.candidate.title: rounds.of(len(points), result.wall_s[0]) for result in worked}
    for count in sorted({count for count in wanted.values() if count > 1}):
        more = [result.candidate for result in worked if wanted[result.candidate.title] == count]
        for title, result in compare(points, more, folder, count, **settings).items():
            results[title].measurements, results[title].embedded = result.measurements, result.embedded
    return results


def too_long(seconds: dict[int, float], points: int, limit_s: float) -> str:
    """In words that the next size is not worth trying, else an empty text. seconds: size -> time so far."""
    if not seconds:
        return ""
    (last, took), exponent = list(seconds.items())[-1], 1.0
    if len(seconds) > 1:
        before, quicker = list(seconds.items())[-2]
        exponent = max(1.0, log(took / quicker) / log(last / before))
    expected = took * (points / last) ** exponent
    if expected <= FAR * limit_s:
        return ""
    about = float(f"{expected:.2g}")
    return f"{NOT_TRIED}: about {about:,.0f} s expected from exponent {exponent:.1f}, over {limit_s:g} s"


@dataclass(frozen=True)
class Fit:
    """A power law, values = factor * size ** exponent, by least squares of logarithms. lowest, highest: exponents from
    each size to the next; sizes: those fitted."""

    exponent: float
    factor: float
    lowest: float
    highest: float
    sizes: tuple[int, ...]

    def where(self, value: float) -> float | None:
        """The size of that value; None where it is nowhere, or beyond all numbers."""
        place = log(value / self.factor) / self.exponent if self.exponent else inf
        return exp(place) if abs(place) < 700 else None

    def __str__(self) -> str:
        told = [f"{round(value, 2) + 0.0:.2f}" for value in (self.exponent, self.lowest, self.highest)]
        return f"{told[0]} ({told[1]} to {told[2]})" if len(self.sizes) > 2 else told[0]


def fit(values: dict[int, float]) -> Fit | None:
    """The power law of size -> value; None of fewer than two sizes."""
    if len(values) < 2:
        return None
    sizes = sorted(values)
    x, y = np.log(sizes), np.log([values[points] for points in sizes])
    exponent, intercept = np.polyfit(x, y, 1)
    steps = np.diff(y) / np.diff(x)
    return Fit(float(exponent), exp(intercept), float(steps.min()), float(steps.max()), tuple(sizes))


def upper_half(values: dict[int, float]) -> dict[int, float]:
    """The larger half of the sizes, at least two: what is constant weighs least there."""
    return {points: values[points] for points in sorted(values)[-max(2, ceil(len(values) / 2)) :]}


def crossing(values: dict[int, float], level: float) -> tuple[float, bool] | None:
    """The size at which the values reach a level: (size, True) between two sizes measured, the largest such; (size,
    False) beyond them, by the power law of the upper half above and of the two smallest sizes below; None where nowhere
    makes sense."""
    sizes = sorted(values)
    logs = {points: log(values[points] / level) for points in sizes}
    for small, large in reversed(list(pairwise(sizes))):
        if logs[small] * logs[large] <= 0 and logs[small] != logs[large]:
            share = logs[small] / (logs[small] - logs[large])
            return exp(log(small) + share * log(large / small)), True
    if len(sizes) < 2:
        return None
    above = fit(upper_half(values)).where(level)
    if above is not None and sizes[-1] < above <= FARTHEST:
        return above, False
    below = fit({points: values[points] for points in sizes[:2]}).where(level)
    return (below, False) if below is not None and NEAREST <= below < sizes[0] else None


def _followed(series: Series, points: int, results: dict[str, Result]) -> Series | None:
    """The series that goes on from this size in its place: itself, the quickest try that worked, or none."""
    title = series.candidate.title
    result = results[title]
    if not result.reason:
        series.results[points] = result
        return series
    series.stop = Stop(points, result.measurements[0].kind, result.reason)
    tries = [other for other in results.values() if other.of == title and not other.reason]
    if not tries:
        return None
    quickest = min(tries, key=lambda other: float(np.median(other.wall_s)))
    return Series(quickest.candidate, title, {points: quickest})

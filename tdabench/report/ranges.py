"""A row's ranges over seeds, and those of its controls, as bars on one axis."""

import math
from dataclasses import dataclass

from tdabench.report.results import Result
from tdabench.text import is_interval, is_number

WIDE = 30  # an axis of positive numbers that reaches over more than this ratio is logarithmic
FEWEST = 2  # bars on an axis: one alone says nothing


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, in the unit of what was measured."""

    low: float
    high: float
    logarithmic: bool

    def place(self, value: float) -> float:
        """Where a value is, in per cent of the length."""
        low, high, at = (math.log(each) if self.logarithmic else each for each in (self.low, self.high, value))
        return round(100 * (at - low) / (high - low), 2)


def axes(row: Result) -> dict[str | None, Axis]:
    """The axis of a row (None), or of each of its parts. None where there is nothing to compare."""
    intervals: dict[str | None, list] = {}
    for entry in [row, *row.controls.values()]:
        parts = entry.interval if isinstance(entry.interval, dict) else {None: entry.interval}
        for part, interval in parts.items():
            if is_interval(interval) and all(map(math.isfinite, interval)):
                intervals.setdefault(part, []).append(interval)
    ends = {part: sum(listed, []) for part, listed in intervals.items() if len(listed) >= FEWEST}
    return {part: _axis(min(numbers), max(numbers)) for part, numbers in ends.items() if min(numbers) < max(numbers)}


@dataclass(frozen=True)
class Bar:
    """Where a bar starts, how long it is, and where the measured number is if within it, in per cent of the axis."""

    start: float
    length: float
    dot: float | None


def bar(axis: Axis | None, interval, measured) -> Bar | None:
    """The bar of a range; None where there is nothing to draw."""
    if axis is None or not is_interval(interval) or not all(map(math.isfinite, interval)):
        return None
    start, end = map(axis.place, interval)
    inside = is_number(measured) and interval[0] <= measured <= interval[1]
    return Bar(start, round(max(end - start, 0), 2), axis.place(measured) if inside else None)


def _axis(low: float, high: float) -> Axis:
    """Shares, and what lies near zero, start there."""
    if low > 0 and high / low > WIDE:
        return Axis(low, high, True)
    if 0 <= low and high <= 1:
        return Axis(0, 1, False)
    return Axis(min(low, 0) if low < high / 2 else low, high, False)

"""The tests of claims: (measurement, published value, margin) -> Outcome. Pure functions; to add one, see TESTS.

A measurement that a test cannot use raises BadInput.
"""

import math
from dataclasses import dataclass, field

from tdabench.errors import BadInput

REPRODUCED, PARTLY, NOT_REPRODUCED, NO_CLAIM = "reproduced", "partly", "not reproduced", "no claim"


@dataclass(frozen=True)
class Outcome:
    """One test of one measurement.

    verdict: reproduced, partly, not reproduced (or no claim); measured: the value read; interval: [lowest, highest]
    over seeds of the statistic; statistic: one number per seed, larger when the claim holds better; detail: a sentence.
    """

    verdict: str
    measured: object
    interval: list | None = None
    statistic: list = field(default_factory=list)
    detail: str = ""
    failing: tuple = ()  # the parts that do not hold at all, when there are parts

    @property
    def borne_out(self) -> bool:
        """Whether the claim as a whole holds here, if not on every seed."""
        return self.verdict in (REPRODUCED, PARTLY) and not self.failing


def betti(runs, published, margin) -> Outcome:
    """Equality of Betti vectors over a share of seeds.

    runs: one mapping per seed, "b0,b1,.." -> longest run of that vector as a share of the range. A seed bears the claim
    out when the published vector (or one of several) has the longest run of all and that run is at least margin["run"].
    published: [b0, b1, ..], several of them, or None for a reading without a claim.
    """
    runs = [dict(seed) for seed in _list(runs, "one mapping of Betti vectors per seed")]
    for seed in runs:
        for share in seed.values():
            _number(share)
    readings = [max(seed, key=seed.get) for seed in runs]
    common = max(sorted(set(readings)), key=readings.count)
    measured = [int(number) for number in common.split(",")]
    if published is None:
        shares = [seed.get(common, 0.0) for seed in runs]
        detail = f"({_spaced(common)}) on {readings.count(common)} of {len(runs)} seeds"
        return Outcome(NO_CLAIM, measured, _span(shares), shares, detail)
    several = published if isinstance(published[0], list | tuple) else [published]
    claimed = [",".join(map(str, vector)) for vector in several]
    shares = [max(seed.get(vector, 0.0) for vector in claimed) for seed in runs]
    holds = [
        reading in claimed and share >= margin["run"] for reading, share in zip(readings, shares, strict=True)
    ]
    name = " or ".join(f"({_spaced(vector)})" for vector in claimed)
    detail = f"{name} on {sum(holds)} of {len(runs)} seeds, longest run {_of_range(shares)}"
    if common not in claimed:
        others = [seed[common] for seed, reading in zip(runs, readings, strict=True) if reading == common]
        detail += f"; most often ({_spaced(common)}), {readings.count(common)} of {len(runs)}, {_of_range(others)}"
    return Outcome(_by_share(holds, margin["seeds"]), measured, _span(shares), shares, detail)


def at_least(values, published, margin) -> Outcome:
    """The median over seeds is at least the published number less margin["below"] (0); above it if margin["strict"]."""
    numbers = _numbers(values)
    limit = published - (margin or {}).get("below", 0)
    if (margin or {}).get("strict"):
        return _compared(numbers, median(numbers) > limit, f"above {limit:g}", 1)
    return _compared(numbers, median(numbers) >= limit, f"at least {limit:g}", 1)


def at_most(values, published, margin) -> Outcome:
    """The median over seeds is at most the published number plus margin["above"] (0)."""
    numbers = _numbers(values)
    limit = published + (margin or {}).get("above", 0)
    return _compared(numbers, median(numbers) <= limit, f"at most {limit:g}", -1)


def equals(value, published, margin) -> Outcome:
    """Equal to the published number (or list of numbers) within margin["within"] (0), on the median seed."""
    within = (margin or {}).get("within", 0)
    if isinstance(published, list | tuple):
        numbers = _numbers(value)
        if len(numbers) != len(published):
            raise BadInput(f"{len(published)} numbers are needed, not {len(numbers)}.")
        worst = max(abs(number - expected) for number, expected in zip(numbers, published, strict=True))
        verdict = REPRODUCED if worst <= within else NOT_REPRODUCED
        measured, detail = [_tidy(number) for number in numbers], f"largest difference {worst:.2g}"
        return Outcome(verdict, measured, None, [-worst], detail)
    numbers = _numbers(value)
    error = abs(median(numbers) - published)
    detail = f"{_tidy(median(numbers)):g}, {published:g} published"
    verdict = REPRODUCED if error <= within else NOT_REPRODUCED
    return Outcome(verdict, _tidy(median(numbers)), _span(numbers), [-abs(n - published) for n in numbers], detail)


def ratio(pairs, published, margin) -> Outcome:
    """Median over paired seeds of numerator / denominator, within a factor 1 + margin["factor"] of the published one.

    pairs: {"numerator": [..], "denominator": [..]}, paired by seed.
    """
    above, below = _numbers(pairs["numerator"]), _numbers(pairs["denominator"])
    if len(above) != len(below) or min(below) <= 0:
        raise BadInput("a ratio needs as many numerators as denominators, all of these positive.")
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    middle, factor = median(ratios), 1 + margin["factor"]
    verdict = REPRODUCED if published / factor <= middle <= published * factor else NOT_REPRODUCED
    return Outcome(verdict, _tidy(middle), _span(ratios), ratios, f"published {published:g}")


def order(values, published, margin) -> Outcome:
    """The names in ascending order of their values are the published ones, on a share margin["seeds"] of seeds.

    values: name -> number, or name -> one number per seed; published: list of names, ascending. A name that is missing
    from the values is an error; ties do not count as order.
    """
    missing = [name for name in published if name not in values]
    if missing:
        raise BadInput(f"no value for {', '.join(missing)}.")
    columns = [_numbers(values[name]) for name in published]
    seeds = list(zip(*columns, strict=True))
    holds = [all(a < b for a, b in zip(seed, seed[1:], strict=False)) for seed in seeds]
    middles = {name: _tidy(median(column)) for name, column in zip(published, columns, strict=True)}
    detail = " < ".join(f"{name} {middles[name]:g}" for name in sorted(middles, key=middles.get))
    gaps = [min(b - a for a, b in zip(seed, seed[1:], strict=False)) for seed in seeds]
    found = sorted(middles, key=middles.get)
    detail += f", {sum(holds)} of {len(seeds)} seeds"
    return Outcome(_by_share(holds, margin["seeds"]), found, None, gaps, detail)


def trend(series, published, margin) -> Outcome:
    """Kendall's tau of a series against its position is at least margin["tau"] in the published direction.

    series: numbers in order; published: "rises" or "falls".
    """
    numbers = _numbers(series)
    if len(numbers) < 3:
        raise BadInput("a trend needs at least three values.")
    sign = {"rises": 1, "falls": -1}[published]
    steps = [(b > a) - (b < a) for i, a in enumerate(numbers) for b in numbers[i + 1 :]]
    tau = sum(steps) / len(steps)
    verdict = REPRODUCED if sign * tau >= margin["tau"] else NOT_REPRODUCED
    found = "rises" if tau > 0 else "falls" if tau < 0 else "level"
    return Outcome(verdict, found, None, [sign * tau], f"tau {tau:.2f}")


def covers(measured, published, margin) -> Outcome:
    """The published number lies in the interval measured: {"value": .., "low": .., "high": ..}."""
    value, low, high = (_number(measured[key]) for key in ("value", "low", "high"))
    verdict = REPRODUCED if low <= published <= high else NOT_REPRODUCED
    detail = f"{value:.3g} [{low:.3g}, {high:.3g}], {published:g} published"
    return Outcome(verdict, _tidy(value), [_tidy(low), _tidy(high)], [], detail)


def rows_equal(counts, published, margin) -> Outcome:
    """Row-for-row equality of two tables: counts = {"equal": rows found in both, "of": rows published}."""
    equal, of = _number(counts["equal"]), _number(counts["of"])
    verdict = REPRODUCED if equal == of == published else PARTLY if equal >= of / 2 else NOT_REPRODUCED
    return Outcome(verdict, int(equal), None, [equal / of], f"{int(equal)} of {int(of)} distinct rows")


TESTS = {
    test.__name__: test for test in (betti, at_least, at_most, equals, ratio, order, trend, covers, rows_equal)
}
# The keys of the margin that each test must be given, and those that it may be given.
MARGINS = {
    "betti": (("run", "seeds"), ()),
    "at_least": ((), ("below", "strict")),
    "at_most": ((), ("above",)),
    "equals": ((), ("within",)),
    "ratio": (("factor",), ()),
    "order": (("seeds",), ()),
    "trend": (("tau",), ()),
    "covers": ((), ()),
    "rows_equal": ((), ()),
}


def median(numbers) -> float:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _by_share(holds: list[bool], required: float) -> str:
    share = sum(holds) / len(holds)
    return REPRODUCED if share >= required else PARTLY if share >= 0.5 else NOT_REPRODUCED


def _compared(numbers: list[float], good: bool, limit: str, sign: int) -> Outcome:
    verdict = REPRODUCED if good else NOT_REPRODUCED
    middle = _tidy(median(numbers))
    return Outcome(verdict, middle, _span(numbers), [sign * n for n in numbers], f"{middle:.4g}, {limit} claimed")


def _list(values, what: str) -> list:
    if not isinstance(values, list | tuple) or not values:
        raise BadInput(f"{what} is needed, not {values!r}.")
    return list(values)


def _number(value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"a finite number is needed, not {value!r}.")
    return float(value)


def _numbers(values) -> list[float]:
    return [_number(value) for value in (_list(values, "numbers") if isinstance(values, list | tuple) else [values])]


def _tidy(number: float) -> float | int:
    return int(number) if number == int(number) else round(number, 6)


def _span(numbers: list[float]) -> list[float]:
    return [_tidy(min(numbers)), _tidy(max(numbers))]


def _spaced(vector: str) -> str:
    return vector.replace(",", ", ")


def _of_range(shares: list[float]) -> str:
    return f"{median(shares):.2f} of the range ({min(shares):.2f}-{max(shares):.2f})"

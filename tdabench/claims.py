"""A published claim, the measurement that bears it out, and the verdict. Pure functions: no topology, no MLflow.

A claim stands in the yaml of its reproduction:

    - id: I1                      # its id; a suffix "@..." names other data than the published
      says: one sentence
      source: where it is published
      evidence: read, redone      # how sure we are of the published value
      published: [1, 1]           # the published value; a mapping {part: value} has one part each
      measurement: k300.runs      # which measurement is looked at
      test: betti                 # how: one of TESTS
      margin: {run: 0.25, seeds: 0.8}
      why: why that margin
      controls: {name: measurement of the same kind}   # left out: none needed
      note: what the row must say besides; sentence: name of a measurement that is a sentence for the row
      at_most: partly             # when the data are a stand-in for the published ones

`measurement` and each control may be a mapping {part: measurement} too; it then has the parts of `published`.
"""

import math
from dataclasses import asdict, dataclass, field

from tdabench.errors import BadInput, BadRequest

REPRODUCED, PARTLY, NOT_REPRODUCED = "reproduced", "partly", "not reproduced"
NOT_RUN, FAILED, NO_CLAIM = "not run", "failed", "no claim"
VERDICTS = (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_RUN, FAILED)
STANDS_OUT, NOT_OUT, NONE_NEEDED = "stands out", "does not stand out", "none needed"
REQUIRED = ("id", "says", "source", "evidence", "published", "measurement", "test", "margin", "why")


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


@dataclass
class Verdict:
    """A claim and what became of it: one row of the table."""

    id: str
    says: str
    source: str
    evidence: str
    published: object
    verdict: str
    measured: object = None
    interval: object = None
    control: str | None = NONE_NEEDED  # None: there are controls, but nothing to hold against them
    controls: dict = field(default_factory=dict)
    reason: str = ""
    margin: object = None
    why: str = ""

    def row(self) -> dict:
        return asdict(self)


def check_claim(claim: dict, where: str) -> None:
    """BadRequest when a claim in a yaml lacks something or names a test that does not exist."""
    missing = [key for key in REQUIRED if key not in claim]
    if missing:
        raise BadRequest(f"{where}: claim {claim.get('id', '?')} lacks {', '.join(missing)}.")
    if claim["test"] not in TESTS:
        raise BadRequest(f"{where}: claim {claim['id']}: test {claim['test']!r} is none of {', '.join(TESTS)}.")
    needed, allowed = MARGINS[claim["test"]]
    margin = set(claim["margin"] or {})
    if unknown := margin - set(needed + allowed):
        raise BadRequest(f"{where}: claim {claim['id']}: {claim['test']} knows no margin {', '.join(sorted(unknown))}.")
    if claim["published"] is not None and (lacking := [key for key in needed if key not in margin]):
        raise BadRequest(f"{where}: claim {claim['id']}: its margin lacks {', '.join(lacking)}.")
    if isinstance(claim["published"], dict) and isinstance(claim["measurement"], dict):
        if apart := sorted(set(claim["published"]) ^ set(claim["measurement"])):
            raise BadRequest(f"{where}: claim {claim['id']}: published and measured parts differ: {', '.join(apart)}.")


def judge(claim: dict, measurements: dict) -> Verdict:
    """The verdict on one claim. measurements: name -> value, or {"not_run": reason}."""
    verdict = unjudged(claim, FAILED, "")
    try:
        outcome = _evaluate(claim, claim["measurement"], measurements)
    except NotMeasured as error:
        verdict.verdict, verdict.reason = NOT_RUN, str(error)
        return verdict
    except UNFIT as error:
        verdict.reason = _unfit(error)
        return verdict
    verdict.verdict, verdict.measured, verdict.interval = outcome.verdict, outcome.measured, outcome.interval
    if outcome.verdict == REPRODUCED and claim.get("at_most") == PARTLY:
        verdict.verdict = PARTLY
    reasons = [outcome.detail, claim.get("note", ""), measurements.get(claim.get("sentence"), "")]
    for name, measurement in (claim.get("controls") or {}).items():
        verdict.controls[name] = _against_control(claim, measurement, measurements, outcome)
    if verdict.controls:
        all_out = all(control["result"] == STANDS_OUT for control in verdict.controls.values())
        verdict.control = STANDS_OUT if all_out else NOT_OUT
        reasons += [f"{name}: {control['detail']}" for name, control in verdict.controls.items()]
    verdict.reason = "; ".join(reason for reason in reasons if reason)
    return verdict


def unjudged(claim: dict, verdict: str, reason: str) -> Verdict:
    """The row of a claim without a measurement: `not run` or `failed`, with its reason."""
    known = {key: claim.get(key, "") for key in ("id", "says", "source", "evidence", "published", "margin", "why")}
    return Verdict(verdict=verdict, reason=reason, control=None if claim.get("controls") else NONE_NEEDED, **known)


class NotMeasured(Exception):
    """The measurement was not taken; the text says why."""


# What a test raises on a measurement of another kind than it expects.
UNFIT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _unfit(error: Exception) -> str:
    if isinstance(error, BadInput | NotMeasured):
        return str(error)
    return f"the measurement is not what the test needs ({type(error).__name__}: {error})"


def _evaluate(claim: dict, measurement, measurements: dict) -> Outcome:
    """One outcome, or the outcomes of all parts put together."""
    test, published, margin = TESTS[claim["test"]], claim["published"], claim["margin"] or {}
    if not (isinstance(published, dict) or isinstance(measurement, dict)):
        return test(_value(measurement, measurements), published, margin)
    parts, absent = {}, {}
    for part in measurement if isinstance(measurement, dict) else published:
        expected = published[part] if isinstance(published, dict) else published
        name = measurement[part] if isinstance(measurement, dict) else f"{measurement}.{part}"
        try:
            parts[part] = test(_value(name, measurements), expected, margin)
        except NotMeasured as error:
            absent[part] = str(error)
    if not parts:
        raise NotMeasured("; ".join(f"{part}: {reason}" for part, reason in absent.items()))
    return _together(parts, absent)


def _together(parts: dict[str, Outcome], absent: dict[str, str]) -> Outcome:
    good = [part for part, outcome in parts.items() if outcome.verdict == REPRODUCED]
    bad = [part for part, outcome in parts.items() if outcome.verdict == NOT_REPRODUCED]
    verdict = REPRODUCED if len(good) == len(parts) else NOT_REPRODUCED if len(bad) == len(parts) else PARTLY
    if all(outcome.verdict == NO_CLAIM for outcome in parts.values()):
        verdict = NO_CLAIM
    elif absent and verdict == REPRODUCED:
        verdict = PARTLY  # a part that nobody looked at has not been reproduced
    detail = "; ".join(f"{part}: {outcome.detail}" for part, outcome in parts.items())
    if absent:
        detail += "; not run: " + "; ".join(f"{part} ({reason})" for part, reason in absent.items())
    statistics = [outcome.statistic for outcome in parts.values()]
    shared = [min(values) for values in zip(*statistics, strict=False)]  # the weakest part of each seed
    return Outcome(
        verdict,
        {part: outcome.measured for part, outcome in parts.items()},
        {part: outcome.interval for part, outcome in parts.items()},
        shared,
        detail,
        tuple(bad),
    )


def _against_control(claim: dict, measurement, measurements: dict, outcome: Outcome) -> dict:
    """A claim stands out from a control when it is reproduced at least partly, the control does not bear it out, and
    every seed of the control stays below the median seed of the data."""
    try:
        control = _evaluate(claim, measurement, measurements)
    except (NotMeasured, *UNFIT) as error:
        detail = f"not measured ({_unfit(error)})"
        return {"result": NOT_OUT, "borne_out": None, "measured": None, "interval": None, "detail": detail}
    below = bool(control.statistic and outcome.statistic) and max(control.statistic) < median(outcome.statistic)
    out = outcome.verdict in (REPRODUCED, PARTLY) and not control.borne_out and below
    result = STANDS_OUT if out else NOT_OUT
    return {
        "result": result,
        "borne_out": control.borne_out,
        "measured": control.measured,
        "interval": control.interval,
        "detail": control.detail,
    }


def _value(name: str, measurements: dict):
    if name not in measurements:
        raise NotMeasured(f"{name} was not measured")
    value = measurements[name]
    if isinstance(value, dict) and set(value) == {"not_run"}:
        raise NotMeasured(value["not_run"])
    return value


# The tests: (measurement, published value, margin) -> Outcome


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
    """The median over seeds is at least the published number less margin["below"] (0)."""
    numbers = _numbers(values)
    limit = published - (margin or {}).get("below", 0)
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


def rows_equal(counts, published, margin) -> Outcome:
    """Row-for-row equality of two tables: counts = {"equal": rows found in both, "of": rows published}."""
    equal, of = _number(counts["equal"]), _number(counts["of"])
    verdict = REPRODUCED if equal == of == published else PARTLY if equal >= of / 2 else NOT_REPRODUCED
    return Outcome(verdict, int(equal), None, [equal / of], f"{int(equal)} of {int(of)} distinct rows")


TESTS = {
    test.__name__: test for test in (betti, at_least, at_most, equals, ratio, order, trend, rows_equal)
}
# The keys of the margin that each test must be given, and those that it may be given.
MARGINS = {
    "betti": (("run", "seeds"), ()),
    "at_least": ((), ("below",)),
    "at_most": ((), ("above",)),
    "equals": ((), ("within",)),
    "ratio": (("factor",), ()),
    "order": (("seeds",), ()),
    "trend": (("tau",), ()),
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
    return Outcome(verdict, middle, _span(numbers), [sign * n for n in numbers], f"{middle:g}, {limit} claimed")


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

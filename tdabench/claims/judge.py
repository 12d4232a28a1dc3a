"""A published claim, the measurement that bears it out, and the verdict. Pure functions: no topology, no MLflow.

A claim stands in the yaml of its reproduction:

    - id: I1                      # its id; a suffix "@..." names other data than the published
      says: one sentence
      source: where it is published
      evidence: read, redone      # how sure we are of the published value
      published: [1, 1]           # the published value; a mapping {part: value} has one part each
      measurement: k300.runs      # which measurement is looked at: a path into what measure() returns
      test: betti                 # how: one of TESTS in tdabench/claims/criteria.py
      margin: {run: 0.25, seeds: 0.8}
      why: why that margin
      controls: {name: measurement of the same kind}   # left out: none needed
      note: what the row must say besides; sentence: name of a measurement that is a sentence for the row
      at_most: partly             # when the data are a stand-in for the published ones
      stand_in: note              # the same, when this measurement is a sentence that says so, and not an empty one

`measurement` and each control may be a mapping {part: measurement} too; it then has the parts of `published`. Where one
is a path alone, each part of `published` is looked for below it, under its `tdabench.claims.measurements.key`.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

from tdabench.claims.criteria import MARGINS, NO_CLAIM, NOT_REPRODUCED, PARTLY, REPRODUCED, TESTS, Outcome, median
from tdabench.claims.measurements import NotMeasured, at, key
from tdabench.errors import BadInput, BadRequest

NOT_RUN, FAILED = "not run", "failed"
VERDICTS = (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_RUN, FAILED)
STANDS_OUT, NOT_OUT, NONE_NEEDED = "stands out", "does not stand out", "none needed"
REQUIRED = ("id", "says", "source", "evidence", "published", "measurement", "test", "margin", "why")
TEXTS = ("id", "says", "source", "evidence", "why")


@dataclass(kw_only=True)
class Control:
    """What became of a claim on one of its controls."""

    result: str
    """stands out, or does not stand out."""
    borne_out: bool | None = None
    """Whether the control bears the claim out; null where it was not measured."""
    measured: Any
    """What was measured on it, as in the row."""
    interval: Any
    """The lowest and the highest seed, as in the row."""
    detail: str
    """The measurement in words."""


@dataclass(kw_only=True)
class Verdict:
    """A claim and what became of it: one row of the table."""

    id: str
    """The claim's id; a suffix "@..." names other data than the published."""
    says: str
    """The claim, in one sentence."""
    source: str
    """Where it is published."""
    evidence: str
    """How sure we are of the published value: read, redone, deck or second."""
    published: Any
    """The published value, or one for each part; null where nothing is claimed."""
    verdict: str
    """reproduced, partly, not reproduced, not run, failed, or no claim."""
    measured: Any
    """The measured value, in the parts of the published one; null where there is none."""
    interval: Any
    """[lowest, highest] over the seeds, in the same parts; null where there is none."""
    control: str | None
    """stands out, does not stand out, or none needed; null where there is nothing to hold against the controls."""
    controls: dict[str, Control]
    """Name of a control -> what became of the claim there."""
    reason: str
    """Why the verdict is what it is, in words."""
    margin: Any
    """What the test allows."""
    why: str
    """Why that margin."""


def check_claim(claim: dict, where: str) -> None:
    """BadRequest when a claim in a yaml lacks something or names a test that does not exist."""
    missing = [key for key in REQUIRED if key not in claim]
    if missing:
        raise BadRequest(f"{where}: claim {claim.get('id', '?')} lacks {', '.join(missing)}.")
    if other := [key for key in TEXTS if not isinstance(claim[key], str)]:
        raise BadRequest(f"{where}: claim {claim['id']}: a text is needed as {', '.join(other)}.")
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
    """The verdict on one claim. measurements: see tdabench.claims.measurements."""
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
    if outcome.verdict == REPRODUCED and (claim.get("at_most") == PARTLY or _text(claim, "stand_in", measurements)):
        verdict.verdict = PARTLY
    reasons = [outcome.detail, claim.get("note", ""), _text(claim, "sentence", measurements)]
    for name, measurement in (claim.get("controls") or {}).items():
        verdict.controls[name] = _against_control(claim, measurement, measurements, outcome)
    if outcome.verdict == NO_CLAIM:
        verdict.control = None  # nothing is claimed, so nothing can stand out
    elif verdict.controls:
        all_out = all(control.result == STANDS_OUT for control in verdict.controls.values())
        verdict.control = STANDS_OUT if all_out else NOT_OUT
        reasons += [f"{name}: {control.detail}" for name, control in verdict.controls.items()]
    verdict.reason = "; ".join(reason for reason in reasons if reason)
    return verdict


def unjudged(claim: dict, verdict: str, reason: str) -> Verdict:
    """The row of a claim without a measurement: `not run` or `failed`, with its reason."""
    same = {key: claim.get(key, "") for key in ("id", "says", "source", "evidence", "published", "margin", "why")}
    control = None if claim.get("controls") else NONE_NEEDED
    return Verdict(**same, verdict=verdict, reason=reason, measured=None, interval=None, control=control, controls={})


def looked_at(claim: dict) -> set[str]:
    """Paths of the measurements that the row of a claim looks at: its own, those of its controls, its sentences."""
    measurements = [claim["measurement"], *(claim.get("controls") or {}).values()]
    paths = {path for measurement in measurements for path in _paths(claim["published"], measurement).values()}
    return paths | {claim[key] for key in ("sentence", "stand_in") if key in claim}


def statistics(claim: dict, measurements: dict) -> dict[str, list[float]]:
    """The statistic of a claim, one number per seed, under "", and those of its controls by their names.

    What was not measured, or not as the test needs it, is left out.
    """
    by_name = {}
    for name, measurement in {"": claim.get("measurement"), **(claim.get("controls") or {})}.items():
        with contextlib.suppress(NotMeasured, *UNFIT):
            by_name[name] = _evaluate(claim, measurement, measurements).statistic
    return by_name


def _paths(published, measurement) -> dict:
    """Part -> path of its measurement; what has no parts is one part, None."""
    if isinstance(measurement, dict):
        return measurement
    if isinstance(published, dict):
        return {part: f"{measurement}.{key(part)}" for part in published}
    return {None: measurement}


def _text(claim: dict, which: str, measurements: dict):
    """The sentence that a claim names under `sentence` or `stand_in`; empty where there is none."""
    try:
        return at(measurements, claim[which]) if which in claim else ""
    except NotMeasured:
        return ""


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
        return test(at(measurements, measurement), published, margin)
    parts, absent = {}, {}
    for part, path in _paths(published, measurement).items():
        expected = published[part] if isinstance(published, dict) else published
        try:
            parts[part] = test(at(measurements, path), expected, margin)
        except NotMeasured as error:
            absent[part] = str(error)
    if not parts:
        raise NotMeasured("; ".join(f"{named}: {reason}" for reason, named in _by_reason(absent).items()))
    return _together(parts, absent)


def _together(parts: dict[str, Outcome], absent: dict[str, str]) -> Outcome:
    good = [part for part, outcome in parts.items() if outcome.verdict == REPRODUCED]
    bad = [part for part, outcome in parts.items() if outcome.verdict == NOT_REPRODUCED]
    verdict = REPRODUCED if len(good) == len(parts) else NOT_REPRODUCED if len(bad) == len(parts) else PARTLY
    if all(outcome.verdict == NO_CLAIM for outcome in parts.values()):
        verdict = NO_CLAIM
    elif absent and verdict == REPRODUCED:
        verdict = PARTLY  # a part that nobody looked at has not been reproduced
    detail = _details(parts)
    if absent:
        detail += "; not run: " + "; ".join(f"{named} ({reason})" for reason, named in _by_reason(absent).items())
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


def _by_reason(absent: dict[str, str]) -> dict[str, str]:
    """Reason -> the parts that are absent for it."""
    parts: dict[str, list[str]] = {}
    for part, reason in absent.items():
        parts.setdefault(reason, []).append(part)
    return {reason: ", ".join(named) for reason, named in parts.items()}


def _details(parts: dict[str, Outcome]) -> str:
    """The details of all parts; what all of them end in, after the last comma, is said once."""
    cut = {part: outcome.detail.rpartition(", ") for part, outcome in parts.items()}
    endings = {ending for _, comma, ending in cut.values() if comma}
    if len(parts) > 1 and len(endings) == 1 and all(comma for _, comma, _ in cut.values()):
        return ", ".join(f"{part}: {head}" for part, (head, _, _) in cut.items()) + f"; of each {endings.pop()}"
    return "; ".join(f"{part}: {outcome.detail}" for part, outcome in parts.items())


def _against_control(claim: dict, measurement, measurements: dict, outcome: Outcome) -> Control:
    """A claim stands out from a control when it is reproduced at least partly, the control does not bear it out, and
    every seed of the control stays below the median seed of the data."""
    try:
        control = _evaluate(claim, measurement, measurements)
    except (NotMeasured, *UNFIT) as error:
        detail = f"not measured ({_unfit(error)})"
        return Control(result=NOT_OUT, measured=None, interval=None, detail=detail)
    below = bool(control.statistic and outcome.statistic) and max(control.statistic) < median(outcome.statistic)
    out = outcome.verdict in (REPRODUCED, PARTLY) and not control.borne_out and below
    return Control(
        result=STANDS_OUT if out else NOT_OUT,
        borne_out=control.borne_out,
        measured=control.measured,
        interval=control.interval,
        detail=control.detail,
    )

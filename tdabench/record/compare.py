"""The newest runs against the frozen ones of reference/: verdicts and numbers, each within its band."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, repeat

from tdabench.claims import pages
from tdabench.claims.judge import Verdict, judge
from tdabench.claims.measurements import flat
from tdabench.claims.tolerance import EXACT, FREE, OVERLAP, ROUNDING, SURE, Band, band_of
from tdabench.record import baseline
from tdabench.record.baseline import Numbers
from tdabench.record.job import Entry, Recorded
from tdabench.record.origin import outdated
from tdabench.text import is_number

SAME, WITHIN, OUTSIDE, NOT_COMPARED = "same", "within", "outside", "not compared"
# Of a configuration; the verdicts, which follow from claims and rule, are judged again and compared one by one. Older
# references have a place in the report.
PROSE = ("claims", "rule", "reason", "title", "source", "place")
# A frozen run of the paper profile has six digits.
SIX_DIGITS = replace(ROUNDING, width=1e-5)


@dataclass(frozen=True)
class Difference:
    """One thing that was compared: a measurement with its place, "verdict ID", "control ID", or the job as a whole."""

    reproduction: str
    profile: str
    name: str
    reference: object
    now: object
    band: Band
    state: str  # SAME, WITHIN, OUTSIDE or NOT_COMPARED
    reason: str = ""


def held(job: Recorded | None, frozen: Recorded | Numbers) -> list[Difference]:
    """The newest job of a reproduction against the frozen one, if it tells what the same command would measure now."""
    if job and (why := outdated(job)):
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, f"{why}: measure again")]
    return compare(job, frozen)


def compare(job: Recorded | None, frozen: Recorded | Numbers) -> list[Difference]:
    """A job of the record (None: there is none) with the frozen one: every verdict, control and number of both."""
    listed = pages.bands(frozen.name)
    if job is None:
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, "not on record here")]
    if job.status != "finished":
        kind = NOT_COMPARED if job.status == "not run" else OUTSIDE
        return [_difference(frozen, "job", frozen.status, job.status, SURE, kind, job.reason)]
    if apart := _apart(job, frozen):
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, apart)]
    return [*_of_verdicts(job, frozen, listed), *_of_measurements(job, frozen, listed)]


def _apart(job: Recorded, frozen: Recorded | Numbers) -> str:
    """Why two jobs are not of the same thing: their data, or their configuration."""
    names = sorted(set(job.data) | set(frozen.data))
    data = [name for name in names if job.data.get(name) != frozen.data.get(name)]
    if data:
        return f"other data: {', '.join(data)}"
    now, before = (baseline.portable({key: value for key, value in each.config.items() if key not in PROSE})
                   for each in (job, frozen))  # fmt: skip
    keys = sorted(key for key in set(now) | set(before) if now.get(key) != before.get(key))
    return f"other configuration: {', '.join(keys)}" if keys else ""


def judged_again(job: Recorded) -> list[Verdict]:
    """The verdicts of a finished job from its measurements: those on record were written when it was judged."""
    return [judge(claim, job.measurements) for claim in job.config.get("claims") or ()]


def _of_verdicts(job: Recorded, frozen: Recorded | Numbers, listed: list[dict]) -> Iterator[Difference]:
    now = {verdict.id: verdict for verdict in judged_again(job)}
    for row in frozen.rows:
        for key in ("verdict", "control"):
            name = f"{key} {row.id}"
            band = band_of(name, listed, SURE)
            if row.id in now:
                yield _judged(frozen, name, getattr(row, key), getattr(now[row.id], key), band)
            else:
                gone = "this claim is judged no more"
                yield _difference(frozen, name, getattr(row, key), None, band, NOT_COMPARED, gone)
    for new in sorted(set(now) - {row.id for row in frozen.rows}):
        yield _difference(frozen, f"verdict {new}", None, now[new].verdict, SURE, NOT_COMPARED, "a new claim")


def _of_measurements(job: Recorded, frozen: Recorded | Numbers, listed: list[dict]) -> Iterator[Difference]:
    paper = frozen.profile == "paper"
    default, digits = (SIX_DIGITS, baseline.DIGITS) if paper else (ROUNDING, baseline.QUICK_DIGITS)
    before, now = flat(frozen.measurements), flat(baseline.portable(job.measurements, digits))
    for name in sorted(set(before) | set(now)):
        if name not in before or name not in now:
            where = "measured no more" if name in before else "not in the reference"
            band = band_of(name, listed, default)
            yield _difference(frozen, name, before.get(name), now.get(name), band, NOT_COMPARED, where)
            continue
        pairs = leaves(name, before[name], now[name])
        banded = [(band_of(place, listed, default), place, old, new) for place, old, new in pairs]
        for (band, series), grouped in groupby(banded, key=lambda leaf: (leaf[0], leaf[1].rpartition(".")[0])):
            _, places, olds, news = zip(*grouped, strict=True)
            if band.kind == OVERLAP:
                yield _overlap(frozen, series, olds, news, band)
            else:
                yield from map(partial(_judged, frozen), places, olds, news, repeat(band))


def leaves(name: str, before, now) -> Iterator[tuple]:
    """(place, value before, value now) of every number and text; None for one that a side lacks.

    Of Betti runs, mappings vector -> share of the range, the reference lacks the short ones: these are left out.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        runs = before | now and all(baseline.VECTOR.fullmatch(key) for key in before | now)
        for key in sorted(before | now):
            old, new = before.get(key, 0.0 if runs else None), now.get(key, 0.0 if runs else None)
            if not (runs and key not in before and new < baseline.SHORT_RUN):
                yield from leaves(f"{name}.{key}", old, new)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (old, new) in enumerate(zip(before, now, strict=True)):
            yield from leaves(f"{name}.{place}", old, new)
    else:
        yield name, before, now


def _judged(frozen: Recorded | Numbers, name: str, before, now, band: Band) -> Difference:
    if before == now or repr(before) == repr(now):  # not a number is not equal to itself
        return _difference(frozen, name, before, now, band, SAME)
    numbers = is_number(before) and is_number(now)
    if band in (ROUNDING, SIX_DIGITS) and not (numbers and (isinstance(before, float) or isinstance(now, float))):
        band = SURE  # a text, a count
    within = band.holds(before, now) if numbers else band.kind == FREE
    return _difference(frozen, name, before, now, band, WITHIN if within else OUTSIDE)


def _overlap(frozen: Recorded | Numbers, name: str, before: tuple, now: tuple, band: Band) -> Difference:
    if not all(map(is_number, [*before, *now])):
        return _judged(frozen, name, before, now, replace(band, kind=EXACT))
    spans = [[min(numbers), max(numbers)] for numbers in (before, now)]
    meet = spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]
    state = SAME if before == now else WITHIN if meet else OUTSIDE
    return _difference(frozen, name, *spans, band, state)


def _difference(
    frozen: Recorded | Numbers, name: str, before, now, band: Band, state: str, reason: str = ""
) -> Difference:
    return Difference(frozen.name, frozen.profile, name, before, now, band, state, reason)


def newest(record, entries: list[Entry], name: str, profile: str) -> Recorded | None:
    """The newest job of a reproduction as it stands in conf/: a finished one that was measured under the code, the
    versions, the data and the configuration that are here (the one that `run` calls already on record), else one that
    ended otherwise under these, else any. entries: Record.entries()."""
    first, failed, outdated_ones = None, None, set()
    for entry in entries:
        same = (entry.name, entry.profile) == (name, profile) and not entry.variant
        if not same or entry.fingerprint in outdated_ones:
            continue
        if job := record.read(entry):
            if not (old := outdated(job)) and job.status == "finished":
                return job
            if old:
                outdated_ones.add(entry.fingerprint)  # what is outdated once is so each time
                first = first or job
            else:
                failed = failed or job
    return failed or first


def variation(job: Recorded, jobs: list[Recorded]) -> dict:
    """How far the other finished runs of the same job (same code, data and configuration) lie from it.

    {"runs": how many there are, "moved": place -> the largest difference, None where it is no number}
    """
    same = [other for other in jobs if (other.fingerprint, other.status) == (job.fingerprint, "finished")]
    others = [other for other in same if other.run_id != job.run_id and not other.reference]
    moved: dict[str, float | None] = {}
    for other in others:
        for place, one, another in leaves("", job.measurements, other.measurements):
            if one != another:
                numbers = is_number(one) and is_number(another)
                further = abs(one - another) if numbers else None
                furthest = moved.get(place[1:], 0)
                moved[place[1:]] = None if None in (furthest, further) else max(furthest, further)
    return {"runs": len(others), "moved": dict(sorted(moved.items()))}

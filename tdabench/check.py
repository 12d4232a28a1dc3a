"""The verb check: the newest runs against the frozen ones of reference/, verdicts and numbers, each within its band."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby, repeat

from tdabench import provenance, reference, registry
from tdabench.bands import EXACT, FREE, OVERLAP, ROUNDING, SURE, Band, band_of
from tdabench.claims import judge
from tdabench.errors import BadInput
from tdabench.report.text import text
from tdabench.worker import installed

SAME, WITHIN, OUTSIDE, NOT_COMPARED = "same", "within", "outside", "not compared"
OK, REGRESSION, INCOMPLETE = 0, 1, 3
PROSE = ("claims", "title", "source", "place")  # of a configuration; verdicts are judged again and compared one by one
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


def held(job: dict | None, frozen: dict) -> list[Difference]:
    """The newest job of a reproduction against the frozen one, if it tells what the same command would measure now."""
    from tdabench.job import outdated

    if job and (why := outdated(job)):
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, f"{why}: measure again")]
    return compare(job, frozen)


def compare(job: dict | None, frozen: dict) -> list[Difference]:
    """A job of the record (None: there is none) with the frozen one: every verdict, control and number of both."""
    listed = registry.bands(frozen["name"])
    if job is None:
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, "not on record here")]
    if job["status"] != "finished":
        kind = NOT_COMPARED if job["status"] == "not run" else OUTSIDE
        return [_difference(frozen, "job", frozen["status"], job["status"], SURE, kind, job["reason"])]
    if apart := _apart(job, frozen):
        return [_difference(frozen, "job", None, None, SURE, NOT_COMPARED, apart)]
    return [*_of_verdicts(job, frozen, listed), *_of_measurements(job, frozen, listed)]


def _apart(job: dict, frozen: dict) -> str:
    """Why two jobs are not of the same thing: their data, or what they were told to measure."""
    names = sorted(set(job["data"]) | set(frozen["data"]))
    data = [name for name in names if job["data"].get(name) != frozen["data"].get(name)]
    if data:
        return f"other data: {', '.join(data)}"
    told = [reference.portable({key: value for key, value in job_["config"].items() if key not in PROSE})
            for job_ in (job, frozen)]  # fmt: skip
    keys = sorted(key for key in set(told[0]) | set(told[1]) if told[0].get(key) != told[1].get(key))
    return f"other configuration: {', '.join(keys)}" if keys else ""


def judged_again(job: dict) -> list[dict]:
    """The rows of a finished job from its measurements: those on record were written when it was judged."""
    return [judge(claim, job["measurements"]).row() for claim in job["config"].get("claims") or ()]


def _of_verdicts(job: dict, frozen: dict, listed: list[dict]) -> Iterator[Difference]:
    now = {row["id"]: row for row in judged_again(job)}
    for row in frozen["rows"]:
        for key in ("verdict", "control"):
            name = f"{key} {row['id']}"
            band = band_of(name, listed, SURE)
            if row["id"] in now:
                yield _judged(frozen, name, row[key], now[row["id"]][key], band)
            else:
                yield _difference(frozen, name, row[key], None, band, NOT_COMPARED, "this claim is judged no more")
    for new in sorted(set(now) - {row["id"] for row in frozen["rows"]}):
        yield _difference(frozen, f"verdict {new}", None, now[new]["verdict"], SURE, NOT_COMPARED, "a new claim")


def _of_measurements(job: dict, frozen: dict, listed: list[dict]) -> Iterator[Difference]:
    paper = frozen["profile"] == "paper"
    default, digits = (SIX_DIGITS, reference.DIGITS) if paper else (ROUNDING, reference.QUICK_DIGITS)
    before, now = frozen["measurements"], reference.portable(job["measurements"], digits)
    for name in sorted(set(before) | set(now)):
        if name not in before or name not in now:
            where = "measured no more" if name in before else "not in the reference"
            band = band_of(name, listed, default)
            yield _difference(frozen, name, before.get(name), now.get(name), band, NOT_COMPARED, where)
            continue
        pairs = leaves(name, before[name], now[name])
        found = [(band_of(place, listed, default), place, old, new) for place, old, new in pairs]
        for (band, series), grouped in groupby(found, key=lambda leaf: (leaf[0], leaf[1].rpartition(".")[0])):
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
        runs = before | now and all(reference.VECTOR.fullmatch(key) for key in before | now)
        for key in sorted(before | now):
            old, new = before.get(key, 0.0 if runs else None), now.get(key, 0.0 if runs else None)
            if not (runs and key not in before and new < reference.SHORT_RUN):
                yield from leaves(f"{name}.{key}", old, new)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (old, new) in enumerate(zip(before, now, strict=True)):
            yield from leaves(f"{name}.{place}", old, new)
    else:
        yield name, before, now


def _judged(frozen: dict, name: str, before, now, band: Band) -> Difference:
    if before == now or repr(before) == repr(now):  # not a number is not equal to itself
        return _difference(frozen, name, before, now, band, SAME)
    numbers = _number(before) and _number(now)
    if band in (ROUNDING, SIX_DIGITS) and not (numbers and (isinstance(before, float) or isinstance(now, float))):
        band = SURE  # a text, a count
    within = band.holds(before, now) if numbers else band.kind == FREE
    return _difference(frozen, name, before, now, band, WITHIN if within else OUTSIDE)


def _overlap(frozen: dict, name: str, before: tuple, now: tuple, band: Band) -> Difference:
    if not all(map(_number, [*before, *now])):
        return _judged(frozen, name, before, now, replace(band, kind=EXACT))
    spans = [[min(numbers), max(numbers)] for numbers in (before, now)]
    meet = spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]
    state = SAME if before == now else WITHIN if meet else OUTSIDE
    return _difference(frozen, name, *spans, band, state)


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _difference(frozen: dict, name: str, before, now, band: Band, state: str, reason: str = "") -> Difference:
    return Difference(frozen["name"], frozen["profile"], name, before, now, band, state, reason)


def add_arguments(parser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="reproductions; none: all that are published")
    parser.add_argument("--profile", choices=("quick", "paper"), default="quick", help="which runs (default: quick)")
    parser.add_argument("--all", action="store_true", help="what differs within its band too")
    parser.add_argument("--json", action="store_true", help="all that was compared, as a list on standard output")
    parser.add_argument("--freeze", action="store_true", help="put the newest runs in the place of the reference")


def check(asked) -> int:
    """Exit code: 0 nothing left its band, 1 something did, 3 nothing did but something could not be compared."""
    from tdabench.record import Record

    record = Record()
    names = reference.published(asked.names)
    if asked.freeze:
        found, code = _freeze(record, names, asked)
    else:
        entries = record.entries()
        names = [name for name in names
                 if asked.names or asked.profile == "quick" or reference.frozen(name, asked.profile)]  # fmt: skip
        newest_jobs = {name: newest(record, entries, name, asked.profile) for name in names}
        print("\n".join(_versions(newest_jobs, asked.profile)), file=sys.stderr if asked.json else sys.stdout)
        found = {name: _checked(newest_jobs[name], name, asked.profile) for name in names}
        states = {difference.state for listed in found.values() for difference in listed}
        code = REGRESSION if OUTSIDE in states else INCOMPLETE if NOT_COMPARED in states or not states else OK
    differences = [difference for listed in found.values() for difference in listed]
    if asked.json:
        print(json.dumps([asdict(difference) for difference in differences], indent=1))
    elif found or not asked.freeze:
        told = [line for name in found for line in _lines(name, found[name], asked.all)]
        print("\n".join([*told, _total(differences)]))
        if any(difference.state == NOT_COMPARED for difference in differences):
            print("For what was not compared for want of a run: `make check`, or `tdabench run --all` and this again.")
    return code


def newest(record, entries: list[dict], name: str, profile: str) -> dict | None:
    """The newest job of a reproduction as it stands in conf/: a finished one that was measured under the code, the
    versions, the data and the configuration that are here (the one that `run` calls already on record), else one that
    ended otherwise under these, else any. entries: Record.entries()."""
    from tdabench.job import outdated

    first, failed, known = None, None, set()
    for entry in entries:
        if (entry["name"], entry["profile"]) != (name, profile) or entry["variant"] or entry["fingerprint"] in known:
            continue
        if job := record.read(entry):
            if not (old := outdated(job)) and job["status"] == "finished":
                return job
            if old:
                known.add(entry["fingerprint"])  # what is outdated once is so each time
                first = first or job
            else:
                failed = failed or job
    return failed or first


def _checked(job: dict | None, name: str, profile: str) -> list[Difference]:
    frozen = reference.frozen(name, profile)
    if frozen is None:
        said = f"nothing is frozen; tdabench check --profile {profile} --freeze {name}"
        return [Difference(name, profile, "job", None, None, SURE, NOT_COMPARED, said)]
    return held(job, frozen)


def _versions(jobs: dict[str, dict | None], profile: str) -> Iterator[str]:
    """Under which versions the newest runs and the reference were measured, against those that are installed."""
    here = installed()
    yield "Installed here: " + ", ".join(f"{name} {version}" for name, version in here.items())
    here |= provenance.software(provenance.code(f"reproductions.{name}" for name in jobs))
    runs = {name: job.get("software") or job.get("environment") or {} for name, job in jobs.items() if job}
    frozen = {name: reference.versions(job) for name in jobs if (job := reference.frozen(name, profile))}
    for what, those in (("Newest runs", runs), ("Reference", frozen)):
        others = Counter(f"{package} {versions[package]}" for versions in those.values() for package in here
                         if package in versions and versions[package] != here[package])  # fmt: skip
        unlike = ", ".join(f"{version} ({count} of {len(those)})" for version, count in sorted(others.items()))
        yield f"{what} ({len(those)}): measured under {unlike or 'the same versions'}"


def _freeze(record, names: list[str], asked) -> tuple[dict[str, list[Difference]], int]:
    """Freeze the newest finished job of each; what changed against the old reference. A named one that cannot be frozen
    is a failure."""
    from tdabench.job import outdated

    jobs, entries = record.jobs(), record.entries()
    changed, code = {}, OK
    for name in names:
        job, why = reference.choose(jobs, name, asked.profile)
        if job and (why := outdated(job)):  # an older one may be of the code that is here again
            current = newest(record, entries, name, asked.profile)
            job = None if current["status"] != "finished" or outdated(current) else current
        if not job:
            print(f"{name}: left as it was, {why}", file=sys.stderr)
            code = REGRESSION if asked.names else code
            continue
        try:
            if frozen := reference.frozen(name, asked.profile):
                changed[name] = compare(job, frozen)
        except BadInput as error:  # what is damaged is what somebody may want to replace
            print(f"{name}: replaced, {error}", file=sys.stderr)
        if asked.profile == "paper":
            told = reference.freeze(record, job)
        else:
            told = reference.freeze_numbers(job, spread(job, jobs))
        print(f"{name}: {told}", file=sys.stderr)
    return changed, code


def spread(job: dict, jobs: list[dict]) -> dict:
    """How far the other finished runs of the same job (same code, data and configuration) lie from it.

    {"runs": how many there are, "moved": place -> the largest difference, None where it is no number}
    """
    same = [other for other in jobs if (other["fingerprint"], other["status"]) == (job["fingerprint"], "finished")]
    others = [other for other in same if other["run_id"] != job["run_id"] and not other.get("reference")]
    moved: dict[str, float | None] = {}
    for other in others:
        for place, one, another in leaves("", job["measurements"], other["measurements"]):
            if one != another:
                numbers = _number(one) and _number(another)
                further = abs(one - another) if numbers else None
                known = moved.get(place[1:], 0)
                moved[place[1:]] = None if None in (known, further) else max(known, further)
    return {"runs": len(others), "moved": dict(sorted(moved.items()))}


def _lines(name: str, differences: list[Difference], everything: bool) -> Iterator[str]:
    """What a person reads: one line a reproduction, and one for each thing outside its band."""
    states = Counter(difference.state for difference in differences)
    counts = [f"{states[SAME]:,} the same", f"{states[WITHIN]:,} within their bands"]
    counts += [f"{states[state]:,} {state.upper()}" for state in (OUTSIDE, NOT_COMPARED) if states[state]]
    yield f"{name}: {', '.join(counts)}"
    for difference in differences:
        if difference.state in (OUTSIDE, NOT_COMPARED) or (everything and difference.state == WITHIN):
            yield f"    {_line(difference)}"


def _line(difference: Difference) -> str:
    if difference.reference is None and difference.now is None:
        return f"{difference.name}: {difference.state}, {difference.reason}"
    before, now = (_short(value) for value in (difference.reference, difference.now))
    told = f"{difference.name}: {before} -> {now}"
    if _number(difference.reference) and _number(difference.now):
        told += f" ({difference.now - difference.reference:+.3g})"
    if difference.state == NOT_COMPARED:
        return f"{told}: not compared, {difference.reason}"
    reason = f"; {difference.reason}" if difference.reason else ""
    return f"{told}; band: {difference.band} ({difference.band.why}){reason}"


def _short(value) -> str:
    said = f"{value:.9g}" if isinstance(value, float) else text(value) or "nothing"
    return said if len(said) <= 60 else said[:57] + "..."


def _total(differences: list[Difference]) -> str:
    states = Counter(difference.state for difference in differences)
    return ", ".join(f"{states[state]:,} {state}" for state in (SAME, WITHIN, OUTSIDE, NOT_COMPARED))

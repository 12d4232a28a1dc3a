"""The verb check: what has changed since the reference was frozen."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from tdabench import provenance
from tdabench.claims.tolerance import SURE
from tdabench.errors import BadInput
from tdabench.jobs.worker import installed
from tdabench.record import baseline
from tdabench.record.compare import (
    NOT_COMPARED,
    OUTSIDE,
    SAME,
    WITHIN,
    Difference,
    compare,
    held,
    newest,
    variation,
)  # fmt: skip
from tdabench.record.job import Recorded
from tdabench.record.origin import outdated
from tdabench.record.runs import Record
from tdabench.text import is_number, text

OK, REGRESSION, INCOMPLETE = 0, 1, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="reproductions; none: all that are published")
    parser.add_argument("--profile", choices=("quick", "paper"), default="quick", help="which runs (default: quick)")
    parser.add_argument("--all", action="store_true", help="what differs within its band too")
    parser.add_argument("--json", action="store_true", help="all that was compared, as a list on standard output")
    parser.add_argument("--freeze", action="store_true", help="put the newest runs in the place of the reference")


def run(arguments) -> int:
    """Exit code: 0 nothing left its band, 1 something did, 3 nothing did but something could not be compared."""
    record = Record()
    names = baseline.published(arguments.names)
    if arguments.freeze:
        compared, code = _freeze(record, names, arguments)
    else:
        entries = record.entries()
        if arguments.profile == "paper" and not arguments.names:
            names = [name for name in names if baseline.frozen(name, "paper")]
        newest_jobs = {name: newest(record, entries, name, arguments.profile) for name in names}
        print("\n".join(_versions(newest_jobs, arguments.profile)), file=sys.stderr if arguments.json else sys.stdout)
        compared = {name: _checked(newest_jobs[name], name, arguments.profile) for name in names}
        states = {difference.state for listed in compared.values() for difference in listed}
        code = REGRESSION if OUTSIDE in states else INCOMPLETE if NOT_COMPARED in states or not states else OK
    differences = [difference for listed in compared.values() for difference in listed]
    if arguments.json:
        print(json.dumps([asdict(difference) for difference in differences], indent=1))
    elif compared or not arguments.freeze:
        lines = [line for name in compared for line in _lines(name, compared[name], arguments.all)]
        print("\n".join([*lines, _total(differences)]))
        if any(difference.state == NOT_COMPARED for difference in differences):
            print("For what was not compared for want of a run: `make check`, or `tdabench run --all` and this again.")
    return code


def _checked(job: Recorded | None, name: str, profile: str) -> list[Difference]:
    frozen = baseline.frozen(name, profile)
    if frozen is None:
        said = f"nothing is frozen; tdabench check --profile {profile} --freeze {name}"
        return [Difference(name, profile, "job", None, None, SURE, NOT_COMPARED, said)]
    return held(job, frozen)


def _versions(jobs: dict[str, Recorded | None], profile: str) -> Iterator[str]:
    """Under which versions the newest runs and the reference were measured, against those that are installed."""
    here = installed()
    yield "Installed here: " + ", ".join(f"{name} {version}" for name, version in here.items())
    here |= provenance.software(provenance.code(f"reproductions.{name}" for name in jobs))
    runs = {name: job.software or job.environment or {} for name, job in jobs.items() if job}
    frozen = {name: baseline.versions(job) for name in jobs if (job := baseline.frozen(name, profile))}
    for what, those in (("Newest runs", runs), ("Reference", frozen)):
        others = Counter(f"{package} {versions[package]}" for versions in those.values() for package in here
                         if package in versions and versions[package] != here[package])  # fmt: skip
        unlike = ", ".join(f"{version} ({count} of {len(those)})" for version, count in sorted(others.items()))
        yield f"{what} ({len(those)}): measured under {unlike or 'the same versions'}"


def _freeze(record, names: list[str], arguments) -> tuple[dict[str, list[Difference]], int]:
    """Freeze the newest finished job of each; what changed against the old reference. A named one that cannot be frozen
    is a failure."""
    jobs, entries = record.jobs(), record.entries()
    changed, code = {}, OK
    for name in names:
        job, why = baseline.choose(jobs, name, arguments.profile)
        if job and (why := outdated(job)):  # an older one may be of the code that is here again
            current = newest(record, entries, name, arguments.profile)
            job = None if current.status != "finished" or outdated(current) else current
        if not job:
            print(f"{name}: left as it was, {why}", file=sys.stderr)
            code = REGRESSION if arguments.names else code
            continue
        try:
            if frozen := baseline.frozen(name, arguments.profile):
                changed[name] = compare(job, frozen)
        except BadInput as error:  # what is damaged is what somebody may want to replace
            print(f"{name}: replaced, {error}", file=sys.stderr)
        if arguments.profile == "paper":
            where = baseline.freeze(record, job)
        else:
            where = baseline.freeze_numbers(job, variation(job, jobs))
        print(f"{name}: {where}", file=sys.stderr)
    return changed, code


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
    line = f"{difference.name}: {before} -> {now}"
    if is_number(difference.reference) and is_number(difference.now):
        line += f" ({difference.now - difference.reference:+.3g})"
    if difference.state == NOT_COMPARED:
        return f"{line}: not compared, {difference.reason}"
    reason = f"; {difference.reason}" if difference.reason else ""
    return f"{line}; band: {difference.band} ({difference.band.why}){reason}"


def _short(value) -> str:
    said = f"{value:.9g}" if isinstance(value, float) else text(value) or "nothing"
    return said if len(said) <= 60 else said[:57] + "..."


def _total(differences: list[Difference]) -> str:
    states = Counter(difference.state for difference in differences)
    return ", ".join(f"{states[state]:,} {state}" for state in (SAME, WITHIN, OUTSIDE, NOT_COMPARED))

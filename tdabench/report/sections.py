"""What both pages show: rows by source and job, the tables a job kept, and provenance."""

import json
from dataclasses import dataclass
from pathlib import Path

from tdabench.claims import pages
from tdabench.record.baseline import artefacts, day
from tdabench.record.job import Recorded
from tdabench.report.results import Result
from tdabench.text import is_number, moment, text

UNFINISHED = "This job did not finish. What it had kept by then is shown, and counts for nothing."
READING = (
    "Over seeds gives the lowest and the highest seed: of the measured number, or, for Betti numbers, of the share of "
    "the filtration range over which the published ones hold. Evidence says how the published value is known: read (in "
    "the source, its authors' code or data), redone (recomputed on their data), deck (in the slides this project "
    "started from), second (in somebody else's account). Margins and assumed parameters were set before the runs on "
    "record, but trials on the published files, and a few draws of the controls, had been seen by then: a verdict "
    "close to its margin is worth that much."
)
FROZEN = (
    "Where the profile says (reference), the row is read from reference/, where runs that take hours are kept; the "
    "day, the commit and the machine of that run are given with it."
)


@dataclass
class Table:
    """A table that a job left, or one of the report's own. Its rows mostly have the same keys, the heads."""

    title: str
    rows: list[dict]

    @property
    def heads(self) -> list[str]:
        """The keys of all rows, in order."""
        return list(dict.fromkeys(key for row in self.rows for key in row))


@dataclass(kw_only=True)
class Part:
    """The rows of one reproduction that come from one job (None: nobody has run it), and the tables of that job."""

    name: str
    title: str
    source: str
    job: Recorded | None
    rows: list[Result]
    tables: list[Table]


def reading(rows: list[Result]) -> str:
    """How to read the tables."""
    return f"{READING} {FROZEN}" if any(row.reference for row in rows) else READING


def sections(rows: list[Result], jobs: list[Recorded], record) -> dict[str, list[Part]]:
    """Rows by where they were published, and there by job: source -> parts."""
    recorded = {job.run_id: job for job in jobs}
    titles = {job.name: (job.config["title"], job.config["source"]) for job in jobs}
    if any(row.reproduction not in titles for row in rows):
        titles = {entry.name: (entry.title, entry.source) for entry in pages.reproductions()} | titles
    frozen = {job.name: job.run_id for job in jobs if job.reference}
    parts: dict[tuple, Part] = {}
    for row in rows:
        key = row.reproduction, row.run_id or frozen.get(row.reproduction)
        if key not in parts:
            title, source = titles.get(key[0], (key[0], "Source not known"))
            job = recorded.get(key[1])
            tables = [read_table(path) for path in artefacts(record, job, "tables", "json")]
            parts[key] = Part(name=key[0], title=title, source=source, job=job, rows=[], tables=tables)
        parts[key].rows.append(row)
    grouped: dict[str, list[Part]] = {}
    for part in parts.values():
        grouped.setdefault(part.source, []).append(part)
    return grouped


def read_table(path: Path) -> Table:
    """A table that a job kept: title, and rows with the same keys. One that was cut off says so."""
    try:
        table = json.loads(path.read_text("utf-8"))
        if isinstance(table["title"], str) and all(isinstance(row, dict) for row in table["rows"]):
            return Table(table["title"], table["rows"])
        why = "it is no list of rows with a title"
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
    return Table(path.stem.replace("_", " "), [{"this table cannot be read": why}])


def facts(row: Result, job: Recorded | None) -> list[str]:
    """How a row was measured, as far as it was: profile, seeds, data, time and memory; if frozen, when and on what."""
    spent = [f"{row.wall_s:.1f} s"] if is_number(row.wall_s) else []
    spent += [f"{row.peak_rss_mib:.0f} MiB"] if is_number(row.peak_rss_mib) else []
    if row.reference:
        environment = job.environment or {}
        machine = [f"{environment['cores']} cores {environment['cpu']}"] if {"cores", "cpu"} <= set(environment) else []
        spent = [f"reference record of {day(job)}", f"commit {commit_text(job)}", *machine, *spent]
    seeds = f"{text(row.seeds)} seed{'' if row.seeds == 1 else 's'}" if row.seeds else ""
    profile = f"profile {row.profile}" if row.profile else ""
    data = f"data {row.data}" if row.data else ""
    return [fact for fact in (profile, seeds, data, ", ".join(spent)) if fact]


def profile_text(row: Result) -> str:
    """The cell `profile`."""
    return (row.profile or "") + (" (reference)" if row.reference else "")


def commit_text(job: Recorded) -> str:
    """The commit that a job ran at, and whether files differed from it."""
    commit, changed, _ = job.commit.partition("+")
    return (commit or "none") + (" with changes" if changed else "")


def provenance(jobs: list[Recorded]) -> list[Table]:
    """Tables that say when, with what and on what each job ran; what several jobs share is listed once."""
    machines, digests, listed = [], {}, []
    for job in jobs:
        software = dict(job.environment or {})
        machine = {key: software.pop(key, None) for key in ("cpu", "cores", "threads")}
        entry = machine | {"software": ", ".join(f"{name} {version}" for name, version in software.items())}
        if software and entry not in machines:
            machines.append(entry)
        digests |= {(name, digest): None for name, digest in job.data.items()}
        listed.append({
            "reproduction": job.name,
            "profile": job.profile,
            "ended": job.status,
            "recorded (UTC)": moment(job.recorded),
            "commit": commit_text(job),
            "machine": machines.index(entry) + 1 if software else None,
        } | ({"read from": job.run_id} if job.reference else {}))  # fmt: skip
    return [
        Table("Jobs", listed),
        Table("Machines", [{"machine": n} | entry for n, entry in enumerate(machines, start=1)]),
        Table("Data, by SHA-256", [{"data set": name, "digest": digest} for name, digest in digests]),
    ]

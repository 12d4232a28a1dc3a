"""Which jobs and rows are shown, and how many claims they settle.

Jobs are those of the record and the frozen ones together, newest first: tdabench.record.baseline.beside.
"""

from dataclasses import dataclass

from tdabench.claims import pages
from tdabench.claims.judge import NOT_RUN, VERDICTS, unjudged
from tdabench.provenance import differences
from tdabench.record import baseline
from tdabench.record.job import Entry, Recorded, Row
from tdabench.record.origin import origin


@dataclass(kw_only=True)
class Result(Row):
    """A row of the report: a claim, its verdict, what that rests on, and the run that it comes from."""

    run_id: str | None
    """The run of MLflow's, or the folder of reference/; null where nothing is on record."""
    recorded: float | None
    """When the run was recorded, in seconds since 1970; null where nothing is on record."""
    reference: bool
    """Whether the run is a frozen one of reference/."""


def current_jobs(entries: list[Entry | Recorded], read=lambda entry: entry) -> list[Recorded]:
    """Of each reproduction as it stands in conf/ (no overridden parameter) the newest job, of the paper profile if
    there is one (here or frozen); of a user's own data the newest job for each command.

    entries: of Record.entries() and frozen jobs, newest first; read: Record.read, left out for whole jobs. What cannot
    be read is passed over, so that an older run stands in for it.
    """
    order = [entry.name for entry in pages.reproductions()]
    chosen: dict[str, Recorded] = {}
    for entry in entries:
        if entry.name not in order or (entry.variant and not entry.own):
            continue
        key = entry.command if entry.own else entry.name
        newer = chosen.get(key)
        better = newer is None or (entry.profile == "paper") > (newer.profile == "paper")
        if better and (job := read(entry)):
            chosen[key] = job
    return sorted(chosen.values(), key=lambda job: order.index(job.name))


def current_rows(jobs: list[Recorded]) -> list[Result]:
    """One row per registered claim: from the job that is shown, else `not run`; then the rows of a user's own data.

    jobs: of current_jobs.
    """
    rows = []
    for entry in pages.reproductions():
        mine = [job for job in jobs if job.name == entry.name]
        if mine and mine[0].reference:
            rows += _frozen_rows(entry, mine[0])
            continue
        recorded = [row for job in mine for row in _rows_of(job)]
        command = f"tdabench run reproduction={entry.name}"
        absent = [_absent(entry, claim, "not on record here", command) for claim in entry.claims]
        rows += recorded if recorded or entry.own else absent
    return rows


def outdated_lines(jobs: list[Recorded]) -> list[str]:
    """Which of the jobs of the record were measured under other code or versions than are here; a frozen one says in
    its row when it was measured."""
    lines = []
    for job in jobs:
        if not job.reference and (why := differences(job, origin(job.config, job.data))):
            lines.append(f"tdabench: {job.name} was {why}; {job.command}")
    return lines


def published_only(rows: list[Result], jobs: list[Recorded]) -> tuple[list[Result], list[Recorded]]:
    """Rows and jobs without a user's own data: RESULTS.md is for everybody, the HTML report for the user."""
    own = {entry.name for entry in pages.reproductions() if entry.own}
    return [row for row in rows if row.reproduction not in own], [job for job in jobs if job.name not in own]


def all_rows(jobs: list[Recorded]) -> list[Result]:
    """The rows of every job ever recorded, newest first."""
    return [row for job in jobs for row in _rows_of(job)]


def total_line(rows: list[Row]) -> str:
    """N claims registered, M with a verdict, and how many of each."""
    claims = [row for row in rows if row.published is not None]  # else a user's own data: nothing is claimed
    counts = {verdict: sum(row.verdict == verdict for row in claims) for verdict in VERDICTS}
    judged = len(claims) - counts[NOT_RUN]
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(claims)} claims registered, {judged} with a verdict" + (f": {listed}." if listed else ".")


def _rows_of(job: Recorded) -> list[Result]:
    run = {"run_id": job.run_id, "recorded": job.recorded, "reference": job.reference}
    return [Result(**vars(row), **run) for row in job.rows]


def _frozen_rows(entry, job: Recorded) -> list[Result]:
    """The rows of a frozen job whose claims are still registered, and those that were registered since, `not run`."""
    rows = {row.id: row for row in _rows_of(job)}
    why = f"not part of the frozen record of {baseline.day(job)}"
    still = [rows[claim["id"]] for claim in entry.claims if claim["id"] in rows]
    return still + [_absent(entry, claim, why, job.command) for claim in entry.claims if claim["id"] not in rows]


def _absent(entry, claim: dict, why: str, command: str) -> Result:
    verdict = unjudged(claim, NOT_RUN, f"{why}; {command}")
    return Result(
        **vars(verdict),
        reproduction=entry.name,
        seeds=None,
        profile=None,
        data="",
        wall_s=None,
        peak_rss_mib=None,
        command=command,
        run_id=None,
        recorded=None,
        reference=False,
    )

"""Which jobs and rows are shown, and how many claims they settle.

Jobs are those of the record and the frozen ones together, newest first: tdabench.record.baseline.beside.
"""

from tdabench.claims import pages
from tdabench.claims.judge import NOT_RUN, VERDICTS, unjudged
from tdabench.provenance import differences
from tdabench.record import baseline
from tdabench.record.origin import origin


def current_jobs(entries: list[dict], read=lambda entry: entry) -> list[dict]:
    """Of each reproduction as it stands in conf/ (no overridden parameter) the newest job, of the paper profile if
    there is one (here or frozen); of a user's own data the newest job for each command.

    entries: of Record.entries() and frozen jobs, newest first; read: Record.read, left out for whole jobs. What cannot
    be read is passed over, so that an older run stands in for it.
    """
    order = [entry.name for entry in pages.reproductions()]
    chosen: dict[str, dict] = {}
    for entry in entries:
        if entry["name"] not in order or (entry["variant"] and not entry["own"]):
            continue
        key = entry["command"] if entry["own"] else entry["name"]
        shown = chosen.get(key)
        better = shown is None or (entry["profile"] == "paper") > (shown["profile"] == "paper")
        if better and (job := read(entry)):
            chosen[key] = job
    return sorted(chosen.values(), key=lambda job: order.index(job["name"]))


def current_rows(shown: list[dict]) -> list[dict]:
    """One row per registered claim: from the job that is shown, else `not run`; then the rows of a user's own data.

    shown: of current_jobs.
    """
    rows = []
    for entry in pages.reproductions():
        mine = [job for job in shown if job["name"] == entry.name]
        if mine and mine[0].get("reference"):
            rows += _frozen_rows(entry, mine[0])
            continue
        recorded = [row for job in mine for row in _rows_of(job)]
        command = f"tdabench run reproduction={entry.name}"
        absent = [_absent(entry, claim, "not on record here", command) for claim in entry.claims]
        rows += recorded if recorded or entry.own else absent
    return rows


def outdated_lines(jobs: list[dict]) -> list[str]:
    """Which of the jobs of the record were measured under other code or versions than are here; a frozen one says in
    its row when it was measured."""
    lines = []
    for job in jobs:
        if not job.get("reference") and (why := differences(job, origin(job["config"], job["data"]))):
            lines.append(f"tdabench: {job['name']} was {why}; {job['command']}")
    return lines


def published_only(rows: list[dict], jobs: list[dict]) -> tuple[list[dict], list[dict]]:
    """Rows and jobs without a user's own data: RESULTS.md is for everybody, the HTML report for the user."""
    own = {entry.name for entry in pages.reproductions() if entry.own}
    return [row for row in rows if row["reproduction"] not in own], [job for job in jobs if job["name"] not in own]


def all_rows(jobs: list[dict]) -> list[dict]:
    """The rows of every job ever recorded, newest first."""
    return [row for job in jobs for row in _rows_of(job)]


def total_line(rows: list[dict]) -> str:
    """N claims registered, M with a verdict, and how many of each."""
    claims = [row for row in rows if row["published"] is not None]  # else a user's own data: nothing is claimed
    counts = {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}
    judged = len(claims) - counts[NOT_RUN]
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(claims)} claims registered, {judged} with a verdict" + (f": {listed}." if listed else ".")


def _rows_of(job: dict) -> list[dict]:
    recorded = {"run_id": job["run_id"], "recorded": job["recorded"], "reference": job.get("reference", False)}
    return [row | recorded for row in job["rows"]]


def _frozen_rows(entry, job: dict) -> list[dict]:
    """The rows of a frozen job whose claims are still registered, and those that were registered since, `not run`."""
    rows = {row["id"]: row for row in _rows_of(job)}
    why = f"not part of the frozen record of {baseline.day(job)}"
    kept = [rows[claim["id"]] for claim in entry.claims if claim["id"] in rows]
    return kept + [_absent(entry, claim, why, job["command"]) for claim in entry.claims if claim["id"] not in rows]


def _absent(entry, claim: dict, why: str, command: str) -> dict:
    verdict = unjudged(claim, NOT_RUN, f"{why}; {command}")
    return verdict.row() | {
        "reproduction": entry.name, "seeds": None, "profile": None, "data": "", "wall_s": None, "peak_rss_mib": None,
        "command": command, "run_id": None, "recorded": None, "reference": False,
    }  # fmt: skip

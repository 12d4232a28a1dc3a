"""What both pages show: rows by source and job, the tables a job kept, and provenance."""

import json
from pathlib import Path

from tdabench.claims import pages
from tdabench.record.baseline import day, kept
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


def reading(rows: list[dict]) -> str:
    """How to read the tables."""
    return f"{READING} {FROZEN}" if any(row.get("reference") for row in rows) else READING


def sections(rows: list[dict], jobs: list[dict], record) -> dict[str, list[dict]]:
    """Rows by where they were published, and there by job: source -> parts of name, title, job, rows and tables."""
    recorded = {job["run_id"]: job for job in jobs}
    titles = {job["name"]: (job["config"]["title"], job["config"]["source"]) for job in jobs}
    if any(row["reproduction"] not in titles for row in rows):
        titles = {entry.name: (entry.title, entry.source) for entry in pages.reproductions()} | titles
    frozen = {job["name"]: job["run_id"] for job in jobs if job.get("reference")}
    parts: dict[tuple, dict] = {}
    for row in rows:
        key = row["reproduction"], row["run_id"] or frozen.get(row["reproduction"])
        if key not in parts:
            title, source = titles.get(key[0], (key[0], "Source not known"))
            job = recorded.get(key[1])
            tables = [read_table(path) for path in kept(record, job, "tables", "json")]
            parts[key] = {"name": key[0], "title": title, "source": source, "job": job, "rows": [], "tables": tables}
        parts[key]["rows"].append(row)
    grouped: dict[str, list[dict]] = {}
    for part in parts.values():
        grouped.setdefault(part["source"], []).append(part)
    return grouped


def read_table(path: Path) -> dict:
    """A table that a job kept: title, and rows with the same keys. One that was cut off says so."""
    try:
        table = json.loads(path.read_text("utf-8"))
        if isinstance(table["title"], str) and all(isinstance(row, dict) for row in table["rows"]):
            return table
        told = "it is no list of rows with a title"
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        told = f"{type(error).__name__}: {error}"
    return {"title": path.stem.replace("_", " "), "rows": [{"this table cannot be read": told}]}


def facts(row: dict, job: dict | None) -> list[str]:
    """How a row was measured, as far as it was: profile, seeds, data, time and memory; if frozen, when and on what."""
    spent = [f"{row['wall_s']:.1f} s"] if is_number(row["wall_s"]) else []
    spent += [f"{row['peak_rss_mib']:.0f} MiB"] if is_number(row["peak_rss_mib"]) else []
    if row.get("reference"):
        environment = job.get("environment") or {}
        machine = [f"{environment['cores']} cores {environment['cpu']}"] if {"cores", "cpu"} <= set(environment) else []
        spent = [f"reference record of {day(job)}", f"commit {commit_text(job)}", *machine, *spent]
    seeds = f"{text(row['seeds'])} seed{'' if row['seeds'] == 1 else 's'}" if row["seeds"] else ""
    profile = f"profile {row['profile']}" if row["profile"] else ""
    data = f"data {row['data']}" if row["data"] else ""
    return [fact for fact in (profile, seeds, data, ", ".join(spent)) if fact]


def profile_text(row: dict) -> str:
    """The cell `profile`."""
    return (row["profile"] or "") + (" (reference)" if row.get("reference") else "")


def commit_text(job: dict) -> str:
    """The commit that a job ran at, and whether files differed from it."""
    commit, changed, _ = (job.get("commit") or "").partition("+")
    return (commit or "none") + (" with changes" if changed else "")


def columns(table: dict) -> list[str]:
    """The heads of a table: the keys of its rows, in order."""
    return list(dict.fromkeys(key for row in table["rows"] for key in row))


def provenance(jobs: list[dict]) -> list[dict]:
    """Tables that say when, with what and on what each job ran; what several jobs share is listed once."""
    machines, digests, listed = [], {}, []
    for job in jobs:
        found = dict(job.get("environment") or {})
        machine = {key: found.pop(key, None) for key in ("cpu", "cores", "threads")}
        entry = machine | {"software": ", ".join(f"{name} {version}" for name, version in found.items())}
        if found and entry not in machines:
            machines.append(entry)
        digests |= {(name, digest): None for name, digest in job["data"].items()}
        listed.append({
            "reproduction": job["name"],
            "profile": job["profile"],
            "ended": job["status"],
            "recorded (UTC)": moment(job["recorded"]),
            "commit": commit_text(job),
            "machine": machines.index(entry) + 1 if found else None,
        } | ({"read from": job["run_id"]} if job.get("reference") else {}))  # fmt: skip
    return [
        {"title": "Jobs", "rows": listed},
        {"title": "Machines", "rows": [{"machine": n} | entry for n, entry in enumerate(machines, start=1)]},
        {"title": "Data, by SHA-256", "rows": [{"data set": name, "digest": digest} for name, digest in digests]},
    ]

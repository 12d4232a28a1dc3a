"""Which jobs are shown, and what their rows say together."""

from tdabench import registry
from tdabench.claims import NO_CLAIM, NONE_NEEDED, NOT_OUT, NOT_RUN, STANDS_OUT, VERDICTS, unjudged


def current_jobs(jobs: list[dict]) -> list[dict]:
    """Of each reproduction as it stands in conf/ (no overridden parameter) the newest job, of the paper profile if
    there is one; of a user's own data the newest job for each command. jobs: newest first."""
    order = [entry.name for entry in registry.reproductions()]
    chosen: dict[str, dict] = {}
    for job in jobs:
        if job["name"] not in order or (job["variant"] and not job["own"]):
            continue
        key = job["command"] if job["own"] else job["name"]
        shown = chosen.get(key)
        if shown is None or (job["profile"] == "paper") > (shown["profile"] == "paper"):
            chosen[key] = job
    return sorted(chosen.values(), key=lambda job: order.index(job["name"]))


def current_rows(jobs: list[dict]) -> list[dict]:
    """One row per registered claim: from the job that is shown, else `not run`; then the rows of a user's own data."""
    shown = current_jobs(jobs)
    rows = []
    for entry in registry.reproductions():
        recorded = [row for job in shown if job["name"] == entry.name for row in _rows_of(job)]
        rows += recorded if recorded or entry.own else [_absent(entry, claim) for claim in entry.claims]
    return rows


def all_rows(jobs: list[dict]) -> list[dict]:
    """The rows of every job ever recorded, newest first."""
    return [row for job in jobs for row in _rows_of(job)]


def total_line(rows: list[dict]) -> str:
    """N claims registered, M with a verdict, and how many of each."""
    claims = [row for row in rows if row["verdict"] != NO_CLAIM]
    counts = {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}
    judged = len(claims) - counts[NOT_RUN]
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(claims)} claims registered, {judged} with a verdict" + (f": {listed}." if listed else ".")


def against_controls(rows: list[dict]) -> dict[str, list[dict]]:
    """The rows that have controls, by how they fared: the answer to "second-order statistics, or more?"."""
    with_controls = [row for row in rows if row["control"] != NONE_NEEDED and row["verdict"] in ("reproduced", "partly")]
    return {
        STANDS_OUT: [row for row in with_controls if row["control"] == STANDS_OUT],
        NOT_OUT: [row for row in with_controls if row["control"] == NOT_OUT],
        "not borne out": [
            row for row in rows if row["control"] != NONE_NEEDED and row["verdict"] == "not reproduced"
        ],
    }


def text(value) -> str:
    """A published or measured value as a person writes it: [1, 5] -> (1, 5), {part: value} -> part: value."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {text(entry)}" for part, entry in value.items())
    if isinstance(value, list):
        if value and all(isinstance(entry, list) for entry in value):
            return " or ".join(text(entry) for entry in value)
        if value and all(isinstance(entry, str) for entry in value):
            return " < ".join(value)
        return "(" + ", ".join(text(entry) for entry in value) + ")"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def interval_text(value) -> str:
    """[low, high] -> low-high."""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {interval_text(entry)}" for part, entry in value.items() if entry)
    return f"{value[0]:.3g} to {value[1]:.3g}" if value else ""


def _rows_of(job: dict) -> list[dict]:
    return [row | {"run_id": job["run_id"], "recorded": job["recorded"]} for row in job["rows"]]


def _absent(entry, claim: dict) -> dict:
    command = f"tdabench run reproduction={entry.name}"
    verdict = unjudged(claim, NOT_RUN, f"not on record here; {command}")
    return verdict.row() | {
        "reproduction": entry.name, "seeds": None, "profile": None, "data": "", "wall_s": None, "peak_rss_mib": None,
        "command": command, "run_id": None, "recorded": None,
    }  # fmt: skip

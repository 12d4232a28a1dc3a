"""Which jobs are shown, and what their rows say together."""

from tdabench import registry
from tdabench.claims import FAILED, NO_CLAIM, NONE_NEEDED, NOT_OUT, NOT_RUN, STANDS_OUT, VERDICTS, unjudged

STANDING = (
    "A structure may hold and still be made by something simpler. So claims of structure have controls (data of the "
    "same covariance or power spectrum, shuffled pixels, untrained weights), put through the same pipeline with equal "
    "seeds. A claim stands out when it holds at least partly, no control bears it out, and every seed of each control "
    "stays below the median seed of the data."
)
ALIKE, NEAR, APART, UNKNOWN = "Borne out as well by", "Not far enough from", "Stands out from", "Not measured on"


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
    claims = [row for row in rows if row["published"] is not None]  # else a user's own data: nothing is claimed
    counts = {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}
    judged = len(claims) - counts[NOT_RUN]
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(claims)} claims registered, {judged} with a verdict" + (f": {listed}." if listed else ".")


def against_controls(rows: list[dict]) -> dict[str, list[dict]]:
    """The rows that have controls, by how they fared: the answer to "second-order statistics, or more?"."""
    controlled = [row for row in rows if row["control"] != NONE_NEEDED]
    held = [row for row in controlled if row["verdict"] in ("reproduced", "partly")]
    return {
        STANDS_OUT: [row for row in held if row["control"] == STANDS_OUT],
        NOT_OUT: [row for row in held if row["control"] == NOT_OUT],
        "not borne out": [row for row in controlled if row["verdict"] == "not reproduced"],
    }


def standing(rows: list[dict]) -> list[dict]:
    """The first page: one group of claims for each way to fare against controls, with a note on each claim."""
    groups = against_controls(rows)
    total = sum(map(len, groups.values()))
    heads = "Borne out, and stand out from every control", "Borne out, but do not stand out", "Not borne out"
    return [
        {"title": f"{head}: {len(group)} of {total}", "items": [(row, _note(row)) for row in group]}
        for head, group in zip(heads, groups.values(), strict=True)
    ]


def standing_rest(rows: list[dict]) -> str:
    """The claims that the groups of `standing` leave out, so that the first page accounts for every claim."""
    inside = [id(row) for group in against_controls(rows).values() for row in group]
    rest = [row for row in rows if row["published"] is not None and id(row) not in inside]
    listed = []
    for verdict in VERDICTS:
        ids = [row["id"] for row in rest if row["verdict"] == verdict]
        named = f" ({', '.join(ids)})" if verdict not in ("reproduced", NOT_RUN) else ""
        listed += [f"{len(ids)} {verdict}{named}"] if ids else []
    return f"The other {len(rest)} claims need no control or were not measured: {', '.join(listed)}." if rest else ""


def _note(row: dict) -> str:
    """What was measured, and how that fared against each control, in sentences."""
    same = row["verdict"] == "reproduced" and _equal(row["measured"], row["published"])
    published = "as published" if same else f"published {text(row['published'])}"
    note = f"Measured {text(row['measured'])}, {published}."
    fared: dict[str, list[str]] = {ALIKE: [], NEAR: [], APART: [], UNKNOWN: []}
    for name, control in row["controls"].items():
        alike = control.get("borne_out", _equal(control["measured"], row["published"]))
        kind = APART if control["result"] == STANDS_OUT else ALIKE if alike else NEAR
        known = control["measured"] is not None
        gives = f", which gives {text(control['measured']).replace('; ', ', ')}" if known else ""
        fared[kind if known else UNKNOWN].append(name + gives)
    told = [] if row["verdict"] == "not reproduced" else fared.items()  # nothing there could stand out
    return " ".join([note, *(f"{kind} {'; '.join(names)}." for kind, names in told if names)])


def _equal(measured, published) -> bool:
    """Whether a measured value, in all its parts, is the published one or one of several published."""
    if isinstance(measured, dict):
        whole = not isinstance(published, dict)
        return all(_equal(value, published if whole else published.get(part)) for part, value in measured.items())
    return measured == published or (isinstance(published, list) and measured in published)


def control_text(row: dict) -> str:
    """The cell `control`: nothing where there was no verdict that a control could weaken."""
    return "" if row["verdict"] in (NO_CLAIM, NOT_RUN, FAILED) else row["control"]


def own_reason(row: dict) -> str:
    """The reason without what it repeats of the controls, for pages that list these on lines of their own."""
    repeated = "; ".join(f"{name}: {control['detail']}" for name, control in row["controls"].items())
    return row["reason"].removesuffix(repeated).removesuffix("; ") if repeated else row["reason"]


def text(value) -> str:
    """A published or measured value as a person writes it: [1, 5] -> (1, 5), {part: value} -> part: value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{part}: {text(entry)}" for part, entry in value.items())
    if isinstance(value, list):
        if value and all(isinstance(entry, list) for entry in value):
            return " or ".join(text(entry) for entry in value)
        if value and all(isinstance(entry, str) for entry in value):
            return " < ".join(value)
        return "(" + ", ".join(text(entry) for entry in value) + ")"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def interval_text(value) -> str:
    """[low, high] -> low-high."""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {interval_text(entry)}" for part, entry in value.items() if entry)
    return " to ".join(f"{end:.3g}" if abs(end) < 1000 else f"{end:.0f}" for end in value) if value else ""


def _rows_of(job: dict) -> list[dict]:
    return [row | {"run_id": job["run_id"], "recorded": job["recorded"]} for row in job["rows"]]


def _absent(entry, claim: dict) -> dict:
    command = f"tdabench run reproduction={entry.name}"
    verdict = unjudged(claim, NOT_RUN, f"not on record here; {command}")
    return verdict.row() | {
        "reproduction": entry.name, "seeds": None, "profile": None, "data": "", "wall_s": None, "peak_rss_mib": None,
        "command": command, "run_id": None, "recorded": None,
    }  # fmt: skip

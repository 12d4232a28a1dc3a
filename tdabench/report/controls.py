"""The first page: which published structures stand out from their controls, and which do not."""

from typing import NamedTuple

from tdabench.claims.criteria import NO_CLAIM
from tdabench.claims.judge import FAILED, NONE_NEEDED, NOT_OUT, NOT_RUN, STANDS_OUT, VERDICTS
from tdabench.report.results import Result
from tdabench.text import text

STANDING = (
    "A structure may hold and still be made by something simpler. So claims of structure have controls (data of the "
    "same covariance or power spectrum, shuffled pixels, untrained weights), put through the same pipeline with equal "
    "seeds. A claim stands out when it holds at least partly, no control bears it out, and every seed of each control "
    "stays below the median seed of the data."
)
ALIKE, NEAR, APART, UNKNOWN = "Borne out as well by", "Not far enough from", "Stands out from", "Not measured on"


class Group(NamedTuple):
    """Claims that fared alike, each with a note."""

    title: str
    items: list[tuple[Result, str]]


def against_controls(rows: list[Result]) -> dict[str, list[Result]]:
    """The rows that have controls, by how they fared: the answer to "second-order statistics, or more?"."""
    controlled = [row for row in rows if row.control not in (None, NONE_NEEDED)]
    held = [row for row in controlled if row.verdict in ("reproduced", "partly")]
    return {
        STANDS_OUT: [row for row in held if row.control == STANDS_OUT],
        NOT_OUT: [row for row in held if row.control == NOT_OUT],
        "not borne out": [row for row in controlled if row.verdict == "not reproduced"],
    }


def standing(rows: list[Result]) -> list[Group]:
    """The first page: one group of claims for each way to fare against controls, with a note on each claim."""
    groups = against_controls(rows)
    total = sum(map(len, groups.values()))
    heads = "Borne out, and stand out from every control", "Borne out, but do not stand out", "Not borne out"
    return [
        Group(f"{head}: {len(group)} of {total}", [(row, _note(row)) for row in group])
        for head, group in zip(heads, groups.values(), strict=True)
    ]


def standing_rest(rows: list[Result]) -> str:
    """The claims that the groups of `standing` leave out, so that the first page accounts for every claim."""
    inside = [id(row) for group in against_controls(rows).values() for row in group]
    rest = [row for row in rows if row.published is not None and id(row) not in inside]
    listed = []
    for verdict in VERDICTS:
        ids = [row.id for row in rest if row.verdict == verdict]
        named = f" ({', '.join(ids)})" if verdict not in ("reproduced", NOT_RUN) else ""
        listed += [f"{len(ids)} {verdict}{named}"] if ids else []
    return f"The other {len(rest)} claims need no control or were not measured: {', '.join(listed)}." if rest else ""


def _note(row: Result) -> str:
    """What was measured, and how that fared against each control, in sentences."""
    same = row.verdict == "reproduced" and _equal(row.measured, row.published)
    published = "as published" if same else f"published {text(row.published)}"
    note = f"Measured {text(row.measured)}, {published}."
    fared: dict[str, list[str]] = {ALIKE: [], NEAR: [], APART: [], UNKNOWN: []}
    for name, control in row.controls.items():
        equal = _equal(control.measured, row.published)
        alike = equal if control.borne_out is None else control.borne_out  # older suites did not write it
        kind = APART if control.result == STANDS_OUT else ALIKE if alike else NEAR
        measured = control.measured is not None
        gives = f", which gives {text(control.measured).replace('; ', ', ')}" if measured else ""
        if kind == APART and equal:
            gives += " but not by the margin"
        fared[kind if measured else UNKNOWN].append(name + gives)
    kinds = [] if row.verdict == "not reproduced" else fared.items()  # nothing there could stand out
    return " ".join([note, *(f"{kind} {'; '.join(names)}." for kind, names in kinds if names)])


def _equal(measured, published) -> bool:
    """Whether a measured value, in all its parts, is the published one or one of several published."""
    if isinstance(measured, dict):
        in_parts = isinstance(published, dict)
        return all(_equal(value, published.get(part) if in_parts else published) for part, value in measured.items())
    return measured == published or (isinstance(published, list) and measured in published)


def control_text(row: Result) -> str:
    """The cell `control`: nothing where there was no verdict that a control could weaken."""
    return "" if row.verdict in (NO_CLAIM, NOT_RUN, FAILED) else row.control or ""


def own_reason(row: Result) -> str:
    """The reason without what it repeats of the controls, for pages that list these on lines of their own."""
    repeated = "; ".join(f"{name}: {control.detail}" for name, control in row.controls.items())
    return row.reason.removesuffix(repeated).removesuffix("; ") if repeated else row.reason

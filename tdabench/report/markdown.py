"""RESULTS.md: every verdict with what it rests on, computed from the record alone."""

import re
from pathlib import Path
from urllib.parse import quote

from tdabench import paths
from tdabench.record.baseline import MACHINE_PATH, artefacts
from tdabench.record.job import Recorded
from tdabench.report import controls
from tdabench.report.controls import control_text, own_reason
from tdabench.report.results import Result, total_line
from tdabench.report.sections import UNFINISHED, Table, facts, profile_text, provenance, reading, sections
from tdabench.text import interval_text, one_line, text

HEADS = ("id", "claim", "published", "measured", "over seeds", "verdict", "control", "seeds", "profile")


def write_markdown(path: Path, rows: list[Result], jobs: list[Recorded], record) -> None:
    """Write RESULTS.md whole or not at all. rows, jobs: results.published_only."""
    page = "\n\n".join(block for block in _blocks(rows, jobs, record) if block) + "\n"
    paths.write_atomic(Path(path), page)


def _blocks(rows: list[Result], jobs: list[Recorded], record):
    """The page from top to bottom, a paragraph, list or table at a time."""
    yield "*Written by `tdabench results --write` and by nothing else.*"
    yield "# Results"
    yield f"**{total_line(rows)}**"
    yield "## What stands out"
    yield controls.STANDING
    for group in controls.standing(rows):
        yield f"**{group.title}**"
        yield _list(f"**{_plain(row.id)}** {_plain(row.says)} ({_plain(row.verdict)}). {_plain(note)}"
                    for row, note in group.items)  # fmt: skip
    yield _plain(controls.standing_rest(rows))
    yield "## How to read the tables"
    yield reading(rows)
    for source, parts in sections(rows, jobs, record).items():
        yield f"## {_plain(source)}"
        yield _table(HEADS, [_verdict_cells(row) for part in parts for row in part.rows])
        for part in parts:
            yield f"### {_plain(part.title)}"
            first = part.rows[0]  # all rows of a part come from one job
            yield "; ".join([_code(first.command), *map(_plain, facts(first, part.job))])
            yield _list([*_reasons(part.rows), *_margins(part.rows)])
            yield UNFINISHED if part.tables and part.job.status != "finished" else ""
            yield from _tables(part.tables)
            yield _pictures(artefacts(record, part.job, "figures", "png"))
    yield "## Provenance"
    yield from _tables(provenance(jobs))


def _verdict_cells(row: Result) -> list[str]:
    where = f"<br>*{_plain(row.source)}; evidence: {_plain(row.evidence)}*"
    values = [_lines(row.published, text), _lines(row.measured, text), _lines(row.interval, interval_text)]
    rest = [text(row.verdict), control_text(row), text(row.seeds), profile_text(row)]
    return [_plain(row.id), _plain(row.says) + where, *values, *map(_plain, rest)]


def _reasons(rows: list[Result]):
    """Why each row has its verdict, and below it what each of its controls came to; what several share is said once."""
    alike: dict[tuple, list[Result]] = {}
    for row in rows:
        why = row.verdict, own_reason(row)
        alike.setdefault((*why, row.id) if row.controls else why, []).append(row)
    for (verdict, reason, *_), shared in alike.items():
        said = f": {_plain(reason).rstrip('.')}." if reason else "."
        yield f"**{_plain(', '.join(row.id for row in shared))}** {_plain(verdict)}{said}"
        for name, control in shared[0].controls.items():
            yield f"  - {_plain(name)}: {_plain(control.result)}. {_plain(control.detail)}"


def _margins(rows: list[Result]):
    """The margins, each once: most rows of a reproduction are judged by one rule."""
    shared: dict[str, list[str]] = {}
    for row in rows:
        margin = f"{text(row.margin)} ({row.why})" if row.margin else row.why
        shared.setdefault(margin, []).append(row.id)
    for margin, ids in shared.items():
        yield f"Margin of {_plain(', '.join(ids))}: {_plain(margin)}" if margin else ""


def _tables(tables: list[Table]):
    for table in tables:
        if table.rows:
            yield f"**{_plain(table.title)}**"
            yield _table(table.heads, [[_lines(row.get(head), text) for head in table.heads] for row in table.rows])


def _pictures(drawn: list[Path]) -> str:
    """Those of a frozen job, which lie beside this page in the repository; opened by a click."""
    frozen = [path for path in drawn if path.is_relative_to(paths.REFERENCE)]
    if not frozen:
        return ""
    shown = []
    for path in frozen:
        caption = path.with_suffix(".txt")
        said = _plain(caption.read_text("utf-8")) if caption.exists() else _plain(path.stem)
        shown.append(f"![{_plain(path.stem)}]({quote(path.relative_to(paths.REFERENCE.parent).as_posix())})\n\n{said}")
    count = f"{len(frozen)} picture{'s' if len(frozen) > 1 else ''}"
    return "\n\n".join([f"<details><summary>{count}</summary>", *shown, "</details>"])


def _table(heads, cells: list[list[str]]) -> str:
    lines = [[_plain(head) for head in heads], ["---"] * len(heads), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(entries) -> str:
    return "\n".join(entry if entry.startswith("  - ") else f"- {entry}" for entry in entries if entry)


def _lines(value, write) -> str:
    """A value in a cell; each part of a claim that has several on a line of its own."""
    if isinstance(value, dict):
        return "<br>".join(_plain(f"{part}: {write(entry)}") for part, entry in value.items() if entry is not None)
    return _plain(write(value))


def _plain(value: str) -> str:
    """Text that Markdown shows as it stands, on one line and inside a cell, without the folders of the machine."""
    value = MACHINE_PATH.sub(r"\1", one_line(value))
    value = re.sub(r"([\\`*\[\]|~$]|(?<!\w)_|_(?!\w))", r"\\\1", value)
    return value.replace("&", "&amp;").replace("<", "&lt;")


def _code(command: str) -> str:
    """A command between as many backticks as it takes."""
    command = MACHINE_PATH.sub(r"\1", one_line(command))
    fence = "`" * (max(map(len, re.findall("`+", command)), default=0) + 1)
    return f"{fence} {command} {fence}" if "`" in command else f"`{command}`"

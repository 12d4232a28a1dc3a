"""Verdicts on the terminal."""

import shutil
import textwrap

from tdabench.report.results import total_line
from tdabench.report.text import text


def verdict_table(job: dict) -> str:
    """The rows of one job, and where they come from."""
    again = " (already on record)" if job.get("recorded_before") else ""
    spent = f"{job['wall_s']:.1f} s, {job['peak_rss_mib']:.0f} MiB" if job.get("peak_rss_mib") else job["reason"]
    head = f"{job['name']}: {job['status']}{again}, {spent}"
    return f"{head}\n{rows_table(job['rows'], total=False)}"


def rows_table(rows: list[dict], total: bool = True) -> str:
    """One block per row: id, verdict, control, measured; then what it says and why it got its verdict."""
    width = max(60, min(shutil.get_terminal_size((120, 24)).columns, 140))
    lines = []
    for row in rows:
        measured = text(row["measured"])
        control = f", {row['control']}" if row["controls"] else ""
        lines.append(f"  {row['id']:<14} {row['verdict'].upper()}{control}   {row['says']}")
        published = f"published {text(row['published'])}, " if row["published"] is not None else ""
        said = f"{published}measured {measured}. " if measured else ""
        lines += textwrap.wrap(said + row["reason"], width, initial_indent=" " * 17, subsequent_indent=" " * 17)
    return "\n".join([*lines, total_line(rows)] if total else lines)

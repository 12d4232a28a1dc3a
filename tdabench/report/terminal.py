"""Verdicts on the terminal, which obeys control characters: none of the data reaches it."""

import shutil
import textwrap

from tdabench.report.results import total_line
from tdabench.report.text import one_line, quantity, text


def verdict_table(job: dict) -> str:
    """The rows of one job, and where they come from."""
    again = " (already on record)" if job.get("recorded_before") else ""
    spent = [quantity(job.get("wall_s"), "s", 1), quantity(job.get("peak_rss_mib"), "MiB")]
    told = ", ".join(spent) if job.get("peak_rss_mib") else job["reason"]
    head = one_line(f"{job['name']}: {job['status']}{again}, {told}")
    return f"{head}\n{rows_table(job['rows'], total=False)}"


def rows_table(rows: list[dict], total: bool = True) -> str:
    """One block per row: id, verdict, control, measured; then what it says and why it got its verdict."""
    width = max(60, min(shutil.get_terminal_size((120, 24)).columns, 140))
    lines = []
    for row in rows:
        measured = text(row["measured"])
        control = f", {row['control']}" if row["controls"] else ""
        head = f"{row['verdict'].upper()}{control}"
        lines.append(f"  {one_line(row['id']):<14} {one_line(head)}   {one_line(row['says'])}")
        published = f"published {text(row['published'])}, " if row["published"] is not None else ""
        said = f"{published}measured {measured}. " if measured else ""
        margin = " " * 17
        lines += textwrap.wrap(one_line(said + row["reason"]), width, initial_indent=margin, subsequent_indent=margin)
    return "\n".join([*lines, total_line(rows)] if total else lines)

"""Verdicts on the terminal, which obeys control characters: none of the data reaches it."""

import shutil
import textwrap
from collections import Counter

from tdabench.claims.judge import NOT_RUN
from tdabench.processes.progress import clock
from tdabench.record.job import Ended, Recorded, Row
from tdabench.report.results import total_line
from tdabench.text import one_line, quantity, text


def verdict_table(job: Recorded) -> str:
    """The rows of one job, and where they come from."""
    again = " (already on record)" if job.recorded_before else ""
    spent = [quantity(job.wall_s, "s", 1), quantity(job.peak_rss_mib, "MiB")]
    how = ", ".join(spent) if job.peak_rss_mib else job.reason
    if job.status == NOT_RUN and job.missing:  # the suite says how to get it, once
        rows = ", ".join(one_line(row.id) for row in job.rows)
        return f"{one_line(job.name)}: not run, {', '.join(job.missing)} not here; claims that wait: {rows}"
    head = one_line(f"{job.name}: {job.status}{again}, {how}")
    return f"{head}\n{rows_table(job.rows, total=False)}"


def rows_table(rows: list[Row], total: bool = True) -> str:
    """One block per row: id, verdict, control, measured; then what it says and why it got its verdict."""
    width = max(60, min(shutil.get_terminal_size((120, 24)).columns, 140))
    lines = []
    for row in rows:
        measured = text(row.measured)
        control = f", {row.control}" if row.controls else ""
        head = f"{row.verdict.upper()}{control}"
        lines.append(f"  {one_line(row.id):<14} {one_line(head)}   {one_line(row.says)}")
        published = f"published {text(row.published)}, " if row.published is not None else ""
        said = f"{published}measured {measured}. " if measured else ""
        margin = " " * 17
        lines += textwrap.wrap(one_line(said + row.reason), width, initial_indent=margin, subsequent_indent=margin)
    return "\n".join([*lines, total_line(rows)] if total else lines)


def suite_lines(jobs: list[Ended], several: bool, left_out: list, durations: dict) -> list[str]:
    """What is said when all has been run: the total of several jobs, the pages that were left out, and how to get the
    data that is missing.

    jobs: what they told (Record.told); left_out: of tdabench.claims.pages; durations: of tdabench.record.durations.
    """
    rows, lines = [row for job in jobs for row in job.rows], []
    if several and len({row.id for row in rows}) == len(rows):  # a sweep over a parameter judges a claim many times
        lines.append(total_line(rows))
    if left_out:
        lines.append("Not run here, and shown from reference/:")
        lines += [f"  {entry.name}: {duration(durations, entry)}; tdabench run reproduction={entry.name}"
                  for entry in left_out]  # fmt: skip
    missing, waiting = {}, Counter()
    for job in jobs:
        if names := waiting_for(job):
            missing |= job.missing
            waiting += names
    lines += [f"  {one_line(missing[name])}" for name in sorted(waiting)]
    if waiting:
        count = sum(len(_waiting_rows(job)) for job in jobs)
        each = ", ".join(f"{number} for {name}" for name, number in sorted(waiting.items()))
        lines.append(f"{count} claim{'s' * (count > 1)} wait{'s' * (count == 1)} for data: {each}.")
    return lines


def duration(durations: dict, entry) -> str:
    """How long a page (tdabench.claims.pages) takes in each profile, where that is known."""
    times = {profile: durations[entry.name, profile] for profile in ("quick", "paper")
             if (entry.name, profile) in durations}  # fmt: skip
    parts = [f"{profile} {clock(seconds)} {where}" for profile, (seconds, where) in times.items()]
    if "paper" in times and entry.trains:
        parts[-1] += ", once its networks are trained"
    return ", ".join(parts) or "nobody has run it yet"


def waiting_for(job: Ended) -> Counter:
    """Data set -> how many claims of a job could get no verdict because it is missing."""
    rows = _waiting_rows(job)
    all_wait = job.status == NOT_RUN
    return Counter(name for name in job.missing or () for row in rows if all_wait or name in row.reason)


def _waiting_rows(job: Ended) -> list[Row]:
    names, all_wait = job.missing or (), job.status == NOT_RUN
    return [row for row in job.rows if row.verdict == NOT_RUN and any(all_wait or n in row.reason for n in names)]

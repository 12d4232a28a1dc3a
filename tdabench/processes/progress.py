"""Lines on the progress of long work: k of n, elapsed and expected time. tdabench.jobs.bar shows a suite's bar."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator

INTERVAL_S = 5  # between two lines about the same work

BARS: list = []  # the progress bar of this process, if it shows one; its write(text, file) prints above it


def say(line: str) -> None:
    """Print a line on standard error, above the bar if there is one."""
    _write(line, sys.stderr)


def show(text: str) -> None:
    """Print a text on standard output, above the bar if there is one."""
    _write(text, sys.stdout)


def _write(text: str, file) -> None:
    if BARS:
        BARS[-1].write(text, file=file)
    else:
        file.write(f"{text}\n")  # one call, so that lines of jobs side by side do not mix
    file.flush()


def steps(items: Iterable, what: str, report: Callable[[str], None], total: int | None = None) -> Iterator:
    """Iterate over items and report the progress every INTERVAL_S.

    Parameters
    ----------
    items
        Items to return.
    what
        Name of the items.
    report
        Called with a line such as "seeds: 3 of 20, 0:12, about 1:08 left".
    total
        Number of items, where they have no length.
    """
    total = len(items) if total is None else total
    started = last = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - last >= INTERVAL_S and number < total:
            last = now
            report(f"{what}: {state(number, total, now - started)}")


def state(number: int, total: int, elapsed: float, left: float | None = None) -> str:
    """A phrase: number of total, time elapsed and time left (seconds; None: as long for each item as so far)."""
    left = elapsed / number * (total - number) if left is None and number else left
    return f"{number} of {total}, {clock(elapsed)}" + (f", about {clock(left)} left" if left else "")


def clock(seconds: float) -> str:
    """Seconds as minutes:seconds, or as hours:minutes:seconds from one hour on."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

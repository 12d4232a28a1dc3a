"""How far long work is: k of n, elapsed and expected time, in lines. tdabench.jobs.bar shows the bar of a suite."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator

INTERVAL_S = 5  # between two lines about the same work

BARS: list = []  # of this process: the bar that is shown, if any; write(text, file) puts a text above it


def say(line: str) -> None:
    """A line on standard error, above the bar where there is one."""
    _write(line, sys.stderr)


def show(text: str) -> None:
    """A text on standard output, above the bar where there is one."""
    _write(text, sys.stdout)


def _write(text: str, file) -> None:
    if BARS:
        BARS[-1].write(text, file=file)
    else:
        file.write(f"{text}\n")  # in one piece: lines of jobs that run side by side do not mix
    file.flush()


def steps(items: Iterable, what: str, tell: Callable[[str], None], total: int | None = None) -> Iterator:
    """The items; every INTERVAL_S `tell` gets a line such as "seeds: 3 of 20, 0:12, about 1:08 left"."""
    total = len(items) if total is None else total
    started = last = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - last >= INTERVAL_S and number < total:
            last = now
            tell(f"{what}: {state(number, total, now - started)}")


def state(number: int, total: int, elapsed: float, left: float | None = None) -> str:
    """k of n, elapsed seconds, and those that are left: given, or as long for each as so far."""
    left = elapsed / number * (total - number) if left is None and number else left
    return f"{number} of {total}, {clock(elapsed)}" + (f", about {clock(left)} left" if left else "")


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

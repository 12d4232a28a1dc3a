"""How far long work is: k of n, elapsed and expected time. On a terminal one live bar, in a log lines."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

INTERVAL_S = 5  # between two lines about the same work

_bars: list[tqdm] = []  # of this process: the one that is shown, if any


def say(line: str) -> None:
    """A line on standard error, above the bar where there is one."""
    if _bars:
        _bars[-1].write(line, file=sys.stderr)
    else:
        sys.stderr.write(f"{line}\n")  # in one piece: lines of jobs that run side by side do not mix
        sys.stderr.flush()


def show(text: str) -> None:
    """A text on standard output, above the bar where there is one."""
    if _bars:
        _bars[-1].write(text, file=sys.stdout)
    else:
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


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


@contextmanager
def jobs(names: list[str], expected: dict[str, float], lanes: int) -> Iterator[Callable[[str | None], None]]:
    """While the jobs of a suite run, `lanes` at once: ended(name) moves the bar, or prints a line where none can be
    shown; ended(None) moves its clock. expected: seconds of those whose time is known; others count as their mean."""
    usual = sum(expected.values()) / len(expected) if expected else 0.0
    left = [expected.get(name, usual) for name in names]
    started, waiting = time.monotonic(), list(names)
    shown = sys.stderr.isatty() and len(names) > 1
    bar = tqdm(total=len(names), unit="job", file=sys.stderr, disable=not shown, leave=False,
               bar_format="{n} of {total} jobs |{bar}| {elapsed}{postfix}")  # fmt: skip
    if shown:
        _bars.append(bar)

    def ended(name: str | None) -> None:
        if name is None:
            bar.refresh()
            return
        left.pop(waiting.index(name))
        waiting.remove(name)
        number, spent = len(names) - len(waiting), time.monotonic() - started
        rest = sum(left) / lanes
        bar.update()
        bar.set_postfix_str(f"about {clock(rest)} left" if rest else "")
        if not shown and len(left) + number > 1:
            say(f"{state(number, len(names), spent, rest)} ({name})")

    bar.set_postfix_str(f"about {clock(sum(left) / lanes)} expected" if usual else "")
    try:
        yield ended
    finally:
        if shown:
            _bars.remove(bar)
        bar.close()

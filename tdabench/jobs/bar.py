"""The bar of a suite: how many jobs have ended, elapsed and expected time. In a log, where none can be shown, lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from tdabench.processes.progress import BARS, clock, say, state


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
        BARS.append(bar)

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

    expected_s = f"about {clock(sum(left) / lanes)} expected" if usual else ""
    bar.set_postfix_str(expected_s)
    if not shown and len(names) > 1 and expected_s:
        say(f"{len(names)} jobs, {expected_s}")
    try:
        yield ended
    finally:
        if shown:
            BARS.remove(bar)
        bar.close()

"""Time and peak memory of one piece of work in a process of its own.

`timed` starts this module in a process, which warms up, does the work once, and writes down the seconds and the
kernel's peak of its memory. The time does not include starting Python, importing, reading the input or the warm-up.
The environment sets the number of threads before NumPy is imported.
"""

import importlib
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten

from tdabench.processes import child
from tdabench.processes.limits import peak_rss_mib, pinned

SETUP_S = 300.0  # limit on imports and the warm-up
TIME, MEMORY, ERROR = "time", "memory", "error"


@dataclass(frozen=True)
class WorkLimits:
    """Limits on a timed process.

    Parameters
    ----------
    threads
        Threads of every thread pool.
    time_s
        Seconds for the work itself.
    memory_gib
        Memory of the process in GiB.
    """

    threads: int = 1
    time_s: float = 600.0
    memory_gib: float = 8.0


@dataclass(frozen=True)
class Timing:
    """Time and memory of one piece of work.

    Parameters
    ----------
    wall_s, cpu_s
        Seconds of the work.
    peak_mib
        Peak memory of the process during the work, in MiB.
    rise_mib
        The peak minus the memory before the work, in MiB.
    stages
        Seconds of the parts that the work itself reports.
    kind
        "" on success, else TIME, MEMORY or ERROR.
    reason
        Why it failed.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    rise_mib: float = 0.0
    stages: dict | None = None
    kind: str = ""
    reason: str = ""


def timed(work: str, task: dict, limits: WorkLimits) -> Timing:
    """Time one piece of work in a process of its own.

    Parameters
    ----------
    work
        "module:function". Called with `task`, the function returns three functions: a warm-up, the work, and one that
        takes the result of the work, saves it, and returns its stages or None.
    task
        Argument of the function, which JSON can hold.
    limits
        Limits on the process.
    """
    memory = int(limits.memory_gib * 2**30)
    with tempfile.TemporaryDirectory(prefix="tdabench-timing-") as scratch:
        folder = Path(scratch)
        order, threads = {"work": work, "task": task}, pinned(limits.threads)
        ended = child.run("tdabench.processes.timing", folder, order, memory, threads, _Watch(folder, limits.time_s))
        if ended.reason:
            return Timing(kind=TIME, reason=ended.reason)
        answer = folder / child.ANSWER
        if not answer.exists():
            lines = (folder / child.LOG).read_text(errors="replace").strip().splitlines()
            reason = f"its process ended with code {ended.code}: {lines[-1] if lines else 'it said nothing'}"
            return Timing(kind=ERROR, reason=reason)
        return Timing(**json.loads(answer.read_text()))


class _Watch:
    """Says when the child exceeds the time for its work, or SETUP_S before the work."""

    def __init__(self, folder: Path, time_s: float):
        self.start_file, self.time_s = folder / "begun", time_s
        self.created, self.started = time.monotonic(), None

    def __call__(self, pid: int) -> str:
        now = time.monotonic()
        if self.started is None and self.start_file.exists():
            self.started = now
        if self.started is None:
            return f"not ready after {SETUP_S:g} s of imports and warm-up" if now - self.created > SETUP_S else ""
        return f"over {self.time_s:g} s" if now - self.started > self.time_s else ""


def _child(folder: Path) -> None:
    order = child.begin(folder)
    module, _, function = order["work"].partition(":")
    warm_up, work, save = getattr(importlib.import_module(module), function)(order["task"])
    try:
        warm_up()
    except Exception:  # a warm-up on little data may fail where the work does not
        pass
    _reset_peak()
    before = _resident_mib()
    (folder / "begun").touch()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        result = work()
    except MemoryError:
        limit = order["memory_bytes"] / 2**30
        timing = Timing(kind=MEMORY, reason=f"out of memory: more than {limit:.1f} GiB")
    except Exception as error:  # any error of a library is a result
        timing = Timing(kind=ERROR, reason=shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ..."))
    else:
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = peak_rss_mib(os.getpid())
        timing = Timing(wall, cpu, peak, max(0.0, round(peak - before, 1)), save(result))
    child.answer(folder, asdict(timing))


def _reset_peak() -> None:
    """Reset the kernel's peak, so that the warm-up does not count. Where the kernel refuses, it counts."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def _resident_mib() -> float:
    import psutil

    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    _child(Path(sys.argv[1]))

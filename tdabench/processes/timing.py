"""One piece of work, one process: `timed` starts this module in a process of its own, which warms up, works once by the
clock, and writes down seconds and the kernel's high-water mark of its memory.

Apart from the time: starting Python, importing, reading what is worked on, and the warm-up. Threads are pinned by the
environment, before NumPy is imported.
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
from tdabench.processes.limits import peak_rss_mib

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS",
         "LOKY_MAX_CPU_COUNT")  # fmt: skip
SETUP_S = 300.0  # for imports and the warm-up: more than that is a fault
TIME, MEMORY, ERROR = "time", "memory", "error"


@dataclass(frozen=True)
class WorkLimits:
    """threads of every pool; time_s of the work itself; memory_gib of the process."""

    threads: int = 1
    time_s: float = 600.0
    memory_gib: float = 8.0


@dataclass(frozen=True)
class Timing:
    """One piece of work by the clock.

    wall_s, cpu_s: of the work; peak_mib: the most memory that the process held meanwhile; rise_mib: that less what it
    held before; stages: seconds of its own parts; kind: "" when it worked, else TIME, MEMORY or ERROR, and `reason`.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    rise_mib: float = 0.0
    stages: dict | None = None
    kind: str = ""
    reason: str = ""


def timed(work: str, task: dict, limits: WorkLimits) -> Timing:
    """work: "module:function"; called with `task`, which JSON can hold, the function returns three calls: a warm-up,
    the work itself, and what keeps its result and returns its stages (or None)."""
    memory = int(limits.memory_gib * 2**30)
    with tempfile.TemporaryDirectory(prefix="tdabench-timing-") as scratch:
        folder = Path(scratch)
        pinned = dict.fromkeys(POOLS, str(limits.threads))
        order = {"work": work, "task": task}
        ended = child.run("tdabench.processes.timing", folder, order, memory, pinned, _Watch(folder, limits.time_s))
        if ended.over:
            return Timing(kind=TIME, reason=ended.over)
        answer = folder / child.ANSWER
        if not answer.exists():
            lines = (folder / child.LOG).read_text(errors="replace").strip().splitlines()
            reason = f"its process ended with code {ended.code}: {lines[-1] if lines else 'it said nothing'}"
            return Timing(kind=ERROR, reason=reason)
        return Timing(**json.loads(answer.read_text()))


class _Watch:
    """In words which limit the child goes over: that of its work, or SETUP_S before it."""

    def __init__(self, folder: Path, time_s: float):
        self.begun_file, self.time_s = folder / "begun", time_s
        self.born, self.begun = time.monotonic(), None

    def __call__(self, pid: int) -> str:
        now = time.monotonic()
        if self.begun is None and self.begun_file.exists():
            self.begun = now
        if self.begun is None:
            return f"not ready after {SETUP_S:g} s of imports and warm-up" if now - self.born > SETUP_S else ""
        return f"over {self.time_s:g} s" if now - self.begun > self.time_s else ""


def _child(folder: Path) -> None:
    order = child.begin(folder)
    module, _, function = order["work"].partition(":")
    warm_up, work, keep = getattr(importlib.import_module(module), function)(order["task"])
    try:
        warm_up()
    except Exception:  # a warm-up that fails, on little, says nothing of the whole
        pass
    _forget_peak()
    before = _resident_mib()
    (folder / "begun").touch()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        done = work()
    except MemoryError:
        limit = order["memory_bytes"] / 2**30
        found = Timing(kind=MEMORY, reason=f"out of memory: more than {limit:.1f} GiB")
    except Exception as error:  # whatever a library raises is a row
        found = Timing(kind=ERROR, reason=shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ..."))
    else:
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = peak_rss_mib(os.getpid())
        found = Timing(wall, cpu, peak, max(0.0, round(peak - before, 1)), keep(done))
    child.answer(folder, asdict(found))


def _forget_peak() -> None:
    """Let the kernel's high-water mark begin anew, so that the warm-up does not count; where it can't, it counts."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def _resident_mib() -> float:
    import psutil

    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    _child(Path(sys.argv[1]))

"""One piece of work, one process: `timed` starts `python -m tdabench.timing FOLDER`, which warms up, works once by the
clock, and writes down seconds and the kernel's high-water mark of its memory.

Apart from the time: starting Python, importing, reading what is worked on, and the warm-up. Threads are pinned by the
environment, before NumPy is imported.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten

from tdabench.worker import end_with, limit_memory, peak_rss_mib

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS",
         "LOKY_MAX_CPU_COUNT")  # fmt: skip
SETUP_S = 300.0  # for imports and the warm-up: more than that is a fault
TIME, MEMORY, ERROR = "time", "memory", "error"


@dataclass(frozen=True)
class Limits:
    """threads of every pool; time_s of the work itself; memory_gib of the process."""

    threads: int = 1
    time_s: float = 600.0
    memory_gib: float = 8.0


@dataclass(frozen=True)
class Measurement:
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


def timed(work: str, task: dict, limits: Limits) -> Measurement:
    """work: "module:function"; called with `task`, which JSON can hold, the function returns three calls: a warm-up,
    the work itself, and what keeps its result and returns its stages (or None)."""
    with tempfile.TemporaryDirectory(prefix="tdabench-timing-") as scratch:
        folder = Path(scratch)
        own = {"work": work, "memory_bytes": int(limits.memory_gib * 2**30), "parent": os.getpid()}
        (folder / "task.json").write_text(json.dumps({"task": task} | own))
        pinned = dict.fromkeys(POOLS, str(limits.threads))
        with open(folder / "log.txt", "wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "tdabench.timing", scratch],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | pinned,
            )  # fmt: skip
        try:
            over = _wait(child, folder, limits.time_s)
        finally:
            child.kill()
            child.wait()
        if over:
            return Measurement(kind=TIME, reason=over)
        answer = folder / "answer.json"
        if not answer.exists():
            said = (folder / "log.txt").read_text(errors="replace").strip().splitlines()
            reason = f"its process ended with code {child.returncode}: {said[-1] if said else 'it said nothing'}"
            return Measurement(kind=ERROR, reason=reason)
        return Measurement(**json.loads(answer.read_text()))


def _wait(child: subprocess.Popen, folder: Path, limit_s: float) -> str:
    """Until it ends; in words which limit it went over, else an empty text."""
    born, begun = time.monotonic(), None
    while True:
        try:
            child.wait(timeout=0.05)
            return ""
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if begun is None and (folder / "begun").exists():
            begun = now
        if begun is not None and now - begun > limit_s:
            return f"over {limit_s:g} s"
        if begun is None and now - born > SETUP_S:
            return f"not ready after {SETUP_S:g} s of imports and warm-up"


def _child(folder: Path) -> None:
    order = json.loads((folder / "task.json").read_text())
    end_with(order["parent"])
    limit_memory(order["memory_bytes"])
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
        found = Measurement(kind=MEMORY, reason=f"out of memory: more than {limit:.1f} GiB")
    except Exception as error:  # whatever a library raises is a row
        found = Measurement(kind=ERROR, reason=shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ..."))
    else:
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = peak_rss_mib(os.getpid())
        found = Measurement(wall, cpu, peak, max(0.0, round(peak - before, 1)), keep(done))
    (folder / "answer.partial").write_text(json.dumps(asdict(found)))
    os.replace(folder / "answer.partial", folder / "answer.json")


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

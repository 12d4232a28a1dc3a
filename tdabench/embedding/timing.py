"""One measurement, one process: `measure` starts `python -m tdabench.embedding.timing FOLDER`, which warms up, embeds
once by the clock, and writes down seconds and the kernel's high-water mark of its memory.

Apart from the time: starting Python, importing, reading the points, and a warm-up on a few of them (what is compiled is
compiled then). Threads are pinned by the environment, before NumPy is imported.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten

import numpy as np

from tdabench.embedding.embedded import Embedded, read_embedded
from tdabench.worker import peak_rss_mib

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
SETUP_S = 300.0  # for imports and the warm-up: more than that is a fault
TIME, MEMORY, ERROR = "time", "memory", "error"


@dataclass(frozen=True)
class Limits:
    """threads of every pool; time_s of the embedding itself; memory_gib of the process."""

    threads: int = 1
    time_s: float = 600.0
    memory_gib: float = 8.0


@dataclass(frozen=True)
class Measurement:
    """One embedding by the clock.

    wall_s, cpu_s: of the embedding; peak_mib: the most memory that the process held while it embedded; rise_mib: that
    less what it held before; stages: seconds of the method's own parts; kind: "" when it worked, else TIME, MEMORY or
    ERROR; reason: in words.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    rise_mib: float = 0.0
    stages: dict | None = None
    kind: str = ""
    reason: str = ""


def measure(
    points: Path, method: str, options: dict, dimensions: int, neighbours: int, seed: int, limits: Limits, output: Path
) -> tuple[Measurement, Embedded | None]:
    """Embed the points of a .npy in a process of its own. The embedding goes to `output`, and is None on failure."""
    with tempfile.TemporaryDirectory(prefix="tdabench-timing-") as scratch:
        folder = Path(scratch)
        task = {"points": str(points), "method": method, "options": options, "dimensions": dimensions,
                "neighbours": neighbours, "seed": seed, "output": str(output),
                "memory_bytes": int(limits.memory_gib * 2**30), "parent": os.getpid()}  # fmt: skip
        (folder / "task.json").write_text(json.dumps(task))
        pinned = dict.fromkeys(POOLS, str(limits.threads))
        with open(folder / "log.txt", "wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "tdabench.embedding.timing", scratch],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | pinned,
            )  # fmt: skip
        try:
            over = _wait(child, folder, limits.time_s)
        finally:
            child.kill()
            child.wait()
        if over:
            return Measurement(kind=TIME, reason=over), None
        answer = folder / "answer.json"
        if not answer.exists():
            said = (folder / "log.txt").read_text(errors="replace").strip().splitlines()
            reason = f"its process ended with code {child.returncode}: {said[-1] if said else 'it said nothing'}"
            return Measurement(kind=ERROR, reason=reason), None
        found = Measurement(**json.loads(answer.read_text()))
    return found, None if found.kind else read_embedded(output, found.stages or {})


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
    from tdabench.embedding.method import embed, method
    from tdabench.worker import end_with, limit_memory

    task = json.loads((folder / "task.json").read_text())
    end_with(task["parent"])
    limit_memory(task["memory_bytes"])
    points = np.load(task["points"], allow_pickle=False)
    asked = {key: task[key] for key in ("dimensions", "neighbours", "seed")} | task["options"]
    few = max(method(task["method"]).warm_up, task["neighbours"] + 2)
    try:
        embed(task["method"], points[:few], **asked)
    except Exception:  # a warm-up that fails, on few points, says nothing of the whole
        pass
    _forget_peak()
    before = _resident_mib()
    (folder / "begun").touch()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        embedded = embed(task["method"], points, **asked)
    except MemoryError:
        limit = task["memory_bytes"] / 2**30
        found = Measurement(kind=MEMORY, reason=f"out of memory: more than {limit:.1f} GiB")
    except Exception as error:  # whatever a library raises is a row
        found = Measurement(kind=ERROR, reason=shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ..."))
    else:
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = peak_rss_mib(os.getpid())
        found = Measurement(wall, cpu, peak, max(0.0, round(peak - before, 1)), embedded.stages)
        embedded.save(Path(task["output"]))
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

"""A job in a process of its own, under limits of memory and time: however it ends, a result comes back.

The kernel bounds each process (RLIMIT_DATA, on Linux); a watch bounds the job and all that it has started together. A
worker ends with the process that waits for it, also when that was killed.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from tdabench import paths, progress
from tdabench.worker import peak_rss_mib

SHARE = 0.75  # of the machine's memory, when no limit is given
RESERVE = "reserve"  # a file in the job's folder that is given up for the result
POLL_S, WATCH_S = 0.05, 0.25
GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
NO_MEMORY = ("bad_alloc", "MemoryError", "can't allocate memory", "not enough memory", "Cannot allocate memory")
ENDING = threading.Event()  # set: whoever waits for a worker in this process, in any thread, ends it at once
FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


def memory_limit(gib: float | None) -> int:
    """Bytes that a job may take: what is given (GiB), else SHARE of the machine's memory, or of a container's where
    that is less."""
    if gib:
        return int(gib * 2**30)
    total = psutil.virtual_memory().total
    for path in GROUPS:
        with contextlib.suppress(OSError, ValueError):  # none, or the word "max"
            total = min(total, int(path.read_text()))
    return int(SHARE * total)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(task: dict, limits: dict, threads: int | None, folder: Path) -> dict:
    """Run the worker on `task` in `folder`; the result that it left there, or why there is none.

    limits: memory_gib (None: memory_limit) and time_s. $TDABENCH_HASH_SEED is the worker's PYTHONHASHSEED (default 0).
    """
    memory = memory_limit(limits["memory_gib"])
    threads = int(threads or cores())
    own = {"memory_bytes": memory, "threads": threads, "parent": os.getpid()}
    order, scratch = folder / "task.json", folder / "tmp"
    order.write_text(json.dumps(task | own))
    scratch.mkdir()
    with open(folder / "log.txt", "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "tdabench.worker", str(folder)],  # -P: no module of the user's folder
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env=_environment(threads, scratch),
        )  # fmt: skip
    started = time.monotonic()
    try:
        peak, over = _watch(child, task["name"], folder / "log.txt", started + limits["time_s"], memory)
    finally:
        end(child)
        end_left(folder)
        order.unlink(missing_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
    wall = round(time.monotonic() - started, 3)
    if not over and (result := _answer(folder / "result.json")):
        return result | {"peak_rss_mib": max(filter(None, [peak, result["peak_rss_mib"]]), default=None)}
    reasons = {
        "time": f"over its time limit of {limits['time_s']:g} s (limits.time_s)",
        "memory": f"out of memory: it and what it started held more than {memory / 2**30:.1f} GiB (limits.memory_gib)",
    }
    reason = reasons.get(over) or _cause(child.returncode, folder / "log.txt", memory)
    return {"status": "failed", "reason": reason, "wall_s": wall, "peak_rss_mib": peak}


def end(child: subprocess.Popen) -> None:
    """End a process, its group, and whatever it started in groups of their own."""
    started = []
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(child.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for process in started:
        with contextlib.suppress(psutil.Error):
            process.kill()
    child.wait()


def end_left(folder: Path) -> None:
    """End what the job in a folder started and what has outlived it, such as a daemon: its environment names the
    folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TMPDIR") == str(folder / "tmp"):
                process.kill()


def _environment(threads: int, scratch: Path) -> dict:
    pinned = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")}
    path = os.pathsep.join(filter(None, [str(paths.REPRODUCTIONS.parent), os.environ.get("PYTHONPATH")]))
    seed = os.environ.get("TDABENCH_HASH_SEED", "0")
    own = {"MPLBACKEND": "Agg", "PYTHONHASHSEED": seed, "PYTHONPATH": path, "TMPDIR": str(scratch)}
    return os.environ | pinned | own


def _watch(child: subprocess.Popen, name: str, log: Path, until: float, memory: int) -> tuple[float | None, str]:
    """Wait for the worker and show its log; the most memory seen (MiB), and "time" or "memory" if it went over that."""
    peak, looked = None, 0.0
    with open(log, errors="replace") as shown:
        while child.poll() is None:
            _show(shown.read(), name)
            if ENDING.is_set():
                raise KeyboardInterrupt
            now = time.monotonic()
            if now - looked > WATCH_S:
                looked, held = now, _held_mib(child.pid)
                peak = max(filter(None, [peak, held, peak_rss_mib(child.pid)]), default=None)
                if held * 2**20 > memory:
                    return peak, "memory"
            if now > until:
                return peak, "time"
            time.sleep(POLL_S)
        _show(shown.read(), name)
    return peak, ""


def _show(text: str, name: str) -> None:
    """What a job has said, each line with its name: another one may be running beside it."""
    for line in text.splitlines():
        progress.say(f"{name}: {line.strip()}" if line.strip() else "")


def _held_mib(pid: int) -> float:
    """Resident memory of a process and all that it has started."""
    held = 0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                held += process.memory_info().rss
    return round(held / 2**20, 1)


def _answer(path: Path) -> dict | None:
    """What the worker left; gone afterwards, since job.json in the record says all of it."""
    try:
        found = json.loads(path.read_text())
        path.unlink()
    except (OSError, ValueError, RecursionError):
        return None
    return found if _is_answer(found) else None


def _is_answer(found) -> bool:
    """Whether it is what a worker writes: whatever a job starts can write into its folder."""
    if not isinstance(found, dict) or ("measurements" in found) != (found.get("status") == "finished"):
        return False
    kinds = {"status": str, "reason": str, "measurements": dict, "environment": dict, "wall_s": float,
             "peak_rss_mib": float | None}  # fmt: skip
    fits = all(isinstance(value, kinds.get(key, ())) for key, value in found.items())
    return fits and kinds.keys() - found.keys() <= {"measurements"}


def _cause(code: int, log: Path, memory: int) -> str:
    """Why a worker ended without a result: by its exit code, and by what it said last."""
    said = log.read_text(errors="replace")[-20_000:]
    if any(word in said for word in NO_MEMORY):
        return f"out of memory: more than {memory / 2**30:.1f} GiB asked for (limits.memory_gib)"
    if code >= 0:
        last = said.strip().splitlines()[-1:]
        told = f": {last[0][:300]}" if last and code > 0 else ""
        return f"its process ended with exit code {code} and no result{told}"
    name = signal.Signals(-code).name
    if name == "SIGKILL":
        return "its process was killed from outside, most often by the system for lack of memory"
    frames = FRAME.findall(said[said.find("Fatal Python error") :]) if "Fatal Python error" in said else []
    where = f" in {Path(frames[0][0]).name}:{frames[0][1]}" if frames else ""
    return f"its process crashed ({name}){where}: an engine failed; the log is in the record"

"""A job in a process of its own, under limits of memory and time: however it ends, a result comes back.

The kernel bounds each process (RLIMIT_DATA, on Linux); a watch bounds the job and all that it has started together.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil

from tdabench import paths
from tdabench.claims.judge import FAILED
from tdabench.jobs.answer import Answer
from tdabench.processes import child, progress, series
from tdabench.processes.limits import cores, memory_limit, peak_rss_mib, pinned
from tdabench.structure import read

TIME, MEMORY = "time", "memory"
RESERVE = "reserve"  # a file in the job's folder that is given up for the result
WATCH_S = 0.25
NO_MEMORY = ("bad_alloc", "MemoryError", "can't allocate memory", "not enough memory", "Cannot allocate memory")
ENDING = threading.Event()  # set: whoever waits for a worker in this process, in any thread, ends it at once
FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


def run(name: str, config: dict, limits: dict, threads: int | None, folder: Path) -> Answer:
    """Run the worker on a reproduction in `folder`; the answer that it left there, or why there is none.

    limits: memory_gib (None: memory_limit) and time_s. $TDABENCH_HASH_SEED is the worker's PYTHONHASHSEED (default 0).
    """
    memory = memory_limit(limits["memory_gib"])
    threads = int(threads or cores())
    scratch = folder / "tmp"
    scratch.mkdir()
    started = time.monotonic()
    with open(folder / child.LOG, "a+", errors="replace") as log:
        watch = _Watch(name, log, started + limits["time_s"], memory)
        try:
            order = {"name": name, "config": config, "threads": threads}
            ended = child.run("tdabench.jobs.worker", folder, order, memory, _environment(threads, scratch), watch)
        finally:
            end_left(folder)
            shutil.rmtree(scratch, ignore_errors=True)
        watch.show()
    wall = round(time.monotonic() - started, 3)
    if not ended.reason and (answer := _answer(folder / child.ANSWER)):
        return replace(answer, peak_rss_mib=max(filter(None, [watch.peak_mib, answer.peak_rss_mib]), default=None))
    reasons = {
        TIME: f"over its time limit of {limits['time_s']:g} s (limits.time_s)",
        MEMORY: f"out of memory: it and what it started held more than {memory / 2**30:.1f} GiB (limits.memory_gib)",
    }
    reason = reasons.get(ended.reason) or _cause(ended.code, folder / child.LOG, memory)
    return Answer(FAILED, reason, wall_s=wall, peak_rss_mib=watch.peak_mib)


def end_left(folder: Path) -> None:
    """End what the job in a folder started and what has outlived it, such as a daemon: its environment names the
    folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TMPDIR") == str(folder / "tmp"):
                process.kill()


def _environment(threads: int, scratch: Path) -> dict:
    path = os.pathsep.join(filter(None, [str(paths.REPRODUCTIONS.parent), os.environ.get("PYTHONPATH")]))
    seed = os.environ.get("TDABENCH_HASH_SEED", "0")
    own = {"MPLBACKEND": "Agg", "PYTHONHASHSEED": seed, "PYTHONPATH": path, "TMPDIR": str(scratch)}
    return pinned(threads) | own | {series.VARIABLE: str(scratch.parent / series.FOLDER)}


class _Watch:
    """Shows the log of a job while it runs, and says when it goes over a limit. peak_mib: the most memory seen."""

    def __init__(self, name: str, log: IO[str], until: float, memory: int):
        self.name, self.log, self.until, self.memory = name, log, until, memory
        self.peak_mib: float | None = None
        self._looked = 0.0

    def __call__(self, pid: int) -> str:
        self.show()
        if ENDING.is_set():
            raise KeyboardInterrupt
        now = time.monotonic()
        if now - self._looked > WATCH_S:
            self._looked, held = now, _held_mib(pid)
            self.peak_mib = max(filter(None, [self.peak_mib, held, peak_rss_mib(pid)]), default=None)
            if held * 2**20 > self.memory:
                return MEMORY
        return TIME if now > self.until else ""

    def show(self) -> None:
        """What the job has said since, each line with its name: another one may be running beside it."""
        for line in self.log.read().splitlines():
            progress.say(f"{self.name}: {line.strip()}" if line.strip() else "")


def _held_mib(pid: int) -> float:
    """Resident memory of a process and all that it has started."""
    held = 0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                held += process.memory_info().rss
    return round(held / 2**20, 1)


def _answer(path: Path) -> Answer | None:
    """What the worker left; gone afterwards, since job.json in the record says all of it. None where it is no answer:
    whatever a job starts can write into its folder."""
    try:
        value = json.loads(path.read_text())
        path.unlink()
        answer = read(Answer, value)
    except (OSError, ValueError, RecursionError):
        return None
    complete = answer.environment is not None and answer.wall_s is not None
    return answer if complete and (answer.measurements is not None) == (answer.status == "finished") else None


def _cause(code: int, log: Path, memory: int) -> str:
    """Why a worker ended without a result: by its exit code, and by what it said last."""
    said = log.read_text(errors="replace")[-20_000:]
    if any(word in said for word in NO_MEMORY):
        return f"out of memory: more than {memory / 2**30:.1f} GiB asked for (limits.memory_gib)"
    if code >= 0:
        last = said.strip().splitlines()[-1:]
        words = f": {last[0][:300]}" if last and code > 0 else ""
        return f"its process ended with exit code {code} and no result{words}"
    name = signal.Signals(-code).name
    if name == "SIGKILL":
        return "its process was killed from outside, most often by the system for lack of memory"
    frames = FRAME.findall(said[said.find("Fatal Python error") :]) if "Fatal Python error" in said else []
    where = f" in {Path(frames[0][0]).name}:{frames[0][1]}" if frames else ""
    return f"its process crashed ({name}){where}: an engine failed; the log is in the record"

"""A Python process of our own that does one thing in one folder: its order lies there, and it leaves its answer there.

The kernel bounds its memory, it ends with the process that waits for it, and whatever it started ends with it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tdabench.processes.limits import end_with, limit_memory

ORDER, ANSWER, LOG = "task.json", "result.json", "log.txt"
POLL_S = 0.05  # between two looks at it


@dataclass(frozen=True)
class Ended:
    """How a child has ended: its exit code, and in words the limit that it was ended for (empty: by itself)."""

    code: int
    over: str


def run(
    module: str, folder: Path, order: dict, memory_bytes: int, environment: dict, over: Callable[[int], str]
) -> Ended:
    """Start `python -m module folder` and wait until it has ended.

    order: what the child gets, as JSON can hold it; over: called with the child's process id every POLL_S, it says in
    words why the child must be ended, or an empty text.
    """
    own = {"memory_bytes": memory_bytes, "parent": os.getpid()}
    (folder / ORDER).write_text(json.dumps(order | own))
    with open(folder / LOG, "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(folder)],  # -P: no module of the user's folder
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=os.environ | environment,
        )  # fmt: skip
    reason = ""
    try:
        while not reason:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(POLL_S)
                break
            reason = over(child.pid)
    finally:
        _end(child)
        (folder / ORDER).unlink(missing_ok=True)
    return Ended(child.returncode, reason)


def begin(folder: Path) -> dict:
    """In the child: its order; from here on it keeps to its memory and ends with its parent."""
    order = json.loads((folder / ORDER).read_text())
    end_with(order["parent"])
    limit_memory(order["memory_bytes"])
    return order


def answer(folder: Path, result: dict) -> None:
    """In the child: leave the answer, whole."""
    partial = folder / f"{ANSWER}.partial"
    partial.write_text(json.dumps(result))
    os.replace(partial, folder / ANSWER)


def _end(child: subprocess.Popen) -> None:
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

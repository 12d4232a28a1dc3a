"""A child process that does one task in one folder: it reads its order from a file there, and writes its answer there.

The kernel limits its memory. It ends with the process that waits for it, and the processes it started end with it.
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
POLL_S = 0.05  # between two checks


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, and the reason why it was ended; "" when it ended by itself."""

    code: int
    reason: str


def run(
    module: str, folder: Path, order: dict, memory_bytes: int, environment: dict, check: Callable[[int], str]
) -> Ended:
    """Start `python -m module folder` and wait until it has ended.

    Parameters
    ----------
    module
        Module to run.
    folder
        Folder of the order, the answer and the log.
    order
        Task of the child, which JSON can hold.
    memory_bytes
        Limit on its memory.
    environment
        Variables added to the environment.
    check
        Called with the child's process id every POLL_S; returns why the child must be ended, or "".
    """
    terms = {"memory_bytes": memory_bytes, "parent": os.getpid()}
    (folder / ORDER).write_text(json.dumps(order | terms))
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
            reason = check(child.pid)
    finally:
        _end(child)
        (folder / ORDER).unlink(missing_ok=True)
    return Ended(child.returncode, reason)


def begin(folder: Path) -> dict:
    """In the child: read the order. From here on its memory is limited, and it ends with its parent."""
    order = json.loads((folder / ORDER).read_text())
    end_with(order["parent"])
    limit_memory(order["memory_bytes"])
    return order


def answer(folder: Path, result: dict) -> None:
    """In the child: write the answer atomically."""
    partial = folder / f"{ANSWER}.partial"
    partial.write_text(json.dumps(result))
    os.replace(partial, folder / ANSWER)


def _end(child: subprocess.Popen) -> None:
    """End a process, its group, and the processes it started in other groups."""
    started = []
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(child.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for process in started:
        with contextlib.suppress(psutil.Error):
            process.kill()
    child.wait()

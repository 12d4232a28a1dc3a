"""Limits on a process: its share of the machine, the kernel's limit on its memory, and its peak of memory."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

# What the thread pools of libraries read when they are loaded.
THREADS = (*(f"{pool}_NUM_THREADS" for pool in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "RAYON")),
           "LOKY_MAX_CPU_COUNT")  # fmt: skip
SHARE = 0.75  # of the machine's memory, the default limit
GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_limit(gib: float | None) -> int:
    """Bytes that a job may take.

    Parameters
    ----------
    gib
        Limit in GiB; None for SHARE of the memory of the machine, or of the container where that is less.
    """
    if gib:
        return int(gib * 2**30)
    total = psutil.virtual_memory().total
    for path in GROUPS:
        with contextlib.suppress(OSError, ValueError):  # no such file, or the word "max"
            total = min(total, int(path.read_text()))
    return int(SHARE * total)


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pinned(threads: int) -> dict[str, str]:
    """The environment in which every thread pool of a library has that many threads."""
    return dict.fromkeys(THREADS, str(threads))


def limit_memory(limit: int) -> None:
    """Make allocations beyond the limit (bytes) fail in this process, with MemoryError or a crash of an engine."""
    if sys.platform == "linux":
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]  # the parent may have set a lower one
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def end_with(parent: int) -> None:
    """End this process as soon as its parent has ended, even when the parent was killed."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1  # linux/prctl.h
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    else:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def _wait_for(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def peak_rss_mib(pid: int) -> float | None:
    """Peak of a process's resident memory in MiB, by the kernel; None for another process without /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        if pid != os.getpid():
            return None
        kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(kib / (2**20 if sys.platform == "darwin" else 2**10), 1)
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return round(int(marks[0]) / 1024, 1) if marks else None

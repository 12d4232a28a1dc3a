"""What a process may take: the share of the machine, the kernel's bound on it, and the most that it has taken."""

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

SHARE = 0.75  # of the machine's memory, when no limit is given
GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


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


def limit_memory(limit: int) -> None:
    """Allocation over the limit fails inside this process, as MemoryError or as the engine's own crash."""
    if sys.platform == "linux":
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]  # a process that started this one may have set a lower one
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def end_with(parent: int) -> None:
    """End this process as soon as its parent has ended, also when that was killed."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1  # linux/prctl.h
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    else:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it had ended before
        os._exit(1)


def _wait_for(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def peak_rss_mib(pid: int) -> float | None:
    """Largest resident memory of a process so far: the kernel's high-water mark."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        if pid != os.getpid():
            return None
        kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(kib / (2**20 if sys.platform == "darwin" else 2**10), 1)
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return round(int(marks[0]) / 1024, 1) if marks else None

"""Who holds a run of the record open: so that what a dead process left behind is told from what is being written."""

import os
import platform

import psutil

WRITER = "tdabench.writer"  # tag: host, process and the moment it was started, of whoever holds a run open


def myself() -> str:
    """This process, as its tag says it."""
    return f"{platform.node()} {os.getpid()} {psutil.Process().create_time():.0f}"


def ended(writer: str) -> bool:
    """Whether a process of this machine that held a run open is there no more."""
    host, pid, started = (writer.rsplit(" ", 2) + ["", ""])[:3]
    if host != platform.node():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > 2
    except psutil.NoSuchProcess:
        return True

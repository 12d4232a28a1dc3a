"""Whether somebody holds a lock."""

from pathlib import Path

from filelock import FileLock, Timeout


def held(lock: Path) -> bool:
    """Whether a process, be it this one, holds the file of a lock."""
    if not lock.exists():
        return False
    mine = FileLock(lock)
    try:
        mine.acquire(timeout=0)
    except Timeout:
        return True
    mine.release()
    return False

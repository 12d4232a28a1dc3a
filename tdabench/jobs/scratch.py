"""Scratch folders beside the record, each held by a lock for as long as the process lives that made it.

A folder whose lock nobody holds is one of a dead process (numbers of processes come again, and containers that share a
folder count for themselves): it is removed, unless a job had ended in it and only its record was missing, see
tdabench.jobs.job.
"""

import contextlib
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from tdabench.errors import RecordUnusable
from tdabench.record.locks import held

WAIT_S = 0.5


@contextlib.contextmanager
def scratch(parent: Path, label: str, keep=lambda folder: False) -> Iterator[Path]:
    """A folder for one process, gone afterwards, unless an error left something that keep(folder) wants to be kept.

    Folders of the same label are had one after the other. RecordUnusable when `parent` cannot be written to.
    """
    while True:
        with _turn(parent):
            if not any(held(lock) for lock in parent.glob(f"{label}-*.lock")):
                folder = parent / f"{label}-{uuid.uuid4().hex[:8]}"
                lock = FileLock(_lock(folder))
                lock.acquire()
                folder.mkdir()
                break
        time.sleep(WAIT_S)
    stays = False
    try:
        yield folder
    except BaseException:
        stays = keep(folder)
        raise
    finally:
        _remove(folder, lock, stays)


def abandoned(parent: Path) -> Iterator[Path]:
    """The folders of dead processes, each once, one after the other; each is removed when the next one is asked for,
    unless that raises. What cannot be removed stays."""
    looked_at: set[Path] = set()
    while taken := _take(parent, looked_at):
        folder, lock = taken
        looked_at.add(folder)
        stays = True
        try:
            yield folder
            stays = False
        finally:
            _remove(folder, lock, stays)


def _take(parent: Path, but: set[Path]) -> tuple[Path, FileLock] | None:
    if not parent.exists():
        return None
    with _turn(parent):
        folders = {path.with_name(path.name.removesuffix(".lock")) for path in parent.iterdir()}
        for folder in sorted(folders - but):
            lock = FileLock(_lock(folder))
            with contextlib.suppress(Timeout, OSError):  # held by somebody, or no file that can be locked
                lock.acquire(timeout=0)
                return folder, lock
    return None


def _remove(folder: Path, lock: FileLock, stays: bool) -> None:
    if not stays:
        _unlink(folder)
    lock.release()
    if not stays:
        _unlink(Path(lock.lock_file))


def _unlink(path: Path) -> None:
    """Remove a file or a folder, as far as that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


@contextlib.contextmanager
def _turn(parent: Path) -> Iterator[None]:
    """Whoever makes or takes folders does so alone. The lock lies outside, so that the folder is empty in the end."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent.parent / ".work.lock"):
            yield
    except OSError as error:
        said = error.strerror or error
        raise RecordUnusable(f"{parent}: cannot be written to ({said}); {RecordUnusable.REMEDY}") from None

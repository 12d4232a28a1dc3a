"""Where things are: the checkout, its configuration, and the folders of data."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
REPRODUCTIONS = ROOT / "reproductions"
REPORT = ROOT / "report"
PAGES = ROOT / "explore"  # written by `tdabench explore`; outside REPORT, which every report replaces
RECORD = ROOT / "record"
REFERENCE = ROOT / "reference"


def data_folders() -> list[Path]:
    """Folders to search for data sets, in order: those of $TDABENCH_DATA, else the user's cache folder."""
    folders = [Path(p).expanduser().resolve() for p in os.environ.get("TDABENCH_DATA", "").split(os.pathsep) if p]
    return folders or [_cache() / "tdabench"]


def download_folder() -> Path:
    """The only folder that downloads are written to: the last of `data_folders()`."""
    return data_folders()[-1]


def expanded(path) -> Path:
    """A user's path with ~ expanded; as it is where a file has that very name, or where ~ names nobody."""
    path = Path(path)
    if not str(path).startswith("~") or path.exists():
        return path
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def write_atomic(path: Path, text: str) -> None:
    """Write a text file atomically: the old file stays until the new one is complete."""
    partial = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def write_folder(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, which takes its place in the end: interrupted, the old one stays whole."""
    folder = Path(folder).resolve()
    new, old = (folder.with_name(f".{folder.name}-{what}-{os.getpid()}") for what in ("new", "old"))
    try:
        new.mkdir(parents=True)
        yield new
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

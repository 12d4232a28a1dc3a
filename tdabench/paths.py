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
PAGES = ROOT / "explore"  # of `tdabench explore`; not in REPORT, which every report replaces
RECORD = ROOT / "record"
REFERENCE = ROOT / "reference"


def data_folders() -> list[Path]:
    """Folders searched for data sets, in order: those of $TDABENCH_DATA, else the user's cache folder."""
    listed = [Path(p).expanduser().resolve() for p in os.environ.get("TDABENCH_DATA", "").split(os.pathsep) if p]
    return listed or [_cache() / "tdabench"]


def download_folder() -> Path:
    """The only folder that is ever written to: the last one of `data_folders()`."""
    return data_folders()[-1]


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: what was there stays until the new one is complete."""
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

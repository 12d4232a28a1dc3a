"""Where things are: the checkout, its configuration, and the folders of data."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
REPRODUCTIONS = ROOT / "reproductions"
REPORT = ROOT / "report"
PAGES = ROOT / "explore"  # of `tdabench explore`; not in REPORT, which every report replaces
RECORD = ROOT / "record"


def data_folders() -> list[Path]:
    """Folders searched for data sets, in order: those of $TDABENCH_DATA, else the user's cache folder."""
    listed = [Path(p).expanduser().resolve() for p in os.environ.get("TDABENCH_DATA", "").split(os.pathsep) if p]
    return listed or [_cache() / "tdabench"]


def download_folder() -> Path:
    """The only folder that is ever written to: the last one of `data_folders()`."""
    return data_folders()[-1]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

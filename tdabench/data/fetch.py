"""Downloads: into a temporary file beside the target, verified, then moved; never a half-written file."""

import os
import tempfile
import urllib.request
from http.client import HTTPException
from pathlib import Path

from tdabench import paths
from tdabench.data.catalogue import DataSet, sha256
from tdabench.errors import DataMissing


def fetch(entry: DataSet, timeout_s: float = 60) -> list[Path]:
    """The files of `entry`, downloaded if need be. DataMissing says what is missing, from where, and where it goes."""
    try:
        return entry.locate()
    except DataMissing:
        if not entry.url:
            raise
    folder = paths.download_folder() / entry.name
    for name, digest in entry.files.items():
        if not (folder / name).is_file():
            try:
                download(entry.url + name, folder / name, digest, timeout_s)
            except (OSError, HTTPException) as error:
                raise DataMissing(
                    f"{entry.name}: {name} could not be downloaded from {entry.url} ({error}). {entry.instructions()}"
                ) from None
    return entry.locate()


def download(url: str, target: Path, digest: str, timeout_s: float) -> None:
    """Download one file and move it into place once its sha256 is right; OSError when it cannot be had."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(url, timeout=timeout_s) as response:
            while block := response.read(1 << 20):
                file.write(block)
        found = sha256(Path(partial))
        if found != digest:
            raise OSError(f"what came has sha256 {found[:12]}..., not {digest[:12]}...")
        os.chmod(partial, 0o644)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)

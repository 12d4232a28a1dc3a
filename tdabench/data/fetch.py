"""Downloads: into a temporary place beside the target, verified, then moved; never a half-written file."""

import os
import socket
import tempfile
import urllib.request
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from tdabench import paths
from tdabench.data.catalogue import DataSet, sha256
from tdabench.errors import DataMissing


def fetch(entry: DataSet, timeout_s: float = 60) -> list[Path]:
    """The files of `entry`, downloaded if need be. DataMissing says what is missing, from where, and where it goes."""
    try:
        return entry.locate()
    except DataMissing as missing:
        if entry.torchvision:
            fetch_by_torchvision(entry, timeout_s, str(missing))
        elif entry.url:
            fetch_by_url(entry, timeout_s)
        else:
            raise
    return entry.locate()


def fetch_by_url(entry: DataSet, timeout_s: float) -> None:
    """Download those files that lack, one by one."""
    folder = entry.place(paths.download_folder())
    for name, digest in entry.files.items():
        if not (folder / name).is_file():
            try:
                download(entry.url + name, folder / name, digest, timeout_s)
            except (OSError, HTTPException) as error:
                raise DataMissing(
                    f"{entry.name}: {name} could not be downloaded from {entry.url} ({error}). {entry.instructions()}"
                ) from None


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


def fetch_by_torchvision(entry: DataSet, timeout_s: float, missing: str) -> None:
    """Let torchvision download into a scratch folder; move the first form's files into place, laid out as it does.

    torchvision writes straight to the final name and takes some files for whole because they exist: hence the scratch
    folder. missing: what to say when it cannot be had.
    """
    form, folder = entry.accepted()[0], paths.download_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{entry.name}.") as scratch:
            with _no_longer_than(timeout_s):
                _ask_torchvision(entry.torchvision, scratch)
            files = next(form.places(Path(scratch)), [])
            wrong = form.altered(files) if files else ["what came has other files"]
            if wrong:
                raise OSError(wrong[0])
            for path in files:
                target = entry.place(folder) / path.relative_to(scratch)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():  # a user's own file is never overwritten: an altered one is named afterwards
                    os.replace(path, target)
    except Exception as error:  # torchvision passes on whatever its sources, archives and readers raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataMissing(
            f"{entry.name} could not be downloaded by torchvision.datasets.{entry.torchvision} ({reason}). {missing}"
        ) from None


def _ask_torchvision(name: str, root: str) -> None:
    from torchvision import datasets  # imported late: it takes seconds

    parts = [{"split": "train"}, {"split": "test"}] if name == "SVHN" else [{"train": True}, {"train": False}]
    for part in parts:
        getattr(datasets, name)(root, download=True, **part)


@contextmanager
def _no_longer_than(timeout_s: float):
    """A limit for every wait on the network: torchvision sets none, and would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout_s)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)

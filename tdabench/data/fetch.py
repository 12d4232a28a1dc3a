"""Downloads: to a temporary place beside the target, verified, then moved. No target is ever half-written."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from tdabench import paths
from tdabench.data.dataset import DataSet, Form, difference, files_digest
from tdabench.errors import BadInput, DataMissing

BLOCK = 2**20  # bytes moved at a time
UNPACKED_BYTES = 2**31  # limit on what an archive unpacks to


def fetch(entry: DataSet, timeout_s: float = 60) -> list[Path]:
    """The files of a data set, downloaded if they are missing; DataMissing when that fails. timeout_s: of each wait."""
    try:
        return entry.locate()
    except DataMissing as missing:
        if entry.torchvision:
            fetch_by_torchvision(entry, timeout_s, str(missing))
        elif entry.archive:
            fetch_from_archive(entry, timeout_s)
        elif entry.url:
            fetch_by_url(entry, timeout_s)
        else:
            raise
    return entry.locate()


def fetch_by_url(entry: DataSet, timeout_s: float) -> None:
    """Download the missing files one by one."""
    form = entry.accepted()[0]
    folder = entry.place(paths.download_folder()) / form.under[0]
    for name, digest in form.files.items():
        if not (folder / name).is_file():
            address = entry.address(name)
            try:
                download(address, folder / name, digest, timeout_s)
            except OSError as error:
                raise DataMissing(
                    f"{entry.name}: {name} could not be downloaded from {address} ({error}). {entry.instructions()}"
                ) from None


def download(url: str, target: Path, digest: str, timeout_s: float) -> None:
    """Download one file and move it into place once its digest is verified; OSError when that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            receive(url, file, timeout_s)
        if fault := difference(Path(partial), digest):
            raise OSError(f"another file came: {fault}")
        os.chmod(partial, 0o644)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)


def receive(url: str, file: BinaryIO, timeout_s: float) -> None:
    """Write the content of an address to a file; OSError when it does not answer, or not completely."""
    import urllib.request  # imported late: every job imports this module, few download
    from http.client import HTTPException

    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as response:
            shutil.copyfileobj(response, file, BLOCK)
            length = response.headers.get("Content-Length", "")
    except HTTPException as error:
        raise OSError(f"the answer is not one of HTTP: {error!r}") from None
    if length.isdigit() and file.tell() != int(length):
        raise OSError(f"the connection broke off after {file.tell():,} of {int(length):,} bytes")


# Archives


def fetch_from_archive(entry: DataSet, timeout_s: float) -> None:
    """Download a zip or a tar into a scratch folder, and move the files of the data set into place."""
    form, folder = entry.accepted()[0], paths.download_folder()
    url, _, inside = entry.archive.partition("#")
    with _scratch(entry, folder, f"from {url}", entry.instructions()) as scratch:
        packed = scratch / PurePosixPath(url).name
        with open(packed, "wb") as file:
            receive(url, file, timeout_s)
        unpacked = scratch / "unpacked" / form.under[0]
        if form.files:
            unpack(packed, inside, lambda name: name in form.files, unpacked)
            if missing := [name for name in form.files if not (unpacked / name).is_file()]:
                raise OSError(f"{packed.name} holds no {inside}{missing[0]}")
            _move(entry, form, scratch / "unpacked", folder)
        else:
            unpack(packed, inside, lambda name: Path(name).suffix.lower() in entry.endings, unpacked)
            if files_digest(list(unpacked.iterdir())) != entry.collection:
                raise OSError(f"the files under {inside} in {packed.name} are not those that were published")
            os.rename(unpacked, entry.place(folder))  # atomic: half a collection would pass for a complete one


def unpack(packed: Path, inside: str, accepts: Callable[[str], bool], target: Path) -> None:
    """Write the files of one folder in a zip or a tar to `target`. accepts: whether to write a file, by its name."""
    from tdabench.data.files import readable  # imported late: it brings NumPy

    target.mkdir(parents=True)
    for name, stream in _members(packed):
        place = PurePosixPath(name)
        if place.parent == PurePosixPath(inside) and accepts(place.name):
            with open(target / place.name, "wb") as file:
                while True:
                    with readable(packed, "archive"):
                        block = stream.read(BLOCK)
                    if not block:
                        break
                    file.write(block)


def _members(packed: Path) -> Iterator[tuple[str, BinaryIO]]:
    """The regular files of a zip or a tar, one after another; BadInput beyond UNPACKED_BYTES in all."""
    import tarfile
    import zipfile

    from tdabench.data.files import opened, readable, zip_archive

    if zipfile.is_zipfile(packed):
        with zip_archive(packed, "archive", UNPACKED_BYTES) as (archive, infos):
            for info in infos:
                with archive.open(info) as stream:
                    yield info.filename, stream
        return
    with opened(packed) as file, readable(packed, "archive"), tarfile.open(fileobj=file) as archive:
        room = UNPACKED_BYTES
        for entry in archive:
            room -= entry.size
            if room < 0:
                raise BadInput(f"{packed}: unpacks to more than the {UNPACKED_BYTES >> 20} MiB that are read.")
            if entry.isfile():
                yield entry.name, archive.extractfile(entry)


# torchvision


def fetch_by_torchvision(entry: DataSet, timeout_s: float, missing: str) -> None:
    """Let torchvision download into a scratch folder, and move the files of the first form into place.

    The scratch folder is needed because torchvision writes directly to the final name, and takes some files for
    complete because they exist.

    Parameters
    ----------
    entry
        The data set.
    timeout_s
        Limit on each wait.
    missing
        End of the error when the download fails.
    """
    folder = paths.download_folder()
    with _scratch(entry, folder, f"by torchvision.datasets.{entry.torchvision}", missing) as scratch:
        with _socket_timeout(timeout_s):
            _download_by_torchvision(entry.torchvision, str(scratch))
        _move(entry, entry.accepted()[0], scratch, folder)


def _download_by_torchvision(name: str, root: str) -> None:
    from torchvision import datasets  # imported late: it takes seconds

    parts = [{"split": "train"}, {"split": "test"}] if name == "SVHN" else [{"train": True}, {"train": False}]
    for part in parts:
        getattr(datasets, name)(root, download=True, **part)


@contextmanager
def _socket_timeout(timeout_s: float):
    """A limit on every wait on the network. torchvision sets none, and would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout_s)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _scratch(entry: DataSet, folder: Path, way: str, advice: str) -> Iterator[Path]:
    """A temporary folder beside the data. Whatever fails inside becomes DataMissing, in one sentence."""
    scratch = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{entry.name}.") as scratch:
            yield Path(scratch)
    except Exception as error:  # archives and torchvision raise whatever their own libraries raise
        message = " ".join(str(error).split()).replace(f"{scratch}{os.sep}", "")
        reason = message.rstrip(".") or type(error).__name__
        raise DataMissing(f"{entry.name} could not be downloaded {way} ({reason}). {advice}") from None


def _move(entry: DataSet, form: Form, scratch: Path, folder: Path) -> None:
    """Verify the files of a form in a scratch folder, and move them to the same places in the data set's folder."""
    files = next(form.places(scratch), [])
    faults = form.altered(files) if files else ["what came has other files"]
    if faults:
        raise OSError(faults[0])
    for path in files:
        target = entry.place(folder) / path.relative_to(scratch)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():  # a user's own file stays; when it is altered, an error says so later
            os.replace(path, target)

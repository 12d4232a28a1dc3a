"""Files from outside, opened so that none does harm: the content is as it was written, or BadInput says why not.

Only regular files are opened, never a pipe or a device. Nothing in them is run. No archive unpacks to more than a
stated limit, whatever its head says. Where a format has checksums, they are verified before anything is returned.
"""

import bz2
import gzip
import io
import json
import math
import os
import re
import stat
import tarfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from tdabench.errors import BadInput, TdabenchError
from tdabench.paths import expanded
from tdabench.processes.memory import Room

ARCHIVE_BYTES = 2**31  # limit on what an archive unpacks to; the largest in use has 225 MB
BLOCK = 2**22  # bytes read at a time
TEXT_BYTES = 2**28  # limit on a text that is read at once; the longest that a run writes has a few MB
ZIP_START, GZIP_START = b"PK\x03\x04", b"\x1f\x8b"
ZIP_END_BYTES = 22  # of the record at the end, without the comment after it
ARRAY = "NumPy array without pickled objects"
ARRAYS = "NumPy archive without pickled objects"
PICTURES = ("PNG", "JPEG", "TIFF", "BMP")  # not PostScript, for which Pillow runs Ghostscript
EXTENDED = {b"x", b"g", b"X", b"L", b"K"}  # types of tar members that hold the name of the next member
TAR_NAME_BYTES = 2**20
WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")


def regular(path) -> Path:
    """The path of a regular file, or of a link to one, with ~ expanded; BadInput for anything else."""
    path = expanded(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except (OSError, ValueError) as error:  # links in a circle, too long a name, a NUL in it
        raise BadInput(f"{path}: there is no such file, or it cannot be read ({_reason(error)}).") from None
    if not stat.S_ISREG(mode):
        kind = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
        what = kind.get(stat.S_IFMT(mode), "a device")
        raise BadInput(f"{path}: there is no such file, it is {what}; save what it holds as a regular file.")
    return path


def opened(path) -> BinaryIO:
    """A regular file, opened for reading bytes."""
    path = regular(path)
    try:
        return open(path, "rb")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({_reason(error)}).") from None


@contextmanager
def readable(path, what: str) -> Iterator[None]:
    """A context in which whatever a library raises on a file becomes BadInput, in one sentence.

    Lack of memory is no fault of the file, and raises OutOfMemory.

    Parameters
    ----------
    path
        The file.
    what
        What the file should be, such as "MATLAB file".
    """
    try:
        with Room(path):
            yield
    except TdabenchError:
        raise
    except Exception as error:  # libraries raise dozens of types on damaged files
        fault = _other_content(path, what) or f"not a readable {what}, truncated or altered ({_reason(error)})"
        raise BadInput(f"{path}: {fault}.") from None


def read_bytes(path, most: int = ARCHIVE_BYTES) -> bytes:
    """The content of a file of at most `most` bytes."""
    with opened(path) as file, readable(path, "file"):
        if os.fstat(file.fileno()).st_size > most:
            raise BadInput(f"{path}: larger than the {most >> 20} MiB that are read.")
        return file.read()


def at_most(stream, most: int) -> bytes:
    """The next `most` bytes of a stream, or fewer at its end. Unlike read(most), memory is taken only for those."""
    content = bytearray()
    while block := stream.read(min(BLOCK, most - len(content))):
        content += block
    return bytes(content)


def read_text(path, encoding: str = "utf-8", most: int = TEXT_BYTES) -> str:
    """The content of a text file of at most `most` bytes."""
    try:
        with Room(path):
            return read_bytes(path, most).decode(encoding)
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file (it is not UTF-8); save it as UTF-8.") from None


def read_json(path):
    """The value in a file of JSON."""
    text = read_text(path)
    with readable(path, "file of JSON"):
        return json.loads(text)


def unpacked(path, what: str, most: int) -> bytes:
    """The unpacked content of a .gz or .bz2 file, its checksums verified; of any other file its content.

    BadInput beyond `most` bytes.
    """
    if path.suffix not in (".gz", ".bz2"):
        return read_bytes(path, most)
    with opened(path) as file, readable(path, what):
        if path.suffix == ".gz":
            content = at_most(gzip.GzipFile(fileobj=file), most + 1)  # beyond the end, where gzip verifies its checksum
        else:
            content = _from_bz2(file.read(), most)
    if len(content) > most:
        raise BadInput(f"{path}: unpacks to more than {most >> 20} MiB, too much for a {what}.")
    return content


def _from_bz2(packed: bytes, most: int) -> bytes:
    """The content of all streams. bz2.open would take a damaged stream for the end of the file."""
    content = b""
    while packed and len(content) <= most:
        stream = bz2.BZ2Decompressor()
        content += stream.decompress(packed, most + 1 - len(content))
        if not stream.eof and len(content) <= most:
            raise EOFError("it ends too early")
        packed = stream.unused_data
    return content


# Zip, and NumPy's and torch's files


@contextmanager
def zip_archive(path, what: str, most: int = ARCHIVE_BYTES) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """A zip and its files in their order; `member` reads one. The caller checks their names.

    Raises
    ------
    BadInput
        When the files unpack to more than `most` bytes by the archive's own account; for a name that stands twice, a
        link, an encrypted file, or a compression other than zip's own.
    """
    with opened(path) as file, readable(path, what), zipfile.ZipFile(file) as archive:
        file.seek(-ZIP_END_BYTES - len(archive.comment), os.SEEK_END)
        count = int.from_bytes(file.read(ZIP_END_BYTES)[10:12], "little")
        if count not in (len(archive.infolist()), 0xFFFF):  # equal, or more than the field can hold
            raise zipfile.BadZipFile("its table of contents does not hold as many files as it says")
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if repeated := [name for name, count in Counter(info.filename for info in infos).items() if count > 1]:
            raise BadInput(f"{path}: {repeated[0]!r} stands in the archive twice; every file needs a name of its own.")
        for info in infos:
            if stat.S_ISLNK(info.external_attr >> 16):
                raise BadInput(f"{path}: {info.filename!r} is a link, which no archive of data needs.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
                raise BadInput(f"{path}: {info.filename!r} is encrypted or packed in an unusual way; pack it anew.")
        size = sum(info.file_size for info in infos)
        if size > most:
            raise BadInput(f"{path}: unpacks to {size >> 20} MiB; at most {most >> 20} MiB are read.")
        with Room(path) as room:
            room.need = size
            yield archive, infos


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The content of one file of a zip, its checksum verified."""
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)  # without a number, zip unpacks everything before it checks the size
    if len(content) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename!r} has not the size that the archive says")
    return content


def verify_zip(path, what: str, most: int = ARCHIVE_BYTES) -> None:
    """BadInput when a file is a zip with wrong checksums, or one that `zip_archive` refuses. Other files pass."""
    with opened(path) as file, readable(path, what):
        if file.read(len(ZIP_START)) != ZIP_START and not zipfile.is_zipfile(file):
            return
    with zip_archive(path, what, most) as (archive, infos):
        for info in infos:
            _check_inside(path, info.filename)
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"the checksum of {damaged!r} is wrong")


def _check_inside(path, name: str) -> None:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts:
        raise BadInput(f"{path}: {name!r} leads out of the archive. Nothing was unpacked; pack it anew.")


def read_npy(path) -> np.ndarray:
    """The array of a .npy."""
    with opened(path) as file, readable(path, ARRAY), Room(path) as room:
        size = os.fstat(file.fileno()).st_size
        room.takes(size)
        return _array(file, size)


def read_npz(path, most: int = ARCHIVE_BYTES) -> dict[str, np.ndarray]:
    """The arrays of a .npz by name. It may unpack to `most` bytes."""
    with zip_archive(path, ARRAYS, most) as (archive, infos), Room(path) as room:
        room.takes(sum(info.file_size for info in infos))
        arrays = {}
        for info in infos:
            _check_inside(path, info.filename)
            with archive.open(info) as file:
                arrays[info.filename.removesuffix(".npy")] = _array(file, info.file_size)
        return arrays


def array_head(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """The head of a .npy: shape, whether it is in Fortran order, and type of its numbers."""
    form = np.lib.format
    version = form.read_magic(file)
    shape, by_column, kind = (form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0)(file)
    if kind.hasobject:
        raise ValueError("it holds Python objects, which may be code")
    return shape, by_column, kind


def _array(file: BinaryIO, size: int) -> np.ndarray:
    """The array of a .npy of `size` bytes; ValueError when its head says another size."""
    shape, by_column, kind = array_head(file)
    if not kind.itemsize or min(shape, default=0) < 0 or max(shape, default=0) > size:
        raise ValueError(f"its head says {shape} of {kind}, but it has {size} bytes")
    if math.prod(shape) * kind.itemsize != size - file.tell():
        raise ValueError(f"its head says {shape} of {kind}, but {size - file.tell()} bytes follow")
    numbers = bytearray()
    while block := file.read(BLOCK):  # to the end, where zip verifies its checksum
        numbers += block
    return np.ndarray(shape, kind, numbers, order="F" if by_column else "C")


def read_torch(path, what: str, most: int = ARCHIVE_BYTES):
    """The object that torch.save wrote, weights only. Its checksums, which torch ignores, are verified."""
    import torch  # imported late: it takes seconds

    verify_zip(path, what, most)
    with readable(path, what):
        return torch.load(path, map_location="cpu", weights_only=True)


# Tar


class _Guarded(io.RawIOBase):
    """A stream of at most `most` bytes; whatever its library raises becomes BadInput."""

    def __init__(self, path, stream, most: int):
        self._path, self._stream, self._most, self._room = path, stream, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        with readable(self._path, "archive"):
            content = self._stream.read(len(buffer))
        self._room -= len(content)
        if self._room < 0:
            raise BadInput(f"{self._path}: unpacks to more than the {self._most >> 20} MiB that are read.")
        buffer[: len(content)] = content
        return len(content)


class _Strict(tarfile.TarInfo):
    """A member of a tar whose damaged head is an error. Python would take it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        try:
            head = super().frombuf(buf, encoding, errors)
        except (tarfile.EmptyHeaderError, tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as error:
            raise tarfile.ReadError(f"{error} in the head of a member") from None
        if head.type not in tarfile.SUPPORTED_TYPES or head.type in EXTENDED and head.size > TAR_NAME_BYTES:
            raise tarfile.ReadError(f"a member of an unknown kind, or a name of {head.size} bytes")
        return head


def tar_files(path, pattern: str, most: int) -> Iterator[tuple[str, BinaryIO]]:
    """The files in a .tar, gzipped or not, and in the .tar files inside it, one after another.

    Nothing is written to the disk. The checksum of gzip is verified after the last file: read to the end.

    Parameters
    ----------
    path
        The archive.
    pattern
        Regular expression of the names of the files to return, without their folders.
    most
        Limit on the unpacked bytes.

    Yields
    ------
    name, stream

    Raises
    ------
    BadInput
        Beyond the limit, and for names that lead out of the archive, links and devices.
    """
    with opened(path) as file, gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == GZIP_START else file as stream:
        yield from _tar_files(path, _Guarded(path, stream, most), pattern, most)


def _tar_files(path, stream, pattern: str, most: int) -> Iterator[tuple[str, BinaryIO]]:
    with readable(path, "archive"), tarfile.open(fileobj=stream, mode="r|", tarinfo=_Strict) as archive:
        for entry in archive:
            _check_inside(path, entry.name)
            if not (entry.isfile() or entry.isdir()) or entry.issparse():
                raise BadInput(f"{path}: {entry.name!r} is a link, a device or a sparse file, which no data need.")
            name = PurePosixPath(entry.name).name
            archive.members.clear()  # tarfile would keep all of them in memory
            if entry.isfile() and re.fullmatch(pattern, name):
                yield name, io.BufferedReader(_Guarded(path, archive.extractfile(entry), most))
            elif entry.isfile() and name.endswith(".tar"):
                yield from _tar_files(path, _Guarded(path, archive.extractfile(entry), most), pattern, most)
        while stream.read(2**20):
            pass


# Pictures


@contextmanager
def picture(file: BinaryIO, formats: tuple[str, ...] = PICTURES):
    """An image of one of these formats, opened by Pillow, its checksums verified. Pillow's errors pass through."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file, formats=formats) as image:
            image.verify()
        file.seek(0)
        with Image.open(file, formats=formats) as image:
            yield image


def _reason(error: Exception) -> str:
    """The first line of an error's message."""
    message = getattr(error, "strerror", None) or str(error)
    return " ".join((message.splitlines() or [""])[0].split())[:200] or type(error).__name__


def _other_content(path, what: str) -> str:
    """A phrase for a file that is something else than `what`: empty, a web page, a pointer of Git LFS. "" otherwise."""
    with opened(path) as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return f"not a readable {what}, the file is empty"
    if start.startswith(WEB_PAGE):
        return f"this is a web page, not a readable {what}; download the file itself"
    if start.startswith(b"version https://git-lfs"):
        return f"not a readable {what} but a pointer of Git LFS; `git lfs pull` fetches the file itself"
    return ""

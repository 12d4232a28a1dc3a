"""Files that are good, and files made to harm or to confuse: what the tests of readers are given."""

import bz2
import contextlib
import dataclasses
import gzip
import io
import os
import pickle
import signal
import socket
import stat
import tarfile
import warnings
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import torch
from PIL import Image
from safetensors.torch import save
from scipy import sparse
from scipy.io import savemat

from tdabench.errors import TdabenchError

PATIENCE_S = 20
POINTS = np.random.default_rng(0).normal(size=(12, 3))
TABLE = pd.DataFrame({"a": POINTS[:, 0], "b": POINTS[:, 1], "kind": list("uvwuvwuvwuvw")})
WEIGHTS = {"features.0.weight": torch.from_numpy(np.random.default_rng(1).normal(size=(2, 1, 3, 3)).astype("float32"))}


def written(write) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def npz(**arrays) -> bytes:
    return written(lambda file: np.savez(file, **arrays))


TEXT = TABLE.drop(columns="kind").to_csv(index=False).encode()
SHAPE = "\n".join(",".join(map(str, row)) for row in POINTS).encode()
IMAGE = Image.fromarray(np.random.default_rng(2).integers(0, 256, (16, 16), dtype=np.uint8))
# Name: a good file
GOOD = {
    "points.npy": written(lambda file: np.save(file, POINTS)),
    "points.npz": npz(points=POINTS),
    "points.csv": TEXT.split(b"\n", 1)[1],
    "points.txt": TEXT.split(b"\n", 1)[1].replace(b",", b" "),
    "points.mat": written(lambda file: savemat(file, {"points": POINTS})),
    "table.csv": TABLE.to_csv(index=False).encode(),
    "table.tsv": TABLE.to_csv(index=False, sep="\t").encode(),
    "table.parquet": written(lambda file: TABLE.to_parquet(file)),
    "table.npz": npz(a=POINTS[:, 0], b=POINTS[:, 1]),
    "table.npy": written(lambda file: np.save(file, POINTS)),
    "image.png": written(lambda file: IMAGE.save(file, "png")),
    "image.jpg": written(lambda file: IMAGE.save(file, "jpeg")),
    "image.tif": written(lambda file: IMAGE.save(file, "tiff")),
    "still.iml": b"\x00\x01" * 100,
    "weights.pt": written(lambda file: torch.save(WEIGHTS, file)),
    "weights.safetensors": save(WEIGHTS),
    "weights.npz": npz(**{name: value.numpy() for name, value in WEIGHTS.items()}),
    "kept.npz": npz(points=POINTS),
    "shape-reference.csv.gz": gzip.compress(SHAPE),
}  # fmt: skip
HTML = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body><script>alert(1)</script></body></html>\n"


class Canary:
    """Unpickled, it leaves a file where CANARY points to."""

    def __reduce__(self):
        return os.system, ('touch "$CANARY"',)


def bomb(name: str, size: int) -> bytes:
    """A zip whose one member unpacks to so many zeros, and says so."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        member.write(promises(f"({size // 8},)"))
        for _ in range(size // 2**24):
            member.write(bytes(2**24))
    return file.getvalue()


def promises(shape: str, descr: str = "<f8") -> bytes:
    """The header of a .npy of that shape, and nothing after it."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _png(width: int, height: int) -> bytes:
    good = bytearray(GOOD["image.png"])
    good[16:24] = width.to_bytes(4) + height.to_bytes(4)
    return bytes(good)


@cache
def hostile() -> dict[str, bytes]:
    """Files made to harm or to confuse, by name; each is given to every reader of its ending."""
    pickled = pickle.dumps(Canary())
    objects = written(lambda file: np.save(file, np.array([Canary(), None], dtype=object), allow_pickle=True))
    return {
        "empty": b"",
        "one byte": b"\x00",
        "a line break": b"\n",
        "a byte order mark": b"\xef\xbb\xbf",
        "zeros": bytes(4096),
        "0xff": b"\xff" * 4096,
        "a web page": HTML,
        "a web page after blank lines": b"\n\n   " + HTML,
        "JSON": b'{"error": "not found"}',
        "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
        "a pickle with code": pickled,
        "a pickle with code, protocol 0": pickle.dumps(Canary(), protocol=0),
        "a state dict with code": written(lambda file: torch.save({"a": Canary()}, file)),
        "objects with code in .npy": objects,
        "objects with code in .npz": written(lambda file: np.savez(file, a=np.array([Canary()], dtype=object))),
        "a header of a thousand terabytes": promises("(125000000000000,)"),
        "a header of more than there is": promises("(9223372036854775807, 9223372036854775807)"),
        "a header of a negative shape": promises("(-1, 3)"),
        "a header with code": promises("__import__('os').system('touch canary')"),
        "a header that nests": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
        "a header of objects": promises("(3,)", "|O"),
        "a zip of zeros": bomb("arr_0.npy", 2**25),
        "a zip with a path out of it": zipped({"../../escape.npy": promises("(0,)")}),
        "a zip with an absolute path": zipped({"/tmp/escape.npy": promises("(0,)")}),
        "a zip with one name twice": zipped({"a.npy": promises("(0,)")}, twice=True),
        "a zip without members": zipped({}),
        "a zip whose names are control characters": zipped({"\x1b[31m\x07.npy": promises("(0,)")}),
        "a safetensors header of an exabyte": (2**60).to_bytes(8, "little") + b"{}",
        "a safetensors tensor out of the file": _safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "a safetensors header that is no JSON": _safetensors("{{{{"),
        "a parquet file's marks alone": b"PAR1" + b"\x10\x00\x00\x00PAR1",
        "a gzip of zeros": gzip.compress(bytes(2**22), 9) * 17,
        "half of a gzip": gzip.compress(TEXT)[:20],
        "an image of 2^31 pixels a side": _png(2**31 - 1, 2**31 - 1),
        "an image that decompresses without end": _png(60_000, 60_000),
        "an image without pixels": _png(0, 0),
        "ragged rows": b"1,2,3\n4,5\n6,7,8,9\n",
        "NUL among numbers": b"1,2\x00,3\n4,5,6\n",
        "a number beyond floats": b"1,2\n1e999,3\n",
        "inf and nan as text": b"1,inf\nnan,3\n",
        "hexadecimal numbers": b"0x10,1\n2,3\n",
        "a line of a megabyte": b"1," * 500_000 + b"1\n",
        "a hundred thousand columns": b",".join([b"1"] * 100_000) + b"\n",
        "a quote that never ends": b'a,b\n"1,2\n3,4\n',
        "only names": b"a,b,c\n",
        "names given twice": b"a,a\n1,2\n3,4\n",
        "names that are markup": b"<script>alert(1)</script>,\"><img src=x onerror=alert(1)>\n1,2\n3,4\n",
        "names that are formulas": b"=cmd|' /C calc'!A0,@SUM(1)\n1,2\n3,4\n",
        "Latin-1": "größe,x\n1,2\n".encode("latin-1"),
        "UTF-16": "a,b\n1,2\n".encode("utf-16"),
        "MATLAB 7.3": b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(128) + b"\x89HDF\r\n\x1a\n" + bytes(100),
        "an archive tar": b"points.npy".ljust(100, b"\x00") + b"0000644\x00".ljust(412, b"\x00"),
        "a shell script": b"#!/bin/sh\ntouch canary\n",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(canary) (w) file closefile\nshowpage\n",
        "pixels that are no numbers": _tiff(np.nan),
        "endless pixels": _tiff(np.inf),
        "a MATLAB file of zeros": written(
            lambda file: savemat(file, {"a": np.zeros(2**22)}, do_compression=True)
        ),
        "a MATLAB file of cells": written(lambda file: savemat(file, {"a": np.array([[1], "b"], dtype=object)})),
        "a bz2 of zeros": bz2.compress(bytes(2**22)) * 17,
        "a zip packed by LZMA": zipped({"a.npy": promises("(0,)")}, packed=zipfile.ZIP_LZMA),
        "a zip with a link": zipped({"a.npy": b"/etc/passwd"}, link=True),
        "a zip that tells a small size": understated(),
        "JSON that nests": b"[" * 200_000,
        "a pickle that numbers an object high": b"\x80\x02]r\xff\xff\xff\x7f.",
        "a tar with a path out of it": tarred({"../../mv_0000001.txt": b"1:\n1,5,2005-01-01\n"}),
        "a tar with an absolute path": tarred({"/tmp/mv_0000001.txt": b"1:\n1,5,2005-01-01\n"}),
        "a tar with a link": tarred({"mv_0000001.txt": tarfile.SYMTYPE}),
        "a tar with a hard link": tarred({"mv_0000001.txt": tarfile.LNKTYPE}),
        "a tar with a device": tarred({"mv_0000001.txt": tarfile.CHRTYPE}),
        "a tar.gz of zeros": gzip.compress(tarred({"mv_0000001.txt": bytes(2**26)})),
        "a C++ terminator": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff",
    }  # fmt: skip


def zipped(members: dict, twice: bool = False, packed: int = zipfile.ZIP_STORED, link: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in [*members.items()] * (1 + twice):
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = packed, (stat.S_IFLNK | 0o777) << 16 if link else 0
            archive.writestr(info, content)
    return file.getvalue()


def understated() -> bytes:
    """A zip of zeros that promises a hundred of them."""
    packed = bomb("a.npy", 2**24)
    size = (2**24 + 128).to_bytes(4, "little")
    assert packed.count(size) == 2
    return packed.replace(size, (100).to_bytes(4, "little"))


def tarred(members: dict) -> bytes:
    """name -> bytes, or the type of a member that is no file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if len(content) == 1:
                info.type, info.linkname, content = content, "/etc/passwd", b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _tiff(value: float) -> bytes:
    pixels = np.zeros((4, 4), dtype=np.float32)
    pixels[1, 2] = value
    return written(lambda file: Image.fromarray(pixels).save(file, "tiff"))


def _safetensors(header: str) -> bytes:
    return len(header).to_bytes(8, "little") + header.encode()


class Hang(BaseException):
    """No answer within PATIENCE_S; nothing that catches errors catches it."""


def answer(reader, given, names) -> tuple[str, object]:
    """What is wrong with how a reader took a file, or "", and what it read; None when it refused.

    names: the texts of which a refusal must have one.
    """
    signal.alarm(PATIENCE_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "", plain(reader(given))
    except TdabenchError as error:
        said = str(error)
        return ("" if any(name in said for name in names) and len(said) > 30 else f"says only {said}"), None
    except Hang:
        return f"no answer in {PATIENCE_S} s", None
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}", None
    finally:
        signal.alarm(0)


def plain(value):
    """What was read, as something to be compared."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, torch.Tensor):
        return plain(value.numpy())
    if sparse.issparse(value):
        return [plain(part) for part in (value.data, value.indices, value.indptr)]
    if dataclasses.is_dataclass(value):
        return [plain(getattr(value, entry.name)) for entry in dataclasses.fields(value)]
    if isinstance(value, dict):
        return [(key, plain(entry)) for key, entry in value.items()]
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(entry) for entry in value]
    return repr(value)


@contextlib.contextmanager
def no_files(folder, name):
    """What: a path that has this name and is no regular file."""
    places = {kind: folder / f"{kind}-{name}" for kind in
              ("folder", "link to nothing", "link to itself", "nowhere", "pipe", "device", "socket")}  # fmt: skip
    places["folder"].mkdir()
    places["link to nothing"].symlink_to(folder / "gone")
    places["link to itself"].symlink_to(places["link to itself"])
    places["device"].symlink_to("/dev/zero")
    os.mkfifo(places["pipe"])
    here = os.getcwd()
    os.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(places["socket"].name)
        os.chdir(here)
        yield places

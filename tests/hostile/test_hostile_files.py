"""Every reader over files that are damaged, hostile, or of another kind: what they hold, or a tdabench error that says
what is wrong.

Good small files of each format are cut, overwritten and altered byte by byte; others are made to harm: pickles with
code, archives that unpack without end, headers that promise terabytes. What must never happen: another exception, a
hang, memory without bound, or anything in a file being run.
"""

import gzip
import io
import os
import pickle
import signal
import warnings
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save
from scipy.io import savemat

from tdabench.data import readers
from tdabench.data.tables import read_table
from tdabench.errors import TdabenchError
from tdabench.mapper.kept import read_kept
from tdabench.networks.checkpoints import read_weights

PATIENCE_S = 20
POINTS = np.random.default_rng(0).normal(size=(12, 3))
TABLE = pd.DataFrame({"a": POINTS[:, 0], "b": POINTS[:, 1], "kind": list("uvwuvwuvwuvw")})
WEIGHTS = {"features.0.weight": torch.from_numpy(np.random.default_rng(1).normal(size=(2, 1, 3, 3)).astype("float32"))}


def _bytes(write) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _npz(**arrays) -> bytes:
    return _bytes(lambda file: np.savez(file, **arrays))


TEXT = TABLE.drop(columns="kind").to_csv(index=False).encode()
SHAPE = "\n".join(",".join(map(str, row)) for row in POINTS).encode()
IMAGE = Image.fromarray(np.random.default_rng(2).integers(0, 256, (16, 16), dtype=np.uint8))
# Ending: (reader, a good file)
FORMATS = {
    "points.npy": (readers.points, _bytes(lambda file: np.save(file, POINTS))),
    "points.npz": (readers.points, _npz(points=POINTS)),
    "points.csv": (readers.points, TEXT.split(b"\n", 1)[1]),
    "points.txt": (readers.points, TEXT.split(b"\n", 1)[1].replace(b",", b" ")),
    "points.mat": (readers.points, _bytes(lambda file: savemat(file, {"points": POINTS}))),
    "table.csv": (read_table, TABLE.to_csv(index=False).encode()),
    "table.tsv": (read_table, TABLE.to_csv(index=False, sep="\t").encode()),
    "table.parquet": (read_table, _bytes(lambda file: TABLE.to_parquet(file))),
    "table.npz": (read_table, _npz(a=POINTS[:, 0], b=POINTS[:, 1])),
    "table.npy": (read_table, _bytes(lambda file: np.save(file, POINTS))),
    "image.png": (readers.image, _bytes(lambda file: IMAGE.save(file, "png"))),
    "image.jpg": (readers.image, _bytes(lambda file: IMAGE.save(file, "jpeg"))),
    "image.tif": (readers.image, _bytes(lambda file: IMAGE.save(file, "tiff"))),
    "still.iml": (readers.image, b"\x00\x01" * 100),
    "weights.pt": (read_weights, _bytes(lambda file: torch.save(WEIGHTS, file))),
    "weights.safetensors": (read_weights, save(WEIGHTS)),
    "weights.npz": (read_weights, _npz(**{name: value.numpy() for name, value in WEIGHTS.items()})),
    "kept.npz": (read_kept, _npz(points=POINTS)),
    "shape-reference.csv.gz": (lambda path: readers.vertices([path]), gzip.compress(SHAPE)),
}  # fmt: skip
HTML = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body><script>alert(1)</script></body></html>\n"


class Canary:
    """Unpickled, it leaves a file where CANARY points to."""

    def __reduce__(self):
        return os.system, ('touch "$CANARY"',)


def _bomb(name: str, size: int) -> bytes:
    """A zip whose one member unpacks to so many zeros, and says so."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        member.write(_promises(f"({size // 8},)"))
        for _ in range(size // 2**24):
            member.write(bytes(2**24))
    return file.getvalue()


def _promises(shape: str, descr: str = "<f8") -> bytes:
    """The header of a .npy of that shape, and nothing after it."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _png(width: int, height: int) -> bytes:
    good = bytearray(FORMATS["image.png"][1])
    good[16:24] = width.to_bytes(4) + height.to_bytes(4)
    return bytes(good)


@cache
def hostile() -> dict[str, bytes]:
    """Files made to harm or to confuse, by name; each is given to every reader of its ending."""
    pickled = pickle.dumps(Canary())
    objects = _bytes(lambda file: np.save(file, np.array([Canary(), None], dtype=object), allow_pickle=True))
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
        "a state dict with code": _bytes(lambda file: torch.save({"a": Canary()}, file)),
        "objects with code in .npy": objects,
        "objects with code in .npz": _bytes(lambda file: np.savez(file, a=np.array([Canary()], dtype=object))),
        "a header of a thousand terabytes": _promises("(125000000000000,)"),
        "a header of more than there is": _promises("(9223372036854775807, 9223372036854775807)"),
        "a header of a negative shape": _promises("(-1, 3)"),
        "a header with code": _promises("__import__('os').system('touch canary')"),
        "a header that nests": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
        "a header of objects": _promises("(3,)", "|O"),
        "a zip of zeros": _bomb("arr_0.npy", 2**28),
        "a zip with a path out of it": _zip({"../../escape.npy": _promises("(0,)")}),
        "a zip with an absolute path": _zip({"/tmp/escape.npy": _promises("(0,)")}),
        "a zip with one name twice": _zip({"a.npy": _promises("(0,)")}, twice=True),
        "a zip without members": _zip({}),
        "a zip whose names are control characters": _zip({"\x1b[31m\x07.npy": _promises("(0,)")}),
        "a safetensors header of an exabyte": (2**60).to_bytes(8, "little") + b"{}",
        "a safetensors tensor out of the file": _safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
        "a safetensors header that is no JSON": _safetensors("{{{{"),
        "a parquet file's marks alone": b"PAR1" + b"\x10\x00\x00\x00PAR1",
        "a gzip of zeros": gzip.compress(bytes(2**28 + 2**20)),
        "half of a gzip": gzip.compress(TEXT)[:20],
        "an image of 2^31 pixels a side": _png(2**31 - 1, 2**31 - 1),
        "an image that decompresses without end": _png(60_000, 60_000),
        "an image without pixels": _png(0, 0),
        "ragged rows": b"1,2,3\n4,5\n6,7,8,9\n",
        "NUL among numbers": b"1,2\x00,3\n4,5,6\n",
        "a number beyond floats": b"1,2\n1e999,3\n",
        "inf and nan as text": b"1,inf\nnan,3\n",
        "hexadecimal numbers": b"0x10,1\n2,3\n",
        "a line of ten megabytes": b"1," * 5_000_000 + b"1\n",
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
        "a C++ terminator": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff",
    }  # fmt: skip


def _zip(members: dict, twice: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in [*members.items()] * (1 + twice):
            archive.writestr(name, content)
    return file.getvalue()


def _safetensors(header: str) -> bytes:
    return len(header).to_bytes(8, "little") + header.encode()


@pytest.fixture(autouse=True)
def guarded(monkeypatch, tmp_path):
    """Nothing hangs, and nothing in a file is run."""
    monkeypatch.chdir(tmp_path)
    canary = tmp_path / "canary"
    monkeypatch.setenv("CANARY", str(canary))

    def too_long(*_):
        raise AssertionError(f"no answer in {PATIENCE_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert not canary.exists()


def fault(reader, path) -> str:
    """What is wrong with how a reader took a file, or ""."""
    signal.alarm(PATIENCE_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader(path)
    except TdabenchError as error:
        named = path.name in str(error) or "column" in str(error)
        return "" if named and len(str(error)) > 30 else f"says only {error}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    finally:
        signal.alarm(0)
    return ""


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_file_is_read(tmp_path, name):
    if name in ("still.iml", "kept.npz"):
        pytest.skip("its good form is another test's")
    reader, content = FORMATS[name]
    (tmp_path / name).write_bytes(content)
    assert fault(reader, tmp_path / name) == ""
    reader(tmp_path / name)


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_files_are_refused_or_read(tmp_path, name):
    reader, _ = FORMATS[name]
    faults = {}
    for number, (what, content) in enumerate(hostile().items()):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(content)
        if said := fault(reader, path):
            faults[what] = said
        path.unlink()
    assert faults == {}


@pytest.mark.parametrize("name", FORMATS)
def test_every_way_to_cut_a_file_is_noticed_or_harmless(tmp_path, name):
    reader, content = FORMATS[name]
    faults = {}
    for length in sorted({*range(0, len(content), max(1, len(content) // 40)), len(content) - 1}):
        path = tmp_path / name
        path.write_bytes(content[:length])
        if said := fault(reader, path):
            faults[length] = said
    assert faults == {}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(data=st.data())
def test_altered_bytes_are_noticed_or_harmless(tmp_path_factory, name, data):
    reader, content = FORMATS[name]
    altered = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        altered[data.draw(st.integers(0, len(altered) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / f"altered-{name}"
    path.write_bytes(bytes(altered))
    assert fault(reader, path) == ""


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_no_file_is_refused(tmp_path, name):
    reader, _ = FORMATS[name]
    faults = {}
    places = {kind: tmp_path / f"{kind}-{name}" for kind in ("folder", "link to nothing", "link to itself", "nowhere")}
    places["folder"].mkdir()
    places["link to nothing"].symlink_to(tmp_path / "gone")
    places["link to itself"].symlink_to(places["link to itself"])
    for kind, path in places.items():
        if said := fault(reader, path):
            faults[kind] = said
    assert faults == {}

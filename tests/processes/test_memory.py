"""Memory that does not suffice: one sentence, never a damaged file, a traceback or a killed process."""

import errno
import resource
import subprocess
import sys

import numpy as np
import pyarrow
import pytest
import torch
from PIL import Image
from pyarrow import parquet
from safetensors.torch import save_file

from tdabench.data import labelled_images, readers
from tdabench.data.files import readable, unpacked
from tdabench.data.preprocess import numeric_matrix
from tdabench.data.tables import Table, read_table
from tdabench.errors import BadInput
from tdabench.mapper.saved import read_kept
from tdabench.networks.foreign_weights import read_weights
from tdabench.processes import memory
from tdabench.processes.memory import OutOfMemory, Room, ran_out, share_of_machine

MIB = 2**20
LACKS = {
    "Python's": MemoryError(),
    "NumPy's": np._core._exceptions._ArrayMemoryError((3,), np.dtype(float)),
    "Arrow's": pyarrow.ArrowMemoryError("malloc of size 64 failed"),
    "the system's": OSError(errno.ENOMEM, "Cannot allocate memory"),
    "torch's": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    "pandas's": ValueError("Error tokenizing data. C error: out of memory"),
    "the C++ library's": RuntimeError("std::bad_alloc"),
}
TENSOR = torch.zeros(2, 2, 3, 3)


def few_values(path, rows, text):
    """A column of so many rows that repeats two values: a few kB on the disk."""
    values = pyarrow.array(np.resize(["one of two values", "another of them"] if text else [0.0, 1.0], rows // 10))
    with parquet.ParquetWriter(path, pyarrow.schema({"a": values.type}), compression="zstd") as file:
        for _ in range(10):
            file.write_table(pyarrow.table({"a": values}))
    return str(path)


def under(limit_mib, lines):
    """What these lines print in a process that may hold so much."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({limit_mib * MIB}, {limit_mib * MIB}))\n"
    return subprocess.run([sys.executable, "-c", limit + lines], capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("whose", LACKS)
def test_lack_of_memory_is_no_damage(tmp_path, whose):
    with pytest.raises(OutOfMemory, match="more memory than is left of the limit of .* GiB.*memory_gib") as refusal:
        with readable(tmp_path / "file", "image"):
            raise LACKS[whose]
    assert "altered" not in str(refusal.value) and str(tmp_path / "file") in str(refusal.value)


def test_other_errors_are_none_of_memory():
    assert not any(map(ran_out, (ValueError("not a number"), OSError(errno.EIO, "I/O"), BadInput("not enough memory"))))
    assert ran_out(OutOfMemory())


@pytest.mark.parametrize("text", [True, False])
def test_a_sound_file_that_is_small_on_the_disk_only(tmp_path, text):
    path = few_values(tmp_path / "table.parquet", 20_000_000, text)
    told = under(600, f"""
from tdabench.data.tables import read_table
try: read_table({path!r})
except ValueError as error: print(error)
""")
    assert f"would take about {2.8 if text else 0.6} GiB" in told and "limit of 0.6 GiB" in told
    assert "limits.memory_gib=" in told and "a sample of its rows, or fewer columns" in told


@pytest.mark.parametrize("text", [True, False])
def test_an_estimate_that_was_too_low(tmp_path, text):
    """What no estimate foresees ends in the same sentence, while Arrow and pandas work."""
    path = few_values(tmp_path / "table.parquet", 20_000_000, text)
    told = under(400, f"""
from tdabench.data import table_memory, tables
table_memory.KINDS, table_memory.TEXT, table_memory.TEXT_BYTE, table_memory.NUMBER = {{}}, 0, 0, 0
try: tables.read_table({path!r})
except ValueError as error: print(type(error).__name__, error)
""")
    assert told.startswith("OutOfMemory") and "more memory than is left of the limit of 0.4 GiB" in told
    assert "limits.memory_gib=" in told


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [
        ([1.5] * 1000, 24, 40),
        (["a text of 17 char"] * 1000, 120, 180),
        (["x" * 100] * 1000, 300, 400),
        (["x" * 5, "y" * 195] * 500, 300, 400),
        (pyarrow.array(["a text of 17 char"] * 1000).dictionary_encode(), 30, 60),
    ],
)
def test_cells_are_estimated_by_what_they_take(tmp_path, monkeypatch, column, least, most):
    needs = []
    monkeypatch.setattr(Room, "takes", lambda room, need: needs.append(need / 1000))
    parquet.write_table(pyarrow.table({"a": column}), tmp_path / "table.parquet")
    read_table(tmp_path / "table.parquet")
    assert least <= needs[0] <= most


def test_a_text_file_is_estimated_by_its_cells(tmp_path, monkeypatch):
    needs = []
    monkeypatch.setattr(Room, "takes", lambda room, need: needs.append(need / 1000))
    (tmp_path / "numbers.csv").write_text("a\n" + "1\n" * 1000)
    (tmp_path / "texts.csv").write_text("a\n" + "a text of 17 char\n" * 1000)
    for name in ("numbers", "texts"):
        read_table(tmp_path / f"{name}.csv")
    assert 30 <= needs[0] <= 50 and 120 <= needs[1] <= 180  # of 2 and 18 bytes in the file


@pytest.fixture
def full(monkeypatch):
    """A process that may hold 1 MiB more."""
    monkeypatch.setattr(memory, "limit_and_left", lambda: (2**30, MIB))


def written(folder, name):
    path = folder / name
    if name.endswith(".npy"):
        np.save(path, np.zeros((2**18, 2)))
    elif name.endswith(".npz"):
        np.savez_compressed(path, a=np.zeros((2**18, 2)))
    elif name.endswith(".csv"):
        path.write_text("1,2\n" * 2**17)
    elif name.endswith(".png"):
        Image.new("L", (1000, 1000)).save(path)
    elif name.endswith(".pt"):
        torch.save({"a": torch.zeros(2**20)}, path)
    else:
        save_file({"a": torch.zeros(2**20)}, path)
    return path


@pytest.mark.parametrize(
    ("reader", "name"),
    [(readers.points, "points.npy"), (readers.points, "points.npz"), (readers.points, "points.csv"),
     (readers.image, "image.png"), (read_weights, "net.pt"), (read_weights, "net.safetensors"),
     (read_weights, "net.npz"), (read_kept, "kept.npz"),
     (lambda path: labelled_images.training_images([path]), "x.npz")],
)  # fmt: skip
def test_every_reader_estimates_before_it_reads(tmp_path, full, reader, name):
    path = written(tmp_path, name)
    with pytest.raises(OutOfMemory, match="would take about .*B of memory, and 1 MiB are left of the limit of 1.0 GiB"):
        reader(path)


@pytest.mark.parametrize(
    ("reader", "name", "where"),
    [(readers.points, "points.csv", "numpy.loadtxt"), (readers.image, "image.png", "numpy.isfinite"),
     (read_table, "table.npy", "tdabench.data.tables._column"), (read_weights, "net.pt", "torch.load"),
     (read_table, "table.csv", "pandas.read_csv"), (readers.points, "points.npy", "tdabench.data.readers.as_points"),
     (lambda path: unpacked(path, "list", 99), "net.gz", "gzip.GzipFile")],
)  # fmt: skip
def test_memory_that_ends_within_a_reader(tmp_path, monkeypatch, reader, name, where):
    def fail(*_, **__):
        raise MemoryError("Unable to allocate 9.9 GiB")

    path = written(tmp_path, name)
    if name == "table.csv":
        path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(where, fail)
    with pytest.raises(OutOfMemory, match=f"{name}: reading it takes more memory .*Unable to allocate 9.9 GiB"):
        reader(path)


def test_a_matrix_of_numbers_that_is_too_large(full):
    table = Table({"a": np.arange(20_000.0), "b": np.ones(20_000)})
    with pytest.raises(OutOfMemory, match="20000 rows and 2 columns: making .* would take about 1.53 MiB"):
        numeric_matrix(table)


# The two verbs, and a job


def test_a_verb_gives_its_limit_back():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(OutOfMemory, match="mine: .*take a machine with more"), share_of_machine("mine"):
        assert 0 < resource.getrlimit(resource.RLIMIT_DATA)[0] <= memory.memory_limit(None)
        raise MemoryError
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    with pytest.raises(OutOfMemory, match="limits.memory_gib"), Room("mine"):
        raise MemoryError


@pytest.mark.parametrize("verb", ["explore", "estimate"])
def test_the_verbs_read_in_the_memory_of_a_job(tdabench, tmp_path, monkeypatch, verb):
    path = tmp_path / "table.npy"
    np.save(path, np.zeros((2**22, 2)))
    held = memory.psutil.Process().memory_info().data
    monkeypatch.setattr(memory, "memory_limit", lambda _: held + 40 * MIB)
    code, _, told = tdabench(verb, str(path))
    assert code == 2 and "would take about" in told and "take a machine with more" in told


def test_a_job_says_what_was_too_large(reproduction, run, tmp_path):
    path = few_values(tmp_path / "table.parquet", 20_000_000, True)
    body = f"from tdabench.data.tables import read_table\nread_table({path!r})"
    found = run(reproduction(body, limits={"memory_gib": 1, "time_s": 60}))
    assert found.status == "failed" and "would take about 2.8 GiB" in found.reason
    assert "of the limit of 1.0 GiB" in found.reason and "limits.memory_gib=" in found.reason

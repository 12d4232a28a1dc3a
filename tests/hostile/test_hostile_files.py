"""Every reader over files that are damaged, hostile, or of another kind: what they hold, or a tdabench error that says
what is wrong.

Good small files of each format are cut, overwritten and altered byte by byte; others are made to harm: pickles with
code, archives that unpack without end, headers that promise terabytes. What must never happen: another exception, a
hang, memory without bound, or anything in a file being run.
"""

import pytest
from hostile.files import GOOD, answer, hostile, no_files
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.data import readers
from tdabench.data.tables import read_table
from tdabench.mapper.saved import read_kept
from tdabench.networks.foreign_weights import read_weights

pytestmark = pytest.mark.usefixtures("guarded")
READERS = {
    "points": readers.points, "table": read_table, "image": readers.image, "still": readers.image,
    "weights": read_weights, "kept": read_kept, "shape-reference": lambda path: readers.vertices([path]),
}  # fmt: skip
FORMATS = {name: (READERS[name.split(".")[0]], content) for name, content in GOOD.items()}
SEALED = [
    name for name in FORMATS if name.endswith((".npz", ".pt", ".gz", ".png"))
]  # their checksums cover all numbers


def fault(reader, path) -> str:
    return answer(reader, path, (path.name, "column"))[0]


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


@pytest.mark.parametrize("name", [*SEALED, "points.mat"])
def test_an_altered_byte_is_never_read_as_another_number(tmp_path, name):
    reader, content = FORMATS[name]
    path = tmp_path / name
    path.write_bytes(content)
    good = answer(reader, path, (name,))
    for place in range(0, len(content), 1 + len(content) // 600):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        found = answer(reader, path, (name,))
        assert found in (good, ("", None)) or (name not in SEALED and not found[0]), f"byte {place}: {found[0]}"


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_no_file_is_refused(tmp_path, name):
    reader, _ = FORMATS[name]
    with no_files(tmp_path, name) as places:
        assert {kind: answer(reader, path, (path.name,)) for kind, path in places.items()} == dict.fromkeys(
            places, ("", None)
        )

"""The arrows between the rooms of the house go one way. `python tests/floors.py` draws them."""

import subprocess

import floors
import pytest

from tdabench import paths

MATHEMATICS = ("topology", "patches", "mapper", "networks", "embedding")
# Room -> those that it must not know, whatever the floors happen to be.
FORBIDDEN = {
    **dict.fromkeys(MATHEMATICS, {"claims", "record", "jobs", "report", "explorer", "cli", "reproductions"}),
    "data": {*MATHEMATICS, "claims", "record", "jobs", "report", "explorer", "cli", "reproductions"},
    "processes": {*MATHEMATICS, "data", "claims", "record", "jobs", "report", "explorer", "cli", "reproductions"},
    "claims": {*MATHEMATICS, "data", "record", "jobs", "report", "explorer", "cli", "reproductions"},
    "record": {*MATHEMATICS, "jobs", "report", "explorer", "cli", "reproductions"},
    "jobs": {*MATHEMATICS, "report", "explorer", "cli", "reproductions"},
    "report": {*MATHEMATICS, "jobs", "explorer", "cli", "reproductions"},
    "explorer": {*MATHEMATICS, "claims", "record", "jobs", "report", "cli", "reproductions"},
    "cli": {"reproductions"},
    "reproductions": {"record", "report", "explorer", "cli"},
}
LONGEST = 400  # lines of a file that somebody reads; a table of data may be longer
TABLES = ("tdabench/data/sets/", "tests/hostile/")


@pytest.fixture(scope="module")
def arrows():
    return floors.room_arrows()


def test_no_circle_ties_rooms_or_modules(arrows):
    assert floors.circles(arrows) == [] and floors.circles(floors.module_arrows()) == []


@pytest.mark.parametrize("room", FORBIDDEN)
def test_arrows_point_one_way(arrows, room):
    assert arrows[room] & FORBIDDEN[room] == set()


@pytest.mark.parametrize("room", [*MATHEMATICS, "data", "processes"])
def test_mathematics_and_data_know_neither_hydra_nor_mlflow(room):
    files = [file for name, file in floors.modules().items() if floors.room(name) == room]
    libraries = {name.split(".")[0] for file in files for name in floors.imports(file) if name}
    assert files and libraries & {"hydra", "omegaconf", "mlflow"} == set()


def test_a_circle_and_the_floors_are_found():
    assert floors.circles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == [["a", "b", "c", "a"]]
    assert floors.floors({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": 3, "b": 2, "c": 1}


def test_a_file_can_be_read_in_one_sitting():
    listed = subprocess.run(["git", "-C", paths.ROOT, "ls-files", "tdabench", "reproductions"], capture_output=True,
                            text=True, check=True).stdout.split()  # fmt: skip
    code = [name for name in listed if name.endswith((".py", ".js")) and not name.startswith(TABLES)]
    lengths = {name: len((paths.ROOT / name).read_text("utf-8").splitlines()) for name in code}
    assert code and {name: length for name, length in lengths.items() if length > LONGEST} == {}

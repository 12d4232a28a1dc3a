"""The same measurements bit for bit, whatever the hash seed of the process, but for what a page's bands call free.

Every reproduction runs small, on stand-ins (test_small_runs.py), in two processes; benchmarks/determinism.py
compares runs of the quick profile on the real data.
"""

import json
import os
import re
import subprocess
import sys

import pytest
from test_small_runs import NAMES, measured, outcome

from tdabench import paths
from tdabench.claims import pages, tolerance
from tdabench.record import compare

TIMED = re.compile(r"seconds|\bms\b|[MG]iB|^to |of standard")  # columns of times, of memory, and of their ratios
QUICK_ONES = "shapes or singh or python_mapper or own_points"


def started(folder, chosen, seed):
    """A process that runs the chosen reproductions with a hash seed of its own."""
    folder.mkdir()
    words = ["tests/reproductions/test_small_runs.py", "-k", f"survive_json and ({chosen})", "-n", "0"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words], cwd=paths.ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "TDABENCH_SMALL_RUNS": str(folder)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def outcomes(process, folder):
    """Name -> what was measured, once the process has ended."""
    said = process.communicate()[0]
    assert process.returncode == 0, said[-2000:]
    return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


def differing(name, first, second):
    """Measurements, raw output and tables that are not the same, and that no band calls free."""
    listed = pages.bands(name)
    found = []
    for measurement in first["measurements"].keys() | second["measurements"].keys():
        one, other = (run["measurements"].get(measurement) for run in (first, second))
        for place, before, now in compare.leaves(measurement, one, other):
            if before != now and tolerance.band_of(place, listed).kind != tolerance.FREE:
                found.append(f"{place}: {before} and {now}")
    if any(entry["of"] == "*" for entry in listed):  # all of it is seconds
        return found
    found += [f"raw {file}" for file in first["raw"] if first["raw"][file] != second["raw"].get(file)]
    tables = [{table: untimed(rows) for table, rows in run["tables"].items()} for run in (first, second)]
    return found + [f"table {name}" for name in tables[0] if tables[0][name] != tables[1].get(name)]


def untimed(rows):
    return [{head: value for head, value in row.items() if not TIMED.search(head)} for row in rows]


@pytest.fixture(scope="module")  # before reference/ is hidden from the test: an engine is chosen by it
def both_runs(tmp_path_factory):
    """Name -> what was measured, of this process after whatever tests it has run, and of another."""
    folder = tmp_path_factory.mktemp("runs")
    other = started(folder / "other", QUICK_ONES, "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1")
    first = {}
    for name in (name for name in NAMES if re.search(QUICK_ONES.replace(" or ", "|"), name)):
        (folder / name).mkdir()
        _, measurements = measured(name, folder / name)
        first[name] = json.loads(json.dumps(outcome(measurements, folder / name)))
    return first, outcomes(other, folder / "other")


def test_the_quickest_reproductions_measure_the_same_twice(both_runs):
    first, second = both_runs
    assert len(first) >= 6 and first.keys() == second.keys()
    assert {name: differing(name, first[name], second[name]) for name in first} == dict.fromkeys(first, [])


@pytest.mark.slow
def test_every_reproduction_measures_the_same_twice(tmp_path):
    processes = [started(tmp_path / seed, "e or a", seed) for seed in "12"]
    first, second = (outcomes(process, tmp_path / seed) for seed, process in zip("12", processes, strict=True))
    assert first.keys() == second.keys() == {entry.name for entry in pages.reproductions()}
    assert {name: differing(name, first[name], second[name]) for name in first} == dict.fromkeys(first, [])

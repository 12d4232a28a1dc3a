"""The same measurements bit for bit, whatever the hash seed of the process, but for what a page's bands call free.

Every reproduction runs small, on stand-ins, in two processes at once (test_small_runs.py); benchmarks/determinism.py
compares runs of the quick profile on the real data.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from tdabench import bands, check, paths, registry

TIMED = re.compile(r"seconds|\bms\b|[MG]iB|^to |of standard")  # columns of times, of memory, and of their ratios
QUICK_ONES = "shapes or singh or python_mapper or own_points"


def both_runs(folder, chosen):
    """Name -> what was measured, of two processes with different hash seeds."""
    started = []
    for seed in ("1", "2"):
        (folder / seed).mkdir()
        words = ["tests/reproductions/test_small_runs.py", "-k", f"survive_json and ({chosen})"]
        own = os.environ | {"PYTHONHASHSEED": seed, "TDABENCH_SMALL_RUNS": str(folder / seed), "OMP_NUM_THREADS": "1"}
        started.append(subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *words], cwd=paths.ROOT, env=own,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ))  # fmt: skip
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said[0][-2000:]
    return [{path.stem: json.loads(path.read_text()) for path in (folder / seed).iterdir()} for seed in ("1", "2")]


def differing(name, first, second):
    """Measurements, raw output and tables that are not the same, and that no band calls free."""
    listed = registry.bands(name)
    found = []
    for measurement in first["measurements"].keys() | second["measurements"].keys():
        one, other = (run["measurements"].get(measurement) for run in (first, second))
        for place, before, now in check.leaves(measurement, one, other):
            if before != now and bands.band_of(place, listed).kind != bands.FREE:
                found.append(f"{place}: {before} and {now}")
    if any(entry["of"] == "*" for entry in listed):  # all of it is seconds
        return found
    found += [f"raw {file}" for file in first["raw"] if first["raw"][file] != second["raw"].get(file)]
    tables = [{table: untimed(rows) for table, rows in run["tables"].items()} for run in (first, second)]
    return found + [f"table {name}" for name in tables[0] if tables[0][name] != tables[1].get(name)]


def untimed(rows):
    return [{head: value for head, value in row.items() if not TIMED.search(head)} for row in rows]


def test_the_quickest_reproductions_measure_the_same_twice(tmp_path):
    first, second = both_runs(tmp_path, QUICK_ONES)
    assert len(first) >= 6 and first.keys() == second.keys()
    assert {name: differing(name, first[name], second[name]) for name in first} == dict.fromkeys(first, [])


@pytest.mark.slow
def test_every_reproduction_measures_the_same_twice(tmp_path):
    first, second = both_runs(tmp_path, "e or a")
    assert first.keys() == second.keys() == {entry.name for entry in registry.reproductions()}
    assert {name: differing(name, first[name], second[name]) for name in first} == dict.fromkeys(first, [])

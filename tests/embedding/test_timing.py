"""One embedding in a process of its own: its limits, its failures as measurements, its threads, its memory."""

import json
from pathlib import Path

import numpy as np
import pytest

from tdabench.embedding.timing import measure
from tdabench.processes import timing
from tdabench.processes.limits import THREADS
from tdabench.processes.timing import ERROR, MEMORY, TIME, Timing, WorkLimits

# On more points than WARM_UP it does as it is told; on so few it takes 400 MiB for a moment, which are not to count.
OWN = '''
"""A test's own. Nobody 1900."""

import json, os, time
import numpy as np
from threadpoolctl import threadpool_info
from tdabench.embedding.embedded import Embedded
from tdabench.processes.limits import THREADS

TITLE = "own"
WARM_UP = 5
calls = []


def embed(points, dimensions, neighbours, seed, do=None, mib=0):
    calls.append(len(points))
    if len(points) == WARM_UP:
        np.ones(400 * 2**17)
        raise ValueError("a warm-up may fail")
    if do == "sleep":
        time.sleep(60)
    if do == "raise":
        raise ZeroDivisionError("no " * 200)
    if do == "abort":
        os.write(2, b"first line\\nthe engine gave up\\n")
        os.abort()
    held = np.ones(mib * 2**17)
    threads = [pool["num_threads"] for pool in threadpool_info()]
    told = {"calls": calls, "asked": [dimensions, neighbours, seed], "held": len(held), "threads": threads,
            "environment": [os.environ.get(pool) for pool in THREADS]}
    return Embedded(2 * points, stages={"thinking": 0.5}, note=json.dumps(told))
'''


@pytest.fixture
def own(drop, tmp_path):
    """own(limits, **options): what came of it on 20 points, and of what is written where."""
    drop("own", OWN)
    np.save(tmp_path / "points.npy", np.arange(40.0).reshape(20, 2))

    def run(limits, **options):
        return measure(tmp_path / "points.npy", "own", options, 2, 3, 7, limits, tmp_path / "embedded.npz")

    return run


def test_what_is_measured_and_what_is_not(own, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # what the parent has does not matter
    found, embedded = own(WorkLimits(threads=1, memory_gib=4), mib=100)
    assert (found.kind, found.reason, found.stages) == ("", "", {"thinking": 0.5})
    assert found.wall_s > 0 and found.cpu_s > 0
    told = json.loads(embedded.note)
    assert told["calls"] == [5, 20]  # the warm-up, though it failed, and once by the clock
    assert told["asked"] == [2, 3, 7]
    assert set(told["environment"]) == {"1"} and "OMP_NUM_THREADS" in THREADS and set(told["threads"]) == {1}
    assert np.array_equal(embedded.coordinates, 2 * np.arange(40.0).reshape(20, 2))
    assert (tmp_path / "embedded.npz").exists()
    assert found.rise_mib >= 95 and found.peak_mib > found.rise_mib  # 100, of which freed pages may hold a little
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("this system cannot forget a peak, so that the warm-up's counts")
    assert found.rise_mib < 300


@pytest.mark.parametrize(
    ("limits", "options", "kind", "reason"),
    [
        (WorkLimits(time_s=0.3), {"do": "sleep"}, TIME, "over 0.3 s"),
        (WorkLimits(memory_gib=1), {"mib": 2048}, MEMORY, "out of memory: more than 1.0 GiB"),
        (WorkLimits(), {"do": "abort"}, ERROR, "its process ended with code -6: the engine gave up"),
    ],
)
def test_a_failure_is_a_measurement_with_its_reason(own, tmp_path, limits, options, kind, reason):
    assert own(limits, **options) == (Timing(kind=kind, reason=reason), None)
    assert not (tmp_path / "embedded.npz").exists()


def test_an_exception_is_told_in_short(own):
    found, embedded = own(WorkLimits(), do="raise")
    assert (found.kind, embedded, found.wall_s) == (ERROR, None, 0)
    assert found.reason.startswith("ZeroDivisionError: no no") and found.reason.endswith(" ...")
    assert len(found.reason) <= 160


def test_what_never_begins_is_cut_too(own, monkeypatch):
    monkeypatch.setattr(timing, "SETUP_S", 0.01)
    found, embedded = own(WorkLimits())
    assert found == Timing(kind=TIME, reason="not ready after 0.01 s of imports and warm-up") and embedded is None

"""Kill -9 at random moments: afterwards the results are those of an undisturbed suite, and nothing else is left.

A suite of small throw-away reproductions, two at a time, is run in a temporary folder and killed: the whole of it, or
the suite alone without its workers, or a worker alone; then it is started again, until it has ended by itself. That is
a round, and rounds go on until there have been so many kills. After each round:

- the rows are those of an undisturbed suite, and every job is finished once;
- the database is sound, no run is open, and each run has its artefacts and no other folder has any;
- no scratch folder, temporary file or process is left.

Then two suites are started at once on one record, with the same checks. Moments are seeded; what a machine is doing
then is not, so that two runs of this script kill at the same times and not at the same places.

    python benchmarks/interruptions.py [--kills 50] [--seed 0]
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
DRIVER = """
import sys
from pathlib import Path
from tdabench import cli, paths
place = Path(sys.argv.pop(1))
paths.CONF, paths.REPRODUCTIONS, paths.REFERENCE = place / "conf", place / "reproductions", place / "reference"
sys.exit(cli.main())
"""
BODY = """
import subprocess, sys, tempfile, time
import numpy as np

def measure(config, bench):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep({rest})"])
    with tempfile.NamedTemporaryFile() as file:
        points = np.random.default_rng({number}).normal(size=(1000, 3))
        bench.keep("points", points=points)
        bench.table("means", "Means", [{{"mean": float(points.mean())}}])
        child.wait()
    return {{"number": float(np.abs(points).sum()), "{number}": {number}}}
"""
CLAIM = {"says": "A number", "source": "nowhere", "evidence": "own check", "published": 2400, "measurement": "number",
         "test": "equals", "margin": {"within": 100}, "why": "a guess"}  # fmt: skip
JOBS = 5


def make_suite(place: Path) -> None:
    """conf/ and reproductions/ of JOBS throw-away reproductions, and a copy of the library: who edits that meanwhile
    changes the fingerprint of every job."""
    shutil.copytree(ROOT / "tdabench", place / "tdabench", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("conf/reproduction", "conf/profile", "reproductions"):
        (place / folder).mkdir(parents=True)
    (place / "conf" / "config.yaml").write_text((ROOT / "conf" / "config.yaml").read_text())
    (place / "conf" / "profile" / "quick.yaml").write_text("name: quick\nseeds: 1\n")
    (place / "reproductions" / "__init__.py").touch()
    for number in range(JOBS):
        page = {"name": f"job{number}", "title": "A job", "source": "nowhere", "seeds": 1,
                "claims": [CLAIM | {"id": f"J{number}"}]}  # fmt: skip
        (place / "conf" / "reproduction" / f"job{number}.yaml").write_text(f"# @package _global_\n{json.dumps(page)}\n")
        body = BODY.format(number=number, rest=0.1 * number)
        (place / "reproductions" / f"job{number}.py").write_text(body)


def start(place: Path, record: Path) -> subprocess.Popen:
    record.mkdir(exist_ok=True)
    (record / "tmp").mkdir(exist_ok=True)
    own = {"MLFLOW_TRACKING_URI": f"sqlite:///{record / 'mlflow.db'}", "TMPDIR": str(record / "tmp")}
    own |= {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-c", DRIVER, str(place), "run", "-m", "reproduction=glob(*)", "jobs=2"]
    with open(record / "log.txt", "ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | own, start_new_session=True)


def kill(suite: subprocess.Popen, what: str) -> bool:
    """Kill `what` of a suite; whether there was anything to kill."""
    try:
        started = psutil.Process(suite.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return False
    workers = [process for process in started if "tdabench.jobs.worker" in " ".join(_words(process))]
    aims = {"all": [suite, *started], "suite": [suite], "worker": workers}[what]
    for aim in aims:
        try:
            aim.send_signal(signal.SIGKILL)
        except psutil.Error:
            pass
    return bool(aims)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def results(record: Path) -> list:
    """Name, measurements and verdict of every finished job, in order of their names."""
    from tdabench.record.runs import Record

    jobs = [job for job in Record(record).jobs() if job.status == "finished"]
    told = [(job.name, job.measurements, [row.verdict for row in job.rows]) for job in jobs]
    return sorted(told, key=lambda job: job[0])


def faults(record: Path, expected: list) -> list[str]:
    """What is not as it must be when a suite has ended."""
    found = []
    if (now := results(record)) != expected:
        names = Counter(job[0] for job in now)
        times = ", ".join(f"{name} {names[name]} times" for name, *_ in expected if names[name] != 1)
        found.append(f"the results differ: {times or 'other numbers'}")
    with sqlite3.connect(record / "mlflow.db") as database:
        if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            found.append("the database is damaged")
        runs = database.execute("select run_uuid, status, lifecycle_stage from runs").fetchall()
        suites = {run for (run,) in database.execute("select run_uuid from tags where key = 'tdabench.suite'")}
    if any(status == "RUNNING" for _, status, stage in runs if stage == "active"):
        found.append("a run is open")
    whole = {run for run, _, stage in runs if stage == "active"} - suites
    if whole != {folder.name for folder in (record / "artifacts").iterdir()}:
        found.append("runs and their artefacts differ")
    for folder in ("work", "tmp"):
        left = [path.name for path in (record / folder).iterdir()]
        if left:
            found.append(f"{folder}: {', '.join(left)} left")
    if left := [process.pid for process in psutil.process_iter() if str(record) in " ".join(_words(process))]:
        found.append(f"processes {left} are left")
    return found


def killed_round(place: Path, record: Path, moments: random.Random, longest: float, most: int) -> Counter:
    """Start and kill until a suite has ended well. RuntimeError when it never does."""
    kills: Counter = Counter()
    for _ in range(10 * most + 10):
        suite = start(place, record)
        if kills.total() < most:
            try:
                suite.wait(moments.uniform(0, longest))
            except subprocess.TimeoutExpired:
                what = moments.choice(["all", "all", "suite", "worker"])
                kills[what] += kill(suite, what)
        if suite.wait() == 0:
            return kills
    raise RuntimeError(f"the suite ends well no more: {(record / 'log.txt').read_text()[-1000:]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    moments = random.Random(asked.seed)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="tdabench-interruptions-") as scratch:
        place = Path(scratch)
        make_suite(place)
        began = time.monotonic()
        if start(place, place / "undisturbed").wait():
            print((place / "undisturbed" / "log.txt").read_text())
            return 1
        longest = time.monotonic() - began
        expected = results(place / "undisturbed")
        assert len(expected) == JOBS
        bad += len(found := faults(place / "undisturbed", expected))
        print(f"undisturbed: {JOBS} jobs in {longest:.1f} s; {'; '.join(found) or 'nothing wrong'}", flush=True)
        kills, rounds = Counter(), 0
        while kills.total() < asked.kills:
            rounds += 1
            record = place / f"round{rounds}"
            mine = killed_round(place, record, moments, longest, min(8, asked.kills - kills.total()))
            kills += mine
            time.sleep(1)  # what must end with its parent does so now
            bad += len(found := faults(record, expected))
            if found:
                print((record / "log.txt").read_text())
            told = ", ".join(f"{count} of {what}" for what, count in sorted(mine.items())) or "none"
            print(f"round {rounds}: kills: {told}; {'; '.join(found) or 'nothing wrong'}", flush=True)
        twins = [start(place, place / "twins") for _ in range(2)]
        bad += sum(twin.wait() != 0 for twin in twins)
        bad += len(found := faults(place / "twins", expected))
        print(f"two suites at once: {'; '.join(found) or 'nothing wrong'}")
    print(f"{kills.total()} kills in {rounds} rounds: {bad} faults")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())

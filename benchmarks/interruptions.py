"""Kill -9 at random moments: afterwards the results are those of an undisturbed suite, and nothing else is left.

A suite of small reproductions, two at a time, runs in a temporary folder and is killed: the suite with its workers, the
suite alone, or a worker alone. It is started again until it ends by itself: that is a round. Rounds continue until the
number of kills is reached. After each round:

- the rows are those of an undisturbed suite, and every job is finished once;
- the database is sound, no run is open, and each run has its artefacts and no other folder has any;
- no scratch folder, temporary file or process is left.

Then two suites start at once on one record, with the same checks. The moments come from a seed, but what the machine
does at these moments does not: two runs of this script kill at the same times, but in different states.

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
from tdabench import paths
from tdabench.cli.main import main
place = Path(sys.argv.pop(1))
paths.CONF, paths.REPRODUCTIONS, paths.REFERENCE = place / "conf", place / "reproductions", place / "reference"
sys.exit(main())
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
    """Write conf/ and reproductions/ of JOBS small reproductions, and a copy of the library.

    An edit of the library itself would change the fingerprint of every job.
    """
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
    variables = {"MLFLOW_TRACKING_URI": f"sqlite:///{record / 'mlflow.db'}", "TMPDIR": str(record / "tmp")}
    variables |= {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", DRIVER, str(place), "run", "-m", "reproduction=glob(*)", "jobs=2"]
    with open(record / "log.txt", "ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | variables, start_new_session=True)


def kill(suite: subprocess.Popen, what: str) -> bool:
    """Kill `what` of a suite: "all", "suite" or "worker". Returns whether there was anything to kill."""
    try:
        started = psutil.Process(suite.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return False
    workers = [process for process in started if "tdabench.jobs.worker" in " ".join(_words(process))]
    targets = {"all": [suite, *started], "suite": [suite], "worker": workers}[what]
    for target in targets:
        try:
            target.send_signal(signal.SIGKILL)
        except psutil.Error:
            pass
    return bool(targets)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def results(record: Path) -> list:
    """Name, measurements and verdicts of every finished job, sorted by name."""
    from tdabench.record.runs import Record

    jobs = [job for job in Record(record).jobs() if job.status == "finished"]
    rows = [(job.name, job.measurements, [row.verdict for row in job.rows]) for job in jobs]
    return sorted(rows, key=lambda job: job[0])


def faults(record: Path, expected: list) -> list[str]:
    """What is wrong after a suite has ended, in words."""
    sentences = []
    if (now := results(record)) != expected:
        names = Counter(job[0] for job in now)
        times = ", ".join(f"{name} {names[name]} times" for name, *_ in expected if names[name] != 1)
        sentences.append(f"the results differ: {times or 'other numbers'}")
    with sqlite3.connect(record / "mlflow.db") as database:
        if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            sentences.append("the database is damaged")
        runs = database.execute("select run_uuid, status, lifecycle_stage from runs").fetchall()
        suites = {run for (run,) in database.execute("select run_uuid from tags where key = 'tdabench.suite'")}
    if any(status == "RUNNING" for _, status, stage in runs if stage == "active"):
        sentences.append("a run is open")
    recorded = {run for run, _, stage in runs if stage == "active"} - suites
    if recorded != {folder.name for folder in (record / "artifacts").iterdir()}:
        sentences.append("runs and their artefacts differ")
    for folder in ("work", "tmp"):
        left = [path.name for path in (record / folder).iterdir()]
        if left:
            sentences.append(f"{folder}: {', '.join(left)} left")
    if left := [process.pid for process in psutil.process_iter() if str(record) in " ".join(_words(process))]:
        sentences.append(f"processes {left} are left")
    return sentences


def kill_round(place: Path, record: Path, moments: random.Random, longest: float, most: int) -> Counter:
    """Start and kill suites until one succeeds, with up to `most` kills. Returns the number of kills of each kind."""
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
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    total = 0
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
        total += len(wrong := faults(place / "undisturbed", expected))
        print(f"undisturbed: {JOBS} jobs in {longest:.1f} s; {'; '.join(wrong) or 'nothing wrong'}", flush=True)
        kills, rounds = Counter(), 0
        while kills.total() < arguments.kills:
            rounds += 1
            record = place / f"round{rounds}"
            own_kills = kill_round(place, record, moments, longest, min(8, arguments.kills - kills.total()))
            kills += own_kills
            time.sleep(1)  # time for orphaned processes to end
            total += len(wrong := faults(record, expected))
            if wrong:
                print((record / "log.txt").read_text())
            listed = ", ".join(f"{count} of {what}" for what, count in sorted(own_kills.items())) or "none"
            print(f"round {rounds}: kills: {listed}; {'; '.join(wrong) or 'nothing wrong'}", flush=True)
        twins = [start(place, place / "twins") for _ in range(2)]
        total += sum(twin.wait() != 0 for twin in twins)
        total += len(wrong := faults(place / "twins", expected))
        print(f"two suites at once: {'; '.join(wrong) or 'nothing wrong'}")
    print(f"{kills.total()} kills in {rounds} rounds: {total} faults")
    return bool(total)


if __name__ == "__main__":
    sys.exit(main())

"""Wall and processor seconds of the tests by file, of each page, of both suites and of the verbs.

Everything runs with a record of its own. Pages run one by one on all cores; then each suite runs as `make run` and
`make all` run it. --without-avx512 makes the libraries use no AVX-512.

    python benchmarks/suite.py [--only tests|pages|core|all|verbs ...] [--without-avx512] [NAME ...]    (up to an hour)
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from common import machine

from tdabench.claims import pages
from tdabench.record.job import Job
from tdabench.record.runs import Record

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("tests", "verbs", "core", "pages", "all")
DURATION = re.compile(r"([\d.]+)s (?:call|setup|teardown) +(tests/[\w/]+\.py)::")
RUNS = 1000
# Variables of the libraries that choose their code by processor: NumPy, OpenBLAS, MKL, oneDNN and ATen.
WITHOUT_AVX512 = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2",
}  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """Wall and processor seconds of a command with its child processes, its exit code and its output."""

    wall_s: float
    processor_s: float
    code: int
    output: str

    def __str__(self) -> str:
        failed = f"   exit code {self.code}" if self.code else ""
        return f"{self.wall_s:8.1f} {self.processor_s:10.1f}{failed}"


def timed(command: list[str], **environment: str) -> Timed:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.run(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Timed(wall, processor, child.returncode, child.stdout)


def tdabench(record: Path, *words: str) -> Timed:
    return timed([sys.executable, "-m", "tdabench", *words], MLFLOW_TRACKING_URI=f"sqlite:///{record / 'mlflow.db'}")


def row(name: str, command: Timed) -> None:
    print(f"{name:44} {command}", flush=True)


def tests(paths: list[str]) -> None:
    """Wall seconds of the tests of each file, with their set-up, in the process that ran them."""
    suite = timed([sys.executable, "-m", "pytest", "--durations=0", "-vv", "-p", "no:cacheprovider", *paths])
    row("tests", suite)
    print(f"  {suite.output.strip().splitlines()[-1]}")
    files = Counter()
    for seconds, file in DURATION.findall(suite.output):
        files[file] += float(seconds)
    for file, seconds in files.most_common(30):
        print(f"  {file:52} {seconds:6.1f}")


def measure_pages(record: Path, names: list[str]) -> None:
    commands = {name: tdabench(record, "run", f"reproduction={name}", "again=true") for name in names}
    for name, command in sorted(commands.items(), key=lambda pair: -pair[1].wall_s):
        row(name, command)
    wall_s, processor_s = (sum(getattr(command, key) for command in commands.values())
                           for key in ("wall_s", "processor_s"))  # fmt: skip
    row("all of these, one by one", Timed(wall_s, processor_s, 0, ""))


def verbs(scratch: Path) -> None:
    """Commands that only read, with an empty record and with one of RUNS runs."""
    (scratch / "many").mkdir()
    print(f"{'seconds of commands':44} wall  processor; with an empty record, and with {RUNS} runs")
    fill(Record(scratch / "many"), RUNS)
    for words in (["--help"], ["list"], ["results"], ["check", "shapes"]):
        for record in ("none", "many"):
            row(f"{' '.join(words)} ({record})", tdabench(scratch / record, *words))


def fill(record: Record, count: int) -> None:
    """Record `count` copies of one frozen run of the page shapes."""
    frozen = Job.read(json.loads((ROOT / "reference" / "paper" / "shapes" / "job.json").read_text()))
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            identity = {"id": uuid.uuid4().hex, "started": time.time(), "profile": "quick", "suite": None}
            record.write(replace(frozen, **identity), Path(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of pages, or of folders of tests; none: all")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--without-avx512", action="store_true")
    arguments = parser.parse_args()
    if arguments.without_avx512:
        os.environ.update(WITHOUT_AVX512)
    print(machine("numpy", "torch"), "without AVX-512" if arguments.without_avx512 else "")
    published = [entry.name for entry in pages.reproductions() if not entry.own]
    names = [name for name in arguments.names if name in published]
    with tempfile.TemporaryDirectory(prefix="tdabench-suite-") as folder:
        scratch = Path(folder)
        parts = {
            "tests": lambda: tests([name for name in arguments.names if name.startswith("tests")]),
            "verbs": lambda: verbs(scratch),
            "core": lambda: row("run --core", tdabench(scratch / "core", "run", "--core")),
            "pages": lambda: measure_pages(scratch / "pages", names or published),
            "all": lambda: row("run --all", tdabench(scratch / "all", "run", "--all")),
        }
        for part in arguments.only:
            print(f"\n{part:44} {'wall s':>8} {'cpu s':>10}")
            parts[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())

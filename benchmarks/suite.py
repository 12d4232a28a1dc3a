"""Where the minutes go: wall and processor seconds of the tests, file by file, of each page, of both suites and of the
verbs, on the machine's processor or on one that does without AVX-512.

Everything runs in a record of its own. Pages are run one by one, on all cores, and then each suite as a whole, as
`make run` and `make all` do.

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
# What the libraries heed that have code of their own for each processor: NumPy, OpenBLAS, MKL, oneDNN and ATen.
WITHOUT_AVX512 = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2",
}  # fmt: skip


@dataclass(frozen=True)
class Spent:
    """Seconds of a command and of all that it started, by the wall and by the processor; what it printed."""

    wall_s: float
    processor_s: float
    code: int
    output: str

    def __str__(self) -> str:
        failed = f"   exit code {self.code}" if self.code else ""
        return f"{self.wall_s:8.1f} {self.processor_s:10.1f}{failed}"


def spent(words: list[str], **environment: str) -> Spent:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(words, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Spent(wall, processor, ended.returncode, ended.stdout)


def tdabench(record: Path, *words: str) -> Spent:
    where = {"MLFLOW_TRACKING_URI": f"sqlite:///{record / 'mlflow.db'}"}
    return spent([sys.executable, "-m", "tdabench", *words], **where)


def row(name: str, of: Spent) -> None:
    print(f"{name:44} {of}", flush=True)


def tests(paths: list[str]) -> None:
    """Of each file: seconds of all its tests and of what they set up, by the wall of the process that ran them."""
    whole = spent([sys.executable, "-m", "pytest", "--durations=0", "-vv", "-p", "no:cacheprovider", *paths])
    row("tests", whole)
    print(f"  {whole.output.strip().splitlines()[-1]}")
    files = Counter()
    for seconds, file in DURATION.findall(whole.output):
        files[file] += float(seconds)
    for file, seconds in files.most_common(30):
        print(f"  {file:52} {seconds:6.1f}")


def measure_pages(record: Path, names: list[str]) -> None:
    found = {name: tdabench(record, "run", f"reproduction={name}", "again=true") for name in names}
    for name, of in sorted(found.items(), key=lambda pair: -pair[1].wall_s):
        row(name, of)
    row("all of these, one by one", Spent(*(sum(getattr(of, key) for of in found.values())
                                            for key in ("wall_s", "processor_s")), 0, ""))  # fmt: skip


def verbs(scratch: Path) -> None:
    """Reading commands, where nothing is on record and where RUNS runs are."""
    (scratch / "many").mkdir()
    print(f"{'seconds of commands':44} wall  processor; with an empty record, and with {RUNS} runs")
    fill(Record(scratch / "many"), RUNS)
    for words in (["--help"], ["list"], ["results"], ["check", "shapes"]):
        for record in ("none", "many"):
            row(f"{' '.join(words)} ({record})", tdabench(scratch / record, *words))


def fill(record: Record, count: int) -> None:
    """Put so many runs on record that all look like one frozen run of the shapes."""
    frozen = Job.read(json.loads((ROOT / "reference" / "paper" / "shapes" / "job.json").read_text()))
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            own = {"id": uuid.uuid4().hex, "started": time.time(), "profile": "quick", "suite": None}
            record.write(replace(frozen, **own), Path(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of pages, or of folders of tests; none: all")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--without-avx512", action="store_true")
    asked = parser.parse_args()
    if asked.without_avx512:
        os.environ.update(WITHOUT_AVX512)
    print(machine("numpy", "torch"), "without AVX-512" if asked.without_avx512 else "")
    published = [entry.name for entry in pages.reproductions() if not entry.own]
    chosen = [name for name in asked.names if name in published]
    with tempfile.TemporaryDirectory(prefix="tdabench-suite-") as folder:
        scratch = Path(folder)
        parts = {
            "tests": lambda: tests([name for name in asked.names if name.startswith("tests")]),
            "verbs": lambda: verbs(scratch),
            "core": lambda: row("run --core", tdabench(scratch / "core", "run", "--core")),
            "pages": lambda: measure_pages(scratch / "pages", chosen or published),
            "all": lambda: row("run --all", tdabench(scratch / "all", "run", "--all")),
        }
        for part in asked.only:
            print(f"\n{part:44} {'wall s':>8} {'cpu s':>10}")
            parts[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Two records of the same reproductions, number by number: what is equal bit for bit, and how far the rest is apart.

Without records it makes two: all reproductions in the quick profile, in processes with different hash seeds, on one
thread and on two (half an hour each). What differs and is called free by no band is a fault, and the exit code 1.

    python benchmarks/determinism.py [FOLDER FOLDER]      (folders of records; TDABENCH_DATA as for `make run`)
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tdabench import check, registry
from tdabench.bands import FREE, band_of
from tdabench.record import Record


def measured(folder: Path) -> dict[str, dict]:
    """Name -> measurements of the newest finished quick job of each reproduction in a record."""
    found: dict[str, dict] = {}
    for job in Record(folder).jobs():
        if job["status"] == "finished" and job["profile"] == "quick" and not job["variant"]:
            found.setdefault(job["name"], job["measurements"])
    return found


def run(folder: Path, hash_seed: int, threads: int) -> Path:
    own = {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}", "TDABENCH_HASH_SEED": str(hash_seed)}
    words = [sys.executable, "-m", "tdabench.cli", "run", "-m", "reproduction=glob(*)", f"threads={threads}"]
    folder.mkdir()
    subprocess.run(words, env=os.environ | own)
    return folder


def compare(first: dict[str, dict], second: dict[str, dict]) -> int:
    """Print what differs, a reproduction at a time; how many differences no band calls free."""
    faults = 0
    for name in sorted(first.keys() & second.keys()):
        listed = registry.bands(name)
        equal, free, apart = 0, 0, []
        for measurement in first[name].keys() | second[name].keys():
            pair = first[name].get(measurement), second[name].get(measurement)
            for place, before, now in check.leaves(measurement, *pair):
                if before == now:
                    equal += 1
                elif band_of(place, listed).kind == FREE:
                    free += 1
                else:
                    apart.append(f"    {place}: {before} and {now}; band: {band_of(place, listed)}")
        faults += len(apart)
        print(f"{name}: {equal:,} equal bit for bit, {free:,} that differ and may, {len(apart):,} that differ")
        print("\n".join(sorted(apart)[:20]), end="\n" if apart else "")
    for name in sorted(first.keys() ^ second.keys()):
        print(f"{name}: in one record only")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="*", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    if len(asked.records) not in (0, 2):
        parser.error("two records are compared, or none is given and two are made")
    with tempfile.TemporaryDirectory(prefix="tdabench-determinism-") as scratch:
        made = [(Path(scratch) / str(number), number, number) for number in (1, 2)]
        records = asked.records or [run(*what) for what in made]
        faults = compare(*map(measured, records))
    print(f"{faults} differences that no band calls free")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

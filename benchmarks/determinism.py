"""The same job, run again: what is equal bit for bit, and how far the rest is apart.

Two records of the quick profile are compared, number by number: measurements, raw arrays, tables and verdicts. When
both come from the same versions, processor and number of threads, a difference that no band calls free is a fault;
otherwise one that leaves its band is, and the rest is the spread over threads and processors. What has not finished in
both records is a fault too. Exit code 1 on a fault.

Without records three are made, each in a copy of this checkout, so that every network is trained anew: a hash seed of 1
and one of 2 on one thread, and one of 1 on two threads (half an hour each; TDABENCH_DATA as for `make run`).

    python benchmarks/determinism.py [NAME ...] [--records FOLDER FOLDER]
"""

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mutations import checkout, within

from tdabench.claims import pages
from tdabench.claims.tolerance import FREE, band_of
from tdabench.record import baseline, compare
from tdabench.record.compare import OUTSIDE
from tdabench.record.job import Recorded
from tdabench.record.runs import Record

TIMED = re.compile(r"_s$|_mib$|seconds|\bms\b|[MG]iB|^to |of standard")  # arrays and columns of time and memory


@dataclass(frozen=True)
class Apart:
    """Of one measurement, raw file or table: how many of its values differ, by how much at most, and whether that may
    be (empty: on the same machine it may not)."""

    name: str
    values: int
    absolute: float
    relative: float
    may: str

    def __str__(self) -> str:
        far = f"at most {self.absolute:.1e}, {self.relative:.1e} of the number; " if self.absolute else ""
        return f"    {self.name}: {self.values} differ; {far}{self.may or 'NO BAND CALLS IT FREE'}"


def newest(record: Record) -> dict[str, Recorded]:
    """Name -> newest finished quick job of each reproduction in a record."""
    entries = record.entries()
    found = {name: compare.newest(record, entries, name, "quick") for name in sorted({one.name for one in entries})}
    return {name: job for name, job in found.items() if job and job.status == "finished"}


def measurements_apart(first: Recorded, second: Recorded) -> tuple[str, list[Apart]]:
    """How many measured values are the same, in words, and the measurements that differ."""
    equal, withheld, apart = 0, 0, defaultdict(list)
    listed = pages.bands(first.name)
    for name in sorted(first.measurements.keys() | second.measurements.keys()):
        values = (job.measurements.get(name) for job in (first, second))
        for place, before, now in compare.leaves(name, *values):
            if repr(before) == repr(now):
                withheld += place.endswith(".not_run")
                equal += not place.endswith(".not_run")
            else:
                band = band_of(place, listed)
                apart[name, "free" if band.kind == FREE else ""].append((before, now))
    said = f"{equal:,} equal bit for bit" + (f", {withheld:,} withheld" if withheld else "")
    return said, [_apart(name, pairs, may) for (name, may), pairs in apart.items()]


def arrays_apart(first: Path, second: Path) -> list[Apart]:
    """Raw arrays that differ; those of times are free."""
    differing = defaultdict(list)
    for file in sorted({path.name for folder in (first, second) for path in folder.glob("*.npz")}):
        one, other = (_arrays(folder / file) for folder in (first, second))
        for name in sorted(one.keys() | other.keys()):
            if not _alike(one.get(name), other.get(name)):
                differing["free" if TIMED.search(name) else ""].append(f"{name} in {file}")
    return [Apart(f"raw arrays ({', '.join(names[:4])}{', ...' * (len(names) > 4)})", len(names), 0, 0, may)
            for may, names in differing.items()]  # fmt: skip


def tables_apart(first: Path, second: Path, timed: bool) -> list[Apart]:
    """Tables with values that differ; columns of times are free, and so is every column where all of it is `timed`."""
    found = []
    for file in sorted({path.name for folder in (first, second) for path in folder.glob("*.json")}):
        pairs = defaultdict(list)
        one, other = (_rows(folder / file) for folder in (first, second))
        if len(one) != len(other):
            pairs[""].append((len(one), len(other)))
        for before, now in zip(one, other, strict=False):
            for head in before.keys() | now.keys():
                if before.get(head) != now.get(head):
                    pairs["free" if timed or TIMED.search(head) else ""].append((before.get(head), now.get(head)))
        found += [_apart(f"table {file}", differing, may) for may, differing in pairs.items()]
    return found


def compare_records(records: list[Record], names: list[str]) -> int:
    """Print what differs, a reproduction at a time; how many of these are faults."""
    first, second = map(newest, records)
    faults = 0
    for name in names or sorted(first.keys() | second.keys()):
        if name not in first or name not in second:
            faults += 1
            print(f"{name}: NOT COMPARED, it has not finished in both records")
            continue
        jobs = first[name], second[name]
        if jobs[0].fingerprint != jobs[1].fingerprint:
            faults += 1
            print(f"{name}: NOT COMPARED, its code, data or configuration has changed between the two")
            continue
        said, apart = measurements_apart(*jobs)
        timed = any(entry["of"] == "*" for entry in pages.bands(name))
        raw, tables = ([record.artefact(job, kind) for record, job in zip(records, jobs, strict=True)]
                       for kind in ("raw", "tables"))  # fmt: skip
        apart += [*arrays_apart(*raw), *tables_apart(*tables, timed)]
        wrong = [str(entry) for entry in apart if not entry.may]
        if jobs[0].environment != jobs[1].environment:
            wrong = outside(*jobs)
            apart = [Apart(**vars(entry) | {"may": entry.may or "with other threads or processor"}) for entry in apart]
        faults += len(wrong)
        print(f"{name}: {said}" + (f", {len(wrong)} FAULTS" if wrong else ""))
        print("".join(f"{line}\n" for line in dict.fromkeys([*map(str, apart), *wrong])), end="", flush=True)
    return faults


def outside(first: Recorded, second: Recorded) -> list[str]:
    """Verdicts and numbers that leave their band, as `tdabench check` sees it."""
    frozen = replace(first, measurements=baseline.portable(first.measurements, baseline.QUICK_DIGITS))
    found = [difference for difference in compare.compare(second, frozen) if difference.state == OUTSIDE]
    return [f"    {entry.name}: {entry.reference} -> {entry.now} LEAVES ITS BAND ({entry.band})" for entry in found]


def run(copy: Path, names: list[str], hash_seed: int, threads: int) -> Record:
    """The record of those reproductions, run in a copy of the checkout."""
    print(f"{copy.name}: hash seed {hash_seed}, threads {threads}", file=sys.stderr, flush=True)
    words = [sys.executable, "-m", "tdabench", "run", "-m", f"reproduction={','.join(names)}", "again=true"]
    ended = within(copy, [*words, f"threads={threads}"], TDABENCH_HASH_SEED=str(hash_seed))
    if ended.returncode:
        print(f"{copy.name}: exit code {ended.returncode}\n{ended.stderr[-1000:]}", file=sys.stderr, flush=True)
    return Record(copy / "record")


def _apart(name: str, pairs: list[tuple], may: str) -> Apart:
    numbers = [pair for pair in pairs if all(isinstance(value, int | float) for value in pair)]
    absolute = [abs(now - before) for before, now in numbers]
    relative = [abs(now - before) / max(abs(now), abs(before)) for before, now in numbers if now != before]
    return Apart(name, len(pairs), max(absolute, default=0), max(relative, default=0), may)


def _arrays(file: Path) -> dict[str, np.ndarray]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _alike(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def _rows(file: Path) -> list[dict]:
    return json.loads(file.read_text())["rows"] if file.exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="reproductions; none: all that are published")
    parser.add_argument("--records", nargs=2, type=Path, metavar="FOLDER", help="compare these, run nothing")
    asked = parser.parse_args()
    if asked.records:
        faults = compare_records([Record(folder) for folder in asked.records], asked.names)
    else:
        with tempfile.TemporaryDirectory(prefix="tdabench-determinism-") as scratch:
            names = baseline.published(asked.names)
            # All copies first: who edits the library meanwhile changes the fingerprint of every job.
            copies = [checkout(Path(scratch) / f"run-{number}") for number in (1, 2, 3)]
            first, again, threads = (run(copy, names, *how)
                                     for copy, how in zip(copies, [(1, 1), (2, 1), (1, 2)], strict=True))  # fmt: skip
            print("Another hash seed")
            faults = compare_records([first, again], names)
            print("\nTwo threads in place of one")
            faults += compare_records([first, threads], names)
    print(f"{faults} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

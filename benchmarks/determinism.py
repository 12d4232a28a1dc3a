"""The same job, run again: which numbers are equal bit for bit, and by how much the others differ.

Two records of the quick profile are compared number by number: measurements, raw arrays, tables and verdicts. If both
have the same versions, processor and number of threads, every difference is a fault unless its band is free. Otherwise
a difference that leaves its band is a fault, and the others are the variation over threads and processors. A job that
has not finished in both records is a fault, too. The exit code is 1 on a fault.

Without --records, three are made, each in a copy of this checkout, so that every network is trained anew: hash seeds 1
and 2 on one thread, and hash seed 1 on two threads (half an hour each; TDABENCH_DATA as for `make run`).

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
from mutations import checkout, run_in

from tdabench.claims import pages
from tdabench.claims.measurements import flat
from tdabench.claims.tolerance import FREE, band_of
from tdabench.record import baseline, compare
from tdabench.record.compare import OUTSIDE
from tdabench.record.job import Recorded
from tdabench.record.runs import Record

# Arrays and columns of time and memory
TIMED = re.compile(r"_s$|_mib$|seconds|\bms\b|[MG]iB|^to |of standard")


@dataclass(frozen=True)
class Differing:
    """A measurement, raw file or table that differs.

    Parameters
    ----------
    name
        Its name.
    values
        How many of its values differ.
    absolute, relative
        The largest differences.
    allowed
        Why it may differ; "" when it must not, on the same machine.
    """

    name: str
    values: int
    absolute: float
    relative: float
    allowed: str

    def __str__(self) -> str:
        most = f"at most {self.absolute:.1e}, {self.relative:.1e} of the number; " if self.absolute else ""
        return f"    {self.name}: {self.values} differ; {most}{self.allowed or 'NO BAND CALLS IT FREE'}"


def newest(record: Record) -> dict[str, Recorded]:
    """Name of a reproduction -> its newest finished quick job in a record."""
    entries = record.entries()
    jobs = {name: compare.newest(record, entries, name, "quick") for name in sorted({one.name for one in entries})}
    return {name: job for name, job in jobs.items() if job and job.status == "finished"}


def differing_measurements(first: Recorded, second: Recorded) -> tuple[str, list[Differing]]:
    """How many measured values are equal, in words, and the measurements that differ."""
    equal, withheld, groups = 0, 0, defaultdict(list)
    listed = pages.bands(first.name)
    one, other = (flat(job.measurements) for job in (first, second))
    for name in sorted(one.keys() | other.keys()):
        for place, before, now in compare.leaves(name, one.get(name), other.get(name)):
            if repr(before) == repr(now):
                withheld += place.endswith(".not_run")
                equal += not place.endswith(".not_run")
            else:
                band = band_of(place, listed)
                groups[name, "free" if band.kind == FREE else ""].append((before, now))
    summary = f"{equal:,} equal bit for bit" + (f", {withheld:,} withheld" if withheld else "")
    return summary, [_differing(name, pairs, allowed) for (name, allowed), pairs in groups.items()]


def differing_arrays(first: Path, second: Path) -> list[Differing]:
    """Raw arrays that differ; times may differ."""
    groups = defaultdict(list)
    for file in sorted({path.name for folder in (first, second) for path in folder.glob("*.npz")}):
        one, other = (_arrays(folder / file) for folder in (first, second))
        for name in sorted(one.keys() | other.keys()):
            if not _equal(one.get(name), other.get(name)):
                groups["free" if TIMED.search(name) else ""].append(f"{name} in {file}")
    return [Differing(f"raw arrays ({', '.join(names[:4])}{', ...' * (len(names) > 4)})", len(names), 0, 0, allowed)
            for allowed, names in groups.items()]  # fmt: skip


def differing_tables(first: Path, second: Path, timed: bool) -> list[Differing]:
    """Tables with values that differ; columns of times may differ, and when `timed` every column may."""
    tables = []
    for file in sorted({path.name for folder in (first, second) for path in folder.glob("*.json")}):
        pairs = defaultdict(list)
        one, other = (_rows(folder / file) for folder in (first, second))
        if len(one) != len(other):
            pairs[""].append((len(one), len(other)))
        for before, now in zip(one, other, strict=False):
            for head in before.keys() | now.keys():
                if before.get(head) != now.get(head):
                    pairs["free" if timed or TIMED.search(head) else ""].append((before.get(head), now.get(head)))
        tables += [_differing(f"table {file}", values, allowed) for allowed, values in pairs.items()]
    return tables


def compare_records(records: list[Record], names: list[str]) -> int:
    """Print what differs, reproduction by reproduction. Returns the number of faults."""
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
        summary, differing = differing_measurements(*jobs)
        timed = any(entry["of"] == "*" for entry in pages.bands(name))
        raw, tables = ([record.artefact(job, kind) for record, job in zip(records, jobs, strict=True)]
                       for kind in ("raw", "tables"))  # fmt: skip
        differing += [*differing_arrays(*raw), *differing_tables(*tables, timed)]
        wrong = [str(entry) for entry in differing if not entry.allowed]
        if jobs[0].environment != jobs[1].environment:
            wrong, reason = outside(*jobs), "with other threads or processor"
            differing = [replace(entry, allowed=entry.allowed or reason) for entry in differing]
        faults += len(wrong)
        print(f"{name}: {summary}" + (f", {len(wrong)} FAULTS" if wrong else ""))
        print("".join(f"{line}\n" for line in dict.fromkeys([*map(str, differing), *wrong])), end="", flush=True)
    return faults


def outside(first: Recorded, second: Recorded) -> list[str]:
    """Verdicts and numbers that leave their band, by the rules of `tdabench check`."""
    frozen = replace(first, measurements=baseline.portable(first.measurements, baseline.QUICK_DIGITS))
    entries = [difference for difference in compare.compare(second, frozen) if difference.state == OUTSIDE]
    return [f"    {entry.name}: {entry.reference} -> {entry.now} LEAVES ITS BAND ({entry.band})" for entry in entries]


def run(copy: Path, names: list[str], hash_seed: int, threads: int) -> Record:
    """The record of some reproductions, run in a copy of the checkout."""
    print(f"{copy.name}: hash seed {hash_seed}, threads {threads}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tdabench", "run", "-m", f"reproduction={','.join(names)}", "again=true"]
    child = run_in(copy, [*command, f"threads={threads}"], TDABENCH_HASH_SEED=str(hash_seed))
    if child.returncode:
        print(f"{copy.name}: exit code {child.returncode}\n{child.stderr[-1000:]}", file=sys.stderr, flush=True)
    return Record(copy / "record")


def _differing(name: str, pairs: list[tuple], allowed: str) -> Differing:
    numbers = [pair for pair in pairs if all(isinstance(value, int | float) for value in pair)]
    absolute = [abs(now - before) for before, now in numbers]
    relative = [abs(now - before) / max(abs(now), abs(before)) for before, now in numbers if now != before]
    return Differing(name, len(pairs), max(absolute, default=0), max(relative, default=0), allowed)


def _arrays(file: Path) -> dict[str, np.ndarray]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def _rows(file: Path) -> list[dict]:
    return json.loads(file.read_text())["rows"] if file.exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="reproductions; none: all that are published")
    parser.add_argument("--records", nargs=2, type=Path, metavar="FOLDER", help="compare these, run nothing")
    arguments = parser.parse_args()
    if arguments.records:
        faults = compare_records([Record(folder) for folder in arguments.records], arguments.names)
    else:
        with tempfile.TemporaryDirectory(prefix="tdabench-determinism-") as scratch:
            names = baseline.published(arguments.names)
            # Make all copies first: an edit of the library in between would change the fingerprint of every job.
            copies = [checkout(Path(scratch) / f"run-{number}") for number in (1, 2, 3)]
            first, again, threads = (run(copy, names, *each)
                                     for copy, each in zip(copies, [(1, 1), (2, 1), (1, 2)], strict=True))  # fmt: skip
            print("Another hash seed")
            faults = compare_records([first, again], names)
            print("\nTwo threads in place of one")
            faults += compare_records([first, threads], names)
    print(f"{faults} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

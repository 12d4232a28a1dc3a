"""How much memory will it take, and what is there when that is too much?"""

import argparse
import json
from pathlib import Path

import numpy as np

from tdabench.claims import pages
from tdabench.data.readers import points
from tdabench.errors import BadRequest
from tdabench.processes.limits import memory_limit
from tdabench.processes.memory import share_of_machine
from tdabench.record import baseline
from tdabench.record.runs import Record
from tdabench.text import text
from tdabench.topology.estimate import (
    delaunay_estimate,
    lazy_witness_estimate,
    sparse_estimate,
    witness_estimate,
)  # fmt: skip
from tdabench.topology.fallback import Rung, in_words, offered, rungs

FITS, TOO_LARGE = 0, 1
COMPLEXES = ("rips", "sparse_rips", "alpha", "cech", "witness", "strong_witness", "lazy_witness")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="NAME | FILE | POINTS",
                        help="a reproduction, a file of points, or a number of points drawn on a sphere")  # fmt: skip
    parser.add_argument("--complex", choices=COMPLEXES, default="rips")
    parser.add_argument("--max-dimension", type=int, default=2, help="of the homology (default: 2)")
    parser.add_argument("--threshold", type=float, default=np.inf, help="largest edge (default: none)")
    parser.add_argument("--engine", choices=("ripser", "gudhi"), default="ripser")
    parser.add_argument("--landmarks", type=int, default=50, help="of witness complexes (default: 50)")
    parser.add_argument("--limit", type=float, metavar="GIB", help="default: three quarters of the machine's memory")
    parser.add_argument("--json", action="store_true", help="the same for a program")


def run(arguments) -> int:
    """Exit code: 0 what is asked for fits, 1 it does not."""
    limit = memory_limit(arguments.limit)
    if arguments.what in {entry.name for entry in pages.reproductions()}:
        return _of_reproduction(arguments, limit)
    with share_of_machine(arguments.what):  # whatever --limit says of the machine that is meant
        return _of_points(arguments, limit)


def _of_reproduction(arguments, limit: int) -> int:
    """What its runs took: its methods are its own, so that nothing tells more."""
    record = Record()
    entries = [entry for entry in baseline.beside(record.entries())
               if entry.name == arguments.what and entry.status == "finished"]  # fmt: skip
    jobs = filter(None, map(record.read, entries))
    rows = [
        {"profile": job.profile, "peak_mib": job.peak_rss_mib, "wall_s": job.wall_s, "day": baseline.day(job),
         "processor": job.environment.get("cpu"), "command": job.command}
        for job in jobs
    ]  # fmt: skip
    if not rows and (quick := baseline.frozen(arguments.what, "quick")):
        keys = {"peak_mib": "peak_rss_mib", "wall_s": "wall_s", "day": "day", "processor": "cpu", "command": "command"}
        rows = [{"profile": "quick"} | {key: quick.provenance[name] for key, name in keys.items()}]
    if arguments.json:
        print(json.dumps({"limit_mib": limit / 2**20, "runs": rows}, indent=1))
    elif not rows:
        print(f"{arguments.what}: no run of it is known; limits.memory_gib ends it when it takes more than that.")
    for row in [] if arguments.json else rows:
        took = f"{row['peak_mib']:.0f} MiB, {row['wall_s']:.0f} s"
        print(f"{arguments.what}: {took} ({row['profile']}, {row['day']}, {text(row['processor'])}): {row['command']}")
    return TOO_LARGE if any(row["peak_mib"] * 2**20 > limit for row in rows) else FITS


def _of_points(arguments, limit: int) -> int:
    points = _points(arguments.what)
    ladder = list(rungs(points, arguments.max_dimension, limit, arguments.threshold, engine=arguments.engine))
    if arguments.complex != "rips":
        ladder.insert(0, Rung(arguments.complex, _of_another(points, arguments), None, "", None))
    if arguments.json:
        listed = [{"rung": rung.name, "simplices": rung.estimate.simplices, "how": rung.estimate.how,
                   "standard_error": rung.estimate.error, "bytes": rung.estimate.bytes, "bound": rung.bound,
                   "why": rung.why, "fits": rung.estimate.bytes <= limit} for rung in ladder]  # fmt: skip
        print(json.dumps({"limit_bytes": limit, "rungs": listed}, indent=1))
    else:
        print(f"{len(points)} points of R^{points.shape[1]}, homology to dimension {arguments.max_dimension}")
        print(in_words(ladder[0], limit, arguments.complex))
        if arguments.complex != "rips":
            print("Rips in its place:")
        for rung in ladder[1:]:
            print(f"  {'fits' if rung.estimate.bytes <= limit else 'too large'}: {offered(rung)}")
    return FITS if ladder[0].estimate.bytes <= limit else TOO_LARGE


def _of_another(points: np.ndarray, arguments):
    """The estimate of a complex other than Rips."""
    if arguments.complex == "sparse_rips":
        return sparse_estimate(points, arguments.max_dimension, arguments.threshold)
    if arguments.complex in ("alpha", "cech"):
        return delaunay_estimate(points)
    if arguments.complex == "lazy_witness":
        return lazy_witness_estimate(len(points), arguments.max_dimension, arguments.landmarks, arguments.engine)
    return witness_estimate(len(points), arguments.max_dimension, arguments.landmarks)


def _points(what: str) -> np.ndarray:
    """The points of a file, or so many on the sphere S^2, where edge collapse helps least."""
    if Path(what).exists():
        return points(what)
    if not what.isdigit() or not 2 <= int(what) <= 100_000:
        raise BadRequest(f"{what}: neither a reproduction, nor a file, nor a number of points from 2 to 100,000.")
    drawn = np.random.default_rng(0).normal(size=(int(what), 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

"""Engines on the same input, one after the other, each in a process of its own: bars, seconds and memory."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from reproductions.bauer_2021_engines import shortcuts
from reproductions.bauer_2021_engines.shortcuts import WARM_UP, WAYS
from tdabench import paths, provenance
from tdabench.processes.timing import Timing, WorkLimits, timed
from tdabench.topology.engine import Edges, engine


@dataclass(frozen=True)
class Race:
    """One input. name: for tables; matrix: (n, n) edge values; limit: of those that enter; to dimension; over Z/field.

    Values are rounded to float32 first, so that engines of 32 and of 64 bits are given the same numbers, and equal bars
    are equal bit for bit.
    """

    name: str
    matrix: np.ndarray
    dimension: int
    limit: float = np.inf
    field: int = 2

    def run(self, name: str, limits: WorkLimits, store: Path) -> tuple[Timing, list[np.ndarray] | None]:
        """What an engine took, and its bars (None when it failed). What the store holds is not measured again."""
        used = engine(name)
        asked = {"engine": name, "limit": float(np.float32(self.limit)), "threads": limits.threads}
        code = ["tdabench.topology.engine", f"tdabench.topology.engines.{name}"]
        return self._kept(f"{__name__}:work", name, asked, used.version, code, limits, store)

    def run_way(self, name: str, limits: WorkLimits, store: Path) -> tuple[Timing, list[np.ndarray] | None]:
        """The same for one of the shortcuts' WAYS, on all of the matrix."""
        used = engine(WAYS[name].engine)
        limits = replace(limits, threads=WAYS[name].threads)
        asked = {"way": name, "threads": limits.threads}
        code = [shortcuts.__name__, "tdabench.topology.simplex_trees"]
        return self._kept(f"{shortcuts.__name__}:work", name, asked, used.version, code, limits, store)

    def _kept(self, work, name, asked, version, code, limits, store):
        matrix = self.matrix.astype(np.float32).astype(np.float64)
        asked = asked | {"dimension": self.dimension, "field": self.field}
        told = json.dumps([work, asked, asdict(limits), version]).encode() + matrix.tobytes()
        digests = provenance.code([__name__, *code])
        whole = hashlib.sha256(told + "".join(digests[module] for module in [__name__, *code]).encode())
        place = store / f"{self.name}-{name}-{whole.hexdigest()[:12]}"
        done = place.with_suffix(".json")
        if not done.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            np.save(place.with_suffix(".npy"), matrix)
            task = {"matrix": str(place.with_suffix(".npy")), "output": str(place.with_suffix(".npz"))} | asked
            found = timed(work, task, limits)
            place.with_suffix(".npy").unlink()
            paths.write_atomic(done, json.dumps(asdict(found)))
        found = Timing(**json.loads(done.read_text()))
        if found.kind:
            return found, None
        with np.load(place.with_suffix(".npz"), allow_pickle=False) as kept:
            return found, [kept[f"{dimension}"] for dimension in range(self.dimension + 1)]


def work(task: dict) -> tuple:
    """What tdabench.processes.timing calls in the process."""
    matrix, used = np.load(task["matrix"], allow_pickle=False), engine(task["engine"])

    def bars(rows):
        edges = Edges(matrix[:rows, :rows], task["limit"], task["threads"])
        return used.bars(edges, task["dimension"], task["field"])

    def keep(found):
        np.savez_compressed(task["output"], **{str(dimension): bars for dimension, bars in enumerate(found)})

    return partial(bars, WARM_UP), partial(bars, len(matrix)), keep


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    """Whether the bars are the same, bit for bit."""
    return len(first) == len(second) and all(map(np.array_equal, first, second))

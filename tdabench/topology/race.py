"""Engines on the same input, one after the other, each in a process of its own: bars, seconds and memory."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tdabench import paths
from tdabench.timing import Limits, Measurement, timed
from tdabench.topology.engine import Edges, engine

WARM_UP = 10  # rows


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

    def run(self, name: str, limits: Limits, store: Path) -> tuple[Measurement, list[np.ndarray] | None]:
        """What an engine took, and its bars (None when it failed). What the store holds is not measured again."""
        matrix = self.matrix.astype(np.float32).astype(np.float64)
        asked = {"engine": name, "dimension": self.dimension, "limit": float(np.float32(self.limit)),
                 "field": self.field, "threads": limits.threads}  # fmt: skip
        place = store / self._key(matrix, asked, limits)
        done = place.with_suffix(".json")
        if not done.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            np.save(place.with_suffix(".npy"), matrix)
            task = {"matrix": str(place.with_suffix(".npy")), "output": str(place.with_suffix(".npz"))} | asked
            found = timed("tdabench.topology.race:work", task, limits)
            place.with_suffix(".npy").unlink()
            paths.write_whole(done, json.dumps(asdict(found)))
        found = Measurement(**json.loads(done.read_text()))
        if found.kind:
            return found, None
        with np.load(place.with_suffix(".npz"), allow_pickle=False) as kept:
            return found, [kept[f"{dimension}"] for dimension in range(self.dimension + 1)]

    def _key(self, matrix, asked, limits) -> str:
        used = engine(asked["engine"])
        told = json.dumps([asked, asdict(limits), used.version])
        code = [Path(__file__), Path(__file__).with_name("engine.py"), used.file]
        whole = hashlib.sha256(told.encode() + matrix.tobytes() + b"".join(file.read_bytes() for file in code))
        return f"{self.name}-{asked['engine']}-{whole.hexdigest()[:12]}"


def work(task: dict) -> tuple:
    """What tdabench.timing calls in the process."""
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

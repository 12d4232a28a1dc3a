"""One embedding by the clock, see tdabench.processes.timing.

Its warm-up is the same on a few of the points, so that what is compiled is compiled then.
"""

from functools import partial
from pathlib import Path

import numpy as np

from tdabench.embedding.embedded import Embedded, read_embedded
from tdabench.embedding.method import embed, method
from tdabench.processes.timing import Timing, WorkLimits, timed


def measure(
    points: Path,
    method: str,
    options: dict,
    dimensions: int,
    neighbours: int,
    seed: int,
    limits: WorkLimits,
    output: Path,
) -> tuple[Timing, Embedded | None]:
    """Embed the points of a .npy in a process of its own. The embedding goes to `output`, and is None on failure."""
    task = {"points": str(points), "method": method, "output": str(output),
            "asked": {"dimensions": dimensions, "neighbours": neighbours, "seed": seed} | options}  # fmt: skip
    found = timed("tdabench.embedding.timing:work", task, limits)
    return found, None if found.kind else read_embedded(output, found.stages or {})


def work(task: dict) -> tuple:
    """What tdabench.processes.timing calls in the process."""
    points = np.load(task["points"], allow_pickle=False)
    few = max(method(task["method"]).warm_up, task["asked"]["neighbours"] + 2)

    def keep(embedded):
        embedded.save(Path(task["output"]))
        return embedded.stages

    embedding = partial(embed, task["method"], **task["asked"])
    return partial(embedding, points[:few]), partial(embedding, points), keep

"""engine="auto": of the engines that are installed, the fastest on the measured input that is most like the given one,
among those that fit into the memory.

Measured means: by reproduction bauer_2021_engines, whose table of engines is in engine_times.json. All engines find the
same bars there, so that the choice is one of seconds and bytes alone. Alike means: in dimension, in the number of
points, in the share of edges, and in the share of these that edge collapse leaves, which decides whether collapse pays:
nearly all of a sphere's edges stay, few of a surface's.
"""

import re
from dataclasses import dataclass
from math import inf, log2

import numpy as np

from tdabench.topology.engine import Edges, engines
from tdabench.topology.engine_times import measured
from tdabench.topology.simplex_trees import collapsed
from tdabench.validation import as_integer, as_real

AUTO, DEFAULT = "auto", "ripser"
PROBED = 100  # points on which edge collapse is tried
PER_DIMENSION = 4  # one dimension more counts as much as 2^4 times the points


@dataclass(frozen=True)
class Choice:
    """engine: its name; why, in words."""

    engine: str
    why: str


def choose(edges: Edges, max_dimension: int, field: int = 2, memory_bytes: float = inf) -> Choice:
    """The engine for a graph's flag complex to max_dimension over Z/field.

    memory_bytes: that it may take. Where none is known to fit, the one that takes least is chosen.
    """
    max_dimension = as_integer(max_dimension, "max_dimension", 0, 20)
    memory_bytes = as_real(memory_bytes, "memory_bytes", above=0)
    rows = measured()
    usable = {each.title: name for name, each in engines().items() if each.installed and field <= each.largest_field}
    rows = [row for row in rows if row["engine"] in usable and row["seconds"] is not None]
    if not rows:
        return Choice(DEFAULT, f"{engines()[DEFAULT].title}: no measurements of engines are here")
    here = {"points": len(edges.matrix), "dimension": max_dimension, "edges": edges.share, "left": left(edges)}
    like = _most_alike(rows, here)
    need = {row["engine"]: row["MiB"] * 2**20 * _larger(row, here) for row in like}
    fitting = [row for row in like if need[row["engine"]] <= memory_bytes]
    best = fitting[0] if fitting else min(like, key=lambda row: need[row["engine"]])
    other = next((row for row in like if row["engine"] == engines()[DEFAULT].title and row is not best), None)
    told = f"{best['seconds']:.2g} s" + (f", {other['engine']} {other['seconds']:.2g} s" if other else "")
    passed = [row["engine"] for row in like[: like.index(best)]]
    why = f"{best['engine']}: on {best['cloud']}, of what was measured most like this, it took {told}"
    if passed:
        why += f"; not enough memory for {', '.join(passed)}"
    return Choice(usable[best["engine"]], why)


def chosen_unseen(rows: list[dict]) -> list[dict]:
    """What the choice costs on each measured input when only others have been measured: none of its kin, whose names
    begin with the same letters.

    rows: the table "engines" of bauer_2021_engines. Returns a row for each cloud: the engine chosen, and its seconds
    and the default's over those of the fastest (None: it did not finish).
    """
    finished, found = [row for row in rows if row["seconds"] is not None], []
    for cloud in dict.fromkeys(row["cloud"] for row in finished):
        seconds = {row["engine"]: row["seconds"] for row in finished if row["cloud"] == cloud}
        others = [row for row in finished if _kin(row["cloud"]) != _kin(cloud)]
        if not others:
            continue
        like = _most_alike(others, next(row for row in finished if row["cloud"] == cloud))
        chosen, fastest, default = like[0]["engine"], min(seconds.values()), engines()[DEFAULT].title
        found.append({
            "cloud": cloud, "most alike": like[0]["cloud"], "chosen": chosen,
            "its seconds over the fastest": seconds[chosen] / fastest if chosen in seconds else None,
            f"{default}'s over the fastest": seconds[default] / fastest if default in seconds else None,
            "fastest": min(seconds, key=seconds.get),
        })  # fmt: skip
    return found


def left(edges: Edges) -> float:
    """The share of edges up to the cut that edge collapse leaves, on at most PROBED points."""
    some = np.linspace(0, len(edges.matrix) - 1, min(PROBED, len(edges.matrix))).astype(int)
    probe = Edges(edges.matrix[np.ix_(some, some)], edges.limit)
    before = probe.share * len(some) * (len(some) - 1) / 2
    return collapsed(probe.matrix, probe.cut).nnz / 2 / before if before else 1.0


def _kin(cloud: str) -> str:
    return re.match("[a-z]*", cloud)[0]


def _most_alike(rows: list[dict], here: dict) -> list[dict]:
    """The rows of the cloud that is most like the input, the fastest engine first."""
    cloud = min(rows, key=lambda row: _apart(row, here))["cloud"]
    return sorted((row for row in rows if row["cloud"] == cloud), key=lambda row: row["seconds"])


def _apart(row: dict, here: dict) -> float:
    """How unlike two inputs are: differences of their logarithms, added up."""
    least = {"points": 1, "edges": 1e-6, "left": 1e-3}
    ratios = (log2(max(row[key], low)) - log2(max(here[key], low)) for key, low in least.items())
    return PER_DIMENSION * abs(row["dimension"] - here["dimension"]) + sum(map(abs, ratios))


def _larger(row: dict, here: dict) -> float:
    """How many times the simplices may be those of the measured input."""
    ratio = here["points"] ** (here["dimension"] + 1) / row["points"] ** (row["dimension"] + 1)
    return max(ratio, 1.0)

"""Layers by depth as rows of tables, and what of a Betti curve is worth keeping for so many of them."""

import numpy as np

from reproductions.carlsson_2019_depths.depths import Depth
from tdabench.networks import filter_statistics
from tdabench.topology.betti import in_words, most_read

HEADS = {"data": "", "gaussian": "Gaussian's ", "shuffled": "shuffled ", "untrained": "untrained "}
LEAST_RUN = 0.005  # of the range: shorter runs are written as 0.00, and there are hundreds in each curve


def runs(loops) -> list[dict[str, float]]:
    """`Loops.shares` without the runs below LEAST_RUN; the longest run always stays."""
    return [
        {vector: share for vector, share in shares.items() if share >= min(LEAST_RUN, max(shares.values()))}
        for shares in loops.shares
    ]


def is_simple(shares: dict[str, float], b0: int, most_b1: int, run: float) -> bool:
    """Whether the longest run is that of a vector of `b0` pieces and at most `most_b1` loops, and at least `run`."""
    vector = max(shares, key=shares.get)
    pieces, holes = map(int, vector.split(","))
    return pieces == b0 and holes <= most_b1 and shares[vector] >= run


def layer_row(depth: Depth) -> dict:
    """Bars and readings of a layer: of bars the median, in brackets the lowest and the highest seed."""
    found = {"layer": depth.name, "filters": depth.filters, "points": depth.points, "core": len(depth.cores["data"])}
    for arm, loops in depth.arms.items():
        bars = depth.bars(arm)
        found[f"{HEADS[arm]}first bar"] = f"{np.median(bars):.2f} ({bars.min():.2f}-{bars.max():.2f})"
        if arm in ("data", "gaussian"):
            found[f"{HEADS[arm]}second bar"] = f"{np.median(depth.bars(arm, 1)):.2f}"
            vector, seeds, share = most_read(loops.shares)
            found[f"{HEADS[arm]}reading"] = f"{in_words(vector)} {seeds}/{len(loops.shares)}, {share:.0%}"
    return found


def kinds_row(depth: Depth) -> dict:
    """Shares of each kind: among the strongest filters / in the Gaussian, mean of its draws / in the dense core."""
    core = filter_statistics.kinds(depth.cores["data"])
    gaussian = {kind: np.mean([drawn[kind] for drawn in depth.gaussian_kinds]) for kind in core}
    return {"layer": depth.name} | {
        kind: f"{share:.1%} / {gaussian[kind]:.1%} / {core[kind]:.1%}" for kind, share in depth.kinds.items()
    }


def against_gaussian(depths: list[Depth]) -> list[dict]:
    """`filter_statistics.compare_with_draws` over the statistics of all layers at once, so that its adjusted p holds
    for all: its rows, with a `layer`. Layers without statistics are left out."""
    compared = [depth for depth in depths if depth.measured]
    draws = min((len(depth.drawn) for depth in compared), default=0)
    together = filter_statistics.compare_with_draws(
        {(depth.name, name): value for depth in compared for name, value in depth.measured.items()},
        [{(depth.name, name): value for depth in compared for name, value in depth.drawn[draw].items()}
         for draw in range(draws)],
    )  # fmt: skip
    return [{"layer": row["statistic"][0]} | row | {"statistic": row["statistic"][1]} for row in together]


def statistics_rows(rows: list[dict], level: float) -> list[dict]:
    """One row a layer, one column a statistic: measured / median of the Gaussian, p; * where the adjusted p is at most
    `level`. rows: see `against_gaussian`."""
    found: dict[str, dict] = {}
    for row in rows:
        p, star = f"{row['p']:.2g}".removeprefix("0"), "*" if row["adjusted p"] <= level else ""
        cell = f"{row['measured']:.3g} / {row['control']:.3g}, p {p}{star}"
        found.setdefault(row["layer"], {"layer": row["layer"]})[row["statistic"]] = cell
    return list(found.values())


def statistics_in_words(rows: list[dict], level: float) -> str:
    """Which statistics differ in how many layers, by their adjusted p. rows: see `against_gaussian`."""
    apart: dict[str, int] = {}
    for row in rows:
        apart[row["statistic"]] = apart.get(row["statistic"], 0) + (row["adjusted p"] <= level)
    counted = sorted(apart.items(), key=lambda item: -item[1])
    told = ", ".join(f"{name} in {count}" for name, count in counted if count) or "none"
    none = ", ".join(name for name, count in counted if not count)
    layers = len({row["layer"] for row in rows})
    return f"of {layers} layers compared, {len(rows)} tests, differ: {told}" + (f"; in none: {none}" if none else "")

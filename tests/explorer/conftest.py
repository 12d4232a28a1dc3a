"""Graphs to explore: a small one that is known by heart, and one as large as a page has to bear."""

import numpy as np
import pytest

from tdabench.explorer import Exploration, write_page
from tdabench.mapper.nerve import MapperGraph


@pytest.fixture(scope="session")
def small():
    """A path of six nodes and an island of two; 100 points, ten new ones a node in order, the last twenty in none."""
    members = [np.arange(10 * node, 10 * node + 12) for node in range(5)]
    members += [np.arange(50, 60), np.arange(60, 72), np.arange(70, 80)]
    rng = np.random.default_rng(5)
    kind = np.array(["low"] * 30 + ['high, or "so"'] * 30 + ["island"] * 40, dtype=object)
    kind[7] = None
    ramp = np.arange(100.0)
    ramp[3] = np.nan
    columns = {
        "ramp": ramp, "noise": rng.normal(size=100), "year": rng.integers(1990, 2000, 100), "kind": kind,
        "<script>window.broken = 1</script>": rng.choice(["</script><b>x</b>", "-->", "plain"], 100),
        "many": np.array([f"level {row}" for row in range(100)]),
    }  # fmt: skip
    pictures = rng.integers(0, 256, (100, 3, 3)).astype(np.uint8)
    graph = MapperGraph.from_members(members, 100, np.arange(8)[:, None])
    parameters = {"lens": "ramp", "cover": "<i>6</i>"}
    command = "tdabench explore 'x' <y>"
    return Exploration("Six <b>nodes</b>", graph, columns, parameters, command, "ramp", pictures, "A note.")


@pytest.fixture(scope="session")
def large():
    """2,000 nodes that overlap on a 50 x 40 grid, 60,000 points, ten columns."""
    rng = np.random.default_rng(1)
    places = rng.uniform(size=(60_000, 2)) * [50, 40]
    cells = places.astype(int)
    cells = np.r_[cells, np.minimum(cells + [1, 0], [49, 39]), np.minimum(cells + [0, 1], [49, 39])]
    rows = np.tile(np.arange(60_000), 3)
    nodes = cells[:, 0] * 40 + cells[:, 1]
    order = np.argsort(nodes, kind="stable")
    members = np.split(rows[order], np.flatnonzero(np.diff(nodes[order])) + 1)
    columns = {f"number {place}": rng.normal(size=60_000) for place in range(7)} | {"across": places[:, 0]}
    columns |= {"site": rng.choice([f"site {place}" for place in range(3000)], 60_000)}
    columns |= {"side": np.where(places[:, 1] < 20, "upper", "lower")}
    return Exploration("Large", MapperGraph.from_members(members, 60_000), columns, {}, "again", "across")


@pytest.fixture(scope="session")
def large_file(large, tmp_path_factory):
    return write_page(large, tmp_path_factory.mktemp("large") / "page.html")

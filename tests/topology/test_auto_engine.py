"""engine="auto": what was measured most like the input decides, and memory."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from tdabench import paths
from tdabench.errors import BadInput
from tdabench.topology import auto_engine, engine_times, persistence
from tdabench.topology.auto_engine import choose, left
from tdabench.topology.engine import Edges, engines


def sphere(count):
    points = np.random.default_rng(0).normal(size=(count, 3))
    return Edges(squareform(pdist(points / np.linalg.norm(points, axis=1, keepdims=True))), np.inf)


def square(count):
    return Edges(squareform(pdist(np.random.default_rng(0).random((count, 2)))), np.inf)


def row(cloud, engine, seconds, mib, **keys):
    like = {"points": 200, "dimension": 2, "edges": 0.8, "left": 0.9, "void": ""}
    return like | {"cloud": cloud, "engine": engine, "seconds": seconds, "MiB": mib} | keys


@pytest.fixture
def measured(monkeypatch):
    """measured(*rows): the table of engines."""
    return lambda *rows: monkeypatch.setattr(auto_engine, "measured", lambda: list(rows))


def test_the_table_is_that_of_the_reference_and_knows_every_engine():
    reference = paths.ROOT / "reference"  # paths.REFERENCE is a folder of the test's own
    assert engine_times.TABLE.read_text("utf-8") == engine_times.table_text(reference)
    rows = engine_times.measured()
    assert {row["engine"] for row in rows} == {each.title for each in engines().values()}
    assert (reference / engine_times.SOURCE).is_file() and engine_times.SOURCE in engine_times.TABLE.read_text("utf-8")


def test_without_measurements_it_is_ripser(measured):
    measured()
    chosen = choose(square(20), 1)
    assert (chosen.engine, chosen.why) == ("ripser", "Ripser: no measurements of engines are here")


def test_what_edge_collapse_leaves_tells_a_sphere_from_a_square():
    assert left(sphere(150)) > 0.9
    assert left(square(150)) < 0.3
    assert left(Edges(np.zeros((1, 1)), np.inf)) == 1


def test_the_fastest_on_the_most_alike_is_chosen(measured):
    measured(
        row("round", "Ripser", 1, 100), row("round", "GUDHI, edge collapse", 50, 900),
        row("flat", "Ripser", 9, 100, left=0.1), row("flat", "GUDHI, edge collapse", 0.5, 900, left=0.1),
        row("long", "GUDHI", 0.1, 90, dimension=1), row("flat", "Eirene", 0.001, 1, left=0.1),
    )  # fmt: skip
    assert choose(sphere(200), 2).engine == "ripser"
    chosen = choose(square(200), 2)
    assert chosen.engine == "gudhi"
    assert chosen.why == "GUDHI, edge collapse: on flat, of what was measured most like this, it took 0.5 s, Ripser 9 s"
    assert choose(square(200), 1).engine == "gudhi_plain"


def test_it_fits_into_the_memory_or_takes_the_least(measured):
    measured(row("round", "GUDHI", 1, 900), row("round", "Ripser", 2, 100), row("round", "Oineus", None, None))
    chosen = choose(sphere(200), 2, memory_bytes=500 * 2**20)
    assert chosen.engine == "ripser" and chosen.why.endswith("not enough memory for GUDHI")
    assert choose(sphere(400), 2, memory_bytes=900 * 2**20).engine == "ripser"  # eight times the simplices
    assert choose(sphere(200), 2, memory_bytes=1).engine == "ripser"
    with pytest.raises(BadInput, match="memory_bytes"):
        choose(sphere(20), 2, memory_bytes=0)


def test_an_engine_that_does_not_know_the_field_is_not_chosen(measured):
    measured(row("round", "Ripser", 1, 100), row("round", "GUDHI", 2, 100))
    assert choose(sphere(50), 2, field=131).engine == "gudhi_plain"


def test_a_diagram_says_who_computed_it_and_why(measured):
    measured(row("flat", "GUDHI", 1, 100))
    points = np.random.default_rng(1).random((30, 2))
    found, asked = persistence(points, engine="auto"), persistence(points, engine="gudhi_plain")
    assert found.engine == "gudhi_plain" and "on flat" in found.why and asked.why == ""
    assert all(map(np.array_equal, found.bars, asked.bars))
    assert persistence(points, "alpha", engine="auto").engine == "gudhi"

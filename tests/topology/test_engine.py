"""Every engine at one border: the textbook's bars, whatever the ties, the field and the threshold."""

import numpy as np
import pytest

from reproductions.bauer_2021_engines.race import Race, same
from reproductions.bauer_2021_engines.random_clouds import KINDS, random_matrices
from reproductions.bauer_2021_engines.textbook_reduction import bars_by_reduction
from tdabench.errors import BadInput
from tdabench.processes.timing import WorkLimits
from tdabench.topology import engine as border
from tdabench.topology.engine import Edges, engine, engines
from tdabench.topology.persistence import persistence

INSTALLED = [name for name, found in engines().items() if found.installed]
# A triangulation of the torus by 7 vertices (Moebius 1861) and of the projective plane by 6; their distances are those
# of barycentric subdivisions, so that the flag complex at 1 is the subdivision.
TORUS = [(i, (i + step) % 7, (i + 3) % 7) for step in (1, 2) for i in range(7)]
PLANE = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 5, 1), (1, 2, 4), (2, 3, 5), (3, 4, 1), (4, 5, 2), (5, 1, 3)]
# A Klein bottle: a grid of 5 by 4 squares, two triangles each, glued with a turn in one direction.
KLEIN = [
    tuple((i % 5) * 4 + (j if i < 5 else -j) % 4 for i, j in corners)
    for a in range(5) for b in range(4)
    for corners in (((a, b), (a + 1, b), (a + 1, b + 1)), ((a, b), (a, b + 1), (a + 1, b + 1)))
]  # fmt: skip


def subdivided(triangles):
    faces = {frozenset(face) for triangle in triangles for face in _faces(triangle)}
    faces = sorted(faces, key=lambda face: (len(face), sorted(face)))
    return np.array([[0.0 if a == b else 1.0 if a < b or b < a else 2.0 for b in faces] for a in faces])


def _faces(triangle):
    a, b, c = triangle
    return [(a,), (b,), (c,), (a, b), (a, c), (b, c), (a, b, c)]


def bars(name, matrix, max_dimension=1, limit=np.inf, field=2):
    return engine(name).bars(Edges(matrix, limit), max_dimension, field)


def betti(found):
    return [int(((each[:, 0] <= 1) & (1 < each[:, 1])).sum()) for each in found]


def test_ripser_and_gudhi_are_there_and_are_found_without_a_list():
    assert {"ripser", "gudhi", "gudhi_plain", "giotto_ph", "canns_ripser", "holos", "oineus"} <= set(engines())
    assert {"ripser", "gudhi", "gudhi_plain"} <= set(INSTALLED)
    assert all(found.source and found.title and found.floats in (32, 64) for found in engines().values())


@pytest.mark.parametrize("name", INSTALLED)
def test_an_engine_finds_the_bars_of_the_textbook(name):
    for kind, matrix in random_matrices(2 * len(KINDS)):
        for field in (2, 3, 11):
            if field > engine(name).largest_field:
                continue
            for limit in (np.inf, float(np.median(matrix[np.isfinite(matrix)]))):
                truth = bars_by_reduction(matrix, 1, limit, field)
                assert same(bars(name, matrix, 1, limit, field), truth), (kind, field, limit)


@pytest.mark.parametrize("name", INSTALLED)
def test_an_engine_knows_the_field(name):
    known = {2: ([1, 2, 1], [1, 1, 1], [1, 2, 1]), 3: ([1, 2, 1], [1, 0, 0], [1, 1, 0])}
    for field, expected in known.items():
        for surface, numbers in zip((TORUS, PLANE, KLEIN), expected, strict=True):
            if field <= engine(name).largest_field:
                assert betti(bars(name, subdivided(surface), 2, limit=1, field=field)) == numbers


def test_the_textbook_knows_a_square_and_the_projective_plane():
    square = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]], dtype=float)
    components, cycles = bars_by_reduction(square, 1)
    assert components.tolist() == [[0, 1]] * 3 + [[0, np.inf]]
    assert cycles.tolist() == [[1, 2]]
    assert bars_by_reduction(square, 1, limit=1)[1].tolist() == [[1, np.inf]]
    assert betti(bars_by_reduction(subdivided(PLANE), 1, field=2)) == [1, 1]
    assert betti(bars_by_reduction(subdivided(PLANE), 1, field=3)) == [1, 0]


def test_the_cut_changes_no_bar():
    """From the enclosing radius on the complex is a cone."""
    for _, matrix in random_matrices(len(KINDS), seed=3):
        edges = Edges(matrix, np.inf)
        assert edges.cut <= matrix[np.isfinite(matrix)].max()
        whole, cut = (bars_by_reduction(matrix, 1, limit) for limit in (np.inf, edges.cut))
        assert same(whole, cut)


def test_an_engine_that_is_not_installed_or_known_is_named(monkeypatch):
    with pytest.raises(BadInput, match="one of .*ripser.* is needed, not 'eirene'"):
        engine("eirene")
    monkeypatch.setattr(border, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="oineus needs the package oineus, which is not installed"):
        engine("oineus")


def test_a_field_that_an_engine_does_not_know_is_refused():
    with pytest.raises(BadInput, match="ripser works up to Z/127, not Z/131; take engine='gudhi'"):
        persistence([[0.0], [1.0]], field=131, engine="ripser")


def test_random_matrices_are_symmetric_and_of_every_kind():
    found = random_matrices(16)
    assert [kind for kind, _ in found] == 2 * list(KINDS)
    for _, matrix in found:
        assert (matrix == matrix.T).all() and not matrix.diagonal().any()
        assert (matrix.astype(np.float32) == matrix).all()


def test_a_race_is_run_once_in_a_process_of_its_own(tmp_path, monkeypatch):
    points = np.random.default_rng(0).normal(size=(40, 2))
    race = Race("forty", np.linalg.norm(points[:, None] - points, axis=2), 1)
    found, bars_ = race.run("ripser", WorkLimits(1, 60, 4), tmp_path)
    assert found.kind == "" and 0 < found.wall_s < 60 and found.peak_mib > 10
    assert [len(each) for each in bars_] == [40, len(bars_[1])]
    monkeypatch.setattr("reproductions.bauer_2021_engines.race.timed", lambda *_: 1 / 0)
    again, same_bars = race.run("ripser", WorkLimits(1, 60, 4), tmp_path)
    assert again == found and same(same_bars, bars_)
    with pytest.raises(ZeroDivisionError):
        race.run("gudhi", WorkLimits(1, 60, 4), tmp_path)


def test_an_engine_that_takes_too_long_is_a_measurement(tmp_path):
    race = Race("many", np.random.default_rng(0).random((300, 300)) * 0 + 1 - np.eye(300), 3)
    found, bars_ = race.run("gudhi_plain", WorkLimits(1, 0.2, 1), tmp_path)
    assert found.kind in ("time", "memory", "error") and found.reason and bars_ is None

"""Clouds of known topology, what becomes of them in a method, and the rows that tell it."""

from types import SimpleNamespace

import numpy as np
import pytest

from reproductions.embedding_topology import survival
from reproductions.embedding_topology.known import KNOWN, generated, lifted, like
from reproductions.embedding_topology.survival import BettiProtocol, before, cells, survive, tried
from reproductions.embedding_topology.tables import failed_rows, failures_told, figure_rows, kept_rows
from tdabench.data import shapes
from tdabench.embedding.embedded import Embedded

HOW = BettiProtocol(landmarks=30, judged=100)


@pytest.fixture
def broken(monkeypatch):
    """A method whose first try fails, and with `retries` those named."""

    def make(works):
        def embed(name, points, dimensions, neighbours, seed, **options):
            if options.get("solver") != works:
                raise ValueError("a singular\n   factor")
            return Embedded(points[:, :dimensions])

        retries = {"dense solver": {"solver": "dense"}, "another": {"solver": "another"}}
        monkeypatch.setattr(survival, "method", lambda name: SimpleNamespace(title="Broken", retries=retries))
        monkeypatch.setattr(survival, "embed", embed)

    return make


def after(points, names, known, seeds=1, how=HOW):
    return cells("circle", known, [(before(points, how, seed), survive(points, names, how, seed=seed))
                                   for seed in range(seeds)])  # fmt: skip


def test_pca_keeps_a_circle_and_mapper_has_a_nerve_and_distances():
    read = after(shapes.circle(600, 0), ["pca", "mapper"], {2: (1, 1)})
    assert [cell.method for cell in read] == ["PCA", "TDA", "TDA by its distances"]
    assert all(not cell.unread and cell.kept and cell.read[0] == "1,1" for cell in read)
    pca, nerve, paths = read
    assert nerve.runs == [{"1,1": 1.0}] and nerve.middle("trustworthiness") is None and not nerve.distances("nothing")
    assert pca.distances("bottleneck") == pytest.approx([0, 0], abs=1e-6)  # a rotation
    assert pca.distances("nothing")[1] > 10 * pca.distances("bottleneck")[1]
    assert pca.middle("trustworthiness") == pca.middle("continuity") == 1
    assert 0.9 < paths.middle("trustworthiness") < 1


def test_a_graph_of_few_places_is_not_blamed_for_what_they_do_not_show():
    pca, nerve, paths = after(shapes.circle(300, 0), ["pca", "mapper"], {2: (1, 1)})
    assert (pca.unread, nerve.unread) == ("", "")
    assert paths.unread == "not read before any method from so few places"  # four of the circle itself: four pieces
    assert max(paths.survivals[0].likewise[2], key=paths.survivals[0].likewise[2].get) == "4,0"


def test_what_a_line_leaves_of_a_circle_is_no_loop():
    found = survive(shapes.circle(300, 0), ["pca"], HOW, dimensions=1)["PCA"]
    assert all(vector.endswith(",0") for vector in found.runs[2])
    assert found.continuity > found.trustworthiness  # both halves fall on one another: strangers come near


def test_fields_are_read_apart_and_named():
    points = shapes.klein_bottle(2000, 104)
    how = BettiProtocol(100, 1.0, 2, (2, 3), 100)
    found = before(points, how, 4), survive(points, ["pca"], how, seed=4)
    read = cells("Klein bottle", KNOWN["Klein bottle"], [found])
    assert [cell.cloud for cell in read] == ["Klein bottle", "Klein bottle over Z/3"]
    assert [max(cell.before[0], key=cell.before[0].get) for cell in read] == ["1,2,1", "1,1,0"]
    assert [cell.read[0] for cell in read] == ["1,1,0", "1,1,0"]  # a ring, over every field
    assert [cell.kept for cell in read] == [False, True]


def test_a_retry_takes_over_and_the_failure_is_told(broken):
    broken("another")
    embedded, title, failed = tried("broken", shapes.circle(30, 0), 2, 5, 0)
    assert embedded is not None and title == "Broken, another"
    assert failed == dict.fromkeys(("Broken", "Broken, dense solver"), "ValueError: a singular factor")
    read = after(shapes.circle(300, 0), ["broken"], {2: (1, 1)})
    assert read[0].kept and not read[0].reason
    assert [row["try"] for row in failed_rows(read)] == ["Broken", "Broken, dense solver"]
    assert {row["taken"] for row in failed_rows(read)} == {"Broken, another"}
    assert failures_told(read) == "first tries that failed, of 1: Broken 1"


def test_where_all_tries_fail_nothing_is_read(broken):
    broken("none of them")
    read = after(shapes.circle(300, 0), ["broken"], {2: (1, 1)}, seeds=2)
    assert read[0].runs == [{"0,0": 0.0}] * 2 and not read[0].kept
    assert read[0].reason == "ValueError: a singular factor"
    assert kept_rows(read)[0]["read"] == "no result" and figure_rows(read)[0]["reason"] == read[0].reason
    assert [row["taken"] for row in failed_rows(read)] == ["none"] * 6


def test_a_cloud_that_does_not_read_what_is_known_judges_nothing():
    blob = after(shapes.disc(300, 0), ["pca"], {2: (1, 1)})
    assert figure_rows(blob)[0]["reason"] == blob[0].unread == "not read before any method"
    control = after(shapes.disc(300, 0), ["pca"], {2: None})
    assert not control[0].unread and not control[0].kept and kept_rows(control)[0]["known"] == "control"
    assert figure_rows(control) == []


def test_the_circle_in_ten_dimensions_is_turned_and_noisy():
    plane = shapes.circle(400, 0)
    exact, noisy = lifted(plane, 10, 0.0, 1), lifted(plane, 10, 0.05, 1)
    assert np.allclose(np.linalg.norm(exact[:, None] - exact, axis=2), np.linalg.norm(plane[:, None] - plane, axis=2))
    assert (noisy - exact).std() == pytest.approx(0.05, rel=0.05)
    assert not np.allclose(exact, lifted(plane, 10, 0.0, 2))


def test_controls_have_the_moments_of_what_they_stand_beside():
    clouds = generated(2000, 2000, 0.05, 0.1, 0)
    assert set(clouds) | {"X(300,30)", "X(15,30)", "MNIST filters"} == set(KNOWN)
    torus, circles = like(clouds["torus"], 0), like(clouds["three circles"], 0, on_sphere=True)
    assert np.allclose(np.cov(torus.T), np.cov(clouds["torus"].T), atol=0.06)
    moments = [points.T @ points / 2000 for points in (circles, clouds["three circles"])]
    assert np.allclose(*moments, atol=1e-3) and np.allclose(np.linalg.norm(circles, axis=1), 1)

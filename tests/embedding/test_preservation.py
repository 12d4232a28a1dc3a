"""What is read of known shapes from distances alone: kept by what moves nothing, lost by folding; ties and graphs."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from tdabench.data import shapes
from tdabench.embedding.preservation import kept, maxmin_rows, places_run, topology, topology_run
from tdabench.errors import BadInput
from tdabench.topology.betti import run_shares
from tdabench.topology.landmarks import maxmin_landmarks
from tdabench.topology.witness import lazy_witness_persistence

RULE = {"run": 0.25, "seeds": 0.8}


def apart(points):
    return cdist(points, points)


def cycle(nodes, points=1):
    """Distances between so many points in each node of a cycle, its edges of length 1."""
    steps = np.abs(np.subtract.outer(np.arange(nodes), np.arange(nodes)))
    return np.kron(np.minimum(steps, nodes - steps), np.ones((points, points))).astype(float)


def beside(*blocks):
    """Components at inf from one another."""
    ends = np.cumsum([len(block) for block in blocks])
    found = np.full((ends[-1], ends[-1]), np.inf)
    for block, end in zip(blocks, ends, strict=True):
        found[end - len(block) : end, end - len(block) : end] = block
    return found


def longest(shares):
    return max(shares, key=shares.get)


def test_landmarks_and_reading_of_points_are_those_of_the_suites_protocol():
    points = shapes.circle(400, 0)
    chosen, same = maxmin_rows(apart(points), 20, 3), maxmin_landmarks(points, 20, 3)
    assert chosen.indices.tolist() == same.indices.tolist()
    run = lazy_witness_persistence(points, 20, range_share=1.0, max_dimension=1, seed=3)
    found = topology_run(apart(points), 20, 1, seed=3)
    assert found.shares == pytest.approx(run_shares(run.curves[2]), abs=1e-4)
    assert found.stop == pytest.approx(run.covering_radius)
    assert (found.complex, found.note) == ("lazy witness", "")
    quarter = lazy_witness_persistence(points, 20, range_share=0.25, max_dimension=1, seed=3)
    assert topology(apart(points), 20, 1, 0.25, seed=3) == pytest.approx(run_shares(quarter.curves[2]), abs=1e-4)


@pytest.mark.parametrize(
    "name, count, landmarks, field, known",
    [
        ("circle", 400, 20, 2, (1, 1)),
        ("circle", 400, 20, 2, (1, 1, 0)),
        ("torus", 2000, 80, 3, (1, 2, 1)),
        ("klein_bottle", 2000, 80, 2, (1, 2, 1)),
        ("klein_bottle", 2000, 80, 3, (1, 1, 0)),
    ],
)
def test_what_moves_nothing_keeps_everything(name, count, landmarks, field, known):
    before = apart(getattr(shapes, name)(count, 0))
    found = kept(before, 3 * before, known, seeds=2, landmarks=landmarks, field=field)
    assert found["known_before"] and found["known_after"] and found["known_before_likewise"]
    assert found["read_before"] == found["read_after"] == ",".join(map(str, known))
    assert all(values == pytest.approx([0, 0], abs=1e-6) for values in found["bottleneck"].values())
    assert found["bottleneck"].keys() == found["nothing"].keys() == {f"H{d}" for d in range(len(known))}
    assert min(found["nothing"]["H1"]) > 0.1
    assert found["notes"] == []


def test_a_line_has_lost_the_loop_of_the_circle():
    points = shapes.circle(400, 0)
    found = kept(apart(points), apart(points[:, :1]), (1, 1), seeds=5, landmarks=20)
    assert found["known_before"] and not found["known_after"]
    assert all(longest(seed).endswith(",0") for seed in found["after"])
    # no bar of a line comes near the loop: it is matched with nothing
    assert found["bottleneck"]["H1"] == pytest.approx(found["nothing"]["H1"])


def test_the_plane_has_no_room_for_a_klein_bottle():
    points = shapes.klein_bottle(2000, 0)
    found = kept(apart(points), apart(PCA(2).fit_transform(points)), (1, 2, 1), seeds=2, landmarks=80)
    assert found["read_before"] == "1,2,1"
    assert found["read_after"] == "1,1,0" and not found["known_after"]


def test_a_cut_circle_is_at_no_finite_distance_from_a_whole_one():
    points = shapes.circle(400, 0)
    before = apart(points)
    left = points[:, 0] < 0
    after = np.where(left[:, None] == left, before, np.inf)
    found = kept(before, after, (1, 1), seeds=3, landmarks=20)
    assert found["read_after"] == "2,0" and not found["known_after"]
    assert np.isinf(found["bottleneck"]["H0"]).all()
    assert np.isfinite(found["bottleneck"]["H1"]).all()


@pytest.mark.parametrize("nodes", [8, 12, 25, 40])
def test_a_cycle_of_nodes_is_a_loop_whose_points_are_as_many_places_as_nodes(nodes):
    run = topology_run(cycle(nodes, 5), 50, 1)
    assert longest(run.shares) == "1,1" and run.shares["1,1"] >= RULE["run"]
    assert (run.complex, len(run.landmarks)) == ("Rips", nodes)
    assert run.note == f"the Rips complex of {nodes} places is read, up to its enclosing radius"


def test_components_at_inf_are_counted_each_with_its_loop():
    assert longest(topology(beside(cycle(12, 5), cycle(12, 5)), 50, 1)) == "2,2"
    assert longest(topology(beside(cycle(12, 5), np.zeros((4, 4))), 50, 1)) == "2,1"
    circles = [apart(shapes.circle(300, seed)) for seed in range(3)]
    run = topology_run(beside(*circles, np.zeros((7, 7))), 60, 1)
    assert longest(run.shares) == "4,3" and run.complex == "lazy witness" and run.note == ""
    assert np.isfinite(run.stop)


def test_maxmin_visits_every_component_before_it_comes_back():
    blocks = [apart(shapes.circle(size, size)) for size in (200, 3, 50, 1)]
    chosen = maxmin_rows(beside(*blocks), 4, 0).indices
    assert set(np.searchsorted([200, 203, 253, 254], chosen, "right")) == {0, 1, 2, 3}


def test_more_pieces_than_landmarks_are_said():
    run = topology_run(beside(*[apart(shapes.circle(20, seed)) for seed in range(6)]), 4, 1)
    assert run.note == "more than 4 pieces: 40 points lie in pieces without a landmark"
    assert longest(run.shares)[0] == "4"


def test_points_at_one_place_or_nowhere_near_have_no_filtration():
    one = topology_run(np.zeros((9, 9)))
    assert one.shares == {"1,0,0": 1.0} and one.note == "all points are at one place"
    assert topology(np.zeros((1, 1)), max_dimension=1) == {"1,0": 1.0}
    three = topology_run(beside(*[np.zeros((3, 3))] * 3))
    assert three.shares == {"3,0,0": 1.0} and three.note == "3 places, no two of them at a finite distance"


def test_a_collapsed_embedding_keeps_nothing_of_the_circle():
    before = apart(shapes.circle(200, 0))
    found = kept(before, np.zeros_like(before), (1, 1), seeds=2, landmarks=20)
    assert found["read_after"] == "1,0" and not found["known_after"]
    assert found["bottleneck"]["H1"] == pytest.approx(found["nothing"]["H1"])
    assert found["notes"] == ["after: all points are at one place"]


def test_the_same_coarse_reading_of_before_tells_what_could_be_seen_after():
    points = shapes.circle(400, 0)
    angle = np.arctan2(points[:, 1], points[:, 0])
    node = np.floor((angle + np.pi) / (2 * np.pi) * 14).astype(int) % 14
    found = kept(apart(points), cycle(14)[np.ix_(node, node)], (1, 1), seeds=5, landmarks=20)
    assert found["known_before"] and found["known_after"] and found["known_before_likewise"]
    assert found["before_likewise"] != found["before"]
    assert found["before_likewise"][0] == places_run(apart(points), 14, 1, seed=0).shares
    assert found["notes"] == ["after: the Rips complex of 14 places is read, up to its enclosing radius"]
    # 14 points of a torus are too few to show it
    torus = apart(shapes.torus(2000, 0))
    assert longest(places_run(torus, 14).shares) != "1,2,1"


def test_neither_the_unit_nor_seeds_given_one_by_one_change_the_reading():
    before = apart(shapes.circle(200, 1))
    found = kept(before, before, (1, 1), seeds=3, landmarks=20)
    tiny, huge = (kept(before, unit * before, (1, 1), seeds=range(3), landmarks=20) for unit in (1e-150, 1e150))
    for other in (tiny, huge):
        assert other["after"] == [pytest.approx(seed, abs=1e-4) for seed in found["after"]]
        assert other["bottleneck"]["H1"] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda d: topology(d, 0), "landmarks"),
        (lambda d: topology(d, range_share=0), "range_share"),
        (lambda d: topology(-d), "below 0 in row"),
        (lambda d: topology(d + 1), "row 0 is 1.0 from itself"),
        (lambda d: topology(np.where(d > 1, np.nan, d)), "not a number"),
        (lambda d: topology(d, field=4), "prime"),
        (lambda d: kept(d, d[:5, :5], (1, 1)), "the same points"),
        (lambda d: kept(d, d, (1, 1), seeds=0), "seeds"),
        (lambda d: kept(d, d, ()), "Betti vector"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(call, said):
    with pytest.raises(BadInput, match=said):
        call(apart(shapes.circle(40, 0)))

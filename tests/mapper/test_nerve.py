"""The nerve: against looking at every set of nodes; sizes, means and Betti numbers; files that come back the same."""

import json
from itertools import combinations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph

POINTS = 12
members = st.lists(st.sets(st.integers(0, POINTS - 1), min_size=1, max_size=5), min_size=1, max_size=9)
COLUMN = np.random.default_rng(0).normal(size=POINTS)


def by_looking(sets, dimension):
    """Simplices of one dimension, by the definition: sets of nodes with a point in common."""
    return [list(nodes) for nodes in combinations(range(len(sets)), dimension + 1)
            if set.intersection(*(set(sets[node]) for node in nodes))]  # fmt: skip


@given(members, st.integers(1, 3))
def test_simplices_are_the_sets_of_nodes_that_share_a_point(sets, max_dimension):
    graph = MapperGraph.from_members([list(rows) for rows in sets], POINTS, max_dimension=max_dimension)
    assert graph.nodes == len(sets)
    assert len(graph.simplices) <= max_dimension + 1
    for dimension in range(max_dimension + 1):
        expected = by_looking(sets, dimension)
        if dimension < len(graph.simplices):
            assert graph.simplices[dimension].tolist() == expected
            assert graph.simplices[dimension].shape == (len(expected), dimension + 1)
        else:  # the highest dimensions are left out when they hold nothing
            assert expected == []


@given(members)
def test_members_sizes_and_weights(sets):
    graph = MapperGraph.from_members([list(rows) for rows in sets], POINTS)
    assert [graph.members(node).tolist() for node in range(graph.nodes)] == [sorted(rows) for rows in sets]
    assert graph.sizes.tolist() == [len(rows) for rows in sets]
    assert graph.weights.tolist() == [len(sets[a] & sets[b]) for a, b in graph.edges]


@given(members)
def test_mean_and_spread_are_numpys(sets):
    graph = MapperGraph.from_members([list(rows) for rows in sets], POINTS)
    values = [COLUMN[sorted(rows)] for rows in sets]
    assert graph.mean(COLUMN) == pytest.approx(np.array([np.mean(v) for v in values]))
    assert graph.spread(COLUMN) == pytest.approx(np.array([np.std(v) for v in values]))


def test_the_spread_of_large_numbers_does_not_cancel():
    graph = MapperGraph.from_members([[0, 1, 2], [2]], 3)
    assert graph.spread([1e9, 1e9 + 1, 1e9 + 2]) == pytest.approx([np.sqrt(2 / 3), 0])


@pytest.mark.parametrize("column", [np.zeros(POINTS + 1), np.zeros((POINTS, 1)), 3.0])
def test_a_column_has_one_number_for_each_point(column):
    graph = MapperGraph.from_members([[0, 1]], POINTS)
    for asked in (graph.mean, graph.spread):
        with pytest.raises(BadInput, match="one number for each of the 12 points"):
            asked(column)


@pytest.mark.parametrize("column", [["a"] * POINTS, [[1], [1, 2]] + [[0]] * (POINTS - 2)])
def test_a_column_is_of_numbers(column):
    with pytest.raises(BadInput, match="column"):
        MapperGraph.from_members([[0, 1]], POINTS).mean(column)


def test_members_given_in_any_order_and_twice_are_the_same():
    graph = MapperGraph.from_members([[3, 1, 3, 0], [2, 2]], 4)
    assert graph.members(0).tolist() == [0, 1, 3]
    assert graph.sizes.tolist() == [3, 1]


def test_nodes_with_the_same_members_stay_apart():
    graph = MapperGraph.from_members([[0, 1], [0, 1], [2]], 3)
    assert graph.nodes == 3
    assert graph.edges.tolist() == [[0, 1]]
    assert graph.weights.tolist() == [2]


def test_a_graph_without_edges():
    graph = MapperGraph.from_members([[0], [1], [2]], 3)
    assert graph.edges.shape == (0, 2)
    assert graph.weights.shape == (0,)
    assert graph.betti_numbers() == (3, 0)


def test_betti_numbers_of_a_cycle_and_of_a_tree():
    cycle = [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]]
    assert MapperGraph.from_members(cycle, 5).betti_numbers() == (1, 1)
    assert MapperGraph.from_members(cycle[:-1], 5).betti_numbers() == (1, 0)
    assert MapperGraph.from_members([*cycle, [5]], 6).betti_numbers() == (2, 1)


def test_betti_numbers_of_the_cover_of_a_hollow_tetrahedron():
    # four vertices as nodes; any three share a point (a triangle's), no four do
    faces = list(combinations(range(4), 3))
    sets = [[point for point, face in enumerate(faces) if vertex in face] for vertex in range(4)]
    for max_dimension in (2, 3):
        graph = MapperGraph.from_members(sets, 4, max_dimension=max_dimension)
        assert graph.betti_numbers()[:3] == (1, 0, 1)
        assert graph.betti_numbers(field=3)[:3] == (1, 0, 1)
    assert MapperGraph.from_members(sets, 4).betti_numbers() == (1, 3)  # the graph: 4 nodes, 6 edges
    filled = [[*rows, 4] for rows in sets]
    assert MapperGraph.from_members(filled, 5, max_dimension=3).betti_numbers() == (1, 0, 0, 0)


def test_betti_numbers_of_the_projective_plane_depend_on_the_field():
    triangles = [(0, 1, 4), (0, 1, 5), (0, 2, 3), (0, 2, 5), (0, 3, 4),
                 (1, 2, 3), (1, 2, 4), (1, 3, 5), (2, 4, 5), (3, 4, 5)]  # fmt: skip
    sets = [[point for point, face in enumerate(triangles) if vertex in face] for vertex in range(6)]
    graph = MapperGraph.from_members(sets, 10, max_dimension=2)
    assert graph.betti_numbers(2) == (1, 1, 1)
    assert graph.betti_numbers(3) == (1, 0, 0)


@settings(max_examples=30)
@given(members)
def test_betti_numbers_of_a_graph_are_networkxs(sets):
    graph = MapperGraph.from_members([list(rows) for rows in sets], POINTS)
    theirs = graph.to_networkx()
    parts = networkx.number_connected_components(theirs)
    assert graph.betti_numbers() == (parts, theirs.number_of_edges() - theirs.number_of_nodes() + parts)


@given(members, st.integers(1, 3))
def test_json_comes_back_the_same(sets, max_dimension):
    cubes = np.arange(2 * len(sets)).reshape(-1, 2)
    notes = ("one", "2 points are in no node")
    graph = MapperGraph.from_members([list(rows) for rows in sets], POINTS, cubes, max_dimension, notes)
    text = graph.to_json(colour=COLUMN)
    back = MapperGraph.from_json(text)
    assert (back.membership.toarray() == graph.membership.toarray()).all()
    assert (back.cubes == cubes).all() and back.notes == notes
    assert [rows.tolist() for rows in back.simplices] == [rows.tolist() for rows in graph.simplices]
    assert [rows.shape for rows in back.simplices] == [rows.shape for rows in graph.simplices]
    assert json.loads(text)["means"]["colour"] == pytest.approx(graph.mean(COLUMN).tolist())
    assert back.to_json(colour=COLUMN) == text


GOOD = json.loads(MapperGraph.from_members([[0, 1], [1, 2]], 3).to_json())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        "{}",
        json.dumps({key: value for key, value in GOOD.items() if key != "simplices"}),
        json.dumps(GOOD | {"nodes": [["a"], [1]]}),
        json.dumps(GOOD | {"nodes": 5}),
        json.dumps(GOOD | {"points": 1}),
        json.dumps(GOOD | {"points": -1}),
        json.dumps(GOOD | {"points": "many"}),
        json.dumps(GOOD | {"nodes": [[0, -2], [1]]}),
        json.dumps(GOOD | {"nodes": [[0, 7], [1]]}),
        json.dumps(GOOD | {"nodes": [[0, 10**12], [1]]}),
        json.dumps(GOOD | {"simplices": [[[0], [1]], [[0, 1, 2]]]}),
        json.dumps(GOOD | {"simplices": [[[0], [1]], [[0, 9]]]}),
        json.dumps(GOOD | {"simplices": [[[0], [1]], [["x", "y"]]]}),
        json.dumps(GOOD | {"cubes": [[0]]}),
    ],
)
def test_what_is_no_json_of_a_graph_is_refused(text):
    with pytest.raises(BadInput, match="JSON of a Mapper graph"):
        MapperGraph.from_json(text)


def test_graphml_is_read_back_by_networkx(tmp_path):
    graph = MapperGraph.from_members([[0, 1, 2], [2, 3], [4]], 5, cubes=[[0, 1], [1, 1], [7, 2]])
    height = [0.5, 1.0, 1.5, 2.0, 8.25]
    graph.to_graphml(tmp_path / "graph.graphml", height=height)
    back = networkx.read_graphml(tmp_path / "graph.graphml", node_type=int)
    assert dict(back.nodes(data=True)) == {
        0: {"size": 3, "cube": "0 1", "height": 1.0},
        1: {"size": 2, "cube": "1 1", "height": 1.75},
        2: {"size": 1, "cube": "7 2", "height": 8.25},
    }
    assert list(back.edges(data=True)) == [(0, 1, {"weight": 1})]

"""Distances in coordinates and along a graph; what is written is read again; how far two outputs differ."""

import numpy as np
import pytest

from tdabench.embedding.embedded import Embedded, apart, read_embedded
from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph

#  0 1 - 1 2 - 2 3     4: two edges of lengths 2 and 3, and a node apart
CHAIN = [[0, 1], [1, 2], [2, 3], [4]]


def graph_of(members, points=5, lengths=None):
    graph = MapperGraph.from_members(members, points, max_dimension=3)
    lengths = np.ones(len(graph.edges)) if lengths is None else np.array(lengths, dtype=float)
    return Embedded(np.zeros((points, 2)), graph, lengths)


def cloud(seed=0, count=40):
    return np.random.default_rng(seed).normal(size=(count, 2)) * [3, 1]


def test_in_coordinates_they_are_euclidean():
    embedded = Embedded(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    assert np.allclose(embedded.distances(), [[0, 5, 1], [5, 0, np.sqrt(18)], [1, np.sqrt(18), 0]])
    assert np.allclose(embedded.distances([1, 0]), [[0, 5], [5, 0]])


def test_in_a_graph_they_go_along_the_edges():
    inf = np.inf
    assert graph_of(CHAIN, lengths=[2, 3]).distances().tolist() == [
        [0, 0, 2, 5, inf],
        [0, 0, 0, 3, inf],  # 1 is in the second node too, and so with 2
        [2, 0, 0, 0, inf],
        [5, 3, 0, 0, inf],
        [inf, inf, inf, inf, 0],
    ]


def test_rows_are_taken_in_their_order():
    embedded = graph_of(CHAIN, lengths=[2, 3])
    assert embedded.distances([3, 0]).tolist() == [[0, 5], [5, 0]]


def test_the_shortest_way_is_taken():
    embedded = graph_of([[0, 1], [1, 2], [2, 3], [3, 0, 4]], lengths=[1, 10, 1, 1])
    assert embedded.graph.edges.tolist() == [[0, 1], [0, 3], [1, 2], [2, 3]]
    assert embedded.distances([0, 3]).tolist() == [[0, 0], [0, 0]]  # of one node
    assert embedded.distances([4, 1]).tolist() == [[0, 2], [2, 0]]  # not 10, by the edge between two of their nodes


def test_an_edge_of_no_length_joins():
    assert graph_of(CHAIN, lengths=[0, 3]).distances([0, 2, 3]).tolist() == [[0, 0, 3], [0, 0, 0], [3, 0, 0]]


def test_without_edges_all_is_apart():
    assert graph_of([[0], [1, 2]], 3).distances().tolist() == [[0, np.inf, np.inf], [np.inf, 0, 0], [np.inf, 0, 0]]


def test_a_point_that_the_graph_leaves_out_is_refused():
    with pytest.raises(BadInput, match="leaves out 1 points"):
        graph_of([[0, 1], [1, 2]], 4).distances()


def test_what_is_saved_is_read_again(tmp_path):
    coordinates = Embedded(cloud(), note="4 nodes, 2 edges")
    coordinates.save(tmp_path / "coordinates.npz")
    found = read_embedded(tmp_path / "coordinates.npz", {"lens": 0.5})
    assert np.array_equal(found.coordinates, coordinates.coordinates)
    assert (found.graph, found.lengths, found.note, found.stages) == (None, None, coordinates.note, {"lens": 0.5})

    graph = MapperGraph.from_members([[0, 1, 2], [1, 2, 3], [2, 4]], 5, [[0, 0], [0, 1], [1, 1]], 3, ["2 passed over"])
    kept = Embedded(np.ones((5, 2)), graph, np.array([1.0, 2.0, 4.0]))
    kept.save(tmp_path / "graph.npz")
    found = read_embedded(tmp_path / "graph.npz", {})
    assert (found.graph.membership != graph.membership).nnz == 0
    assert np.array_equal(found.graph.cubes, graph.cubes) and found.graph.notes == graph.notes
    assert [level.tolist() for level in found.graph.simplices] == [level.tolist() for level in graph.simplices]
    assert found.graph.betti_numbers() == graph.betti_numbers()
    assert np.array_equal(found.distances(), kept.distances())


@pytest.mark.parametrize(
    "change",
    [
        lambda points: points,
        lambda points: 7 * points - [3, 5],
        lambda points: points @ [[0.6, -0.8], [0.8, 0.6]],
        lambda points: points * [1, -1],  # the sign of an eigenvector says nothing
    ],
)
def test_a_turned_and_scaled_copy_does_not_differ(change):
    assert apart(Embedded(cloud()), Embedded(change(cloud()))) < 1e-12


def test_other_coordinates_differ_by_what_no_turning_explains():
    one, near, other = Embedded(cloud()), Embedded(cloud() + 0.1 * cloud(1)), Embedded(cloud(2))
    assert 0 < apart(one, near) < 0.05 < 0.5 < apart(one, other) <= 1
    assert apart(one, near) == pytest.approx(apart(near, one))


@pytest.mark.parametrize(
    "other",
    [Embedded(cloud(count=39)), Embedded(cloud()[:, :1]), Embedded(np.ones((40, 2))), graph_of([range(40)], 40)],
)
def test_what_cannot_be_laid_on_each_other_differs_by_all(other):
    assert apart(Embedded(cloud()), other) == apart(other, Embedded(cloud())) == 1


def test_graphs_are_alike_whatever_the_order_of_their_nodes():
    assert apart(graph_of(CHAIN), graph_of(CHAIN[::-1])) == 0


def test_graphs_are_alike_whatever_the_width_of_their_integers():
    wide, narrow = graph_of(CHAIN), graph_of(CHAIN)
    wide.graph.membership.indices = wide.graph.membership.indices.astype(np.int64)
    narrow.graph.membership.indices = narrow.graph.membership.indices.astype(np.int32)
    assert apart(narrow, wide) == 0


def test_graphs_differ_by_the_share_of_nodes_and_edges_that_one_has_alone():
    more = [*CHAIN[:3], [3, 4]]  # one node for another, and an edge: 3 of 4 + 2 + 1 + 1
    assert apart(graph_of(CHAIN), graph_of(more)) == pytest.approx(3 / 8)
    assert apart(graph_of(CHAIN), graph_of([[0, 1, 2, 3, 4]])) == 1

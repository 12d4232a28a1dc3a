"""Features of graphs drawn by hand: flares, cycles, extended persistence."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph
from tdabench.mapper.features import cycles, extended_persistence, flares, graph_eccentricity, summary

#        0 - 1 - 2 - 3 - 4
#                |
#                5 - 6
Y = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (5, 6)]
LENS = np.array([2.0, 1.0, 0.0, -1.0, -2.0, -1.0, -1.5])  # the stem 0 - 1 points up, the arms down
LINE = [(node, node + 1) for node in range(9)]
CIRCLE = [(node, (node + 1) % 12) for node in range(12)]
HEIGHT = np.cos(2 * np.pi * np.arange(12) / 12)


def drawn(edges, nodes=None):
    """A MapperGraph with these edges: a point for each node and one for each edge."""
    nodes = 1 + max(map(max, edges)) if nodes is None else nodes
    members = [[node] for node in range(nodes)]
    for number, (first, second) in enumerate(edges):
        members[first].append(nodes + number)
        members[second].append(nodes + number)
    return MapperGraph.from_members(members, nodes + len(edges))


def test_a_y_has_two_flares_where_its_arms_are_high():
    found = flares(drawn(Y), -LENS)
    assert [(flare.tip, flare.nodes.tolist()) for flare in found] == [(4, [3, 4]), (6, [5, 6])]
    assert [(flare.birth, flare.death) for flare in found] == [(2, 0), (1.5, 0)]
    assert [flare.size for flare in found] == [4, 4]  # points shared by two nodes count once
    assert flares(drawn(Y), LENS) == []  # upwards there is the stem alone


def test_a_y_has_three_flares_by_eccentricity():
    found = flares(drawn(Y))
    assert sorted(flare.nodes.tolist() for flare in found) == [[0, 1], [3, 4], [5, 6]]
    assert len({flare.persistence for flare in found}) == 1


def test_components_with_one_tip_have_no_flare():
    line, circle = drawn(LINE), drawn(CIRCLE)
    blob = drawn([(a, b) for a in range(5) for b in range(a + 1, 5)])
    assert flares(line, np.arange(10)) == flares(circle, HEIGHT) == flares(drawn([], 3), [1, 2, 3]) == []
    assert flares(circle) == flares(blob) == flares(drawn([], 3)) == []  # plateaus


def test_a_line_has_its_two_ends_by_eccentricity():
    assert [flare.tip for flare in flares(drawn(LINE))] == [0, 9]


def test_a_plateau_is_one_tip_and_equal_tips_go_by_number():
    path = drawn([(node, node + 1) for node in range(6)])
    found = flares(path, [1, 3, 3, 0, 3, 3, 2])
    assert [(flare.tip, flare.nodes.tolist()) for flare in found] == [(1, [0, 1, 2]), (4, [4, 5, 6])]


def test_only_flares_as_long_as_asked_count():
    path = drawn([(node, node + 1) for node in range(4)])
    values = [10, 0, 2, 1, 6]
    assert [flare.tip for flare in flares(path, values)] == [0, 4, 2]
    assert [flare.tip for flare in flares(path, values, persistence=0.2)] == [0, 4]
    assert [flare.nodes.tolist() for flare in flares(path, values, 0.2)] == [[0], [2, 3, 4]]
    assert flares(path, values, persistence=0.61) == []


def test_rounding_makes_no_flare():
    assert flares(drawn(LINE), [0, 1, 2, 3, 3 - 1e-15, 3, 4, 5, 6, 7]) == []


def test_the_eldest_is_cut_where_the_first_flare_that_counts_meets_it():
    caterpillar = drawn([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)])
    values = [9, 8, 7, 5, 4, 6, 7.5]  # the tip 6 is a bump on the arm of 0; the arm of 5 counts
    assert [flare.nodes.tolist() for flare in flares(caterpillar, values, 0.3)] == [[0, 1, 2, 3, 6], [5]]


def test_eccentricity_weighs_nodes_by_their_points():
    path = MapperGraph.from_members([[0, 1, 2, 3], [3, 4], [4]], points=5)
    assert graph_eccentricity(path) == pytest.approx([(2 + 2) / 7, (4 + 1) / 7, (8 + 2) / 7])
    assert graph_eccentricity(drawn([], 2)).tolist() == [0, 0]


def test_extended_persistence_of_the_drawings():
    found = extended_persistence(drawn(Y), LENS)
    assert found["ordinary"].tolist() == [[-1.5, 0]]
    assert found["extended_plus"].tolist() == [[-2, 2]]
    assert len(found["relative"]) == len(found["extended_minus"]) == 0
    upside_down = extended_persistence(drawn(Y), -LENS)
    assert upside_down["relative"].tolist() == [[1.5, 0]]
    assert extended_persistence(drawn(CIRCLE), HEIGHT)["extended_minus"].tolist() == [[1, -1]]


def test_extended_persistence_keeps_parts_and_cycles_of_length_zero():
    lonely = extended_persistence(drawn([], 3), [1, 2, 3])
    assert lonely["extended_plus"].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert len(lonely["extended_minus"]) == 0
    level = extended_persistence(drawn([(0, 1), (1, 2), (0, 2)], 4), [5, 5, 5, 5])
    assert level["extended_plus"].tolist() == [[5, 5], [5, 5]] and level["extended_minus"].tolist() == [[5, 5]]
    beside = extended_persistence(drawn([(0, 1), (1, 2), (0, 2)], 4), [5, 5, 5, 6])
    assert beside["extended_plus"].tolist() == [[5, 5], [6, 6]] and beside["extended_minus"].tolist() == [[5, 5]]


@st.composite
def graphs(draw):
    nodes = draw(st.integers(1, 12))
    pairs = [(a, b) for a in range(nodes) for b in range(a + 1, nodes)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=18)) if pairs else []
    values = draw(st.lists(st.integers(-5, 5), min_size=nodes, max_size=nodes))
    return drawn(edges, nodes), np.array(values) / 3


@given(graphs())
def test_extended_persistence_counts_parts_cycles_and_flares(drawing):
    graph, values = drawing
    found = extended_persistence(graph, values)
    assert (len(found["extended_plus"]), len(found["extended_minus"])) == graph.betti_numbers()
    assert all(np.isin(bars, values).all() for bars in found.values())
    # A branch that points up for each flare but the eldest of its component.
    by_flares = flares(graph, values)
    parts = list(networkx.connected_components(graph.to_networkx()))
    parts_with_flares = sum(any(flare.tip in part for flare in by_flares) for part in parts)
    assert len(by_flares) == len(found["relative"]) + parts_with_flares
    ends = sorted((min(values[list(part)]), max(values[list(part)])) for part in parts)
    assert found["extended_plus"].tolist() == [list(end) for end in ends]


@given(graphs())
def test_cycles_are_a_basis_of_closed_walks(drawing):
    graph, _ = drawing
    edges = {tuple(edge): number for number, edge in enumerate(graph.edges.tolist())}
    found = cycles(graph)
    assert len(found) == graph.betti_numbers()[1]
    chains = [[edges[min(a, b), max(a, b)] for a, b in zip(c, np.roll(c, -1), strict=True)] for c in found]
    assert all(len(set(chain)) == len(chain) >= 3 for chain in chains)
    pivots = {}
    for chain in chains:  # elimination over Z/2
        row = sum(1 << number for number in chain)
        while row and row.bit_length() in pivots:
            row ^= pivots[row.bit_length()]
        assert row
        pivots[row.bit_length()] = row


def test_cycles_of_a_large_graph_come_soon():
    whole = networkx.gnm_random_graph(300, 900, seed=1)
    graph = drawn(list(whole.edges), 300)
    assert len(cycles(graph)) == graph.betti_numbers()[1]


def test_summary():
    graph = drawn([*Y, (7, 8), (8, 9), (7, 9)], 10)
    told = summary(graph)
    assert told == {"nodes": 10, "edges": 9, "b0": 2, "b1": 1, "flares": 3, "largest component share": 13 / 19}


@pytest.mark.parametrize(
    ("word", "function"), [("10 nodes", np.arange(9)), ("node 3", [0, 1, 2, np.nan, *range(6)]), ("number", ["a"] * 10)]
)
def test_functions_that_do_not_fit_are_refused(word, function):
    with pytest.raises(BadInput, match=word):
        flares(drawn(LINE), function)
    with pytest.raises(BadInput, match=word):
        extended_persistence(drawn(LINE), function)


def test_a_share_is_between_0_and_1():
    with pytest.raises(BadInput, match="share"):
        flares(drawn(LINE), np.arange(10), persistence=2)

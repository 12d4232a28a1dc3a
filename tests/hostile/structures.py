"""Hostile diagrams, Betti curves, Mapper graphs, embeddings and measurements: each a function that tries to make one.

To refuse it while it is made is as good as to refuse it later.
"""

import numpy as np
from scipy.sparse import csr_array

from tdabench.embedding.embedded import Embedded
from tdabench.mapper.nerve import MapperGraph
from tdabench.topology.betti import BettiCurve
from tdabench.topology.persistence import Diagram

ENDLESS = np.array([[0.0, np.inf], [0.0, 1.0], [0.0, 2.0]])


def _diagram(*bars, field=2, limit=5.0):
    """Dimension 0 is good; what is given stands in the dimensions above."""
    return lambda: Diagram((ENDLESS, *bars), field, limit, "by hand")


DIAGRAMS = {
    "a death before the birth": _diagram(np.array([[2.0, 1.0]])),
    "a bar of no length": _diagram(np.array([[1.0, 1.0]])),
    "a birth that is NaN": _diagram(np.array([[np.nan, 1.0]])),
    "a death that is NaN": _diagram(np.array([[0.5, np.nan]])),
    "a birth that is infinite": _diagram(np.array([[np.inf, np.inf]])),
    "a birth at minus infinity": _diagram(np.array([[-np.inf, 1.0]])),
    "a death at minus infinity": _diagram(np.array([[1.0, -np.inf]])),
    "bars of three numbers": _diagram(np.zeros((2, 3))),
    "bars in one row": _diagram(np.array([0.5, 1.0])),
    "bars of texts": _diagram(np.array([["a", "b"]])),
    "bars that are None": _diagram(None),
    "bars as lists": _diagram([[0.5, 1.0]]),
    "bars of complex numbers": _diagram(np.array([[0.5j, 1.0]])),
    "bars of objects": _diagram(np.array([[0.5, 1.0]], dtype=object)),
    "bars of integers": _diagram(np.array([[1, 2]])),
    "no bars in a dimension": _diagram(np.empty((0, 2))),
    "no bars in any dimension": lambda: Diagram((np.empty((0, 2)), np.empty((0, 2))), 2, 5.0, "by hand"),
    "no dimension": lambda: Diagram((), 2, 5.0, "by hand"),
    "one dimension": lambda: Diagram((ENDLESS,), 2, 5.0, "by hand"),
    "bars below zero": _diagram(np.array([[-2.0, -1.0]])),
    "bars as large as floats": _diagram(np.array([[-1.7e308, 1.7e308]])),
    "bars as small as floats": _diagram(np.array([[0.0, 5e-324]])),
    "bars beyond the limit": _diagram(np.array([[6.0, 7.0]])),
    "bars in no order": _diagram(np.array([[3.0, 4.0], [0.5, 1.0]])),
    "one bar many times": _diagram(np.repeat([[0.5, 1.0]], 500, axis=0)),
    "many endless bars": _diagram(np.column_stack([np.arange(50.0) / 25, np.full(50, np.inf)])),
    "bars in Fortran order": _diagram(np.asfortranarray([[0.5, 1.0], [0.5, 2.0]])),
    "a field of four": _diagram(ENDLESS + [0.5, 0], field=4),
    "no field": _diagram(ENDLESS + [0.5, 0], field=None),
    "a limit that is NaN": _diagram(ENDLESS + [0.5, 0], limit=np.nan),
    "a limit of minus one": _diagram(ENDLESS + [0.5, 0], limit=-1.0),
    "a limit that is a text": _diagram(ENDLESS + [0.5, 0], limit="far"),
    "no limit": _diagram(ENDLESS + [0.5, 0], limit=np.inf),
    "not a diagram": lambda: [[0.0, 1.0]],
    "no diagram": lambda: None,
}


def _curve(edges, numbers):
    return lambda: BettiCurve(np.asarray(edges), np.asarray(numbers))


CURVES = {
    "a curve of no step": _curve([0.0], np.empty((0, 2), dtype=int)),
    "a curve without edges": _curve([], np.empty((0, 2), dtype=int)),
    "a curve without dimensions": _curve([0.0, 1.0], np.empty((1, 0), dtype=int)),
    "a curve of a single step": _curve([0.0, 1.0], [[1, 0]]),
    "a curve of range zero": _curve([1.0, 1.0], [[1, 0]]),
    "edges that descend": _curve([1.0, 0.5, 0.0], [[1, 0], [2, 0]]),
    "an edge that is NaN": _curve([0.0, np.nan, 1.0], [[1, 0], [2, 0]]),
    "an edge that is infinite": _curve([0.0, 1.0, np.inf], [[1, 0], [2, 0]]),
    "edges as large as floats": _curve([-1.7e308, 0, 1.7e308], [[1, 0], [2, 0]]),
    "edges as small as floats": _curve([0, 5e-324, 1e-323], [[1, 0], [2, 0]]),
    "too few rows of numbers": _curve([0.0, 0.5, 1.0], [[1, 0]]),
    "Betti numbers below zero": _curve([0.0, 1.0], [[1, -1]]),
    "Betti numbers that are no integers": _curve([0.0, 1.0], [[1.5, 0.2]]),
    "Betti numbers that are NaN": _curve([0.0, 1.0], [[np.nan, 0.0]]),
    "Betti numbers in one row": _curve([0.0, 1.0], [1]),
    "Betti numbers as texts": _curve([0.0, 1.0], [["1", "0"]]),
    "edges as texts": _curve(["0", "1"], [[1, 0]]),
    "no curve": lambda: None,
    "not a curve": lambda: {"1,0": 1.0},
}

CYCLE = [[0, 1], [1, 2], [2, 3], [3, 0]]


def _made(members, points=4, **options):
    return lambda: MapperGraph.from_members(members, points, **options)


def _graph(simplices, membership=None, cubes=None):
    """Three nodes of two points each, with simplices as given."""
    held = csr_array(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool)) if membership is None else membership
    nodes = np.arange(3)[:, None]
    return lambda: MapperGraph(held, nodes if cubes is None else cubes, (nodes, *map(np.asarray, simplices)))


_UNSORTED = csr_array((np.ones(6, dtype=bool), [1, 0, 2, 1, 2, 0], [0, 2, 4, 6]), shape=(3, 3))
_TWICE = csr_array((np.ones(6, dtype=bool), [0, 0, 1, 1, 2, 2], [0, 2, 4, 6]), shape=(3, 3))
GRAPHS = {
    "no nodes and no points": _made([], 0),
    "no nodes": _made([]),
    "one node": _made([[0, 1, 2, 3]]),
    "one node of one point": _made([[0]], 1),
    "nodes that do not meet": _made([[0], [1], [2], [3]]),
    "a ring of four nodes": _made(CYCLE),
    "one node many times": _made([[0, 1]] * 12, 2),
    "one node many times, with all simplices": _made([[0, 1]] * 8, 2, max_dimension=4),
    "a long path": _made([[n, n + 1] for n in range(60)], 61),
    "a star": _made([[0, n] for n in range(1, 30)], 30),
    "a node without points": _made([[0, 1], []]),
    "only nodes without points": _made([[], []]),
    "a point beyond the last": _made([[0, 4]]),
    "a point below zero": _made([[-1, 0]]),
    "half a point": _made([[0.5, 1]]),
    "a point that is NaN": _made([[np.nan, 1]]),
    "a point that is a text": _made([["a", 1]]),
    "a point beyond 32 bits": _made([[2**40, 1]]),
    "a point beyond 64 bits": _made([[2**70, 1]]),
    "points that are true": _made([[True, False]]),
    "members in two columns": _made([[[0, 1], [2, 3]]]),
    "members that are None": _made(None),
    "a node that is None": _made([None, [0]]),
    "members that are numbers": _made([1, 2]),
    "minus one points": _made([[0]], -1),
    "two and a half points": _made([[0]], 2.5),
    "points as a text": _made([[0]], "4"),
    "a number of points that is None": _made([[0]], None),
    "more points than 64 bits count": _made([[0]], 2**70),
    "cubes of other nodes": _made(CYCLE, cubes=[[0]]),
    "cubes as texts": _made([[0]], cubes=[["a"]]),
    "cubes that are NaN": _made([[0]], cubes=[[np.nan]]),
    "simplices of dimension minus one": _made(CYCLE, max_dimension=-1),
    "simplices of dimension one and a half": _made(CYCLE, max_dimension=1.5),
    "simplices of dimension fifty": _made(CYCLE, max_dimension=50),
    "an edge from a node to itself": _graph([[[0, 0]]]),
    "an edge twice": _graph([[[0, 1], [0, 1]]]),
    "an edge backwards": _graph([[[1, 0]]]),
    "an edge to an absent node": _graph([[[0, 9]]]),
    "an edge to a node below zero": _graph([[[-1, 0]]]),
    "an edge of halves": _graph([[[0.0, 0.5]]]),
    "an edge of three": _graph([[[0, 1, 2]]]),
    "edges as texts of nodes": _graph([[["0", "1"]]]),
    "a triangle without its edges": _graph([[[0, 1]], [[0, 1, 2]]]),
    "a triangle with its edges": _graph([[[0, 1], [0, 2], [1, 2]], [[0, 1, 2]]]),
    "no list of edges": _graph([]),
    "edges in no order": _graph([[[1, 2], [0, 1]]]),
    "membership that is dense": _graph([[[0, 1]]], np.ones((3, 3), dtype=bool)),
    "membership of other nodes": _graph([[[0, 1]]], csr_array(np.ones((2, 3), dtype=bool))),
    "membership of NaN": _graph([[[0, 1]]], csr_array(np.full((3, 3), np.nan))),
    "membership of whole numbers": _graph([[[0, 1]]], csr_array(np.ones((3, 3), dtype=int))),
    "membership in no order": _graph([[[0, 1]]], _UNSORTED),
    "membership that holds points twice": _graph([[[0, 1]]], _TWICE),
    "membership of a node without points": _graph([[[0, 1]]], csr_array(np.eye(3, dtype=bool)[[0, 0, 1]] * [1, 0, 1])),
    "no membership": lambda: MapperGraph(None, np.zeros((1, 1)), (np.zeros((1, 1), dtype=int),)),
    "no graph": lambda: None,
    "a list of edges": lambda: [(0, 1), (1, 2)],
}

_RING = MapperGraph.from_members(CYCLE, 4)
EMBEDDINGS = {
    "an embedding of NaN": lambda: Embedded(np.full((4, 2), np.nan)),
    "an embedding of inf": lambda: Embedded(np.full((4, 2), np.inf)),
    "an embedding at one place": lambda: Embedded(np.ones((4, 2))),
    "an embedding of no points": lambda: Embedded(np.empty((0, 2))),
    "an embedding into nothing": lambda: Embedded(np.empty((4, 0))),
    "an embedding of other points": lambda: Embedded(np.zeros((9, 2))),
    "an embedding in one row": lambda: Embedded(np.zeros(4)),
    "an embedding as lists": lambda: Embedded([[0, 1], [1, 0], [2, 2], [3, 1]]),
    "an embedding as texts": lambda: Embedded(np.full((4, 2), "a")),
    "an embedding of None": lambda: Embedded(None),
    "an embedding of large numbers": lambda: Embedded(np.arange(8.0).reshape(4, 2) * 1e200),
    "an embedding of complex numbers": lambda: Embedded(np.ones((4, 2)) * 1j),
    "a graph without lengths": lambda: Embedded(np.zeros((4, 2)), _RING),
    "lengths without a graph": lambda: Embedded(np.arange(8.0).reshape(4, 2), None, np.ones(4)),
    "too few lengths": lambda: Embedded(np.zeros((4, 2)), _RING, np.ones(2)),
    "lengths of zero": lambda: Embedded(np.zeros((4, 2)), _RING, np.zeros(4)),
    "lengths below zero": lambda: Embedded(np.zeros((4, 2)), _RING, -np.ones(4)),
    "lengths that are NaN": lambda: Embedded(np.zeros((4, 2)), _RING, np.full(4, np.nan)),
    "lengths that are infinite": lambda: Embedded(np.zeros((4, 2)), _RING, np.full(4, np.inf)),
    "lengths as large as floats": lambda: Embedded(np.zeros((4, 2)), _RING, np.full(4, 1e308)),
    "lengths as texts": lambda: Embedded(np.zeros((4, 2)), _RING, np.array(list("abcd"))),
    "a graph that leaves points out": lambda: Embedded(np.zeros((4, 2)), MapperGraph.from_members([[0, 1]], 4), []),
    "a graph of other points": lambda: Embedded(np.zeros((9, 2)), _RING, np.ones(4)),
    "a graph of no nodes": lambda: Embedded(np.zeros((4, 2)), MapperGraph.from_members([], 4), np.empty(0)),
    "a graph that is a list": lambda: Embedded(np.zeros((4, 2)), [(0, 1)], np.ones(1)),
}

# What a reproduction may hand to a claim.
MEASUREMENTS = {
    "nothing measured": None, "an empty list of measurements": [], "measured NaN": float("nan"), "measured NaNs": [np.nan] * 3,
    "measured inf": float("inf"), "one NaN of three": [1.0, float("nan"), 2.0], "measured a text": "3",
    "measured texts": ["3", "4"], "measured true": True, "measured None of three": [1, None, 2],
    "measured an array": np.arange(3.0), "measured an empty array": np.empty(0), "measured of NumPy": np.float64(3),
    "measured complex": 3 + 1j, "measured a set": {3}, "measured a mapping": {"a": 3}, "measured an empty mapping": {},
    "measured a mapping of NaN": {"a": float("nan")}, "measured by halves": {"value": 3},
    "an interval of NaN": {"value": 3, "low": float("nan"), "high": 4}, "an interval": {"value": 3, "low": 2, "high": 4},
    "an interval the wrong way round": {"value": 3, "low": 4, "high": 2}, "no runs": [{}], "runs of nothing": [{}, {}],
    "runs": [{"1,1": 0.5, "1,0": 0.2}], "runs that are NaN": [{"1,1": float("nan")}], "runs of texts": [{"1,1": "long"}],
    "runs without numbers": [{"one": 0.5}], "runs of an empty vector": [{"": 0.5}], "runs that are None": [None],
    "runs of lists": [[1, 2]], "counts of none": {"equal": 0, "of": 0}, "counts below zero": {"equal": -1, "of": 3},
    "counts": {"equal": 2, "of": 3}, "counts that are NaN": {"equal": float("nan"), "of": 3},
    "measured beyond floats": 10**400, "measured huge": [1e308, 1e308], "measured lists of lists": [[1.0], [2.0]],
    "measured by a name": {"a": [1, 2], "b": [2, 1]}, "measured by a name, unequal": {"a": [1, 2], "b": [1]},
    "measured by a name, nothing": {"a": [], "b": []}, "measured an object": object(),
}  # fmt: skip

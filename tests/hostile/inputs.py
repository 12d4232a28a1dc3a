"""Hostile inputs, by the kind of argument that they are given for. Each has a name; the functions make a fresh one.

What a function may do with any of them: give an answer without NaN, or raise a tdabench error with a sentence.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

RANDOM = np.random.default_rng(20251125)
GOOD = RANDOM.normal(size=(14, 3))


def _with(value, rows=14, columns=3, place=(5, 1), dtype=float):
    points = RANDOM.normal(size=(rows, columns)).astype(dtype)
    points[place] = value
    return points


def _readonly():
    points = GOOD.copy()
    points.flags.writeable = False
    return points


def _cyclic():
    listed = [[1.0, 2.0]]
    listed.append(listed)
    return listed


POINTS = {
    "None": lambda: None,
    "a number": lambda: 3.0,
    "NaN": lambda: float("nan"),
    "a text": lambda: "points",
    "bytes": lambda: b"\x00\x01",
    "an empty list": lambda: [],
    "a list of empty lists": lambda: [[], []],
    "a dict": lambda: {"x": [1, 2], "y": [3, 4]},
    "a set": lambda: {1, 2, 3},
    "a generator": lambda: (row for row in GOOD),
    "an iterator of lists": lambda: iter([[1, 2], [3, 4]]),
    "a range": lambda: range(10),
    "a function": lambda: len,
    "a type": lambda: float,
    "an exception": lambda: ValueError("no points"),
    "a list in itself": _cyclic,
    "rows of unequal length": lambda: [[1, 2, 3], [4, 5]],
    "rows of texts": lambda: [["a", "b"], ["c", "d"]],
    "numbers as texts": lambda: [["1", "2"], ["3", "4"], ["5", "7"], ["8", "1"]],
    "a row that is None": lambda: [[1, 2], None],
    "None among numbers": lambda: [[1, None], [2, 3]],
    "no rows": lambda: np.empty((0, 3)),
    "no columns": lambda: np.empty((5, 0)),
    "nothing at all": lambda: np.empty((0, 0)),
    "one axis": lambda: np.arange(10.0),
    "no axis": lambda: np.array(1.0),
    "three axes": lambda: np.zeros((4, 3, 2)),
    "seven axes": lambda: np.zeros((1,) * 7),
    "one point": lambda: GOOD[:1],
    "two points": lambda: GOOD[:2],
    "three points": lambda: GOOD[:3],
    "four points": lambda: GOOD[:4],
    "one point many times": lambda: np.ones((14, 3)),
    "the origin many times": lambda: np.zeros((14, 3)),
    "negative zeros": lambda: -np.zeros((14, 3)),
    "two places": lambda: np.repeat([[0.0, 0, 0], [1, 1, 1]], 7, axis=0),
    "duplicates": lambda: np.repeat(GOOD[:7], 2, axis=0),
    "on a line": lambda: np.outer(np.arange(14.0), [1, 2, 3]),
    "in a plane": lambda: np.column_stack([GOOD[:, :2], np.zeros(14)]),
    "a grid of ties": lambda: np.stack(np.meshgrid([0.0, 1, 2], [0, 1, 2], [0, 1]), -1).reshape(-1, 3)[:14],
    "a constant column": lambda: np.column_stack([GOOD[:, 0], np.full(14, 7.0), GOOD[:, 2]]),
    "one column": lambda: GOOD[:, :1],
    "two columns": lambda: GOOD[:, :2],
    "eight columns": lambda: RANDOM.normal(size=(14, 8)),
    "nine columns": lambda: RANDOM.normal(size=(14, 9)),
    "more columns than rows": lambda: RANDOM.normal(size=(4, 200)),
    "one NaN": lambda: _with(np.nan),
    "all NaN": lambda: np.full((14, 3), np.nan),
    "NaN in the last row": lambda: _with(np.nan, place=(-1, -1)),
    "inf": lambda: _with(np.inf),
    "-inf": lambda: _with(-np.inf),
    "inf and -inf": lambda: np.array([[np.inf, -np.inf, 0]] * 6),
    "NaN of a negative sign": lambda: _with(-np.nan),
    "a signalling NaN": lambda: _with(np.uint64(0x7FF0000000000001).view(np.float64)),
    "so large that squares overflow": lambda: GOOD * 1e200,
    "the largest numbers": lambda: np.sign(GOOD) * np.finfo(float).max,
    "one very large": lambda: _with(1e300),
    "so small that squares vanish": lambda: GOOD * 1e-200,
    "denormal": lambda: GOOD * 5e-324,
    "very unequal scales": lambda: GOOD * [1e-12, 1, 1e12],
    "far away": lambda: GOOD + 1e15,
    "near in float32": lambda: 1e8 + RANDOM.normal(size=(14, 3)).astype(np.float32),
    "float16": lambda: GOOD.astype(np.float16),
    "float32": lambda: GOOD.astype(np.float32),
    "long double": lambda: GOOD.astype(np.longdouble),
    "big-endian": lambda: GOOD.astype(">f8"),
    "big-endian integers": lambda: (GOOD * 10).astype(">i4"),
    "bool": lambda: GOOD > 0,
    "uint8 that would wrap": lambda: RANDOM.integers(0, 256, (14, 3), dtype=np.uint8),
    "int8": lambda: RANDOM.integers(-128, 128, (14, 3), dtype=np.int8),
    "the smallest int64": lambda: np.full((14, 3), np.iinfo(np.int64).min),
    "uint64 beyond float's whole numbers": lambda: np.full((14, 3), 2**63 + 1, dtype=np.uint64),
    "whole numbers beyond int64": lambda: [[10**30, 1], [2, 3], [4, 5], [6, 8]],
    "a number that no float holds": lambda: [[10**400, 1], [2, 3]],
    "complex": lambda: GOOD + 1j,
    "complex without an imaginary part": lambda: GOOD.astype(complex),
    "dates": lambda: np.array([["2018-01-01", "2018-01-02"]] * 5, dtype="datetime64[D]"),
    "spans of time": lambda: np.ones((5, 2), dtype="timedelta64[s]"),
    "an array of texts": lambda: np.array([["a", "b"], ["c", "d"]]),
    "an array of bytes": lambda: np.array([[b"a", b"b"], [b"c", b"d"]]),
    "an array of objects that are numbers": lambda: GOOD.astype(object),
    "an array of objects that are not": lambda: np.array([[1, "a"], [None, {}]], dtype=object),
    "an array of arrays": lambda: np.array([GOOD, None], dtype=object),
    "named columns": lambda: np.zeros(5, dtype=[("x", float), ("y", float)]),
    "masked": lambda: np.ma.masked_array(GOOD, mask=GOOD > 1),
    "a matrix": lambda: np.asmatrix(GOOD),
    "a row of one number": lambda: [[1.0]],
    "a view of bytes": lambda: memoryview(b"0123"),
    "an infinite text": lambda: [["inf", "1"], ["2", "3"]],
    "a text that is NaN": lambda: [["nan", "1"], ["2", "3"]],
    "numbers with commas": lambda: [["1,5", "2"], ["3", "4"]],
    "fullwidth digits": lambda: [["１", "2"], ["3", "4"], ["5", "7"]],
    "alternating signs that cancel": lambda: np.where(np.arange(42).reshape(14, 3) % 2, 1.0, -1.0) * 1e100,
    "Fortran order": lambda: np.asfortranarray(GOOD),
    "every second row": lambda: np.repeat(GOOD, 2, axis=0)[::2],
    "backwards": lambda: GOOD[::-1],
    "transposed": lambda: np.ascontiguousarray(GOOD.T).T,
    "read-only": _readonly,
    "broadcast from one row": lambda: np.broadcast_to([1.0, 2.0, 3.0], (14, 3)),
    "a table": lambda: pd.DataFrame(GOOD, columns=list("abc")),
    "a table with texts": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
    "a table with gaps": lambda: pd.DataFrame({"a": [1.0, None], "b": [2.0, 3.0]}),
    "a table with categories": lambda: pd.DataFrame({"a": pd.Categorical(["u", "v"]), "b": [1.0, 2.0]}),
    "a column of a table": lambda: pd.Series(GOOD[:, 0]),
    "sparse rows": lambda: csr_array(GOOD),
    "sparse coordinates": lambda: coo_array(GOOD),
}

SQUARE = np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0)))


def _square(place, value, both=True):
    matrix = SQUARE.copy()
    matrix[place] = value
    if both:
        matrix[place[::-1]] = value
    return matrix


MATRICES = {
    "not symmetric": lambda: _square((1, 4), 9.0, both=False),
    "symmetric but for rounding": lambda: SQUARE + np.triu(np.full((12, 12), 1e-15), 1),
    "a negative distance": lambda: _square((1, 4), -1.0),
    "a diagonal that is not zero": lambda: SQUARE + np.eye(12),
    "a negative diagonal": lambda: SQUARE - np.eye(12),
    "NaN between two": lambda: _square((2, 3), np.nan),
    "NaN on the diagonal": lambda: _square((2, 2), np.nan),
    "inf between two": lambda: _square((2, 3), np.inf),
    "-inf between two": lambda: _square((2, 3), -np.inf),
    "inf everywhere": lambda: np.where(np.eye(12) > 0, 0, np.inf),
    "two parts that do not meet": lambda: np.where(np.kron([[0, 1], [1, 0]], np.ones((6, 6))) > 0, np.inf, SQUARE),
    "all zero": lambda: np.zeros((12, 12)),
    "all one": lambda: 1 - np.eye(12),
    "no triangle inequality": lambda: _square((0, 11), 1000.0),
    "the largest numbers off the diagonal": lambda: np.where(np.eye(12) > 0, 0, np.finfo(float).max),
    "the smallest numbers off the diagonal": lambda: np.where(np.eye(12) > 0, 0, 5e-324),
    "one row too many": lambda: np.zeros((13, 12)),
    "one entry": lambda: np.zeros((1, 1)),
    "one entry that is not zero": lambda: np.ones((1, 1)),
    "two by two": lambda: np.array([[0, 1.0], [1, 0]]),
    "whole numbers": lambda: SQUARE.astype(int),
    "bytes that wrap": lambda: SQUARE.astype(np.uint8),
    "sparse": lambda: csr_array(SQUARE),
    "condensed": lambda: SQUARE[np.triu_indices(12, 1)],
    "correlations above one": lambda: np.where(np.eye(12) > 0, 1, 1.5),
    "correlations of constants": lambda: np.full((4, 4), np.nan),
    "a matrix of correlations": lambda: np.corrcoef(GOOD),
    "anticorrelated": lambda: np.where(np.eye(4) > 0, 1.0, -1.0),
    "in Fortran order": lambda: np.asfortranarray(SQUARE),
    "of read-only memory": lambda: np.broadcast_to(np.zeros((1, 1)), (12, 12)),
}

NUMBERS = {
    "none": None, "zero": 0, "one": 1, "two": 2, "minus one": -1, "half": 0.5, "one and a half": 1.5, "true": True,
    "false": False, "not a number": float("nan"), "infinite": float("inf"), "minus infinite": float("-inf"),
    "huge": 10**9, "beyond 64 bits": 2**70, "beyond floats": 10**400, "tiny": 5e-324, "largest float": 1.7e308,
    "two as a text": "2", "an empty text": "", "a word": "many", "a list": [2], "an empty array": np.array([]),
    "an array of two": np.array([1, 2]), "two of NumPy": np.int64(2), "two as a float": 2.0, "a byte": np.uint8(255),
    "complex two": 2 + 0j, "an object": object(), "a tuple": (1, 2), "a mapping": {"k": 2},
}  # fmt: skip

LENSES = {
    "lens of one value": lambda: np.ones(14),
    "lens of NaN": lambda: np.full(14, np.nan),
    "lens with one inf": lambda: np.where(np.arange(14) == 3, np.inf, np.arange(14.0)),
    "lens too short": lambda: np.arange(5.0),
    "lens too long": lambda: np.arange(50.0),
    "lens of texts": lambda: np.array(list("abcdefghijklmn")),
    "lens of three axes": lambda: np.zeros((14, 2, 2)),
    "lens without values": lambda: np.empty(0),
    "lens without columns": lambda: np.empty((14, 0)),
    "lens with a huge range": lambda: np.linspace(-1.7e308, 1.7e308, 14),
    "lens with a tiny range": lambda: np.linspace(0, 5e-323, 14),
    "lens far from zero": lambda: 1e16 + np.arange(14.0),
    "lens of integers": lambda: np.arange(14),
    "lens of bool": lambda: np.arange(14) > 6,
    "lens of objects": lambda: np.arange(14).astype(object),
    "lens in two columns": lambda: GOOD[:, :2],
    "lens of ties": lambda: np.repeat([0.0, 1.0], 7),
    "lens of negative zero": lambda: np.where(np.arange(14) % 2, 0.0, -0.0),
    "lens as a list": lambda: list(range(14)),
    "lens that is None": lambda: None,
    "lens that is a number": lambda: 5.0,
    "lens of complex numbers": lambda: np.arange(14) + 1j,
    "lens as a table": lambda: pd.DataFrame({"a": range(14)}),
}

LABELS = {
    "labels of one kind": lambda: np.zeros(12, dtype=int),
    "labels that all differ": lambda: np.arange(12),
    "labels too few": lambda: np.zeros(3, dtype=int),
    "labels too many": lambda: np.zeros(40, dtype=int),
    "labels with a gap": lambda: np.array(["a", None] * 6, dtype=object),
    "labels with NaN": lambda: np.where(np.arange(12) % 2, np.nan, 1.0),
    "labels of bool": lambda: np.arange(12) % 2 == 0,
    "labels of texts": lambda: np.array(["a", "b"] * 6),
    "labels that are markup": lambda: np.array(["<script>", "a"] * 6),
    "labels of two columns": lambda: np.zeros((12, 2)),
    "labels of none": lambda: np.empty(0),
    "labels of dates": lambda: np.array(["2018-01-01", "2018-01-02"] * 6, dtype="datetime64[D]"),
    "labels as a number": lambda: 3,
}

ALL = {"points": POINTS, "matrices": MATRICES, "numbers": NUMBERS, "lenses": LENSES, "labels": LABELS}

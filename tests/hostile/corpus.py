"""Hostile inputs, by the kind of argument that they are given for. Each has a name; each is made afresh by a function.

What a function may do with any of them: give an answer without NaN, or raise a tdabench error with a sentence.
"""

import array
import collections
import decimal
import fractions
import tempfile

import numpy as np
import pandas as pd
import torch
from hostile.structures import CURVES, DIAGRAMS, EMBEDDINGS, GRAPHS, MEASUREMENTS
from numpy.lib.stride_tricks import as_strided
from scipy.sparse import coo_array, csr_array

GOOD = np.random.default_rng(20251125).normal(size=(14, 3))
PATCHES = np.random.default_rng(1).normal(size=(14, 9))
SPHERE = np.random.default_rng(2).normal(size=(14, 8))
SPHERE /= np.linalg.norm(SPHERE, axis=1, keepdims=True)
IMAGE = np.random.default_rng(3).uniform(1, 9, (30, 30))
KERNELS = np.random.default_rng(4).normal(size=(5, 4, 3, 3))
SQUARE = np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0)))
LENS = np.linspace(0, 1, 14) ** 2


class Refuses:
    """An object that promises to be an array and raises what nobody expects."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not today")


class PretendsToBeText:
    def __array__(self, dtype=None, copy=None):
        return np.array(["a", "b"])


def _cyclic() -> list:
    listed = [[1.0, 2.0]]
    listed.append(listed)
    return listed


def _nested(depth: int) -> list:
    return [_nested(depth - 1)] if depth else [1.0]


def _put(base, value) -> np.ndarray:
    """One value in the middle is another."""
    changed = base.astype(np.float64)
    changed.flat[changed.size // 2] = value
    return changed


def _unaligned(base) -> np.ndarray:
    raw = np.zeros(base.nbytes + 1, dtype=np.uint8)
    shifted = raw[1:].view(np.float64).reshape(base.shape)
    shifted[...] = base
    return shifted


def _readonly(base) -> np.ndarray:
    copied = base.copy()
    copied.flags.writeable = False
    return copied


def _memmap(base) -> np.memmap:
    mapped = np.memmap(tempfile.TemporaryFile(), dtype=base.dtype, shape=base.shape)
    mapped[...] = base
    return mapped


def layouts(base) -> dict:
    """The same numbers as `base`, float64, otherwise laid out: every function gives the same answer for them."""
    return {
        "Fortran order": lambda: np.asfortranarray(base),
        "every second row": lambda: np.repeat(base, 2, axis=0)[::2],
        "backwards twice": lambda: base[::-1].copy()[::-1],
        "columns backwards twice": lambda: base[..., ::-1].copy()[..., ::-1],
        "a part of a larger array": lambda: np.pad(base, 2)[(slice(2, -2),) * base.ndim],
        "read-only": lambda: _readonly(base),
        "not aligned": lambda: _unaligned(base),
        "big-endian": lambda: base.astype(">f8"),
        "long double": lambda: base.astype(np.longdouble),
        "an array of objects that are numbers": lambda: base.astype(object),
        "a map of a file": lambda: _memmap(base),
        "masked nowhere": lambda: np.ma.masked_array(base),
        "nested lists": lambda: base.tolist(),
        "a tensor": lambda: torch.from_numpy(base.copy()),
    }


def spoilt(base) -> dict:
    """Arrays of the shape of `base` whose numbers, or kinds of number, are hostile."""
    random = np.random.default_rng(5)
    return layouts(base) | {
        "one NaN": lambda: _put(base, np.nan),
        "all NaN": lambda: np.full(base.shape, np.nan),
        "a signalling NaN": lambda: _put(base, np.uint64(0x7FF0000000000001).view(np.float64)),
        "inf": lambda: _put(base, np.inf),
        "-inf": lambda: _put(base, -np.inf),
        "so large that squares overflow": lambda: base * 1e200,
        "as large as is let in": lambda: base / np.abs(base).max() * 1.9e152,
        "the largest numbers": lambda: np.where(base > np.median(base), 1, -1) * np.finfo(float).max,
        "one very large": lambda: _put(base, 1e300),
        "one large": lambda: _put(base, 1e100),
        "beyond float32": lambda: base * 1e60,
        "below float32": lambda: base * 1e-60,
        "so small that squares vanish": lambda: base * 1e-200,
        "denormal": lambda: base * 5e-324,
        "far away": lambda: base + 1e15,
        "all one": lambda: np.ones(base.shape),
        "all zero": lambda: np.zeros(base.shape),
        "negative zeros": lambda: -np.zeros(base.shape),
        "ties": lambda: np.round(base),
        "float16": lambda: base.astype(np.float16),
        "float32": lambda: base.astype(np.float32),
        "bool": lambda: base > np.median(base),
        "uint8 that would wrap": lambda: random.integers(0, 256, base.shape, dtype=np.uint8),
        "int8": lambda: random.integers(-128, 128, base.shape, dtype=np.int8),
        "big-endian integers": lambda: (base * 10).astype(">i4"),
        "the smallest int64": lambda: np.full(base.shape, np.iinfo(np.int64).min),
        "uint64 beyond float's whole numbers": lambda: np.full(base.shape, 2**63 + 1, dtype=np.uint64),
        "complex": lambda: base + 1j,
        "complex without an imaginary part": lambda: base.astype(complex),
        "dates": lambda: np.full(base.shape, "2018-01-01", dtype="datetime64[D]"),
        "spans of time": lambda: np.ones(base.shape, dtype="timedelta64[s]"),
        "an array of texts": lambda: np.full(base.shape, "a"),
        "an array of bytes": lambda: np.full(base.shape, b"a"),
        "an array of None": lambda: np.full(base.shape, None),
        "named columns": lambda: np.zeros(base.shape, dtype=[("x", float), ("y", float)]),
        "masked": lambda: np.ma.masked_array(base, mask=base > np.median(base)),
        "masked everywhere": lambda: np.ma.masked_all(base.shape),
        "one row many times": lambda: np.broadcast_to(base[:1], base.shape),
        "one row": lambda: base[:1],
        "no rows": lambda: base[:0],
        "one axis more": lambda: base[None],
        "one axis": lambda: base.ravel(),
        "a tensor that is being trained": lambda: torch.from_numpy(base.copy()).requires_grad_(),
    }


POINTS = spoilt(GOOD) | {
    "None": lambda: None,
    "a number": lambda: 3.0,
    "NaN": lambda: float("nan"),
    "a text": lambda: "points",
    "bytes": lambda: b"\x00\x01",
    "an empty list": lambda: [],
    "a list of empty lists": lambda: [[], []],
    "a dict": lambda: {"x": [1, 2], "y": [3, 4]},
    "a counter": lambda: collections.Counter("abc"),
    "a set": lambda: {1, 2, 3},
    "a frozen set": lambda: frozenset({1, 2}),
    "a generator": lambda: (row for row in GOOD),
    "an iterator of lists": lambda: iter([[1, 2], [3, 4]]),
    "a zip": lambda: zip(GOOD[:, 0], GOOD[:, 1], strict=True),
    "a range": lambda: range(10),
    "a function": lambda: len,
    "a type": lambda: float,
    "a module": lambda: np,
    "an exception": lambda: ValueError("no points"),
    "a promise that is broken": Refuses,
    "a promise of texts": PretendsToBeText,
    "a list in itself": _cyclic,
    "lists in lists, forty deep": lambda: _nested(40),
    "lists in lists, two hundred deep": lambda: _nested(200),
    "rows of unequal length": lambda: [[1, 2, 3], [4, 5]],
    "rows of texts": lambda: [["a", "b"], ["c", "d"]],
    "numbers as texts": lambda: [["1", "2"], ["3", "4"], ["5", "7"], ["8", "1"]],
    "numbers with commas": lambda: [["1,5", "2"], ["3", "4"]],
    "fullwidth digits": lambda: [["１", "2"], ["3", "4"], ["5", "7"]],
    "an infinite text": lambda: [["inf", "1"], ["2", "3"]],
    "a text that is NaN": lambda: [["nan", "1"], ["2", "3"]],
    "a row that is None": lambda: [[1, 2], None],
    "None among numbers": lambda: [[1, None], [2, 3]],
    "fractions": lambda: [[fractions.Fraction(1, 3), 2], [3, 4], [5, 7]],
    "decimals": lambda: [[decimal.Decimal("0.1"), 2], [3, 4], [5, 7]],
    "a decimal NaN": lambda: [[decimal.Decimal("NaN"), 2], [3, 4]],
    "a deque of rows": lambda: collections.deque(GOOD.tolist()),
    "an array of Python": lambda: array.array("d", [1, 2, 3]),
    "a view of bytes": lambda: memoryview(b"0123"),
    "no columns": lambda: np.empty((5, 0)),
    "nothing at all": lambda: np.empty((0, 0)),
    "no axis": lambda: np.array(1.0),
    "seven axes": lambda: np.zeros((1,) * 7),
    "more than fits into memory": lambda: np.broadcast_to([1.0, 2.0, 3.0], (10**12, 3)),
    "whole numbers that do not fit": lambda: np.broadcast_to(np.int8(1), (10**9, 10**4)),
    "a row of one number": lambda: [[1.0]],
    "two points": lambda: GOOD[:2],
    "three points": lambda: GOOD[:3],
    "four points": lambda: GOOD[:4],
    "two places": lambda: np.repeat([[0.0, 0, 0], [1, 1, 1]], 7, axis=0),
    "duplicates": lambda: np.repeat(GOOD[:7], 2, axis=0),
    "duplicates but for rounding": lambda: np.concatenate([GOOD[:7], np.nextafter(GOOD[:7], 9)]),
    "on a line": lambda: np.outer(np.arange(14.0), [1, 2, 3]),
    "in a plane": lambda: np.column_stack([GOOD[:, :2], np.zeros(14)]),
    "on a sphere": lambda: GOOD / np.linalg.norm(GOOD, axis=1, keepdims=True),
    "corners of a cube": lambda: np.stack(np.meshgrid([0.0, 1], [0, 1], [0, 1]), -1).reshape(-1, 3),
    "a constant column": lambda: np.column_stack([GOOD[:, 0], np.full(14, 7.0), GOOD[:, 2]]),
    "one column": lambda: GOOD[:, :1],
    "two columns": lambda: GOOD[:, :2],
    "more columns than rows": lambda: np.random.default_rng(6).normal(size=(4, 200)),
    "very unequal scales": lambda: GOOD * [1e-12, 1, 1e12],
    "unequal beyond float": lambda: GOOD * [1e-150, 1, 1e150],
    "near in float32": lambda: (1e8 + GOOD).astype(np.float32),
    "whole numbers beyond int64": lambda: [[10**30, 1], [2, 3], [4, 5], [6, 8]],
    "a number that no float holds": lambda: [[10**400, 1], [2, 3]],
    "an array of objects that are not": lambda: np.array([[1, "a"], [None, {}]], dtype=object),
    "an array of arrays": lambda: np.array([GOOD, None], dtype=object),
    "overlapping windows": lambda: as_strided(np.arange(20.0), (14, 3), (8, 8)),
    "a matrix": lambda: np.asmatrix(GOOD),
    "a table": lambda: pd.DataFrame(GOOD, columns=list("abc")),
    "a table with one name for all columns": lambda: pd.DataFrame(GOOD, columns=list("aaa")),
    "a table with texts": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
    "a table with gaps": lambda: pd.DataFrame({"a": [1.0, None], "b": [2.0, 3.0]}),
    "a table with nullable gaps": lambda: pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [2, 3]}),
    "a table with categories": lambda: pd.DataFrame({"a": pd.Categorical(["u", "v"]), "b": [1.0, 2.0]}),
    "a table with dates": lambda: pd.DataFrame({"a": pd.to_datetime(["2018-01-01"] * 4), "b": range(4)}),
    "an empty table": pd.DataFrame,
    "a column of a table": lambda: pd.Series(GOOD[:, 0]),
    "sparse rows": lambda: csr_array(GOOD),
    "sparse coordinates": lambda: coo_array(GOOD),
}


def _square(place, value, both=True) -> np.ndarray:
    matrix = SQUARE.copy()
    matrix[place] = value
    if both:
        matrix[place[::-1]] = value
    return matrix


OFF = np.eye(12) == 0
MATRICES = {
    "not symmetric": lambda: _square((1, 4), 9.0, both=False),
    "symmetric but for rounding": lambda: SQUARE + np.triu(np.full((12, 12), 1e-15), 1),
    "a negative distance": lambda: _square((1, 4), -1.0),
    "a diagonal that is not zero": lambda: SQUARE + np.eye(12),
    "a negative diagonal": lambda: SQUARE - np.eye(12),
    "NaN between two": lambda: _square((2, 3), np.nan),
    "NaN on the diagonal": lambda: _square((2, 2), np.nan),
    "inf between two": lambda: _square((2, 3), np.inf),
    "inf between two, one way": lambda: _square((2, 3), np.inf, both=False),
    "inf on the diagonal": lambda: _square((2, 2), np.inf),
    "-inf between two": lambda: _square((2, 3), -np.inf),
    "inf everywhere": lambda: np.where(OFF, np.inf, 0),
    "inf everywhere, diagonal too": lambda: np.full((12, 12), np.inf),
    "two parts that do not meet": lambda: np.where(np.kron([[0, 1], [1, 0]], np.ones((6, 6))) > 0, np.inf, SQUARE),
    "a matrix of zeros": lambda: np.zeros((12, 12)),
    "all at distance one": lambda: 1 - np.eye(12),
    "no triangle inequality": lambda: _square((0, 11), 1000.0),
    "distances of zero between different rows": lambda: _square((0, 11), 0.0),
    "the largest numbers off the diagonal": lambda: np.where(OFF, np.finfo(float).max, 0),
    "the smallest numbers off the diagonal": lambda: np.where(OFF, 5e-324, 0),
    "distances beyond float32": lambda: SQUARE * 1e60,
    "distances below float32": lambda: SQUARE * 1e-60,
    "distances within float32 and beyond": lambda: np.where(SQUARE > 8, SQUARE * 1e60, SQUARE),
    "one row too many": lambda: np.zeros((13, 12)),
    "one entry": lambda: np.zeros((1, 1)),
    "one entry that is not zero": lambda: np.ones((1, 1)),
    "no entry": lambda: np.empty((0, 0)),
    "two by two": lambda: np.array([[0, 1.0], [1, 0]]),
    "three of whom two are one": lambda: np.array([[0, 0, 1.0], [0, 0, 1], [1, 1, 0]]),
    "whole numbers": lambda: SQUARE.astype(int),
    "bytes that wrap": lambda: SQUARE.astype(np.uint8),
    "truth values": lambda: OFF,
    "sparse distances": lambda: csr_array(SQUARE),
    "a table of distances": lambda: pd.DataFrame(SQUARE),
    "condensed": lambda: SQUARE[np.triu_indices(12, 1)],
    "a stack of matrices": lambda: np.stack([SQUARE, SQUARE]),
    "rows of distances of unequal length": lambda: [[0, 1], [1]],
    "complex distances": lambda: SQUARE + 0j,
    "distances as texts": lambda: SQUARE.astype(str),
    "masked distances": lambda: np.ma.masked_array(SQUARE, mask=SQUARE > 8),
    "no matrix": lambda: None,
    "more distances than fit": lambda: np.broadcast_to(0.0, (10**7, 10**7)),
    "correlations above one": lambda: np.where(OFF, 1.5, 1),
    "correlations of constants": lambda: np.full((4, 4), np.nan),
    "a matrix of correlations": lambda: np.corrcoef(GOOD),
    "correlations above one by rounding": lambda: np.where(OFF, 1 + 1e-15, 1),
    "anticorrelated": lambda: np.where(np.eye(4) > 0, 1.0, -1.0),
    "distances in Fortran order": lambda: np.asfortranarray(SQUARE),
    "distances in read-only memory": lambda: np.broadcast_to(np.zeros((1, 1)), (12, 12)),
}

# For every argument that is one number: counts, neighbours, dimensions, fields, seeds, shares, limits.
NUMBERS = {
    "none": None, "zero": 0, "minus zero": -0.0, "one": 1, "two": 2, "three": 3, "four": 4, "minus one": -1,
    "minus three": -3, "half": 0.5, "one and a half": 1.5, "two and a half": 2.5, "just below two": 2 - 1e-15,
    "true": True, "false": False, "NumPy's true": np.True_, "not a number": float("nan"), "infinite": float("inf"),
    "minus infinite": float("-inf"), "as many as there are": 14, "one more than there are": 15, "one hundred": 100,
    "one hundred and one": 101, "huge": 10**9, "as a 32-bit seed is not": 2**32, "beyond 64 bits": 2**70,
    "beyond floats": 10**400, "beyond what is printed": 10**5000, "tiny": 5e-324, "minus tiny": -5e-324,
    "largest float": 1.7e308, "two as a text": "2", "an empty text": "", "a word": "many", "two as bytes": b"2",
    "a list": [2], "a list of negatives": [-1, 2], "a list of none": [None], "an empty array": np.array([]),
    "an array of two": np.array([1, 2]), "an array without axes": np.array(2), "two of NumPy": np.int64(2),
    "two as a float": 2.0, "two as a float of NumPy": np.float32(2), "a byte": np.uint8(255), "complex two": 2 + 0j,
    "a fraction": fractions.Fraction(1, 2), "a decimal": decimal.Decimal(2), "an object": object(), "a tuple": (1, 2),
    "a mapping": {"k": 2}, "a set of two": {2}, "a slice": slice(2), "an ellipsis": ..., "a date": np.datetime64("2018"),
    "the gap of pandas": pd.NA, "a type of number": int,
}  # fmt: skip

LENSES = {
    "lens of one value": lambda: np.ones(14),
    "lens of NaN": lambda: np.full(14, np.nan),
    "lens with one NaN": lambda: _put(LENS, np.nan),
    "lens with one inf": lambda: _put(LENS, np.inf),
    "lens too short": lambda: np.arange(5.0),
    "lens too long": lambda: np.arange(50.0),
    "lens of one number": lambda: np.arange(1.0),
    "lens of texts": lambda: np.array(list("abcdefghijklmn")),
    "lens of three axes": lambda: np.zeros((14, 2, 2)),
    "lens without values": lambda: np.empty(0),
    "lens without columns": lambda: np.empty((14, 0)),
    "lens with a huge range": lambda: np.where(np.arange(14) % 2, -1.7e308, 1.7e308),
    "lens with a large range": lambda: np.linspace(-1e150, 1e150, 14),
    "lens with a tiny range": lambda: np.linspace(0, 5e-323, 14),
    "lens with a small range": lambda: np.linspace(0, 1e-130, 14),
    "lens with a range of rounding": lambda: np.where(np.arange(14) % 2, 1, np.nextafter(1, 2)),
    "lens with one far value": lambda: _put(LENS, 1e12),
    "lens far from zero": lambda: 1e16 + 2 * np.arange(14.0),
    "lens of integers": lambda: np.arange(14),
    "lens of unsigned bytes": lambda: np.arange(242, 256, dtype=np.uint8),
    "lens of bool": lambda: np.arange(14) > 6,
    "lens of objects": lambda: np.arange(14).astype(object),
    "lens in descending order": lambda: LENS[::-1],
    "lens in two columns": lambda: GOOD[:, :2],
    "lens in nine columns": lambda: PATCHES,
    "lens of ties": lambda: np.repeat([0.0, 1.0], 7),
    "lens of negative zero": lambda: np.where(np.arange(14) % 2, 0.0, -0.0),
    "lens of negative numbers": lambda: -1 - LENS,
    "lens as a list": lambda: list(range(14)),
    "lens as a generator": lambda: (value for value in LENS),
    "lens that is None": lambda: None,
    "lens that is a number": lambda: 5.0,
    "lens that is a name": lambda: "no such lens",
    "lens that is a mapping": lambda: {"name": "eccentricity", "strange": 1},
    "lens that is a mapping without a name": lambda: {},
    "lens that is a function": lambda: lambda data: np.full(len(data), np.nan),
    "lens of complex numbers": lambda: np.arange(14) + 1j,
    "lens of dates": lambda: np.arange(14).astype("datetime64[D]"),
    "lens that is masked": lambda: np.ma.masked_array(LENS, mask=LENS > 0.5),
    "lens as a table": lambda: pd.DataFrame({"a": range(14)}),
    "lens more than fits": lambda: np.broadcast_to(1.0, 10**13),
}

COVERS = {
    "no intervals": {"intervals": 0},
    "minus one interval": {"intervals": -1},
    "two and a half intervals": {"intervals": 2.5},
    "a million and one intervals": {"intervals": 1_000_001},
    "intervals that are NaN": {"intervals": np.nan},
    "intervals as a text": {"intervals": "10"},
    "intervals for two lenses": {"intervals": [4, 4]},
    "intervals for no lens": {"intervals": []},
    "a million intervals": {"intervals": 1_000_000},
    "one interval": {"intervals": 1},
    "no intervals told": {"intervals": None},
    "overlap of all": {"overlap": 1.0},
    "overlap of more than all": {"overlap": 1.5},
    "overlap below zero": {"overlap": -0.1},
    "overlap of almost all": {"overlap": 1 - 1e-16},
    "overlap of all but a thousandth": {"overlap": 0.999, "intervals": 3},
    "overlap in percent": {"overlap": 30},
    "overlap that is NaN": {"overlap": np.nan},
    "overlap that is infinite": {"overlap": np.inf},
    "overlap of none": {"overlap": 0},
    "overlap that is true": {"overlap": True},
    "overlap for two lenses": {"overlap": [0.2, 0.3]},
    "a geometry that is not known": {"geometry": "hexagons"},
    "a geometry that is None": {"geometry": None},
    "a geometry that is a list": {"geometry": ["published"]},
    "a length without its geometry": {"length": 1.0},
    "a length of zero": {"geometry": "length", "length": 0, "intervals": 4},
    "a length below zero": {"geometry": "length", "length": -1.0},
    "a length that is NaN": {"geometry": "length", "length": np.nan},
    "a length that is tiny": {"geometry": "length", "length": 1e-300},
    "a length beyond the range": {"geometry": "length", "length": 1e6},
    "a length that is infinite": {"geometry": "length", "length": np.inf},
    "limits the wrong way round": {"limits": (1, 0)},
    "limits that are NaN": {"limits": (np.nan, 1)},
    "limits that are infinite": {"limits": (-np.inf, np.inf)},
    "limits that hold no point": {"limits": (50, 60)},
    "limits that are one number": {"limits": (0.5, 0.5)},
    "limits of three": {"limits": (0, 1, 2)},
    "limits as texts": {"limits": ("low", "high")},
    "limits far beyond": {"limits": (-1e300, 1e300)},
    "limits as large as floats": {"limits": (-1.7e308, 1.7e308)},
    "balanced with limits that hold no point": {"geometry": "balanced", "limits": (50, 60)},
    "balanced into more than there are": {"geometry": "balanced", "intervals": 40},
    "kmapper without overlap": {"geometry": "kmapper", "overlap": 0.0},
    "kmapper overlap of almost all": {"geometry": "kmapper", "overlap": 1 - 1e-16},
}

LABELS = {
    "labels of one kind": lambda: np.zeros(12, dtype=int),
    "labels that all differ": lambda: np.arange(12),
    "labels too few": lambda: np.zeros(3, dtype=int),
    "labels too many": lambda: np.zeros(40, dtype=int),
    "labels with a gap": lambda: np.array(["a", None] * 6, dtype=object),
    "labels with a gap of pandas": lambda: pd.Series(["a", pd.NA] * 6),
    "labels with NaN": lambda: np.where(np.arange(12) % 2, np.nan, 1.0),
    "labels of two kinds mixed": lambda: np.array(["a", 1] * 6, dtype=object),
    "labels that are lists": lambda: [[1], [1, 2]] * 6,
    "labels of bool": lambda: np.arange(12) % 2 == 0,
    "labels of texts": lambda: np.array(["a", "b"] * 6),
    "labels that are markup": lambda: np.array(["<script>", "a"] * 6),
    "labels as categories": lambda: pd.Categorical(["a", "b"] * 6),
    "labels of two columns": lambda: np.zeros((12, 2)),
    "labels of none": lambda: np.empty(0),
    "labels of dates": lambda: np.array(["2018-01-01", "2018-01-02"] * 6, dtype="datetime64[D]"),
    "labels of missing dates": lambda: np.array(["2018-01-01", "NaT"] * 6, dtype="datetime64[D]"),
    "labels as a number": lambda: 3,
    "labels as a set": lambda: set(range(12)),
    "labels of named columns": lambda: np.zeros(12, dtype=[("x", int)]),
}

BY_KIND = {
    "points": POINTS, "matrices": MATRICES, "numbers": NUMBERS, "lenses": LENSES, "covers": COVERS, "labels": LABELS,
    "diagrams": DIAGRAMS, "curves": CURVES, "graphs": GRAPHS, "embeddings": EMBEDDINGS, "measurements": MEASUREMENTS,
}  # fmt: skip
# The hostile numbers once more, in arrays of other shapes, and what is no array at all.
OTHER_SHAPES = {
    "patches": POINTS | spoilt(PATCHES),
    "sphere": POINTS | spoilt(SPHERE),
    "image": POINTS | spoilt(IMAGE) | {"one pixel": lambda: [[1.0]], "an image in colour": lambda: np.ones((9, 9, 3))},
    "kernels": POINTS | spoilt(KERNELS) | {"kernels of one pixel": lambda: KERNELS[:, :, :1, :1]},
    "values": POINTS | spoilt(LENS) | LENSES,
}
ALL = BY_KIND | OTHER_SHAPES
# Of each kind one that must be answered.
PLAIN = {
    "points": GOOD, "patches": PATCHES, "sphere": SPHERE, "image": IMAGE, "kernels": KERNELS, "matrices": SQUARE,
    "lenses": LENS, "values": LENS,
}  # fmt: skip

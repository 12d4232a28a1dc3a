"""An exploration as JSON: arrays as base64 of little-endian numbers, text as codes of levels."""

import base64
import io
import json
from numbers import Real

import numpy as np
from PIL import Image

from tdabench.errors import BadInput
from tdabench.explorer.exploration import Exploration
from tdabench.explorer.placement import layout, spacing

SHEET_PIXELS = 6_000_000  # limit on the pictures in a page


def as_json(exploration: Exploration) -> str:
    """The data of the page as JSON that is safe within a script element, whatever the data are."""
    graph = exploration.graph
    membership = graph.membership.tocsr()
    nodes, points = membership.shape
    edges = np.asarray(graph.edges).reshape(-1, 2)
    weights = np.asarray(graph.weights) if len(edges) else np.zeros(0)
    cubes = getattr(graph, "cubes", None)
    positions = layout(nodes, edges)
    content = {
        "title": str(exploration.title),
        "note": str(exploration.note),
        "command": str(exploration.command),
        "parameters": {str(name): str(value) for name, value in exploration.parameters.items()},
        "colour": None if exploration.colour is None else str(exploration.colour),
        "nodes": nodes,
        "points": points,
        "starts": _array(membership.indptr, "<u4"),
        "members": _array(membership.indices, "<u4"),
        "edges": _array(edges, "<u4"),
        "weights": _array(weights, "<f4"),
        "positions": _array(positions, "<f4"),
        "spacing": spacing(positions),
        "cubes": None if cubes is None else np.asarray(cubes).reshape(nodes, -1).tolist(),
        "columns": [{"name": str(name)} | _column(name, values) for name, values in exploration.columns.items()],
        "thumbnails": _sheet(exploration.thumbnails, membership),
    }
    # An element <script> ends at the first "</script", even inside JSON.
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _array(values, kind: str) -> dict:
    return {"kind": kind[1:], "data": base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()}


def _column(name: str, values) -> dict:
    """A column of numbers or of text; booleans and dates are text."""
    values = np.asarray(values)
    if values.dtype.kind == "O" and all(_missing(value) or _number(value) for value in values):
        values = np.array([np.nan if _missing(value) else float(value) for value in values])
    if values.dtype.kind in "iuf":
        return _numbers(name, values)
    if values.dtype.kind in "OUSTbMm":
        return _text(values)
    raise BadInput(f"Column {name!r} holds {values.dtype}: numbers or text are needed.")


def _numbers(name: str, values: np.ndarray) -> dict:
    values = values.astype(float)
    if np.isinf(values).any():
        raise BadInput(f"Column {name!r} holds infinite values; leave them out or write NaN for missing.")
    with np.errstate(over="ignore"):
        short = values.astype(np.float32).astype(float)
    integers = values == np.round(values)
    # Seven digits are enough for a reader, but an integer may name something (a year, an identifier): keep it exact.
    exact = np.isfinite(short[~np.isnan(values)]).all() and (short[integers] == values[integers]).all()
    return {"type": "number", "values": _array(values, "<f4" if exact else "<f8")}


def _text(values: np.ndarray) -> dict:
    """A column of text: code i is level i of the sorted levels; the code after the last one is a missing value."""
    texts = [None if _missing(value) else _as_text(value) for value in values]
    levels = sorted({text for text in texts if text is not None})
    places = {level: place for place, level in enumerate(levels)} | {None: len(levels)}
    codes = [places[text] for text in texts]
    kind = "<u1" if len(levels) < 2**8 else "<u2" if len(levels) < 2**16 else "<u4"
    return {"type": "text", "levels": levels, "values": _array(codes, kind)}


def _missing(value) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Real | np.datetime64 | np.timedelta64) and bool(value != value)


def _as_text(value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _number(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool)


def _sheet(pictures, membership) -> dict | None:
    """A sample of the pictures in one PNG of SHEET_PIXELS: one more from each node in turn."""
    if pictures is None:
        return None
    pictures = np.asarray(pictures)
    _, height, width = pictures.shape
    most = max(1, SHEET_PIXELS // (height * width))
    sizes = np.diff(membership.indptr)
    turn = np.arange(membership.nnz) - np.repeat(membership.indptr[:-1], sizes)
    rows = membership.indices[np.argsort(turn, kind="stable")]
    _, first = np.unique(rows, return_index=True)
    rows = rows[np.sort(first)[:most]]
    across = max(1, int(np.sqrt(len(rows) * height / width)))
    sheet = np.zeros((-(-len(rows) // across) * height, across * width), dtype=np.uint8)
    for place, row in enumerate(rows):
        top, left = place // across * height, place % across * width
        sheet[top : top + height, left : left + width] = pictures[row]
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return {
        "height": height,
        "width": width,
        "across": across,
        "rows": _array(rows, "<u4"),
        "sheet": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode(),
    }

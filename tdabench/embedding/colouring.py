"""Colours of points, and of the nodes that hold them, by something known of the points.

A node has the mean of its points' numbers, or their most frequent category (the first of equals), of those known.
"""

from textwrap import fill

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.sparse import csr_array

from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph
from tdabench.mapper.pictures import CATEGORIES

COLOURS = (*CATEGORIES, "#6fb8b0", "#3b4c8c", "#b3a83c", "#a04668")
OTHER, UNKNOWN = "#9aa1ab", "#dcdee2"
MOST_CATEGORIES = 9  # the rest is "other"


def shades(colour, name: str, categories=None) -> "Numbers | Categories":
    """colour: (n,) numbers, NaN is grey, or texts, "" or None unknown; with `categories`, the index of each point's.

    BadInput where it is none of these.
    """
    colour = np.asarray(colour)
    if colour.ndim != 1 or not len(colour):
        raise BadInput(f"colour: one value for each point is needed, not an array of shape {colour.shape}.")
    if categories is None and colour.dtype.kind in "biuf":
        return Numbers(colour.astype(np.float64), name)
    if categories is None:
        texts = ["" if value is None or value != value else str(value) for value in colour.tolist()]
        names, counts = np.unique([text for text in texts if text], return_counts=True)
        names = names[np.argsort(-counts, kind="stable")].tolist()
        at = {text: place for place, text in enumerate(names)}
        return Categories(np.array([at.get(text, -1) for text in texts]), names, name)
    values = colour.astype(np.float64)
    known = np.isfinite(values)
    index = np.where(known, values, -1).astype(int)
    if (index[known] != values[known]).any() or (index[known] < 0).any() or (index >= len(categories)).any():
        last = len(categories) - 1
        raise BadInput(f"colour: with {len(categories)} categories, indices from 0 to {last} are needed.")
    return Categories(index, [str(category) for category in categories], name)


class Numbers:
    """Points and nodes coloured by a number, with a colour bar."""

    def __init__(self, values: np.ndarray, name: str) -> None:
        self.values, self.name, self.count = values, name, len(values)
        self.known = values[np.isfinite(values)]
        low, high = np.percentile(self.known, (2, 98)) if len(self.known) else (0, 1)
        if low == high and len(self.known):
            low, high = self.known.min(), self.known.max()
        self.constant = low == high
        if self.constant:  # the middle of the bar
            low, high = low - 1, high + 1
        self.scale = ScalarMappable(Normalize(low, high), colormaps["viridis"].with_extremes(bad=UNKNOWN))
        self.order = np.random.default_rng(0).permutation(self.count)  # so that no value covers the others

    def points(self) -> np.ndarray:
        return self.scale.to_rgba(np.ma.masked_invalid(self.values))

    def nodes(self, graph: MapperGraph) -> np.ndarray:
        known = np.isfinite(self.values)
        counts = graph.membership @ known.astype(float)
        sums = graph.membership @ np.where(known, self.values, 0.0)
        return self.scale.to_rgba(np.ma.masked_array(sums / np.maximum(counts, 1), mask=counts == 0))

    def explain(self, figure: Figure, grid: list) -> None:
        if not len(self.known):
            return
        below, above = self.known.min() < self.scale.norm.vmin, self.known.max() > self.scale.norm.vmax
        extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get((below, above), "neither")
        ticks = [self.known[0]] if self.constant else None
        figure.colorbar(self.scale, ax=grid, label=plain(self.name), shrink=0.7, aspect=35, extend=extend, ticks=ticks)


class Categories:
    """Points and nodes coloured by their category, with one legend: the most frequent, "other", "unknown"."""

    def __init__(self, index: np.ndarray, names: list[str], name: str) -> None:
        """index: (n,) into names, -1 unknown."""
        self.name, self.count = name, len(index)
        known = np.flatnonzero(index >= 0)
        self.members = csr_array((np.ones(len(known)), (known, index[known])), shape=(len(index), len(names)))
        counts = np.bincount(index[index >= 0], minlength=len(names))
        kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_CATEGORIES])  # in the order they came in
        kept = kept[counts[kept] > 0]
        other, unknown = len(kept), len(kept) + 1
        place = np.full(len(names) + 1, other)
        place[kept], place[-1] = np.arange(len(kept)), unknown
        self.place = place
        self.index = place[index]
        self.names = [names[number] for number in kept] + ["other", "unknown"]
        self.colours = [*COLOURS[: len(kept)], OTHER, UNKNOWN]
        self.order = np.random.default_rng(0).permutation(self.count)
        self.order = self.order[np.argsort(self.index[self.order] < other, kind="stable")]  # the grey ones below

    def points(self) -> np.ndarray:
        return to_rgba_array(self.colours)[self.index]

    def nodes(self, graph: MapperGraph) -> np.ndarray:
        counts = (graph.membership @ self.members).tocsr()
        most = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1)
        return to_rgba_array(self.colours)[self.place[most]]

    def explain(self, figure: Figure, grid: list) -> None:
        counts = np.bincount(self.index, minlength=len(self.names))
        entries = [
            Line2D([], [], marker="o", ls="", color=colour, label=label(fill(f"{name} ({count:,})", 26)))
            for colour, name, count in zip(self.colours, self.names, counts, strict=True) if count
        ]  # fmt: skip
        figure.legend(handles=entries, title=plain(fill(self.name, 26)), loc="outside right center", frameon=False,
                      fontsize=9, title_fontsize=9)  # fmt: skip


def plain(text: str) -> str:
    """Without matplotlib's mathematics: a price class is called "$$"."""
    return text.replace("$", r"\$")


def label(text: str) -> str:
    """Of a legend, which passes over what begins with an underscore."""
    return plain(f" {text}" if text.startswith("_") else text)

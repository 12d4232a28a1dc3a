"""Pictures of a Mapper graph and of what becomes of it over a grid of parameters."""

import networkx
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph

CATEGORIES = ("#2a7f9e", "#c8553d", "#e0a526", "#8f6fb0", "#5b8c5a", "#4c566a", "#d98cb3", "#8c6d46")
UNKNOWN = "#c9ccd1"
EDGE = "#9aa1ab"
MARK = "#c8553d"
MOST_FOR_KAMADA_KAWAI = 300  # nodes of a component; its time grows with their cube
LARGEST, SMALLEST = 420.0, 12.0  # area of a node, in square points


def graph_figure(
    graph: MapperGraph,
    colour,
    label: str,
    title: str,
    positions=None,
    categories=None,
    along_lens: bool = False,
) -> Figure:
    """A Mapper graph with the area of nodes by their number of points and edges by the points they share.

    colour: (nodes,) values, shown with a colour bar; NaN is grey. With `categories`, a list of names, colour holds the
    index of each node's category, shown with a legend. positions: (nodes, 2), or None for `layout`; along_lens: as in
    `layout`.
    """
    colour = np.asarray(colour, dtype=np.float64)
    if colour.shape != (graph.nodes,):
        raise BadInput(f"colour: one value for each of the {graph.nodes} nodes is needed, not {colour.shape}.")
    positions = layout(graph, along_lens) if positions is None else np.asarray(positions, dtype=np.float64)
    if positions.shape != (graph.nodes, 2):
        raise BadInput(f"positions: an array of shape ({graph.nodes}, 2) is needed, not {positions.shape}.")
    width, height = np.ptp(positions, axis=0) if graph.nodes else (1, 1)
    tall = 8.5 * min(max(height / width if width else 0.4, 0.35), 0.9)
    figure = Figure(figsize=(8.5, tall + 0.6), layout="constrained")
    axes = figure.subplots()
    weights = graph.weights
    widths = 0.6 + 2.4 * np.sqrt(weights / weights.max(initial=1))
    axes.add_collection(LineCollection(positions[graph.edges], colors=EDGE, linewidths=widths, zorder=1))
    style = {"s": _areas(graph), "edgecolors": "white", "linewidths": 0.6, "zorder": 2}
    if categories is None:
        drawn = axes.scatter(*positions.T, c=colour, cmap=_map(), plotnonfinite=True, **style)
        if np.isfinite(colour).any():
            figure.colorbar(drawn, ax=axes, label=label, shrink=0.8, aspect=30)
    else:
        index = _indices(colour, categories)
        axes.scatter(*positions.T, c=[_shade(number) for number in index], **style)
        present = [number for number in range(len(categories)) if (index == number).any()]
        entries = [_entry(_shade(number), categories[number]) for number in present]
        if (index < 0).any():
            entries.append(_entry(UNKNOWN, "unknown"))
        axes.legend(handles=entries, title=label, fontsize=8, title_fontsize=8, frameon=False, loc="center left",
                    bbox_to_anchor=(1, 0.5))  # fmt: skip
    if along_lens and graph.nodes:
        axes.set_xlabel("interval of the lens")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_yticks([])
        axes.spines[["left", "right", "top"]].set_visible(False)
    else:
        axes.set_aspect("equal")
        axes.set_axis_off()
    axes.margins(0.06)
    axes.set_title(title, fontsize=10)
    return figure


def layout(graph: MapperGraph, along_lens: bool = False) -> np.ndarray:
    """Positions (nodes, 2), the same every time.

    Components are laid out on their own (Kamada-Kawai up to 300 nodes, else a spring layout with a fixed seed, both of
    networkx) and packed side by side, the largest first. along_lens, for a lens of one dimension: x is the interval of
    the node, y keeps neighbours level and nodes of one interval apart.
    """
    whole = networkx.Graph()
    whole.add_nodes_from(range(graph.nodes))
    whole.add_edges_from(graph.edges.tolist())
    parts = sorted((sorted(part) for part in networkx.connected_components(whole)), key=lambda part: (-len(part), part))
    positions = np.zeros((graph.nodes, 2))
    if not along_lens:
        _pack(positions, parts, [_free(whole.subgraph(part), part) for part in parts])
        return positions
    if graph.cubes.shape[1] != 1:
        raise BadInput(f"along_lens: a lens of one dimension is needed, not of {graph.cubes.shape[1]}.")
    positions[:, 0] = graph.cubes[:, 0]
    top = {}  # interval -> y below which it is taken
    for part in parts:
        x = graph.cubes[part, 0]
        y = _level(whole, part, x)
        taken = range(int(x.min()), int(x.max()) + 1)
        base = max((top.get(column, 0.0) for column in taken), default=0.0)
        positions[part, 1] = base + y - y.min()
        for column in taken:
            top[column] = base + np.ptp(y) + 1.0
    return positions


def stability_figure(rows: list[dict], quantity: str, title: str) -> Figure:
    """A quantity of `stability_map` ("nodes", "b0", "b1", "flares") over intervals and overlap, a panel for each cut;
    the published point is framed."""
    if not rows or quantity not in rows[0]:
        known = ", ".join(key for key in rows[0] if key != "published") if rows else "(no rows)"
        raise BadInput(f"quantity: one of the rows' own is needed ({known}), not {quantity!r}.")
    cuts = list(dict.fromkeys(row["cut"] for row in rows))
    intervals = sorted({row["intervals"] for row in rows})
    overlaps = sorted({row["overlap"] for row in rows})
    values = np.full((len(cuts), len(overlaps), len(intervals)), np.nan)
    framed = []
    for row in rows:
        place = cuts.index(row["cut"]), overlaps.index(row["overlap"]), intervals.index(row["intervals"])
        values[place] = row[quantity]
        if row["published"]:
            framed.append(place)
    columns = min(len(cuts), 4)
    lines = -(-len(cuts) // columns)
    size = (max(2.2, 0.34 * len(intervals) + 0.9) * columns + 1.2, max(1.8, 0.3 * len(overlaps) + 1) * lines + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    low, high = np.nanmin(values), np.nanmax(values)
    for number, (axes, cut) in enumerate(zip(panels, cuts, strict=False)):
        image = axes.imshow(values[number], origin="lower", aspect="auto", cmap="YlGnBu", vmin=low, vmax=high)
        axes.set_xticks(range(len(intervals)), _ticks(intervals), fontsize=7)
        axes.set_yticks(range(len(overlaps)), [f"{overlap:.3g}" for overlap in overlaps], fontsize=7)
        if len(intervals) <= 16 and len(overlaps) <= 16:
            _write(axes, values[number], low, high)
        for _, row, column in (place for place in framed if place[0] == number):
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=MARK, lw=2.2))
        axes.set_title(f"cut {cut:.4g}" if isinstance(cut, float) else f"cut {cut}", fontsize=9)
    for axes in panels[len(cuts) :]:
        axes.set_axis_off()
    figure.supxlabel("intervals", fontsize=9)
    figure.supylabel("overlap", fontsize=9)
    whole = MaxNLocator(5, integer=all(isinstance(row[quantity], int | np.integer) for row in rows))
    figure.colorbar(image, ax=list(panels), label=quantity, shrink=0.9, ticks=whole)
    figure.suptitle(title + (" (published point framed)" if framed else ""), fontsize=10)
    return figure


def _areas(graph: MapperGraph) -> np.ndarray:
    largest = graph.sizes.max(initial=1)
    crowd = min(1.0, 8 / np.sqrt(max(graph.nodes, 1)))  # many nodes: smaller ones
    return np.maximum(SMALLEST, LARGEST * crowd * graph.sizes / largest)


def _map():
    from matplotlib import colormaps

    return colormaps["viridis"].with_extremes(bad=UNKNOWN)


def _indices(colour: np.ndarray, categories) -> np.ndarray:
    known = np.isfinite(colour)
    index = np.where(known, colour, -1).astype(int)
    if (index[known] != colour[known]).any() or (index[known] < 0).any() or (index >= len(categories)).any():
        raise BadInput(
            f"colour: with {len(categories)} categories, indices from 0 to {len(categories) - 1} are needed."
        )
    return index


def _shade(number: int) -> str:
    return CATEGORIES[number % len(CATEGORIES)] if number >= 0 else UNKNOWN


def _entry(colour: str, name) -> Line2D:
    return Line2D([], [], marker="o", linestyle="", color=colour, label=str(name))


def _free(part: networkx.Graph, nodes: list[int]) -> np.ndarray:
    """Positions of a connected graph, neighbours about 1 apart."""
    if len(nodes) <= 2:
        return np.array([[0.0, 0.0], [1.0, 0.0]])[: len(nodes)]
    if len(nodes) <= MOST_FOR_KAMADA_KAWAI:
        found = networkx.kamada_kawai_layout(part, pos=_start(part, nodes), weight=None)
    else:
        found = networkx.spring_layout(part, seed=0, pos=_start(part, nodes), weight=None)
    placed = np.array([found[node] for node in nodes])
    placed -= placed.mean(axis=0)
    turned = placed @ np.linalg.svd(placed, full_matrices=False)[2].T  # longest extent across the page
    turned *= np.where(np.sum(turned**3, axis=0) < 0, -1, 1)  # an axis has no sign of its own
    at = {node: place for place, node in enumerate(nodes)}
    ends = np.array([(at[a], at[b]) for a, b in part.edges])
    lengths = np.linalg.norm(turned[ends[:, 0]] - turned[ends[:, 1]], axis=1)
    return turned / np.median(lengths)


def _start(part: networkx.Graph, nodes: list[int]) -> dict:
    """A beginning that unfolds branches: the distances from the two ends of a longest path."""
    first = _farthest(part, nodes[0])
    hops = networkx.single_source_shortest_path_length(part, first)
    across = networkx.single_source_shortest_path_length(part, max(hops, key=lambda node: (hops[node], -node)))
    jitter = np.random.default_rng(0).normal(scale=0.1, size=(len(nodes), 2))
    return {
        node: np.array([hops[node] - across[node], hops[node] + across[node]]) / len(nodes) + jitter[place]
        for place, node in enumerate(nodes)
    }


def _farthest(part: networkx.Graph, node: int) -> int:
    hops = networkx.single_source_shortest_path_length(part, node)
    return max(hops, key=lambda other: (hops[other], -other))


def _pack(positions: np.ndarray, parts: list[list[int]], placed: list[np.ndarray]) -> None:
    """Put the boxes of the components in lines, as wide as the largest needs or about square."""
    boxes = [np.ptp(found, axis=0) + 1.0 for found in placed]
    width = max(max((box[0] for box in boxes), default=1), 1.4 * np.sqrt(sum(box[0] * box[1] for box in boxes)))
    x = y = line = 0.0
    for part, found, box in zip(parts, placed, boxes, strict=True):
        if x > 0 and x + box[0] > width + 1e-9:
            x, y, line = 0.0, y - line, 0.0
        positions[part] = found - found.min(axis=0) + [x, y - box[1]]
        x, line = x + box[0], max(line, box[1])


def _level(whole: networkx.Graph, part: list[int], x: np.ndarray) -> np.ndarray:
    """y of a component's nodes: near the mean of their neighbours', and at least 1 apart within an interval."""
    at = {node: place for place, node in enumerate(part)}
    neighbours = [[at[other] for other in whole[node]] for node in part]
    columns = [np.flatnonzero(x == column) for column in np.unique(x)]
    y = np.zeros(len(part))
    for column in columns:
        y[column] = np.arange(len(column)) - (len(column) - 1) / 2
    for sweep in range(24):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = np.array([np.mean(y[neighbours[place]]) if neighbours[place] else y[place] for place in column])
            y[column] = _apart(wanted)
    return y


def _apart(wanted: np.ndarray) -> np.ndarray:
    """The nearest values (least squares) in the same order that are at least 1 apart."""
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(wanted, kind="stable")
    steps = np.arange(len(wanted))
    found = np.empty(len(wanted))
    found[order] = isotonic_regression(wanted[order] - steps) + steps
    return found


def _ticks(values) -> list[str]:
    """At most about 16 of them are written."""
    every = -(-len(values) // 16)
    return [str(value) if number % every == 0 else "" for number, value in enumerate(values)]


def _write(axes, values: np.ndarray, low: float, high: float) -> None:
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = value > low + 0.6 * (high - low)
            axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=7, color="w" if dark else "0.2")

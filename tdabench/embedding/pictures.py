"""Pictures of methods beside each other: what they make of the points, what it costs, what it keeps."""

from textwrap import fill, shorten

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tdabench.embedding.colouring import COLOURS, Categories, Numbers, plain, shades
from tdabench.embedding.embedded import Embedded
from tdabench.errors import BadInput
from tdabench.mapper.pictures import EDGE, MARK, layout

Shading = Numbers | Categories
MARKERS = "osD^v<>PXhpd"
MOST_LAID_OUT = 800  # nodes of a graph; above, each stands at the mean of its points
SQUEEZED = 3  # where all points reach so many times farther than their central 98 %, only these are shown
ELONGATED = 4  # up to this ratio of the two spreads both axes have one scale


def side_by_side(panels: dict, colour, name: str, title: str, categories=None, subtitles: dict | None = None) -> Figure:
    """What each method makes of the same n points, coloured by something known of them.

    panels: title -> Embedded, or the reason (text) why there is none; colour: (n,) numbers, NaN is grey, or texts; with
    `categories`, a list of names, the index of each point's. name: of what colours; subtitles: title -> a line below
    it, the seconds say. Of coordinates the first two are drawn; a node of a graph has the mean of its points' numbers,
    or their most frequent category. BadInput where a panel has not n points.
    """
    if not panels:
        raise BadInput("panels: at least one method is needed.")
    shading = shades(colour, name, categories)
    widths = ((4, len(panels)), (6, 3), (8, 4), (10, 5), (12, 4), (np.inf, 5))
    columns = next(count for most, count in widths if len(panels) <= most)
    lines, side = -(-len(panels) // columns), {1: 5.2, 5: 2.75}.get(columns, 3.1)
    figure = Figure(figsize=(side * columns + 1.9, (side + 0.6) * lines + 0.5), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, (method, found) in zip(grid, panels.items(), strict=False):
        axes.set(xticks=[], yticks=[], box_aspect=1)
        axes.spines[:].set_color("0.8")
        if isinstance(found, str):
            reason = fill(shorten(found, 260, placeholder=" ..."), 34)
            axes.text(0.5, 0.5, plain(f"no result\n\n{reason}"), ha="center", va="center", fontsize=8.5, color="0.4")
            axes.set_facecolor("#f7f7f8")
        elif len(found.coordinates) != shading.count:
            raise BadInput(f"colour: {shading.count} values for the {len(found.coordinates)} points of {method}.")
        elif found.graph is not None:
            _draw_graph(axes, found, shading)
        else:
            _draw_points(axes, found.coordinates, shading)
        below = fill((subtitles or {}).get(method, ""), 44)
        axes.set_title(plain(fill(method, 32)), fontsize=11, pad=6 + 12 * (below.count("\n") + 1 if below else 0))
        if below:
            axes.annotate(plain(below), (0.5, 1), (0, 4), "axes fraction", textcoords="offset points", ha="center",
                          fontsize=8.5, color="0.4")  # fmt: skip
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    shading.explain(figure, list(grid))
    figure.suptitle(plain(fill(title, int(11 * figure.get_figwidth()))), fontsize=12)
    return figure


MEASURES = {"trustworthiness": "trustworthiness", "continuity": "continuity", "label_accuracy": "label accuracy"}


def quality_figure(rows: list[dict], title: str) -> Figure:
    """Quality over seconds (logarithmic), a panel for each measure, a point for each method.

    rows: {"method", "seconds" (one, or one per round: their median), "trustworthiness", "continuity",
    "label_accuracy", "chance", "label_accuracy_before"}, further keys not used; a row without seconds is named below
    with its "reason". Dashed: chance, 1/2 for the first two (points put anywhere); dotted: on the points themselves.
    """
    there = [row | {"seconds": float(np.median(row["seconds"]))} for row in rows if np.size(row.get("seconds") or ())]
    by_title = looks([row["method"] for row in rows])
    shown = [key for key in MEASURES if any(row.get(key) is not None for row in there)] or ["trustworthiness"]
    figure = Figure(figsize=(1 + 4.7 * len(shown), 5.8), layout="constrained")
    for axes, key in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        seen = [row for row in there if row.get(key) is not None]
        for row in seen:
            axes.plot(row["seconds"], row[key], ms=8, **by_title[row["method"]] | {"ls": ""})
        axes.set(xscale="log", xlabel="seconds", title=MEASURES[key])
        labelled = key == "label_accuracy"
        chance = next((row["chance"] for row in seen if row.get("chance") is not None), None) if labelled else 0.5
        before = next((row["label_accuracy_before"] for row in seen if row.get("label_accuracy_before") is not None),
                      None) if labelled else None  # fmt: skip
        _level(axes, chance, "the most frequent label" if labelled else "chance", (0, (5, 3)))
        _level(axes, before, "on the points themselves", ":")
        values = [row[key] for row in seen] + [level for level in (chance, before) if level is not None]
        low, high = (min(values), max(values)) if seen else (0.5, 1)
        span = max(high - low, 0.1)
        axes.set_ylim(low - 0.09 * span, high + 0.12 * span)
        seconds = np.array([row["seconds"] for row in seen] or [1.0])
        margin = max((seconds.max() / seconds.min()) ** 0.13, 2.5)
        axes.set_xlim(seconds.min() / margin, seconds.max() * margin)
        _write_decades(axes)
        axes.spines[["top", "right"]].set_visible(False)
    _failed_below(figure, rows, {row["method"] for row in there}, 62 * len(shown))
    figure.suptitle(plain(fill(title, 55 * len(shown))), fontsize=12)
    figure.draw_without_rendering()  # names are put beside points where these will be
    for axes, key in zip(figure.axes, shown, strict=True):
        _name(axes, {row["method"]: (row["seconds"], row[key]) for row in there if row.get(key) is not None})
    return figure


def ratio_figure(rows: list[dict], noise, title: str) -> Figure:
    """Seconds of each method over those of another, logarithmic: median and range over rounds.

    rows: {"method", "ratios": {"LLE": [one per round], "PCA": [...]}, "published": {"LLE": 0.75} (optional; hollow),
    "reason" (of a method without ratios)}; a panel for each method that is divided by; noise: (lowest, highest) ratio
    of a method to itself, shaded, or None.
    """
    if not rows:
        raise BadInput("rows: at least one method is needed.")
    named = [other for row in rows for key in ("ratios", "published") for other in row.get(key) or {}]
    others = list(dict.fromkeys(named)) or ["another method"]
    figure = Figure(figsize=(2.6 + 4.6 * len(others), 1.6 + 0.36 * max(len(rows), 3)), layout="constrained")
    panels = figure.subplots(1, len(others), squeeze=False, sharey=True)[0]
    for axes, other in zip(panels, others, strict=True):
        axes.axvline(1, color="0.55", lw=1, zorder=1)
        if noise is not None:
            axes.axvspan(*noise, color="#e0a526", alpha=0.25, lw=0, zorder=0)
        seen = [1.0]
        for line, row in enumerate(rows):
            found, published = ((row.get(key) or {}).get(other) for key in ("ratios", "published"))
            if published:
                axes.plot(published, line, "o", ms=11, mfc="none", mec=MARK, mew=1.8, zorder=4)
                seen.append(published)
            if found is None or not len(found):
                said = shorten(row.get("reason") or "no ratio", 52, placeholder=" ...")
                axes.text(0.01, line, plain(said), transform=axes.get_yaxis_transform(), va="center", fontsize=8,
                          color="0.5", bbox={"facecolor": "w", "edgecolor": "none", "pad": 1})  # fmt: skip
                continue
            middle = float(np.median(found))
            axes.plot([min(found), max(found)], [line, line], color=COLOURS[0], lw=3, alpha=0.45, zorder=2)
            axes.plot(middle, line, "o", ms=6.5, color=COLOURS[0], zorder=3)
            axes.text(1.01, line, f"{middle:.2g}" if middle < 100 else f"{middle:,.0f}", fontsize=8.5, color="0.3",
                      transform=axes.get_yaxis_transform(), va="center")  # fmt: skip
            seen += [min(found), max(found)]
        axes.set_xscale("log")
        margin = max((max(seen) / min(seen)) ** 0.08, 1.5)
        axes.set_xlim(min(seen) / margin, max(seen) * margin)
        _write_decades(axes)
        axes.set_xlabel(plain(f"seconds / seconds of {other}"))
        axes.set_yticks(range(len(rows)), [plain(fill(row["method"], 32)) for row in rows], fontsize=9.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(axis="x", color="0.94")
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
    entries = [Line2D([], [], marker="o", color=COLOURS[0], label="median and range over rounds")]
    if any(row.get("published") for row in rows):
        entries.append(Line2D([], [], marker="o", ms=9, ls="", mfc="none", mec=MARK, mew=1.8, label="published"))
    if noise is not None:
        entries.append(Patch(color="#e0a526", alpha=0.25, label="a method against itself"))
    figure.legend(handles=entries, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    figure.suptitle(plain(fill(title, 26 + 48 * len(others))), fontsize=12)
    return figure


def _draw_points(axes, coordinates: np.ndarray, shading: Shading) -> None:
    places = np.column_stack([coordinates, np.zeros(len(coordinates))])[:, :2]  # of one coordinate: a line
    low, high = _limits(places, cut=True)
    area = float(np.clip(9000 / len(places), 2.5, 26))
    axes.scatter(*places[shading.order].T, c=shading.points()[shading.order], s=area, lw=0, alpha=0.8)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    outside = int(((places < low) | (places > high)).any(axis=1).sum())
    if outside:
        axes.set_xlabel(f"{outside:,} of {len(places):,} points lie outside", fontsize=8.5, color=MARK)


def _draw_graph(axes, found: Embedded, shading: Shading) -> None:
    graph = found.graph
    if graph.nodes <= MOST_LAID_OUT:
        places = layout(graph)
    else:
        two = np.column_stack([found.coordinates, np.zeros(graph.points)])[:, :2]
        places = (graph.membership @ two) / graph.sizes[:, None]
    low, high = _limits(places, cut=False)
    areas = 150 * min(1.0, 6 / np.sqrt(max(graph.nodes, 1))) * graph.sizes / graph.sizes.max(initial=1)
    axes.add_collection(LineCollection(places[graph.edges], colors=EDGE, linewidths=0.7, zorder=1))
    axes.scatter(*places.T, c=shading.nodes(graph), s=np.maximum(areas, 3.5), edgecolors="w", lw=0.3, zorder=2)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_xlabel(f"{graph.nodes:,} nodes, {len(graph.edges):,} edges", fontsize=8.5, color="0.4")


def _limits(places: np.ndarray, cut: bool) -> tuple[np.ndarray, np.ndarray]:
    """(2,) lowest and highest to show; `cut`: without the few that lie far away."""
    low, high = places.min(axis=0), places.max(axis=0)
    if cut:
        few = min(-(-len(places) // 100), len(places) // 8)  # of few points the outermost one on either side
        inner = np.sort(places, axis=0)[[few, -1 - few]]
        spread = np.ptp(inner, axis=0)
        far = (high - low > SQUEEZED * spread) & (spread > 1e-9 * (high - low))  # all but a few in one spot: no cut
        low, high = np.where(far, inner[0], low), np.where(far, inner[1], high)
    middle, span = (low + high) / 2, high - low
    if span.max() <= ELONGATED * span.min() or span.min() <= 1e-12 * span.max():
        span[:] = span.max() or 1.0
    return middle - 0.54 * span, middle + 0.54 * span


def looks(titles: list[str]) -> dict[str, dict]:
    """Colour, marker and line of each method; another try ("Method, other solver") hollow and dashed."""
    first = list(dict.fromkeys(title.split(", ")[0] for title in titles))
    looks = {}
    for title in titles:
        place = first.index(title.split(", ")[0])
        again = title != first[place]
        colour = COLOURS[place % len(COLOURS)]
        looks[title] = {"color": colour, "marker": MARKERS[place % len(MARKERS)], "ls": "--" if again else "-",
                        "mfc": "w" if again else colour}  # fmt: skip
    return looks


def _write_decades(axes) -> None:
    """Plain numbers on a logarithmic x axis; where it spans about a decade or less, those between decades too."""
    low, high = axes.get_xlim()
    written = FuncFormatter(lambda value, _: f"{value:,g}")
    axes.xaxis.set_major_locator(LogLocator(numticks=12))
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5), numticks=12))
    axes.xaxis.set_major_formatter(written)
    axes.xaxis.set_minor_formatter(written if high / low < 30 else NullFormatter())


def _level(axes, value, text: str, style) -> None:
    if value is not None:
        axes.axhline(value, color="0.55", lw=1, ls=style, zorder=0)
        axes.annotate(text, (1, value), (-2, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
                      ha="right", fontsize=8, color="0.45")  # fmt: skip


def _failed_below(figure: Figure, rows: list[dict], there: set, width: int) -> None:
    failed = [f"{row['method']} ({shorten(row.get('reason') or 'no reason given', 70, placeholder=' ...')})"
              for row in rows if row["method"] not in there]  # fmt: skip
    if failed:
        figure.supxlabel(plain(fill("No result: " + "; ".join(failed), width)), fontsize=8.5, color="0.4", x=0.5)


def _name(axes, places: dict) -> None:
    """The name of each point beside it: of 64 places round it, the one that covers least, near ones first; with a line
    to it where it is not next to it."""
    scale = axes.figure.dpi / 72
    marks = {name: axes.transData.transform(place) / scale for name, place in places.items()}  # in points
    frame = np.array(axes.bbox.get_points()) / scale
    taken = [_box(mark, 5) for mark in marks.values()]
    taken += [np.array(text.get_window_extent().get_points()) / scale for text in axes.texts]
    for name, mark in sorted(marks.items(), key=lambda item: -item[1][1]):
        text = axes.annotate(plain(fill(name, 18)), places[name], (0, 0), textcoords="offset points", fontsize=8.5,
                             ha="center", va="center", color="0.2", in_layout=False)  # fmt: skip
        half = np.ptp(np.array(text.get_window_extent().get_points()), axis=0) / scale / 2
        tried = []
        for away in (7, 16, 28, 44):
            for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False):
                shift = (away + half) * [np.cos(turn), np.sin(turn)]
                box = _box(mark + shift, half)
                end = shift - np.clip(shift, -half, half)  # of the line: the nearest place of the name
                line = [_box(mark + part * end, 1) for part in np.linspace(0.3, 0.9, 6)] if away > 7 else []
                outside = np.maximum(frame[0] - box[0], 0).sum() + np.maximum(box[1] - frame[1], 0).sum()
                covers = _shared([box], taken) + 8 * _shared(line, taken)
                tried.append((covers + 20 * outside + 0.8 * away, shift, end, [box, *line]))
        _, shift, end, boxes = min(tried, key=lambda place: place[0])
        text.set_position(tuple(shift))
        taken += boxes
        if len(boxes) > 1:
            axes.annotate("", places[name], tuple(end), textcoords="offset points", in_layout=False,
                          arrowprops={"arrowstyle": "-", "color": "0.6", "lw": 0.7})  # fmt: skip


def _box(middle: np.ndarray, half) -> np.ndarray:
    """[[left, bottom], [right, top]]"""
    return np.array([middle - half, middle + half])


def _shared(some: list, others: list) -> float:
    """The area that boxes share with others."""
    one, other = np.reshape(some, (-1, 1, 2, 2)), np.reshape(others, (1, -1, 2, 2))
    sides = np.minimum(one[:, :, 1], other[:, :, 1]) - np.maximum(one[:, :, 0], other[:, :, 0])
    return float(np.prod(np.maximum(sides, 0), axis=2).sum())

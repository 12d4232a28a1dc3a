"""Pictures of methods beside each other: what they make of the points, what it costs, what it keeps."""

from textwrap import fill, shorten

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tdabench.embedding.embedded import Embedded
from tdabench.embedding.growth import fit, upper_half
from tdabench.embedding.shades import COLOURS, Categories, Numbers, label, plain, shades
from tdabench.errors import BadInput
from tdabench.mapper.pictures import EDGE, MARK, layout

Shading = Numbers | Categories
MARKERS = "osD^v<>PXhpd"
KEPT, LOST, NOT_THERE = "#bfe0dc", "#f3d3c8", "#f1f2f4"
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


def growth_figure(
    series: dict,
    limit_s: float | None = None,
    quantity: str = "seconds",
    stops: dict | None = None,
    title: str = "",
    exponents: dict | None = None,
) -> Figure:
    """A quantity over the number of points, both logarithmic: median, and the range as a band.

    series: title -> {n: [lowest, median, highest]}; stops: title -> (n, reason), the size at which a method has no
    result any more: a cross, at the limit where the quantity is "seconds", else at its last value. exponents: title ->
    that of n; None: fitted over the upper half of each method's sizes (growth.fit). "Method, other solver" has the
    colour of "Method".
    """
    stops = stops or {}
    titles = list(dict.fromkeys([*series, *stops]))
    seen = {method: sorted(series.get(method, {}).items()) for method in titles}
    values = np.array([[n, *three] for points in seen.values() for n, three in points])
    if not len(values) or not (values[:, [0, 2]] > 0).all():
        raise BadInput("series: sizes and medians above 0 are needed for logarithmic axes.")
    sizes = sorted({*values[:, 0], *(n for n, _ in stops.values())})
    timed = quantity == "seconds" and limit_s is not None
    figure = Figure(figsize=(11.5, 6.2), layout="constrained")
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlabel="points", ylabel=plain(quantity))
    top = max(values[:, 1:].max(), limit_s if timed else 0)
    bottom = values[:, 1:][values[:, 1:] > 0].min() / 1.6  # the lowest of some rounds may be 0 MiB
    axes.set(xlim=(sizes[0] / 1.25, sizes[-1] * 1.6), ylim=(bottom, 2.2 * top))
    _slopes(axes, values, sizes)
    if timed:
        axes.axhline(limit_s, color="0.45", lw=1, ls=(0, (6, 3)), zorder=1)
        axes.annotate(f"limit\n{limit_s:g} s", (1, limit_s), (3, 0), xycoords=("axes fraction", "data"), va="center",
                      textcoords="offset points", fontsize=8.5, color="0.35")  # fmt: skip
    powers = exponents if exponents is not None else {method: _exponent(points) for method, points in seen.items()}
    looks, stopped, entries = _looks(titles), {}, []
    for method in titles:
        points, look = seen[method], looks[method]
        at, low, middle, high = np.array([[n, *three] for n, three in points]).reshape(-1, 4).T
        axes.plot(at, middle, lw=1.8, ms=6, **look)
        axes.fill_between(at, np.maximum(low, bottom), high, color=look["color"], alpha=0.18, lw=0)
        said = method if powers.get(method) is None else f"{method}:  n^{powers[method]:.2f}"
        if method in stops:
            n, reason = stops[method]
            height = limit_s if timed else middle[-1] if len(middle) else top
            beside = 1.09 ** stopped.get((n, height), 0)  # several stop at one place: a cross each
            stopped[n, height] = stopped.get((n, height), 0) + 1
            axes.plot([n * beside], [height], "x", ms=9, mew=2.4, color=look["color"], zorder=5)
            axes.plot([*at[-1:], n * beside], [*middle[-1:], height], ":", lw=1.1, color=look["color"])
            said += "\n" + fill(f"stops at {n:,}: {shorten(reason, 110, placeholder=' ...')}", 42)
        rank = middle[-1] * (sizes[-1] / at[-1]) ** (powers.get(method) or 1) if len(middle) else np.inf
        entries.append((-rank, Line2D([], [], label=label(said), **look)))
    axes.set_xticks(sizes if len(sizes) <= 12 else sizes[:: len(sizes) // 8], minor=False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", which="minor", length=0)
    axes.grid(which="major", color="0.94")
    axes.spines[["top", "right"]].set_visible(False)
    entries = [entry for _, entry in sorted(entries, key=lambda pair: pair[0])]  # as the lines end, from above
    figure.legend(handles=entries, loc="outside right upper", frameon=False, fontsize=9, labelspacing=0.7)
    axes.set_title(plain(fill(title, 84)), fontsize=12, pad=10)
    return figure


MEASURES = {"trustworthiness": "trustworthiness", "continuity": "continuity", "label_accuracy": "label accuracy"}


def quality_figure(rows: list[dict], title: str) -> Figure:
    """Quality over seconds (logarithmic), a panel for each measure, a point for each method.

    rows: {"method", "seconds" (one, or one per round: their median), "trustworthiness", "continuity",
    "label_accuracy", "chance", "label_accuracy_before"}, further keys not used; a row without seconds is named below
    with its "reason". Dashed: chance, 1/2 for the first two (points put anywhere); dotted: on the points themselves.
    """
    there = [row | {"seconds": float(np.median(row["seconds"]))} for row in rows if np.size(row.get("seconds") or ())]
    looks = _looks([row["method"] for row in rows])
    shown = [key for key in MEASURES if any(row.get(key) is not None for row in there)] or ["trustworthiness"]
    figure = Figure(figsize=(1 + 4.7 * len(shown), 5.8), layout="constrained")
    for axes, key in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        seen = [row for row in there if row.get(key) is not None]
        for row in seen:
            axes.plot(row["seconds"], row[key], ms=8, **looks[row["method"]] | {"ls": ""})
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


def kept_figure(rows: list[dict], title: str) -> Figure:
    """What each method keeps: shapes down, methods across; in each cell the Betti numbers read after the method.

    rows: {"shape", "known" (Betti numbers), "method", "read" (Betti numbers, None: no vector passes the rule), "kept"
    (bool), "reason" (why there is no result, "" where there is one), "note" (optional: a second, smaller line)}. Betti
    numbers as a sequence or as text, "1,2,1". A pair without a row stays empty.
    """
    if not rows:
        raise BadInput("rows: at least one shape and method are needed.")
    shapes = {row["shape"]: _betti(row["known"]) for row in rows}
    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure = Figure(figsize=(2.4 + 1.12 * max(len(methods), 3), 1.6 + 0.62 * len(shapes)), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, len(methods)), ylim=(len(shapes), 0))
    for row in rows:
        column, line = methods.index(row["method"]), list(shapes).index(row["shape"])
        style = {"facecolor": KEPT if row.get("kept") else LOST}
        if row.get("reason"):
            style = {"facecolor": NOT_THERE, "hatch": "////"}
        axes.add_patch(Rectangle((column, line), 1, 1, edgecolor="w" if not row.get("reason") else "#d2d5da", **style))
        if row.get("reason"):
            said = fill(shorten(row["reason"].split("Error: ")[-1], 52, placeholder="..."), 16)
            axes.text(column + 0.5, line + 0.5, plain(said), ha="center", va="center", fontsize=7, color="0.25",
                      bbox={"facecolor": NOT_THERE, "edgecolor": "none", "pad": 1.2})  # fmt: skip
            continue
        axes.text(column + 0.5, line + (0.4 if row.get("note") else 0.5), _betti(row.get("read")), ha="center",
                  va="center", fontsize=10 if row.get("read") is not None else 8.5, color="0.1")  # fmt: skip
        if row.get("note"):
            note = shorten(str(row["note"]), 20, placeholder="...")
            axes.text(column + 0.5, line + 0.75, plain(note), ha="center", va="center", fontsize=7, color="0.35")
    axes.add_collection(LineCollection(
        [[(0, line), (len(methods), line)] for line in range(1, len(shapes))]
        + [[(column, 0), (column, len(shapes))] for column in range(1, len(methods))], colors="w", lw=2))  # fmt: skip
    axes.set_xticks(np.arange(len(methods)) + 0.5, [plain(fill(method, 14)) for method in methods], fontsize=9)
    named = [plain(f"{fill(shape, 30)}\nknown {known}") for shape, known in shapes.items()]
    axes.set_yticks(np.arange(len(shapes)) + 0.5, named, fontsize=9)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    entries = [Patch(color=KEPT, label="kept"), Patch(color=LOST, label="not kept")]
    if any(row.get("reason") for row in rows):
        entries.append(Patch(facecolor=NOT_THERE, edgecolor="#d2d5da", hatch="////", label="no result"))
    figure.legend(handles=entries, loc="outside lower right", ncols=3, frameon=False, fontsize=9)
    figure.suptitle(plain(fill(title, 30 + 14 * max(len(methods), 3))), fontsize=12)
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


def _looks(titles: list[str]) -> dict[str, dict]:
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


def _exponent(points: list) -> float | None:
    law = fit(upper_half({n: median for n, (_, median, _) in points}))
    return None if law is None else law.exponent


def _slopes(axes, values: np.ndarray, sizes: list) -> None:
    """Grey lines n and n^2 from the middle of the values at the smallest size."""
    if len(sizes) < 2:
        return
    start = np.exp(np.log(values[values[:, 0] == values[:, 0].min(), 2]).mean())
    top = axes.get_ylim()[1] / 1.35
    for power, text in ((1, "n"), (2, "n²")):
        end = min(sizes[-1] * 1.3, sizes[0] * (top / start) ** (1 / power))
        height = start * (end / sizes[0]) ** power
        axes.plot([sizes[0], end], [start, height], color="0.8", lw=1.4, zorder=0)
        axes.annotate(text, (end, height), (4, -2), textcoords="offset points", color="0.55", fontsize=10)


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


def _betti(numbers) -> str:
    if numbers is None:
        return "no vector"
    return f"({', '.join(numbers.split(',') if isinstance(numbers, str) else map(str, numbers))})"

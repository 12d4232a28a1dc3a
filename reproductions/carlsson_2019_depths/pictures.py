"""Pictures of layers by depth: the loops of their cores, the filters in them, their kinds, and how k and p matter."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from reproductions.carlsson_2019_depths.depths import Depth, typical
from tdabench.networks.filter_loops import BASIS
from tdabench.networks.pictures import CONTROL, DATA, ring

KINDS = {"edge": "#2a7f9e", "ridge": "#e0a526", "bull's-eye": "#c8553d", "crossing": "#8f6fb0"}
SHUFFLED = "#e3d3b8"
WIDTH = 14.6  # inches: 1,600 pixels of the report
ACROSS = 7  # layers in a line of pictures
FEW = 200  # points of a core: with fewer a loop is hardly told from chance


def depths_figure(depths: list[Depth], heads: list[str], title: str) -> Figure:
    """Above, over depth: first H1 bars of data and controls. Below, for each layer: its core with filters round it; a
    Gaussian's core; the six most typical filters of the layer's core. heads: one for each layer, "1.2" say."""
    lines = -(-len(depths) // ACROSS)
    figure = Figure(figsize=(WIDTH, 3.9 + 3.3 * lines))
    above, below = figure.subfigures(2, 1, height_ratios=(3.9, 3.3 * lines))
    _bars(above, depths, heads)
    above.suptitle(title, x=0.045, y=0.97, ha="left")
    grid = below.add_gridspec(2 * lines, ACROSS, height_ratios=(2.3, 0.85) * lines, left=0.005, right=0.995, top=0.96,
                              bottom=0.01, wspace=0.03, hspace=0.14)  # fmt: skip
    for place, (depth, head) in enumerate(zip(depths, heads, strict=True)):
        line, column = divmod(place, ACROSS)
        axes = below.add_subplot(grid[2 * line, column])
        ring(axes, depth.cores["data"], count=12)
        axes.set_title(head, fontsize=11, y=0.97)
        axes.set_axis_off()
        under = grid[2 * line + 1, column].subgridspec(1, 2, width_ratios=(1, 1.35), wspace=0.05)
        _core(below.add_subplot(under[0]), depth.cores["gaussian"])
        axes = below.add_subplot(under[1])
        axes.imshow(mosaic(typical(depth.cores["data"])[0]), cmap="gray", vmin=-1, vmax=1)
        axes.set_axis_off()
    if len(depths) % ACROSS:
        _explain(below, grid, len(depths))
    return figure


def _explain(figure, grid, place: int) -> None:
    line, column = divmod(place, ACROSS)
    axes = figure.add_subplot(grid[2 * line, column])
    text = "Blue: the dense core on the\ntwo gradients; round it the\nfilter farthest out in each\ndirection"
    axes.text(0.06, 0.5, text, fontsize=9, va="center", color="0.3")
    axes.set_axis_off()
    axes = figure.add_subplot(grid[2 * line + 1, column])
    text = "Grey: the Gaussian's core.\nBeside it: six filters that\nstand for the blue core"
    axes.text(0.06, 0.5, text, fontsize=9, va="center", color="0.3")
    axes.set_axis_off()


def _core(axes, points) -> None:
    """A core in the plane of the two gradients, without its filters."""
    axes.scatter(points[:, 0], points[:, 1], s=2, alpha=0.3, lw=0, color="0.35", rasterized=True)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="0.75", lw=0.7)
    axes.set(xlim=(-1.1, 1.1), ylim=(1.1, -1.1), aspect="equal")
    axes.set_axis_off()


def _bars(figure, depths: list[Depth], heads: list[str]) -> None:
    axes = figure.add_axes((0.045, 0.08, 0.95, 0.76))
    names = {"gaussian": ("Gaussian of the same covariance", CONTROL), "shuffled": ("pixels shuffled", SHUFFLED)}
    for place, depth in enumerate(depths):
        for arm, (_, colour) in names.items():
            bars = depth.bars(arm)
            axes.bar(place, max(np.ptp(bars), 0.012), 0.84, bars.min(), color=colour, lw=0, zorder=2)
        bars = depth.bars()
        axes.scatter(place + _spread(len(bars)), bars, s=18, color=DATA, lw=0, zorder=4, clip_on=False)
        if len(depth.cores["data"]) < FEW:
            top = max(bars.max(), depth.bars("gaussian").max())
            axes.text(place, top + 0.03, f"{len(depth.cores['data'])} points in\nthe core", ha="center", fontsize=8.5,
                      color="0.4")  # fmt: skip
    data = axes.scatter([], [], s=30, color=DATA, label="the layer's filters, each seed")
    shown = [Patch(color=colour, label=name) for name, colour in names.values()]
    axes.legend(handles=[data, *shown], loc="lower right", bbox_to_anchor=(1, 1.01), ncols=3, fontsize=10,
                frameon=False, borderaxespad=0)  # fmt: skip
    axes.set(xlim=(-0.52, len(depths) - 0.48), ylim=(0, None), ylabel="first H1 bar")
    axes.set_xticks(range(len(depths)), heads, fontsize=10)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color="0.92", zorder=0)
    axes.spines[["top", "right"]].set_visible(False)


def _spread(count: int) -> np.ndarray:
    """Places beside each other for the seeds, so that equal bars do not hide each other."""
    return np.linspace(-0.26, 0.26, count) if count > 1 else np.zeros(1)


def mosaic(points, columns: int = 3, gap: int = 2, enlarged: int = 8) -> np.ndarray:
    """Filters (m, 8) as framed grey pictures in lines of `columns`, each scaled to -1 to 1 and `enlarged` pixels a
    weight, on white. Returns pixels (height, width)."""
    pixels = np.asarray(points) @ BASIS
    pixels = pixels / np.abs(pixels).max(axis=1, keepdims=True)
    picture = 3 * enlarged
    side = picture + 2 * gap + 2
    whole = np.ones((-(-len(pixels) // columns) * side, columns * side))
    for place, values in enumerate(pixels):
        top, left = place // columns * side + gap, place % columns * side + gap
        whole[top : top + picture + 2, left : left + picture + 2] = -0.3  # the frame
        shown = np.kron(values.reshape(3, 3), np.ones((enlarged, enlarged)))
        whole[top + 1 : top + 1 + picture, left + 1 : left + 1 + picture] = shown
    return whole


def kinds_figure(depths: list[Depth], heads: list[str], title: str) -> Figure:
    """Stacked shares of the kinds by depth, data beside Gaussian; and bull's-eyes with crossings on a scale of their
    own, the Gaussian's draws from lowest to highest."""
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    stack, rare = figure.subplots(1, 2, width_ratios=(3, 2))
    for place, depth in enumerate(depths):
        gaussian = {kind: np.mean([drawn[kind] for drawn in depth.gaussian_kinds]) for kind in KINDS}
        for shares, at, alpha in ((depth.kinds, place - 0.2, 1), (gaussian, place + 0.2, 0.4)):
            bottom = 0.0
            for kind, colour in KINDS.items():
                stack.bar(at, shares[kind], 0.37, bottom, color=colour, alpha=alpha, lw=0)
                bottom += shares[kind]
        drawn = [each["bull's-eye"] + each["crossing"] for each in depth.gaussian_kinds]
        rare.bar(place, max(max(drawn) - min(drawn), 3e-4), 0.7, min(drawn), color=CONTROL, lw=0)
    shares = [depth.kinds["bull's-eye"] + depth.kinds["crossing"] for depth in depths]
    rare.plot(range(len(depths)), shares, "o-", color=DATA, lw=1.5, ms=6, label="the layer's filters")
    rare.bar(0, 0, color=CONTROL, label="Gaussian of the same covariance, its draws")
    rare.legend(frameon=False, fontsize=9)
    kinds = [Patch(color=colour, label=kind) for kind, colour in KINDS.items()]
    stack.legend(handles=kinds, frameon=False, ncols=4, fontsize=9, loc="upper right",
                 title="full colour: data; pale: Gaussian", title_fontsize=9)  # fmt: skip
    stack.set(ylim=(0, 1.12 * max(stack.get_ylim()[1], 0.01)), ylabel="share of the strongest filters")
    rare.set(ylim=(0, None), title="bull's-eyes and crossings together")
    stack.set_title("kinds of filters")
    for axes, decimals in ((stack, 0), (rare, 1)):
        axes.set_xticks(range(len(depths)), heads, fontsize=9)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals))
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure


def others_figure(networks: dict[str, list[Depth]], title: str) -> Figure:
    """First H1 bars over the layers of several networks: median of the data, the Gaussian's seeds from lowest to
    highest; hollow where the core has fewer than FEW points. networks: name -> layers in order."""
    lines = _lines(networks)
    figure = Figure(figsize=(WIDTH, 2.7 * len(lines) + 0.6), layout="constrained")
    parts = figure.subfigures(len(lines), 1, squeeze=False).ravel()
    for part, names in zip(parts, lines, strict=True):
        panels = part.subplots(1, len(names), squeeze=False, sharey=True,
                               width_ratios=[len(networks[name]) + 3 for name in names]).ravel()  # fmt: skip
        for axes, name in zip(panels, names, strict=True):
            depths = networks[name]
            for place, depth in enumerate(depths):
                low, high = np.min(depth.bars("gaussian")), np.max(depth.bars("gaussian"))
                axes.bar(place + 1, max(high - low, 0.012), 0.84, low, color=CONTROL, lw=0)
            middle = np.array([np.median(depth.bars()) for depth in depths])
            few = np.array([len(depth.cores["data"]) < FEW for depth in depths])
            at = np.arange(len(depths)) + 1
            axes.scatter(at[~few], middle[~few], s=26, color=DATA, zorder=3)
            axes.scatter(at[few], middle[few], s=22, facecolor="white", edgecolor=DATA, zorder=3)
            axes.set(title=name, xlim=(0, len(depths) + 1), ylim=(0, 1.6))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.spines[["top", "right"]].set_visible(False)
        panels[0].set_ylabel("first H1 bar")
    data = axes.scatter([], [], s=30, color=DATA, label="the layer's filters, median of the seeds")
    hollow = axes.scatter([], [], s=26, facecolor="white", edgecolor=DATA, label=f"core of fewer than {FEW} points")
    band = Patch(color=CONTROL, label="Gaussian of the same covariance, its draws")
    figure.legend(handles=[data, hollow, band], loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    figure.suptitle(title)
    return figure


def _lines(networks: dict[str, list[Depth]], widest: int = 64) -> list[list[str]]:
    """Networks put side by side until a line holds `widest` layers."""
    lines: list[list[str]] = []
    for name, depths in networks.items():
        if lines and sum(len(networks[other]) for other in lines[-1]) + len(depths) <= widest:
            lines[-1].append(name)
        else:
            lines.append([name])
    return lines


def maps_figure(depths: list[Depth], heads: list[str], ks, percents, published: tuple, title: str) -> Figure:
    """For each layer the first H1 bar less the Gaussian's over k (across) and p (upwards); the published (k, p) is
    framed."""
    columns = min(7, len(depths))
    lines = -(-len(depths) // columns)
    figure = Figure(figsize=(WIDTH, 1.75 * lines + 0.9), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, depth, head in zip(panels, depths, heads, strict=False):
        apart = depth.first_bars[0] - depth.first_bars[1]
        image = axes.imshow(apart, origin="lower", aspect="auto", cmap="RdBu_r", vmin=-0.6, vmax=0.6)
        for (row, column), value in np.ndenumerate(apart):
            told = f"{value:+.1f}".replace("-", "−") if abs(value) >= 0.05 else "0"
            axes.text(column, row, told, ha="center", va="center", fontsize=7,
                      color="w" if abs(value) > 0.4 else "0.25")  # fmt: skip
        if published[0] in ks and published[1] in percents:
            corner = list(ks).index(published[0]) - 0.5, list(percents).index(published[1]) - 0.5
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="black", lw=1.6))
        axes.set_xticks(range(len(ks)), [str(k) for k in ks], fontsize=8)
        axes.set_yticks(range(len(percents)), [f"{percent:g}" for percent in percents], fontsize=8)
        axes.set_title(head, fontsize=9)
    for axes in panels[len(depths) :]:
        axes.set_axis_off()
    figure.supxlabel("k among 6,400 points, in smaller samples as large a share", fontsize=9)
    figure.supylabel("p, %", fontsize=9)
    figure.colorbar(image, ax=list(panels), label="data − Gaussian", shrink=0.9, aspect=30)
    figure.suptitle(title)
    return figure

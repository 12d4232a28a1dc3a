"""Figures of 3x3 filters: round the circle they form, barcodes, and numbers over k and p or over iterations.

Clouds are points (n, 8) in `filter_loops.BASIS`.
"""

import numpy as np
from matplotlib.figure import Figure

from tdabench.networks.filter_loops import BASIS
from tdabench.networks.filter_statistics import angles

DATA, CONTROL, MARK = "#2a7f9e", "#9aa1ab", "#c8553d"
RING = 1.32  # radius at which filters are drawn round the unit circle
IDEAL_RING = 1.72  # radius of the ideal edges
ENLARGED = 8  # pixels of a thumbnail for one weight


def thumbnails(points) -> np.ndarray:
    """Filters (n, 8) as grey images: uint8 (n, 24, 24), a weight of 0 at 127.5, the largest magnitude at 0 or 255."""
    pixels = np.asarray(points) @ BASIS
    scale = np.abs(pixels).max(axis=1, keepdims=True)
    grey = np.rint(127.5 + 127.5 * pixels / np.where(scale > 0, scale, 1)).astype(np.uint8).reshape(-1, 3, 3)
    return np.kron(grey, np.ones((1, ENLARGED, ENLARGED), dtype=np.uint8))


def filter_picture(axes, point, centre, size: float, frame: str = "0.35") -> None:
    """Draw one filter (8,) as 3x3 grey pixels. centre, size: in data units of axes whose y points down."""
    pixels = (np.asarray(point) @ BASIS).reshape(3, 3)
    scale = np.abs(pixels).max() or 1.0
    x, y = centre
    half = size / 2
    axes.imshow(pixels, cmap="gray", vmin=-scale, vmax=scale, extent=(x - half, x + half, y + half, y - half), zorder=3)
    axes.plot([x - half, x + half, x + half, x - half, x - half], [y - half, y - half, y + half, y + half, y - half],
              color=frame, lw=0.7, zorder=4)  # fmt: skip


def ring(axes, points, count: int = 16, ideal: bool = False) -> None:
    """Draw a core in the plane of the two gradients, with filters round it.

    Parameters
    ----------
    axes
        Axes to draw on.
    points
        (n, 8).
    count
        Sectors. Beside each that is not empty stands its filter farthest from the origin.
    ideal
        Also draw the ideal edge of each sector's direction, outside.
    """
    points = np.asarray(points)
    area = np.clip(4000 / len(points), 4, 16)
    axes.scatter(points[:, 0], points[:, 1], s=area, alpha=0.4, lw=0, color=DATA, rasterized=True)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="0.75", lw=0.8)
    sector = np.rint(angles(points) / (2 * np.pi) * count).astype(int) % count
    reach = np.hypot(points[:, 0], points[:, 1])
    size = 3.7 / count
    for number in range(count):
        place = np.array([np.cos(2 * np.pi * number / count), np.sin(2 * np.pi * number / count)])
        inside = np.flatnonzero(sector == number)
        if len(inside):
            filter_picture(axes, points[inside[reach[inside].argmax()]], RING * place, size)
        if ideal:
            filter_picture(axes, [*place, 0, 0, 0, 0, 0, 0], IDEAL_RING * place, size, frame=MARK)
    edge = 2.0 if ideal else RING + 0.75 * size
    axes.set(xlim=(-edge, edge), ylim=(edge, -edge), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def ring_figure(points, title: str, ideal: bool = True) -> Figure:
    """One `ring`; the ideal edges stand outside, framed in red."""
    figure = Figure(figsize=(6.4, 6.6), layout="constrained")
    axes = figure.subplots()
    ring(axes, points, ideal=ideal)
    axes.set(xlabel="gradient to the right", ylabel="gradient downwards")
    figure.suptitle(title)
    return figure


def rings_figure(cores: dict, title: str, columns: int = 3) -> Figure:
    """One `ring` for each of several cores. cores: panel title -> points (n, 8)."""
    columns, rows = min(columns, len(cores)), -(-len(cores) // columns)
    figure = Figure(figsize=(3.9 * columns, 4.1 * rows + 0.3), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, points) in zip(panels, cores.items(), strict=False):
        ring(axes, points)
        axes.set_title(name, fontsize=10)
    for axes in panels[len(cores) :]:
        axes.set_axis_off()
    figure.suptitle(title)
    return figure


def barcodes_figure(diagrams: dict, title: str, columns: int = 4, bars: int = 20) -> Figure:
    """Panels of H1 barcodes on one scale, the longest bars first.

    Parameters
    ----------
    diagrams
        Panel title -> Diagram.
    title
        Title of the figure.
    columns
        Panels in a row, at most.
    bars
        Bars in a panel, at most.
    """
    columns = min(columns, len(diagrams))
    rows = -(-len(diagrams) // columns)
    figure = Figure(figsize=(2.9 * columns, 1.9 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    stop = max(diagram.limit for diagram in diagrams.values())
    for axes, (name, diagram) in zip(panels, diagrams.items(), strict=False):
        longest = diagram.bars[1][np.argsort(diagram.bars[1][:, 0] - diagram.bars[1][:, 1], kind="stable")[:bars]]
        for height, (birth, death) in enumerate(longest):
            axes.plot([birth, min(death, stop)], [-height, -height], lw=3 if height == 0 else 1.5,
                      color=MARK if height == 0 else DATA, solid_capstyle="butt")  # fmt: skip
        axes.set_title(name, fontsize=9)
        axes.set(xlim=(0, stop), ylim=(-bars, 1), yticks=[])
    for axes in panels[len(diagrams) :]:
        axes.set_axis_off()
    figure.supxlabel("filtration value (the longest bar is red)", fontsize=9)
    figure.suptitle(title)
    return figure


def map_figure(values, ks, percents, title: str, label: str, framed=None) -> Figure:
    """A heat map of a number over k and p, each number written into its cell.

    Parameters
    ----------
    values
        (percents, ks).
    ks, percents
        The columns and the rows.
    title, label
        Title of the figure, label of the colour bar.
    framed
        The published (k, p), whose cell is framed.
    """
    values = np.asarray(values)
    figure = Figure(figsize=(1.1 * len(ks) + 2.2, 0.62 * len(percents) + 1.5), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, origin="lower", aspect="auto", cmap="YlGnBu", vmin=0)
    for (row, column), value in np.ndenumerate(values):
        dark = value > 0.6 * np.nanmax(values)
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9, color="w" if dark else "0.2")
    if framed in [(k, p) for k in ks for p in percents]:
        axes.plot(list(ks).index(framed[0]), list(percents).index(framed[1]), "s", ms=36, mfc="none", mec=MARK, mew=2)
    axes.set_xticks(range(len(ks)), [str(k) for k in ks])
    axes.set_yticks(range(len(percents)), [f"{p} %" for p in percents])
    axes.set(xlabel="k", ylabel="p")
    axes.set_title(title, fontsize=10)
    figure.colorbar(image, ax=axes, label=label)
    return figure


def course_figure(iterations, bands: dict, accuracy, title: str) -> Figure:
    """First H1 bars over the iterations, with the test accuracy below; a line for the median, a band for the range.

    Parameters
    ----------
    iterations
        (i,).
    bands
        Arm -> first H1 bars (seeds, i).
    accuracy
        (networks, i).
    title
        Title of the figure.
    """
    figure = Figure(figsize=(8, 5.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for (name, values), colour in zip(bands.items(), (DATA, MARK, CONTROL, "#8f6fb0"), strict=False):
        values = np.asarray(values)
        above.plot(iterations, np.median(values, axis=0), color=colour, lw=2, label=name)
        above.fill_between(iterations, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, lw=0)
    above.set(ylabel="first H1 bar", ylim=(0, None))
    above.legend(frameon=False, fontsize=9)
    accuracy = np.asarray(accuracy)
    below.plot(iterations, np.median(accuracy, axis=0), color="0.25", lw=2)
    below.fill_between(iterations, accuracy.min(axis=0), accuracy.max(axis=0), color="0.25", alpha=0.18, lw=0)
    below.set(ylabel="test accuracy", xlabel="iterations")
    figure.suptitle(title)
    return figure

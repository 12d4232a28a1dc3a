"""Pictures of banks of filters side by side, of learning, and of what is reached with few images and with noise."""

from functools import reduce

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator, ScalarFormatter

from tdabench.networks.arm_pictures import COLOURS


def banks_figure(banks: dict) -> Figure:
    """Name -> (m, size, size) filters, m a square number: a sheet each, row by row, zero in the middle of the colours.

    All sheets have the same colours, so that filters can be compared across them.
    """
    largest = max(np.abs(filters).max() for filters in banks.values())
    figure = Figure(figsize=(4.6 * len(banks) + 0.9, 4.9), layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    grid = figure.subplots(1, len(banks), squeeze=False)[0]
    colours = colormaps["RdBu_r"].with_extremes(bad="0.45")  # white is zero, so what parts the filters is grey
    for axes, (name, filters) in zip(grid, banks.items(), strict=True):
        side, size = round(len(filters) ** 0.5), filters.shape[1]
        sheet = np.full([side * (size + 1) + 1] * 2, np.nan)
        for number, values in enumerate(filters):
            row, column = 1 + (size + 1) * (number // side), 1 + (size + 1) * (number % side)
            sheet[row : row + size, column : column + size] = values
        shown = axes.imshow(sheet, cmap=colours, vmin=-largest, vmax=largest)
        axes.set_title(name, fontsize=11)
        axes.set_axis_off()
    figure.colorbar(shown, ax=grid, shrink=0.75)
    return figure


def learning_figure(curves: dict, levels, title: str) -> Figure:
    """Accuracy over iterations (logarithmic), every seed faint and the median of the seeds bold.

    curves: arm -> list of (e, 2 or more), iteration and accuracy, one a seed; the median is taken where all seeds of
    the arm were evaluated. The accuracy is drawn as the error, 1 - accuracy, on a logarithmic scale; levels: its marks.
    """
    figure = Figure(figsize=(9.5, 5.8), layout="constrained")
    axes, errors = figure.subplots(), []
    for (arm, seeds), colour in zip(curves.items(), COLOURS, strict=False):
        seen = [curve[curve[:, 0] > 0] for curve in seeds]
        if not seen:
            continue  # all diverged; the colour is kept for it
        for curve in seen:
            axes.plot(curve[:, 0], 1 - curve[:, 1], color=colour, lw=0.8, alpha=0.35)
            errors.append((1 - curve[:, 1]).min())
        shared = reduce(np.intersect1d, [curve[:, 0] for curve in seen])
        middle = np.median([curve[np.isin(curve[:, 0], shared), 1] for curve in seen], axis=0)
        axes.plot(shared, 1 - middle, color=colour, lw=2, label=f"{arm} ({len(seen)} seed{'s' * (len(seen) > 1)})")
    axes.set(xscale="log", yscale="log", xlabel="batch iterations", ylabel="validation accuracy")
    ticks = [1 - level for level in levels]
    axes.set_ylim(1.0, 0.8 * min([*ticks, *(error for error in errors if error > 0)]))
    axes.set_yticks(ticks, [f"{level:g}" for level in levels])
    axes.minorticks_off()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color="0.9")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.set_title(title, fontsize=11)
    return figure


def reached_figure(by_count: dict, by_noise: dict, names: dict, iterations: int) -> Figure:
    """Accuracy after `iterations`: on the left over the number of training images, on the right clean and noisy.

    by_count: number of images -> arm -> accuracy of every seed; by_noise: the same by what was done to the images.
    """
    figure = Figure(figsize=(10.5, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2], sharey=True)
    for axes, cells, places in ((left, by_count, list(by_count)), (right, by_noise, range(len(by_noise)))):
        for arm, colour in zip(names, COLOURS, strict=False):
            values = [[place, *cell[arm]] for place, cell in zip(places, cells.values(), strict=True) if cell.get(arm)]
            if not values:
                continue  # one of the other pictures, whose colour is kept for it
            axes.plot([row[0] for row in values], [np.mean(row[1:]) for row in values], color=colour, lw=1.5,
                      label=names[arm])  # fmt: skip
            for place, *seeds in values:
                axes.plot([place] * len(seeds), seeds, "o", color=colour, ms=4, alpha=0.8)
        axes.grid(axis="y", color="0.9")
    left.set_xscale("log")
    left.xaxis.set_minor_locator(NullLocator())
    left.set_xticks(list(by_count), [f"{count:,}" for count in by_count])
    left.set(xlabel="training images", ylabel=f"validation accuracy after {iterations} iterations")
    left.legend(frameon=False, fontsize=9)
    right.set_xticks(range(len(by_noise)), list(by_noise))
    right.set_xlim(-0.3, len(by_noise) - 0.7)
    return figure

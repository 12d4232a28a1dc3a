"""Pictures of banks of filters side by side, and of what networks reach with few images and with noise."""

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from tdabench.networks.boosting_pictures import COLOURS


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

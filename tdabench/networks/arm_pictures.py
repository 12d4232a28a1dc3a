"""Figures that compare trainings: learning curves with published points, and ratios of iterations by level."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

COLOURS = ("#555b66", "#c8553d", "#2a7f9e", "#8f6fb0", "#b58b2a", "#5f9457", "#d98cae", "#3b4c8c", "#9aa1ab")


def curves_figure(curves: dict, published: dict, levels, title: str) -> Figure:
    """Accuracy over iterations of every seed, with the published points.

    Both axes are logarithmic. The vertical one has the error, 1 - accuracy, so that .97 and .985 are visibly apart.

    Parameters
    ----------
    curves
        Arm -> list of curves, (e, 3) as `Trained.curve`.
    published
        Arm -> published iterations at `levels`, for the arms that have any.
    levels
        Accuracies on the vertical axis.
    title
        Title of the figure.
    """
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    axes = figure.subplots()
    for (arm, seeds), colour in zip(curves.items(), COLOURS, strict=False):
        for number, curve in enumerate(seeds):
            drawn = curve[curve[:, 0] > 0]
            axes.plot(drawn[:, 0], 1 - drawn[:, 1], color=colour, lw=0.9, alpha=0.75,
                      label=f"{arm} ({len(seeds)} seed{'s' * (len(seeds) > 1)})" if number == 0 else None)  # fmt: skip
        if published.get(arm):
            axes.plot(published[arm], 1 - np.asarray(levels), "o", ms=7, mfc="w", mec=colour, mew=1.8, zorder=5,
                      label=f"{arm}, published" if len(published) > 1 else "published")  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="batch iterations", ylabel="validation accuracy")
    ticks = [1 - level for level in levels]
    axes.set_yticks(ticks, [f"{level:g}" for level in levels])
    axes.minorticks_off()
    ends = [curve[curve[:, 0] > 0][:, 1].max() for seeds in curves.values() for curve in seeds]
    axes.set_ylim(0.8 * min(1 - max(ends), min(ticks)), min(1.0, 1.6 * max(ticks)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.invert_yaxis()
    axes.grid(axis="y", color="0.9")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.set_title(title, fontsize=11)
    return figure


def ratios_figure(ratios: dict, published, levels, title: str, framed: str) -> Figure:
    """Ratio of iterations, standard over arm, by level, beside the published ratios.

    Parameters
    ----------
    ratios
        Arm -> (mean, low, high) or None for each level.
    published
        Published ratio at each level; empty for none.
    levels
        Accuracies on the horizontal axis.
    title
        Title of the figure.
    framed
        The arm whose interval is drawn.
    """
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(levels))
    for (arm, values), colour in zip(ratios.items(), COLOURS[1:], strict=False):
        reached = [place for place, value in zip(places, values, strict=True) if value]
        means = [values[place][0] for place in reached]
        axes.plot(reached, means, "-o", color=colour, lw=2.4 if arm == framed else 1.2, ms=5, label=arm)
        if arm == framed:
            low, high = ([values[place][bound] for place in reached] for bound in (1, 2))
            axes.fill_between(reached, low, high, color=colour, alpha=0.18, lw=0)
    if published:
        axes.plot(places, published, "s", ms=8, mfc="w", mec="k", mew=1.5, label="published", zorder=5)
    axes.axhline(1, color="0.6", lw=1)
    axes.set_yscale("log")
    axes.set_xticks(places, [f"{level:g}" for level in levels])
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_formatter(ScalarFormatter())
    axes.set(xlabel="validation accuracy", ylabel="iterations of standard / iterations of the arm")
    axes.legend(frameon=False, fontsize=9, ncols=2)
    axes.set_title(title, fontsize=11)
    return figure

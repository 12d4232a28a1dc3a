"""Seconds of the engines, cloud by cloud and over the number of points."""

import numpy as np
from matplotlib.figure import Figure

MARKS = "osD^v<>P"


def times_figure(clouds: dict, engines: dict) -> tuple[Figure, str]:
    """Seconds of each engine on each cloud (log scale). clouds: cloud -> engine -> (Measurements of rounds, bars or
    None); engines: name -> Engine."""
    names = [name for name in engines if any(name in found for found in clouds.values())]
    figure = Figure(figsize=(8, 1.2 + 0.45 * len(clouds)))
    axes = figure.subplots()
    for place, name in enumerate(names):
        rows = [(row, found[name]) for row, found in enumerate(clouds.values()) if name in found and found[name][1]]
        seconds = [np.median([each.wall_s for each in rounds]) for _, (rounds, _) in rows]
        height = [row + 0.3 * (place / max(len(names) - 1, 1) - 0.5) for row, _ in rows]
        axes.plot(seconds, height, f"C{place}{MARKS[place % 8]}", label=engines[name].title, markersize=5)
    axes.set(xscale="log", xlabel="seconds", yticks=range(len(clouds)), yticklabels=list(clouds))
    axes.set_ylim(len(clouds) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    return figure, "Seconds of each engine on each cloud over Z/2, on one thread; what did not finish has no mark."


def growth_figure(clouds: dict, engines: dict, families: list[list[str]], sizes: dict) -> tuple[Figure, str]:
    """Seconds of each engine on ever more points of a cloud. clouds, engines: as times_figure's; families: the names of
    the clouds that are first rows of one another; sizes: cloud -> points."""
    figure = Figure(figsize=(8, 3.2 * max(1, (len(families) + 1) // 2)))
    panels = figure.subplots(max(1, (len(families) + 1) // 2), 2, squeeze=False).ravel()
    for axes, family in zip(panels, families, strict=False):
        for place, name in enumerate(engines):
            found = [(sizes[cloud], clouds[cloud][name][0]) for cloud in family
                     if clouds[cloud].get(name, (None, None))[1]]  # fmt: skip
            if found:
                seconds = [np.median([each.wall_s for each in rounds]) for _, rounds in found]
                style = {"color": f"C{place}", "marker": MARKS[place % 8], "markersize": 4}  # the same in every panel
                axes.plot([n for n, _ in found], seconds, label=engines[name].title, **style)
        axes.set(xscale="log", yscale="log", title=family[-1], xlabel="points", ylabel="seconds")
        ticks = [sizes[cloud] for cloud in family]
        axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    for axes in panels[len(families) :]:
        axes.set_axis_off()
    labels = {text: line for axes in panels for line, text in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(labels.values(), labels.keys(), fontsize=7, loc="lower center", ncol=4)
    figure.tight_layout(rect=(0, 0.4 / figure.get_figheight(), 1, 1))
    return figure, "Growth in the number of points, over Z/2, on one thread. An engine's line ends where it failed."

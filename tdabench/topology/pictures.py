"""Pictures of persistence: barcode, diagram and Betti curve, with what a claim speaks of marked."""

import numpy as np
from matplotlib.figure import Figure

from tdabench.topology.betti import BettiCurve, longest_runs
from tdabench.topology.persistence import Diagram

COLOURS = ("#4c566a", "#c8553d", "#2a7f9e", "#8f6fb0")
SHADE = "#f3e3b3"
LONGEST_BARS = 30


def persistence_figure(diagram: Diagram, curve: BettiCurve, vector, title: str) -> Figure:
    """Barcode, diagram and Betti curve over the range of `curve`; the longest run of `vector` is shaded, and the
    classes alive all through it are drawn strong."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    barcode, points, steps = figure.subplots(1, 3)
    stop = curve.edges[-1]
    run = longest_runs(curve).get(tuple(vector))
    _barcode(barcode, diagram, stop, run)
    _diagram(points, diagram, stop, run)
    _betti(steps, curve)
    for axes in (barcode, steps):
        if run:
            axes.axvspan(*run, color=SHADE, zorder=0)
        axes.set_xlim(0, stop)
        axes.set_xlabel("filtration value")
    share = (run[1] - run[0]) / stop if run else 0
    figure.suptitle(f"{title}: ({', '.join(map(str, vector))}) on {share:.0%} of the range, Z/{diagram.field}")
    return figure


def _claimed(bars: np.ndarray, run) -> np.ndarray:
    """Which bars live all through the longest run."""
    return (bars[:, 0] <= run[0]) & (bars[:, 1] >= run[1]) if run else np.zeros(len(bars), dtype=bool)


def _barcode(axes, diagram: Diagram, stop: float, run) -> None:
    height = 0
    for dimension, bars in enumerate(diagram.bars):
        shown = bars[np.argsort(bars[:, 0] - np.minimum(bars[:, 1], stop), kind="stable")[:LONGEST_BARS]]
        for (birth, death), strong in zip(shown, _claimed(shown, run), strict=True):
            axes.plot([birth, min(death, stop)], [height, height], color=COLOURS[dimension],
                      lw=3 if strong else 1, alpha=1 if strong else 0.45, solid_capstyle="butt")  # fmt: skip
            height -= 1
        axes.text(stop, height + len(shown) / 2, f" $H_{dimension}$", color=COLOURS[dimension], va="center")
        height -= 2
    axes.set_yticks([])
    axes.set_title(f"barcode (the {LONGEST_BARS} longest bars a dimension)", fontsize=9)


def _diagram(axes, diagram: Diagram, stop: float, run) -> None:
    axes.plot([0, stop], [0, stop], color="0.7", lw=0.8)
    axes.axhline(stop * 1.06, color="0.7", lw=0.8, ls=":")
    axes.text(0.98 * stop, stop * 1.08, "does not die", fontsize=8, color="0.4", ha="right")
    for dimension, bars in enumerate(diagram.bars):
        strong = _claimed(bars, run)
        deaths = np.where(np.isinf(bars[:, 1]), stop * 1.06, bars[:, 1])
        axes.scatter(bars[~strong, 0], deaths[~strong], s=9, color=COLOURS[dimension], alpha=0.45)
        axes.scatter(bars[strong, 0], deaths[strong], s=48, color=COLOURS[dimension], edgecolor="black", lw=0.8,
                     label=f"$H_{dimension}$", zorder=3)  # fmt: skip
    axes.set(xlabel="birth", ylabel="death", xlim=(-0.03 * stop, stop), ylim=(-0.03 * stop, 1.15 * stop))
    axes.set_title("diagram (claimed classes ringed)", fontsize=9)


def _betti(axes, curve: BettiCurve) -> None:
    for dimension in range(curve.numbers.shape[1]):
        axes.stairs(curve.numbers[:, dimension], curve.edges, color=COLOURS[dimension], lw=1.8,
                    label=f"$b_{dimension}$", baseline=None)  # fmt: skip
    axes.set_ylim(-0.2, 9.5)
    axes.set_title("Betti numbers, longest run shaded", fontsize=9)
    axes.legend(loc="upper right", fontsize=8, frameon=False)



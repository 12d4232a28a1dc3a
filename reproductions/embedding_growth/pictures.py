"""Seconds and memory over the number of points."""

from textwrap import fill, shorten

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from reproductions.embedding_growth.growth import fit, upper_half
from tdabench.embedding.colouring import label, plain
from tdabench.embedding.pictures import looks
from tdabench.errors import BadInput


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
    by_title, stopped, entries = looks(titles), {}, []
    for method in titles:
        points, look = seen[method], by_title[method]
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

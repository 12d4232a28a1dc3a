"""What each method keeps of each cloud."""

from textwrap import fill, shorten

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from tdabench.embedding.colouring import plain
from tdabench.errors import BadInput

KEPT, LOST, NOT_THERE = "#bfe0dc", "#f3d3c8", "#f1f2f4"


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


def _betti(numbers) -> str:
    if numbers is None:
        return "no vector"
    return f"({', '.join(numbers.split(',') if isinstance(numbers, str) else map(str, numbers))})"

"""What becomes of clouds in methods (see survival) as rows: for tables, for kept_figure, in words."""

from collections import Counter

from reproductions.embedding_topology.survival import BY_DISTANCES, Cell
from tdabench.topology.betti import in_words


def kept_rows(cells: list[Cell]) -> list[dict]:
    """A row for each cell: what is read, and the medians over seeds of all that was measured."""
    rows = []
    for cell in cells:
        vector, count, share = cell.read
        numbers = {name: cell.middle(name) for name in ("trustworthiness", "continuity")}
        rows.append({
            "cloud": cell.cloud,
            "known": in_words(cell.known) if cell.known else "control",
            "method": cell.method,
            "read": "no result" if cell.reason else in_words(vector),
            "seeds": f"{count} of {len(cell.runs)}",
            "share of the range": round(share, 3),
            "kept": "yes" if cell.kept else "no" if cell.known else "-",
            "bottleneck H0, H1, ..": ", ".join(f"{value:.3g}" for value in cell.distances("bottleneck")) or "-",
            "to nothing": ", ".join(f"{value:.3g}" for value in cell.distances("nothing")) or "-",
        } | {name: "-" if value is None else round(value, 3) for name, value in numbers.items()})  # fmt: skip
    return rows


def figure_rows(cells: list[Cell]) -> list[dict]:
    """As `tdabench.embedding.pictures.kept_figure` wants them; of controls none."""
    return [
        {
            "shape": cell.cloud,
            "known": cell.known,
            "method": cell.method,
            "read": cell.read[0],
            "kept": cell.kept,
            "reason": cell.reason or cell.unread,
            "note": f"{cell.read[1]} of {len(cell.runs)}, {cell.read[2]:.2f}",
        }
        for cell in cells
        if cell.known
    ]


def failed_rows(cells: list[Cell]) -> list[dict]:
    """Every try that failed, once, and what was taken in its place."""
    return [
        {
            "cloud": cell.cloud,
            "seed": seed,
            "try": title,
            "reason": reason[:160],
            "taken": survival.made_by or "none",
        }
        for cell in _once(cells)
        for seed, survival in enumerate(cell.survivals)
        for title, reason in survival.failed.items()
    ]


def failures_told(cells: list[Cell]) -> str:
    """On how many clouds and seeds the first try of a method failed."""
    counts = Counter(cell.method for cell in _once(cells) for survival in cell.survivals if survival.failed)
    told = ", ".join(f"{title} {count}" for title, count in counts.items())
    every = sum(len(cell.survivals) for cell in _once(cells))
    return f"first tries that failed, of {every:,}: {told}" if told else f"none of {every:,} first tries failed"


def _once(cells: list[Cell]) -> list[Cell]:
    """Each cloud and method over one field, and a graph's nerve without its distances."""
    return [cell for cell in cells if cell.field == 2 and not cell.method.endswith(BY_DISTANCES)]

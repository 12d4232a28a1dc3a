"""Mapper and the embeddings of the slide on Yelp's businesses: seconds in turn, quality, and pictures side by side."""

import numpy as np

from reproductions._shared import rounded
from tdabench.claims.measurements import NOT_RUN
from tdabench.data.yelp_table import business_table
from tdabench.embedding.comparison import Candidate, candidates, compare, forget, ratios, rows, spread
from tdabench.embedding.pictures import quality_figure, ratio_figure, side_by_side
from tdabench.embedding.quality import judge
from tdabench.mapper.saved import KeptMapper
from tdabench.processes.timing import WorkLimits

DEFAULTS = {  # what scikit-learn takes when it is told nothing
    "LLE, defaults": ("lle", {"n_neighbors": 5}),
    "spectral embedding, defaults": ("spectral", {"n_neighbors": None}),
    "modified LLE, defaults": ("modified_lle", {"n_neighbors": 5}),
}
ENGINES = {  # another way to the same output, which counts only if it is
    "LLE, dense solver": ("lle", {"eigen_solver": "dense"}, "LLE"),
    "modified LLE, dense solver": ("modified_lle", {"eigen_solver": "dense"}, "modified LLE"),
}
FIVE = ("PCA", "TDA", "LLE", "spectral embedding", "modified LLE")


def measure(config, bench):
    data = bench.data("yelp")
    table = business_table(data["businesses"], without=("category", "stars"))
    points = (table.matrix - table.matrix.mean(axis=0)) / table.matrix.std(axis=0)
    bench.progress(f"{points.shape[0]} businesses, {points.shape[1]} columns, {config.rounds} rounds")
    store = bench.store / "embedding" / config.name
    results = timed(points, config.methods, ENGINES, config, store, bench)
    bench.table("methods", f"Time, memory and outcome on {len(points)} businesses", rows(results))
    measurements = {"real": times(results)}
    for count in config.generated:
        larger = enlarged(points, count, config.noise, seed=0)
        found = timed(larger, config.core, {}, config, store, bench)
        title = f"The same on {count} generated rows: real businesses drawn again, with noise of {config.noise}"
        bench.table(f"generated_{count}", title, rows(found))
        measurements["largest"] = times(found)
    judged = {title: judge(points, result.embedded, table.labels["category"], config.label_neighbours)
              for title, result in results.items() if result.embedded is not None}  # fmt: skip
    measurements |= quality(judged, points, results, table, config)
    told = quality_rows(judged, results)
    bench.table("quality", "What each method keeps of the neighbourhoods", rounded(told))
    draw(results, table, told, config, bench)
    keep(bench, results["TDA"].embedded, table)
    note = f"{data['note']}; the deck's table was not published, nor its machine"
    measurements |= {
        "note": note,
        "about": f"{points.shape[1]} columns; {config.measurement_threads} thread; {data['reading'][0]}",
        "recipe": table.recipe,
        "generated": f"generated: {config.generated[-1]} rows, drawn again from the real ones, with noise",
        "noise": f"LLE, timed twice in every round, took {spread(ratios(results, 'LLE, again', 'LLE'))} of it",
        "without": "stars and categories are kept out of what the methods see",
    }
    forget(store)
    return measurements


def timed(points, names, engines, config, store, bench):
    asked = candidates(names, again="lle")
    asked += [Candidate(title, name, options) for title, (name, options) in DEFAULTS.items()]
    asked += [Candidate(title, name, options, same_as) for title, (name, options, same_as) in engines.items()]
    limits = WorkLimits(config.measurement_threads, config.limit_s, config.memory_gib)
    return compare(points, asked, store, config.rounds, config.neighbours, 2, 0, limits, bench.progress)


def enlarged(points, count: int, noise: float, seed: int) -> np.ndarray:
    """A smoothed bootstrap: rows drawn again, with Gaussian noise, so that no two are equal. -> (count, columns)"""
    random = np.random.default_rng(seed)
    rows = random.integers(len(points), size=count)
    return points[rows] + noise * random.normal(size=(count, points.shape[1]))


def times(results) -> dict:
    """Seconds by method and round of the five that an order names, and the pairs that Y2 speaks of."""
    told = {}
    for name, titles in (("order", FIVE), ("defaults", [*FIVE[:2], *DEFAULTS])):
        seconds = {title: results[title].wall_s for title in titles if results[title].counts}
        missing = [f"{title}: {results[title].reason}" for title in titles if title not in seconds]
        told[name] = {NOT_RUN: "; ".join(missing)} if missing else seconds
    for other in FIVE[2:]:
        missing = {NOT_RUN: "; ".join(f"{title}: {results[title].reason}" for title in ("TDA", other))}
        faster = ratios(results, other, "TDA")
        pair = {"numerator": results["TDA"].wall_s, "denominator": results[other].wall_s}
        told[f"TDA / {other}"] = pair if faster else missing
        told[f"{other} / TDA"] = faster or missing
    return told


def quality(judged, points, results, table, config) -> dict:
    """What the claims look at: trustworthiness of TDA less that of each, accuracy less chance, and with permutation."""
    random = np.random.default_rng(0)
    permuted = random.permutation(table.labels["category"])
    best = judged["TDA"]["trustworthiness"]
    control = {title: judge(points, results[title].embedded, permuted, config.label_neighbours) for title in judged}
    return {
        "kept": {title: best - kept["trustworthiness"] for title, kept in judged.items()},
        "together": {title: above_chance(kept) for title, kept in judged.items()},
        "permuted": {title: above_chance(kept) for title, kept in control.items()},
    }


def above_chance(kept) -> float:
    return kept["balanced_accuracy"] - kept["balanced_chance"]


def quality_rows(judged, results) -> list[dict]:
    return [
        {
            "method": title,
            "seconds": float(np.median(results[title].wall_s)),
            "trustworthiness": found["trustworthiness"],
            "continuity": found["continuity"],
            "label_accuracy": found["label_accuracy"],
            "label_accuracy_before": found["label_accuracy_before"],
            "chance": found["chance"],
            "balanced_accuracy": found["balanced_accuracy"],
        }
        for title, found in judged.items()
        if not title.endswith("again")
    ]


def draw(results, table, told, config, bench) -> None:
    shown = {title: result for title, result in results.items() if not (title in ENGINES or title.endswith("again"))}
    panels = {title: result.embedded or result.reason for title, result in shown.items()}
    seconds = {title: f"{np.median(result.wall_s):.3g} s" for title, result in shown.items() if result.wall_s}
    stars = np.asarray(table.labels["stars"], dtype=float)
    figure = side_by_side(panels, stars, "stars", "Yelp's businesses, coloured by stars", subtitles=seconds)
    bench.figure("stars", figure, "Every method on the same businesses, coloured by stars, which no method saw.")
    figure = side_by_side(
        panels, table.labels["category"], "category", "Yelp's businesses, coloured by category", subtitles=seconds
    )
    bench.figure("categories", figure, "The same, coloured by category, which no method saw either.")
    told += [{"method": title, "reason": result.reason} for title, result in results.items() if result.reason]
    figure = quality_figure(told, "Yelp's businesses: what is kept, against seconds")
    bench.figure("quality", figure, (
        "Neighbourhoods kept, and category told by neighbours, against seconds on one thread (medians of all rounds)."
    ))  # fmt: skip
    bench.figure("ratios", ratio_figure(*relative(results, config), "Time relative to LLE and to PCA"), (
        "Medians and ranges of ratios paired by round; hollow: the deck's, on another table and machine; shaded: what "
        "timing LLE twice gives."
    ))  # fmt: skip


def relative(results, config) -> tuple[list[dict], tuple[float, float] | None]:
    """Rows for the figure of ratios, and the band of LLE over itself."""
    slide, told = config.slide, []
    for title, result in results.items():
        if title.endswith("again"):
            continue
        row = {"method": title, "ratios": {to: ratios(results, title, to) for to in ("LLE", "PCA")}}
        row["published"] = {to: slide[title] / slide[to] for to in ("LLE", "PCA")} if title in slide else {}
        told.append(row | {"reason": result.reason})
    noise = ratios(results, "LLE, again", "LLE")
    return told, (min(noise), max(noise)) if noise else None


def keep(bench, embedded, table) -> None:
    columns = {name: table.matrix[:, place] for place, name in enumerate(table.columns)} | dict(table.labels)
    parameters = {"method": embedded.note, "recipe": table.recipe}
    bench.keep_mapper("businesses", KeptMapper("Yelp's businesses", embedded.graph, columns, parameters, "stars"))
    bench.keep("embedded", coordinates=embedded.coordinates)

"""A user's own table: every method on the same rows, timed in turn; what each keeps; TDA's graph; all in words."""

from hashlib import sha256

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from tdabench.data.preprocess import enough_rows, numeric_matrix
from tdabench.data.tables import read_table
from tdabench.embedding import reading
from tdabench.embedding.comparison import candidates, compare, forget, ratios, rows, spread
from tdabench.embedding.method import methods
from tdabench.embedding.pictures import quality_figure, ratio_figure, side_by_side
from tdabench.embedding.preservation import topology
from tdabench.embedding.quality import continuity, label_accuracy, sample_rows, trustworthiness
from tdabench.errors import BadInput
from tdabench.mapper.features import summary
from tdabench.mapper.saved import KeptMapper
from tdabench.processes.timing import WorkLimits
from tdabench.topology.betti import in_words, most_read

ROWS_PER_VALUE = 5  # of a label: with fewer on average its values are no classes
ITSELF = "the columns themselves"
ACCURACIES = ("label_accuracy", "balanced_accuracy", "chance")


def measure(config, bench):
    asked, table = asked_for(config), read_table(config.table.path)
    numbers = numbers_of(table, config)
    colour, name = colours(table, numbers, config.table)
    chosen = sample_rows(len(numbers.matrix), config.table.rows)
    points, places, colour = numbers.matrix[chosen], numbers.rows[chosen], colour[chosen]
    bench.progress(f"{len(points)} of {table.rows} rows, {points.shape[1]} columns")
    folder = sha256(str(config).encode()).hexdigest()[:16]  # two tables at once, or one table in two ways
    store = bench.store / "embedding" / config.name / folder
    limits = WorkLimits(config.measurement_threads, config.limit_s, config.memory_gib)
    results = compare(points, asked, store, config.rounds, config.neighbours, 2, 0, limits, bench.progress)
    ranked = {title: result for title, result in results.items() if result.counts and not result.candidate.same_as}
    found = {title: result.embedded for title, result in ranked.items()}
    kept = quality(points, found, None if config.table.label is None else colour, config)
    runs = topologies(points, found, config.topology)
    tda = next((embedded for embedded in found.values() if embedded.graph is not None), None)
    shape = None if tda is None else summary(tda.graph, persistence=config.flares)
    again = next((ratios(results, title, result.candidate.same_as) for title, result in results.items()
                  if result.candidate.same_as), [])  # fmt: skip
    sampled_of = len(numbers.matrix) if len(chosen) < len(numbers.matrix) else 0
    told = [
        *reading.compared(*(measured(kept, found, key) for key in ("trustworthiness", "continuity")),
                          {title: result.wall_s for title, result in ranked.items()}, again),
        *labels(kept, found, colour, config.table.label),
        reading.topology_told(runs[ITSELF], {title: runs[title] for title in found}),
        *([] if shape is None else [reading.graph_told(shape, config.flares)]),
        *filter(None, [reading.failures_told(results)]),
        *reading.cautions(*points.shape, again, sampled_of),
        f"Rounds of timing: {config.rounds}; threads: {config.measurement_threads}.",
        *numbers.notes,
    ]  # fmt: skip
    tell(results, kept, runs, shape, told, numbers, bench)
    draw(results, kept, again, colour, name, bench)
    bench.keep("embedded", rows=places, **{title: embedded.coordinates for title, embedded in found.items()})
    if tda is not None:
        keep(tda, table, places, colour, name, numbers, bench)
    forget(store)
    seconds = {title: result.wall_s for title, result in ranked.items()}
    return {"runs": runs[ITSELF], "reading": " ".join(told), "rows": len(points), "seconds": seconds, "quality": kept}


def asked_for(config) -> list:
    """The candidates; one of them a second time: PCA, or the first where it is not among them."""
    names = config.methods
    if names is None:
        there = [name for name, entry in methods().items() if entry.installed]
        names = sorted(there, key=lambda name: (name != "pca", name != "mapper"))
    if len(set(names)) < max(1, len(names)):
        raise BadInput(f"methods: a list of different ones is needed, such as [pca,mapper], not {names}.")
    return candidates(names, again="pca" if "pca" in names else names[0])


def numbers_of(table, config):
    """What rows are compared by. BadInput, with the file, for what cannot be used."""
    given, label = config.table, config.table.label
    columns = None if given.columns is None else list(given.columns)
    try:
        numbers = numeric_matrix(table, columns, label, given.text, given.missing, given.standardise)
        enough_rows(min(len(numbers.matrix), given.rows), config.neighbours)
        if label is not None and (values := len(np.unique(numbers.label))) * ROWS_PER_VALUE > len(numbers.label):
            raise BadInput(
                f"label {label!r} has {values} different values in {len(numbers.label)} rows, so fewer than "
                f"{ROWS_PER_VALUE} rows for each: no classes. Colour by it instead, if it is of numbers: table.colour."
            )
    except BadInput as error:
        raise BadInput(f"{given.path}: {error}") from None
    return numbers


def colours(table, numbers, given) -> tuple[np.ndarray, str]:
    """(n,) what rows are coloured by, and its name: the label, as texts; a column of numbers; or a component."""
    if given.label is not None:
        values = numbers.label.tolist()
        return np.array([f"{value:g}" if isinstance(value, float) else value for value in values]), given.label
    if given.colour is None:
        return PCA(1, random_state=0).fit_transform(numbers.matrix)[:, 0], "first principal component"
    if given.colour not in table.numeric:
        raise BadInput(
            f"{given.path}: there is no column of numbers {given.colour!r} to colour by (table.colour); there are: "
            f"{', '.join(table.numeric)}; a column of classes is a table.label."
        )
    return table.columns[given.colour][numbers.rows], given.colour


def quality(points, found, label, config) -> dict[str, dict[str, list[float]]]:
    """Title -> measure -> one number for each of several random halves of the rows, the same for all."""
    kept = {title: {} for title in [*found, *([] if label is None else [ITSELF])]}
    for half in range(config.halves):
        random = np.random.default_rng(half)
        chosen = random.choice(len(points), min(len(points) // 2, config.half_rows), replace=False)
        near = max(1, min(config.judged_neighbours, len(chosen) // 4))
        permuted = None if label is None else random.permutation(label[chosen])
        before = cdist(points[chosen], points[chosen])
        for title, by in kept.items():
            after = before if title == ITSELF else found[title].distances(chosen)
            told = {"trustworthiness": trustworthiness(before, after, near)}
            told["continuity"] = continuity(before, after, near)
            if label is not None:
                seen = label_accuracy(after, label[chosen], near)
                told |= {key: seen[key] for key in ACCURACIES}
                told["permuted"] = label_accuracy(after, permuted, near)["balanced_accuracy"]
            for key, value in told.items():
                by.setdefault(key, []).append(value)
    return kept


def measured(kept, titles, key: str) -> dict[str, list[float]]:
    return {title: kept[title][key] for title in titles}


def labels(kept, found, colour, label) -> list[str]:
    if label is None or not found:
        return []
    accuracy, permuted = (measured(kept, found, key) for key in ("balanced_accuracy", "permuted"))
    return [reading.label_told(label, len(np.unique(colour)), accuracy, permuted, kept[ITSELF]["balanced_accuracy"])]


def topologies(points, found, asked) -> dict[str, list[dict[str, float]]]:
    """Title, or ITSELF -> run shares of Betti numbers by seed of the landmarks; of a graph those of its nerve."""
    chosen = sample_rows(len(points), asked.rows)
    landmarks = min(asked.landmarks, max(5, len(chosen) // asked.rows_per_landmark))
    runs = {}
    for title, embedded in {ITSELF: None, **found}.items():
        if embedded is not None and embedded.graph is not None:
            numbers = embedded.graph.betti_numbers(asked.field)[: asked.max_dimension + 1]
            runs[title] = [{",".join(map(str, numbers)): 1.0}] * asked.seeds
            continue
        matrix = cdist(points[chosen], points[chosen]) if embedded is None else embedded.distances(chosen)
        protocol = landmarks, asked.max_dimension, asked.range_share, asked.field
        runs[title] = [topology(matrix, *protocol, seed) for seed in range(asked.seeds)]
    return runs


def tell(results, kept, runs, shape, told, numbers, bench) -> None:
    bench.table("reading", "In words", [{"reading": sentence} for sentence in told])
    bench.table("methods", "Seconds and memory, each in a process of its own", rows(results))
    bench.table("quality", "Neighbourhoods and label, over random halves of the rows", [
        {"method": title} | {key.replace("_", " "): spread(values) for key, values in by.items()}
        for title, by in kept.items()] or [{"method": "none gave a result"}])  # fmt: skip
    reads = {title: (most_read(shares), reading.steady(shares)) for title, shares in runs.items()}
    bench.table("topology", "Betti numbers before and after", [
        {"distances": title, "read most": in_words(vector), "seeds": f"{count} of {len(runs[title])}",
         "share of the range": round(share, 3), "steady": "yes" if firm else "no"}
        for title, ((vector, count, share), firm) in reads.items()])  # fmt: skip
    if shape is not None:
        bench.table("graph", "TDA's graph", [shape])
    bench.table("columns", "The columns that rows are compared by", [{"column": name} for name in numbers.columns])


def draw(results, kept, again, colour, name, bench) -> None:
    shown = {title: result for title, result in results.items() if not result.candidate.same_as}
    seconds = {title: f"{np.median(result.wall_s):.3g} s" for title, result in shown.items() if result.wall_s}
    panels = {title: result.embedded or result.reason for title, result in shown.items()}
    figure = side_by_side(panels, colour, name, f"Your table, coloured by {name}", subtitles=seconds)
    bench.figure("side_by_side", figure, f"Every method on the same rows, coloured by {name}.")
    told = [{"method": title, "seconds": result.wall_s, "reason": result.reason,
             "label_accuracy_before": np.median(kept[ITSELF]["label_accuracy"]) if ITSELF in kept else None,
             **{key: float(np.median(values)) for key, values in kept.get(title, {}).items()}}
            for title, result in shown.items()]  # fmt: skip
    bench.figure("quality", quality_figure(told, "What is kept, against seconds"), "Medians over halves of the rows.")
    others = [title for title in ("PCA", "LLE") if title in shown and shown[title].counts]
    if others:
        told = [{"method": title, "reason": result.reason,
                 "ratios": {other: ratios(results, title, other) for other in others}}
                for title, result in shown.items()]  # fmt: skip
        noise = (min(again), max(again)) if again else None
        figure = ratio_figure(told, noise, "Seconds, relative")
        bench.figure("seconds", figure, "Ratios by round; shaded: one method timed a second time.")


def keep(tda, table, places, colour, name, numbers, bench) -> None:
    """The graph for the explorer, with all the table's columns."""
    columns = {column: values[places] for column, values in table.columns.items()}
    columns |= {label: values for label, values in ((name, colour), ("row", places)) if label not in columns}
    parameters = {"compared by": ", ".join(numbers.columns), "method": tda.note}
    bench.keep_mapper("table", KeptMapper("Your own table", tda.graph, columns, parameters, name))

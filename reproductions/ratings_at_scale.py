"""Generated ratings of the Netflix Prize's size: made, reduced in two ways, with memory, seconds and agreement."""

import os
import time

import numpy as np
from sklearn.preprocessing import normalize

from reproductions._shared import withheld
from tdabench.data.latent import latent_ratings
from tdabench.embedding.embedded import Embedded
from tdabench.embedding.pictures import side_by_side
from tdabench.embedding.quality import label_accuracy, sample_rows
from tdabench.embedding.ratings_svd import reduce_ratings
from tdabench.processes.limits import peak_rss_mib

NEIGHBOURS, SHOWN = 10, 2000


def measure(config, bench):
    if not config.complete:
        return withheld(config)
    began = time.perf_counter()
    ratings = latent_ratings(config.films, config.users, config.ratings, config.factors, 0, bench.progress)
    rows = [row("the table is generated", time.perf_counter() - began)]
    reduced, peaks = {}, {}
    for method in config.reductions:
        found = reduce_ratings(
            ratings.matrix, config.components, method, memory_gib=config.memory_gib, report=bench.progress
        )
        reduced[method] = found
        rows.append(row(method.replace("_", " "), found.seconds) | {"films in a bucket": found.rows_at_once or "-"})
        peaks[method] = rows[-1]["peak GiB so far"]
    bench.table("stages", f"{ratings.note}: seconds and memory by stage", rows)
    known = np.argsort(-ratings.counts)[: config.films // 4]
    known = np.sort(known[sample_rows(len(known), SHOWN)])
    labels = ratings.genres[known]
    scores = {method: found.scores[known, : config.factors] for method, found in reduced.items()}
    permuted = np.random.default_rng(0).permutation(labels)
    first, second = (found.axes[: config.factors] for found in reduced.values())
    cosines = np.linalg.svd(first @ second.T, compute_uv=False)
    draw(reduced, known, labels, bench)
    bench.keep("reduced", cosines=cosines, **{name: found.scores[known] for name, found in reduced.items()})
    return {
        "films": config.films,
        "users": config.users,
        "ratings": ratings.matrix.nnz,
        "peak_gib": peaks,
        "groups": {method: told(columns, labels) for method, columns in scores.items()},
        "permuted": {method: told(columns, permuted) for method, columns in scores.items()},
        "agreement": float(cosines.min()),
        "about": f"{ratings.note}; {config.components} columns, {bench.threads} threads",
        "seconds": "; ".join(f"{entry['stage']} {entry['seconds']:.0f} s" for entry in rows),
        "explained": "; ".join(f"{name}: {found.explained:.3f} of the variance" for name, found in reduced.items()),
    }


def row(stage: str, seconds: float) -> dict:
    peak = peak_rss_mib(os.getpid()) / 1024
    return {"stage": stage, "seconds": round(seconds, 1), "peak GiB so far": round(peak, 2), "films in a bucket": "-"}


def told(scores, labels) -> float:
    """How often the nearest films, by the angle between them whatever its sign, name a film's group."""
    unit = normalize(scores)
    return label_accuracy(1 - np.abs(unit @ unit.T) * (1 - np.eye(len(unit))) - np.eye(len(unit)), labels, NEIGHBOURS)[
        "label_accuracy"
    ]


def draw(reduced, known, labels, bench) -> None:
    panels = {name.replace("_", " "): Embedded(found.scores[known, :2]) for name, found in reduced.items()}
    figure = side_by_side(panels, labels, "strongest factor", "The best-rated quarter of the films, first two columns")
    bench.figure("columns", figure, "Films by their first two columns, after either way of reducing the ratings.")

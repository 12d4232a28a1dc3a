"""Betti numbers of disc, sphere, disc with three holes, torus and Klein bottle (deck, slides "Topology")."""

import numpy as np

from reproductions._shared import keep_runs
from tdabench.data import shapes
from tdabench.topology import betti_curve, lazy_witness_persistence, maxmin_landmarks, persistence
from tdabench.topology.betti import in_words, run_shares
from tdabench.topology.pictures import persistence_figure

KNOWN = {
    "disc": (1, 0, 0),
    "sphere": (1, 0, 1),
    "disc_with_holes": (1, 3, 0),
    "torus": (1, 2, 1),
    "klein_bottle": (1, 2, 1),
}
# For each shape the filtration value up to which its complexes are looked at: about the size of its smallest hole.
LIMITS = {"disc": 0.6, "sphere": 1.2, "disc_with_holes": 0.5, "torus": 0.9}
# How many points each complex is built on (maxmin landmarks of the sample; None: all), and its own options.
COMPLEXES = {
    "alpha": (1200, {}),
    "cech": (1200, {}),
    "rips": (200, {}),
    "sparse_rips": (200, {"epsilon": 0.3}),
    "witness": (None, {"landmarks": 60}),
    "strong_witness": (None, {"landmarks": 60}),
}


def measure(config, bench):
    readings = {}
    for name, vector in KNOWN.items():
        bench.progress(f"{name}: {config.seeds} seeds")
        runs = [
            lazy_witness_persistence(
                getattr(shapes, name)(config.points, seed),
                config.landmarks,
                range_share=config.range_share,
                max_dimension=2,
                fields=(2, 3),
                seed=seed,
            )
            for seed in bench.steps(range(config.seeds), f"{name}, seeds")
        ]
        keep_runs(bench, name, runs)
        readings[name] = {f"z{field}": [run_shares(run.curves[field]) for run in runs] for field in (2, 3)}
        figure = persistence_figure(runs[0].diagrams[2], runs[0].curves[2], vector, name.replace("_", " "))
        bench.figure(name, figure, f"{name.replace('_', ' ')}, seed 0: barcode, diagram, Betti numbers over [0, R].")
    bench.progress("GUDHI's complexes")
    rows = complexes(config.points)
    bench.table("complexes", "The same shapes through GUDHI's complexes", rows)
    return readings | {"complexes": {"right": sum(row["right"] for row in rows)}}


def complexes(count: int) -> list[dict]:
    """Each complex on each shape, and Rips of the correlation matrix of a circle."""
    rows = []
    for name, limit in LIMITS.items():
        sample = getattr(shapes, name)(count, 0)
        for kind, (few, options) in COMPLEXES.items():
            points = sample if few is None else sample[maxmin_landmarks(sample, min(few, count), 0).indices]
            if few is None:  # the filtration value is a relaxation, not a diameter: its range is [0, R], as above
                limit = maxmin_landmarks(sample, options["landmarks"], 0).covering_radius
            diagram = persistence(points, kind, max_dimension=2, limit=limit, engine="gudhi", **options)
            rows.append(_row(name, kind, diagram, KNOWN[name]))
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    correlations = np.cos(angles[:, None] - angles)
    diagram = persistence(correlations, "correlation", max_dimension=2, limit=1, engine="gudhi")
    return [*rows, _row("circle", "correlation", diagram, (1, 1, 0))]


def _row(shape: str, kind: str, diagram, known) -> dict:
    shares = run_shares(betti_curve(diagram, 0, diagram.limit))
    longest = max(shares, key=shares.get)
    return {
        "shape": shape.replace("_", " "),
        "complex": kind.replace("_", " "),
        "longest Betti vector": in_words(longest),
        "share of the range": round(shares[longest], 3),
        "known": f"({', '.join(map(str, known))})",
        "right": longest == ",".join(map(str, known)),
    }

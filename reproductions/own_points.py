"""A user's own points: landmarks, complex, Betti vector over the range, over several fields and seeds."""

from scipy.spatial.distance import pdist, squareform

from tdabench.bench import keep_runs
from tdabench.data.readers import points as read_points
from tdabench.errors import BadInput
from tdabench.topology import WitnessRun, betti_curve, lazy_witness_persistence, maxmin_landmarks, persistence
from tdabench.topology.betti import in_words, most_read, run_shares
from tdabench.topology.pictures import persistence_figure


def measure(config, bench):
    points = read_points(config.points.path)
    if config.complex not in COMPLEXES:
        raise BadInput(f"complex: {' or '.join(COMPLEXES)} is needed, not {config.complex!r}.")
    bench.progress(f"{len(points)} points of R^{points.shape[1]}, {config.complex}, {config.seeds} seeds")
    runs = [COMPLEXES[config.complex](points, config, seed) for seed in range(config.seeds)]
    keep_runs(bench, "runs", runs)
    shares = {field: [run_shares(run.curves[field]) for run in runs] for field in config.fields}
    first = config.fields[0]
    bench.table("runs", "Longest runs of Betti vectors, per seed", table(shares))
    for field in config.fields:
        vector = tuple(map(int, most_read(shares[field])[0].split(",")))
        figure = persistence_figure(runs[0].diagrams[field], runs[0].curves[field], vector, "your points, seed 0")
        bench.figure(f"persistence_z{field}", figure, f"Barcode, diagram and Betti numbers over Z/{field}, seed 0.")
    return {"runs": shares[first], "reading": sentence(shares), "points": len(points)} | {
        f"z{field}.runs": found for field, found in shares.items()
    }


def lazy_witness(points, config, seed) -> WitnessRun:
    return lazy_witness_persistence(
        points,
        config.landmarks,
        config.nu,
        config.range_share,
        config.max_dimension,
        tuple(config.fields),
        seed,
        engine=config.engine,
    )


def rips(points, config, seed) -> WitnessRun:
    """Vietoris-Rips of the landmarks alone, up to a share of the enclosing radius (beyond which it is a cone)."""
    chosen = maxmin_landmarks(points, config.landmarks, seed)
    matrix = squareform(pdist(points[chosen.indices]))
    limit = config.range_share * matrix.max(axis=1).min()
    diagrams = {
        field: persistence(matrix, "distances", config.max_dimension, limit, field, config.engine)
        for field in config.fields
    }
    curves = {field: betti_curve(diagram, 0, limit) for field, diagram in diagrams.items()}
    return WitnessRun(chosen.indices, chosen.covering_radius, diagrams, curves)


COMPLEXES = {"lazy_witness": lazy_witness, "rips": rips}


def sentence(shares) -> str:
    """The reading, in one sentence."""
    parts = []
    for field, found in shares.items():
        vector, count, share = most_read(found)
        parts.append(f"{in_words(vector)} over Z/{field} on {count} of {len(found)} seeds, {share:.0%} of the range")
    return "The points read " + "; ".join(parts) + "."


def table(shares) -> list[dict]:
    rows = []
    for field, found in shares.items():
        for seed, runs in enumerate(found):
            ordered = sorted(runs.items(), key=lambda item: -item[1])[:3]
            texts = [f"{in_words(vector)} {share:.0%}" for vector, share in ordered]
            rows.append({"field": f"Z/{field}", "seed": seed, "longest runs": ", ".join(texts)})
    return rows

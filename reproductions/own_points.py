"""A user's own points: landmarks, complex, Betti vector over the range, over several fields and seeds."""

from scipy.spatial.distance import pdist, squareform

from reproductions._shared import keep_runs
from tdabench.data.readers import points as read_points
from tdabench.errors import BadInput
from tdabench.topology import WitnessRun, betti_curve, lazy_witness_persistence, maxmin_landmarks
from tdabench.topology.betti import in_words as vector_in_words
from tdabench.topology.betti import most_read, run_shares
from tdabench.topology.fallback import TooLarge, in_words, offered, persistence_within
from tdabench.topology.pictures import persistence_figure


def measure(config, bench):
    points = read_points(config.points.path)
    if config.complex not in COMPLEXES:
        raise BadInput(f"complex: {' or '.join(COMPLEXES)} is needed, not {config.complex!r}.")
    bench.progress(f"{len(points)} points of R^{points.shape[1]}, {config.complex}, {config.seeds} seeds")
    taken: dict[str, None] = {}
    runs = [COMPLEXES[config.complex](points, config, seed, bench, taken) for seed in range(config.seeds)]
    keep_runs(bench, "runs", runs)
    shares = {field: [run_shares(run.curves[field]) for run in runs] for field in config.fields}
    first = config.fields[0]
    bench.table("runs", "Longest runs of Betti vectors, per seed", table(shares))
    for field in config.fields:
        vector = tuple(map(int, most_read(shares[field])[0].split(",")))
        figure = persistence_figure(runs[0].diagrams[field], runs[0].curves[field], vector, "your points, seed 0")
        bench.figure(f"persistence_z{field}", figure, f"Barcode, diagram and Betti numbers over Z/{field}, seed 0.")
    if why := runs[0].diagrams[first].why:
        taken[f"Engine: {why}."] = None
    reading = " ".join([sentence(shares), *taken])
    return {"runs": shares[first], "reading": reading, "points": len(points)} | {
        f"z{field}": {"runs": found} for field, found in shares.items()
    }


def lazy_witness(points, config, seed, bench, taken) -> WitnessRun:
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


def rips(points, config, seed, bench, taken) -> WitnessRun:
    """Vietoris-Rips of the landmarks alone, up to a share of the enclosing radius (beyond which it is a cone).

    taken: of each rung that stood in for Rips for want of memory, a sentence.
    """
    chosen = maxmin_landmarks(points, config.landmarks, seed)
    points = points[chosen.indices]
    limit = config.range_share * squareform(pdist(points)).max(axis=1).min()
    diagrams = {}
    for field in config.fields:
        left = bench.memory_left()
        try:
            diagrams[field], rung = persistence_within(
                points, config.max_dimension, left, limit, field, config.engine, config.over_memory, seed
            )
        except TooLarge as error:
            raise TooLarge(f"{error} (over_memory=take, limits.memory_gib)") from None
        if seed == 0:
            bench.progress(in_words(rung, left))
        if rung.bound != 0:
            taken[f"For want of memory: {offered(rung)}."] = None
    curves = {field: betti_curve(diagram, 0, limit) for field, diagram in diagrams.items()}
    return WitnessRun(chosen.indices, chosen.covering_radius, diagrams, curves)


COMPLEXES = {"lazy_witness": lazy_witness, "rips": rips}


def sentence(shares) -> str:
    """The reading, in one sentence."""
    parts = []
    for field, found in shares.items():
        vector, count, share = most_read(found)
        read = vector_in_words(vector)
        parts.append(f"{read} over Z/{field} on {count} of {len(found)} seeds, {share:.0%} of the range")
    return "The points read " + "; ".join(parts) + "."


def table(shares) -> list[dict]:
    rows = []
    for field, found in shares.items():
        for seed, runs in enumerate(found):
            ordered = sorted(runs.items(), key=lambda item: -item[1])[:3]
            texts = [f"{vector_in_words(vector)} {share:.0%}" for vector, share in ordered]
            rows.append({"field": f"Z/{field}", "seed": seed, "longest runs": ", ".join(texts)})
    return rows

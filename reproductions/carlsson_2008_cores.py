"""The dense cores of natural image patches (Carlsson et al., IJCV 76, 2008).

The published cores are recomputed row for row; lazy witness persistence is measured on the published files, and on two
controls put through the whole pipeline: density, core, landmarks, witness complex.
"""

import numpy as np

from reproductions._shared import keep_runs
from tdabench.patches.circles import PLANES, three_circle_graph
from tdabench.patches.controls import gaussian_like, shuffled_pixels
from tdabench.patches.density import codensity, densest
from tdabench.patches.pictures import circle_figure, three_circles_figure
from tdabench.topology import bottleneck, lazy_witness_persistence
from tdabench.topology.betti import run_shares
from tdabench.topology.pictures import persistence_figure

PERCENT = 30
ENGINES = ("ripser", "gudhi")
CLAIMED = {300: (1, 1), 15: (1, 5)}
CORES = {300: "k300", 15: "k15"}


def measure(config, bench):
    files = bench.data("natural_patches")
    patches, published = files["n50000Dct"], {k: files[f"nk{k}c30Dct"] for k in CLAIMED}
    measurements = published_facts(patches, published, bench)
    for k, points in published.items():
        bench.progress(f"X({k},30): {config.seeds} seeds")
        seeds = bench.steps(range(config.seeds), f"X({k},30), seeds")
        runs = [witness(points, config, seed) for seed in seeds]
        keep_runs(bench, f"X{k}_30", runs)
        measurements[CORES[k]] = {
            "runs": [run_shares(run.curves[2]) for run in runs],
            "covering_radius": [run.covering_radius for run in runs],
            "graph": three_circle_graph(points, config.tube, config.link),
        }
        figure = persistence_figure(runs[0].diagrams[2], runs[0].curves[2], CLAIMED[k], f"X({k},30)")
        bench.figure(f"X{k}_30", figure, f"X({k},30), seed 0: barcode, diagram and Betti numbers over [0, R/4].")
    measurements["engines"] = {"bottleneck": engines_apart(published, config, bench)}
    for name, control in {"gaussian": gaussian_like, "shuffled": shuffled_pixels}.items():
        measurements[name] = through_the_pipeline(name, control, patches, config, bench)
    bench.table("graphs", "The graph along the three circles (I3)", graph_rows(measurements))
    draw(published, bench)
    return measurements


def published_facts(patches, published, bench) -> dict:
    """What the published files say about themselves, recomputed."""
    bench.progress("codensity of 50,000 patches, k = 15, 100, 300")
    ks = (15, 100, 300)
    deltas = dict(zip(ks, codensity(patches, ks, bench.threads).T, strict=True))
    rows = {k: densest(delta, PERCENT) for k, delta in deltas.items()}
    bench.keep("codensity", **{f"k{k}": delta for k, delta in deltas.items()})
    ours = {k: distinct(patches[rows[k]]) for k in ks}
    theirs = {k: distinct(points) for k, points in published.items()}
    radius = [np.hypot(points[:, 0], points[:, 1]) for points in (patches, published[300], published[15])]
    return {
        "rows": {name: {"equal": len(ours[k] & theirs[k]), "of": len(theirs[k])} for k, name in CORES.items()},
        "cut_codensity": [deltas[k][rows[k]].max() for k in ks],
        "overlaps": [len(ours[a] & ours[b]) for a, b in ((15, 300), (100, 300), (100, 15))],
        "variances": list(patches.var(axis=0)),
        "radii": [np.median(values) for values in radius],
    }


def through_the_pipeline(name, control, patches, config, bench) -> dict:
    """Draws of a control, each with its own density and cores; the seeds of the landmarks take turns on them."""
    cores, graphs = {k: [] for k in CLAIMED}, []
    for draw in range(config.draws):
        bench.progress(f"control {name}: draw {draw + 1} of {config.draws}")
        drawn = control(patches, draw)
        deltas = codensity(drawn, list(CLAIMED), bench.threads)
        for k, delta in zip(CLAIMED, deltas.T, strict=True):
            cores[k].append(drawn[densest(delta, PERCENT)])
        graphs.append(three_circle_graph(cores[15][-1], config.tube, config.link))
    measurements = {"k15": {"graph": {key: [graph[key] for graph in graphs] for key in graphs[0]}}, "k300": {}}
    for k, drawn in cores.items():
        seeds = bench.steps(range(config.seeds), f"{name}, k = {k}, seeds")
        runs = [witness(drawn[seed % config.draws], config, seed) for seed in seeds]
        keep_runs(bench, f"{name}_X{k}_30", runs)
        measurements[CORES[k]]["runs"] = [run_shares(run.curves[2]) for run in runs]
    return measurements


def witness(points, config, seed, engine=None):
    """The published protocol."""
    engine = engine or config.engine
    return lazy_witness_persistence(
        points, config.landmarks, config.nu, config.range_share, max_dimension=1, seed=seed, engine=engine
    )


def engines_apart(published, config, bench) -> list[float]:
    """Largest bottleneck distance between the diagrams of ripser and GUDHI, per seed and core."""
    apart = []
    for seed in bench.steps(range(config.seeds), "engines apart, seeds"):
        for points in published.values():
            diagrams = [witness(points, config, seed, engine).diagrams[2] for engine in ENGINES]
            apart.append(max(bottleneck(*diagrams, dimension) for dimension in (0, 1)))
    return apart


def graph_rows(measurements) -> list[dict]:
    """The graph of each core and control, one row each; of the controls the median draw."""
    graphs = {
        "X(15,30)": measurements["k15"]["graph"],
        "X(300,30)": measurements["k300"]["graph"],
        "Gaussian": measurements["gaussian"]["k15"]["graph"],
        "shuffled pixels": measurements["shuffled"]["k15"]["graph"],
    }
    keys = {"vertices": "V", "arcs": "E", "b1": "b1", "pieces": "pieces", "share near a circle": "covered"}
    return [
        {"points": title} | {head: round(float(np.median(graph[key])), 3) for head, key in keys.items()}
        for title, graph in graphs.items()
    ]


def distinct(points) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(points)}


def draw(published, bench) -> None:
    figure = circle_figure(published[300], "X(300,30): patches of the data round the primary circle")
    bench.figure("primary_circle", figure, "The data on (e1, e2), and 24 of its patches placed by their angle.")
    near = {plane: published[15][np.hypot(*published[15][:, list(plane)].T) > 0.9] for plane in PLANES}
    figure = three_circles_figure(near, "X(15,30): patches of the data on the three circles")
    bench.figure("three_circles", figure, "In each plane, the points of X(15,30) near its circle, and 16 patches.")

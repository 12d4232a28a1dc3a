"""Mapper on 20,000 and 200,000 points in 20 dimensions: tdabench against kmapper, GUDHI, tda-mapper and giotto-tda.

Points: 40 Gaussian blobs of standard deviation 0.5 round centres drawn uniformly from [-5, 5]^20, with a fixed seed.
Lens: the first two coordinates. Cover: 15 x 15 intervals, 30 % overlap. Clusters: the components at distance 3, about
the distance of two points of a blob (0.5 sqrt(40) = 3.2). So blobs that share a cube stay separate, and a point at the
rim of a blob may be a cluster of its own; their number is printed. The other libraries use scikit-learn's
DBSCAN(eps=3, min_samples=1). tdabench uses its ThresholdComponents, and also that DBSCAN, to show what is not due to
the clusterer.

Every run is a child process on one thread, with the same arrays: a small run to warm up, then one timed run, and its
peak memory (VmHWM) above the memory before. Candidates take turns, and another one begins each round. The output has
medians, and ratios of paired rounds with their range. A candidate has a ratio only if its graph has the nodes (as sets
of points) and the edges of tdabench's; otherwise the difference is printed. tda-mapper takes only the cubes whose
centre is the nearest one to some point; giotto-tda keeps one of two cubes with the same points. The cover is the one
that kmapper, GUDHI and tda-mapper define by these numbers. giotto-tda uses the published definition, and is compared
with tdabench on that. Last, the seconds of tdabench for 25,000 to 200,000 points on the same 225 cubes, whose fibres
grow with the points. With --other it takes half an hour or more.

    python benchmarks/mapper.py [--other PYTHON] [--rounds 5] [--rounds-large 3]

giotto-tda needs NumPy 1. So it and tda-mapper run in a Python of their own, and are left out without --other:

    python3.11 -m venv other && other/bin/pip install giotto-tda tda-mapper 'numpy<2'
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

COUNT, OVERLAP, RADIUS = 15, 0.3, 3.0
OURS = {"tdabench": "kmapper", "tdabench, published": "published"}
REFERENCES = {  # candidate -> the run of tdabench with which it is compared
    "tdabench, DBSCAN": "tdabench", "kmapper": "tdabench", "GUDHI": "tdabench", "tda-mapper": "tdabench",
    "giotto-tda": "tdabench, published",
}  # fmt: skip
ELSEWHERE = ["tda-mapper", "giotto-tda"]


def blobs(count: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    centres = generator.uniform(-5, 5, size=(40, 20))
    return centres[generator.integers(40, size=count)] + 0.5 * generator.normal(size=(count, 20))


# Each candidate: a timed function of the points and the lens, and one that makes (members, edges) of its result.


def by_tdabench(geometry, clusterer):
    from tdabench.mapper import Cover, mapper_graph

    cover = Cover(COUNT, OVERLAP, geometry=geometry)
    return (
        lambda points, lens: mapper_graph(points, lens, cover, clusterer),
        lambda graph: ([graph.members(node) for node in range(graph.nodes)], graph.edges),
    )


def ours(geometry):
    from tdabench.mapper.components import ThresholdComponents

    return by_tdabench(geometry, ThresholdComponents(RADIUS))


def dbscan():
    from sklearn.cluster import DBSCAN

    return DBSCAN(eps=RADIUS, min_samples=1)


def by_kmapper():
    import kmapper

    def run(points, lens):
        cover = kmapper.Cover(n_cubes=COUNT, perc_overlap=OVERLAP)
        return kmapper.KeplerMapper(verbose=0).map(lens, points, clusterer=dbscan(), cover=cover)

    def read(graph):
        number = {name: node for node, name in enumerate(graph["nodes"])}
        pairs = [(number[a], number[b]) for a, others in graph["links"].items() for b in others]
        return list(graph["nodes"].values()), pairs

    return run, read


def by_gudhi():
    from gudhi.cover_complex import MapperComplex

    def run(points, lens):
        return MapperComplex(
            input_type="point cloud", resolutions=[COUNT] * 2, gains=[OVERLAP] * 2, clustering=dbscan()
        ).fit(points, filters=lens, colors=lens)

    def read(complex):
        number = {name: node for node, name in enumerate(complex.node_info_)}
        pairs = [simplex for simplex, _ in complex.simplex_tree_.get_skeleton(1) if len(simplex) == 2]
        members = [node["indices"] for node in complex.node_info_.values()]
        return members, [(number[a], number[b]) for a, b in pairs]

    return run, read


def by_tda_mapper():
    from tdamapper.cover import CubicalCover
    from tdamapper.learn import MapperAlgorithm

    def run(points, lens):
        cover = CubicalCover(n_intervals=COUNT, overlap_frac=OVERLAP, algorithm="standard")
        return MapperAlgorithm(cover, dbscan(), failsafe=False, verbose=False).fit_transform(points, lens)

    def read(graph):
        number = {name: node for node, name in enumerate(graph.nodes)}
        return [data["ids"] for _, data in graph.nodes(data=True)], [(number[a], number[b]) for a, b in graph.edges]

    return run, read


def by_giotto():
    from gtda.mapper import CubicalCover, Projection, make_mapper_pipeline

    def run(points, lens):
        return make_mapper_pipeline(
            filter_func=Projection(columns=[0, 1]),
            cover=CubicalCover(n_intervals=COUNT, overlap_frac=OVERLAP),
            clusterer=dbscan(),
        ).fit_transform(points)

    return run, lambda graph: (graph.vs["node_elements"], graph.get_edgelist())


CANDIDATES = {
    "tdabench": lambda: ours("kmapper"),
    "tdabench, DBSCAN": lambda: by_tdabench("kmapper", dbscan()),
    "kmapper": by_kmapper,
    "GUDHI": by_gudhi,
    "tda-mapper": by_tda_mapper,
    "tdabench, published": lambda: ours("published"),
    "giotto-tda": by_giotto,
}


def memory_mib(entry: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(entry))
    return int(line.split()[1]) / 1024


def child(candidate: str, folder: str):
    """One timed run: its seconds and memory go to standard output, its graph to a file."""
    points = np.load(f"{folder}/points.npy")
    lens = points[:, :2].copy()
    run, read = CANDIDATES[candidate]()
    run(points[:500], lens[:500])
    before = memory_mib("VmRSS")
    start = time.perf_counter()
    result = run(points, lens)
    wall_s = time.perf_counter() - start
    peak = memory_mib("VmHWM")
    members, pairs = read(result)
    starts = np.cumsum([0, *map(len, members)])
    flat = np.concatenate([np.sort(np.asarray(rows, dtype=np.int64)) for rows in members])
    np.savez(f"{folder}/graph.npz", flat=flat, starts=starts, pairs=np.array(pairs, dtype=int).reshape(-1, 2))
    print(json.dumps({"wall_s": wall_s, "rise_mib": peak - before, "peak_mib": peak}))


def in_a_child(candidate: str, folder: str, python: str):
    """The measurements of a child, and its graph: Counters of its nodes, as sets of points, and of pairs of these."""
    single = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"], "1")
    process = subprocess.run(
        [python, __file__, "--child", candidate, folder], capture_output=True, text=True, env=os.environ | single
    )
    if process.returncode:
        raise SystemExit(f"{candidate} failed:\n{process.stderr[-2000:]}")
    graph = np.load(f"{folder}/graph.npz")
    names = [rows.tobytes() for rows in np.split(graph["flat"], graph["starts"][1:-1])]
    pairs = Counter(tuple(sorted((names[a], names[b]))) for a, b in graph["pairs"].tolist())
    return json.loads(process.stdout.splitlines()[-1]), (Counter(names), pairs)


def difference(theirs, ours) -> str:
    """How two graphs differ, in words; "" when they are equal."""
    if theirs == ours:
        return ""
    return "; ".join(
        f"{(one - other).total()} {kind} {side}"
        for kind, a, b in [("nodes", theirs[0], ours[0]), ("edges", theirs[1], ours[1])]
        for side, one, other in [("are missing", b, a), ("are its own", a, b)]
        if one - other
    )


def compare(count: int, rounds: int, pythons: dict):
    from common import ratio

    runs, graphs = {name: [] for name in pythons}, {}
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/points.npy", blobs(count))
        names = list(pythons)
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                run, graphs[name] = in_a_child(name, folder, pythons[name])
                runs[name].append(run)
    nodes, edges = graphs["tdabench"]
    alone = sum(many for rows, many in nodes.items() if len(rows) == 8)
    print(f"\n{count} x 20 points: {nodes.total()} nodes ({alone} of a single point), {edges.total()} edges")
    print(f"candidate               seconds  rise MiB  peak MiB   against tdabench, median of {rounds} rounds (range)")
    wall_s = {name: np.array([run["wall_s"] for run in runs[name]]) for name in runs}
    for name in runs:
        rise, peak = (np.median([run[key] for run in runs[name]]) for key in ("rise_mib", "peak_mib"))
        comparison = ""
        if reference := REFERENCES.get(name):
            differing = difference(graphs[name], graphs[reference])
            comparison = f"not the same graph: {differing}" if differing else ratio(wall_s[name], wall_s[reference])
        print(f"{name:22s} {np.median(wall_s[name]):8.3f} {rise:9.0f} {peak:9.0f}   {comparison}")


def linearity(rounds: int):
    counts, medians = [25_000, 50_000, 100_000, 200_000], []
    print("\npoints      tdabench s   us per point   rise MiB   nodes")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/points.npy", blobs(count))
            runs = [in_a_child("tdabench", folder, sys.executable) for _ in range(rounds)]
        medians.append(np.median([run["wall_s"] for run, _ in runs]))
        rise = np.median([run["rise_mib"] for run, _ in runs])
        nodes = runs[0][1][0].total()
        print(f"{count:7d} {medians[-1]:14.3f} {1e6 * medians[-1] / count:14.2f} {rise:10.0f} {nodes:7d}")
    slope = np.polyfit(np.log(counts), np.log(medians), 1)[0]
    print(f"seconds grow like points^{slope:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--other", metavar="PYTHON", help="of an environment with giotto-tda and tda-mapper")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rounds-large", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("CANDIDATE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    from common import machine

    pythons = {name: arguments.other if name in ELSEWHERE else sys.executable for name in CANDIDATES}
    pythons = {name: python for name, python in pythons.items() if python}
    print(f"Mapper: 40 blobs, lens of 2 coordinates, {COUNT} x {COUNT} cubes, overlap {OVERLAP}, radius {RADIUS}")
    compare(20_000, arguments.rounds, pythons)
    compare(200_000, arguments.rounds_large, pythons)
    linearity(arguments.rounds_large)
    print(machine("numpy", "scipy", "scikit-learn", "kmapper", "gudhi"))
    if arguments.other:
        show = "from importlib.metadata import version as v; print(*(f'{p} {v(p)}' for p in %r), sep=', ')"
        packages = ["numpy", "scipy", "scikit-learn", "giotto-tda", "tda-mapper"]
        print("other:", subprocess.run([arguments.other, "-c", show % packages], capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()

"""Mapper on 20,000 and 200,000 points in 20 dimensions: tdabench against kmapper, GUDHI, tda-mapper and giotto-tda.

Points: 40 Gaussian blobs of standard deviation 0.5 around centres drawn uniformly from [-5, 5]^20, seeded. Lens: the
first two coordinates. Cover: 15 x 15 intervals, 30 % overlap. Clusters: the components at a distance of up to 3,
about the length between two points of a blob (0.5 sqrt(40) = 3.2), so that blobs that meet over a cube stay apart,
and points at the rim of a blob may be alone (how many is printed). The others find them with scikit-learn's
DBSCAN(eps=3, min_samples=1), tdabench with its ThresholdComponents, and, for what is not the clusterer's, with that
same DBSCAN too.

Every run is in a child process of its own, on one thread, on the same arrays: a small run to warm up, one timed run,
its peak memory above what the process held before it (VmHWM). Candidates take turns, the order moves by one from round
to round; medians, and ratios of paired rounds with their range. A ratio is given to a candidate whose graph has the
nodes (as sets of points) and the edges of tdabench's; for others it is said what they miss or have more: tda-mapper
takes only the cubes in whose middle, the part nearest to their centre, there is a point, and giotto-tda keeps one of
two cubes with the same points. The cover is the one that kmapper, GUDHI and tda-mapper mean by these numbers;
giotto-tda means the published one, and is set against tdabench on that. Last, the seconds of tdabench at 25,000 to
200,000 points under the same 225 cubes, whose fibres so grow with the points. With --other, half an hour or more.

    python benchmarks/mapper.py [--other PYTHON] [--rounds 5] [--rounds-large 3]

giotto-tda needs NumPy 1, so that it and tda-mapper run in a Python of their own, left out unless it is given:

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
AGAINST = {  # candidate: the run of tdabench it is set against
    "tdabench, DBSCAN": "tdabench", "kmapper": "tdabench", "GUDHI": "tdabench", "tda-mapper": "tdabench",
    "giotto-tda": "tdabench, published",
}  # fmt: skip
ELSEWHERE = ["tda-mapper", "giotto-tda"]


def blobs(count: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    centres = generator.uniform(-5, 5, size=(40, 20))
    return centres[generator.integers(40, size=count)] + 0.5 * generator.normal(size=(count, 20))


# Each candidate: a function of the points and the lens, timed, and what makes (members, edges) of its result, not.


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

    def read(found):
        number = {name: node for node, name in enumerate(found["nodes"])}
        pairs = [(number[a], number[b]) for a, others in found["links"].items() for b in others]
        return list(found["nodes"].values()), pairs

    return run, read


def by_gudhi():
    from gudhi.cover_complex import MapperComplex

    def run(points, lens):
        return MapperComplex(
            input_type="point cloud", resolutions=[COUNT] * 2, gains=[OVERLAP] * 2, clustering=dbscan()
        ).fit(points, filters=lens, colors=lens)

    def read(found):
        number = {name: node for node, name in enumerate(found.node_info_)}
        pairs = [simplex for simplex, _ in found.simplex_tree_.get_skeleton(1) if len(simplex) == 2]
        members = [told["indices"] for told in found.node_info_.values()]
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
        return [told["ids"] for _, told in graph.nodes(data=True)], [(number[a], number[b]) for a, b in graph.edges]

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
    """One timed run; its wall seconds and memory on standard output, its graph in a file."""
    points = np.load(f"{folder}/points.npy")
    lens = points[:, :2].copy()
    run, read = CANDIDATES[candidate]()
    run(points[:500], lens[:500])
    before = memory_mib("VmRSS")
    start = time.perf_counter()
    found = run(points, lens)
    wall_s = time.perf_counter() - start
    peak = memory_mib("VmHWM")
    members, pairs = read(found)
    starts = np.cumsum([0, *map(len, members)])
    flat = np.concatenate([np.sort(np.asarray(rows, dtype=np.int64)) for rows in members])
    np.savez(f"{folder}/graph.npz", flat=flat, starts=starts, pairs=np.array(pairs, dtype=int).reshape(-1, 2))
    print(json.dumps({"wall_s": wall_s, "rise_mib": peak - before, "peak_mib": peak}))


def in_a_child(candidate: str, folder: str, python: str):
    """What the child said, and its graph: how often each set of points is a node, and each pair of these an edge."""
    single = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"], "1")
    done = subprocess.run(
        [python, __file__, "--child", candidate, folder], capture_output=True, text=True, env=os.environ | single
    )
    if done.returncode:
        raise SystemExit(f"{candidate} failed:\n{done.stderr[-2000:]}")
    graph = np.load(f"{folder}/graph.npz")
    names = [rows.tobytes() for rows in np.split(graph["flat"], graph["starts"][1:-1])]
    pairs = Counter(tuple(sorted((names[a], names[b]))) for a, b in graph["pairs"].tolist())
    return json.loads(done.stdout.splitlines()[-1]), (Counter(names), pairs)


def difference(theirs, ours) -> str:
    """Empty where two graphs are the same."""
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

    told, graphs = {name: [] for name in pythons}, {}
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/points.npy", blobs(count))
        names = list(pythons)
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                said, graphs[name] = in_a_child(name, folder, pythons[name])
                told[name].append(said)
    nodes, edges = graphs["tdabench"]
    alone = sum(many for rows, many in nodes.items() if len(rows) == 8)
    print(f"\n{count} x 20 points: {nodes.total()} nodes ({alone} of a single point), {edges.total()} edges")
    print(f"candidate               seconds  rise MiB  peak MiB   against tdabench, median of {rounds} rounds (range)")
    wall_s = {name: np.array([said["wall_s"] for said in told[name]]) for name in told}
    for name in told:
        rise, peak = (np.median([said[key] for said in told[name]]) for key in ("rise_mib", "peak_mib"))
        words = ""
        if name in AGAINST:
            off = difference(graphs[name], graphs[AGAINST[name]])
            words = f"not the same graph: {off}" if off else ratio(wall_s[name], wall_s[AGAINST[name]])
        print(f"{name:22s} {np.median(wall_s[name]):8.3f} {rise:9.0f} {peak:9.0f}   {words}")


def linearity(rounds: int):
    counts, medians = [25_000, 50_000, 100_000, 200_000], []
    print("\npoints      tdabench s   us per point   rise MiB   nodes")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/points.npy", blobs(count))
            runs = [in_a_child("tdabench", folder, sys.executable) for _ in range(rounds)]
        medians.append(np.median([said["wall_s"] for said, _ in runs]))
        rise = np.median([said["rise_mib"] for said, _ in runs])
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
    asked = parser.parse_args()
    if asked.child:
        return child(*asked.child)
    from common import machine

    pythons = {name: asked.other if name in ELSEWHERE else sys.executable for name in CANDIDATES}
    pythons = {name: python for name, python in pythons.items() if python}
    print(f"Mapper: 40 blobs, lens of 2 coordinates, {COUNT} x {COUNT} cubes, overlap {OVERLAP}, radius {RADIUS}")
    compare(20_000, asked.rounds, pythons)
    compare(200_000, asked.rounds_large, pythons)
    linearity(asked.rounds_large)
    print(machine("numpy", "scipy", "scikit-learn", "kmapper", "gudhi"))
    if asked.other:
        show = "from importlib.metadata import version as v; print(*(f'{p} {v(p)}' for p in %r), sep=', ')"
        packages = ["numpy", "scipy", "scikit-learn", "giotto-tda", "tda-mapper"]
        print("other:", subprocess.run([asked.other, "-c", show % packages], capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()

"""Betti numbers of disc, sphere, disc with three holes and torus from Mapper complexes over two coordinates."""

import numpy as np

from tdabench.data import shapes
from tdabench.jobs.parts import built
from tdabench.mapper import mapper_graph
from tdabench.mapper.pictures import graph_figure
from tdabench.topology.betti import step_shares

SHAPES = ("disc", "sphere", "disc_with_holes", "torus")


def measure(config, bench):
    readings, rows = {}, []
    for name in SHAPES:
        bench.progress(f"{name}: {config.seeds} seeds, {len(config.intervals)} resolutions")
        read = [
            [betti(getattr(shapes, name)(config.points, seed), intervals, config) for intervals in config.intervals]
            for seed in range(config.seeds)
        ]
        bench.keep(name, betti_numbers=np.array(read), intervals=np.array(config.intervals))
        readings[name] = {"runs": [step_shares(vectors) for vectors in read]}
        texts = {str(n): " ".join(map(str, vector)) for n, vector in zip(config.intervals, read[0], strict=True)}
        rows.append({"shape": name.replace("_", " ")} | texts)
        draw(name, config, bench)
    bench.table("resolutions", "Betti numbers by the number of intervals per coordinate, seed 0", rows)
    return readings


def betti(points, intervals: int, config) -> tuple[int, int, int]:
    # Squares that overlap by less than half meet in no more than fours: the nerve ends with dimension 3.
    cover, clusterer = built(config.cover, intervals=intervals), built(config.clusterer)
    graph = mapper_graph(points, points[:, :2], cover, clusterer, max_dimension=3)
    return (*graph.betti_numbers(), 0, 0)[:3]


def draw(name: str, config, bench) -> None:
    points = getattr(shapes, name)(config.points, 0)
    middle = config.intervals[len(config.intervals) // 2]
    graph = mapper_graph(points, points[:, :2], built(config.cover, intervals=middle), built(config.clusterer))
    shown = points[:, -1]
    figure = graph_figure(graph, graph.mean(shown), "last coordinate", name.replace("_", " "))
    bench.figure(name, figure, f"Mapper graph of the {name.replace('_', ' ')}, {middle} intervals, seed 0.")

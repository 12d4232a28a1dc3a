"""The worked example of Singh, Memoli, Carlsson 2007: a noisy circle over the distance to its left-most point."""

import numpy as np

from tdabench.jobs.parts import built
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper

PUBLISHED = (1, 2, 2, 2, 1), 8, 8, 1


def measure(config, bench):
    cover, clusterer = built(config.cover), built(config.clusterer)
    shapes, agree = {}, {"kmapper": [], "gudhi": []}
    for name in ("circle", "disc"):
        read = []
        for seed in range(config.seeds):
            points = sample(name, config, seed)
            lens = distance_to_leftmost(points)
            graph = mapper_graph(points, lens, cover, clusterer)
            read.append(counts(graph, 5))
            if name == "circle":
                for engine, equal in agree.items():
                    equal.append(same(graph, mapper_graph(points, lens, cover, clusterer, engine=engine)))
            if seed == 0:
                keep(name, config, bench, points, lens, graph)
        middle = np.median([clusters for clusters, *_ in read], axis=0)
        _, nodes, edges, cycles = map(list, zip(*read, strict=True))
        share = float(np.mean([counted == PUBLISHED for counted in read]))
        shapes[name] = {"clusters": middle.tolist(), "nodes": nodes, "edges": edges, "cycles": cycles, "share": share}
        bench.keep(f"{name}.counts", clusters=np.array([clusters for clusters, *_ in read]))
    limits = np.array(cover.limits)
    library = Cover(intervals=5, overlap=cover.overlap, geometry="kmapper", limits=cover.limits)
    return shapes | {
        "engines": {engine: float(np.mean(equal)) for engine, equal in agree.items()},
        "intervals": ends(cover.intervals_over(limits)),
        "library_intervals": ends(library.intervals_over(limits)),
    }


def sample(name: str, config, seed: int) -> np.ndarray:
    """The circle, or a disc of the same size without a hole."""
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, config.points)
    reach = config.radius + random.uniform(-config.noise, config.noise, config.points)
    if name == "disc":
        reach = (config.radius + config.noise) * np.sqrt(random.uniform(0, 1, config.points))
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def distance_to_leftmost(points) -> np.ndarray:
    return np.linalg.norm(points - points[points[:, 0].argmin()], axis=1)


def counts(graph, intervals: int) -> tuple:
    clusters = np.bincount(graph.cubes[:, 0], minlength=intervals)
    return tuple(clusters.tolist()), graph.nodes, len(graph.edges), graph.betti_numbers()[1]


def same(graph, other) -> bool:
    """Equality up to the order of the nodes."""
    return described(graph) == described(other)


def described(graph):
    nodes = [(tuple(cube.tolist()), tuple(graph.members(node).tolist())) for node, cube in enumerate(graph.cubes)]
    return sorted(nodes), sorted(sorted((nodes[a], nodes[b])) for a, b in graph.edges.tolist())


def ends(intervals) -> list[float]:
    return np.column_stack([intervals.lower[0], intervals.upper[0]]).ravel().tolist()


def keep(name: str, config, bench, points, lens, graph) -> None:
    title = {"circle": "Noisy circle", "disc": "Filled disc"}[name]
    parameters = {
        "lens": "distance to the left-most point",
        "cover": f"length {config.cover.length}, overlap {config.cover.overlap}",
        "clustering": f"single linkage cut at {config.clusterer.radius}",
    }
    columns = {"distance": lens, "x": points[:, 0], "y": points[:, 1]}
    bench.keep_mapper(name, KeptMapper(title, graph, columns, parameters, "distance"))
    figure = graph_figure(graph, graph.mean(lens), "distance to the left-most point", title, along_lens=True)
    bench.figure(name, figure, f"{title}, seed 0: Mapper graph, coloured by the filter.")

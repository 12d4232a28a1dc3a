"""The Miller-Reaven diabetes study of Singh, Memoli, Carlsson 2007, on the three variables at hand."""

import numpy as np

from tdabench.jobs.parts import built, parameters_of
from tdabench.mapper import mapper_graph
from tdabench.mapper.features import flares
from tdabench.mapper.pictures import graph_figure, stability_figure
from tdabench.mapper.saved import KeptMapper
from tdabench.mapper.stability import bootstrap, stability_map, suggest

NAMES = {"Overt_Diabetic": "overt", "Chemical_Diabetic": "chemical", "Normal": "normal"}


def measure(config, bench):
    data = bench.data("diabetes")
    points = np.column_stack([data[name] for name in config.columns])
    diagnosis = np.array([NAMES[name] for name in data["cc"]])
    by_bins, told, nodes = {}, [], []
    for bins in config.ranges:
        flare_counts = {}
        for intervals in config.intervals:
            graph, density = mapper(points, intervals, config, bins)
            flare_counts[intervals] = count(graph, density)
            keep(bench, f"{bins}_{intervals}", graph, data, diagnosis, density, config, intervals)
        three, sizes = pinned(points, config, bins)
        by_bins[bins] = {"flares": flare_counts, "pinned": three} | groups(graph, density, diagnosis)
        by_bins[bins] |= controls(points, diagnosis, config, bins)
        where = f"{config.intervals[-1]} intervals, bins to the {bins.replace('_', ' ')}"
        told.append(f"{where}: {sentence(graph, density, diagnosis)}")
        nodes.append(f"nodes with bins to the {bins.replace('_', ' ')}: {sizes}")
    stability(points, config, bench)
    return {"bins": by_bins, "sentence": "; ".join(told), "pinned": "; ".join(nodes)}


def mapper(points, intervals, config, bins, overlap=None, cut=None):
    """The graph and the filter's values: the density of each patient."""
    density = built(config.lens)(points)
    cover = built(config.cover, intervals=intervals, **({} if overlap is None else {"overlap": overlap}))
    clusterer = built(config.clusterer, relative_to=bins, **({} if cut is None else {"cut": cut}))
    return mapper_graph(points, density, cover, clusterer), density


def count(graph, density) -> int:
    return len(flares(graph, -graph.mean(density)))


def groups(graph, density, diagnosis) -> dict[str, float]:
    """Share of the diagnosis in the flare, or the centre, that it marks best; no flare, no share."""
    found = [share(graph, flare.nodes, diagnosis) for flare in flares(graph, -graph.mean(density))]
    centre = share(graph, [graph.mean(density).argmax()], diagnosis)
    best = {name: max((shares[name] for shares in found), default=0.0) for name in ("overt", "chemical")}
    return best | {"normal": centre["normal"]}


def share(graph, nodes, diagnosis) -> dict[str, float]:
    rows = np.unique(np.concatenate([graph.members(node) for node in nodes]))
    return {name: float(np.mean(diagnosis[rows] == name)) for name in NAMES.values()}


def sentence(graph, density, diagnosis) -> str:
    """Who is where: what a share alone would hide."""
    told = []
    centre = graph.mean(density).argmax()
    arms = [("flare", flare.nodes) for flare in flares(graph, -graph.mean(density))]
    for name, nodes in [("centre", [centre]), *arms]:
        rows = np.unique(np.concatenate([graph.members(node) for node in nodes]))
        kinds = ", ".join(f"{np.sum(diagnosis[rows] == kind)} {kind}" for kind in NAMES.values())
        told.append(f"{name} of {len(rows)}: {kinds}")
    return "; ".join(told)


def pinned(points, config, bins) -> tuple[list[int], str]:
    """The nodes of five intervals that correspond to the three of the re-run: centre, and the tips of two flares."""
    graph, density = mapper(points, 5, config, bins)
    means = graph.mean(density)
    tips = [node for node in range(graph.nodes) if graph.cubes[node, 0] == 0]
    small = sorted(tips, key=lambda node: -graph.sizes[node])[:2]
    sizes = [int(graph.sizes[means.argmax()]), *sorted(int(graph.sizes[node]) for node in small)]
    listed = sorted(graph.sizes.tolist(), reverse=True)
    return sizes + [0] * (3 - len(sizes)), ", ".join(map(str, listed))


def controls(points, diagnosis, config, bins) -> dict:
    graph, density = mapper(points, config.intervals[-1], config, bins)
    gaussian = {intervals: [] for intervals in config.intervals}
    permuted = {name: [] for name in NAMES.values()}
    for seed in range(config.draws):
        random = np.random.default_rng(seed)
        drawn = random.multivariate_normal(points.mean(axis=0), np.cov(points.T), len(points))
        for intervals in config.intervals:
            gaussian[intervals].append(count(*mapper(drawn, intervals, config, bins)))
        for name, value in groups(graph, density, random.permutation(diagnosis)).items():
            permuted[name].append(value)
    return {"gaussian": gaussian, "permuted": permuted}


def stability(points, config, bench) -> None:
    """What other parameters would have shown, and how sure each flare is."""

    def build(intervals, overlap, cut):
        graph, density = mapper(points, intervals, config, config.ranges[0], overlap, cut)
        return graph, -graph.mean(density)

    asked = config.stability
    bench.progress("stability")
    published = (config.intervals[-1], config.cover.overlap, config.clusterer.cut)
    rows = stability_map(build, asked.intervals, asked.overlaps, asked.cuts, published=published)
    bench.table("stability", "What other parameters show (published: the paper's high resolution)", rows)
    figure = stability_figure(rows, "flares", "Diabetes: number of flares")
    bench.figure("stability", figure, "Number of flares by intervals, overlap and cut; the published point is marked.")

    def resampled(rows):
        graph, density = mapper(points[rows], config.intervals[-1], config, config.ranges[0])
        return graph, -graph.mean(density)

    sure = bootstrap(points, resampled, asked.repeats, seed=0)
    told = [{"feature": f.kind, "from": f.low, "to": f.high, "confidence": f.confidence} for f in sure.features]
    bench.table("confidence", f"Bootstrap confidence of each feature at 4 intervals, {asked.repeats} resamples", told)
    _, density = mapper(points, config.intervals[-1], config, config.ranges[0])
    advice = suggest(points, density, seed=0)
    told = {"intervals": advice.intervals, "overlap": advice.overlap, "cut": advice.radius, "reason": advice.reason}
    bench.table("suggestion", "Parameters as Carriere, Michel and Oudot suggest them", [told])


def keep(bench, name, graph, data, diagnosis, density, config, intervals) -> None:
    columns = {"diagnosis": diagnosis, "density": density}
    columns |= {key: values for key, values in data.items() if key != "cc"}
    parameters = {"lens": f"density filter, epsilon {config.lens.epsilon}",
                  "clustering": str(parameters_of(config.clusterer)),
                  "cover": f"{intervals} intervals, {config.cover.overlap:.0%} overlap"}  # fmt: skip
    title = f"Diabetes, {intervals} intervals"
    bench.keep_mapper(name, KeptMapper(title, graph, columns, parameters, "diagnosis"))
    kinds = list(NAMES.values())
    counted = np.column_stack([graph.mean(diagnosis == kind) for kind in kinds])
    figure = graph_figure(graph, counted.argmax(axis=1), "diagnosis", title, categories=kinds, along_lens=True)
    bench.figure(name, figure, f"{title}: nodes by the most frequent diagnosis, dense to the right.")

"""Mapper of tumours by their mutation spectra: purity of the nodes by type, against permuted types."""

import numpy as np

from tdabench.jobs.parts import built
from tdabench.mapper import MapperGraph, mapper_graph
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper


def measure(config, bench):
    data = bench.data("tcga")
    totals = data["spectra"].sum(axis=1)
    kept = totals >= config.least_mutations
    # Euclidean distance of square roots of shares is Hellinger's distance (up to sqrt 2), which suits counts.
    points = np.sqrt(data["spectra"][kept] / totals[kept, None])
    names, types = np.unique(data["type"][kept], return_inverse=True)
    bench.progress(f"{len(points)} of {len(totals)} tumours, {len(names)} types, {config.seeds} subsamples")
    purities, permuted = [], []
    for seed in range(config.seeds):
        random = np.random.default_rng(seed)
        rows = np.sort(random.choice(len(points), int(config.share * len(points)), replace=False))
        graph, lens = mapper(points[rows], config)
        purities.append(purity(graph, types[rows], config))
        if seed < config.draws:
            permuted.append(purity(graph, random.permutation(types[rows]), config))
        bench.progress(f"seed {seed}: purity {purities[-1]:.3f}")
    graph, lens = mapper(points, config)
    rows = by_type(graph, types, names, config)
    bench.table("types", "Share of each type's tumours in nodes where it is the majority", rows)
    keep(bench, graph, lens, types, names, totals[kept], points, data["channel"], config.smallest_node)
    apart = [row["type"] for row in rows if row["in nodes of its own"] >= 0.5]
    counted = int((graph.sizes >= config.smallest_node).sum())
    told = f"{len(points)} of {len(totals)} tumours, {graph.nodes} nodes, {counted} of them counted; "
    told += f"most tumours of {len(apart)} of {len(names)} types lie in nodes of their own"
    told += f" ({', '.join(apart)})" if apart else ""
    return {"purity": purities, "permuted": permuted, "sentence": told}


def mapper(points, config):
    lens = built(config.lens).fit_transform(points)
    return mapper_graph(points, lens, built(config.cover), built(config.clusterer)), lens


def counts(graph, types) -> np.ndarray:
    """(nodes, types): tumours of each type in each node."""
    nodes = np.repeat(np.arange(graph.nodes), graph.sizes)
    width = types.max() + 1
    codes = nodes * width + types[graph.membership.indices]
    return np.bincount(codes, minlength=graph.nodes * width).reshape(graph.nodes, width)


def purity(graph, types, config) -> float:
    counted = counts(graph, types)[graph.sizes >= config.smallest_node]
    return float(counted.max(axis=1).sum() / counted.sum()) if len(counted) else 0.0


def by_type(graph, types, names, config) -> list[dict]:
    """For each type the share of its tumours that some node of the counted size holds as its majority."""
    counted = counts(graph, types)
    rows = []
    for number, name in enumerate(names):
        own = (counted[:, number] * 2 > graph.sizes) & (graph.sizes >= config.smallest_node)
        held = np.asarray(graph.membership[own].astype(int).sum(axis=0)).ravel() > 0
        share = float(np.mean(held[types == number]))
        tumours = int((types == number).sum())
        rows.append({"type": str(name), "tumours": tumours, "in nodes of its own": round(share, 3)})
    return sorted(rows, key=lambda row: -row["in nodes of its own"])


def keep(bench, graph, lens, types, names, totals, points, channels, smallest) -> None:
    columns = {"type": names[types], "mutations": totals, "PCA 1": lens[:, 0], "PCA 2": lens[:, 1]}
    strongest = np.argsort(points.var(axis=0))[::-1][:8]
    columns |= {f"share of {channels[k]}": points[:, k] ** 2 for k in strongest}
    parameters = {"lens": "PCA 1 and 2 of the square roots of mutation shares", "clustering": "complete linkage"}
    bench.keep_mapper("tumours", KeptMapper("Pan-cancer mutation spectra", graph, columns, parameters, "type"))
    large = np.flatnonzero(graph.sizes >= smallest)  # thousands of nodes of one would hide the rest
    drawn = MapperGraph.from_members([graph.members(node) for node in large], graph.points, graph.cubes[large])
    common = np.argsort(np.bincount(types))[::-1][:7]  # more would not be told apart by colour
    place = {number: at for at, number in enumerate(common.tolist())}
    shown = np.array([place.get(number, np.nan) for number in counts(drawn, types).argmax(axis=1).tolist()])
    figure = graph_figure(drawn, shown, "majority", "Tumours by type", categories=names[common].tolist())
    caption = f"Nodes of at least {smallest} tumours, by their most frequent type; grey: another type."
    bench.figure("types", figure, caption)

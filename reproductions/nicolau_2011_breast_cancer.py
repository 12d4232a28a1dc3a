"""Nicolau, Levine, Carlsson 2011 on the public part of the NKI data: the largest c-MYB+ group that all survived."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tdabench.jobs.parts import built, parameters_of
from tdabench.mapper import mapper_graph
from tdabench.mapper.features import flares
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper

CLINICAL = ("survival", "age", "grade", "diam", "posnodes", "esr1")


def measure(config, bench):
    data = bench.data("nki")
    names = [name for name in data if name not in config.clinical]
    genes = np.column_stack([data[name] for name in names])
    dead, myb = data["eventdeath"].astype(int), data[config.gene]
    disease = genes - np.median(genes, axis=0)
    by_bins, told = {}, []
    for bins in config.ranges:
        graph, lens = mapper(disease, config, bins)
        groups = candidates(graph, lens)
        by_bins[bins] = sizes = {"size": largest(groups, dead, myb), "permuted": [], "gaussian": []}
        for seed in range(config.draws):
            random = np.random.default_rng(seed)
            shuffled = [largest(groups, random.permutation(dead), myb) for _ in range(config.shuffles)]
            sizes["permuted"].append(float(np.median(shuffled)))
            drawn = gaussian(disease, random)
            again = candidates(*mapper(drawn, config, bins))
            sizes["gaussian"].append(largest(again, dead, drawn[:, names.index(config.gene)]))
        told.append(f"bins to the {bins.replace('_', ' ')}: {sentence(graph, groups, dead, myb)}")
        table(bench, bins, groups, dead, myb)
        keep(bench, bins, data, graph, lens, dead, myb, config)
    return {"bins": by_bins, "sentence": "; ".join(told)}


def table(bench, bins, groups, dead, myb) -> None:
    rows = [
        {"group": kind, "tumours": len(rows), "deaths": int(dead[rows].sum()), "mean c-MYB": round(myb[rows].mean(), 3)}
        for kind, rows in sorted(groups, key=lambda item: -len(item[1]))
        if len(rows) >= 10
    ]
    title = f"Groups of at least ten tumours, bins to the {bins.replace('_', ' ')}"
    bench.table(f"groups_{bins}", title, rows[:40] or [{"group": "none"}])


def keep(bench, bins, data, graph, lens, dead, myb, config) -> None:
    columns = {"c-MYB": myb, "outcome": np.where(dead, "died", "alive"), "lens": lens}
    columns |= {name: np.asarray(data[name], dtype=float) for name in CLINICAL}
    parameters = {"lens": "L2 to the 4th power of the disease component", "cover": "15 intervals, 80 % overlap",
                  "clustering": f"{parameters_of(config.clusterer)}, {bins}"}  # fmt: skip
    bench.keep_mapper(bins, KeptMapper("Breast cancer (NKI)", graph, columns, parameters, "c-MYB"))
    for name, values, label in (("deaths", dead, "share of deaths"), ("myb", myb, "c-MYB, mean log ratio")):
        figure = graph_figure(graph, graph.mean(values), label, "NKI tumours", along_lens=True)
        bench.figure(f"{bins}_{name}", figure, f"NKI tumours over the disease component's norm: {label}.")


def mapper(disease, config, bins):
    lens = built(config.lens)(disease)
    return mapper_graph(disease, lens, built(config.cover), built(config.clusterer, relative_to=bins)), lens


def norm(points, p: float, k: float) -> np.ndarray:
    """The L^p norm of each row, to the k-th power. (n,)"""
    return (np.abs(points) ** p).sum(axis=1) ** (k / p)


def candidates(graph, lens) -> list[tuple[str, np.ndarray]]:
    """Every group a reader could point at: nodes, flares, components; rows of the tumours."""
    sets = [("node", [node]) for node in range(graph.nodes)]
    sets += [("flare", flare.nodes) for flare in flares(graph, graph.mean(lens))]
    edges = graph.edges
    adjacency = csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(graph.nodes, graph.nodes))
    _, part = connected_components(adjacency, directed=False)
    sets += [("component", np.flatnonzero(part == number)) for number in np.unique(part)]
    return [(kind, np.unique(np.concatenate([graph.members(node) for node in nodes]))) for kind, nodes in sets]


def largest(groups, dead, myb) -> int:
    """Size of the largest group with c-MYB above the mean in which nobody died; 0 when there is none."""
    return max((len(rows) for _, rows in groups if not dead[rows].any() and myb[rows].mean() > myb.mean()), default=0)


def sentence(graph, groups, dead, myb) -> str:
    positive = [(kind, rows) for kind, rows in groups if len(rows) > 19 and myb[rows].mean() > myb.mean()]
    best = min(((dead[rows].mean(), len(rows), kind) for kind, rows in positive), default=None)
    told = "none of 20 or more" if best is None else f"{best[1]} tumours (a {best[2]}), {best[0]:.0%} deaths"
    return (
        f"the graph has {graph.nodes} nodes in {graph.betti_numbers()[0]} components; of all patients "
        f"{dead.mean():.0%} died; the best c-MYB+ group of 20 or more: {told}"
    )


def gaussian(disease, random) -> np.ndarray:
    """As many draws from the Gaussian with the sample's mean and covariance (of rank below the number of tumours)."""
    mean = disease.mean(axis=0)
    weights = random.standard_normal((len(disease), len(disease))) / np.sqrt(len(disease) - 1)
    return mean + weights @ (disease - mean)

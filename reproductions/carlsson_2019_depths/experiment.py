"""VGG16's 3x3 filters layer by layer, SqueezeNet's and four ResNets': circles, kinds, and a Gaussian beside each."""

import numpy as np
from sklearn.decomposition import PCA

from reproductions.carlsson_2019_depths import depths, pictures, tables
from tdabench.claims.measurements import NOT_RUN
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper
from tdabench.networks import filter_statistics
from tdabench.networks.pictures import thumbnails

SIGNIFICANT = 0.05


def measure(config, bench):
    kernels_of = bench.data("vgg16_imagenet")
    note = kernels_of.pop("note")
    weights = depths.layers(kernels_of)
    protocol = depths.LayerProtocol(**config.protocol)
    compared = list(weights) if config.compared == "all" else list(config.compared)
    tasks = [
        depths.Task(name, kernels, protocol, config.seeds, config.draws, ks=tuple(config.map.k),
                    percents=tuple(config.map.p), statistics=config.statistics if name in compared else 0)
        for name, kernels in weights.items()
    ]  # fmt: skip
    found = depths.examine_all(tasks, config.processes or bench.threads, bench.progress)
    for depth in found:
        keep(bench, depth.name, depth)
    shares, gaussian_shares, told = rare_kinds(found, note)
    arms = {arm: by_layer(found, arm, config.simple) for arm in found[0].arms}
    data = arms.pop("data")
    arms["gaussian"]["rare"] = gaussian_shares
    measurements = data | arms | {
        "rare": {"shares": shares, "sentence": told},
        "beyond": beyond_covariance(found, config, bench),
        "sentence": sentence(found, note),
    }
    write_tables(found, bench)
    draw(found, config, bench)
    mapper({depth.name: depth for depth in found}[config.graph.layer], config, bench)
    others(config, protocol, bench)
    return measurements


def by_layer(found, arm, simple) -> dict:
    """Of the data or of a control, layer by layer: runs of Betti vectors, the share of simple ones, first bars."""
    runs = {depth.name: tables.runs(depth.arms[arm]) for depth in found}
    return {
        "runs": runs,
        "simple": {
            name: float(np.mean([tables.is_simple(run, **simple) for run in seeds])) for name, seeds in runs.items()
        },
        "first_bar": {depth.name: depth.bars(arm).tolist() for depth in found},
    }


def rare_kinds(found, note) -> tuple[list[float], list[float], str]:
    """Bull's-eyes and crossings together, layer by layer, of the data and of the Gaussian, and a sentence on them; no
    filter is both, as the two kinds are orthogonal."""
    shares = [depth.kinds["bull's-eye"] + depth.kinds["crossing"] for depth in found]
    gaussian = [
        float(np.mean([drawn["bull's-eye"] + drawn["crossing"] for drawn in depth.gaussian_kinds])) for depth in found
    ]
    places = {depth.name: place for place, depth in enumerate(found)}
    most = max(found, key=lambda depth: shares[places[depth.name]])
    more = sum(ours > theirs for ours, theirs in zip(shares, gaussian, strict=True))
    told = (
        f"{shares[0]:.1%} in {found[0].name}, {shares[-1]:.1%} in {found[-1].name}, most in {most.name} "
        f"({max(shares):.1%}); more than in the Gaussian in {more} of {len(found)} layers; {note}"
    )
    return shares, gaussian, told


def beyond_covariance(found, config, bench) -> dict:
    """The smallest adjusted p of each layer, a table of all, and which statistics differ in how many layers."""
    rows = tables.against_gaussian(found)
    title = f"Measured / median of {config.statistics} Gaussians of the same covariance, two-sided p of each (at least "
    title += f"{2 / (config.statistics + 1):.2g}); *: differs at 5 % when adjusted for all layers and statistics"
    bench.table("beyond", title, tables.statistics_rows(rows, SIGNIFICANT))
    least = {}
    for depth in found:
        adjusted = [row["adjusted p"] for row in rows if row["layer"] == depth.name]
        least[depth.name] = min(adjusted) if adjusted else {NOT_RUN: "with profile=paper"}
    return least | {"sentence": tables.statistics_in_words(rows, SIGNIFICANT)}


def sentence(found, note) -> str:
    longer = [depth.name for depth in found if depth.bars().min() > depth.bars("gaussian").max()]
    shorter = [depth.name for depth in found if depth.bars().max() < depth.bars("gaussian").min()]
    few = [f"{depth.name} ({len(depth.cores['data'])})" for depth in found if few_points(depth)]
    told = f"on every seed the first H1 bar is longer than the Gaussian's in {len(longer)} of {len(found)} layers"
    told += f" ({', '.join(longer)})" if longer else ""
    told += f", shorter in {len(shorter)}" + (f" ({', '.join(shorter)})" if shorter else "")
    told += f"; cores of so few points that a loop is hardly told from chance: {', '.join(few)}" if few else ""
    return f"{told}; {last_layer(found[-1])}; {note}"


def last_layer(depth) -> str:
    """What the core of a layer is made of, beside that of a Gaussian."""
    kinds = {name: f"{share:.0%} {name}s" for name, share in filter_statistics.kinds(depth.cores["data"]).items()}
    second, control = (filter_statistics.harmonics(depth.cores[arm])[2] for arm in ("data", "gaussian"))
    return (
        f"the core of {depth.name} is {', '.join(kinds.values())}, second harmonic of their angles {second:.2f} "
        f"(1: two opposite directions alone; the Gaussian's {control:.2f})"
    )


def few_points(depth) -> bool:
    return len(depth.cores["data"]) < pictures.FEW


def keep(bench, name: str, depth) -> None:
    """Bars by seed, H1 of the data's Rips complexes, the cores of seed 0, kinds, statistics of every draw."""
    arrays = {f"bars.{arm}": loops.bars() for arm, loops in depth.arms.items()}
    arrays |= {f"core.{arm}": points for arm, points in depth.cores.items()}
    arrays |= {f"H1.{seed}": run.diagrams[2].bars[1] for seed, run in enumerate(depth.arms["data"].rips)}
    arrays["kinds"] = np.array(list(depth.kinds.values()))
    arrays["kinds.gaussian"] = np.array([list(drawn.values()) for drawn in depth.gaussian_kinds])
    if depth.measured:
        arrays["statistics"] = np.array([list(values.values()) for values in (depth.measured, *depth.drawn)])
        arrays["statistics.names"] = np.array(list(depth.measured))
    if depth.first_bars is not None:
        arrays["map"] = depth.first_bars
    # Single precision: pictures and bars need no more, and the layers are many.
    arrays = {key: values.astype(np.float32) if values.dtype.kind == "f" else values for key, values in arrays.items()}
    bench.keep(name.replace("/", "."), **arrays)


def write_tables(found, bench) -> None:
    title = "VGG16: H1 bars, median (lowest-highest seed), and the Betti vector that most seeds read"
    bench.table("layers", title, [tables.layer_row(depth) for depth in found])
    title = "Kinds of filters in VGG16: share of the strongest half / in the Gaussian / in the dense core"
    bench.table("kinds", title, [tables.kinds_row(depth) for depth in found])


def draw(found, config, bench) -> None:
    heads = [depth.name.replace("_conv", ".").replace("block", "conv ") for depth in found]
    short = [head.removeprefix("conv ") for head in heads]
    figure = pictures.depths_figure(found, heads, "VGG16 by depth: how long a loop lasts, and what lies on it")
    bench.figure("depths", figure, (
        "Above: the longest H1 bar of each layer's dense core, one point a seed; bands: where the bars of the controls "
        "lie. Below, in blue, the core in the plane of the two gradients, with the filter farthest out in each of "
        "twelve directions; in grey the core of a Gaussian of the same covariance; beside it six that stand for "
        "the blue core (k-means centres)."
    ))  # fmt: skip
    figure = pictures.kinds_figure(found, short, "VGG16 by depth: edges, ridges, bull's-eyes and crossings")
    bench.figure("kinds", figure, (
        "Share of each layer's strongest filters whose cosine with the nearest of a kind is at least .9 (a ridge may "
        "count as a second kind too), left of each pair the data, right the Gaussian of the same covariance."
    ))  # fmt: skip
    ks, percents = list(config.map.k), list(config.map.p)
    figure = pictures.maps_figure(
        found, heads, ks, percents, (200, config.protocol.p), "VGG16: first H1 bar less the Gaussian's, by k and p"
    )
    apart = np.concatenate([(depth.first_bars[0] - depth.first_bars[1]).ravel() for depth in found])
    bench.figure("maps", figure, (
        "One sample and one Gaussian a layer; red: the layer's loop lasts longer than its Gaussian's, blue: shorter. "
        f"The protocol's k and p are framed. Longer by more than .1 in {(apart > 0.1).sum()} of {len(apart)} fields, "
        f"shorter by more than .1 in {(apart < -0.1).sum()}."
    ))  # fmt: skip


def mapper(depth, config, bench) -> None:
    """A graph for the explorer: the core of one clear layer, with its filters as thumbnails."""
    core = depth.cores["data"]
    lens = PCA(2, svd_solver="covariance_eigh").fit_transform(core)
    cover = Cover(config.graph.intervals, config.graph.overlap)
    graph = mapper_graph(core, lens, cover, CutLinkage(**config.graph.clustering))
    columns = {"gradient downwards": core[:, 1], "gradient to the right": core[:, 0],
               "gradient angle": np.degrees(filter_statistics.angles(core)),
               "share of gradient": np.hypot(*core[:, :2].T),
               "PCA 1": lens[:, 0], "PCA 2": lens[:, 1]}  # fmt: skip
    settings = f"{config.graph.intervals} intervals, overlap {config.graph.overlap:g}"
    parameters = {"lens": "PCA 1 and 2", "cover": settings, "clustering": str(dict(config.graph.clustering))}
    title = f"VGG16, {depth.name}: filters of the dense core"
    kept = KeptMapper(title, graph, columns, parameters, "gradient downwards", thumbnails(core))
    bench.keep_mapper(depth.name, kept)
    colour = graph.mean(core[:, 1])
    figure = graph_figure(graph, colour, "gradient downwards", f"{title}, {settings}")
    bench.figure("mapper", figure, (
        "Mapper of the core (settings chosen so that the graph can be read): nodes are groups of alike filters; "
        "`tdabench explore` shows the filters in them."
    ))  # fmt: skip


def others(config, protocol, bench) -> None:
    """SqueezeNet and the ResNets: the same, against the Gaussian alone; nothing was published on them, so no claims."""
    networks, found = {}, {}
    for data, prefix in (("squeezenet_imagenet", "squeezenet"), ("resnet_cifar10", None)):
        weights, reason = bench.data_or_reason(data)
        if weights is None:
            bench.progress(reason)
            continue
        for name, kernels in depths.layers(weights).items():
            network = prefix or name.split("/")[0]
            if network in config.others.networks:
                networks.setdefault(network, {})[name.removeprefix(f"{network}/")] = kernels
    for network, layers in networks.items():
        tasks = [
            depths.Task(name, kernels, protocol, config.others.seeds, config.others.draws, ("data", "gaussian"))
            for name, kernels in layers.items()
        ]
        bench.progress(f"{network}: {len(tasks)} layers")
        found[network] = depths.examine_all(tasks, config.processes or bench.threads, lambda _: None)
        for depth in found[network]:
            keep(bench, f"{network}.{depth.name}", depth)
        rows = [
            tables.layer_row(depth) | {kind: f"{share:.1%}" for kind, share in depth.kinds.items()}
            for depth in found[network]
        ]
        bench.table(network, f"{network}, layer by layer, as for VGG16; no claim was published", rows)
    if found:
        figure = pictures.others_figure(found, "First H1 bar by depth in other networks")
        bench.figure("others", figure, (
            "Longest H1 bar of each 3x3 layer's dense core over its depth, against a Gaussian of the same covariance; "
            "hollow where the core has so few points that a loop is hardly told from chance."
        ))  # fmt: skip

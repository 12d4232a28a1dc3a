"""First-layer filters of MNIST networks: rho(200, 30 %) by persistence and by Mapper, its sensitivity, its controls."""

import numpy as np
from sklearn.decomposition import PCA

from reproductions._recipes import page_recipe
from reproductions._shared import keep_runs, rounded, withheld
from tdabench.mapper import Cover, MapperGraph, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper
from tdabench.networks import filter_loops, filter_statistics, filters, pictures
from tdabench.networks.training import Images, Trained, train
from tdabench.patches.density import codensity, densest
from tdabench.topology.betti import step_shares
from tdabench.topology.pictures import persistence_figure

NAMES = {"core": "trained filters", "gaussian": "Gaussian", "shuffled": "pixels shuffled", "untrained": "untrained"}
ENGINES = ("tdabench", "kmapper")  # of Mapper


def measure(config, bench):
    if not config.complete:
        return withheld(config)
    nets = train(
        Images.of(bench.data("mnist")), page_recipe(config.recipe), range(config.networks),
        config.iterations, bench.store / "networks", bench.threads, bench.progress,
    )  # fmt: skip
    by_network = [filter_loops.cloud(net.first_layer[-1]) for net in nets]
    bench.keep("filters", first_layer=np.stack([net.first_layer[-1] for net in nets]).astype(np.float32))
    points = np.concatenate(by_network)
    k = filter_loops.density_k(points, config.k)
    clouds = filter_loops.arms(by_network, config.seeds, config.draws)
    found, measurements = {}, {}
    for name, drawn in clouds.items():
        bench.progress(f"{NAMES[name]}: {config.seeds} seeds")
        found[name] = shown(drawn, config.k, config.p, config, bench)
        keep_runs(bench, name, found[name].runs)
        measurements[name] = found[name].measurements()
    measurements |= sensitivity(clouds["core"], points, config, bench)
    measurements |= by_mapper({"data": found["core"].cores, "gaussian": found["gaussian"].cores}, config, bench)
    measurements |= beyond_covariance(points, k, config, bench)
    second = second_layer(nets, config, bench)
    measurements["trained"] = in_words(nets, points, found["core"].cores[0], k)
    bench.table("arms", "First and second H1 bar (median), and the Betti vector that most seeds read",
                [{"filters": NAMES[name]} | arm.row() for name, arm in found.items()] + second)  # fmt: skip
    draw(found, config, bench)
    return measurements


def shown(clouds, k, p, config, bench) -> filter_loops.Loops:
    return filter_loops.loops(clouds, k, p, config.seeds, config.landmarks, config.range_share, bench.threads)


def sensitivity(clouds, points, config, bench) -> dict:
    """First bars over k and p, of the data and of one Gaussian; and the two places that Larsen speaks of."""
    drawn = {"data": points, "Gaussian": filter_loops.gaussian(points, 0)}
    ks = [filter_loops.density_k(points, k) for k in config.map.k]
    framed = filter_loops.density_k(points, config.k), config.p
    for name, cloud in drawn.items():
        bench.progress(f"map over k and p: {name}")
        deltas = codensity(cloud, ks, bench.threads)
        values = [
            [_first_bar(cloud[densest(delta, p)], config) for delta in deltas.T] for p in config.map.p
        ]
        title = f"First H1 bar of rho(k, p), {name} (the published choice framed)"
        figure = pictures.map_figure(values, ks, list(config.map.p), title, "length", framed)
        bench.figure(f"map_{name.lower()}", figure, f"The longest H1 bar by k and p: {name}, landmark seed 0.")
    tight = shown(clouds, config.k, 10, config, bench)
    local = shown(clouds, config.k // 2, config.p, config, bench)
    bars = local.bars(20)
    return {
        "tight": {"share": [seed.get("1,1", 0.0) for seed in tight.shares]},
        "local": {"bars": (bars >= bars[:, :1] / 2).sum(axis=1).tolist()},
    }


def _first_bar(core, config) -> float:
    return float(filter_loops.loops([core], 1, 100, 1, config.landmarks).bars()[0, 0])


def by_mapper(cores: dict, config, bench) -> dict:
    """Betti vectors (b0, b1) of the nerve over the resolutions, by the geometry of the cover; seeds take turns."""
    read = {}
    for name, drawn in cores.items():
        for engine in ENGINES:
            bench.progress(f"Mapper, {engine}: {NAMES.get(name, 'trained filters')}")
            read[name, engine] = [
                step_shares([betti(mapper(core, n, engine, config)[0]) for n in config.mapper.intervals])
                for core in drawn[: min(5, config.seeds)]
            ]
    middle = config.mapper.intervals[len(config.mapper.intervals) // 2]
    graph, lens = mapper(cores["data"][0], middle, "tdabench", config)
    keep(cores["data"][0], graph, lens, middle, config, bench)
    gaussian = {engine: read["gaussian", engine] for engine in ENGINES}
    return {"mapper": {engine: read["data", engine] for engine in ENGINES} | {"gaussian": gaussian}}


def mapper(core, intervals: int, engine: str, config):
    """Lenses PCA 1 and 2 of the nine weights, each divided by its standard deviation (the variance-normalised metric:
    of the weights, not of the coordinates, whose gradients it would undo). gain: intervals that hold a lens value."""
    pixels = core @ filter_loops.BASIS
    scaled = pixels / pixels.std(axis=0)
    lens = PCA(2, svd_solver="covariance_eigh").fit_transform(scaled)
    geometry = "published" if engine == "tdabench" else "kmapper"
    cover = Cover(intervals=intervals, overlap=1 - 1 / config.mapper.gain, geometry=geometry)
    return mapper_graph(scaled, lens, cover, CutLinkage(**config.mapper.clustering), engine), lens


def betti(graph: MapperGraph) -> tuple[int, int]:
    """(b0, b1) of the nerve: kmapper gives edges only, and squares that overlap by more than half need triangles."""
    members = [graph.members(node) for node in range(graph.nodes)]
    whole = MapperGraph.from_members(members, graph.points, graph.cubes, max_dimension=2)
    return tuple(whole.betti_numbers()[:2])


def keep(core, graph, lens, intervals, config, bench) -> None:
    turned = np.degrees(filter_statistics.angles(core))
    columns = {
        "gradient angle": turned,
        "share of linear gradient": np.hypot(core[:, 0], core[:, 1]),
        "PCA 1": lens[:, 0],
        "PCA 2": lens[:, 1],
    }
    columns |= {f"weight {row + 1},{column + 1}": (core @ filter_loops.BASIS)[:, 3 * row + column]
                for row in range(3) for column in range(3)}  # fmt: skip
    cover = f"{intervals} intervals, gain {config.mapper.gain}"
    parameters = {"lens": "PCA 1 and 2, variance-normalised", "cover": cover}
    kept = KeptMapper("First-layer filters of MNIST networks", graph, columns, parameters, "gradient angle",
                      pictures.thumbnails(core))  # fmt: skip
    bench.keep_mapper("filters", kept)
    places = np.column_stack([graph.mean(column) for column in lens.T])
    title = f"Mapper of the dense filters, {intervals} intervals, gain {config.mapper.gain}"
    colour = graph.mean(columns["share of linear gradient"])
    figure = graph_figure(graph, colour, "share of linear gradient", title, places)
    bench.figure("mapper", figure, (
        "Nodes are groups of alike filters, each at the mean of its PCA 1 (across) and PCA 2 (up); `tdabench explore` "
        "shows the filters in them."
    ))  # fmt: skip


def beyond_covariance(points, k, config, bench) -> dict:
    table = filter_statistics.compare_with_gaussian(
        points, k, config.p, config.statistics, config.landmarks, bench.threads, bench.progress
    )
    bench.table("beyond", f"The filters against {config.statistics} Gaussians of the same covariance", rounded(table))
    least = min(row["adjusted p"] for row in table)
    return {"beyond": {"p": least, "sentence": filter_statistics.in_words(table)}}


def second_layer(nets, config, bench) -> list[dict]:
    """Rows for the second convolution: the half of its 3x3 filters with the largest norm, channels apart, a sample."""
    kernels = np.concatenate([net.weights["convolutions.1.weight"] for net in nets])
    points = filter_loops.cloud(filters.sample(filters.strongest(filters.slices(kernels), 50), config.sample, seed=0))
    rows = []
    for name, drawn in {
        "second layer": [points],
        "Gaussian of the second layer": [filter_loops.gaussian(points, draw) for draw in range(config.draws)],
    }.items():
        bench.progress(f"{name}: {config.seeds} seeds")
        rows.append({"filters": name} | shown(drawn, config.k, config.p, config, bench).row())
    k = filter_loops.density_k(points, config.k)
    table = filter_statistics.compare_with_gaussian(
        points, k, config.p, config.statistics, config.landmarks, bench.threads, bench.progress
    )
    title = f"Filters of the second layer against {config.statistics} Gaussians of the same covariance"
    bench.table("beyond_second_layer", title, rounded(table))
    return rows


def in_words(nets, points, core, k) -> str:
    accuracies = [net.final_accuracy for net in nets]
    return (
        f"{Trained.cost(nets)}, {nets[0].iterations[-1]} iterations (the third party's recipe goes to 10,000), test "
        f"accuracy {np.mean(accuracies):.4f} ({min(accuracies):.4f}-{max(accuracies):.4f}); {len(core)} of "
        f"{len(points)} filters at k = {k}"
    )


def draw(found, config, bench) -> None:
    run = found["core"].runs[0]
    figure = persistence_figure(run.diagrams[2], run.curves[2], (1, 1), "rho(200, 30 %) of the trained filters")
    bench.figure("persistence", figure, "Barcode, diagram and Betti numbers of the dense filters, seed 0.")
    cores = {NAMES[name]: arm.cores[0] for name, arm in found.items()}
    figure = pictures.rings_figure(cores, "Dense cores in the plane of the two gradients", columns=2)
    bench.figure("rings", figure, "Each core with the filters that lie farthest out: trained, and the three controls.")
    figure = pictures.ring_figure(found["core"].cores[0], "Trained filters round the circle, ideal edges outside")
    bench.figure("circle", figure, "Filters of the core by their gradient angle; framed in red the ideal edge there.")
    diagrams = {NAMES[name]: arm.rips[0].diagrams[2] for name, arm in found.items()}
    bench.figure("barcodes", pictures.barcodes_figure(diagrams, "H1 of the dense cores"),
                 "H1 barcodes of the core and of its controls, seed 0.")  # fmt: skip

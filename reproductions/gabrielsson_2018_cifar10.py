"""First-layer filters of CIFAR-10 networks, colours taken apart: dense cores at several densities, and controls."""

import numpy as np

from reproductions._recipes import page_recipe
from reproductions._shared import keep_runs, rounded, withheld
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.saved import KeptMapper
from tdabench.networks import filter_loops, filter_statistics, pictures
from tdabench.networks.training import Images, Trained, train

NAMES = {"core": "trained filters", "gaussian": "Gaussian", "shuffled": "pixels shuffled", "untrained": "untrained"}


def measure(config, bench):
    if not config.complete:
        return withheld(config)
    data = bench.data("cifar10")
    nets = train(
        Images.of(data), page_recipe(config.recipe), range(config.networks), config.iterations,
        bench.store / "networks", bench.threads, bench.progress,
    )  # fmt: skip
    filters = [filter_loops.cloud(net.first_layer[-1]) for net in nets]
    bench.keep("filters", first_layer=np.stack([net.first_layer[-1] for net in nets]).astype(np.float32))
    points = np.concatenate(filters)
    clouds = filter_loops.arms(filters, config.seeds, config.draws)
    table, judged = [], {}
    for number, density in enumerate(config.cores):
        for name, drawn in clouds.items():
            bench.progress(f"rho({density.k}, {density.p} %): {NAMES[name]}")
            found = filter_loops.loops(
                drawn, density.k, density.p, config.seeds, config.landmarks, config.range_share, bench.threads
            )
            table.append({"rho(k, p)": f"({density.k}, {density.p} %)", "filters": NAMES[name]} | found.row())
            if number == 0:
                judged[name] = found
                keep_runs(bench, name, found.runs)
    bench.table("cores", "H1 of the dense cores, by density and control", table)
    density = config.cores[0]
    k = filter_loops.density_k(points, density.k)
    against = filter_statistics.compare_with_gaussian(
        points, k, density.p, config.statistics, config.landmarks, bench.threads, bench.progress
    )
    bench.table("beyond", f"The filters against {config.statistics} Gaussians of the same covariance", rounded(against))
    draw(judged, config, bench)
    least = min(row["adjusted p"] for row in against)
    return {name: arm.measurements() for name, arm in judged.items()} | {
        "trained": in_words(nets, points, data["note"]),
        "beyond": {"p": least, "sentence": filter_statistics.in_words(against)},
    }


def in_words(nets, points, note: str) -> str:
    accuracies = [net.final_accuracy for net in nets]
    told = (
        f"{Trained.cost(nets)}, {nets[0].iterations[-1]} iterations, test accuracy {np.mean(accuracies):.3f} "
        f"({min(accuracies):.3f}-{max(accuracies):.3f}); {len(points)} filters"
    )
    return f"{told}; {note}" if note else told


def draw(judged, config, bench) -> None:
    cores = {NAMES[name]: found.cores[0] for name, found in judged.items()}
    figure = pictures.rings_figure(cores, "CIFAR-10: dense cores in the plane of the two gradients", columns=2)
    bench.figure("rings", figure, "Each core with the filters that lie farthest out: trained, and the three controls.")
    diagrams = {NAMES[name]: found.rips[0].diagrams[2] for name, found in judged.items()}
    bench.figure("barcodes", pictures.barcodes_figure(diagrams, "CIFAR-10: H1 of the dense cores"),
                 "H1 barcodes of the core and of its controls, seed 0.")  # fmt: skip
    core = judged["core"].cores[0]
    lens = core[:, :2]
    cover = Cover(intervals=config.mapper.intervals, overlap=config.mapper.overlap)
    graph = mapper_graph(core, lens, cover, CutLinkage(**config.mapper.clustering))
    angles = np.degrees(filter_statistics.angles(core))
    columns = {"gradient angle": angles, "share of linear gradient": np.hypot(*lens.T)}
    parameters = {"lens": "the two linear gradients", "cover": f"{cover.intervals} intervals"}
    kept = KeptMapper("First-layer filters of CIFAR-10 networks", graph, columns, parameters, "gradient angle",
                      pictures.thumbnails(core))  # fmt: skip
    bench.keep_mapper("filters", kept)

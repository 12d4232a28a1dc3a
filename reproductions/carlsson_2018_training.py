"""The first layer at every snapshot of training: bars, Betti vectors, and the accuracy beside them."""

import numpy as np
from scipy.stats import kendalltau

from reproductions._recipes import page_recipe
from reproductions._shared import withheld
from tdabench.errors import BadInput
from tdabench.networks import filter_loops, filter_statistics, pictures
from tdabench.networks.training import Images, Trained, train


def measure(config, bench):
    if not config.complete:
        return withheld(config)
    nets = train(
        Images.of(bench.data("mnist")), page_recipe(config.recipe), range(config.networks),
        config.iterations, bench.store / "networks", bench.threads, bench.progress,
    )  # fmt: skip
    iterations = nets[0].iterations
    accuracy = np.stack([net.accuracy for net in nets])
    first_bars = {"trained filters": [], "Gaussian of the same covariance": []}
    table, diagrams, cores = [], {}, {}
    for place, iteration in enumerate(iterations):
        bench.progress(f"iteration {iteration}")
        filters = [filter_loops.cloud(net.first_layer[place]) for net in nets]
        points = np.concatenate(filters)
        clouds = [filter_loops.resampled(filters, seed) for seed in range(config.seeds)]
        data = shown(clouds, config, bench)
        control = shown([filter_loops.gaussian(cloud, draw) for draw, cloud in enumerate(clouds)], config, bench)
        for name, arm in zip(first_bars, (data, control), strict=True):
            first_bars[name].append(arm.bars()[:, 0])
        table.append(row(iteration, accuracy[:, place], data, control, points))
        diagrams[f"{iteration} iterations"] = data.rips[0].diagrams[2]
        cores[f"{iteration} iterations"] = data.cores[0]
    bars = {name: np.array(values).T for name, values in first_bars.items()}  # (seeds, snapshots)
    bench.keep("course", iterations=iterations, accuracy=accuracy, bars=bars["trained filters"],
               gaussian=bars["Gaussian of the same covariance"])  # fmt: skip
    bench.table("course", "First layer over training: bars and Betti vectors at each snapshot", table)
    draw(iterations, accuracy, bars, diagrams, cores, bench)
    own, gaussian = (
        {
            "growth": growth(values).tolist(),
            "tau": [float(kendalltau(seed, accuracy.mean(axis=0))[0]) for seed in values],
        }
        for values in bars.values()
    )
    return own | {"gaussian": gaussian, "sentence": in_words(nets, iterations, accuracy, bars)}


def shown(clouds, config, bench) -> filter_loops.Loops:
    return filter_loops.loops(
        clouds, filter_loops.PUBLISHED_K, config.p, config.seeds, config.landmarks, config.range_share, bench.threads
    )


def row(iteration, accuracy, data, control, points) -> dict:
    told = {"iteration": int(iteration), "accuracy": round(float(accuracy.mean()), 4)} | data.row()
    told["Gaussian's first bar"] = round(float(np.median(control.bars()[:, 0])), 3)
    return told | {f"{name}s": round(share, 3) for name, share in filter_statistics.kinds(points).items()}


def growth(values) -> np.ndarray:
    """Last bar of each seed over the median bar before training. values: (seeds, snapshots)"""
    untrained = float(np.median(values[:, 0]))
    if untrained == 0:
        raise BadInput("the untrained filters have no H1 bar, so none can be said to grow: take more networks.")
    return values[:, -1] / untrained


def in_words(nets, iterations, accuracy, bars) -> str:
    own, control = (float(np.median(growth(values))) for values in bars.values())
    return (
        f"{Trained.cost(nets)}, up to {iterations[-1]} iterations, accuracy {accuracy[:, 0].mean():.3f} to "
        f"{accuracy[:, -1].mean():.3f}; the bar grows by a factor {own:.2f}, the Gaussian's by {control:.2f}"
    )


def draw(iterations, accuracy, bars, diagrams, cores, bench) -> None:
    figure = pictures.course_figure(iterations, bars, accuracy, "The circle over training")
    bench.figure("course", figure, "First H1 bar of the dense filters (samples of the networks), and the accuracy.")
    some = np.unique(np.linspace(0, len(iterations) - 1, 12).round().astype(int))
    names = [list(diagrams)[place] for place in some]
    figure = pictures.barcodes_figure({name: diagrams[name] for name in names}, "H1 of the first layer over training")
    bench.figure("barcodes", figure, "H1 barcodes of the dense filters by iteration.")
    some = np.unique(np.linspace(0, len(iterations) - 1, 6).round().astype(int))
    names = [list(cores)[place] for place in some]
    figure = pictures.rings_figure({name: cores[name] for name in names}, "The dense filters over training")
    bench.figure("rings", figure, "Dense cores in the plane of the two gradients by iteration.")

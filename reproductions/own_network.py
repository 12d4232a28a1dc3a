"""A user's own network: the k x k filters of one layer as points, their dense core, its loops, and two controls.

The protocol of Gabrielsson & Carlsson (arXiv 1810.03234) for one network: channels taken apart, the strongest filters,
mean-centred and of norm 1, the densest p % at k. Each control goes through density, core and landmarks as the data do.
"""

import numpy as np
from matplotlib.figure import Figure

from reproductions._shared import keep_runs
from tdabench.errors import BadInput
from tdabench.networks import filter_loops
from tdabench.networks.filters import (
    centred_basis,
    coordinates,
    first_layer,
    layer,
    sample,
    shuffled,
    slices,
    strongest,
    to_sphere,
)
from tdabench.networks.foreign_weights import convolutions, read_weights, torchvision_weights
from tdabench.patches.controls import gaussian_like
from tdabench.patches.density import core
from tdabench.topology import WitnessRun
from tdabench.topology.betti import in_words, most_read, run_shares
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars
from tdabench.topology.pictures import persistence_figure

LEAST = 20  # points: fewer leave no core in which a loop could be told from chance
ARMS = {"data": "your filters", "gaussian": "Gaussian", "shuffled": "pixels shuffled"}
SECTORS = 24  # of the picture


def measure(config, bench):
    weights = read(config.network)
    name = first_layer(weights) if config.network.layer is None else config.network.layer
    kernels = layer(weights, name)
    bench.table("layers", "The convolutions of the network", layer_rows(weights))
    points = sample_of(kernels, name, config)
    basis = centred_basis(kernels.shape[-1])
    bench.progress(f"{name}: {len(points)} of {kernels.shape[0] * kernels.shape[1]} filters, {config.seeds} seeds")
    clouds = {
        "data": [points],
        "gaussian": [gaussian_like(coordinates(points, basis), draw) @ basis for draw in range(config.draws)],
        "shuffled": [shuffled(points, draw) for draw in range(config.draws)],
    }
    by_arm, runs = {}, {}
    for arm, drawn in clouds.items():
        cores = [dense(cloud, config, bench.threads) for cloud in drawn]
        turns = [cores[seed % len(cores)] for seed in range(config.seeds)]
        runs[arm] = [
            filter_loops.witness(points, config.range_share, seed, config.engine) for seed, points in enumerate(turns)
        ]
        rips = [
            landmark_rips_persistence(points, config.landmarks, seed, engine=config.engine)
            for seed, points in enumerate(turns)
        ]
        keep_runs(bench, f"{arm}.runs", runs[arm])
        bench.keep(f"{arm}.core", **{f"draw{draw}": points for draw, points in enumerate(cores)})
        longest = [longest_bars(run.diagrams[2], 1, 2).tolist() for run in rips]
        by_arm[arm] = {
            "runs": [run_shares(run.curves[2]) for run in runs[arm]],
            "first_bar": [first for first, _ in longest],
            "second_bar": [second for _, second in longest],
        }
        if arm == "data":
            draw(name, cores[0], basis, runs[arm][0], by_arm[arm]["runs"], bench)
            in_core = len(cores[0])
    bench.table("bars", "First and second H1 bar and the longest runs of Betti vectors, per seed", rows(by_arm))
    return by_arm["data"] | {
        "gaussian": by_arm["gaussian"],
        "shuffled": by_arm["shuffled"],
        "core": in_core,
        "reading": sentence(name, kernels.shape, in_core, by_arm),
        "points": len(points),
    }


def read(network) -> dict[str, np.ndarray]:
    if network.weights is not None and network.torchvision is not None:
        raise BadInput("network: give either weights or torchvision, not both.")
    return read_weights(network.weights) if network.torchvision is None else torchvision_weights(network.torchvision)


def sample_of(kernels, name: str, config) -> np.ndarray:
    """The strongest filters on the unit sphere, at most `sample` of them. -> (n, k * k)."""
    points, _ = to_sphere(strongest(slices(kernels), config.strongest))
    if len(points) < LEAST:
        raise BadInput(f"layer {name}: {len(points)} filters are left, but at least {LEAST} are needed; take another.")
    return sample(points, config.sample, seed=0)


def dense(points, config, threads: int) -> np.ndarray:
    k = filter_loops.density_k(points) if config.k is None else config.k
    return core(points, k, config.p, threads)


def sentence(name: str, shape, in_core: int, by_arm) -> str:
    """The reading, in one sentence."""
    out, inner, height, width = shape
    runs, bars = by_arm["data"]["runs"], by_arm["data"]["first_bar"]
    vector, count, share = most_read(runs)
    seeds, first = len(runs), float(np.median(bars))
    most = {title: max(by_arm[arm]["first_bar"]) for arm, title in ARMS.items() if arm != "data"}
    compared = "exceeds" if first > max(most.values()) else "does not exceed"
    return (
        f"layer {name} ({out} x {inner} filters of {height} x {width}, {in_core} in the core) reads "
        f"{in_words(vector)} on {count} of {seeds} seeds, {share:.0%} of the range; its first H1 bar, {first:.2f} on "
        f"the median seed, {compared} those of all draws of the controls (at most "
        f"{', '.join(f'{length:.2f} {title}' for title, length in most.items())})"
    )


def layer_rows(weights) -> list[dict]:
    return [
        {"layer": name, "shape": " x ".join(map(str, kernels.shape)), "filters": kernels.shape[0] * kernels.shape[1]}
        for name, kernels in convolutions(weights).items()
    ]


def rows(by_arm) -> list[dict]:
    found = []
    for arm, title in ARMS.items():
        columns = (by_arm[arm][key] for key in ("first_bar", "second_bar", "runs"))
        for seed, (first, second, runs) in enumerate(zip(*columns, strict=True)):
            longest = ", ".join(f"{in_words(vector)} {share:.0%}" for vector, share in list(runs.items())[:3])
            found.append({"points": title, "seed": seed, "first bar": round(first, 3), "second bar": round(second, 3),
                          "longest runs": longest})  # fmt: skip
    return found


def draw(name: str, points, basis, run: WitnessRun, shares, bench) -> None:
    vector = tuple(map(int, most_read(shares)[0].split(",")))
    figure = persistence_figure(run.diagrams[2], run.curves[2], vector, f"{name}, seed 0")
    bench.figure("persistence", figure, f"The dense core of {name}, seed 0: barcode, diagram and Betti numbers.")
    figure = ring_figure(points, basis, f"{name}: filters of the dense core")
    bench.figure("filters", figure, "The core on the two linear gradients, and a filter of each sector that holds any.")


def ring_figure(points, basis, title: str) -> Figure:
    """Points (n, k * k) on the plane of the two gradients; round it, of each of 24 sectors, the point farthest out.

    A sector without points stays empty. The second axis points down, so that filters rise outwards.
    """
    figure = Figure(figsize=(5.6, 5.6), layout="constrained")
    axes = figure.subplots()
    plane, size = coordinates(points, basis[:2]), round(points.shape[1] ** 0.5)
    axes.scatter(*plane.T, s=3, alpha=0.3, color="#2a7f9e", lw=0)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="0.6", lw=0.8)
    sectors = np.round(np.arctan2(plane[:, 1], plane[:, 0]) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    reach = np.linalg.norm(plane, axis=1)
    for sector in np.unique(sectors):
        angle, inside = 2 * np.pi * sector / SECTORS, np.flatnonzero(sectors == sector)
        pixels = points[inside[reach[inside].argmax()]].reshape(size, size)
        x, y, half, scale = 1.3 * np.cos(angle), 1.3 * np.sin(angle), 0.11, np.abs(pixels).max()
        axes.imshow(pixels, cmap="gray", vmin=-scale, vmax=scale, extent=(x - half, x + half, y + half, y - half))
    axes.set(xlim=(-1.5, 1.5), ylim=(1.5, -1.5), xlabel="gradient to the right", ylabel="gradient downwards")
    axes.set_title(title)
    return figure

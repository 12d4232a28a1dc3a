"""The 3x3 filters of a network layer by layer: their dense cores, loops and kinds, beside controls of the same making.

Gabrielsson & Carlsson, arXiv 1810.03234, and Carlsson & Gabrielsson, arXiv 1811.01122, look at the 13 convolutions of
VGG16. A layer is worked on as a `Task`, which gives a `Depth`; tasks are independent, so they share out processes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from tdabench.errors import BadInput
from tdabench.networks import filter_loops, filter_statistics, filters
from tdabench.networks.foreign_weights import convolutions
from tdabench.patches.density import codensity, densest
from tdabench.processes import pool
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars
from tdabench.validation import as_integer, as_points

ARMS = ("data", "gaussian", "shuffled", "untrained")


@dataclass(frozen=True)
class LayerProtocol:
    """strongest: per cent of the filters kept, by norm about the mean; sample: of these at most so many; p: per cent in
    the core; landmarks and range_share: see `filter_loops.loops`. k is `filter_loops.density_k` throughout."""

    strongest: float = 50
    sample: int = 6400
    p: float = 30
    landmarks: int = 300
    range_share: float = 0.25


@dataclass(frozen=True)
class Task:
    """One layer and what is to be measured on it.

    kernels: (out, in, 3, 3); seeds: of samples and landmarks; draws: of each control, all of them looked at; arms: some
    of ARMS, with `data`; statistics: draws of the Gaussian behind `filter_statistics.statistics`, 0 for none;
    ks, percents: axes of the map of first bars, k as among 6,400 points, empty for none.
    """

    name: str
    kernels: np.ndarray
    protocol: LayerProtocol
    seeds: int
    draws: int
    arms: tuple[str, ...] = ARMS
    statistics: int = 0
    ks: tuple[int, ...] = ()
    percents: tuple[float, ...] = ()


@dataclass(frozen=True)
class Depth:
    """What a layer shows.

    filters: in the layer; points: in one sample; cores: of each arm the first, (m, 8); arms: Loops without their cores;
    kinds: shares of each kind among all the strongest filters; gaussian_kinds: of each draw; measured, drawn:
    `filter_statistics.statistics` of the first sample and of Gaussians; first_bars: (2, percents, ks), data and one
    Gaussian.
    """

    name: str
    filters: int
    points: int
    cores: dict[str, np.ndarray]
    arms: dict[str, filter_loops.Loops]
    kinds: dict[str, float]
    gaussian_kinds: list[dict[str, float]]
    measured: dict[str, float] = field(default_factory=dict)
    drawn: list[dict[str, float]] = field(default_factory=list)
    first_bars: np.ndarray | None = None

    def bars(self, arm: str = "data", place: int = 0) -> np.ndarray:
        """Lengths of the longest H1 bar (or that of another place), one a seed."""
        return self.arms[arm].bars(place + 1)[:, place]


def layers(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The convolutions whose kernels are 3 x 3, in the order of the weights: name -> (out, in, 3, 3)."""
    found = {name: kernels for name, kernels in convolutions(weights).items() if kernels.shape[2:] == (3, 3)}
    if not found:
        raise BadInput("weights: no convolution has 3 x 3 kernels.")
    return {name: filters.layer(weights, name).astype(np.float32) for name in found}


def examine(task: Task) -> Depth:
    """All that a task asks for. Every control goes through density, core and landmarks as the data do."""
    rule = task.protocol
    strong = filters.strongest(filters.slices(task.kernels), rule.strongest)
    seeds = range(max(task.seeds, task.draws))
    samples = [filter_loops.cloud(filters.sample(strong, rule.sample, seed)) for seed in seeds]
    k = filter_loops.density_k(samples[0])
    count = dict.fromkeys(task.arms, task.draws)
    count["data"] = task.seeds if len(strong) > rule.sample else 1  # without a choice every sample is the same
    made = {
        "data": lambda seed: samples[seed],
        "gaussian": lambda seed: filter_loops.gaussian(samples[seed], seed),
        "shuffled": lambda seed: filter_loops.shuffled(samples[seed], seed),
        "untrained": lambda seed: _untrained(task, seed),
    }
    clouds = {arm: [made[arm](seed) for seed in range(count[arm])] for arm in task.arms}
    found = {
        arm: filter_loops.loops(
            drawn, filter_loops.PUBLISHED_K, rule.p, max(task.seeds, len(drawn)), rule.landmarks, rule.range_share
        )
        for arm, drawn in clouds.items()
    }
    return Depth(
        task.name,
        filters=len(filters.slices(task.kernels)),
        points=len(samples[0]),
        cores={arm: looped.cores[0] for arm, looped in found.items()},
        arms={arm: filter_loops.Loops([], looped.runs, looped.rips) for arm, looped in found.items()},
        kinds=filter_statistics.kinds(filter_loops.cloud(strong)),
        gaussian_kinds=[filter_statistics.kinds(cloud) for cloud in clouds.get("gaussian", [])],
        **_compared(samples[0], k, task),
        first_bars=_map(samples[0], task) if task.ks else None,
    )


def examine_all(tasks: list[Task], processes: int = 1, report: Callable[[str], None] = print) -> list[Depth]:
    """`examine` for each task, in their order, several at a time. The result does not depend on their number."""
    if processes == 1:
        ended = enumerate(map(_examine, tasks))
    else:
        ended = pool.run(_examine, [(task,) for task in tasks], min(processes, len(tasks)))
    depths = {}
    for number, depth in ended:
        depths[number] = depth
        report(f"{depth.name}: first H1 bar {np.median(depth.bars()):.2f}; {len(depths)} of {len(tasks)} layers")
    return [depths[number] for number in range(len(tasks))]


def typical(points, count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Centres of k-means of points (n, 8) of the sphere, put back on it, (m, 8), and the share of the points that each
    stands for, (m,), the largest first; m = count, or n when there are fewer."""
    points, count = as_points(points, width=8), as_integer(count, "count", 1)
    means = KMeans(min(count, len(points)), n_init=4, random_state=0).fit(points)
    shares = np.bincount(means.labels_, minlength=len(means.cluster_centers_)) / len(points)
    largest = np.argsort(-shares, kind="stable")
    centres = means.cluster_centers_[largest]
    norms = np.linalg.norm(centres, axis=1, keepdims=True)
    return centres / np.where(norms > 0, norms, 1), shares[largest]


def _examine(task: Task) -> Depth:
    with threadpool_limits(1):  # the processes take the cores
        return examine(task)


def _untrained(task: Task, seed: int) -> np.ndarray:
    strong = filters.strongest(
        filters.slices(filters.random_initialisation(task.kernels.shape, seed)), task.protocol.strongest
    )
    return filter_loops.cloud(filters.sample(strong, task.protocol.sample, seed))


def _compared(points, k: int, task: Task) -> dict:
    """The statistics of a sample, and those of Gaussians of its covariance."""
    if not task.statistics:
        return {}

    def measure(cloud):
        return filter_statistics.statistics(cloud, k, task.protocol.p, task.protocol.landmarks)

    drawn = [measure(filter_loops.gaussian(points, seed)) for seed in range(task.statistics)]
    return {"measured": measure(points), "drawn": drawn}


def _map(points, task: Task) -> np.ndarray:
    """First H1 bars over p and k of a sample and of one Gaussian of its covariance: (2, percents, ks)."""
    ks = [filter_loops.density_k(points, k) for k in task.ks]
    bars = np.empty((2, len(task.percents), len(ks)))
    for arm, cloud in enumerate((points, filter_loops.gaussian(points, 0))):
        for column, delta in enumerate(codensity(cloud, ks, workers=1).T):
            for row, percent in enumerate(task.percents):
                run = landmark_rips_persistence(cloud[densest(delta, percent)], task.protocol.landmarks)
                bars[arm, row, column] = longest_bars(run.diagrams[2], 1, 1)[0]
    return bars

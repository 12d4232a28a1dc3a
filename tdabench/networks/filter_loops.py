"""The dense core of a cloud of 3x3 filters and its loops, with controls that go through the same steps.

Gabrielsson & Carlsson, "Exposition and interpretation of the topology of neural networks", arXiv 1810.03234: centre
each filter, divide it by its norm, and take the p % of smallest distance to the k-th neighbour. A cloud is an array of
points (n, 8), unit rows, in the orthonormal basis `filters.centred_basis(3)`.
"""

from dataclasses import dataclass

import numpy as np

from tdabench.errors import BadInput
from tdabench.networks import filters
from tdabench.patches import controls
from tdabench.patches.density import core
from tdabench.topology.betti import in_words, most_read, run_shares
from tdabench.topology.landmark_rips import landmark_rips_persistence, longest_bars
from tdabench.topology.witness import WitnessRun, lazy_witness_persistence
from tdabench.validation import as_floats, as_points

BASIS = filters.centred_basis(3)
WITNESS_LANDMARKS = 50
PUBLISHED_K, PUBLISHED_POINTS = 200, 6400  # 64 filters of 100 networks


def cloud(kernels) -> np.ndarray:
    """Filters as points of the sphere S^7; constant filters are dropped.

    Parameters
    ----------
    kernels
        3x3 filters (n, 9), or kernels (out, in, 3, 3), whose channels are taken apart.

    Returns
    -------
    array, (m, 8)
        Unit rows.
    """
    kernels = as_floats(kernels, "kernels", "filters (n, 9) or (out, in, 3, 3)")
    rows = filters.slices(kernels) if kernels.ndim == 4 else kernels
    return filters.coordinates(filters.to_sphere(rows)[0], BASIS)


def gaussian(points, seed: int) -> np.ndarray:
    """Control: a Gaussian projected to the sphere, with the second moments of `points` there. (n, 8) -> (n, 8)."""
    return controls.gaussian_like(points, seed)


def shuffled(points, seed: int) -> np.ndarray:
    """Control: the nine weights of each filter in random order. (n, 8) -> (n, 8)."""
    return filters.coordinates(filters.shuffled(as_points(points, width=8) @ BASIS, seed), BASIS)


def untrained(count: int, seed: int) -> np.ndarray:
    """Control: `count` filters as torch initialises them, before any training. (count, 8)."""
    return cloud(filters.random_initialisation((count, 1, 3, 3), seed))


def resampled(clouds: list[np.ndarray], seed: int, share: float = 0.8) -> np.ndarray:
    """The filters of several networks as one cloud, from a random share of the networks.

    Networks are drawn without replacement. A bootstrap would repeat filters, and neighbours at distance 0 distort both
    the density and single linkage.

    Parameters
    ----------
    clouds
        The filters of each network, (m, 8).
    seed
        Seed of the draw; 0 takes all networks.
    share
        Share of the networks that is drawn.

    Returns
    -------
    array, (n, 8)
    """
    clouds = [as_points(cloud, width=8) for cloud in clouds]
    if seed == 0:
        return np.concatenate(clouds)
    count = max(1, round(share * len(clouds)))
    numbers = np.sort(np.random.default_rng(seed).choice(len(clouds), count, replace=False))
    return np.concatenate([clouds[number] for number in numbers])


def arms(by_network: list[np.ndarray], seeds: int, draws: int) -> dict[str, list[np.ndarray]]:
    """The clouds of the data and of its three controls.

    Each control is made from the networks of its draw, so all arms have clouds of the same size.

    Parameters
    ----------
    by_network
        The filters of each network, (m, 8).
    seeds
        Clouds of the data, see `resampled`.
    draws
        Clouds of each control.

    Returns
    -------
    dict
        "core", "gaussian", "shuffled", "untrained" -> list of clouds.
    """
    samples = [resampled(by_network, draw) for draw in range(draws)]
    return {
        "core": [resampled(by_network, seed) for seed in range(seeds)],
        "gaussian": [gaussian(points, draw) for draw, points in enumerate(samples)],
        "shuffled": [shuffled(points, draw) for draw, points in enumerate(samples)],
        "untrained": [untrained(len(points), draw) for draw, points in enumerate(samples)],
    }


def density_k(points, k: int = PUBLISHED_K) -> int:
    """k scaled from the 6,400 points of the published cloud to the number of `points`."""
    return max(1, round(len(as_points(points)) * k / PUBLISHED_POINTS))


@dataclass(frozen=True)
class Loops:
    """Persistent homology of the cores of some clouds. Landmark seed i uses cloud i modulo the number of clouds.

    Parameters
    ----------
    cores
        The core of each cloud, (m, 8).
    runs
        Lazy witness complexes, one for each seed.
    rips
        Rips complexes, one for each seed.
    """

    cores: list[np.ndarray]
    runs: list[WitnessRun]
    rips: list[WitnessRun]

    @property
    def shares(self) -> list[dict[str, float]]:
        """For each seed, the longest interval of each Betti vector as a share of the range: what claims judge."""
        return [run_shares(run.curves[2]) for run in self.runs]

    def bars(self, count: int = 2) -> np.ndarray:
        """Lengths of the longest H1 bars of the Rips complexes. (seeds, count)."""
        return np.array([longest_bars(run.diagrams[2], 1, count) for run in self.rips])

    def measurements(self) -> dict:
        """runs, first_bar, second_bar: lists over seeds."""
        first, second = self.bars().T.tolist()
        return {"runs": self.shares, "first_bar": first, "second_bar": second}

    def row(self) -> dict:
        """A row of a table: median bars, and the Betti vector of most seeds."""
        vector, count, share = most_read(self.shares)
        bars = self.bars()
        first, second = np.median(bars, axis=0)
        return {
            "first bar": round(first, 3),
            "over seeds": f"{bars[:, 0].min():.3f} to {bars[:, 0].max():.3f}",
            "second bar": round(second, 3),
            "Betti vector": in_words(vector),
            "seeds": f"{count} of {len(bars)}",
            "share of the range": round(share, 3),
        }


def loops(clouds, k: int, percent: float, seeds: int, landmarks=300, range_share=0.25, workers: int = 1) -> Loops:
    """The cores rho(k, percent) of clouds and their H1, from `seeds` choices of landmarks.

    Betti numbers come from the lazy witness complex, as for the primary circle of patches, see `witness`. Bars come
    from the Rips complex of maxmin landmarks: it does not depend on the other points, so that lengths are comparable.

    Parameters
    ----------
    clouds
        Clouds, (n, 8) each.
    k
        Neighbour of the density estimate, for 6,400 points; scaled to each cloud by `density_k`.
    percent
        Percentage of the points in a core.
    seeds
        Number of landmark seeds; they take turns on the clouds.
    landmarks
        Landmarks of the Rips complex.
    range_share
        Range of the witness complex, as a share of the covering radius.
    workers
        Threads of the neighbour search.

    Returns
    -------
    Loops
    """
    if not clouds:
        raise BadInput("clouds: at least one is needed.")
    cores = [core(points, density_k(points, k), percent, workers) for points in clouds]
    turns = [cores[seed % len(cores)] for seed in range(seeds)]
    rips = [landmark_rips_persistence(points, landmarks, seed) for seed, points in enumerate(turns)]
    runs = [witness(points, range_share, seed) for seed, points in enumerate(turns)]
    return Loops(cores, runs, rips)


def witness(points, range_share: float, seed: int, engine: str = "ripser") -> WitnessRun:
    """Persistence of the lazy witness complex (javaPlex tutorial): nu = 1, 50 maxmin landmarks.

    Of fewer than 200 different points a quarter are landmarks, so that enough witnesses remain.

    Parameters
    ----------
    points
        (m, d).
    range_share
        The filtration runs over [0, range_share * R], R the covering radius of the landmarks.
    seed
        Seed of the first landmark.
    engine
        Persistence engine.
    """
    points = as_points(points)
    landmarks = max(4, min(WITNESS_LANDMARKS, len(np.unique(points, axis=0)) // 4))
    return lazy_witness_persistence(points, landmarks, range_share=range_share, seed=seed, engine=engine)

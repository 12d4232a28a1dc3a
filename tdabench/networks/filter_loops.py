"""The dense core of a cloud of 3x3 filters and its loops, with the controls that go through the same pipeline.

Gabrielsson & Carlsson, "Exposition and interpretation of the topology of neural networks", arXiv 1810.03234: filters
mean-centred, of norm 1, the densest p % at the k-th neighbour. Clouds here are points (n, 8), unit rows, in the
orthonormal basis `filters.centred_basis(3)`.
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
    """3x3 filters (n, 9), or kernels (out, in, 3, 3) with the channels taken apart, as points (m, 8) of the sphere;
    constant ones are dropped."""
    kernels = as_floats(kernels, "kernels", "filters (n, 9) or (out, in, 3, 3)")
    rows = filters.slices(kernels) if kernels.ndim == 4 else kernels
    return filters.coordinates(filters.to_sphere(rows)[0], BASIS)


def gaussian(points, seed: int) -> np.ndarray:
    """Control: a Gaussian put on the sphere, with the second moments that `points` (n, 8) have there. (n, 8)"""
    return controls.gaussian_like(points, seed)


def shuffled(points, seed: int) -> np.ndarray:
    """Control: the nine weights of each filter in random order. (n, 8) -> (n, 8)"""
    return filters.coordinates(filters.shuffled(as_points(points, width=8) @ BASIS, seed), BASIS)


def untrained(count: int, seed: int) -> np.ndarray:
    """Control: `count` filters as torch initialises them, before any training. (count, 8)"""
    return cloud(filters.random_initialisation((count, 1, 3, 3), seed))


def resampled(clouds: list[np.ndarray], seed: int, share: float = 0.8) -> np.ndarray:
    """The filters of several networks, each (m, 8), as one cloud: all for seed 0, else of that share of the networks,
    drawn without replacement. (With replacement, as in a bootstrap, filters repeat: a distance of 0 is a neighbour that
    tells nothing of density, and a gap in which single linkage is cut.)"""
    clouds = [as_points(cloud, width=8) for cloud in clouds]
    if seed == 0:
        return np.concatenate(clouds)
    count = max(1, round(share * len(clouds)))
    drawn = np.sort(np.random.default_rng(seed).choice(len(clouds), count, replace=False))
    return np.concatenate([clouds[number] for number in drawn])


def arms(by_network: list[np.ndarray], seeds: int, draws: int) -> dict[str, list[np.ndarray]]:
    """The filters of several networks, each (m, 8), by seed, and the three controls by draw, each made from the
    networks of that draw, so that all arms are of one size."""
    drawn = [resampled(by_network, draw) for draw in range(draws)]
    return {
        "core": [resampled(by_network, seed) for seed in range(seeds)],
        "gaussian": [gaussian(points, draw) for draw, points in enumerate(drawn)],
        "shuffled": [shuffled(points, draw) for draw, points in enumerate(drawn)],
        "untrained": [untrained(len(points), draw) for draw, points in enumerate(drawn)],
    }


def density_k(points, k: int = PUBLISHED_K) -> int:
    """The k that is to these points what `k` is to the 6,400 of the published cloud."""
    return max(1, round(len(as_points(points)) * k / PUBLISHED_POINTS))


@dataclass(frozen=True)
class Loops:
    """What the cores of some clouds show, one landmark seed at a time; the seeds take turns on the clouds.

    cores: of each cloud, (m, 8); runs: lazy witness complexes, one a seed; rips: Rips complexes, one a seed.
    """

    cores: list[np.ndarray]
    runs: list[WitnessRun]
    rips: list[WitnessRun]

    @property
    def shares(self) -> list[dict[str, float]]:
        """The longest run of each Betti vector, seed by seed: what claims of Betti numbers look at."""
        return [run_shares(run.curves[2]) for run in self.runs]

    def bars(self, count: int = 2) -> np.ndarray:
        """Lengths of the longest H1 bars of the Rips complexes, (seeds, count)."""
        return np.array([longest_bars(run.diagrams[2], 1, count) for run in self.rips])

    def measurements(self) -> dict:
        """runs, first_bar, second_bar: lists over seeds."""
        first, second = self.bars().T.tolist()
        return {"runs": self.shares, "first_bar": first, "second_bar": second}

    def row(self) -> dict:
        """For a table: median bars, and the Betti vector that most seeds read."""
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
    """Cores rho(k, percent) of clouds (each (n, 8)) and their H1, `seeds` times from landmarks of their own. k is meant
    among 6,400 points, and scaled to each cloud: see `density_k`.

    Betti numbers are read as those of the primary circle of patches are: `witness`. Bars are those of the Rips complex
    of `landmarks` maxmin landmarks, which do not see the other points: all lengths are in one unit, and comparable.
    """
    if not clouds:
        raise BadInput("clouds: at least one is needed.")
    cores = [core(points, density_k(points, k), percent, workers) for points in clouds]
    turns = [cores[seed % len(cores)] for seed in range(seeds)]
    rips = [landmark_rips_persistence(points, landmarks, seed) for seed, points in enumerate(turns)]
    runs = [witness(points, range_share, seed) for seed, points in enumerate(turns)]
    return Loops(cores, runs, rips)


def witness(points, range_share: float, seed: int, engine: str = "ripser") -> WitnessRun:
    """Lazy witness complex of points (m, d): 50 maxmin landmarks, nu = 1, over [0, range_share * R], R the covering
    radius (javaPlex tutorial); of fewer than 200 different points a quarter are landmarks, so that there are witnesses.
    """
    points = as_points(points)
    landmarks = max(4, min(WITNESS_LANDMARKS, len(np.unique(points, axis=0)) // 4))
    return lazy_witness_persistence(points, landmarks, range_share=range_share, seed=seed, engine=engine)

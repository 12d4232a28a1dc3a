"""Measured peak memory of ripser and GUDHI, as a ratio to the estimates of tdabench.topology.estimate.

Points are random on the sphere, or from a Gaussian in other dimensions, with a fixed seed. Each measurement is a child
process on one thread that warms up on few points. Two peaks are measured, both minus the memory before: resident memory
(VmHWM) and requested memory (VmPeak), which a limit of the kernel counts. A ratio above 1 means that the estimate was
too low.

    python benchmarks/memory.py [COMPLEX ...]
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from common import machine

from tdabench.topology import estimate
from tdabench.topology.fallback import size

RIPS = ("ripser", "gudhi")
# Complex (or the engine of Rips), points, their dimension, highest dimension of homology, and an option: for Rips the
# share of the enclosing radius (0: no limit), for sparse Rips epsilon, for witness complexes the number of landmarks.
CASES = [("ripser", 1000, 3, 1, 0), ("ripser", 3000, 3, 1, 0), ("ripser", 3000, 3, 1, 1), ("ripser", 3000, 3, 1, 0.3),
         ("ripser", 200, 3, 2, 0), ("ripser", 300, 3, 2, 0), ("ripser", 300, 3, 2, 1), ("ripser", 400, 3, 2, 0.5),
         ("ripser", 80, 3, 3, 0), ("gudhi", 300, 3, 1, 0), ("gudhi", 400, 3, 1, 0), ("gudhi", 100, 3, 2, 0),
         ("gudhi", 130, 3, 2, 0), ("gudhi", 150, 3, 2, 0.7), ("gudhi", 60, 3, 3, 0),
         ("sparse_rips", 300, 3, 2, 0.5), ("sparse_rips", 1000, 3, 1, 0.5), ("sparse_rips", 500, 3, 2, 0.7),
         ("alpha", 5000, 1, 0, 0), ("alpha", 20000, 2, 1, 0), ("alpha", 10000, 3, 2, 0), ("alpha", 2000, 4, 2, 0),
         ("alpha", 400, 6, 2, 0), ("cech", 20000, 2, 1, 0), ("cech", 10000, 3, 2, 0), ("cech", 2000, 4, 2, 0),
         ("cech", 400, 6, 2, 0),
         ("witness", 20000, 3, 0, 20), ("witness", 40000, 3, 0, 10), ("witness", 100, 3, 1, 80),
         ("witness", 100, 3, 2, 40), ("strong_witness", 20000, 3, 0, 8), ("lazy_witness", 50000, 3, 1, 100),
         ("lazy_witness", 2000, 3, 1, 500), ("lazy_witness", 2000, 3, 2, 150)]  # fmt: skip


def random_points(points: int, width: int) -> np.ndarray:
    """Random points (points, width): on the sphere for width 3, else from a Gaussian."""
    gaussian = np.random.default_rng(0).normal(size=(points, width))
    return gaussian / np.linalg.norm(gaussian, axis=1, keepdims=True) if width == 3 else gaussian


def distances(points: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(points))


def work(complex: str, data: np.ndarray, dimension: int, limit: float, option: float) -> None:
    """Compute persistence. data: a matrix of distances for Rips, else points."""
    import gudhi

    from tdabench.topology import lazy_witness_persistence, persistence

    if complex == "ripser":
        persistence(data, "distances", dimension, limit)
    elif complex == "gudhi":  # GUDHI itself, without the edge collapse of tdabench.topology.persistence
        tree = gudhi.RipsComplex(distance_matrix=data, max_edge_length=limit).create_simplex_tree(dimension + 1)
        tree.compute_persistence(persistence_dim_max=False)
    elif complex == "lazy_witness":
        lazy_witness_persistence(data, int(option), range_share=1e3, max_dimension=dimension)
    elif complex == "sparse_rips":
        persistence(data, complex, dimension, epsilon=option)
    elif complex in ("alpha", "cech"):
        persistence(data, complex, dimension)
    else:
        persistence(data, complex, dimension, landmarks=int(option))


def estimated(complex: str, data: np.ndarray, dimension: int, limit: float, option: float) -> estimate.Estimate:
    if complex in RIPS:
        return estimate.flag_estimate(data, dimension, limit, complex)
    if complex == "sparse_rips":
        return estimate.sparse_estimate(data, dimension, epsilon=option)
    if complex in ("alpha", "cech"):
        return estimate.delaunay_estimate(data)
    if complex == "lazy_witness":
        return estimate.lazy_witness_estimate(len(data), dimension, int(option))
    return estimate.witness_estimate(len(data), dimension, int(option))


def peaks() -> np.ndarray:
    """Peaks of resident and of requested bytes so far."""
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return np.array([int(lines[mark].split()[0]) * 1024 for mark in ("VmHWM", "VmPeak")])


def measure(complex: str, points: int, width: int, dimension: int, option: float) -> None:
    data, few = random_points(points, width), random_points(20, width)
    if complex in RIPS:
        data, few = distances(data), distances(few)
    limit = option * data.max(axis=1).min() if complex in RIPS and option else np.inf
    work(complex, few, dimension, np.inf, 10 if "witness" in complex else option)
    before = peaks()
    work(complex, data, dimension, limit, option)
    rises = (peaks() - before).tolist()
    print(json.dumps([rises, estimated(complex, data, dimension, limit, option).bytes]))


def main(complexes: list[str]) -> None:
    print(machine("numpy", "gudhi", "ripser"))
    for case in [case for case in CASES if case[0] in (complexes or case)]:
        complex, points, width, dimension, option = case
        command = [sys.executable, __file__, "--child", *map(str, case)]
        child = subprocess.run(command, capture_output=True, text=True, check=True)
        (resident, requested), expected = json.loads(child.stdout)
        title = f"{complex}, {points} points of R^{width}, H{dimension}"
        if complex in RIPS:
            title += f", {option:g} of the enclosing radius" if option else ", all pairs"
        elif option:
            title += f", {option:g} {'landmarks' if 'witness' in complex else 'epsilon'}"
        ratios = f"{resident / expected:.2f} resident, {requested / expected:.2f} requested"
        print(f"{title:<62} {size(resident):>8}, estimated {size(expected):>8}: {ratios}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        measure(sys.argv[2], *map(int, sys.argv[3:6]), float(sys.argv[6]))
    else:
        main(sys.argv[1:])

"""Estimates of memory beside the truth: peak memory of ripser and GUDHI, over that of tdabench.topology.estimate.

Points are drawn on the sphere, seeded. Each measurement is a child process on one thread that computes something small
first; its peak (VmHWM) less what it held before is the truth. A ratio above 1 is an estimate that was too low.

    python benchmarks/memory.py
"""

import json
import os
import subprocess
import sys

import numpy as np
from common import machine

from tdabench.topology.estimate import flag_estimate
from tdabench.topology.ladder import size

# engine, points, highest dimension of homology, share of the enclosing radius (0: no limit)
CASES = [("ripser", 1000, 1, 0), ("ripser", 3000, 1, 0), ("ripser", 3000, 1, 1), ("ripser", 3000, 1, 0.3),
         ("ripser", 200, 2, 0), ("ripser", 300, 2, 0), ("ripser", 300, 2, 1), ("ripser", 400, 2, 0.5),
         ("ripser", 80, 3, 0), ("gudhi", 300, 1, 0), ("gudhi", 400, 1, 0), ("gudhi", 100, 2, 0), ("gudhi", 130, 2, 0),
         ("gudhi", 150, 2, 0.7), ("gudhi", 60, 3, 0)]  # fmt: skip


def sphere(points: int) -> np.ndarray:
    """Distances between so many random points of the sphere. (points, points)"""
    from scipy.spatial.distance import pdist, squareform

    drawn = np.random.default_rng(0).normal(size=(points, 3))
    return squareform(pdist(drawn / np.linalg.norm(drawn, axis=1, keepdims=True)))


def work(engine: str, matrix: np.ndarray, dimension: int, limit: float) -> None:
    import gudhi

    from tdabench.topology import persistence

    if engine == "ripser":
        persistence(matrix, "distances", dimension, limit)
        return
    # As GUDHI has it, without the edge collapse that tdabench.topology.persistence does first.
    tree = gudhi.RipsComplex(distance_matrix=matrix, max_edge_length=limit).create_simplex_tree(dimension + 1)
    tree.compute_persistence(persistence_dim_max=False)


def child(engine: str, points: int, dimension: int, share: float) -> None:
    from tdabench.worker import peak_rss_mib

    matrix = sphere(points)
    limit = share * matrix.max(axis=1).min() if share else np.inf
    work(engine, sphere(20), dimension, np.inf)
    before = peak_rss_mib(os.getpid())
    work(engine, matrix, dimension, limit)
    print(json.dumps([peak_rss_mib(os.getpid()) - before, flag_estimate(matrix, dimension, limit, engine).bytes]))


def main() -> None:
    print(machine("numpy", "gudhi", "ripser"))
    for case in CASES:
        engine, points, dimension, share = case
        words = [sys.executable, __file__, *map(str, case)]
        ended = subprocess.run(words, capture_output=True, text=True, check=True)
        mib, estimate = json.loads(ended.stdout)
        limit = f"{share:g} of the enclosing radius" if share else "all pairs"
        told = f"{engine}, {points} points, H{dimension}, {limit}"
        print(f"{told:<60} {mib:7.0f} MiB, estimated {size(estimate)}: {mib * 2**20 / estimate:.2f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))

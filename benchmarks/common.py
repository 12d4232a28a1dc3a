"""Shared by the benchmarks: the published patches or a stand-in, rounds in rotated order, a line on the machine."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported: one thread for every candidate
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tdabench.data.catalogue import dataset
from tdabench.errors import DataMissing
from tdabench.patches.density import core

VARIANCES = [0.2687, 0.26, 0.1061, 0.1069, 0.1035, 0.057, 0.0543, 0.0435]  # columns of n50000Dct


def natural_patches(stem: str) -> tuple[np.ndarray, str]:
    """The published points, else generated ones of the same size, and a phrase that says which."""
    try:
        return dataset("natural_patches").load()[stem], f"{stem} (published)"
    except DataMissing:
        gaussian = np.random.default_rng(0).normal(size=(50000, 8)) * np.sqrt(VARIANCES)
        points = gaussian / np.linalg.norm(gaussian, axis=1, keepdims=True)
        points = points if stem == "n50000Dct" else core(points, k=15, percent=30)
        return points, f"stand-in for {stem}: a Gaussian on S^7 of the same variances"


def timed(candidates: dict, rounds: int) -> tuple[dict[str, np.ndarray], dict]:
    """Time candidates in turns; another one begins each round.

    Parameters
    ----------
    candidates
        Name -> function without arguments.
    rounds
        Number of rounds.

    Returns
    -------
    wall_s : dict
        Name -> (rounds,), seconds.
    outputs : dict
        Name -> last result.
    """
    wall_s = {name: np.zeros(rounds) for name in candidates}
    outputs = {}
    names = list(candidates)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            outputs[name] = candidates[name]()
            wall_s[name][turn] = time.perf_counter() - start
    return wall_s, outputs


def ratio(slower: np.ndarray, faster: np.ndarray) -> str:
    """Median and range of the ratios of paired rounds, in words."""
    ratios = slower / faster
    return f"{np.median(ratios):6.2f}x ({ratios.min():.2f}-{ratios.max():.2f})"


def machine(*packages: str) -> str:
    """Processor, number of cores, and versions of Python and of some packages."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"

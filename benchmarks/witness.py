"""Lazy witness persistence on X(15,30): tdabench against a straightforward loop.

Both follow the published protocol: maxmin landmarks, the witness matrix for nu = 1 over [0, R/4], Rips persistence over
Z/2 to dimension 2 by ripser. The loop follows the definition: it goes over pairs of landmarks, looks at every point,
and gives the complete matrix to ripser. The "cut" loop drops entries above R/4 first, which is most of the gain in the
reduction. Before a time is printed, the bars up to R/4 must agree to 1e-6. There are 7 rounds in rotated order after
one warm-up; medians are printed, and ratios of paired rounds with their range. Last, 1,000 landmarks to dimension 1 in
a process of its own: its wall time and its peak memory (VmHWM), against 2 GiB.

    python benchmarks/witness.py
"""

import subprocess
import sys
import time
from pathlib import Path

from common import machine, natural_patches, ratio, timed  # first: it sets the number of threads

# isort: split
import numpy as np
from ripser import ripser

from tdabench.topology import lazy_witness_persistence

ROUNDS = 7


def plain_maxmin(points, count, seed):
    landmarks = [int(np.random.default_rng(seed).integers(len(points)))]
    distances = [np.linalg.norm(points - points[landmarks[0]], axis=1)]
    nearest = distances[0]
    while len(landmarks) < count:
        landmarks.append(int(np.argmax(nearest)))
        distances.append(np.linalg.norm(points - points[landmarks[-1]], axis=1))
        nearest = np.minimum(nearest, distances[-1])
    return np.array(distances), nearest.max()


def plain_witness(points, count, cut, seed=0):
    distances, covering_radius = plain_maxmin(points, count, seed)
    m = distances.min(axis=0)
    entry = np.zeros((count, count))
    for a in range(count):
        for b in range(a + 1, count):
            entry[a, b] = entry[b, a] = max(0, (np.maximum(distances[a], distances[b]) - m).min())
    stop = covering_radius / 4
    bars = ripser(entry, maxdim=2, thresh=stop if cut else np.inf, distance_matrix=True)["dgms"]
    bars = [np.where(table > stop, [[stop + 1, np.inf]], table) for table in bars]
    return [table[(table[:, 1] > table[:, 0]) & (table[:, 0] <= stop)] for table in bars]


def ours(points, count, seed=0):
    return lazy_witness_persistence(points, count, nu=1, range_share=0.25, max_dimension=2, seed=seed).diagrams[2].bars


def assert_same(left, right):
    for one, other in zip(left, right, strict=True):
        one, other = (table[np.lexsort(table.T[::-1])] for table in (one, other))
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def large():
    """In the child: 1,000 landmarks to dimension 1."""
    points, _ = natural_patches("nk15c30Dct")
    start = time.perf_counter()
    lazy_witness_persistence(points, 1000, nu=1, range_share=0.25, max_dimension=1)
    wall_s = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(wall_s, int(peak.split()[1]) / 1024)


def main():
    points, what = natural_patches("nk15c30Dct")
    print(f"lazy witness persistence, nu = 1, [0, R/4], dimensions 0-2, {len(points)} points: {what}")
    print(f"landmarks    ours s    loop s   cut s   loop / ours and cut loop / ours, median of {ROUNDS} (range)")
    for count in (50, 100, 200):
        candidates = {
            "ours": lambda n=count: ours(points, n),
            "loop": lambda n=count: plain_witness(points, n, cut=False),
            "cut loop": lambda n=count: plain_witness(points, n, cut=True),
        }
        for name in ("loop", "cut loop"):
            assert_same(candidates["ours"](), candidates[name]())  # and warm up
        wall_s, _ = timed(candidates, ROUNDS)
        medians = " ".join(f"{np.median(wall_s[name]):9.3f}" for name in candidates)
        ratios = "  ".join(ratio(wall_s[name], wall_s["ours"]) for name in ("loop", "cut loop"))
        print(f"{count:9d} {medians}   {ratios}")
    child = subprocess.run([sys.executable, __file__, "large"], check=True, capture_output=True, text=True)
    wall_s, peak_mib = map(float, child.stdout.split())
    verdict = "within" if peak_mib <= 2048 else "ABOVE"
    print(f"1,000 landmarks to dimension 1: {wall_s:.1f} s, peak {peak_mib:.0f} MiB, {verdict} 2 GiB")
    print(machine("numpy", "ripser", "scipy"))


if __name__ == "__main__":
    large() if sys.argv[1:] == ["large"] else main()

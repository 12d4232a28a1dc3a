"""Codensity (k = 300) of the 50,000 natural patches in R^8: tdabench against scikit-learn's k-d tree.

Both are exact, and the time includes building the tree. Each runs on one thread and on all cores, in 2 rounds of
rotated order after a small warm-up. Before a time is printed, the distances must agree to 1e-9 and the 30 % densest
must be the same 15,000 rows.

    python benchmarks/codensity.py
"""

from common import machine, natural_patches, ratio, timed  # first: it sets the number of threads

# isort: split
import numpy as np
from sklearn.neighbors import NearestNeighbors

from tdabench.patches.density import codensity, densest

K, PERCENT, ROUNDS = 300, 30, 2


def ours(points, threads):
    return codensity(points, K, workers=threads)


def scikit_learn(points, threads):
    neighbours = NearestNeighbors(n_neighbors=K, algorithm="kd_tree", n_jobs=threads).fit(points)
    distances, _ = neighbours.kneighbors()  # without an argument a point is not its own neighbour
    return distances[:, -1]


def main():
    points, what = natural_patches("n50000Dct")
    candidates = {
        (name, threads): lambda function=function, threads=threads: function(points, threads)
        for threads in (1, -1)
        for name, function in (("ours", ours), ("scikit-learn", scikit_learn))
    }
    for threads in (1, -1):
        ours(points[:2000], threads), scikit_learn(points[:2000], threads)
    wall_s, results = timed(candidates, ROUNDS)
    expected = results["scikit-learn", 1]
    for distances in results.values():
        np.testing.assert_allclose(distances, expected, rtol=0, atol=1e-9)
        np.testing.assert_array_equal(densest(distances, PERCENT), densest(expected, PERCENT))

    rows = len(densest(expected, PERCENT))
    print(f"codensity, k = {K}, {points.shape[0]} x {points.shape[1]}: {what}; the same {rows} densest rows")
    print(f"{'threads':>9} {'ours s':>9} {'sklearn s':>9}   ratio, median of {ROUNDS} (range)")
    for threads, label in ((1, "1"), (-1, "all")):
        mine, other = wall_s["ours", threads], wall_s["scikit-learn", threads]
        print(f"{label:>9} {np.median(mine):9.2f} {np.median(other):9.2f}   {ratio(other, mine)}")
    default = ratio(wall_s["scikit-learn", 1], wall_s["ours", -1])
    print(f"defaults: scikit-learn (one thread) over tdabench (all cores): {default}")
    print(machine("numpy", "scipy", "scikit-learn"))


if __name__ == "__main__":
    main()

"""The Klein bottle of natural image patches (Carlsson et al., IJCV 76, 2008).

Five sets go through lazy witness persistence over Z/2 and Z/3: the ideal bottle, X(100,10), X(100,10) enlarged by the
data nearest to the bottle (outside the core, or anywhere), and all data within tau of it; then the last three of each
control.
"""

import numpy as np

from reproductions._shared import keep_runs
from tdabench.data.shapes import flat_torus
from tdabench.patches.controls import gaussian_like, shuffled_pixels
from tdabench.patches.density import codensity, densest
from tdabench.patches.klein import (
    distance_to_klein_bottle,
    klein_grid,
    klein_patches,
    klein_polynomials,
    nearest_data_to_klein_bottle,
)
from tdabench.patches.pictures import klein_figure
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import run_shares
from tdabench.topology.pictures import persistence_figure

ALL = ("core", "enlarged", "enlarged_anywhere", "near", "coarse", "fine")


def measure(config, bench):
    patches = bench.data("natural_patches")["n50000Dct"]
    measurements = ideal(config, bench)

    bench.progress("the data: codensity and distance to the bottle")
    sets, distances = subsets(patches, ALL, config, bench)
    measurements |= persist(sets, config, bench)
    share = (distances <= config.near.tau).mean()
    bench.table("tau", "Points of n50000Dct within tau of the Klein bottle", sweep_tau(patches, distances, config))
    bench.table("landmarks", "X(100,10) enlarged in two ways: the number of landmarks", sweep_landmarks(sets, config))

    masses = []
    for name, control in {"gaussian": gaussian_like, "shuffled": shuffled_pixels}.items():
        draws, kinds = [], ALL[1:] if name == "gaussian" else ("enlarged", "enlarged_anywhere", "near")
        for draw in range(config.draws):
            bench.progress(f"control {name}: draw {draw + 1} of {config.draws}")
            drawn, away = subsets(control(patches, draw), kinds, config, bench)
            draws.append(drawn)
            if name == "gaussian":
                masses.append((away <= config.near.tau).mean())
        measurements[name] = {
            kind: persist_draws(name, kind, [drawn[kind] for drawn in draws], config, bench) for kind in kinds
        }
    measurements["mass"] = {"numerator": [share] * config.draws, "denominator": masses}

    title = f"{len(sets['near']):,} patches of the data, within {config.near.tau} of the Klein bottle"
    figure = klein_figure(sets["near"], title)
    bench.figure("klein_rectangle", figure,
                 "The Klein bottle as a rectangle: at each place the nearest patch of the data. The red edges are "
                 "identified turned over, the blue ones as they are.")  # fmt: skip
    return measurements


def settings(kind, config) -> dict:
    """Landmarks and range of each set: those of I10's cores as published, else [0, R/2]."""
    if kind in ("coarse", "fine"):
        return {"landmarks": config.cores.landmarks, "range_share": config.cores.range_share, "max_dimension": 1}
    near = kind == "near"
    return {"landmarks": (config.near if near else config.enlarged).landmarks, "range_share": config.range_share}


def witness(points, seed, config, landmarks, range_share=None, max_dimension=2):
    share = range_share or config.range_share
    return lazy_witness_persistence(points, landmarks, config.nu, share, max_dimension, fields=(2, 3), seed=seed)


def ideal(config, bench) -> dict:
    """The ideal bottle on a grid, the polynomials at random angles, and a flat torus put through the same."""
    bench.progress("the ideal bottle, random polynomials, the flat torus")
    _, grid = klein_grid(config.ideal.thetas, config.ideal.phis)
    runs = {"ideal": [], "polynomials": [], "torus": []}
    errors = []
    for seed in bench.steps(range(config.seeds), "seeds"):
        random = np.random.default_rng(seed)
        theta, phi = random.uniform(0, np.pi, len(grid)), random.uniform(0, 2 * np.pi, len(grid))
        a, b, c, d = np.cos(theta), np.sin(theta), np.cos(phi), np.sin(phi)
        errors.append(np.abs(klein_polynomials(a, b, c, d) - klein_polynomials(-a, -b, c, -d)).max())
        clouds = {"ideal": grid, "polynomials": klein_patches(theta, phi), "torus": flat_torus(len(grid), seed)}
        for name, points in clouds.items():
            runs[name].append(witness(points, seed, config, config.ideal.landmarks))
    measurements = {"identification_error": max(errors)}
    for name, found in runs.items():
        keep_runs(bench, name, found)
        measurements[name] = shares(found)
    for field, vector in ((2, (1, 2, 1)), (3, (1, 1, 0))):
        first = runs["ideal"][0]
        figure = persistence_figure(first.diagrams[field], first.curves[field], vector, "ideal bottle")
        bench.figure(f"ideal_z{field}", figure, f"The ideal Klein bottle over Z/{field}, seed 0, over [0, R/2].")
    return measurements


def subsets(patches, kinds, config, bench):
    """X(100,10), the same enlarged in two ways, the points near the bottle, and I10's cores."""
    cuts = {"coarse": 300, "fine": 15}
    ks = [config.enlarged.k, *(k for kind, k in cuts.items() if kind in kinds)]
    deltas = dict(zip(ks, codensity(patches, ks, bench.threads).T, strict=True))
    core = densest(deltas[config.enlarged.k], config.enlarged.percent)
    rest = np.setdiff1d(np.arange(len(patches)), core)
    grid = config.enlarged.thetas, config.enlarged.phis, bench.threads
    outside = rest[nearest_data_to_klein_bottle(patches[rest], *grid)]
    anywhere = np.union1d(core, nearest_data_to_klein_bottle(patches, *grid))
    distances, _ = distance_to_klein_bottle(patches, workers=bench.threads)
    return {
        "core": patches[core],
        "enlarged": patches[np.concatenate([core, outside])],
        "enlarged_anywhere": patches[anywhere],
        "near": patches[distances <= config.near.tau],
        **{kind: patches[densest(deltas[k], 30)] for kind, k in cuts.items() if kind in kinds},
    }, distances


def persist(sets, config, bench) -> dict:
    """Each set of the data, once per seed of the first landmark."""
    measurements = {}
    for kind, points in sets.items():
        bench.progress(f"{kind}: {len(points)} points, {config.seeds} seeds")
        seeds = bench.steps(range(config.seeds), f"{kind}, seeds")
        runs = [witness(points, seed, config, **settings(kind, config)) for seed in seeds]
        keep_runs(bench, kind, runs)
        measurements[kind] = shares(runs) | {"points": len(points)}
        if kind in ("enlarged", "near"):
            figure = persistence_figure(runs[0].diagrams[2], runs[0].curves[2], (1, 2, 1), f"{len(points):,} points")
            bench.figure(kind, figure, f"{kind}: {len(points)} points, seed 0, Z/2, over [0, R/2].")
    return measurements


def persist_draws(control, kind, drawn, config, bench) -> dict:
    """Draws of a control: the seeds take turns on them. Too few points for the landmarks is an answer, not an error."""
    chosen, name = settings(kind, config), f"{control}.{kind}"
    counts = {"points": list(map(len, drawn))}
    if min(map(len, drawn)) < 2 * chosen["landmarks"]:
        nothing = [{"0,0,0": 1.0}] * config.seeds  # hardly a point of the control lies there: no homology to speak of
        return {"z2": nothing, "z3": nothing} | counts
    seeds = bench.steps(range(config.seeds), f"{name}, seeds")
    runs = [witness(drawn[seed % config.draws], seed, config, **chosen) for seed in seeds]
    keep_runs(bench, name, runs)
    return shares(runs) | counts


def shares(runs) -> dict:
    return {f"z{field}": [run_shares(run.curves[field]) for run in runs] for field in (2, 3)}


def sweep_tau(patches, distances, config) -> list[dict]:
    rows = []
    for tau in config.sweep_tau:
        points = patches[distances <= tau]
        row = {"tau": tau, "points": len(points)}
        rows.append(row | klein_row(points, config.near.landmarks, config))
    return rows


def sweep_landmarks(sets, config) -> list[dict]:
    ways = {"outside the core": sets["enlarged"], "anywhere": sets["enlarged_anywhere"]}
    return [
        {"nearest data": way, "points": len(points), "landmarks": count} | klein_row(points, count, config)
        for way, points in ways.items()
        for count in config.sweep_landmarks
    ]


def klein_row(points, landmarks, config) -> dict:
    """How the Klein bottle's Betti vectors fare over all seeds."""
    runs = [witness(points, seed, config, landmarks) for seed in range(config.seeds)]
    row = {"median R": round(float(np.median([run.covering_radius for run in runs])), 3)}
    for field, vector in ((2, "1,2,1"), (3, "1,1,0")):
        found = [run_shares(run.curves[field]) for run in runs]
        longest = sum(max(seed, key=seed.get) == vector for seed in found)
        share = float(np.median([seed.get(vector, 0) for seed in found]))
        row |= {f"({vector.replace(',', ', ')}) over Z/{field} longest": f"{longest} of {len(found)} seeds",
                f"its median run, Z/{field}": round(share, 3)}  # fmt: skip
    return row

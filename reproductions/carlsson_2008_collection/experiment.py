"""The published claims on all disjoint subsets of 50,000 of a collection as large as the published one.

The patches are drawn from the photographs at hand, or from a folder of van Hateren's stills. Each subset is analysed in
its turn by one of several processes and kept, so that a run that was cut off goes on.
"""

import contextlib
import hashlib
import json
import time
from pathlib import Path

import numpy as np

from reproductions._shared import withheld
from reproductions.carlsson_2008_collection.collection import Collection, collect
from tdabench import paths
from tdabench.data.readers import image, image_files
from tdabench.errors import BadInput, DataMissing
from tdabench.patches.circles import three_circle_graph
from tdabench.patches.controls import gaussian_like
from tdabench.patches.density import approximate_codensity, codensity, codensity_within, densest
from tdabench.patches.extract import prepare
from tdabench.patches.pictures import circle_figure
from tdabench.processes import pool
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import in_words, most_read, run_shares

CLAIMED = {300: "1,1", 15: "1,5"}


def measure(config, bench):
    files, rows = photographs(config, bench), []
    if not config.complete:
        return withheld(config)
    measurements = {"subsets": {}, "about": {}}
    for arm, blur in config.blurs.items():
        began = time.monotonic()
        collection = gathered(files, blur, config, bench)
        took = time.monotonic() - began
        subsets = min(config.subsets, len(collection.points()) // config.subset_size)
        if not subsets:
            count = len(collection.points())
            raise BadInput(f"photographs: {count:,} patches are fewer than one subset of {config.subset_size:,}.")
        bench.progress(f"{arm}: {len(collection.points()):,} patches of {len(files)} images; {subsets} subsets")
        found = analyse(collection, [(number, "data") for number in range(subsets)], config, bench)
        controls = analyse(collection, [(number, "gaussian") for number in range(config.gaussians)], config, bench)
        bench.keep(arm, **{f"graph{k}": [entry[f"graph{k}"] for entry in found] for k in CLAIMED})
        core = core_of(collection, 0, 15, config)
        title = f"{arm}: X(15,{config.percent:g}) of the first subset"
        bench.figure(f"circles {arm}", circle_figure(core, title), f"{title}, on (e1, e2), with 24 of its patches.")
        measurements["subsets"][arm] = {f"k{k}": [entry[f"k{k}"] for entry in found] for k in CLAIMED} | {
            "gaussian": {f"k{k}": [entry[f"k{k}"] for entry in controls] for k in CLAIMED}
        }
        rows += [row(arm, k, found, controls, config) for k in CLAIMED]
        seconds = sum(entry["seconds"] for entry in found) / bench.threads
        measurements["about"][arm] = "; ".join([
            f"{len(collection.points()):,} patches of {len(files)} images, gathered in {took:.0f} s",
            f"{subsets} subsets of {config.subset_size:,} in {seconds:.0f} s on {bench.threads} threads",
            *(f"X({k},30): {share_in_words(holding(found, k, config), subsets)}" for k in CLAIMED),
        ])  # fmt: skip
        if arm == config.scales_on:
            measurements |= scales(collection, config, bench)
    measurements["about"]["all"] = "; ".join(f"{arm}: {about}" for arm, about in measurements["about"].items())
    bench.table("subsets", "On how many disjoint subsets each claim holds", rows)
    return measurements


def photographs(config, bench) -> list[Path]:
    """The user's own images, else those of every source that is here."""
    if config.own_images:
        return image_files(config.own_images)
    found = []
    for name in config.sources:
        with contextlib.suppress(DataMissing):
            found += bench.files(name)
    if not found:
        raise DataMissing(f"photographs: none of {', '.join(config.sources)} is here; own_images=FOLDER takes others.")
    return found


def gathered(files, blur, config, bench) -> Collection:
    """The collection, from the store if it has been gathered before."""
    told = [[(str(path), path.stat().st_size) for path in files], blur, config.patches, config.contrast_percent]
    name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    file = bench.store / "patches" / f"{name}.npy"
    if file.exists():
        return Collection(file)
    prepared = (prepare(image(path), blur) for path in files)
    return collect(prepared, len(files), config.patches, file, config.contrast_percent, 0, bench.progress)


def analyse(collection, asked, config, bench) -> list[dict]:
    """What became of each (subset, kind), in the order asked; those that the store has are not analysed again."""
    keys = ("subset_size", "percent", "landmarks", "nu", "range_share", "tube", "link")
    settings = {key: config[key] for key in keys}
    name = hashlib.sha256((json.dumps(settings) + collection.file.name + code()).encode()).hexdigest()[:16]
    store = bench.store / "patches" / f"{collection.file.stem}-{name}"
    store.mkdir(parents=True, exist_ok=True)
    places = {one: store / f"{one[1]}{one[0]}.json" for one in asked}
    missing = [one for one, place in places.items() if not place.exists()]
    # On a cluster the points travel: another node has neither the photographs nor the collection.
    source = collection if config.spread == pool.HERE else None
    inputs = [(source or collection.subset(one[0], config.subset_size), *one, settings) for one in missing]
    for count, (place, found) in enumerate(pool.run(one_subset, inputs, bench.threads, config.spread), 1):
        paths.write_atomic(places[missing[place]], json.dumps(found))
        bench.progress(f"{count} of {len(missing)} subsets")
    return [json.loads(places[one].read_text()) for one in asked]


def code() -> str:
    """Digest of what an analysis is made of."""
    library = paths.ROOT / "tdabench"
    files = [*sorted(library.glob("topology/*.py")), *sorted(library.glob("patches/*.py")), Path(__file__)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def one_subset(given, number, kind, settings) -> dict:
    """Codensities, cores, witness persistence and the graph along the ideal circles of one subset, given as points or
    as the collection that it is of."""
    began = time.monotonic()
    points = given.subset(number, settings["subset_size"]) if isinstance(given, Collection) else given
    if kind == "gaussian":
        points = gaussian_like(points, number)
    deltas = codensity_within(points, points, list(CLAIMED)).T
    found: dict = {}
    for k, delta in zip(CLAIMED, deltas, strict=True):
        core = points[densest(delta, settings["percent"])]
        found[f"k{k}"] = reading(core, settings)
        found[f"graph{k}"] = three_circle_graph(core, settings["tube"], settings["link"])["b1"]
    return found | {"seconds": time.monotonic() - began}


def core_of(collection, number, k, config) -> np.ndarray:
    points = collection.subset(number, config.subset_size)
    return points[densest(codensity_within(points, points, k), config.percent)]


def reading(core, settings) -> dict:
    how = settings["landmarks"], settings["nu"], settings["range_share"]
    return run_shares(lazy_witness_persistence(core, *how, seed=0).curves[2])


def holding(found, k, config) -> int:
    """Subsets on which the claimed vector has the longest run of all, over enough of the range."""
    shares = [entry[f"k{k}"] for entry in found]
    return sum(max(seed, key=seed.get) == CLAIMED[k] and seed[CLAIMED[k]] >= config.run for seed in shares)


def share_in_words(count: int, of: int) -> str:
    """With Wilson's interval of 95 %."""
    low, high = wilson(count, of)
    return f"holds on {count} of {of} subsets ({low:.0%} to {high:.0%})"


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    middle, spread = count + z * z / 2, z * np.sqrt(count * (of - count) / of + z * z / 4)
    return float(max(middle - spread, 0) / (of + z * z)), float(min((middle + spread) / (of + z * z), 1))


def row(arm, k, found, controls, config) -> dict:
    vector, count, share = most_read([entry[f"k{k}"] for entry in found])
    graphs = [entry[f"graph{k}"] for entry in found]
    low, high = wilson(holding(found, k, config), len(found))
    return {
        "photographs": arm, "core": f"X({k},{config.percent:g})", "claimed": in_words(CLAIMED[k]),
        "holds on": f"{holding(found, k, config)} of {len(found)}", "95 % interval": f"{low:.2f} to {high:.2f}",
        "read most often": f"{in_words(vector)}, on {count}", "its median run": round(share, 2),
        "b1 of the graph along the circles": f"{min(graphs)} to {max(graphs)}",
        "holds in the Gaussian": f"{holding(controls, k, config)} of {len(controls)}",
    }  # fmt: skip


def scales(collection, config, bench) -> dict:
    """k = 300 belongs to 50,000 points. The same scale on all of M, k/n = 0.6 %, against a subset's; and what
    approximate neighbours change."""
    points, subset = collection.points(), collection.subset(0, config.subset_size)
    some = np.random.default_rng(0).choice(len(subset), config.queries, replace=False)
    near = codensity(subset, 300, bench.threads)
    whole = codensity_within(subset[some], points, round(300 / config.subset_size * len(points)))
    error = np.abs(near[some] / whole - 1)
    bench.table("scale", "Codensity of a subset (k = 300) against all of M at the same k/n", [{
        "points of M": len(points), "k": round(300 / config.subset_size * len(points)), "asked for": len(some),
        "median relative error": float(np.median(error)), "95 % of errors below": float(np.quantile(error, 0.95)),
        "rank correlation": float(np.corrcoef(np.argsort(np.argsort(near[some])), np.argsort(np.argsort(whole)))[0, 1]),
    }])  # fmt: skip
    rows = []
    for k in CLAIMED:
        began = time.monotonic()
        found, recall = approximate_codensity(subset, k, 0, bench.threads)
        took = time.monotonic() - began
        exact = near if k == 300 else codensity(subset, k, bench.threads)
        cores = [subset[densest(delta, config.percent)] for delta in (exact, found)]
        shared = len(np.intersect1d(densest(exact, config.percent), densest(found, config.percent)))
        vectors = [max(shares, key=shares.get) for shares in (reading(core, config) for core in cores)]
        rows.append({
            "k": k, "recall": recall, "seconds": round(took, 1), "share of the core that stays": shared / len(cores[0]),
            "read exactly": in_words(vectors[0]), "read approximately": in_words(vectors[1]),
        })  # fmt: skip
    bench.table("approximate", "Approximate neighbours (pynndescent): recall, and what they change", rows)
    same = [entry["read exactly"] == entry["read approximately"] for entry in rows]
    return {"scale": {"error": float(np.median(error))}, "approximate": {"same": float(np.mean(same))}}

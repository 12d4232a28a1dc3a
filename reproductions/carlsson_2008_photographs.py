"""Primary circle and three circles from photographs (the protocol of Carlsson et al. 2008 from the pixels on).

Every source is taken as it is and blurred, each beside its phase-randomised images; Gaussian random fields stand beside
all of them; a study changes one thing at a time to see what the two structures hang on.
"""

import numpy as np

from reproductions._shared import keep_runs
from tdabench.claims.measurements import NOT_RUN, key
from tdabench.data.readers import image_folder
from tdabench.patches.circles import three_circle_graph
from tdabench.patches.controls import phase_randomised, random_field
from tdabench.patches.density import codensity, densest
from tdabench.patches.extract import averaged_over_neighbours, high_contrast_patches, prepare
from tdabench.patches.pictures import circle_figure
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import in_words, most_read, run_shares

CLAIMED = {300: ("circle", "1,1"), 15: ("three circles", "1,5")}
FIELD_SHAPE, FIELD_COUNT = (512, 512), 10
AS_IT_IS = {"blur": 0.0, "bits": None, "image_count": None, "neighbours": 0, "phase": False}


def measure(config, bench):
    measurements, rows, scales, sources = {}, [], [], {}
    for name in ("shipped_photographs", "kodak", "bsds500", "van_hateren", "own"):
        images, reason = load(name, config, bench)
        if images is None:
            absent = {f"k{k}": {NOT_RUN: reason} for k in CLAIMED}
            measurements[name] = nested(dict.fromkeys(arms(config), absent))
            continue
        sources[name], title, readings = images, name.replace("_", " "), {}
        for arm, given in arms(config).items():
            taken = ", ".join(arm) or "as they are"
            bench.progress(f"{title}, {taken}: {len(images)} images")
            points = sphere_points(images, config, AS_IT_IS | given)
            ks = config.scales if taken == "as they are" else CLAIMED
            runs, cores = runs_by_k(points, ks, config, bench)
            for k in CLAIMED:
                keep_runs(bench, ".".join([name, *arm, f"k{k}"]), runs[k])
            readings[arm] = {f"k{k}": betti_shares(runs[k]) for k in CLAIMED}
            rows.append({"images": title, "taken": taken} | row(runs))
            if taken == "as they are":
                scales += [{"images": title, "k": k} | reading(runs[k]) | graph(cores[k], config) for k in ks]
            if taken == "blurred":
                figure = circle_figure(cores[300], f"{title}, blurred: X(300,30)")
                bench.figure(f"circle_{name}", figure, f"X(300,30) of {title} on (e1, e2), with 24 of its patches.")
        measurements[name] = nested(readings)
    measurements["fields"] = {}
    for exponent in config.exponents:
        bench.progress(f"random fields 1/f^{exponent:g}")
        fields = [random_field(FIELD_SHAPE, exponent, seed) for seed in range(FIELD_COUNT)]
        points = sphere_points(fields, config, AS_IT_IS, logarithmic=True)
        runs, _ = runs_by_k(points, CLAIMED, config, bench)
        measurements["fields"][key(exponent)] = {f"k{k}": betti_shares(runs[k]) for k in CLAIMED}
        rows.append({"images": f"random field 1/f^{exponent:g}", "taken": "as they are"} | row(runs))
    bench.table("sources", "Each source and its controls", rows)
    bench.table("scales", "Photographs as they are: the Betti vector of X(k,30) from local to global", scales)
    bench.table(
        "study", "What it takes: one thing changed at a time from the blurred arm", study(sources, config, bench)
    )
    return measurements


def load(name, config, bench):
    """Images of one source; None and why not. A user's own folder is there only when it was given."""
    if name != "own":
        images, reason = bench.data_or_reason(name)
        return (None, reason) if images is None else (list(images.values()), "")
    return (list(image_folder(config.own_images).values()), "") if config.own_images else (None, "no own_images given")


def arms(config) -> dict:
    """The ways in which each source is taken: what is done to it -> the settings that this changes."""
    blurred = {"blur": config.blur}
    return {
        (): {},
        ("phase",): {"phase": True},
        ("blurred",): blurred,
        ("blurred", "phase"): blurred | {"phase": True},
    }


def nested(readings) -> dict:
    """Readings by arm, as the claims look at them."""
    blurred = readings["blurred",] | {"phase": readings["blurred", "phase"]}
    return readings[()] | {"phase": readings["phase",], "blurred": blurred}


def sphere_points(images, config, taken, logarithmic=False):
    """The published protocol up to the points of S^7, `config.patches` of them (fewer when images are small)."""
    images = images[: taken["image_count"]]
    prepared = images if logarithmic else [prepare(image, taken["blur"], taken["bits"]) for image in images]
    if taken["phase"]:
        prepared = [phase_randomised(image, seed) for seed, image in enumerate(prepared)]
    percent = taken.get("contrast_percent", config.contrast_percent)
    each = int(np.ceil(1.05 * config.patches * 100 / percent / len(prepared)))
    points = high_contrast_patches(prepared, each, 0, percent, taken.get("cut", config.cut))[: config.patches]
    return averaged_over_neighbours(points, taken["neighbours"]) if taken["neighbours"] else points


def runs_by_k(points, ks, config, bench, landmarks=None):
    """For each k: witness runs over all seeds, and the core X(k, percent)."""
    deltas = codensity(points, list(ks), bench.threads).T
    cores = {k: points[densest(delta, config.percent)] for k, delta in zip(ks, deltas, strict=True)}
    count = landmarks or config.landmarks
    runs = {
        k: [
            lazy_witness_persistence(core, count, config.nu, config.range_share, seed=seed)
            for seed in bench.steps(range(config.seeds), f"k = {k}, seeds")
        ]
        for k, core in cores.items()
    }
    return runs, cores


def betti_shares(runs) -> list[dict]:
    return [run_shares(run.curves[2]) for run in runs]


def reading(runs) -> dict:
    """The Betti vector read on most seeds, and how long it runs there."""
    vector, count, share = most_read(betti_shares(runs))
    return {
        "read": in_words(vector),
        "on": f"{count} of {len(runs)} seeds",
        "median run": round(share, 2),
        "R": round(float(np.median([run.covering_radius for run in runs])), 3),
    }


def graph(core, config) -> dict:
    """Whether the loops are those of the ideal circles: 4 arcs, b1 = 1 for the primary one; 8 arcs, b1 = 5 for all."""
    found = three_circle_graph(core, config.tube, config.link)
    return {"arcs on the circles": found["E"], "their b1": found["b1"], "share near them": round(found["covered"], 2)}


def row(runs) -> dict:
    """Circle at k = 300, three circles at k = 15: on how many seeds, how long, and what is read instead."""
    entries = {}
    for k, (space, vector) in CLAIMED.items():
        shares = betti_shares(runs[k])
        holds = sum(max(seed, key=seed.get) == vector for seed in shares)
        entries |= {
            f"{space}, k = {k}": f"{holds} of {len(shares)}",
            f"its run, k = {k}": round(float(np.median([seed.get(vector, 0) for seed in shares])), 2),
            f"read, k = {k}": in_words(most_read(shares)[0]),
        }
    return entries


def study(sources, config, bench) -> list[dict]:
    """One thing changed at a time, the rest as in the blurred arm."""
    name = next((name for name in config.study.source if name in sources), None)
    rows = []
    changes = [("nothing", ""), *((key, value) for key in config.study.vary for value in config.study[key])]
    for changed, value in changes:
        bench.progress(f"study on {name}: {changed} {value}")
        after = changed in ("nothing", "k", "landmarks")  # these say what is done with the points, not how they come
        taken = AS_IT_IS | {"blur": config.blur} | ({} if after else {changed: value})
        points = sphere_points(sources[name], config, taken)
        ks = [value] if changed == "k" else list(CLAIMED)
        runs, _ = runs_by_k(points, ks, config, bench, value if changed == "landmarks" else None)
        found = row({300: runs[ks[0]], 15: runs[ks[-1]]})
        rows.append({"changed": changed.replace("_", " "), "to": value} | found)
    return rows

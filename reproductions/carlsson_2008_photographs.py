"""Primary circle and three circles from photographs (the protocol of Carlsson et al. 2008 from the pixels on).

Every source is taken as it is and blurred, each beside its phase-randomised images; Gaussian random fields stand beside
all of them; a study changes one thing at a time to see what the two structures hang on.
"""

import numpy as np

from tdabench.bench import keep_runs
from tdabench.data.readers import image_folder
from tdabench.patches.controls import phase_randomised, random_field
from tdabench.patches.density import codensity, densest
from tdabench.patches.extract import averaged_over_neighbours, high_contrast_patches, prepare
from tdabench.patches.pictures import circle_figure
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import run_shares

CLAIMED = {300: "1,1", 15: "1,5"}
FIELD_SHAPE, FIELD_COUNT = (512, 512), 10
DEFAULTS = {"blur": 0.0, "bits": None, "image_count": None, "neighbours": 0, "k": (300, 15), "phase": False}


def measure(config, bench):
    measurements, rows, sources = {}, [], {}
    for name in ("shipped_photographs", "kodak", "bsds500", "van_hateren", "own"):
        images, reason = load(name, config, bench)
        if images is None:
            absent = {"not_run": reason}
            for arm in ("", "blurred.", "phase.", "blurred.phase."):
                measurements |= {f"{name}.{arm}k{k}": absent for k in CLAIMED} if reason else {}
            continue
        sources[name] = images
        for arm, changes in arms(config).items():
            bench.progress(f"{name}, {arm or 'as it is'}: {len(images)} images")
            found, row, points = look(images, config, bench, f"{name}.{arm}", **changes)
            measurements |= found
            rows.append({"images": name.replace("_", " "), "taken": arm.strip(".").replace(".", ", ") or "as they are"} | row)
            if arm == "blurred.":
                figure = circle_figure(points[300], f"{name.replace('_', ' ')}, blurred: X(300,30)")
                bench.figure(f"circle_{name}", figure, "X(300,30) of these photographs on (e1, e2), with 24 of its patches.")
    for exponent in config.fields:
        bench.progress(f"random fields 1/f^{exponent:g}")
        fields = [random_field(FIELD_SHAPE, exponent, seed) for seed in range(FIELD_COUNT)]
        found, row, _ = look(fields, config, bench, f"fields.{exponent}.", logarithmic=True)
        measurements |= found
        rows.append({"images": f"random field 1/f^{exponent:g}", "taken": "as they are"} | row)
    bench.table("sources", "Each source and its controls", rows)
    bench.table("study", "What it takes: one thing changed at a time", study(sources, config, bench))
    return measurements


def load(name, config, bench):
    """Images of one source; None and why not. A user's own folder is there only when it was given."""
    if name != "own":
        images, reason = bench.data_or_reason(name)
        return (None, reason) if images is None else (list(images.values()), "")
    return (list(image_folder(config.own_images).values()), "") if config.own_images else (None, "")


def arms(config) -> dict:
    return {
        "": {},
        "phase.": {"phase": True},
        "blurred.": {"blur": config.blur},
        "blurred.phase.": {"blur": config.blur, "phase": True},
    }


def sphere_points(images, config, changes, logarithmic):
    """The published protocol up to the points of S^7, `config.patches` of them (fewer when the images are too small)."""
    images = images[: changes["image_count"]]
    prepared = images if logarithmic else [prepare(image, changes["blur"], changes["bits"]) for image in images]
    if changes["phase"]:
        prepared = [phase_randomised(image, seed) for seed, image in enumerate(prepared)]
    percent = changes.get("contrast_percent", config.contrast_percent)
    each = int(np.ceil(1.05 * config.patches * 100 / percent / len(prepared)))
    points = high_contrast_patches(prepared, each, 0, percent, changes.get("cut", config.cut))[: config.patches]
    return averaged_over_neighbours(points, changes["neighbours"]) if changes["neighbours"] else points


def look(images, config, bench, name, logarithmic=False, **given):
    """Measurements, a row for the table and the two cores, for one set of images and one way of taking them."""
    changes = DEFAULTS | given
    points = sphere_points(images, config, changes, logarithmic)
    coarse, fine = changes["k"]
    deltas = codensity(points, [coarse, fine], bench.threads).T
    measurements, row, cores = {}, {"patches": len(points)}, {}
    for (claimed, vector), k, delta in zip(CLAIMED.items(), (coarse, fine), deltas, strict=True):
        cores[claimed] = points[densest(delta, config.percent)]
        count = changes.get("landmarks", config.landmarks)
        runs = [
            lazy_witness_persistence(cores[claimed], count, config.nu, config.range_share, seed=seed)
            for seed in range(config.seeds)
        ]
        if name:
            keep_runs(bench, f"{name}k{claimed}", runs)
        shares = [run_shares(run.curves[2]) for run in runs]
        measurements[f"{name}k{claimed}"] = shares
        holds = sum(max(seed, key=seed.get) == vector for seed in shares)
        readings = [max(seed, key=seed.get) for seed in shares]
        row |= {
            f"X({k},{config.percent:g}) R" if not name else f"R, k = {claimed}": round(runs[0].covering_radius, 3),
            f"read most, k = {claimed}": f"({max(set(readings), key=readings.count).replace(',', ', ')})",
            f"({vector.replace(',', ', ')}) longest": f"{holds} of {len(shares)}",
            f"its median run, k = {claimed}": round(float(np.median([seed.get(vector, 0) for seed in shares])), 3),
        }
    return measurements, row, cores


def study(sources, config, bench) -> list[dict]:
    """One thing changed at a time, the rest as in `blurred`."""
    name = next((name for name in config.study.source if name in sources), None)
    if name is None:
        return []
    rows = []
    for changed, values in [("nothing", [""]), *[(key, config.study[key]) for key in config.study if key != "source"]]:
        for value in values:
            bench.progress(f"study on {name}: {changed} {value}")
            given = {"blur": config.blur}
            if changed == "k":
                given["k"] = (int(value), int(value))
            elif changed != "nothing":
                given[changed] = value
            _, row, _ = look(sources[name], config, bench, "", **given)
            named = {key: entry for key, entry in row.items() if not key.startswith("X(")}
            rows.append({"images": name.replace("_", " "), "changed": changed.replace("_", " "), "to": value} | named)
    return rows

"""Every reproduction runs, small, on stand-ins of its data, and measures all that its claims look at."""

import importlib
import inspect
import json
import os
import sys
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist, squareform

from reproductions._shared import withheld
from reproductions.bauer_2021_engines import race
from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.judge import FAILED, NOT_RUN, judge
from tdabench.claims.measurements import at, check, flat
from tdabench.data import shapes
from tdabench.data.ratings import Ratings
from tdabench.data.yelp import Business
from tdabench.embedding import comparison, embed
from tdabench.jobs.bench import Bench, plain
from tdabench.networks import recipe, training
from tdabench.patches.circles import circle_points
from tdabench.patches.controls import random_field
from tdabench.patches.density import core
from tdabench.processes import timing

SMALL = {"seeds": 2, "draws": 1, "points": 400, "patches": 1500, "scales": [15, 300],
         "sweep_tau": [0.4], "sweep_landmarks": [20], "near": {"landmarks": 15}, "enlarged": {"landmarks": 15},
         "ideal": {"thetas": 20, "phis": 40, "landmarks": 20}, "shuffles": 5, "least_mutations": 1,
         "stability": {"intervals": [4, 5], "overlaps": [0.5], "cuts": ["histogram"], "repeats": 3},
         "stop_after": None, "small": {"filters": 32, "seeds": 1}, "large": {"filters": 32, "seeds": 1, "epochs": 1},
         "statistics": 3, "complete": True, "needs_control": False, "networks": 4, "iterations": 3, "landmarks": 40,
         "short": 2, "subsets": {"hundredth": 60, "tenth": 80},
         "crop": [10, 60, 10, 60], "validation": 40, "long": 4, "long_seeds": 1, "timing_rounds": 1, "halves": 2,
         "methods": ["pca", "mapper", "lle", "spectral", "modified_lle", "ltsa"], "rounds": 1, "generated": [120],
         "films": 80, "users": 300, "ratings": 2500, "sizes": [200, 500], "judged_from": 200,
         "further": ["modified_lle"], "control": {"rows": 120},
         "subset_size": 400, "queries": 5, "random": 8,
         "drawn": {"curves": 40, "surfaces": 40, "k300": 40, "k15": 40, "judged": 30},
         "sets": dict.fromkeys(("mnist", "svhn"), {
             "iterations": 6, "long": 9, "finalists": 1, "precision": "float32", "levels": [0.01, 0.02],
             "standard": [1, 2], "grid": {"batches": [20], "rates": {"adam": [0.001], "sgd": [0.01]}}})}  # fmt: skip

# An accuracy, in three iterations; the sizes that a claim names, and Betti numbers, in a run of a few hundred points;
# products in bfloat16, where the processor does not take them.
UNREACHED = ("neither arm reached", "no level was reached", "too few points in this run",
             "is not read before any method", "no hardware for bfloat16")  # fmt: skip


def diabetes(random):
    kinds = np.repeat(["Normal", "Chemical_Diabetic", "Overt_Diabetic"], [76, 36, 33])
    far = (kinds != "Normal")[:, None] * np.abs(random.normal(200, 150, (145, 5)))
    table = random.normal(200, 40, (145, 5)) + far * np.where(kinds[:, None] == "Overt_Diabetic", [1, 1, 3, -1, 1], 1)
    return dict(zip(("rw", "fpg", "ga", "ina", "sspg"), table.T, strict=True)) | {"cc": kinds}


def tumours(random):
    clinical = ("barcode", "Patient", "ID", "survival", "timerecurrence", "chemo", "hormonal", "amputation", "histtype",
                "age", "diam", "posnodes", "grade", "angioinv", "lymphinfil", "esr1")  # fmt: skip
    genes = {f"NM_{number:06}": random.normal(size=60) for number in (5375, 125, *range(20))}
    return {name: random.normal(size=60) for name in clinical} | {"eventdeath": random.integers(0, 2, 60) * 1.0} | genes


def spectra(random):
    kinds = random.integers(0, 4, 200)
    rates = random.gamma(0.3, 10, (4, 96))
    channels = np.array([f"channel {k}" for k in range(96)])
    return {"spectra": random.poisson(rates[kinds]) * 1.0, "type": np.array(list("abcd"))[kinds], "channel": channels}


def meshes(random):
    return {"horse": random.normal(size=(300, 3)) * [3, 1, 1]}


def labelled_images(random, shape=(28, 28)):
    parts = {}
    for part, count in (("train", 160), ("test", 60)):
        parts[f"{part}_x"] = random.integers(0, 256, (count, *shape), dtype=np.uint8)
        parts[f"{part}_y"] = random.integers(0, 10, count)
    return parts | {"note": ""}


def kernels(random, names):
    return {name: random.normal(size=(12, 10, 3, 3)) for name in names}


def vgg16(random):
    blocks = enumerate((2, 2, 3, 3, 3), 1)
    names = [f"block{block}_conv{k + 1}_W" for block, count in blocks for k in range(count)]
    return kernels(random, names) | {"note": "stand-in"}


def businesses(random):
    trades, answers = np.array(["Restaurants", "Shopping", "Food"]), np.array(["yes", "no"])
    rows = np.empty(150, dtype=object)
    rows[:] = [
        Business(f"id{place}", "", "", "", *random.normal(size=2), random.integers(2, 11) / 2, place,
                 bool(random.integers(2)), (trades[random.integers(3)],), (("WiFi", answers[random.integers(2)]),),
                 ((9.0, 9 + random.uniform(1, 12)),) * random.integers(1, 8))
        for place in range(150)
    ]  # fmt: skip
    return {"businesses": rows, "reading": np.array(["150 read"]), "note": "stand-in"}


def ratings(random, genres):
    stars = csr_array((random.integers(1, 6, (120, 80)) * (random.random((120, 80)) < 0.6)).astype(np.int8))
    films, users = (np.arange(size) for size in stars.shape)
    titles = np.array([f"film {film}" if genres else "" for film in films], dtype=object)
    listed = np.array(random.choice(["Drama", "Drama|Crime", ""], 120), dtype=object) if genres else None
    found = np.empty(1, dtype=object)
    found[0] = Ratings(stars, films, users, titles, np.full(120, 1990.0), listed)
    return {"ratings": found, "reading": np.array(["read"]), "note": "stand-in"}


def clouds(random):
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        files = [cloud.file for cloud in compose("config", ["reproduction=bauer_2021_engines"]).clouds.values()]
    return {file: squareform(pdist(random.normal(size=(14, 3)))) for file in [*files, "projective_plane.csv"]}


def timed_here(work, task, limits):
    """As embedded_here, of any work."""
    module, _, function = work.partition(":")
    _, call, keep = getattr(importlib.import_module(module), function)(task)
    began = time.perf_counter()
    done = call()
    return timing.Timing(time.perf_counter() - began, 0.1, 100.0, 10.0, keep(done))


NAMES = [entry.name for entry in pages.reproductions()]
class ExactNeighbours:
    """In place of pynndescent's index of approximate ones, which compiles for a minute."""

    def __init__(self, points, **options):
        self.tree = cKDTree(points)

    def query(self, points, k, epsilon):
        return self.tree.query(points, k=k)[::-1]


TABLES = {"ph_benchmark": clouds, "diabetes": diabetes, "nki": tumours, "tcga": spectra, "meshes": meshes,
          "mnist": labelled_images,
          "fashion_mnist": labelled_images, "cifar10": partial(labelled_images, shape=(32, 32, 3)),
          "svhn": partial(labelled_images, shape=(32, 32)),
          "yelp": businesses, "netflix": partial(ratings, genres=False), "movielens": partial(ratings, genres=True),
          "movielens_large": partial(ratings, genres=True),
          "usps": partial(labelled_images, shape=(16, 16)), "vgg16_imagenet": vgg16,
          "resnet_cifar10": partial(kernels, names=("resnet20/conv1.weight",)),
          "squeezenet_imagenet": partial(kernels, names=("fire2/expand3x3_W",))}  # fmt: skip


def embedded_here(points, method, options, dimensions, neighbours, seed, limits, output):
    """In place of a process for each measurement, whose start takes longer than what it measures here."""
    began = time.perf_counter()
    try:
        embedded = embed(method, np.load(points), dimensions, neighbours, seed, **options)
    except Exception as error:
        return timing.Timing(kind=timing.ERROR, reason=str(error)), None
    embedded.save(output)
    return timing.Timing(time.perf_counter() - began, 0.1, 100.0, 10.0, embedded.stages), embedded


class StandIns(Bench):
    """Serves small generated data in place of the catalogue's."""

    def files(self, name):
        for image, values in self.data(name).items():
            Image.fromarray((255 * values / values.max()).astype(np.uint8)).save(self.folder / f"{image}.png")
        return sorted(self.folder.glob("*.png"))

    def data(self, name):
        if name == "natural_patches":
            points = circle_points(2000, 0.3, 0)
            return {"n50000Dct": points} | {f"nk{k}c30Dct": core(points, k, 30) for k in (15, 300)}
        if name in TABLES:
            return TABLES[name](np.random.default_rng(0))
        return {name: np.exp(random_field((80, 80), 1.5, seed)) for seed, name in enumerate(("camera", "rocket"))}


def _arrays(file):
    """Names and bytes of the arrays of a file: of the file itself, a zip, only the dates would differ."""
    with np.load(file, allow_pickle=False) as arrays:
        for name in sorted(arrays):
            yield name.encode() + arrays[name].tobytes()


def page(name):
    return importlib.import_module(f"reproductions.{name}")


WITHHOLDING = [name for name in NAMES if "withheld(" in inspect.getsource(page(name).measure)]


def small(name, folder):
    """The configuration of a page on tiny settings; the user's own input, if it takes one, is made in the folder."""
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        config = compose("config", [f"reproduction={name}"])
    OmegaConf.set_struct(config, False)
    if "network" in config and config.get("own"):
        weights = np.random.default_rng(0).normal(size=(16, 8, 3, 3))
        torch.save({"features.0.weight": torch.from_numpy(weights)}, folder / "network.pt")
        config.network.weights = str(folder / "network.pt")
    elif config.get("own"):
        np.save(folder / "circle.npy", shapes.circle(300, 0))
        config["table" if "table" in config else "points"].path = str(folder / "circle.npy")
    for key, value in SMALL.items():
        if key in config and OmegaConf.is_dict(config[key]) == isinstance(value, dict):
            config[key] = OmegaConf.merge(config[key], value) if isinstance(value, dict) else value
    of_sets = [chosen.get("recipe") for chosen in config.get("sets", {}).values()]
    for chosen in (config.get("recipe"), *config.get("recipes", {}).values(), *of_sets):
        if chosen and "dense" in chosen.model:
            chosen.update(batch=50, snapshot_every=1)
            sizes = {"slices": 16} if "slices" in chosen.model else {"filters": [48, 4]}
            chosen.model.update(dense=8, **sizes)
    if OmegaConf.is_list(OmegaConf.select(config, "mapper.intervals")):
        config.mapper.intervals = [4, 5]
    return config


def measured(name, folder):
    """A page's small configuration, and what it measures with that; the rest is in the folder."""
    config = small(name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "measure", embedded_here)
        patch.setattr(race, "timed", timed_here)
        patch.setitem(sys.modules, "pynndescent", SimpleNamespace(NNDescent=ExactNeighbours))
        return config, check(plain(page(name).measure(config, StandIns(folder, 1, folder / "store"))))


def outcome(measurements, folder):
    """All that two runs have to agree on: test_determinism.py."""
    raw = {file.name: sha256(b"".join(_arrays(file))).hexdigest() for file in sorted(folder.glob("raw/*.npz"))}
    tables = {file.stem: json.loads(file.read_text())["rows"] for file in sorted(folder.glob("tables/*.json"))}
    return {"measurements": measurements, "raw": raw, "tables": tables}


@pytest.fixture(scope="module", params=NAMES)
def small_run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    config, measurements = measured(request.param, folder)
    if kept := os.environ.get("TDABENCH_SMALL_RUNS"):  # of test_determinism.py
        Path(kept, f"{request.param}.json").write_text(json.dumps(outcome(measurements, folder)))
    return OmegaConf.to_container(config, resolve=True), measurements, folder


def test_measurements_survive_json_as_they_are(small_run):
    _, measurements, _ = small_run
    assert json.loads(json.dumps(measurements)) == measurements


def test_what_a_smaller_run_withholds_is_measured_here(small_run):
    config, measurements, _ = small_run
    if config["name"] in WITHHOLDING:
        for path in flat(withheld(OmegaConf.create(config))):
            assert path in flat(measurements) or at(measurements, path) is not None


def test_every_claim_is_judged(small_run):
    config, measurements, _ = small_run
    for claim in config["claims"]:
        verdict = judge(claim, measurements)
        if not any(reason in verdict.reason for reason in UNREACHED):
            assert verdict.verdict not in (FAILED, NOT_RUN), (claim["id"], verdict.reason)
        for name, control in verdict.controls.items():
            assert control.measured is not None, (claim["id"], name, control.detail)


def test_raw_output_figures_and_tables_are_kept(small_run):
    _, _, folder = small_run
    assert list((folder / "raw").glob("*.npz"))
    figures = list((folder / "figures").glob("*.png"))
    assert figures and all(path.with_suffix(".txt").read_text() for path in figures)
    for path in (folder / "tables").glob("*.json"):
        table = json.loads(path.read_text())
        assert table["title"] and table["rows"]


class Idle(StandIns):
    """Takes no raw output: there is none before the work."""

    def keep(self, name, **arrays):
        pytest.fail(f"{name} was measured")


@pytest.mark.parametrize("name", WITHHOLDING)
def test_a_run_too_small_to_judge_says_so_before_the_work(name, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_train_missing", lambda *given: pytest.fail("networks were trained"))
    config = small(name, tmp_path)
    config.update({"stop_after": 60} if "stop_after" in config else {"complete": False})
    measurements = plain(page(name).measure(config, Idle(tmp_path, 1, tmp_path / "store")))
    assert set(flat(withheld(config))) <= set(flat(measurements))
    for claim in OmegaConf.to_container(config.claims, resolve=True):
        verdict = judge(claim, measurements)
        assert verdict.verdict != FAILED
        assert verdict.verdict != NOT_RUN or "take profile=paper" in verdict.reason


def test_without_hardware_for_bfloat16_the_precisions_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "multiplies_bfloat16", lambda device: False)
    config = small("carlsson_2018_calibration", tmp_path)
    measurements = page(config.name).measure(config, StandIns(tmp_path, 1, tmp_path / "store"))
    claims = {claim["id"]: claim for claim in OmegaConf.to_container(config.claims)}
    verdict = judge(claims["B0@precision"], measurements)
    assert verdict.verdict == NOT_RUN and "no hardware for bfloat16" in verdict.reason
    assert judge(claims["B0"], measurements).verdict != NOT_RUN
    assert measurements["chosen"]["mnist"].count("products in float32") == 2

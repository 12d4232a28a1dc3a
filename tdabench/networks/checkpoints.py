"""The store of networks in training: one file a network and goal, replaced whole, with all that became of it.

Networks of one recipe, on the same images, under the same torch, lie in one folder; its recipe.json says which. They
outlive a change of the code that trained them, since many took hours; each knows by which code it was begun, and what
is said of them says when that is not the code that is here.
"""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from tdabench.data.files import read_json, read_torch
from tdabench.errors import BadInput
from tdabench.networks.recipe import Images, Recipe, recipe_digest, torch_version
from tdabench.paths import write_whole
from tdabench.provenance import code


@dataclass(frozen=True)
class Trained:
    """What became of one network.

    seed; iterations: (s,) of the snapshots, the first 0; first_layer: (s, out, in, 3, 3) float32; accuracy, loss: (s,)
    on the evaluated test images; final_accuracy, final_loss: on all test images; weights: name -> array after the last
    iteration; seconds: spent on training; curve: (e, 3), iteration, accuracy and loss wherever the network was
    evaluated, snapshots included; precision: in which its products were really taken; code: by which it was begun.
    """

    seed: int
    iterations: np.ndarray
    first_layer: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray
    final_accuracy: float
    final_loss: float
    weights: dict[str, np.ndarray]
    seconds: float
    curve: np.ndarray
    precision: str
    code: str = ""

    @staticmethod
    def cost(nets: list["Trained"]) -> str:
        """In words, how many networks were trained, for how long (it may have been in an earlier run), and in what."""
        seconds = sum(net.seconds for net in nets)
        spent = f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
        precisions = " and ".join(sorted({net.precision for net in nets}))
        other = sum(net.code != training_code() for net in nets)
        earlier = f", {other} of them by code that has changed since" if other else ""
        return f"{len(nets)} network{'s' * (len(nets) > 1)}, trained in {spent}, products in {precisions}{earlier}"

    def at(self, iteration: int) -> np.ndarray:
        """First layer (out, in, h, w) at the snapshot of that iteration; BadInput with those there are."""
        place = np.flatnonzero(self.iterations == iteration)
        if not len(place):
            known = f"{self.iterations[0]}, {self.iterations[1]}, ... {self.iterations[-1]}"
            raise BadInput(f"iteration {iteration}: there are snapshots of {known}.")
        return self.first_layer[place[0]]


@cache
def training_code() -> str:
    """A digest of the code that trains networks."""
    modules = code(["tdabench.networks.training"])
    own = {name: digest for name, digest in modules.items() if name.startswith("tdabench.networks")}
    return sha256(json.dumps(own).encode()).hexdigest()


def folder_of(store, recipe: Recipe, images: Images) -> Path:
    """The folder of a recipe on some images, made where it is not there."""
    folder = Path(store) / recipe_digest(recipe, images)
    folder.mkdir(parents=True, exist_ok=True)
    about = {"torch": torch_version(), "images": images.digest()} | asdict(recipe)
    write_whole(folder / "recipe.json", json.dumps(about, indent=1))
    return folder


def other_versions(folder: Path, seed: int) -> set[str]:
    """Other versions of torch under which the same network was trained: same recipe, same images."""
    own, versions = read_json(folder / "recipe.json"), set()
    for path in folder.parent.glob("*/recipe.json"):
        # What is damaged, or from before the version was written down, says nothing.
        with contextlib.suppress(BadInput, LookupError, TypeError):
            other = read_json(path)
            same = other == own | {"torch": other["torch"]}
            if same and path.parent != folder and any(path.parent.glob(f"seed-{seed:04}-*.pt")):
                versions.add(other["torch"])
    return versions


def path_of(folder: Path, seed: int, iterations: int, ended: bool) -> Path:
    return folder / f"seed-{seed:04}-{iterations}{'' if ended else '-begun'}.pt"


def farthest(folder: Path, recipe: Recipe, seed: int, iterations: int) -> dict | None:
    """The farthest state of this network on its way to `iterations`, be it of a shorter run, as if there were none."""
    best = None
    for path in folder.glob(f"seed-{seed:04}-*.pt"):
        goal = int(path.stem.split("-")[2])
        if goal > iterations:
            continue  # it may lie beyond, and has no snapshot at the end that is wanted
        state = read(path)
        if state and (best is None or state["iteration"] > best["iteration"]):
            best = state
    if best:
        best.setdefault("evaluations", [])
        best.setdefault("code", "")  # from before that was written down
        best.pop("end", None)
        last = best["snapshots"][-1]
        if last["iteration"] % recipe.snapshot_every:  # the end of a shorter run: on the way an evaluation at most
            best["snapshots"].pop()
            if last["iteration"] in recipe.evaluations(iterations):
                best["evaluations"].append({key: last[key] for key in ("iteration", "accuracy", "loss")})
    return best


def read(path: Path) -> dict | None:
    """A state, or None when there is none or the file is not whole (a full disk): it counts for nothing."""
    try:
        return read_torch(path, "network of the store")
    except BadInput:
        return None


def write(path: Path, state: dict) -> None:
    state = {"code": training_code()} | state  # one that goes on keeps what it was begun by
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        torch.save(state, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def export(folder: Path, recipe: Recipe, net: Trained, iterations: int) -> Path:
    """The weights of a trained network beside its state, as safetensors: reading these runs no code.

    Their metadata say by which model, parameters and seed `tdabench.networks.nets.build` makes the network again.
    """
    path = path_of(folder, net.seed, iterations, ended=True).with_suffix(".safetensors")
    if not path.exists():
        about = {"model": recipe.model, "parameters": json.dumps(recipe.parameters), "seed": str(net.seed)}
        arrays = {name: np.ascontiguousarray(value) for name, value in net.weights.items()}
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            save_file(arrays, partial, about)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def _curve(evaluations) -> np.ndarray:
    return np.array(sorted((at["iteration"], at["accuracy"], at["loss"]) for at in evaluations))


def load(folder: Path, recipe: Recipe, seed: int, iterations: int) -> Trained:
    path = path_of(folder, seed, iterations, ended=True)
    state = read(path)
    if state is None:
        raise BadInput(f"{path}: damaged; remove it, then the same command trains this network again.")
    shots = state["snapshots"]
    return Trained(
        seed,
        np.array([shot["iteration"] for shot in shots]),
        torch.stack([shot["first_layer"] for shot in shots]).numpy(),
        np.array([shot["accuracy"] for shot in shots]),
        np.array([shot["loss"] for shot in shots]),
        state["end"]["accuracy"],
        state["end"]["loss"],
        {name: value.numpy() for name, value in state["network"].items()},
        state["seconds"],
        _curve([*shots, *state.get("evaluations", [])]),
        recipe.precision,
        state.get("code", ""),
    )

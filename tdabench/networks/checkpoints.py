"""The store of networks in training: one file for each network and goal, replaced atomically.

Networks of one recipe, on the same images, under the same torch, share a folder; its recipe.json names all three.
A checkpoint stays valid when the code that trained it changes, since many took hours. It records a digest of that
code, and `Trained.cost` says when the present code differs.
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
from tdabench.paths import write_atomic
from tdabench.provenance import code


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Parameters
    ----------
    seed
        Seed of its weights and of its batches.
    iterations
        (s,), iterations of the snapshots; the first is 0.
    first_layer
        (s, out, in, 3, 3) float32, the kernels of the first convolution.
    accuracy, loss
        (s,), on the evaluated test images.
    final_accuracy, final_loss
        On all test images.
    weights
        Parameter name -> array, after the last iteration.
    seconds
        Spent on training.
    curve
        (e, 3): iteration, accuracy and loss of every evaluation, snapshots included.
    precision
        Of the products, on the device that trained it.
    code
        Digest of the code that began the training.
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
        """A phrase: how many networks, trained for how long (perhaps in an earlier run), in which precision."""
        seconds = sum(net.seconds for net in nets)
        time = f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
        precisions = " and ".join(sorted({net.precision for net in nets}))
        other = sum(net.code != training_code() for net in nets)
        earlier = f", {other} of them by code that has changed since" if other else ""
        return f"{len(nets)} network{'s' * (len(nets) > 1)}, trained in {time}, products in {precisions}{earlier}"

    def at(self, iteration: int) -> np.ndarray:
        """First layer (out, in, h, w) at the snapshot of an iteration; BadInput when there is no such snapshot."""
        place = np.flatnonzero(self.iterations == iteration)
        if not len(place):
            snapshots = f"{self.iterations[0]}, {self.iterations[1]}, ... {self.iterations[-1]}"
            raise BadInput(f"iteration {iteration}: there are snapshots of {snapshots}.")
        return self.first_layer[place[0]]


@cache
def training_code() -> str:
    """A digest of the code that trains networks."""
    modules = code(["tdabench.networks.training"])
    own = {name: digest for name, digest in modules.items() if name.startswith("tdabench.networks")}
    return sha256(json.dumps(own).encode()).hexdigest()


def folder_of(store, recipe: Recipe, images: Images) -> Path:
    """The folder of a recipe on some images, made where it is missing."""
    folder = Path(store) / recipe_digest(recipe, images)
    folder.mkdir(parents=True, exist_ok=True)
    about = {"torch": torch_version(), "images": images.digest()} | asdict(recipe)
    write_atomic(folder / "recipe.json", json.dumps(about, indent=1))
    return folder


def other_versions(folder: Path, seed: int) -> set[str]:
    """Other versions of torch under which this network was trained: same recipe, same images, same seed."""
    own, versions = read_json(folder / "recipe.json"), set()
    for path in folder.parent.glob("*/recipe.json"):
        # Pass over a damaged file, and an old one without the version of torch.
        with contextlib.suppress(BadInput, LookupError, TypeError):
            other = read_json(path)
            same = other == own | {"torch": other["torch"]}
            if same and path.parent != folder and any(path.parent.glob(f"seed-{seed:04}-*.pt")):
                versions.add(other["torch"])
    return versions


def path_of(folder: Path, seed: int, iterations: int, ended: bool) -> Path:
    """The file of a network on its way to `iterations`, or of the finished one."""
    return folder / f"seed-{seed:04}-{iterations}{'' if ended else '-begun'}.pt"


def farthest(folder: Path, recipe: Recipe, seed: int, iterations: int) -> dict | None:
    """The latest state from which a training to `iterations` can continue.

    A shorter training with the same seed counts: its state becomes what a longer one would have had at that point.
    Returns None when there is no state.
    """
    best = None
    for path in folder.glob(f"seed-{seed:04}-*.pt"):
        goal = int(path.stem.split("-")[2])
        if goal > iterations:
            continue  # its state may be too late, and it has no snapshot after `iterations`
        state = read(path)
        if state and (best is None or state["iteration"] > best["iteration"]):
            best = state
    if best:
        best.setdefault("evaluations", [])  # older files have neither
        best.setdefault("code", "")
        best.pop("end", None)
        last = best["snapshots"][-1]
        if last["iteration"] % recipe.snapshot_every:
            # The end of a shorter training: a longer one has at most an evaluation there, no snapshot.
            best["snapshots"].pop()
            if last["iteration"] in recipe.evaluations(iterations):
                best["evaluations"].append({key: last[key] for key in ("iteration", "accuracy", "loss")})
    return best


def read(path: Path) -> dict | None:
    """The state in a file; None when the file is missing, or incomplete, as after a full disk."""
    try:
        return read_torch(path, "network of the store")
    except BadInput:
        return None


def write(path: Path, state: dict) -> None:
    """Write a state atomically. A continued training keeps the code digest that it began with."""
    state = {"code": training_code()} | state
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


def load(folder: Path, recipe: Recipe, seed: int, iterations: int) -> Trained:
    """The finished network; BadInput when its file is damaged."""
    path = path_of(folder, seed, iterations, ended=True)
    state = read(path)
    if state is None:
        raise BadInput(f"{path}: damaged; remove it, then the same command trains this network again.")
    snapshots = state["snapshots"]
    evaluations = [*snapshots, *state.get("evaluations", [])]
    return Trained(
        seed,
        np.array([snapshot["iteration"] for snapshot in snapshots]),
        torch.stack([snapshot["first_layer"] for snapshot in snapshots]).numpy(),
        np.array([snapshot["accuracy"] for snapshot in snapshots]),
        np.array([snapshot["loss"] for snapshot in snapshots]),
        state["end"]["accuracy"],
        state["end"]["loss"],
        {name: value.numpy() for name, value in state["network"].items()},
        state["seconds"],
        np.array(sorted((each["iteration"], each["accuracy"], each["loss"]) for each in evaluations)),
        recipe.precision,
        state.get("code", ""),
    )

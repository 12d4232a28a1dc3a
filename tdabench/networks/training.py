"""Training of many networks for their weights: snapshots on the way, the same numbers after an interruption.

On a CPU a network is one process's work on one thread: two such processes are faster than one network on two threads,
or than several networks as one (benchmarks/training.py). All that becomes of a network lies in one file of the store,
replaced whole at every checkpoint, so a killed run loses a minute and the same command goes on; a longer run goes on
from a shorter one.
"""

import ctypes
import hashlib
import json
import multiprocessing
import os
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from tdabench.errors import BadInput, TdabenchError
from tdabench.networks.models import build

VERSION = 1  # to be raised when a change makes other numbers of the same recipe
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
OPTIMISERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adadelta": torch.optim.Adadelta}
REPORT_S, CHECKPOINT_S = 20.0, 60.0


class Diverged(TdabenchError):
    """A loss or a weight is no longer a number."""


@dataclass(frozen=True)
class Recipe:
    """Everything that the numbers depend on, but the seed and how far the training goes.

    model, parameters: of models.build; optimiser, learning_rate, batch; input: "unit" (pixels over 255) or
    "standardised" (mean 0, standard deviation 1 in each colour over the first 10,000 training images); snapshot_every:
    iterations between snapshots of the first layer; evaluated: the first so many test images are looked at with each
    snapshot (all at the end); precision: "float32", or "bfloat16" for the products (weights stay in float32); device:
    "cpu" or "cuda".
    """

    model: str = "convolutional"
    parameters: dict = field(default_factory=dict)
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    batch: int = 128
    input: str = "standardised"
    snapshot_every: int = 100
    evaluated: int = 2000
    precision: str = "float32"
    device: str = "cpu"

    def check(self) -> None:
        """BadInput when something cannot be trained with."""
        for name, known in (("optimiser", OPTIMISERS), ("precision", PRECISIONS), ("input", ("unit", "standardised"))):
            if getattr(self, name) not in known:
                raise BadInput(f"{name}: one of {', '.join(known)} is needed, not {getattr(self, name)!r}.")
        for name in ("batch", "snapshot_every", "evaluated"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadInput(f"{name}: a whole number from 1 on is needed, not {value!r}.")
        if not 0 < self.learning_rate < np.inf:
            raise BadInput(f"learning_rate: a number above 0 is needed, not {self.learning_rate!r}.")
        if self.device != "cpu" and not (self.device.startswith("cuda") and torch.cuda.is_available()):
            raise BadInput(f"device: {self.device!r} is not here; take device=cpu.")


@dataclass(frozen=True)
class Images:
    """Labelled images: uint8 (n, h, w) or (n, h, w, 3), labels (n,)."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    @classmethod
    def of(cls, loaded: dict) -> "Images":
        """From what a data set of the catalogue loads."""
        return cls(*(np.asarray(loaded[key]) for key in ("train_x", "train_y", "test_x", "test_y")))

    def digest(self) -> str:
        whole = hashlib.sha256()
        for part in (self.train_x, self.train_y, self.test_x, self.test_y):
            whole.update(repr((part.shape, part.dtype.str)).encode())
            whole.update(np.ascontiguousarray(part))
        return whole.hexdigest()

    def tensor(self, pixels: np.ndarray, how: str) -> torch.Tensor:
        """Pixels as the network sees them: float32 (n, channels, h, w), channels last in memory."""
        images = torch.from_numpy(np.ascontiguousarray(pixels)).reshape(*pixels.shape[:3], -1).permute(0, 3, 1, 2)
        images = images.float() / 255
        if how == "standardised":
            mean, deviation = self._moments()
            images = (images - mean) / deviation
        return images.contiguous(memory_format=torch.channels_last)

    def _moments(self):
        pixels = self.train_x.reshape(*self.train_x.shape[:3], -1)
        if not hasattr(self, "_known"):
            some = pixels[:10000].astype(np.float64) / 255
            mean, deviation = some.mean(axis=(0, 1, 2)), some.std(axis=(0, 1, 2))
            known = tuple(torch.tensor(value, dtype=torch.float32).reshape(1, -1, 1, 1) for value in (mean, deviation))
            object.__setattr__(self, "_known", known)
        return self._known


@dataclass(frozen=True)
class Trained:
    """What became of one network.

    seed; iterations: (s,) of the snapshots, the first 0; first_layer: (s, out, in, 3, 3) float32; accuracy, loss: (s,)
    on the evaluated test images; final_accuracy, final_loss: on all test images; weights: name -> array after the last
    iteration; seconds: spent on training.
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

    def at(self, iteration: int) -> np.ndarray:
        """First layer (out, in, h, w) at the snapshot of that iteration; BadInput with those there are."""
        place = np.flatnonzero(self.iterations == iteration)
        if not len(place):
            known = f"{self.iterations[0]}, {self.iterations[1]}, ... {self.iterations[-1]}"
            raise BadInput(f"iteration {iteration}: there are snapshots of {known}.")
        return self.first_layer[place[0]]


def train(
    images: Images, recipe: Recipe, seeds, iterations: int, store, threads: int = 1, report=print
) -> list[Trained]:
    """Train one network for each seed for `iterations`; those in the store are read. In the order of `seeds`.

    store: folder of the files; threads: as many networks at a time, or more threads for one network where there are
    fewer (its sums then come in another order, so the last digits depend on that); report: called with a line now and
    then. Raises Diverged with seed and iteration.
    """
    recipe.check()
    if isinstance(iterations, bool) or not isinstance(iterations, int) or iterations < 1:
        raise BadInput(f"iterations: a whole number from 1 on is needed, not {iterations!r}.")
    if len(images.train_x) < recipe.batch:
        raise BadInput(f"batch: {recipe.batch} is more than the {len(images.train_x)} training images.")
    folder = Path(store) / recipe_digest(recipe, images)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1))
    missing = [seed for seed in seeds if not _file(folder, seed, iterations, ended=True).exists()]
    if missing:
        _train_missing(images, recipe, missing, iterations, folder, threads, report)
    return [_trained(folder, seed, iterations) for seed in seeds]


def recipe_digest(recipe: Recipe, images: Images) -> str:
    """Names the folder of a recipe on some images in the store."""
    whole = json.dumps([VERSION, torch.__version__.split("+")[0], asdict(recipe), images.digest()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _train_missing(images, recipe, seeds, iterations, folder, threads, report) -> None:
    begun = [_start(folder, seed, iterations) for seed in seeds]
    left = iterations * len(seeds) - sum(state["iteration"] for state in begun if state)
    processes = max(1, min(threads, len(seeds)))
    report(f"{len(seeds)} networks, {left} iterations to go, {processes} at a time")
    progress = _Progress(left, report)
    if processes == 1:
        torch.set_num_threads(threads)
        keep_freed_memory()
        for seed in seeds:
            run_network(images, recipe, seed, iterations, folder, progress.one_more)
        return
    context = multiprocessing.get_context("spawn")
    steps = context.Value("q", 0)
    given = images, recipe, folder, steps, threads // processes
    with ProcessPoolExecutor(processes, context, _prepare, given) as pool:
        pending = {pool.submit(_train_one, seed, iterations) for seed in seeds}
        try:
            while pending:
                ended, pending = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
                progress.at(steps.value)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list((pool._processes or {}).values()):
                process.terminate()
            raise


class _Progress:
    """A line now and then: how many iterations, how fast, how long to go."""

    def __init__(self, left: int, report):
        self.left, self.report, self.done = left, report, 0
        self.started = self.said = time.monotonic()

    def one_more(self) -> None:
        self.at(self.done + 1)

    def at(self, done: int) -> None:
        self.done, now = done, time.monotonic()
        if done and now - self.said > REPORT_S:
            self.said, pace = now, (now - self.started) / done
            to_go = _clock((self.left - done) * pace)
            self.report(f"{done} of {self.left} iterations, {1000 * pace:.1f} ms each, {to_go} to go")


def _clock(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


_work: dict = {}  # of a worker process: what it was started with


def _prepare(images, recipe, folder, steps, threads) -> None:
    torch.set_num_threads(threads)
    keep_freed_memory()
    _work.update(images=images, recipe=recipe, folder=folder, steps=steps)


def keep_freed_memory() -> None:
    """Tell glibc not to hand large blocks back to the system: to get them anew at each step takes half of the time."""
    trim_threshold, mmap_max = -1, -4  # malloc.h
    try:
        library = ctypes.CDLL(None)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)
    except (OSError, AttributeError, TypeError):  # another C library
        pass


def _train_one(seed: int, iterations: int) -> None:
    run_network(_work["images"], _work["recipe"], seed, iterations, _work["folder"], _one_more)


def _one_more() -> None:
    """Count an iteration; end this process when the one that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        os._exit(1)
    with _work["steps"].get_lock():
        _work["steps"].value += 1


def run_network(images: Images, recipe: Recipe, seed: int, iterations: int, folder: Path, after_each=None) -> None:
    """Train one network in this process, from where its files stand, up to `iterations`; after_each: called then."""
    network = build(recipe.model, seed, **recipe.parameters).to(recipe.device)
    fused = {"fused": True} if recipe.optimiser == "adam" else {}
    optimiser = OPTIMISERS[recipe.optimiser](network.parameters(), recipe.learning_rate, **fused)
    pixels, labels = torch.from_numpy(images.train_x), _labels(images.train_y)
    test = images.tensor(images.test_x, recipe.input), _labels(images.test_y)
    state = _start(folder, seed, iterations)
    if state:
        network.load_state_dict(state.pop("network"))
        optimiser.load_state_dict(state.pop("optimiser"))
    else:
        state = {"iteration": 0, "seconds": 0.0, "snapshots": [_snapshot(network, test, 0, recipe)]}
    saved, order = time.monotonic(), None
    while state["iteration"] < iterations:
        began = time.monotonic()
        rows, order = _batch(len(pixels), recipe.batch, seed, state["iteration"], order)
        network.train()
        seen = images.tensor(pixels[rows].numpy(), recipe.input).to(recipe.device)
        with _precision(recipe):
            scores = network(seen)
        loss = functional.cross_entropy(scores.float(), labels[rows].to(recipe.device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        state["iteration"] += 1
        ended = state["iteration"] == iterations
        if not torch.isfinite(loss) or (ended and not _finite(network)):
            raise Diverged(f"the network of seed {seed} diverged: its loss is {loss.item()} at iteration "
                           f"{state['iteration']}; take a lower learning_rate.")  # fmt: skip
        state["seconds"] += time.monotonic() - began
        if after_each:
            after_each()
        if state["iteration"] % recipe.snapshot_every == 0 or ended:
            state["snapshots"].append(_snapshot(network, test, state["iteration"], recipe))
        if ended or time.monotonic() - saved > CHECKPOINT_S:
            saved = time.monotonic()
            whole = state | {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            whole |= {"end": _evaluate(network, *test, recipe)} if ended else {}
            _write(_file(folder, seed, iterations, ended), whole)
    _file(folder, seed, iterations, ended=False).unlink(missing_ok=True)


def _finite(network) -> bool:
    return all(bool(torch.isfinite(parameter).all()) for parameter in network.parameters())


def _labels(labels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(labels.astype(np.int64))


def _batch(count: int, batch: int, seed: int, iteration: int, order):
    """Rows of a batch: every epoch goes through the images once, in an order of its own; what is left over after whole
    batches is passed over. order: (epoch, permutation) of the batch before."""
    epoch, place = divmod(iteration, count // batch)
    if order is None or order[0] != epoch:
        order = epoch, torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(count))
    return order[1][place * batch : (place + 1) * batch], order


def _precision(recipe: Recipe):
    kind = torch.device(recipe.device).type
    return torch.autocast(kind, PRECISIONS[recipe.precision], enabled=recipe.precision != "float32")


def _snapshot(network, test, iteration: int, recipe: Recipe) -> dict:
    found = _evaluate(network, test[0][: recipe.evaluated], test[1][: recipe.evaluated], recipe)
    first = next(parameter for parameter in network.parameters() if parameter.ndim == 4)
    return {"iteration": iteration, "first_layer": first.detach().cpu().clone()} | found


def _evaluate(network, images, labels, recipe: Recipe) -> dict:
    network.eval()
    right, loss = 0, 0.0
    with torch.no_grad(), _precision(recipe):
        for start in range(0, len(images), 250):
            wanted = labels[start : start + 250].to(recipe.device)
            scores = network(images[start : start + 250].to(recipe.device)).float()
            right += int((scores.argmax(1) == wanted).sum())
            loss += float(functional.cross_entropy(scores, wanted, reduction="sum"))
    return {"accuracy": right / len(images), "loss": loss / len(images)}


def _file(folder: Path, seed: int, iterations: int, ended: bool) -> Path:
    return folder / f"seed-{seed:04}-{iterations}{'' if ended else '-begun'}.pt"


def _start(folder: Path, seed: int, iterations: int) -> dict | None:
    """The farthest state of this network on its way to `iterations`, be it of a shorter run."""
    best = None
    for path in folder.glob(f"seed-{seed:04}-*.pt"):
        goal = int(path.stem.split("-")[2])
        if goal > iterations:
            continue  # it may lie beyond, and has no snapshot at the end that is wanted
        state = _read(path)
        if state and (best is None or state["iteration"] > best["iteration"]):
            best = state
    if best:
        every = json.loads((folder / "recipe.json").read_text())["snapshot_every"]
        best["snapshots"] = [shot for shot in best["snapshots"] if shot["iteration"] % every == 0]
        best.pop("end", None)
    return best


def _read(path: Path) -> dict | None:
    """A state, or None when there is none or the file is not whole (a full disk): it counts for nothing."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # of the disk, of zip, of torch
        return None


def _write(path: Path, state: dict) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        torch.save(state, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _trained(folder: Path, seed: int, iterations: int) -> Trained:
    path = _file(folder, seed, iterations, ended=True)
    state = _read(path)
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
    )

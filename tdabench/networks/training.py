"""Training of many networks for their weights, with snapshots on the way; an interruption changes no number.

On a CPU one network takes one process with one thread. That is as fast as one network on two threads or several as a
grouped convolution, twice as fast as torch.func, and depends on nothing but the seed (benchmarks/training.py).
The state of a network is one file of the store, replaced atomically at every checkpoint. A killed run therefore loses a
minute, the same command continues it, and a longer training continues a shorter one.
"""

import ctypes
import multiprocessing
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from tdabench.errors import BadInput, TdabenchError
from tdabench.networks import checkpoints
from tdabench.networks.checkpoints import Trained
from tdabench.networks.nets import build
from tdabench.networks.recipe import OPTIMISERS, PRECISIONS, Images, Recipe, torch_version
from tdabench.processes import pool, series

REPORT_S, CHECKPOINT_S = 20.0, 60.0
EVALUATION_BATCH = 250


class Diverged(TdabenchError):
    """A loss or a weight is no longer a number."""


@dataclass(frozen=True)
class Training:
    """One network to train: its recipe, seed and number of batch iterations, and the name of its learning curve."""

    recipe: Recipe
    seed: int
    iterations: int
    name: str = ""


def train(
    images: Images, recipe: Recipe, seeds, iterations: int, store, threads: int = 1, report=print, name: str = ""
) -> list[Trained]:
    """Train one network for each seed. Networks that the store holds are read from it.

    Parameters are those of `train_all`.

    Returns
    -------
    list of Trained
        In the order of `seeds`.

    Raises
    ------
    Diverged
        For the first network that diverged.
    """
    networks = train_all(images, [Training(recipe, seed, iterations, name) for seed in seeds], store, threads, report)
    for network in networks:
        if isinstance(network, Diverged):
            raise network
    return networks


def train_all(images: Images, trainings, store, threads: int = 1, report=print) -> list:
    """Train networks of several recipes. Networks that the store holds are read from it.

    Parameters
    ----------
    images
        Images to train and to test on.
    trainings
        Trainings; one that comes twice is done once.
    store
        Folder of the checkpoints.
    threads
        Networks trained side by side. When there are fewer networks, each takes several threads: its sums then come in
        another order, so its last digits depend on that number.
    report
        Called with a line of text every REPORT_S.

    Returns
    -------
    list
        Trained or Diverged, in the order of `trainings`.
    """
    placed = [(training, _folder(images, training, store)) for training in trainings]
    missing = {_end(*place): place for place in placed if not _end(*place).exists()}
    diverged = _train_missing(images, list(missing.values()), threads, report) if missing else {}
    networks = [
        diverged.get(_end(training, folder))
        or checkpoints.load(folder, training.recipe, training.seed, training.iterations)
        for training, folder in placed
    ]
    for (training, folder), network in zip(placed, networks, strict=True):
        if not isinstance(network, Diverged):
            _end_curve(_curve(images, training), training, folder, network)
    return networks


def _curve(images: Images, training: Training) -> series.Series:
    """The learning curve of a network; one without a file where it was written before."""
    recipe = asdict(training.recipe)
    about = {"seed": training.seed, "iterations": training.iterations, **recipe, "images": images.digest()[:12]}
    return series.begin(f"{training.name or training.recipe.model}, seed {training.seed}", about)


def _end_curve(curve: series.Series, training: Training, folder: Path, network: Trained | None = None) -> None:
    """Write the end of a curve. A `network` from the store gives all of its curve: nobody watched it."""
    if curve.file is None:
        return
    for iteration, accuracy, loss in network.curve if network else []:
        curve.add(iteration, accuracy=accuracy, loss=loss)
    network = network or checkpoints.load(folder, training.recipe, training.seed, training.iterations)
    weights = checkpoints.export(folder, training.recipe, network, training.iterations)
    curve.end(weights=weights, final_accuracy=network.final_accuracy, final_loss=network.final_loss)


def _folder(images: Images, training: Training, store) -> Path:
    """The folder of the training's recipe, made where it is missing; BadInput when the training cannot be done."""
    training.recipe.check()
    if isinstance(training.iterations, bool) or not isinstance(training.iterations, int) or training.iterations < 1:
        raise BadInput(f"iterations: a whole number from 1 on is needed, not {training.iterations!r}.")
    if len(images.train_x) < training.recipe.batch:
        raise BadInput(f"batch: {training.recipe.batch} is more than the {len(images.train_x)} training images.")
    return checkpoints.folder_of(store, training.recipe, images)


def _end(training: Training, folder: Path) -> Path:
    """The file of the finished training."""
    return checkpoints.path_of(folder, training.seed, training.iterations, ended=True)


def _train_missing(images, placed, threads, report) -> dict:
    """Train what is missing. Returns {path of the finished training: Diverged} of those that diverged."""
    states = [
        checkpoints.farthest(folder, training.recipe, training.seed, training.iterations) for training, folder in placed
    ]
    versions = {version for (training, folder), state in zip(placed, states, strict=True) if not state
                for version in checkpoints.other_versions(folder, training.seed)}  # fmt: skip
    if versions:
        report(f"trained under torch {', '.join(sorted(versions))}; here is {torch_version()}: trained again")
    left = sum(training.iterations for training, _ in placed) - sum(state["iteration"] for state in states if state)
    processes = max(1, min(threads, len(placed)))
    report(f"{len(placed)} networks, {left} iterations to go, {processes} at a time")
    progress, diverged = _Progress(left, report), {}
    if processes == 1:
        torch.set_num_threads(threads)
        keep_freed_memory()
        for training, folder in placed:
            if error := _train_one(training, folder, images, progress.one_more):
                diverged[_end(training, folder)] = error
        return diverged
    steps = multiprocessing.get_context("spawn").Value("q", 0)
    prepare = (_prepare, images, steps, threads // processes)
    outcomes = pool.run(_train_one, placed, processes, prepare=prepare, tick=lambda: progress.at(steps.value))
    for number, error in outcomes:
        if error:
            diverged[_end(*placed[number])] = error
    return diverged


class _Progress:
    """Reports every REPORT_S how many iterations are done, how fast, and how long the rest will take."""

    def __init__(self, left: int, report):
        self.left, self.report, self.done = left, report, 0
        self.started = self.reported = time.monotonic()

    def one_more(self) -> None:
        self.at(self.done + 1)

    def at(self, done: int) -> None:
        self.done, now = done, time.monotonic()
        if done and now - self.reported > REPORT_S:
            self.reported, pace = now, (now - self.started) / done
            to_go = _clock((self.left - done) * pace)
            self.report(f"{done} of {self.left} iterations, {1000 * pace:.1f} ms each, {to_go} to go")


def _clock(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


_work: dict = {}  # in a worker process: the images and the shared counter it was started with


def _prepare(images, steps, threads) -> None:
    torch.set_num_threads(threads)
    keep_freed_memory()
    _work.update(images=images, steps=steps)


def keep_freed_memory() -> None:
    """Tell glibc to keep large blocks that were freed: fetching them from the system at each step doubles the time."""
    trim_threshold, mmap_max = -1, -4  # malloc.h
    try:
        library = ctypes.CDLL(None)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)
    except (OSError, AttributeError, TypeError):  # another C library
        pass


def _train_one(training: Training, folder: Path, images: Images | None = None, after_each=None) -> Diverged | None:
    images, after_each = images or _work["images"], after_each or _one_more
    curve = _curve(images, training)
    try:
        run_network(images, training.recipe, training.seed, training.iterations, folder, after_each, curve)
    except Diverged as error:
        curve.end(str(error))
        return error
    _end_curve(curve, training, folder)


def _one_more() -> None:
    """Count an iteration in a process of the pool."""
    with _work["steps"].get_lock():
        _work["steps"].value += 1


def run_network(
    images: Images, recipe: Recipe, seed: int, iterations: int, folder: Path, after_each=None, curve=None
) -> None:
    """Train one network in this process, from its last checkpoint up to `iterations`.

    Parameters
    ----------
    images, recipe, seed, iterations
        See `train_all`.
    folder
        Folder of the recipe's checkpoints.
    after_each
        Called without arguments after each iteration.
    curve
        A Series that gets accuracy and loss wherever the network is evaluated.

    Raises
    ------
    Diverged
        When a loss, or a weight at the end, is not finite.
    """
    curve = curve or series.Series()
    network, optimiser = start(recipe, seed)
    pixels, labels = torch.from_numpy(images.train_x), _labels(images.train_y)
    test = images.tensor(images.test_x, recipe.input), _labels(images.test_y)
    state = checkpoints.farthest(folder, recipe, seed, iterations)
    if state:
        network.load_state_dict(state.pop("network"))
        optimiser.load_state_dict(state.pop("optimiser"))
    else:
        state = {"iteration": 0, "seconds": 0.0, "snapshots": [_snapshot(network, test, 0, recipe)], "evaluations": []}
    for at in sorted([*state["snapshots"], *state["evaluations"]], key=lambda at: at["iteration"]):
        curve.add(at["iteration"], accuracy=at["accuracy"], loss=at["loss"])
    saved, order, schedule = time.monotonic(), None, recipe.evaluations(iterations)
    while state["iteration"] < iterations:
        began = time.monotonic()
        rows, order = _batch(len(pixels), recipe.batch, seed, state["iteration"], order)
        batch = images.tensor(pixels[rows].numpy(), recipe.input).to(recipe.device)
        loss = step(network, optimiser, batch, labels[rows].to(recipe.device), recipe)
        state["iteration"] += 1
        ended = state["iteration"] == iterations
        if not torch.isfinite(loss) or (ended and not _finite(network)):
            raise Diverged(f"the network of seed {seed} diverged: its loss is {loss.item()} at iteration "
                           f"{state['iteration']}; take a lower learning_rate.")  # fmt: skip
        state["seconds"] += time.monotonic() - began
        if after_each:
            after_each()
        if state["iteration"] % recipe.snapshot_every == 0 or ended:
            state["snapshots"].append(at := _snapshot(network, test, state["iteration"], recipe))
            curve.add(at["iteration"], accuracy=at["accuracy"], loss=at["loss"])
        elif state["iteration"] in schedule:
            state["evaluations"].append(at := {"iteration": state["iteration"]} | _evaluate_some(network, test, recipe))
            curve.add(at["iteration"], accuracy=at["accuracy"], loss=at["loss"])
        if ended or time.monotonic() - saved > CHECKPOINT_S:
            saved = time.monotonic()
            checkpoint = state | {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoint |= {"end": _evaluate(network, *test, recipe)} if ended else {}
            checkpoints.write(checkpoints.path_of(folder, seed, iterations, ended), checkpoint)
    checkpoints.path_of(folder, seed, iterations, ended=False).unlink(missing_ok=True)


def start(recipe: Recipe, seed: int):
    """A fresh network and its optimiser."""
    network = build(recipe.model, seed, **recipe.parameters).to(recipe.device)
    fused = {"fused": True} if recipe.optimiser == "adam" else {}
    return network, OPTIMISERS[recipe.optimiser](network.parameters(), recipe.learning_rate, **fused)


def step(network, optimiser, images, labels, recipe: Recipe):
    """One iteration on a batch: images (n, channels, h, w), labels (n,). Returns the loss before the update."""
    network.train()
    with _precision(recipe):
        scores = network(images)
    loss = functional.cross_entropy(scores.float(), labels)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss


def _finite(network) -> bool:
    return all(bool(torch.isfinite(parameter).all()) for parameter in network.parameters())


def _labels(labels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(labels.astype(np.int64))


def _batch(count: int, batch: int, seed: int, iteration: int, order):
    """Rows of a batch, and the order of its epoch.

    Every epoch goes through the `count` images once, in an order of its own. The images that do not fill a last batch
    are passed over. order: (epoch, permutation) of the batch before, None for the first.
    """
    epoch, place = divmod(iteration, count // batch)
    if order is None or order[0] != epoch:
        order = epoch, torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(count))
    return order[1][place * batch : (place + 1) * batch], order


def _precision(recipe: Recipe):
    kind = torch.device(recipe.device).type
    return torch.autocast(kind, PRECISIONS[recipe.precision], enabled=recipe.precision != "float32")


def _snapshot(network, test, iteration: int, recipe: Recipe) -> dict:
    first = next(parameter for parameter in network.parameters() if parameter.ndim == 4)
    return {"iteration": iteration, "first_layer": first.detach().cpu().clone()} | _evaluate_some(network, test, recipe)


def _evaluate_some(network, test, recipe: Recipe) -> dict:
    """`_evaluate` on the first test images."""
    return _evaluate(network, test[0][: recipe.evaluated], test[1][: recipe.evaluated], recipe)


def _evaluate(network, images, labels, recipe: Recipe) -> dict:
    network.eval()
    right, loss = 0, 0.0
    with torch.no_grad(), _precision(recipe):
        for begin in range(0, len(images), EVALUATION_BATCH):
            truth = labels[begin : begin + EVALUATION_BATCH].to(recipe.device)
            scores = network(images[begin : begin + EVALUATION_BATCH].to(recipe.device)).float()
            right += int((scores.argmax(1) == truth).sum())
            loss += float(functional.cross_entropy(scores, truth, reduction="sum"))
    return {"accuracy": right / len(images), "loss": loss / len(images)}

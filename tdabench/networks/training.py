"""Training of many networks for their weights: snapshots on the way, the same numbers after an interruption.

On a CPU a network is one process's work on one thread: that is as fast as one network on two threads or as a grouped
convolution of several, twice as fast as torch.func, and depends on nothing but the seed (benchmarks/training.py). All
that becomes of a network lies in one file of the store, replaced whole at every checkpoint, so a killed run loses a
minute and the same command goes on; a longer run goes on from a shorter one.
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
from tdabench.networks import checkpoints as files
from tdabench.networks.checkpoints import Trained
from tdabench.networks.nets import build
from tdabench.networks.recipe import OPTIMISERS, PRECISIONS, Images, Recipe, torch_version
from tdabench.processes import pool, series

REPORT_S, CHECKPOINT_S = 20.0, 60.0


class Diverged(TdabenchError):
    """A loss or a weight is no longer a number."""


@dataclass(frozen=True)
class Job:
    """One network to be trained. name: what its learning curve is called, apart from the seed."""

    recipe: Recipe
    seed: int
    iterations: int
    name: str = ""


def train(
    images: Images, recipe: Recipe, seeds, iterations: int, store, threads: int = 1, report=print, name: str = ""
) -> list[Trained]:
    """Train one network for each seed for `iterations`; those in the store are read. In the order of `seeds`.

    The rest as for `train_all`, but that the first network to diverge ends it.
    """
    found = train_all(images, [Job(recipe, seed, iterations, name) for seed in seeds], store, threads, report)
    for net in found:
        if isinstance(net, Diverged):
            raise net
    return found


def train_all(images: Images, jobs, store, threads: int = 1, report=print) -> list:
    """What became of each job, in their order: Trained, read where the store has it, or Diverged.

    store: folder of the files; threads: as many networks at a time, or more threads for one network where there are
    fewer (its sums then come in another order, so the last digits depend on that); report: called with a line now and
    then. Learning curves go to tdabench.processes.series, while a network is trained or when it is read.
    """
    placed = [(job, _folder(images, job, store)) for job in jobs]
    missing = {_end(*at): at for at in placed if not _end(*at).exists()}  # a job that comes twice is done once
    lost = _train_missing(images, list(missing.values()), threads, report) if missing else {}
    nets = [lost.get(_end(*at)) or files.load(at[1], at[0].recipe, at[0].seed, at[0].iterations) for at in placed]
    for (job, folder), net in zip(placed, nets, strict=True):
        if not isinstance(net, Diverged):
            _show(_curve(images, job), job, folder, net)
    return nets


def _curve(images: Images, job: Job) -> series.Series:
    """The learning curve of a network, as it is watched; one that goes nowhere where it was written before."""
    about = {"seed": job.seed, "iterations": job.iterations, **asdict(job.recipe), "images": images.digest()[:12]}
    return series.begin(f"{job.name or job.recipe.model}, seed {job.seed}", about)


def _show(curve: series.Series, job: Job, folder: Path, net: Trained | None = None) -> None:
    """End a curve; net: of the store, whose curve nobody has seen yet."""
    if curve.file is None:
        return
    for iteration, accuracy, loss in net.curve if net else []:
        curve.add(iteration, accuracy=accuracy, loss=loss)
    net = net or files.load(folder, job.recipe, job.seed, job.iterations)
    weights = files.export(folder, job.recipe, net, job.iterations)
    curve.end(weights=weights, final_accuracy=net.final_accuracy, final_loss=net.final_loss)


def _folder(images: Images, job: Job, store) -> Path:
    """Of the job's recipe, made where it is not there; BadInput when the job cannot be done."""
    job.recipe.check()
    if isinstance(job.iterations, bool) or not isinstance(job.iterations, int) or job.iterations < 1:
        raise BadInput(f"iterations: a whole number from 1 on is needed, not {job.iterations!r}.")
    if len(images.train_x) < job.recipe.batch:
        raise BadInput(f"batch: {job.recipe.batch} is more than the {len(images.train_x)} training images.")
    return files.folder_of(store, job.recipe, images)


def _end(job: Job, folder: Path) -> Path:
    return files.path_of(folder, job.seed, job.iterations, ended=True)


def _train_missing(images, placed, threads, report) -> dict:
    """Path that the job would have ended at -> Diverged, of those that did."""
    begun = [files.farthest(folder, job.recipe, job.seed, job.iterations) for job, folder in placed]
    versions = {version for (job, folder), state in zip(placed, begun, strict=True) if not state
                for version in files.other_versions(folder, job.seed)}  # fmt: skip
    if versions:
        report(f"trained under torch {', '.join(sorted(versions))}; here is {torch_version()}: trained again")
    left = sum(job.iterations for job, _ in placed) - sum(state["iteration"] for state in begun if state)
    processes = max(1, min(threads, len(placed)))
    report(f"{len(placed)} networks, {left} iterations to go, {processes} at a time")
    progress, lost = _Progress(left, report), {}
    if processes == 1:
        torch.set_num_threads(threads)
        keep_freed_memory()
        for job, folder in placed:
            if gone := _train_one(job, folder, images, progress.one_more):
                lost[_end(job, folder)] = gone
        return lost
    steps = multiprocessing.get_context("spawn").Value("q", 0)
    prepare = (_prepare, images, steps, threads // processes)
    for number, gone in pool.run(_train_one, placed, processes, prepare=prepare, tick=lambda: progress.at(steps.value)):
        if gone:
            lost[_end(*placed[number])] = gone
    return lost


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


def _prepare(images, steps, threads) -> None:
    torch.set_num_threads(threads)
    keep_freed_memory()
    _work.update(images=images, steps=steps)


def keep_freed_memory() -> None:
    """Tell glibc not to hand large blocks back to the system: to get them anew at each step takes half of the time."""
    trim_threshold, mmap_max = -1, -4  # malloc.h
    try:
        library = ctypes.CDLL(None)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)
    except (OSError, AttributeError, TypeError):  # another C library
        pass


def _train_one(job: Job, folder: Path, images: Images | None = None, after_each=None) -> Diverged | None:
    images = images or _work["images"]
    curve = _curve(images, job)
    try:
        run_network(images, job.recipe, job.seed, job.iterations, folder, after_each or _one_more, curve)
    except Diverged as error:
        curve.end(str(error))
        return error
    _show(curve, job, folder)


def _one_more() -> None:
    """Count an iteration, in a process of the pool."""
    with _work["steps"].get_lock():
        _work["steps"].value += 1


def run_network(
    images: Images, recipe: Recipe, seed: int, iterations: int, folder: Path, after_each=None, curve=None
) -> None:
    """Train one network in this process, from where its files stand, up to `iterations`; after_each: called then;
    curve: a Series that gets accuracy and loss wherever the network is evaluated."""
    curve = curve or series.Series()
    network, optimiser = start(recipe, seed)
    pixels, labels = torch.from_numpy(images.train_x), _labels(images.train_y)
    test = images.tensor(images.test_x, recipe.input), _labels(images.test_y)
    state = files.farthest(folder, recipe, seed, iterations)
    if state:
        network.load_state_dict(state.pop("network"))
        optimiser.load_state_dict(state.pop("optimiser"))
    else:
        state = {"iteration": 0, "seconds": 0.0, "snapshots": [_snapshot(network, test, 0, recipe)], "evaluations": []}
    for at in sorted([*state["snapshots"], *state["evaluations"]], key=lambda at: at["iteration"]):
        curve.add(at["iteration"], accuracy=at["accuracy"], loss=at["loss"])
    saved, order, between = time.monotonic(), None, recipe.evaluations(iterations)
    while state["iteration"] < iterations:
        began = time.monotonic()
        rows, order = _batch(len(pixels), recipe.batch, seed, state["iteration"], order)
        seen = images.tensor(pixels[rows].numpy(), recipe.input).to(recipe.device)
        loss = step(network, optimiser, seen, labels[rows].to(recipe.device), recipe)
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
        elif state["iteration"] in between:
            state["evaluations"].append(at := {"iteration": state["iteration"]} | _on_some(network, test, recipe))
            curve.add(at["iteration"], accuracy=at["accuracy"], loss=at["loss"])
        if ended or time.monotonic() - saved > CHECKPOINT_S:
            saved = time.monotonic()
            whole = state | {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            whole |= {"end": _evaluate(network, *test, recipe)} if ended else {}
            files.write(files.path_of(folder, seed, iterations, ended), whole)
    files.path_of(folder, seed, iterations, ended=False).unlink(missing_ok=True)


def start(recipe: Recipe, seed: int):
    """A fresh network and its optimiser."""
    network = build(recipe.model, seed, **recipe.parameters).to(recipe.device)
    fused = {"fused": True} if recipe.optimiser == "adam" else {}
    return network, OPTIMISERS[recipe.optimiser](network.parameters(), recipe.learning_rate, **fused)


def step(network, optimiser, seen, wanted, recipe: Recipe):
    """One iteration on a batch: (n, channels, h, w) and labels (n,). The loss before it."""
    network.train()
    with _precision(recipe):
        scores = network(seen)
    loss = functional.cross_entropy(scores.float(), wanted)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss


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
    first = next(parameter for parameter in network.parameters() if parameter.ndim == 4)
    return {"iteration": iteration, "first_layer": first.detach().cpu().clone()} | _on_some(network, test, recipe)


def _on_some(network, test, recipe: Recipe) -> dict:
    return _evaluate(network, test[0][: recipe.evaluated], test[1][: recipe.evaluated], recipe)


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

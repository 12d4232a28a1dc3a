"""Training many small networks: what is the cheapest way to one iteration of one network?

tdabench.networks.training gives each network a process and a thread, keeps channels last in memory, pools before the
ReLU, and tells glibc to keep freed memory. This benchmark measures what each of these gains, and what alternatives
cost: the network as textbooks write it (channels first, ReLU before the pool), several networks as one (a grouped
convolution, or torch.func.vmap), products in bfloat16, one process of two threads instead of two processes of one, and
glibc's default of returning freed memory to the system. On a GPU, if there is one, stacks have 25 networks.

M(64,32,64) on batches of 128 images of 28 x 28 pixels, Adam. The batch is prepared beforehand, so that only the step is
timed. Every candidate starts from the same weights. Before a time is printed, its loss after one step must agree with
the textbook's to 1e-3 (bfloat16: 2e-2). Each runs in a process of its own, since the setting of glibc holds for a
process. Candidates take turns, and another one begins each round. The output has median milliseconds per iteration and
network, and ratios of paired rounds to tdabench's own way with their range; above 1 a candidate is slower. It takes a
minute or two.

    python benchmarks/training.py [--rounds 5] [--iterations 24]
"""

import argparse
import copy
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from common import machine, ratio, timed  # first: it sets the number of threads

# isort: split
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tdabench.networks.nets import build
from tdabench.networks.training import keep_freed_memory

BATCH, SIZE, RATE = 128, 28, 1e-3
OURS = "ours"
PAIRS = [  # further ratios, besides those to ours
    ("one process, two threads", "two processes"), ("textbook, memory handed back", "textbook"),
]  # fmt: skip


# Each candidate: networks, images (networks, BATCH, 1, SIZE, SIZE) and labels (networks, BATCH) -> parameters, and a
# function that returns the loss of each network.


def alone(network, images, labels, precision=None):
    kind = images.device.type

    def losses():
        with torch.autocast(kind, precision, enabled=precision is not None):
            scores = network(images[0])
        return functional.cross_entropy(scores.float(), labels[0])[None]

    return list(network.parameters()), losses


def ours(networks, images, labels):
    return alone(networks[0], images, labels)


def bfloat16(networks, images, labels):
    return alone(networks[0], images, labels, torch.bfloat16)


def textbook(networks, images, labels):
    first, second = networks[0].convolutions
    network = nn.Sequential(
        first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), networks[0].dense, nn.ReLU(), networks[0].scores,
    )  # fmt: skip
    channels_first = {"memory_format": torch.contiguous_format}
    return alone(network.to(**channels_first), images.clone(**channels_first), labels)


def grouped(networks, images, labels):
    """The networks side by side in the channels, one group each."""
    count = len(networks)
    stacked, _ = torch.func.stack_module_state(networks)
    side_by_side = images.transpose(0, 1).flatten(1, 2).contiguous(memory_format=torch.channels_last)

    def dense(inputs, name):
        return torch.baddbmm(stacked[f"{name}.bias"][:, None], inputs, stacked[f"{name}.weight"].transpose(1, 2))

    def losses():
        out = side_by_side
        for layer in ("convolutions.0", "convolutions.1"):
            weight, bias = (stacked[f"{layer}.{kind}"].flatten(0, 1) for kind in ("weight", "bias"))
            out = functional.conv2d(out, weight, bias, padding=1, groups=count)
            out = functional.relu(functional.max_pool2d(out, 2))
        out = out.unflatten(1, (count, -1)).transpose(0, 1).flatten(2)
        scores = dense(functional.relu(dense(out, "dense")), "scores")
        return functional.cross_entropy(scores.transpose(1, 2), labels, reduction="none").mean(1)

    return list(stacked.values()), losses


def vmap(networks, images, labels):
    stacked, _ = torch.func.stack_module_state(networks)
    shape = copy.deepcopy(networks[0]).to("meta")

    def loss(weights, images, labels):
        return functional.cross_entropy(torch.func.functional_call(shape, weights, (images,)), labels)

    return list(stacked.values()), lambda: torch.vmap(loss)(stacked, images, labels)


# In the process of a candidate

_work: dict = {}


def prepare(candidate, count, threads, keep, device):
    torch.set_num_threads(threads)
    if keep:
        keep_freed_memory()
    _work.update(device=device, step=step_of(candidate, range(count), device))


def step_of(candidate, seeds, device):
    networks = [build("convolutional", seed, filters=(64, 32), dense=64, size=SIZE).to(device) for seed in seeds]
    generators = [np.random.default_rng(seed) for seed in seeds]
    images = np.stack([one.standard_normal((BATCH, SIZE, SIZE, 1), dtype=np.float32) for one in generators])
    labels = np.stack([one.integers(10, size=BATCH) for one in generators])
    images = torch.from_numpy(images).to(device).permute(0, 1, 4, 2, 3)  # channels last in memory, as in training
    parameters, losses = candidate(networks, images, torch.from_numpy(labels).to(device))
    optimiser = torch.optim.Adam(parameters, RATE, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        values = losses()
        values.sum().backward()
        optimiser.step()
        return values.detach()

    return step


def losses_after_a_step() -> list[float]:
    """The loss of each network after one step, which is also the warm-up."""
    _work["step"]()
    return _work["step"]().tolist()


def textbook_losses(count) -> list[float]:
    """The loss of each network after one step of its own, in the textbook's way."""
    losses = []
    for seed in range(count):
        step = step_of(textbook, [seed], _work["device"])
        step()
        losses += step().tolist()
    return losses


def steps(count) -> None:
    for _ in range(count):
        _work["step"]()
    if _work["device"] == "cuda":
        torch.cuda.synchronize()


def candidates(device: str) -> dict[str, tuple]:
    """Name -> candidate, networks in one process, threads, whether glibc keeps freed memory, processes."""
    stack = 25 if device == "cuda" else 4
    settings = {
        OURS: (ours, 1, 1, True, 1),
        "textbook": (textbook, 1, 1, True, 1),
        f"grouped convolution of {stack}": (grouped, stack, 1, True, 1),
        f"vmap of {stack}": (vmap, stack, 1, True, 1),
        "bfloat16": (bfloat16, 1, 1, True, 1),
        "two processes": (ours, 1, 1, True, 2),
    }
    if device == "cpu":  # a GPU has no such choices
        settings["one process, two threads"] = ours, 1, 2, True, 1
        settings["ours, memory handed back"] = ours, 1, 1, False, 1
        settings["textbook, memory handed back"] = textbook, 1, 1, False, 1
    return settings


def compare(device: str, rounds: int, iterations: int):
    settings = candidates(device)
    with ExitStack() as open_pools:
        pools = {}
        for name, (*options, processes) in settings.items():
            pools[name] = [process_pool(open_pools, (*options, device)) for _ in range(processes)]
        assert_same_losses(pools, settings)

        def run(name):
            work = [pool.submit(steps, max(1, iterations // settings[name][1])) for pool in pools[name]]
            return [future.result() for future in work]

        wall_s, _ = timed({name: lambda name=name: run(name) for name in settings}, rounds)
    milliseconds = {}
    for name, (_, count, *_, processes) in settings.items():
        milliseconds[name] = 1000 * wall_s[name] / (max(1, iterations // count) * count * processes)
    print(f"M(64,32,64), batch {BATCH}, Adam, on {device}; milliseconds per iteration and network")
    print(f"candidate                        ms per iteration   against ours, median of {rounds} rounds (range)")
    for name, each in milliseconds.items():
        print(f"{name:31s} {np.median(each):17.2f}   {ratio(each, milliseconds[OURS]) if name != OURS else ''}")
    for one, other in PAIRS:
        if one in milliseconds:
            print(f"{one} / {other}: {ratio(milliseconds[one], milliseconds[other])}")


def process_pool(open_pools, options) -> ProcessPoolExecutor:
    """A process of one candidate, prepared at its first task."""
    return open_pools.enter_context(ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare, options))


def assert_same_losses(pools, settings):
    """AssertionError when a network's loss after one step differs between candidates."""
    expected = pools["textbook"][0].submit(textbook_losses, max(count for _, count, *_ in settings.values())).result()
    for name, (candidate, count, *_) in settings.items():
        tolerance = 2e-2 if candidate is bfloat16 else 1e-3
        for pool in pools[name]:
            losses = pool.submit(losses_after_a_step).result()
            np.testing.assert_allclose(losses, expected[:count], rtol=tolerance, err_msg=name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=24, help="of one network, in a round; on a GPU 20 times more")
    arguments = parser.parse_args()
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        compare(device, arguments.rounds, arguments.iterations * (20 if device == "cuda" else 1))
    print(machine("numpy", "torch"))


if __name__ == "__main__":
    main()

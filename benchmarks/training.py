"""Training many small networks: what is the cheapest way to one iteration of one network?

tdabench.networks.training gives each network a process and a thread, keeps channels last in memory, pools before the
ReLU, and tells glibc to keep freed memory. Here is what each of that is worth, and what the other ways would cost: the
network as textbooks write it (channels first, ReLU then pool), several networks as one (a grouped convolution;
torch.func.vmap), products in bfloat16, one process with two threads in place of two processes with one, and memory
handed back to the system as glibc does by itself. On a GPU, where there is one, the same with stacks of 25.

M(64,32,64) on batches of 128 of 28 x 28, Adam; the batch lies ready, so that only the step is timed. Every candidate
starts from the same weights, and its loss after one step must be that of the textbook's to 1e-3 (bfloat16: 2e-2)
before a time is printed. Each runs in a process of its own, since glibc is told once for all; they take turns, one at a
time, and the order moves by one from round to round. Milliseconds per iteration and network, medians; ratios of paired
rounds to tdabench's own way with their range: above 1 it is slower than ours. A minute or two.

    python benchmarks/training.py [--rounds 5] [--iterations 24]
"""

import argparse
import copy
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from common import machine, ratio, timed  # first: it pins the threads

# isort: split
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tdabench.networks.nets import build
from tdabench.networks.training import keep_freed_memory

BATCH, SIZE, RATE = 128, 28, 1e-3
OURS = "ours"
AGAINST = [  # what is asked for directly, beside the ratios to ours
    ("one process, two threads", "two processes"), ("textbook, memory handed back", "textbook"),
]  # fmt: skip


# Each way: networks, images (networks, BATCH, 1, SIZE, SIZE) and labels (networks, BATCH) -> parameters and a function
# that returns the loss of each network.


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


# A process of one candidate

_work: dict = {}


def prepare(way, count, threads, keep, device):
    torch.set_num_threads(threads)
    if keep:
        keep_freed_memory()
    _work.update(way=way, count=count, device=device, step=step_of(way, range(count), device))


def step_of(way, seeds, device):
    networks = [build("convolutional", seed, filters=(64, 32), dense=64, size=SIZE).to(device) for seed in seeds]
    drawn = [np.random.default_rng(seed) for seed in seeds]
    images = np.stack([one.standard_normal((BATCH, SIZE, SIZE, 1), dtype=np.float32) for one in drawn])
    labels = np.stack([one.integers(10, size=BATCH) for one in drawn])
    images = torch.from_numpy(images).to(device).permute(0, 1, 4, 2, 3)  # channels last in memory, as in training
    parameters, losses = way(networks, images, torch.from_numpy(labels).to(device))
    optimiser = torch.optim.Adam(parameters, RATE, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        found = losses()
        found.sum().backward()
        optimiser.step()
        return found.detach()

    return step


def losses_after_a_step() -> list[float]:
    """Of each network; the warm-up too."""
    _work["step"]()
    return _work["step"]().tolist()


def textbook_losses(count) -> list[float]:
    """What they are held against: each network alone, in a process that has the textbook's way."""
    found = []
    for seed in range(count):
        step = step_of(textbook, [seed], _work["device"])
        step()
        found += step().tolist()
    return found


def steps(count) -> None:
    for _ in range(count):
        _work["step"]()
    if _work["device"] == "cuda":
        torch.cuda.synchronize()


def candidates(device: str) -> dict[str, tuple]:
    """name: way, networks as one, threads, whether freed memory is kept, processes."""
    stack = 25 if device == "cuda" else 4
    found = {
        OURS: (ours, 1, 1, True, 1),
        "textbook": (textbook, 1, 1, True, 1),
        f"grouped convolution of {stack}": (grouped, stack, 1, True, 1),
        f"vmap of {stack}": (vmap, stack, 1, True, 1),
        "bfloat16": (bfloat16, 1, 1, True, 1),
        "two processes": (ours, 1, 1, True, 2),
    }
    if device == "cpu":  # neither is anything to a GPU
        found["one process, two threads"] = ours, 1, 2, True, 1
        found["ours, memory handed back"] = ours, 1, 1, False, 1
        found["textbook, memory handed back"] = textbook, 1, 1, False, 1
    return found


def compare(device: str, rounds: int, iterations: int):
    asked = candidates(device)
    with ExitStack() as open_pools:
        pools = {}
        for name, (*given, processes) in asked.items():
            pools[name] = [process_pool(open_pools, (*given, device)) for _ in range(processes)]
        assert_same_losses(pools, asked)

        def run(name):
            work = [pool.submit(steps, max(1, iterations // asked[name][1])) for pool in pools[name]]
            return [done.result() for done in work]

        wall_s, _ = timed({name: lambda name=name: run(name) for name in asked}, rounds)
    milliseconds = {}
    for name, (_, count, *_, processes) in asked.items():
        milliseconds[name] = 1000 * wall_s[name] / (max(1, iterations // count) * count * processes)
    print(f"M(64,32,64), batch {BATCH}, Adam, on {device}; milliseconds per iteration and network")
    print(f"candidate                        ms per iteration   against ours, median of {rounds} rounds (range)")
    for name, each in milliseconds.items():
        print(f"{name:31s} {np.median(each):17.2f}   {ratio(each, milliseconds[OURS]) if name != OURS else ''}")
    for one, other in AGAINST:
        if one in milliseconds:
            print(f"{one} / {other}: {ratio(milliseconds[one], milliseconds[other])}")


def process_pool(open_pools, given) -> ProcessPoolExecutor:
    """A single process that is ready when it is asked for the first time."""
    return open_pools.enter_context(ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare, given))


def assert_same_losses(pools, asked):
    """The loss of every network after one step, in every candidate."""
    expected = pools["textbook"][0].submit(textbook_losses, max(count for _, count, *_ in asked.values())).result()
    for name, (way, count, *_) in asked.items():
        for pool in pools[name]:
            found = pool.submit(losses_after_a_step).result()
            np.testing.assert_allclose(found, expected[:count], rtol=2e-2 if way is bfloat16 else 1e-3, err_msg=name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=24, help="of one network, in a round; on a GPU 20 times more")
    asked = parser.parse_args()
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        compare(device, asked.rounds, asked.iterations * (20 if device == "cuda" else 1))
    print(machine("numpy", "torch"))


if __name__ == "__main__":
    main()

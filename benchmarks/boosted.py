"""A boosted input: what do 16 circle features beside each pixel cost, in time and in memory?

The features are linear in the pixels and span, with the pixel, three dimensions. So tdabench.networks.nets.boosted
computes three channels and puts the weights of 17 together at each step: the same function of the same weights. Here is
what a step costs so, and what it would cost written out over 17 channels, or with the features of the whole data set
computed once beforehand, the three or the 17 of them given as input; the memory that this would take is printed too.

M(64,32,64) of 28 x 28, Adam, one thread; the batch lies ready on the device, so that only the step is timed: to gather
a batch of more channels comes on top. All boosted ways start from the same weights, and their losses over three steps
must agree to 1e-3 before a time is printed; so must those of the standard network and of a boosted one without
features. They take turns in one process, and the order moves by one from round to round. Milliseconds per iteration,
medians; ratios of paired rounds with their range. On a GPU, where there is one, the same. A minute or two.

    python benchmarks/boosted.py [--rounds 7] [--iterations 12]
"""

import argparse

from common import machine, ratio, timed  # first: it pins the threads

# isort: split
import numpy as np
import torch
from torch.nn import functional

from tdabench.networks.nets import build
from tdabench.networks.training import keep_freed_memory

NETWORK = {"filters": (64, 32), "dense": 64, "size": 28}
CIRCLE = {"name": "circle", "n": 16}
IMAGES, SIZE, RATE = 60000, NETWORK["size"], 1e-3
STANDARD, OURS = "standard", "boosted, as in tdabench"


# Each way: a boosted network and images (n, 1, SIZE, SIZE) -> a function that returns the scores.


def standard(network, images):
    return lambda: network(images)


def written_out(network, images):
    return lambda: network.written_out(images)


def channels(network, images, filters):
    """What is given as input: images (n, 1, SIZE, SIZE), filters (m, 3, 3) -> (n, m, SIZE, SIZE)."""
    with torch.no_grad():
        return functional.conv2d(images, filters[:, None], padding=1).contiguous(memory_format=torch.channels_last)


def after(network, first):
    return network.after_first(functional.relu(functional.max_pool2d(first, 2)))


def three_given(network, images):
    layer, seen = network.convolutions[0], channels(network, images, network.basis[:, 0])

    def scores():
        weight = torch.einsum("omij,mr->orij", layer.weight, torch.cat([network.raw, network.mixing]))
        weight = weight.contiguous(memory_format=torch.channels_last)
        return after(network, functional.conv2d(seen, weight, layer.bias, padding=1))

    return scores


def seventeen_given(network, images):
    seen = channels(network, images, network.filters())
    return lambda: after(network, network.convolutions[0](seen))


WAYS = {
    OURS: standard,
    "boosted, written out": written_out,
    "boosted, 3 channels given": three_given,
    "boosted, 17 channels given": seventeen_given,
}


def step_of(way, network, images, labels):
    """A function that does one iteration and returns its loss."""
    scores = way(network, images)
    moving = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(moving, RATE, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(scores(), labels)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def candidates(batch: int, device: str) -> dict:
    """name -> step, of those that are timed; AssertionError where losses differ. This is the warm-up too."""
    drawn = np.random.default_rng(0)
    images = torch.from_numpy(drawn.standard_normal((batch, SIZE, SIZE, 1), dtype=np.float32)).to(device)
    given = images.permute(0, 3, 1, 2), torch.from_numpy(drawn.integers(10, size=batch)).to(device)
    steps = {
        name: step_of(way, build("boosted", 0, features=CIRCLE, **NETWORK).to(device), *given)
        for name, way in WAYS.items()
    }
    assert_same_losses(steps)
    plain = build("convolutional", 0, **NETWORK).to(device)
    alike = build("boosted", 0, **NETWORK).to(device)  # no features: its one channel is the pixel
    alike.load_state_dict(plain.state_dict(), strict=False)
    steps[STANDARD] = step_of(standard, plain, *given)
    assert_same_losses({STANDARD: steps[STANDARD], "boosted with nothing": step_of(written_out, alike, *given)})
    return {STANDARD: steps.pop(STANDARD)} | steps


def assert_same_losses(steps: dict):
    """The losses of three steps."""
    found = {name: [step().item() for _ in range(3)] for name, step in steps.items()}
    first, *others = found
    for name in others:
        np.testing.assert_allclose(found[name], found[first], rtol=1e-3, err_msg=f"{name} against {first}")


def compare(batch: int, device: str, rounds: int, iterations: int):
    steps = candidates(batch, device)

    def run(step):
        for _ in range(iterations):
            step()
        if device == "cuda":
            torch.cuda.synchronize()

    wall_s, _ = timed({name: lambda step=step: run(step) for name, step in steps.items()}, rounds)
    print(f"M(64,32,64), batch {batch}, Adam, on {device}; ratios: median of {rounds} rounds (range)")
    print(f"{'candidate':27s} ms per iteration   against {STANDARD:16s} against ours")
    for name, each in wall_s.items():
        columns = [ratio(each, wall_s[other]) if name != other else "" for other in (STANDARD, OURS)]
        print(f"{name:27s} {1000 * np.median(each) / iterations:16.2f}   {columns[0]:24s} {columns[1]}".rstrip())


def memory(count: int) -> str:
    """Of all the images with so many channels in float32."""
    return f"{count} channels: {IMAGES * count * SIZE**2 * 4 / 2**30:.2f} GiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--iterations", type=int, default=12, help="in a round; on a GPU 20 times more")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        for batch in (50, 128):
            compare(batch, device, asked.rounds, asked.iterations * (20 if device == "cuda" else 1))
    print(f"{IMAGES} images of {SIZE} x {SIZE} given as float32, {memory(3)}, {memory(17)}; as the pixels they are "
          f"(uint8): {IMAGES * SIZE**2 / 2**30:.2f} GiB")  # fmt: skip
    print(machine("numpy", "torch"))


if __name__ == "__main__":
    main()

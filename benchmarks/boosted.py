"""A boosted input: what do 16 circle features beside each pixel cost, in time and in memory?

The features are linear in the pixels; with the pixel they span three dimensions. So tdabench.networks.nets.boosted
computes three channels and combines the weights of 17 at each step: the same function of the same weights. This
benchmark compares the cost of a step with that of 17 channels written out, and with that of features computed once
beforehand for all images, 3 or 17 channels as input. It also prints the memory that such input would take.

M(64,32,64) on 28 x 28 pixels, Adam, one thread. The batch is on the device already, so that only the step is timed;
gathering a batch of more channels would come on top. All boosted candidates start from the same weights. Before a time
is printed, their losses over three steps must agree to 1e-3, and so must those of the standard network and of a boosted
one without features. Candidates take turns in one process, and another one begins each round. The output has median
milliseconds per iteration, and ratios of paired rounds with their range; on a GPU as well, if there is one. It takes a
minute or two.

    python benchmarks/boosted.py [--rounds 7] [--iterations 12]
"""

import argparse

from common import machine, ratio, timed  # first: it sets the number of threads

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


# Each candidate: a boosted network and images (n, 1, SIZE, SIZE) -> a function that returns the scores.


def standard(network, images):
    return lambda: network(images)


def written_out(network, images):
    return lambda: network.written_out(images)


def channels(network, images, filters):
    """Responses of filters (m, 3, 3) to images (n, 1, SIZE, SIZE): (n, m, SIZE, SIZE)."""
    with torch.no_grad():
        return functional.conv2d(images, filters[:, None], padding=1).contiguous(memory_format=torch.channels_last)


def after(network, first):
    return network.after_first(functional.relu(functional.max_pool2d(first, 2)))


def three_channels(network, images):
    layer, responses = network.convolutions[0], channels(network, images, network.basis[:, 0])

    def scores():
        weight = torch.einsum("omij,mr->orij", layer.weight, torch.cat([network.raw, network.mixing]))
        weight = weight.contiguous(memory_format=torch.channels_last)
        return after(network, functional.conv2d(responses, weight, layer.bias, padding=1))

    return scores


def seventeen_channels(network, images):
    responses = channels(network, images, network.filters())
    return lambda: after(network, network.convolutions[0](responses))


CANDIDATES = {
    OURS: standard,
    "boosted, written out": written_out,
    "boosted, 3 channels as input": three_channels,
    "boosted, 17 channels as input": seventeen_channels,
}


def step_of(candidate, network, images, labels):
    """A function that does one iteration and returns its loss."""
    scores = candidate(network, images)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(trained, RATE, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(scores(), labels)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def candidates(batch: int, device: str) -> dict:
    """Name -> step of each candidate, warmed up; AssertionError when their losses differ."""
    random = np.random.default_rng(0)
    images = torch.from_numpy(random.standard_normal((batch, SIZE, SIZE, 1), dtype=np.float32)).to(device)
    data = images.permute(0, 3, 1, 2), torch.from_numpy(random.integers(10, size=batch)).to(device)
    steps = {
        name: step_of(candidate, build("boosted", 0, features=CIRCLE, **NETWORK).to(device), *data)
        for name, candidate in CANDIDATES.items()
    }
    assert_same_losses(steps)
    plain = build("convolutional", 0, **NETWORK).to(device)
    featureless = build("boosted", 0, **NETWORK).to(device)  # its one channel is the pixel
    featureless.load_state_dict(plain.state_dict(), strict=False)
    steps[STANDARD] = step_of(standard, plain, *data)
    without = step_of(written_out, featureless, *data)
    assert_same_losses({STANDARD: steps[STANDARD], "boosted without features": without})
    return {STANDARD: steps.pop(STANDARD)} | steps


def assert_same_losses(steps: dict):
    """AssertionError when the losses of three steps differ."""
    losses = {name: [step().item() for _ in range(3)] for name, step in steps.items()}
    first, *others = losses
    for name in others:
        np.testing.assert_allclose(losses[name], losses[first], rtol=1e-3, err_msg=f"{name} against {first}")


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
    """Memory of all images with `count` channels in float32, in words."""
    return f"{count} channels: {IMAGES * count * SIZE**2 * 4 / 2**30:.2f} GiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--iterations", type=int, default=12, help="in a round; on a GPU 20 times more")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        for batch in (50, 128):
            compare(batch, device, arguments.rounds, arguments.iterations * (20 if device == "cuda" else 1))
    print(f"{IMAGES} images of {SIZE} x {SIZE} as float32, {memory(3)}, {memory(17)}; as pixels "
          f"(uint8): {IMAGES * SIZE**2 / 2**30:.2f} GiB")  # fmt: skip
    print(machine("numpy", "torch"))


if __name__ == "__main__":
    main()

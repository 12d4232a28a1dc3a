"""Convolution by hand: the deck's two worked outputs, its four kernels, and three filters that a net learned."""

import numpy as np
from matplotlib.figure import Figure

from reproductions.deck_convolutions.convolution import convolve, cross_correlate
from tdabench.data.files import read_json, readable
from tdabench.errors import BadInput

GRADIENTS = (0, 120, 240)  # degrees: the learned filters shown are those nearest to an edge of each direction
LEARNED = "deck", 64  # model and number of filters of the net whose filters are shown


def measure(config, bench):
    photograph = bench.data("shipped_photographs")[config.photograph]
    kernels = {name: np.array(rows, dtype=float) for name, rows in config.kernels.items()}
    image, kernel = np.array(config.worked.image), np.array(config.worked.kernel)
    centre = tuple(side // 2 - 1 for side in image.shape)  # "valid" leaves out one pixel on each side
    worked = float(cross_correlate(image, kernel)[centre])
    turned = float(convolve(image, kernel)[centre])
    measurements = {
        "worked": {"centre": worked},
        "single": single_pixel(kernels["edge detection"], config.single),
        "identity": {"change": change(photograph, kernels["identity"])},
        "blur": {"change": max(change(flat, kernels["Gaussian blur"]) for flat in constants(config))},
        "sharpen": {"change": max(change(flat, kernels["sharpen"]) for flat in constants(config))},
        "edge": {
            "left": max(
                float(np.abs(cross_correlate(flat, kernels["edge detection"])).max()) for flat in constants(config)
            )
        },
        "sentence": (
            f"the first kernel puts {worked:g} at the centre, the pixel above it, so the deck means cross-correlation, "
            f"which neural networks call convolution; convolution proper, with the kernel turned by 180 degrees, puts "
            f"{turned:g} there, the pixel below; the deck's other kernels are the same when turned"
        ),
    }
    learned = learned_filters(bench.store / "networks")
    draw(photograph, kernels, learned, config, bench)
    return measurements


def single_pixel(edge: np.ndarray, single) -> dict:
    """The edge kernel on an image that is 0 but for its middle."""
    image = np.zeros((single.size, single.size))
    middle = single.size // 2
    image[middle, middle] = single.value
    found = cross_correlate(image, edge, edges="same")
    near = found[middle - 1 : middle + 2, middle - 1 : middle + 2].ravel().tolist()
    found[middle - 1 : middle + 2, middle - 1 : middle + 2] = 0
    return {
        "centre": near.pop(4),
        "neighbours": near,
        "elsewhere": float(np.abs(found).max()),
    }


def constants(config):
    return [np.full((5, 5), float(grey)) for grey in config.constants]


def change(image, kernel) -> float:
    """How much the kernel changes any pixel that it does not reach beyond the image from."""
    return float(np.abs(cross_correlate(image, kernel) - image[1:-1, 1:-1]).max())


def learned_filters(networks) -> dict[str, np.ndarray]:
    """Of the deck's small net, if a trained one lies in the store, the filters (3, 3) nearest to an edge of each
    direction of GRADIENTS, by what to call them; of several nets that with most iterations."""
    from tdabench.networks.checkpoints import read
    from tdabench.networks.filter_loops import (
        BASIS,  # imported late: torch takes a second or two, and most runs find no net
    )

    found = []
    for page in networks.glob("*/recipe.json"):
        with readable(page, "recipe of networks"):
            recipe = read_json(page)
            fitting = (recipe["model"], recipe["parameters"].get("filters")) == LEARNED
        if fitting:
            ended = [path for path in page.parent.glob("seed-*.pt") if not path.stem.endswith("begun")]
            found += [(int(path.stem.split("-")[2]), str(path)) for path in ended]
    if not found:
        return {}
    iterations, path = max(found)
    state = read(path)
    if state is None:
        raise BadInput(f"{path}: damaged; remove it, then this reproduction does without it.")
    with readable(path, "network of the store"):
        filters = state["network"]["first.weight"].numpy().reshape(-1, 9).astype(float)
    plane = filters @ BASIS[:2].T / np.linalg.norm(filters - filters.mean(axis=1, keepdims=True), axis=1)[:, None]
    named = {}
    for degrees in GRADIENTS:
        direction = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        number = int((plane @ direction).argmax())
        named[f"learned filter {number}, {iterations} iterations"] = filters[number].reshape(3, 3)
    return named


def draw(photograph, kernels, learned, config, bench) -> None:
    top, bottom, left, right = config.crop
    image = photograph[top:bottom, left:right]
    shown = {name: (cross_correlate(image, kernel), kernel) for name, kernel in (kernels | learned).items()}
    bench.keep("outputs", **{name: output for name, (output, _) in shown.items()})
    columns = len(kernels)
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(3.1 * columns, 3.3 * lines + 0.3), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, (name, (output, kernel)) in zip(panels, shown.items(), strict=False):
        low, high = grey_range(output, kernel)
        axes.imshow(output, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        axes.set_title(name, fontsize=10)
        small = axes.inset_axes((0.02, 0.02, 0.24, 0.24))
        scale = np.abs(kernel).max()
        small.imshow(kernel, cmap="RdBu_r", vmin=-scale, vmax=scale)
        small.set(xticks=[], yticks=[])
    figure.suptitle("A photograph under the deck's kernels" + (" and three filters that a net learned" * bool(learned)))
    caption = "Each kernel in the corner of its output (red above 0, blue below); under the identity it is as it was. "
    caption += "Kernels of sum 1 give grey levels, and a kernel of sum 0 differences, shown with 0 as the middle grey; "
    caption += "for other sums the range is that of the output."
    bench.figure("photograph", figure, caption)


def grey_range(output, kernel) -> tuple[float, float]:
    """What is shown black and white."""
    total = float(kernel.sum())
    if np.isclose(total, 1):
        return 0.0, 255.0
    if np.isclose(total, 0):
        reach = float(np.quantile(np.abs(output), 0.99)) or 1.0
        return -reach, reach
    return float(np.quantile(output, 0.01)), float(np.quantile(output, 0.99))

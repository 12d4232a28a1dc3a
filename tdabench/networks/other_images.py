"""A trained network tested on images of another data set: brought to its size, as they are or made more alike.

Accuracy elsewhere says little alone: a network that always answers 1 is right as often as there are ones. So `Predictions`
tells the share of the most frequent class too, and the accuracy that counts every class alike.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from tdabench.errors import BadInput
from tdabench.networks.checkpoints import Trained
from tdabench.networks.nets import build
from tdabench.networks.recipe import Images, Recipe
from tdabench.networks.time_to_accuracy import in_grey

BORDER = 4  # pixels round MNIST's digits, which fill 20 x 20 of 28 x 28
BATCH = 250
CHUNK = 10000  # images that are resized at a time, in floating point


def fitted(pixels: np.ndarray, size: int, border: int = 0) -> np.ndarray:
    """(n, h, w) or (n, h, w, 3) uint8 -> (n, size, size) uint8: grey, resized, inside a black border.

    border: pixels on each side that stay black, as round MNIST's digits. Bilinear with antialiasing where the size
    differs; BadInput when the border leaves nothing.
    """
    inner = size - 2 * border
    if border < 0 or inner < 1:
        raise BadInput(f"border: {border} pixels on each side leave nothing of {size} x {size}.")
    return np.pad(resized(in_grey(pixels), inner), ((0, 0), (border, border), (border, border)))


def resized(pixels: np.ndarray, size: int) -> np.ndarray:
    """(n, h, w) uint8 -> (n, size, size) uint8, bilinear with antialiasing; as they are when they have that size."""
    if pixels.shape[1:] == (size, size):
        return pixels
    found = np.empty((len(pixels), size, size), np.uint8)
    for start in range(0, len(pixels), CHUNK):
        some = torch.from_numpy(pixels[start : start + CHUNK])[:, None].float()
        some = functional.interpolate(some, (size, size), mode="bilinear", align_corners=False, antialias=True)
        found[start : start + CHUNK] = some[:, 0].round().clamp(0, 255).byte().numpy()
    return found


def as_they_are(pixels: np.ndarray) -> np.ndarray:
    return pixels


def turned(pixels: np.ndarray, border: int = BORDER) -> np.ndarray:
    """Images whose border is brighter than their centre as negatives, so that digits are bright on dark. uint8.

    The border is the frame that MNIST leaves black, the centre all that it encloses. The median of the border is held
    against the mean of the centre: crops at the edge of a photograph may be padded with a white strip on one side,
    which moves a mean, and most of a centre may be background, whose median is then that of the border.
    """
    inside = _centre(pixels, border)
    frame = np.ones(pixels.shape[1:], bool)
    frame[inside] = False
    bright = np.median(pixels[:, frame], axis=1) > pixels[:, *inside].mean(axis=(1, 2))
    return np.where(bright[:, None, None], 255 - pixels, pixels)


def stretched(pixels: np.ndarray, border: int = BORDER) -> np.ndarray:
    """The darkest pixel of each image's centre at 0 and its brightest at 255, the border cut off there. uint8.

    One whose centre is all the same grey is left as it is.
    """
    centre = pixels[:, *_centre(pixels, border)]
    low = centre.min(axis=(1, 2), keepdims=True).astype(np.float32)
    span = centre.max(axis=(1, 2), keepdims=True) - low
    found = np.rint((pixels - low) * (255 / np.where(span > 0, span, 1))).clip(0, 255)
    return np.where(span > 0, found, pixels).astype(np.uint8)


def _centre(pixels, border):
    if not 0 < 2 * border < min(pixels.shape[1:]):
        raise BadInput(f"border: {border} pixels on each side and a centre do not fit images of {pixels.shape[1:]}.")
    return slice(border, -border), slice(border, -border)


def turned_and_stretched(pixels: np.ndarray) -> np.ndarray:
    return stretched(turned(pixels))


FORMS = {"as_they_are": as_they_are, "turned": turned, "stretched": turned_and_stretched}


def network_of(net: Trained, recipe: Recipe) -> torch.nn.Module:
    """The network of that recipe with the weights that training ended with; BadInput when they are of another."""
    network = build(recipe.model, net.seed, **recipe.parameters)
    try:
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in net.weights.items()})
    except RuntimeError as error:
        raise BadInput(f"the weights are not those of {recipe.model}: {' '.join(str(error).split())}") from None
    return network.eval()


def predict(net: Trained, recipe: Recipe, images: Images, pixels: np.ndarray) -> np.ndarray:
    """The class that a network names for each image. (n, size, size) uint8 -> (n,) int64.

    images: those it was trained on, whose mean and deviation scale the input where the recipe says so. In float32,
    whatever training multiplied in: one trained in bfloat16 may differ on a few from its own record. On one thread: two
    that share their cores with other work wait for each other at every layer, which took ten times as long.
    """
    network, named = network_of(net, recipe), [np.empty(0, np.int64)]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for start in range(0, len(pixels), BATCH):
                scores = network(images.tensor(pixels[start : start + BATCH], recipe.input))
                named.append(scores.argmax(dim=1).numpy())
    finally:
        torch.set_num_threads(before)
    return np.concatenate(named)


@dataclass(frozen=True)
class Predictions:
    """What a network named, held against the labels. named, labels: (n,) whole numbers from 0, n at least 1."""

    named: np.ndarray
    labels: np.ndarray

    def __post_init__(self):
        if len(self.named) != len(self.labels) or not len(self.labels):
            raise BadInput(f"one answer for each image is needed, not {len(self.named)} for {len(self.labels)}.")

    @property
    def accuracy(self) -> float:
        return float((self.named == self.labels).mean())

    @property
    def balanced(self) -> float:
        """The mean over the classes there are of the share of each that was named right; 1 / classes by chance."""
        return float(np.mean([(self.named[self.labels == kind] == kind).mean() for kind in np.unique(self.labels)]))

    @property
    def favourite(self) -> tuple[int, float]:
        """The class that was named most often, and its share of the answers."""
        return most_frequent(self.named)


def most_frequent(labels: np.ndarray) -> tuple[int, float]:
    """The most frequent class and its share: what always answering it gets right."""
    counts = np.bincount(labels)
    return int(counts.argmax()), float(counts.max() / len(labels))

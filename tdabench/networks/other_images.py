"""A trained network tested on the images of another data set, unchanged or made more like its own.

Accuracy alone says little: a network that always answers 1 is right as often as there are ones. So `Predictions` also
gives the class predicted most often, and the accuracy in which all classes count alike.
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

BORDER = 4  # pixels: the digits of MNIST fill 20 x 20 of 28 x 28
BATCH = 250  # images that a network classifies at a time
CHUNK = 10000  # images that are resized at a time, in floating point


def fitted(pixels: np.ndarray, size: int, border: int = 0) -> np.ndarray:
    """Grey images of a given size inside a black border.

    Parameters
    ----------
    pixels
        uint8, (n, h, w) or (n, h, w, 3).
    size
        Side of the result in pixels, border included.
    border
        Black pixels on each side, as round the digits of MNIST.

    Returns
    -------
    array of uint8, (n, size, size)
        Resized bilinearly with antialiasing where the size differs.
    """
    inner = size - 2 * border
    if border < 0 or inner < 1:
        raise BadInput(f"border: {border} pixels on each side leave nothing of {size} x {size}.")
    return np.pad(resized(in_grey(pixels), inner), ((0, 0), (border, border), (border, border)))


def resized(pixels: np.ndarray, size: int) -> np.ndarray:
    """Bilinear resizing with antialiasing: uint8 (n, h, w) -> (n, size, size). The same array if it has that size."""
    if pixels.shape[1:] == (size, size):
        return pixels
    images = np.empty((len(pixels), size, size), np.uint8)
    for start in range(0, len(pixels), CHUNK):
        chunk = torch.from_numpy(pixels[start : start + CHUNK])[:, None].float()
        chunk = functional.interpolate(chunk, (size, size), mode="bilinear", align_corners=False, antialias=True)
        images[start : start + CHUNK] = chunk[:, 0].round().clamp(0, 255).byte().numpy()
    return images


def unchanged(pixels: np.ndarray) -> np.ndarray:
    """The images themselves."""
    return pixels


def bright_on_dark(pixels: np.ndarray, border: int = BORDER) -> np.ndarray:
    """The negatives of images whose border is brighter than their centre, the others unchanged. uint8 (n, h, w).

    The border is the frame that MNIST leaves black; the centre is everything inside it. The median of the border is
    compared with the mean of the centre. A mean of the border would be moved by the white strip that pads a crop at the
    edge of a photograph. A median of the centre would be that of the background, which may fill most of it.
    """
    centre = _centre(pixels, border)
    frame = np.ones(pixels.shape[1:], bool)
    frame[centre] = False
    inverted = np.median(pixels[:, frame], axis=1) > pixels[:, *centre].mean(axis=(1, 2))
    return np.where(inverted[:, None, None], 255 - pixels, pixels)


def stretched(pixels: np.ndarray, border: int = BORDER) -> np.ndarray:
    """Full contrast: the darkest pixel of each image's centre becomes 0, the brightest 255. uint8 (n, h, w).

    Pixels of the border are clipped to that range. An image whose centre is constant is unchanged.
    """
    centre = pixels[:, *_centre(pixels, border)]
    low = centre.min(axis=(1, 2), keepdims=True).astype(np.float32)
    span = centre.max(axis=(1, 2), keepdims=True) - low
    scaled = np.rint((pixels - low) * (255 / np.where(span > 0, span, 1))).clip(0, 255)
    return np.where(span > 0, scaled, pixels).astype(np.uint8)


def _centre(pixels, border):
    if not 0 < 2 * border < min(pixels.shape[1:]):
        raise BadInput(f"border: {border} pixels on each side and a centre do not fit images of {pixels.shape[1:]}.")
    return slice(border, -border), slice(border, -border)


def bright_on_dark_stretched(pixels: np.ndarray) -> np.ndarray:
    """Both changes."""
    return stretched(bright_on_dark(pixels))


FORMS = {"as_they_are": unchanged, "turned": bright_on_dark, "stretched": bright_on_dark_stretched}


def network_of(net: Trained, recipe: Recipe) -> torch.nn.Module:
    """The network of a recipe with its trained weights, in evaluation mode; BadInput when they do not fit."""
    network = build(recipe.model, net.seed, **recipe.parameters)
    try:
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in net.weights.items()})
    except RuntimeError as error:
        raise BadInput(f"the weights are not those of {recipe.model}: {' '.join(str(error).split())}") from None
    return network.eval()


def predict(net: Trained, recipe: Recipe, images: Images, pixels: np.ndarray) -> np.ndarray:
    """The class that a network predicts for each image.

    Products are taken in float32. A network trained in bfloat16 may therefore differ from its own record on a few
    images. It runs on one thread: two threads that share their cores with other work wait for each other at every
    layer, which took ten times as long.

    Parameters
    ----------
    net, recipe
        The trained network and its recipe.
    images
        The images it was trained on: their mean and deviation scale the input of a "standardised" recipe.
    pixels
        uint8 (n, size, size).

    Returns
    -------
    array of int64, (n,)
    """
    network, classes = network_of(net, recipe), [np.empty(0, np.int64)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for start in range(0, len(pixels), BATCH):
                scores = network(images.tensor(pixels[start : start + BATCH], recipe.input))
                classes.append(scores.argmax(dim=1).numpy())
    finally:
        torch.set_num_threads(threads)
    return np.concatenate(classes)


@dataclass(frozen=True)
class Predictions:
    """Predicted classes beside the labels.

    Parameters
    ----------
    classes, labels
        (n,), whole numbers from 0 on; n at least 1.
    """

    classes: np.ndarray
    labels: np.ndarray

    def __post_init__(self):
        if len(self.classes) != len(self.labels) or not len(self.labels):
            raise BadInput(f"one answer for each image is needed, not {len(self.classes)} for {len(self.labels)}.")

    @property
    def accuracy(self) -> float:
        """Share of images whose class is predicted correctly."""
        return float((self.classes == self.labels).mean())

    @property
    def balanced(self) -> float:
        """Balanced accuracy: the mean over the classes of the share predicted correctly. By chance 1 / classes."""
        shares = [(self.classes[self.labels == label] == label).mean() for label in np.unique(self.labels)]
        return float(np.mean(shares))

    @property
    def favourite(self) -> tuple[int, float]:
        """The class predicted most often, and its share of the predictions."""
        return most_frequent(self.classes)


def most_frequent(labels: np.ndarray) -> tuple[int, float]:
    """The most frequent class and its share, which is the accuracy of always predicting it."""
    counts = np.bincount(labels)
    return int(counts.argmax()), float(counts.max() / len(labels))

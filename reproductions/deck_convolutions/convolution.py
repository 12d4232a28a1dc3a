"""A kernel over an image: cross-correlation, which neural networks call convolution, and convolution proper."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tdabench.errors import BadInput
from tdabench.validation import LARGEST, as_floats

EDGES = ("valid", "same")


def cross_correlate(image, kernel, edges: str = "valid") -> np.ndarray:
    """At each place, the sum of the pixels under the kernel times its weights. image: (h, w), kernel: (a, b).

    edges: "valid" keeps the places where the kernel lies within the image, (h - a + 1, w - b + 1); "same" keeps all
    pixels, (h, w), with zeros beyond the image, and takes a kernel of odd sides, which has a middle. float64.
    BadInput for other shapes, for a kernel that does not fit into the image, and for numbers that are not finite.
    """
    image, kernel = _numbers(image, "image"), _numbers(kernel, "kernel")
    if edges not in EDGES:
        raise BadInput(f"edges: one of {', '.join(EDGES)} is needed, not {edges!r}.")
    height, width = kernel.shape
    if edges == "same":
        if height % 2 == 0 or width % 2 == 0:
            raise BadInput(f"kernel: {height} x {width} has no middle pixel; take odd sides, or edges='valid'.")
        image = np.pad(image, ((height // 2, height // 2), (width // 2, width // 2)))
    if height > image.shape[0] or width > image.shape[1]:
        raise BadInput(f"kernel: {height} x {width} does not fit into an image of {image.shape[0]} x {image.shape[1]}.")
    return np.einsum("ijab,ab->ij", sliding_window_view(image, kernel.shape), kernel)


def convolve(image, kernel, edges: str = "valid") -> np.ndarray:
    """Convolution as it is defined: `cross_correlate` with the kernel turned by 180 degrees."""
    return cross_correlate(image, _numbers(kernel, "kernel")[::-1, ::-1], edges)


def _numbers(values, name: str) -> np.ndarray:
    values = as_floats(values, name, "in rows of equal length")
    if values.ndim != 2 or values.size == 0:
        raise BadInput(f"{name}: an array of two dimensions, not empty, is needed, not {values.shape}.")
    usable = np.abs(values) <= LARGEST
    if not usable.all():
        raise BadInput(f"{name}: {int((~usable).sum())} of {values.size} numbers are not finite, or too large.")
    return values

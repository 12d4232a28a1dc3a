"""Convolutions along a circle or a Klein bottle, and the network that compares them with ordinary ones.

Love, Filippenko, Maroulas & Carlsson, "Topological Convolutional Layers for Deep Learning", JMLR 24(59), 2023 (arXiv
2101.05778), sections 3 and 4. A slice is a channel with a label: a point of the circle or of the Klein bottle. The
paper's short names: CF and KF are fixed filters, COL and KOL learned ones between near slices only, NOL is the ordinary
layer.
"""

import math

import numpy as np
import torch
from torch import nn

from tdabench.errors import BadInput
from tdabench.networks.filter_banks import angles, circle_integrated, klein, klein_angles
from tdabench.networks.nets.convolutional import Convolutional
from tdabench.validation import as_floats, as_points

# The largest distance of joined slices: radians on the circle, L2 on the Klein bottle. The paper does not give them.
# These leave about a quarter of the connections between 64 slices and 64, .266 and .271. The thresholds of an early
# code (.65 and .35, see conf/reproduction/love_2023_klein_layers.yaml) mean something else: they cut pixels of kernels.
THRESHOLDS = {"circle": math.pi / 4, "klein": 1.64}
ROUNDING = 1e-9  # distances on a grid are often equal; rounding errors must not separate them


def circle_distances(one, other) -> np.ndarray:
    """Length of the shorter arc between angles, all in radians. (n,), (m,) -> (n, m), from 0 to pi."""
    differences = np.subtract.outer(*(as_points(as_floats(angle, "angles", "in radians")[..., None], "angles")[:, 0]
                                for angle in (one, other)))  # fmt: skip
    return np.abs((differences + np.pi) % (2 * np.pi) - np.pi)


def klein_distances(one, other) -> np.ndarray:
    """L2 distance over [-1, 1]^2 of F_K at angles (t1, t2) in radians. (n, 2), (m, 2) -> (n, m).

    It is a distance between functions, so (t1 + pi, -t2) and (t1, t2), which have the same function, are one point.
    """
    return np.linalg.norm(_values(one)[:, None] - _values(other), axis=2)


def _values(labels):
    """F_K at the nodes of a Gauss quadrature, times the root of their weights: (n, 9).

    The Euclidean distances of these rows are the exact L2 distances: three nodes along a side integrate up to degree 5,
    and the square of a difference of two F_K has degree 4.
    """
    nodes, weights = np.polynomial.legendre.leggauss(3)
    t1, t2 = as_points(labels, "angles", width=2).T
    u = np.multiply.outer(np.cos(t1), np.tile(nodes, 3)) + np.multiply.outer(np.sin(t1), np.repeat(nodes, 3))
    values = np.sin(t2)[:, None] * u + np.cos(t2)[:, None] * (2 * u**2 - 1)
    return values * np.sqrt(np.outer(weights, weights).ravel())


class FixedFilters(nn.Conv2d):
    """A convolution with fixed filters and trained biases (assumed). (n, channels, h, w) -> (n, m, h, w).

    Parameters
    ----------
    filters
        (m, size, size).
    channels
        Channels of the input. Every filter sees their mean (assumed; the published images are grey).
    """

    def __init__(self, filters: np.ndarray, channels: int = 1):
        super().__init__(channels, len(filters), filters.shape[1:], padding="same")
        with torch.no_grad():
            self.weight.copy_(torch.as_tensor(filters, dtype=torch.float32)[:, None] / channels)
        self.weight.requires_grad_(False)


class CircleFeatures(FixedFilters):
    """CF: slice i of m has the filter F_S1(2 pi i / m), integrated over the cells of a size x size grid."""

    def __init__(self, slices: int = 64, channels: int = 1, size: int = 3):
        super().__init__(circle_integrated(slices, size), channels)


class KleinFeatures(FixedFilters):
    """KF: the slices have the filters F_K on a sqrt(m) x sqrt(m) grid, t1 in [0, pi), t2 in [0, 2 pi)."""

    def __init__(self, slices: int = 64, channels: int = 1, size: int = 3):
        super().__init__(klein(slices, size), channels)


class LocalisedConvolution(nn.Conv2d):
    """A learned size x size convolution in which only some slices are joined; the weights of other pairs are 0.

    The weights start as torch initialises a layer with as many inputs as each output is joined to: uniform within
    1 / sqrt(inputs * size^2). Those of other pairs have no gradient and stay 0.

    Parameters
    ----------
    joined
        (out, in), bool.
    size
        Side of a kernel.
    """

    def __init__(self, joined: np.ndarray, size: int = 3):
        joined = np.asarray(joined, dtype=bool)
        if joined.ndim != 2 or not joined.any(axis=1).all():
            raise BadInput("joined: every slice needs at least one slice of the layer before; raise the threshold.")
        super().__init__(joined.shape[1], joined.shape[0], size, padding="same")
        self.register_buffer("joined", torch.from_numpy(joined.copy())[:, :, None, None])
        self._rescale()

    @property
    def share(self) -> float:
        """The share of an ordinary layer's connections that this one has."""
        return float(self.joined.float().mean())

    def start_from(self, ordinary: nn.Conv2d) -> "LocalisedConvolution":
        """Take the weights of a fresh ordinary layer of the same shape, rescaled for the smaller number of inputs."""
        with torch.no_grad():
            self.weight.copy_(ordinary.weight)
            self.bias.copy_(ordinary.bias)
        self._rescale()
        return self

    def _rescale(self) -> None:
        # Torch draws weights and biases uniformly within 1 / sqrt(fan-in): scale the draws to the smaller fan-in.
        factor = (self.in_channels / self.joined.sum(dim=1, keepdim=True)).sqrt()
        with torch.no_grad():
            self.weight.mul_(factor * self.joined)
            self.bias.mul_(factor.flatten())

    def forward(self, images):
        # A product keeps the weights' order in memory, so channels stay last.
        return self._conv_forward(images, self.weight * self.joined, self.bias)


class CircleOneLayer(LocalisedConvolution):
    """COL: slices at the angles 2 pi i / m, joined where the arc between them is at most `threshold` radians."""

    def __init__(self, before: int = 64, slices: int = 64, threshold: float = THRESHOLDS["circle"], size: int = 3):
        super().__init__(circle_distances(angles(slices), angles(before)) <= threshold + ROUNDING, size)


class KleinOneLayer(LocalisedConvolution):
    """KOL: slices on the grid of KF, joined where the L2 distance of their F_K is at most `threshold`."""

    def __init__(self, before: int = 64, slices: int = 64, threshold: float = THRESHOLDS["klein"], size: int = 3):
        super().__init__(klein_distances(klein_angles(slices), klein_angles(before)) <= threshold + ROUNDING, size)


class RandomOneLayer(LocalisedConvolution):
    """The control of KOL: every slice is joined to as many slices as in KOL, drawn at random by torch's generator."""

    def __init__(self, before: int = 64, slices: int = 64, threshold: float = THRESHOLDS["klein"], size: int = 3):
        counts = KleinOneLayer(before, slices, threshold, size).joined.sum(dim=1).flatten()
        super().__init__(np.stack([(torch.randperm(before) < count).numpy() for count in counts]), size)


class GaussianFeatures(FixedFilters):
    """The control of KF: fixed Gaussian filters of the same size and norms, drawn by torch's generator."""

    def __init__(self, slices: int = 64, channels: int = 1, size: int = 3):
        norms = np.linalg.norm(klein(slices, size), axis=(1, 2), keepdims=True)
        filters = torch.randn(slices, size, size).numpy()
        super().__init__(filters * norms / np.linalg.norm(filters, axis=(1, 2), keepdims=True), channels)


FIRST = {"circle": CircleFeatures, "klein": KleinFeatures, "gaussian": GaussianFeatures}
SECOND = {"circle": CircleOneLayer, "klein": KleinOneLayer, "random": RandomOneLayer}
ORDINARY = "ordinary"


class TopologicalNetwork(Convolutional):
    """Two convolutions of `slices` slices and 3x3 filters, each with ReLU and 2x2 max-pool, dense + ReLU, dense.

    Networks of the same seed start from the same weights in the layers that they share, the same biases, and the same
    joined weights up to a factor.

    Parameters
    ----------
    first
        "ordinary" (NOL), "circle" (CF), "klein" (KF), or the control "gaussian".
    second
        "ordinary" (NOL), "circle" (COL), "klein" (KOL), or the control "random".
    slices
        Slices of both layers; a square number for a Klein layer and for the controls.
    dense, channels, size, classes
        See Convolutional.
    threshold
        Largest distance of joined slices in the second layer; None for that of THRESHOLDS.
    """

    def __init__(
        self, first=ORDINARY, second=ORDINARY, slices=64, dense=512, channels=1, size=28, classes=10, threshold=None
    ):
        for role, name, layers in (("first", first, FIRST), ("second", second, SECOND)):
            if name != ORDINARY and name not in layers:
                raise BadInput(f"{role}: one of {ORDINARY}, {', '.join(layers)} is needed, not {name!r}.")
        # Draw the weights of the ordinary network first, then replace layers.
        super().__init__(filters=(slices, slices), dense=dense, channels=channels, size=size, classes=classes)
        if first != ORDINARY:
            fixed = FIRST[first](slices, channels)
            with torch.no_grad():
                fixed.bias.copy_(self.convolutions[0].bias)
            self.convolutions[0] = fixed
        if second != ORDINARY:
            options = {} if threshold is None else {"threshold": threshold}
            self.convolutions[1] = SECOND[second](slices, slices, **options).start_from(self.convolutions[1])

    @property
    def share(self) -> float:
        """The share of connections that the second layer has: 1 for an ordinary one."""
        return getattr(self.convolutions[1], "share", 1.0)

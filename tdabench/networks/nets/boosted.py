"""M(X,Y,Z) with a boosted input: beside each pixel, the answers of given linear filters round it.

Gabrielsson & Carlsson, arXiv 1810.03234: 16 circle features and the raw pixel, 17 channels in place of one.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tdabench.errors import BadInput
from tdabench.networks.filter_banks import bank
from tdabench.networks.nets.convolutional import Convolutional


class Boosted(Convolutional):
    """M(X,Y,Z) whose first convolution looks at 1 + m channels for each channel of the image: raw, and m features.

    features: name and parameters of a bank (m, k, k), odd k; scale: the raw pixel is multiplied by it; learned: the
    features are trained too, from the bank on. The rest as for Convolutional, and layers after the first start from
    the same weights as those of a Convolutional of the same seed.

    The features are linear in the pixels, so a convolution over 17 channels is one over as many channels as the
    filters have dimensions (circle features and pixel: three), with the weights put together. That is how it is
    computed here: the same function of the same weights, at little more than the cost of a single channel.
    `written_out` is the function as published.
    """

    def __init__(self, features=None, scale=1.0, learned=False, **network):
        super().__init__(**network)
        filters = np.zeros((0, 3, 3)) if features is None else _bank("features", features)
        if filters.shape[1] % 2 == 0:
            raise BadInput(f"features: filters of odd size are needed, not {filters.shape[1]} x {filters.shape[2]}.")
        raw = np.zeros((1, *filters.shape[1:]))
        raw[0, raw.shape[1] // 2, raw.shape[2] // 2] = scale
        whole = np.concatenate([raw, filters])
        basis, mixing = _factors(whole.reshape(len(whole), -1), learned)
        self.window, self.colours = whole.shape[1], network.get("channels", 1)
        self.register_buffer("basis", _tensor(basis).reshape(-1, 1, self.window, self.window))
        self.register_buffer("raw", _tensor(mixing[:1]))
        self.mixing = nn.Parameter(_tensor(mixing[1:]), requires_grad=learned)
        outer = self.convolutions[0].out_channels
        self.convolutions[0] = nn.Conv2d(self.colours * len(whole), outer, 3, padding=1)

    def filters(self) -> torch.Tensor:
        """The filters with the raw pixel first, (1 + m, k, k)."""
        return (torch.cat([self.raw, self.mixing]) @ self.basis.flatten(1)).unflatten(1, (self.window, self.window))

    def first(self, images):
        layer = self.convolutions[0]
        mixing = torch.cat([self.raw, self.mixing])
        weight = layer.weight.unflatten(1, (self.colours, len(mixing)))
        weight = torch.einsum("ocmij,mr->ocrij", weight, mixing).flatten(1, 2)
        seen = functional.conv2d(
            images, self.basis.repeat(self.colours, 1, 1, 1), padding=self.window // 2, groups=self.colours
        )
        weight = weight.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(seen, weight, layer.bias, padding=1)

    def written_out(self, images):
        """The same by the channels as they are named: what `forward` is held against."""
        filters = self.filters()[:, None].repeat(self.colours, 1, 1, 1)
        seen = functional.conv2d(images, filters, padding=self.window // 2, groups=self.colours)
        images = functional.relu(functional.max_pool2d(self.convolutions[0](seen), 2))
        return self.after_first(images)


class GivenFirstLayer(Convolutional):
    """M(X,Y,Z) whose first layer is a bank of filters that training leaves as it is; its offsets are trained.

    first: name and parameters of a bank of X filters of 3x3; norm: each filter is scaled to it, by default to what
    an untrained one has on average.
    """

    def __init__(self, first=None, norm=None, **network):
        super().__init__(**network)
        layer = self.convolutions[0]
        filters = _bank("first", first)
        if (filters.shape[0], *filters.shape[1:]) != (layer.out_channels, 3, 3) or layer.in_channels != 1:
            raise BadInput(
                f"first: {layer.out_channels} filters of 3 x 3 for one channel are needed, "
                f"not {filters.shape} for {layer.in_channels}."
            )
        norm = 3**-0.5 if norm is None else norm  # uniform on [-1/3, 1/3], nine of them
        filters = filters * norm / np.linalg.norm(filters, axis=(1, 2), keepdims=True)
        with torch.no_grad():
            layer.weight.copy_(_tensor(filters)[:, None])
        layer.weight.requires_grad_(False)


def _bank(role, given):
    """Filters (m, k, k) of a bank given by name and parameters."""
    if not isinstance(given, Mapping) or "name" not in given:
        raise BadInput(f"{role}: a bank with its name is needed, such as {{'name': 'circle', 'n': 16}}, not {given!r}.")
    return bank(**given)


def _factors(whole, learned):
    """whole (m, k^2) = mixing (m, r) @ basis (r, k^2), r its rank; all of the pixels when the filters will move."""
    if learned:
        return np.eye(whole.shape[1]), whole
    _, lengths, basis = np.linalg.svd(whole, full_matrices=False)
    basis = basis[lengths > 1e-9 * lengths[0]]
    return basis, whole @ basis.T


def _tensor(values):
    return torch.tensor(values, dtype=torch.float32)

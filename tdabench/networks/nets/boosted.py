"""M(X,Y,Z) with a boosted input: beside each pixel, the responses of a bank of linear filters.

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
    """M(X,Y,Z) whose first convolution sees 1 + m channels for each channel of the image: the pixel and m features.

    Layers after the first start from the same weights as those of a Convolutional of the same seed.

    The features are linear in the pixels. So a convolution over 17 channels equals one over r channels with combined
    weights, where r is the rank of the filters (circle features and pixel: 3). `forward` computes it that way, at
    little more than the cost of one channel. `written_out` is the same function as published.

    Parameters
    ----------
    features
        Name and parameters of a bank (m, k, k), k odd, see `filter_banks.bank`; None for no features.
    scale
        Factor of the raw pixel.
    learned
        Train the features as well, starting from the bank.
    **network
        Parameters of Convolutional.
    """

    def __init__(self, features=None, scale=1.0, learned=False, **network):
        super().__init__(**network)
        filters = np.zeros((0, 3, 3)) if features is None else _bank("features", features)
        if filters.shape[1] % 2 == 0:
            raise BadInput(f"features: filters of odd size are needed, not {filters.shape[1]} x {filters.shape[2]}.")
        raw = np.zeros((1, *filters.shape[1:]))
        raw[0, raw.shape[1] // 2, raw.shape[2] // 2] = scale
        filters = np.concatenate([raw, filters])
        basis, mixing = _factors(filters.reshape(len(filters), -1), learned)
        self.window, self.colours = filters.shape[1], network.get("channels", 1)
        self.register_buffer("basis", _tensor(basis).reshape(-1, 1, self.window, self.window))
        self.register_buffer("raw", _tensor(mixing[:1]))
        self.mixing = nn.Parameter(_tensor(mixing[1:]), requires_grad=learned)
        outer = self.convolutions[0].out_channels
        self.convolutions[0] = nn.Conv2d(self.colours * len(filters), outer, 3, padding=1)

    def filters(self) -> torch.Tensor:
        """The raw pixel and the filters, (1 + m, k, k)."""
        return (torch.cat([self.raw, self.mixing]) @ self.basis.flatten(1)).unflatten(1, (self.window, self.window))

    def first(self, images):
        layer = self.convolutions[0]
        mixing = torch.cat([self.raw, self.mixing])
        weight = layer.weight.unflatten(1, (self.colours, len(mixing)))
        weight = torch.einsum("ocmij,mr->ocrij", weight, mixing).flatten(1, 2)
        responses = functional.conv2d(
            images, self.basis.repeat(self.colours, 1, 1, 1), padding=self.window // 2, groups=self.colours
        )
        weight = weight.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(responses, weight, layer.bias, padding=1)

    def written_out(self, images):
        """The network as published, with all 1 + m channels. A test compares `forward` with it."""
        filters = self.filters()[:, None].repeat(self.colours, 1, 1, 1)
        responses = functional.conv2d(images, filters, padding=self.window // 2, groups=self.colours)
        images = functional.relu(functional.max_pool2d(self.convolutions[0](responses), 2))
        return self.after_first(images)


class FixedFirstLayer(Convolutional):
    """M(X,Y,Z) whose first layer is a fixed bank of filters; its biases are trained.

    Parameters
    ----------
    first
        Name and parameters of a bank of X filters of 3x3, see `filter_banks.bank`.
    norm
        Euclidean norm of each filter; by default the average norm of an untrained one.
    **network
        Parameters of Convolutional.
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
        norm = 3**-0.5 if norm is None else norm  # root mean square norm of nine weights uniform on [-1/3, 1/3]
        filters = filters * norm / np.linalg.norm(filters, axis=(1, 2), keepdims=True)
        with torch.no_grad():
            layer.weight.copy_(_tensor(filters)[:, None])
        layer.weight.requires_grad_(False)


def _bank(role, entry):
    """Filters (m, k, k) of a bank by its name and parameters. role: the parameter of the network, for an error."""
    if not isinstance(entry, Mapping) or "name" not in entry:
        raise BadInput(f"{role}: a bank with its name is needed, such as {{'name': 'circle', 'n': 16}}, not {entry!r}.")
    return bank(**entry)


def _factors(filters, learned):
    """Factors basis (r, k^2) and mixing (m, r) of filters (m, k^2) = mixing @ basis.

    r is the rank of the filters. Filters that will be trained leave that subspace, so their basis is all pixels.
    """
    if learned:
        return np.eye(filters.shape[1]), filters
    _, lengths, basis = np.linalg.svd(filters, full_matrices=False)
    basis = basis[lengths > 1e-9 * lengths[0]]
    return basis, filters @ basis.T


def _tensor(values):
    return torch.tensor(values, dtype=torch.float32)

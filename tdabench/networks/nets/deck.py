"""The deck's two Keras nets: Prokopev, "Topological Data Analysis to understand Convolutional Neural Networks", SeoulAI
2018, `model.summary()`."""

import torch
from torch import nn
from torch.nn import functional

from tdabench.errors import BadInput


class Deck(nn.Module):
    """The deck's Keras nets: 64 filters give 14,714 parameters, 4,096 give 184,058.

    Convolution 3x3 without padding, 2x2 max-pool, convolution 2x2 with 16 filters, 2x2 max-pool, dense 10. The input is
    (n, 1, 28, 28); the output is (n, 10), scores before the softmax.

    The pools act on (channel, height), not on (height, width): in the published shapes (64, 26, 26) becomes
    (32, 13, 26). Keras does this when the convolutions are `channels_first` and the pools are not. It is reproduced
    here. The deck does not show activations and initialisation: ReLU and Keras's defaults (Glorot uniform, zero biases)
    are assumed.

    Parameters
    ----------
    filters
        Filters of the first convolution, an even number.
    """

    def __init__(self, filters=64):
        super().__init__()
        if filters < 2 or filters % 2:
            raise BadInput(f"filters: an even number is needed, since pairs of channels are pooled, not {filters}.")
        self.first = nn.Conv2d(1, filters, 3)
        self.second = nn.Conv2d(filters // 2, 16, 2)
        self.scores = nn.Linear(1200, 10)
        for layer in (self.first, self.second, self.scores):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, images):
        pooled = _FirstLayer.apply(images, self.first.weight, self.first.bias)  # (n, 13, 26, filters // 2)
        # A convolution of few filters over many channels is one matrix product and a sum of its shifted parts.
        taps = self.second.weight.permute(2, 3, 1, 0).flatten(0, 1)  # (4, filters // 2, 16)
        parts = (pooled @ taps.permute(1, 0, 2).flatten(1)).unflatten(-1, (4, 16))
        corners = ((0, 0), (0, 1), (1, 0), (1, 1))
        second = sum(parts[:, row : row + 12, column : column + 25, k] for k, (row, column) in enumerate(corners))
        second = (second + self.second.bias).permute(0, 3, 1, 2)
        return self.scores(functional.relu(pool_channel_and_height(second)).flatten(1))

    def written_out(self, images):
        """The network layer by layer. A test compares `forward` with it."""
        images = functional.relu(pool_channel_and_height(self.first(images)))
        images = functional.relu(pool_channel_and_height(self.second(images)))
        return self.scores(images.flatten(1))

    def shapes(self) -> list[tuple[int, ...]]:
        """Output shapes of the layers as the deck's summary lists them, without the batch."""
        with torch.no_grad():
            first = self.first(torch.zeros(1, 1, 28, 28))
            pooled = pool_channel_and_height(first)
            second = self.second(pooled)
            last = pool_channel_and_height(second)
        return [tuple(out.shape[1:]) for out in (first, pooled, second, last, last.flatten(1), self.scores.bias[None])]


def pool_channel_and_height(images):
    """2x2 max-pool over (channel, height). (n, c, h, w) -> (n, c // 2, h // 2, w)."""
    n, channels, height, width = images.shape
    cut = images[:, : channels // 2 * 2, : height // 2 * 2]
    return cut.reshape(n, channels // 2, 2, height // 2, 2, width).amax(dim=(2, 4))


class _FirstLayer(torch.autograd.Function):
    """Convolution 3x3, pool over (channel, height) and ReLU at once: (n, 1, 28, 28) -> (n, 13, 26, filters // 2).

    With 4,096 filters the values of a batch of 128 take 1.4 GB before the pool. So only VALUES of them exist at a time,
    and the backward pass computes them again. There is no gradient for the images.
    """

    VALUES = 1 << 21

    @staticmethod
    def forward(context, images, weight, bias):
        patches = _patches(images)
        corners = _corners(weight, bias)
        pooled = torch.empty(patches.shape[1], weight.shape[0] // 2, dtype=weight.dtype, device=weight.device)
        for block in _blocks(pooled):
            best = pooled[block].zero_()
            for row, kernels, offset in corners:
                torch.maximum(best, torch.addmm(offset, patches[row, block], kernels), out=best)
        context.save_for_backward(patches, weight, bias, pooled)
        return pooled.view(len(images), 13, 26, -1)

    @staticmethod
    def backward(context, gradient):
        patches, weight, bias, pooled = context.saved_tensors
        gradient = gradient.reshape(pooled.shape)
        corners = _corners(weight, bias)
        kernel_gradients = torch.zeros(2, 9, weight.shape[0] // 2, dtype=weight.dtype, device=weight.device)
        offset_gradients = torch.zeros(2, weight.shape[0] // 2, dtype=weight.dtype, device=weight.device)
        for block in _blocks(pooled):
            left = gradient[block] * (pooled[block] > 0)
            for place, (row, kernels, offset) in enumerate(corners):
                share = left * (torch.addmm(offset, patches[row, block], kernels) >= pooled[block])
                left = left - share  # the first of several equal values, as in a blank part of an image, takes it all
                kernel_gradients[place % 2].addmm_(patches[row, block].T, share)
                offset_gradients[place % 2] += share.sum(0)
        # The gradients list the even channels, then the odd ones: return them in the order of the channels.
        return None, kernel_gradients.permute(2, 0, 1).reshape(weight.shape), offset_gradients.T.reshape(-1)


def _blocks(pooled):
    rows = max(1, _FirstLayer.VALUES // pooled.shape[1])
    return [slice(start, start + rows) for start in range(0, len(pooled), rows)]


def _patches(images):
    """3x3 patches of the even and of the odd rows of places: (2, n * 13 * 26, 9)."""
    places = images.unfold(2, 3, 1).unfold(3, 3, 1).reshape(len(images), 13, 2, 26, 9)
    return places.permute(2, 0, 1, 3, 4).reshape(2, -1, 9)


def _corners(weight, bias):
    """The four values of one pool: row of places, kernels (9, filters // 2) and their offsets."""
    kernels = weight.reshape(-1, 2, 9).permute(1, 2, 0).contiguous()
    offsets = bias.reshape(-1, 2).T
    return [(row, kernels[channel], offsets[channel]) for row in (0, 1) for channel in (0, 1)]

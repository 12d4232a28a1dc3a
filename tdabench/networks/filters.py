"""The k x k filters of a convolution as points: on the unit sphere, in an orthonormal basis, with their controls.

Gabrielsson & Carlsson, "Exposition and interpretation of the topology of neural networks", arXiv 1810.03234.
A filter is a vector of k * k weights, read row by row.
"""

import numpy as np

from tdabench.errors import BadInput
from tdabench.networks.foreign_weights import convolutions, layer_name
from tdabench.validation import as_floats, as_integer, as_points, as_real

LISTED = 20  # layers named in an error


def layer(weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The kernels of one convolution.

    Parameters
    ----------
    weights
        Parameter name -> array, see `foreign_weights.read_weights`.
    name
        Name of the layer, or of its parameter.

    Returns
    -------
    array of float64, (out, in, k, k)
        k is at least 2.

    Raises
    ------
    BadInput
        When there is no such layer, it is no convolution, or its kernels are 1 x 1, not square or not finite.
    """
    layers = convolutions(weights)
    shapes = {layer_name(parameter): array.shape for parameter, array in weights.items()}
    name = layer_name(name)
    if name not in layers:
        listed = _listed({each: kernels.shape for each, kernels in layers.items()})
        if name in shapes:
            raise BadInput(
                f"layer {name}: no convolution, its weights have shape {shapes[name]}; the convolutions are {listed}."
            )
        raise BadInput(f"layer {name}: there is no such layer; the convolutions are {listed}.")
    kernels = layers[name]
    if not usable(kernels):
        larger = {each: kernels.shape for each, kernels in layers.items() if usable(kernels)}
        height, width = kernels.shape[2:]
        raise BadInput(
            f"layer {name}: square kernels larger than 1 x 1 are needed, as (out, in, height, width), not "
            f"{height} x {width} in {kernels.shape}; layers that have them: {_listed(larger)}."
        )
    faulty = int((~np.isfinite(kernels)).sum())
    if faulty:
        raise BadInput(
            f"layer {name}: {faulty} of {kernels.size} weights are not finite: the training diverged; take an earlier "
            "checkpoint."
        )
    return kernels.astype(np.float64)


def first_layer(weights: dict[str, np.ndarray]) -> str:
    """The name of the first convolution that `layer` accepts."""
    layers = convolutions(weights)
    for name, kernels in layers.items():
        if usable(kernels):
            return name
    listed = _listed({name: kernels.shape for name, kernels in layers.items()})
    raise BadInput(f"weights: no convolution has square kernels larger than 1 x 1; the convolutions are {listed}.")


def usable(kernels: np.ndarray) -> bool:
    """Whether the kernels are square, larger than 1 x 1, and stored as (out, in, height, width)."""
    out, inner, height, width = kernels.shape
    # TensorFlow and Keras store (height, width, in, out): 3 x 3 x 64 x 64 would be read as nine kernels of 64 x 64.
    other_order = out == inner <= 11 < min(height, width)
    return height == width > 1 and not other_order


def slices(kernels) -> np.ndarray:
    """Filters with the channels taken apart: (out, in, h, w) -> (out * in, h * w)."""
    kernels = _kernels(kernels)
    return kernels.reshape(-1, kernels.shape[2] * kernels.shape[3])


def full_depth(kernels) -> np.ndarray:
    """Filters with all their channels: (out, in, h, w) -> (out, in * h * w)."""
    kernels = _kernels(kernels)
    return kernels.reshape(len(kernels), -1)


def to_sphere(filters, drop_below: float = 1e-12) -> tuple[np.ndarray, np.ndarray]:
    """Subtract each filter's mean and divide by the Euclidean norm; drop constant filters.

    Parameters
    ----------
    filters
        (n, d).
    drop_below
        A filter whose norm about its mean is this or less counts as constant.

    Returns
    -------
    points : array, (m, d)
        Unit rows.
    rows : array of int, (m,)
        Their rows in `filters`, ascending.
    """
    centred, norms = _centred(filters)
    rows = np.flatnonzero(norms > drop_below)
    if not len(rows):
        raise BadInput("filters: every one is constant, so none has a direction.")
    return centred[rows] / norms[rows, None], rows


def strongest(filters, percent: float) -> np.ndarray:
    """The `percent` % of filters (n, d) with the largest Euclidean norm about their mean, in the order given."""
    _, norms = _centred(filters)
    percent = as_real(percent, "percent", above=0, most=100)
    count = max(1, round(len(norms) * percent / 100))
    return np.asarray(filters, dtype=np.float64)[np.sort(np.argsort(-norms, kind="stable")[:count])]


def sample(filters, count: int, seed: int) -> np.ndarray:
    """`count` of the filters (n, d), drawn without replacement, in the order given; all when n <= count."""
    filters, count = as_points(filters, "filters"), as_integer(count, "count", 1)
    if count >= len(filters):
        return filters
    return filters[np.sort(np.random.default_rng(seed).choice(len(filters), count, replace=False))]


def centred_basis(size: int) -> np.ndarray:
    """Orthonormal basis of the mean-free size x size filters.

    The rows are products of DCT-II vectors, ordered by total degree, and within a degree first those in x or y alone.
    For 3 x 3: x, y, xx, yy, xy, xyy, xxy, xxyy. The first two are the linear gradients, rising to the right and
    downwards.

    Parameters
    ----------
    size
        Side of a filter.

    Returns
    -------
    array, (size^2 - 1, size^2)
        Each row has sum 0.
    """
    if size % 1 != 0 or size < 2:
        raise BadInput(f"size: a whole number from 2 on is needed, not {size}.")
    places, degrees = np.arange(size) + 0.5, np.arange(size)
    vectors = np.cos(np.pi * np.outer(degrees, places) / size)
    vectors *= np.sign(vectors[:, -1:]) / np.linalg.norm(vectors, axis=1, keepdims=True)  # the last entry is positive
    pairs = [(x, y) for x in range(size) for y in range(size) if x + y]
    pairs.sort(key=lambda pair: (sum(pair), min(pair) > 0, pair[0] if min(pair) else -pair[0]))
    return np.stack([np.outer(vectors[y], vectors[x]).ravel() for x, y in pairs])


def coordinates(points, basis) -> np.ndarray:
    """Coordinates (n, b) of points (n, d) in a basis of orthonormal rows (b, d)."""
    basis = as_points(basis, "basis")
    return as_points(points, width=basis.shape[1]) @ basis.T


def shuffled(filters, seed: int) -> np.ndarray:
    """Control: the weights of each filter in random order. (n, d) -> (n, d)."""
    return np.random.default_rng(seed).permuted(as_points(filters, "filters"), axis=1)


def random_initialisation(shape: tuple[int, int, int, int], seed: int) -> np.ndarray:
    """Control: kernels as torch initialises a Conv2d, uniform within +-1 / sqrt(in * h * w).

    Parameters
    ----------
    shape
        (out, in, h, w); `in` is the number of channels that one filter sees.
    seed
        Seed of the draw.

    Returns
    -------
    array of that shape
    """
    bound = 1 / np.sqrt(np.prod(shape[1:]))
    return np.random.default_rng(seed).uniform(-bound, bound, shape)


def _centred(filters) -> tuple[np.ndarray, np.ndarray]:
    filters = as_points(filters, "filters")
    centred = filters - filters.mean(axis=1, keepdims=True)
    return centred, np.linalg.norm(centred, axis=1)


def _kernels(kernels) -> np.ndarray:
    kernels = as_floats(kernels, "kernels", "(out, in, height, width)")
    if kernels.ndim != 4 or not kernels.size:
        raise BadInput(f"kernels: an array of shape (out, in, height, width) is needed, not {kernels.shape}.")
    if not np.isfinite(kernels).all():
        raise BadInput(f"kernels: {int((~np.isfinite(kernels)).sum())} of {kernels.size} weights are not finite.")
    return kernels


def _listed(shapes: dict[str, tuple]) -> str:
    """Names and shapes of the first LISTED layers, for an error."""
    parts = [f"{name} {'x'.join(map(str, shape))}" for name, shape in list(shapes.items())[:LISTED]]
    if len(shapes) > LISTED:
        parts.append(f"{len(shapes) - LISTED} more")
    return ", ".join(parts) or "none"

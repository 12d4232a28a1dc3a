"""3x3 patches from images by the protocol of Carlsson et al. (IJCV 76, 2008; Lee, Pedersen & Mumford 2003).

Take random 3x3 patches of log intensity, select the share with the highest contrast (D-norm), and normalise them: in
DCT coordinates they are points of S^7. Two details were not published and are assumed: log(1 + x), and a border of 2
pixels left out.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from tdabench.errors import BadInput
from tdabench.patches.basis import contrast_norm, to_sphere
from tdabench.validation import as_floats, as_integer, as_points, as_real

BORDER = 2
SMALLEST = 3 + 2 * BORDER  # rows and columns of an image


def prepare(image, blur: float = 0.0, bits: int | None = None) -> np.ndarray:
    """Log intensity of an image after an optional Gaussian blur and quantisation.

    Parameters
    ----------
    image
        (rows, columns), intensities of at least 0.
    blur
        Standard deviation in pixels.
    bits
        Quantise to 2^bits grey levels from 0 to the image's maximum; None for no quantisation.

    Returns
    -------
    array, (rows, columns)
    """
    image = as_floats(image, "image", "in rows and columns")
    blur = as_real(blur, "blur (pixels)", above=-1e-300, most=1000)
    bits = as_integer(bits, "bits", 0, 32) if bits is not None else None
    if image.ndim != 2 or min(image.shape) < SMALLEST:
        raise BadInput(f"image: at least {SMALLEST} x {SMALLEST} grey pixels are needed, not {image.shape}.")
    if not np.isfinite(image).all() or image.min() < 0:
        raise BadInput("image: intensities must be finite and not negative (their logarithm is taken).")
    if blur:
        image = gaussian_filter(image, blur, mode="reflect")
    if bits and image.max() > 0:
        step = image.max() / (2**bits - 1)
        image = np.round(image / step) * step
    return np.log1p(image)


def random_patches(image, count: int, random: np.random.Generator) -> np.ndarray:
    """Up to `count` 3x3 patches at distinct random places. image: (rows, columns) -> (n, 9)."""
    rows, columns = image.shape[0] - 2 * BORDER - 2, image.shape[1] - 2 * BORDER - 2
    places = random.choice(rows * columns, min(count, rows * columns), replace=False)
    top, left = BORDER + places // columns, BORDER + places % columns
    steps = np.arange(3)
    return image[top[:, None, None] + steps[:, None], left[:, None, None] + steps].reshape(-1, 9)


def high_contrast_patches(
    images,
    per_image: int,
    seed: int,
    contrast_percent: float = 20,
    cut: str = "image",
) -> np.ndarray:
    """The patches of highest contrast of several prepared images, as points of S^7.

    Parameters
    ----------
    images
        Arrays of log intensity, (rows, columns).
    per_image
        Random patches from each image.
    contrast_percent
        Percentage of the patches to select.
    cut
        "image" selects that percentage in each image, as published; "all" uses one threshold for all images.

    Returns
    -------
    array, (n, 8)
        DCT coordinates, unit rows, in random order.
    """
    if cut not in ("image", "all"):
        raise BadInput(f"cut: 'image' or 'all' is needed, not {cut!r}.")
    contrast_percent = as_real(contrast_percent, "contrast_percent", above=0, most=100)
    per_image = as_integer(per_image, "per_image", 1)
    images = [as_points(image, f"image {place}") for place, image in enumerate(images)]
    if small := [image.shape for image in images if min(image.shape) < SMALLEST]:
        raise BadInput(f"images: at least {SMALLEST} x {SMALLEST} pixels are needed, not {small[0]}.")
    random = np.random.default_rng(seed)
    samples = [random_patches(image, per_image, random) for image in images]
    if not samples:
        raise BadInput("images: at least one is needed.")
    groups = samples if cut == "image" else [np.concatenate(samples)]
    patches = np.concatenate([highest_contrast(group, contrast_percent) for group in groups])
    if not len(patches):
        raise BadInput("images: no patch has any contrast; they are constant.")
    return to_sphere(random.permutation(patches))


def highest_contrast(patches: np.ndarray, percent: float) -> np.ndarray:
    """The `percent` % of patches (n, 9) of largest D-norm, descending, without constant ones."""
    norms = contrast_norm(patches)
    rows = np.argsort(-norms, kind="stable")[: max(1, round(len(patches) * percent / 100))]
    return patches[rows[norms[rows] > 1e-12]]


def averaged_over_neighbours(points, neighbours: int, workers: int = -1) -> np.ndarray:
    """The mean of each point and its nearest neighbours, projected to the sphere. points: (n, d) -> (n, d)."""
    from scipy.spatial import cKDTree

    points = as_points(points)
    neighbours = as_integer(neighbours, "neighbours", 0, len(points) - 1)
    _, near = cKDTree(points).query(points, k=range(1, neighbours + 2), workers=workers)
    means = points[near].mean(axis=1)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    if not lengths.all():
        raise BadInput("points: a mean of neighbours is the origin, which lies on no sphere; take fewer neighbours.")
    return means / lengths

"""Controls: data without the structure that a claim is about, but with the same simpler properties.

A claim that holds for its control as well says nothing about natural images.
"""

import numpy as np

from tdabench.errors import BadInput
from tdabench.patches.basis import contrast_norm, to_pixels, to_sphere
from tdabench.validation import as_points


def gaussian_like(points, seed: int, rounds: int = 30) -> np.ndarray:
    """Draws from a Gaussian, projected to the unit sphere, that have the second moments of `points` there.

    A fixed-point iteration on one set of normal draws adjusts the Gaussian's covariance.

    Parameters
    ----------
    points
        (n, d), unit rows.
    seed
        Seed of the draws.
    rounds
        Iterations.

    Returns
    -------
    array, (n, d)
        Unit rows.
    """
    points = as_points(points, at_least=2)
    if not np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5):
        raise BadInput("points: unit rows are needed (points of a sphere).")
    target = points.T @ points / len(points)
    draws = np.random.default_rng(seed).standard_normal(points.shape)
    change = _root(target)
    for _ in range(rounds):
        sphere = draws @ change
        sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
        change = change @ _root(np.linalg.pinv(sphere.T @ sphere / len(sphere))) @ _root(target)
    sphere = draws @ change
    return sphere / np.linalg.norm(sphere, axis=1, keepdims=True)


def shuffled_pixels(points, seed: int) -> np.ndarray:
    """The pixels of each patch in random order, contrast-normalised again. (n, 8) -> (m, 8), without constant ones."""
    patches = np.random.default_rng(seed).permuted(to_pixels(points), axis=1)
    return to_sphere(patches[contrast_norm(patches) > 1e-12])


def phase_randomised(image, seed: int) -> np.ndarray:
    """An image with the same power spectrum and random phases. (rows, columns) -> (rows, columns)."""
    image = as_points(image, "image")
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(image.shape))
    spectrum = np.abs(np.fft.rfft2(image - image.mean())) * noise / np.abs(noise)
    return np.fft.irfft2(spectrum, s=image.shape) + image.mean()


def random_field(shape: tuple[int, int], exponent: float, seed: int) -> np.ndarray:
    """A Gaussian random field of unit variance with amplitude 1 / frequency^exponent. shape: (rows, columns)."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(noise / frequency**exponent, s=shape)
    return field / field.std()


def _root(matrix: np.ndarray) -> np.ndarray:
    """Symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T

"""Kernels over images: the deck's worked outputs, other software's numbers, the four kernels, what is refused."""

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d, correlate2d

from reproductions.deck_convolutions.convolution import convolve, cross_correlate
from tdabench.errors import BadInput

WORKED = [[35, 40, 41, 45, 50], [40, 40, 42, 46, 52], [42, 46, 50, 55, 55], [48, 52, 56, 58, 60], [56, 60, 65, 70, 75]]
UP = [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
EDGE = np.full((3, 3), -1) + 9 * np.eye(3)[1][:, None] * np.eye(3)[1]
BLUR = np.outer([1, 2, 1], [1, 2, 1]) / 16
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_decks_first_output_is_a_cross_correlation():
    assert cross_correlate(WORKED, UP)[1, 1] == 42  # the pixel above the centre
    assert convolve(WORKED, UP)[1, 1] == 56  # the pixel below


def test_the_decks_edge_kernel_on_a_single_pixel():
    image = np.zeros((7, 7))
    image[3, 3] = 2
    wanted = np.zeros((7, 7))
    wanted[2:5, 2:5] = -2
    wanted[3, 3] = 16
    assert (cross_correlate(image, EDGE, "same") == wanted).all()


@pytest.mark.parametrize("edges", ["valid", "same"])
@pytest.mark.parametrize("size", [(3, 3), (1, 5)])
def test_scipy_gives_the_same_numbers(edges, size):
    image, kernel = noise(9, 12), noise(*size, seed=1)
    assert np.allclose(cross_correlate(image, kernel, edges), correlate2d(image, kernel, edges))
    assert np.allclose(convolve(image, kernel, edges), convolve2d(image, kernel, edges))


def test_a_networks_convolution_is_the_cross_correlation():
    image, kernel = noise(8, 8), noise(2, 2, seed=1)
    theirs = torch.nn.functional.conv2d(torch.from_numpy(image)[None, None], torch.from_numpy(kernel)[None, None])
    assert np.allclose(cross_correlate(image, kernel), theirs[0, 0].numpy())


def test_what_the_four_kernels_must_do():
    image = np.round(128 + 40 * noise(20, 20))
    identity = np.outer([0, 1, 0], [0, 1, 0])
    assert (cross_correlate(image, identity, "same") == image).all()
    for grey in (0, 1, 42, 255):
        flat = np.full((6, 6), grey)
        assert (cross_correlate(flat, BLUR) == grey).all()
        assert (cross_correlate(flat, SHARPEN) == grey).all()
        assert (cross_correlate(flat, EDGE) == 0).all()


@pytest.mark.parametrize(
    ("image", "kernel", "edges", "what"),
    [
        (np.zeros((2, 2)), np.zeros((3, 3)), "valid", "does not fit"),
        (np.zeros((5, 5)), np.zeros((2, 2)), "same", "no middle pixel"),
        (np.zeros((5, 5)), np.zeros((3, 3)), "full", "one of valid, same"),
        (np.zeros((5, 5, 3)), np.zeros((3, 3)), "valid", "two dimensions"),
        (np.full((5, 5), np.nan), np.zeros((3, 3)), "valid", "25 of 25 numbers are not finite"),
    ],
)
def test_what_is_refused_is_named(image, kernel, edges, what):
    with pytest.raises(BadInput, match=what):
        cross_correlate(image, kernel, edges)

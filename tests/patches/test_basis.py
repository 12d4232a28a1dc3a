"""The contrast norm and the DCT coordinates of 3x3 patches."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.patches.basis import BASIS, CONTRAST, contrast_norm, to_pixels, to_sphere


def patches(count=50, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 9))


def test_the_basis_is_d_orthonormal_and_free_of_mean():
    assert BASIS @ CONTRAST @ BASIS.T == pytest.approx(np.eye(8), abs=1e-15)
    assert BASIS.sum(axis=1) == pytest.approx(np.zeros(8), abs=1e-15)


def test_the_basis_consists_of_eigenvectors_with_the_published_values():
    values = [1, 1, 3, 3, 2, 4, 4, 6]
    assert CONTRAST @ BASIS.T == pytest.approx(BASIS.T * values, abs=1e-14)
    assert np.linalg.eigvalsh(CONTRAST) == pytest.approx(sorted([0, *values]), abs=1e-14)


def test_the_contrast_norm_sums_the_twelve_pairs_of_neighbours():
    for patch, norm in zip(patches(), contrast_norm(patches()), strict=True):
        image = patch.reshape(3, 3)
        across = (image[:, 1:] - image[:, :-1]).ravel()
        down = (image[1:] - image[:-1]).ravel()
        pairs = np.r_[across, down]
        assert len(pairs) == 12
        assert norm == pytest.approx(np.sqrt((pairs**2).sum()))


def test_the_norm_of_worked_patches():
    vertical_edge = [0, 1, 1] * 3
    single_pixel = [0, 0, 0, 0, 1, 0, 0, 0, 0]
    constant = [5] * 9
    assert contrast_norm([vertical_edge, single_pixel, constant]) == pytest.approx([np.sqrt(3), 2, 0])


def test_points_of_the_sphere_have_length_one_and_forget_brightness_and_contrast():
    sphere = to_sphere(patches())
    assert np.linalg.norm(sphere, axis=1) == pytest.approx(np.ones(50))
    assert to_sphere(patches() + 17) == pytest.approx(sphere, abs=1e-12)
    assert to_sphere(0.003 * patches()) == pytest.approx(sphere, abs=1e-12)
    assert to_sphere(-patches()) == pytest.approx(-sphere)


def test_each_basis_patch_is_an_axis():
    assert to_sphere(5 * BASIS + 2) == pytest.approx(np.eye(8), abs=1e-14)


def test_the_first_coordinate_is_brightness_on_the_left_and_the_second_on_top():
    left, top = np.array([[1, 0, -1]] * 3), np.array([[1, 0, -1]] * 3).T
    assert to_sphere([left.ravel(), top.ravel()]) == pytest.approx(np.eye(8)[:2], abs=1e-14)


def test_pixels_and_coordinates_are_inverse():
    sphere = to_sphere(patches())
    pixels = to_pixels(sphere)
    assert to_sphere(pixels) == pytest.approx(sphere)
    assert contrast_norm(pixels) == pytest.approx(np.ones(50))
    free = patches() - patches().mean(axis=1, keepdims=True)
    assert pixels == pytest.approx(free / contrast_norm(free)[:, None])


@pytest.mark.parametrize("function", [contrast_norm, to_sphere, to_pixels])
@pytest.mark.parametrize(
    ("word", "given"),
    [("columns", np.ones((4, 7))), ("not finite", np.full((1, 9), np.nan)), ("numbers", [[1] * 9, [1] * 8])],
)
def test_bad_patches_are_refused(function, word, given):
    given = [row[:8] for row in given] if function is to_pixels and word == "not finite" else given
    with pytest.raises(BadInput, match=word):
        function(given)


@pytest.mark.parametrize("constant", [0.0, 0.1, 255.0])
def test_a_patch_without_contrast_has_no_place_on_the_sphere(constant):
    flat = patches(5)
    flat[3] = constant
    with pytest.raises(BadInput, match="constant, the first in row 3"):
        to_sphere(flat)

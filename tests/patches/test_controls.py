"""Controls: alike in what they must keep, different in all else."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.patches.basis import contrast_norm, to_pixels, to_sphere
from tdabench.patches.controls import gaussian_like, phase_randomised, random_field, shuffled_pixels


def patches(n=3000, seed=0):
    """Points of the sphere with the strong first coordinates of natural patches, and far from Gaussian."""
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, n)
    points = 0.15 * random.standard_normal((n, 8)) * np.linspace(1, 0.4, 8)
    points[:, 0] += np.cos(angle)
    points[:, 1] += np.sin(angle)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def second_moment(points):
    return points.T @ points / len(points)


@pytest.mark.parametrize("seed", range(3))
def test_a_gaussian_control_has_the_second_moment_of_the_data_on_the_sphere(seed):
    points = patches()
    control = gaussian_like(points, seed)
    assert control.shape == points.shape
    assert np.linalg.norm(control, axis=1) == pytest.approx(np.ones(len(points)))
    assert np.abs(second_moment(control) - second_moment(points)).max() < 1e-6


def test_a_gaussian_control_differs_by_seed():
    points = patches()
    assert (gaussian_like(points, 0) == gaussian_like(points, 0)).all()
    assert (gaussian_like(points, 0) != gaussian_like(points, 1)).any()


def test_a_gaussian_control_is_symmetric_though_the_data_is_not():
    one_sided = np.abs(patches())
    control = gaussian_like(one_sided, 0)
    assert np.abs(second_moment(control) - second_moment(one_sided)).max() < 1e-6
    assert np.linalg.norm(one_sided.mean(axis=0)) > 0.8
    assert np.linalg.norm(control.mean(axis=0)) < 0.05


def test_a_gaussian_control_keeps_correlated_coordinates():
    random = np.random.default_rng(0)
    points = random.standard_normal((2000, 8)) @ random.standard_normal((8, 8))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert np.abs(second_moment(gaussian_like(points, 0)) - second_moment(points)).max() < 1e-6


def test_a_gaussian_control_of_a_flat_cloud_is_flat():
    points = np.zeros((2000, 8))
    points[:, :3] = np.random.default_rng(0).standard_normal((2000, 3)) * [3, 2, 1]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    control = gaussian_like(points, 0)
    assert np.abs(second_moment(control) - second_moment(points)).max() < 1e-6
    assert np.abs(control[:, 3:]).max() < 1e-6


@pytest.mark.parametrize(
    ("words", "points"),
    [("unit rows", 2 * patches(10)), ("at least 2 rows", patches(1)), ("not finite", np.full((5, 8), np.nan))],
)
def test_a_gaussian_control_needs_points_of_the_sphere(words, points):
    with pytest.raises(BadInput, match=words):
        gaussian_like(points, 0)


def test_shuffled_pixels_are_the_same_pixels_up_to_brightness_and_contrast():
    points = patches(500)
    shuffled = shuffled_pixels(points, 0)
    assert shuffled.shape == points.shape
    assert np.linalg.norm(shuffled, axis=1) == pytest.approx(np.ones(500))
    for before, after in zip(to_pixels(points), to_pixels(shuffled), strict=True):
        before, after = np.sort(before), np.sort(after)
        before, after = before - before.mean(), after - after.mean()
        assert after / after.std() == pytest.approx(before / before.std())


def test_shuffled_pixels_are_in_another_order_by_patch_and_by_seed():
    pixels = np.arange(9.0) ** 2
    points = to_sphere(np.tile(pixels, (500, 1)))
    shuffled = shuffled_pixels(points, 0)
    assert len(np.unique(shuffled.round(9), axis=0)) > 490
    assert (shuffled == shuffled_pixels(points, 0)).all()
    assert (shuffled != shuffled_pixels(points, 1)).any()


def test_shuffled_pixels_lose_what_neighbours_share():
    smooth = to_sphere(np.add.outer(np.linspace(0, 1, 400), np.arange(9.0)))
    assert contrast_norm(to_pixels(smooth)) == pytest.approx(np.ones(400))
    assert np.var(to_pixels(shuffled_pixels(smooth, 0))) < np.var(to_pixels(smooth))


@pytest.mark.parametrize("shape", [(32, 48), (31, 48), (32, 47), (31, 47)])
def test_random_phases_keep_the_mean_and_the_amplitude_spectrum(shape):
    image = np.random.default_rng(0).uniform(0, 1000, shape).cumsum(axis=0)
    control = phase_randomised(image, 1)
    assert control.dtype == np.float64 and control.shape == shape
    assert control.mean() == pytest.approx(image.mean())
    assert control.var() == pytest.approx(image.var())
    before, after = np.abs(np.fft.fft2(image)), np.abs(np.fft.fft2(control))
    assert after == pytest.approx(before, rel=1e-6, abs=1e-9 * before.max())


def test_random_phases_give_another_image_by_seed():
    image = np.random.default_rng(0).uniform(0, 1000, (32, 48)).cumsum(axis=0)
    controls = [phase_randomised(image, seed) for seed in (0, 0, 1)]
    assert (controls[0] == controls[1]).all()
    for one, other in ((image, controls[0]), (controls[0], controls[2])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.9
        assert np.abs(one - other).max() > image.std()


@pytest.mark.parametrize("exponent", [0, 1, 1.5, 2])
def test_the_spectrum_of_a_random_field_falls_by_its_exponent(exponent):
    shape = (256, 200)
    field = random_field(shape, exponent, 0)
    assert field.shape == shape
    assert field.std() == pytest.approx(1)
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None]).ravel()
    amplitude = np.abs(np.fft.fft2(field)).ravel()
    band = (frequency > 0.02) & (frequency < 0.5)
    slope = np.polyfit(np.log(frequency[band]), np.log(amplitude[band]), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.05)


def test_a_random_field_is_another_one_by_seed():
    assert (random_field((16, 16), 1, 0) == random_field((16, 16), 1, 0)).all()
    assert (random_field((16, 16), 1, 0) != random_field((16, 16), 1, 1)).any()

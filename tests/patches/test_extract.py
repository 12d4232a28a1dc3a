"""Patches cut out of images: against a direct loop, with each step of the protocol, and what has no patches."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.patches.basis import contrast_norm, to_sphere
from tdabench.patches.extract import averaged_over_neighbours, high_contrast_patches, prepare, random_patches


def noise(seed=0, shape=(20, 24)):
    return prepare(np.random.default_rng(seed).uniform(0, 1000, shape))


def every_patch(image):
    """All 3x3 patches that keep two pixels away from the border, by a direct loop."""
    rows, columns = image.shape
    return np.array(
        [image[r : r + 3, c : c + 3].ravel() for r in range(2, rows - 4) for c in range(2, columns - 4)]
    )


def in_order(rows):
    return rows[np.lexsort(rows.round(9).T)]


# Preparation


def test_intensities_become_their_logarithms():
    image = np.arange(64.0).reshape(8, 8)
    assert prepare(image) == pytest.approx(np.log(1 + image))
    assert prepare(image.astype(np.uint8)) == pytest.approx(np.log(1 + image))


def test_blur_keeps_a_constant_image_and_spreads_a_point_by_its_width():
    assert prepare(np.full((9, 9), 5.0), blur=1.3) == pytest.approx(np.log(6) * np.ones((9, 9)))
    point = np.zeros((31, 31))
    point[15, 15] = 1000
    spread = np.expm1(prepare(point, blur=2.0))
    assert spread.sum() == pytest.approx(1000)
    assert (spread * (np.arange(31) - 15) ** 2).sum() / 1000 == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_quantisation_leaves_equidistant_grey_levels_up_to_the_brightest(bits):
    image = np.random.default_rng(0).uniform(0, 777, (60, 60))
    levels = np.unique(np.expm1(prepare(image, bits=bits)).round(6))
    assert len(levels) <= 2**bits
    assert levels.max() == pytest.approx(image.max())
    assert levels / (image.max() / (2**bits - 1)) == pytest.approx(np.round(levels / (image.max() / (2**bits - 1))))
    assert np.abs(np.expm1(prepare(image, bits=bits)) - image).max() <= image.max() / (2**bits - 1) / 2 + 1e-9


def test_a_black_image_can_be_quantised():
    assert (prepare(np.zeros((8, 8)), bits=8) == 0).all()


@pytest.mark.parametrize(
    ("words", "image"),
    [
        ("7 x 7 grey pixels are needed, not", np.ones((6, 20))),
        ("grey pixels are needed", np.ones((20, 20, 3))),
        ("grey pixels are needed", np.ones(40)),
        ("not negative", np.full((9, 9), -0.001)),
        ("finite", np.full((9, 9), np.nan)),
        ("finite", np.full((9, 9), np.inf)),
    ],
)
def test_what_is_no_image_of_intensities_is_refused(words, image):
    with pytest.raises(BadInput, match=words):
        prepare(image)


# Patches at random places


def test_all_patches_are_those_of_a_direct_loop():
    image = noise(shape=(10, 13))
    drawn = random_patches(image, 10**6, np.random.default_rng(0))
    assert drawn.shape == (4 * 7, 9)
    assert (in_order(drawn) == in_order(every_patch(image))).all()


def test_some_patches_are_drawn_without_repetition_and_anew_by_seed():
    image = noise()
    known = {tuple(patch) for patch in every_patch(image)}
    drawn = [random_patches(image, 100, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    for patches in drawn:
        assert len({tuple(patch) for patch in patches}) == 100
        assert {tuple(patch) for patch in patches} <= known
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


def test_the_smallest_image_has_one_patch():
    image = np.arange(49.0).reshape(7, 7)
    assert random_patches(image, 5, np.random.default_rng(0)).tolist() == [image[2:5, 2:5].ravel().tolist()]


# The patches of highest contrast


@pytest.mark.parametrize("percent", [20, 50, 100])
def test_the_patches_of_highest_contrast_are_those_of_a_direct_loop(percent):
    image = noise()
    patches = every_patch(image)
    contrast = [sum((a - b) ** 2 for a, b in neighbours(patch.reshape(3, 3))) for patch in patches]
    highest = np.argsort(contrast)[::-1][: round(len(patches) * percent / 100)]
    found = high_contrast_patches([image], 10**6, seed=0, contrast_percent=percent)
    assert in_order(found) == pytest.approx(in_order(to_sphere(patches[highest])), abs=1e-9)


def neighbours(patch):
    across = zip(patch[:, :-1].ravel(), patch[:, 1:].ravel(), strict=True)
    down = zip(patch[:-1].ravel(), patch[1:].ravel(), strict=True)
    return [*across, *down]


def test_patches_are_points_of_the_sphere_in_random_order_by_seed():
    images = [noise(0), noise(1)]
    found = high_contrast_patches(images, 150, seed=7)
    assert found.shape == (2 * 30, 8)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(60))
    assert (found == high_contrast_patches(images, 150, seed=7)).all()
    assert (in_order(found) != in_order(high_contrast_patches(images, 150, seed=8))).any()


def test_each_image_keeps_its_share_or_all_share_one_threshold():
    """Stripes across, with high contrast, and stripes down, with low: by the second coordinate and by the first."""
    rows = np.random.default_rng(0).uniform(size=(30, 1)) * np.ones((1, 30))
    images = [1000 * rows, rows.T]
    by_image = high_contrast_patches(images, 200, seed=0, contrast_percent=20, cut="image")
    by_all = high_contrast_patches(images, 200, seed=0, contrast_percent=20, cut="all")
    assert len(by_image) == len(by_all) == 80
    down = {name: (np.abs(found[:, [0, 2]]).max(axis=1) > 1e-6).sum() for name, found in
            {"image": by_image, "all": by_all}.items()}  # fmt: skip
    assert down == {"image": 40, "all": 0}


def test_patches_without_any_contrast_are_left_out():
    half = np.ones((20, 40))
    half[:, 20:] = np.random.default_rng(0).uniform(1, 9, (20, 20))
    found = high_contrast_patches([half], 10**6, seed=0, contrast_percent=100)
    patches = every_patch(half)
    assert len(found) == (contrast_norm(patches) > 1e-9).sum() < len(patches)


@pytest.mark.parametrize("grey", [0, 0.1, 255])
def test_a_constant_image_has_no_patches(grey):
    with pytest.raises(BadInput, match="constant"):
        high_contrast_patches([prepare(np.full((12, 12), grey))], 50, seed=0)


def test_a_constant_image_among_others_only_adds_nothing():
    found = high_contrast_patches([prepare(np.ones((20, 24))), noise()], 100, seed=0)
    assert len(found) == 20


@pytest.mark.parametrize(
    ("words", "images", "keys"),
    [
        ("at least one", [], {}),
        ("cut: 'image' or 'all'", [noise()], {"cut": "global"}),
        ("contrast_percent", [noise()], {"contrast_percent": 0}),
        ("contrast_percent", [noise()], {"contrast_percent": 100.1}),
        ("contrast_percent", [noise()], {"contrast_percent": float("nan")}),
    ],
)
def test_requests_that_make_no_sense_are_refused(words, images, keys):
    with pytest.raises(BadInput, match=words):
        high_contrast_patches(images, 50, seed=0, **keys)


# Averages over neighbours


def test_a_mean_over_neighbours_is_that_of_a_direct_loop():
    points = high_contrast_patches([noise()], 200, seed=0)
    means = []
    for point in points:
        nearest = np.argsort(np.linalg.norm(points - point, axis=1))[:4]
        means.append(points[nearest].mean(axis=0) / np.linalg.norm(points[nearest].mean(axis=0)))
    assert averaged_over_neighbours(points, 3) == pytest.approx(np.array(means))


def test_a_mean_over_no_neighbours_changes_nothing():
    points = high_contrast_patches([noise()], 200, seed=0)
    assert averaged_over_neighbours(points, 0) == pytest.approx(points)


@pytest.mark.parametrize("neighbours", [-1, 40, 400])
def test_more_neighbours_than_there_are_points_are_refused(neighbours):
    with pytest.raises(BadInput, match="neighbours: a whole number from 0 to 39"):
        averaged_over_neighbours(high_contrast_patches([noise()], 200, seed=0), neighbours)

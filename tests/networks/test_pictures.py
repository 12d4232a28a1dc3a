"""Pictures of filters: what is drawn is what was given, whatever its size."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tdabench.networks import filter_loops, pictures
from tdabench.topology.landmark_rips import landmark_rips_persistence


@pytest.fixture
def edges():
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 300)
    points = np.zeros((300, 8))
    points[:, 0], points[:, 1] = np.cos(angle), np.sin(angle)
    return points


def drawn_images(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]


def test_a_thumbnail_is_the_filter_enlarged_from_black_to_white(edges):
    pictured = pictures.thumbnails(edges)
    assert pictured.shape == (300, 24, 24) and pictured.dtype == np.uint8
    pixels = edges @ filter_loops.BASIS
    small = pictured[:, 4::8, 4::8].reshape(300, 9).astype(float)
    assert np.allclose(small, 127.5 + 127.5 * pixels / np.abs(pixels).max(axis=1, keepdims=True), atol=0.51)
    assert (pictured[:, :8, :8] == pictured[:, :1, :1]).all()


def test_a_flat_filter_is_grey():
    assert np.isin(pictures.thumbnails(np.zeros((1, 8))), (127, 128)).all()


def test_round_the_ring_stands_a_filter_of_every_direction_beside_its_ideal_edge(edges):
    found = drawn_images(pictures.ring_figure(edges, "edges"))
    assert len(found) == 32
    for own, ideal in zip(found[::2], found[1::2], strict=True):
        cosine = (own * ideal).sum() / np.linalg.norm(own) / np.linalg.norm(ideal)
        assert cosine > np.cos(np.pi / 16)


def test_a_direction_without_filters_stays_empty(edges):
    right = edges[np.abs(np.arctan2(edges[:, 1], edges[:, 0])) < np.pi / 16]
    figure = pictures.rings_figure({"right": right, "all": edges}, "two")
    first, second = (len(axes.images) for axes in figure.axes[:2])
    assert (first, second) == (1, 16)


def test_a_filter_is_drawn_with_its_first_row_on_top():
    figure = Figure()
    axes = figure.subplots()
    downwards = np.zeros(8)
    downwards[1] = 1
    pictures.filter_picture(axes, downwards, (0, 0), 1.0)
    pixels = np.asarray(axes.images[0].get_array())
    assert (np.diff(pixels, axis=0) > 0).all()  # it rises downwards
    assert axes.images[0].get_extent() == [-0.5, 0.5, 0.5, -0.5]


def test_the_longest_bar_is_drawn_first_and_as_long_as_it_is(edges):
    diagram = landmark_rips_persistence(edges, 60).diagrams[2]
    axes = pictures.barcodes_figure({"edges": diagram}, "bars").axes[0]
    longest = max(diagram.bars[1], key=lambda bar: bar[1] - bar[0])
    assert np.allclose(axes.lines[0].get_xdata(), longest)


def test_the_published_place_of_a_map_is_framed_if_it_is_there():
    values = np.arange(6).reshape(2, 3) / 10
    for framed, lines in (((200, 30), 1), ((7, 30), 0), (None, 0)):
        figure = pictures.map_figure(values, [100, 200, 400], [10, 30], "map", "length", framed)
        assert len(figure.axes[0].lines) == lines
        assert [text.get_text() for text in figure.axes[0].texts] == ["0.00", "0.10", "0.20", "0.30", "0.40", "0.50"]


def test_the_course_shows_an_arm_for_each_name():
    bands = {"trained": np.ones((3, 4)), "Gaussian": np.zeros((2, 4))}
    figure = pictures.course_figure([0, 1, 2, 3], bands, np.ones((5, 4)), "course")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["trained", "Gaussian"]

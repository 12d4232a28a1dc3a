"""Pictures by depth: what is drawn where."""

import numpy as np
import pytest

from reproductions.carlsson_2019_depths.depths import LayerProtocol, Task, examine
from reproductions.carlsson_2019_depths.pictures import (
    _lines,
    depths_figure,
    kinds_figure,
    maps_figure,
    mosaic,
    others_figure,
)
from tdabench.networks import filter_loops, filters


@pytest.fixture(scope="module")
def two():
    """Two layers of noise, the second with more filters; cores of 18 and of 240 points."""
    random = np.random.default_rng(0)
    return [
        examine(
            Task(
                name, random.normal(size=(out, 40, 3, 3)), LayerProtocol(landmarks=30), 2, 1, ks=(200,), percents=(30,)
            )
        )
        for name, out in (("small", 3), ("large", 40))
    ]


def test_a_mosaic_holds_the_filters_in_reading_order():
    edge = filters.coordinates(filters.to_sphere([[-1, 0, 1.0] * 3])[0], filter_loops.BASIS)[0]
    picture = mosaic(np.array([edge, -edge, edge, edge]), columns=3, gap=2, enlarged=8)
    side = 24 + 2 + 4
    assert picture.shape == (2 * side, 3 * side)
    middle = side // 2
    assert picture[middle, 5] == pytest.approx(-1) and picture[middle, side - 6] == pytest.approx(1)
    assert picture[middle, side + 5] == pytest.approx(1)  # the second is the other way round
    assert (picture[side:, side:] == 1).all()  # no filter there: white


def test_networks_share_a_line_while_there_is_room():
    networks = {"a": [0] * 9, "b": [0] * 19, "c": [0] * 31, "d": [0] * 43, "e": [0] * 55}
    assert _lines(networks) == [["a", "b", "c"], ["d"], ["e"]]


def test_first_bars_stand_over_depth_with_a_warning_where_the_core_is_small(two):
    figure = depths_figure(two, ["conv 1", "conv 2"], "title")
    bars = next(axes for part in figure.subfigs for axes in part.axes if axes.get_ylabel() == "first H1 bar")
    assert [label.get_text() for label in bars.get_xticklabels()] == ["conv 1", "conv 2"]
    assert [text.get_text() for text in bars.texts] == ["18 points in\nthe core"]
    for depth, points in zip(two, bars.collections, strict=False):  # after these comes what the legend needs
        assert points.get_offsets()[:, 1].tolist() == pytest.approx(depth.bars().tolist())


def test_kinds_are_stacked_to_their_sum(two):
    stack, rare = kinds_figure(two, ["1", "2"], "title").axes
    tops = [bar.get_y() + bar.get_height() for bar in stack.patches]
    assert max(tops[:4]) == pytest.approx(sum(two[0].kinds.values()))
    assert rare.lines[0].get_ydata() == pytest.approx(
        [depth.kinds["bull's-eye"] + depth.kinds["crossing"] for depth in two]
    )


def test_maps_show_data_less_gaussian(two):
    figure = maps_figure(two, ["1", "2"], [200], [30], (200, 30), "title")
    shown = figure.axes[0].images[0].get_array()
    assert shown[0, 0] == pytest.approx(two[0].first_bars[0, 0, 0] - two[0].first_bars[1, 0, 0])
    assert len(figure.axes[1].patches) == 1  # the published k and p, framed


def test_small_cores_of_other_networks_are_hollow(two):
    axes = others_figure({"net": two}, "title").axes[0]
    full, hollow = (points.get_offsets()[:, 0].tolist() for points in axes.collections[:2])
    assert (full, hollow) == ([2.0], [1.0])
    assert axes.get_title() == "net"

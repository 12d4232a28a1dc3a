"""Pictures of methods beside each other: what is drawn, what is said of failures, and that nothing overlaps."""

import io
import warnings

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from reproductions.embedding_growth.pictures import growth_figure
from reproductions.embedding_topology.pictures import KEPT, LOST, kept_figure
from tdabench.embedding.colouring import COLOURS, OTHER, UNKNOWN
from tdabench.embedding.embedded import Embedded
from tdabench.embedding.pictures import quality_figure, ratio_figure, side_by_side
from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph

LONG = "ValueError: Error in determining null-space with ARPACK. Error message: 'Factor is exactly singular'. " * 4
MEMBERS = [[0, 1, 2], [2, 3], [3, 4, 5], [5, 0], [6]]


def cloud(count=60, seed=0):
    return Embedded(np.random.default_rng(seed).normal(size=(count, 2)))


def drawing():
    return Embedded(np.random.default_rng(0).normal(size=(7, 2)), MapperGraph.from_members(MEMBERS, 7), np.ones(4))


def of_type(axes, kind):
    return [artist for artist in axes.get_children() if isinstance(artist, kind)]


def said(axes):
    return " ".join(" ".join(text.get_text() for text in axes.texts).split())


def written(figure):
    """Drawn as a report draws it: a layout that fails warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), dpi=40)
    return figure


@pytest.mark.parametrize("count", [1, 2, 5, 12, 14])
def test_every_method_has_its_panel_with_the_seconds_below_its_title(count):
    panels = {f"method {number}": cloud(seed=number) for number in range(count)}
    figure = written(side_by_side(panels, np.arange(60), "x", "title", subtitles={"method 0": "0.5 s"}))
    shown = [axes for axes in figure.axes if axes.axison and axes.get_title()]
    assert [axes.get_title() for axes in shown] == list(panels)
    assert said(shown[0]) == "0.5 s"
    assert all(len(of_type(axes, PathCollection)[0].get_offsets()) == 60 for axes in shown)
    assert figure.axes[-1].get_ylabel() == "x"  # the colour bar


def test_points_have_their_own_colour_in_whatever_order_they_are_drawn():
    found = cloud()
    axes = side_by_side({"a": found}, found.coordinates[:, 0], "x", "").axes[0]
    (points,) = of_type(axes, PathCollection)
    by_place = np.argsort(points.get_offsets()[:, 0])
    green = points.get_facecolors()[by_place, 1]
    assert (np.diff(green) >= 0).all()  # viridis: the higher, the greener


def test_a_failed_method_is_a_panel_with_its_reason_wrapped():
    figure = written(side_by_side({"Hessian LLE": LONG, "b": cloud()}, np.zeros(60), "x", ""))
    (text,) = figure.axes[0].texts
    assert "no result" in text.get_text() and "null-space" in text.get_text()
    box, frame = text.get_window_extent(), figure.axes[0].bbox
    assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
    written(side_by_side({"a": "over 60 s", "b": "out of memory"}, np.full(60, np.nan), "x", "all failed"))


def test_few_points_far_away_are_counted_and_not_shown():
    coordinates = np.random.default_rng(0).normal(size=(1000, 2))
    plain = side_by_side({"a": Embedded(coordinates)}, np.zeros(1000), "x", "").axes[0]
    assert plain.get_xlabel() == "" and plain.get_xlim()[1] > coordinates[:, 0].max()
    coordinates[:5] += 1e4
    axes = written(side_by_side({"a": Embedded(coordinates)}, np.zeros(1000), "x", "")).axes[0]
    outside = (np.abs(coordinates - np.mean(np.array([axes.get_xlim(), axes.get_ylim()]), axis=1))
               > np.ptp([axes.get_xlim(), axes.get_ylim()], axis=1) / 2).any(axis=1).sum()  # fmt: skip
    assert 5 <= outside <= 40 and axes.get_xlabel() == f"{outside} of 1,000 points lie outside"
    assert np.ptp(axes.get_xlim()) < 10


def test_one_outlier_of_twenty_does_not_hide_the_others():
    coordinates = np.random.default_rng(0).normal(size=(20, 2))
    coordinates[3] = 500
    axes = side_by_side({"a": Embedded(coordinates)}, np.zeros(20), "x", "").axes[0]
    assert np.ptp(axes.get_xlim()) < 10 and "of 20 points lie outside" in axes.get_xlabel()


@pytest.mark.parametrize("coordinates", [np.zeros((60, 2)), np.arange(60.0)[:, None], np.eye(60)[:, :2] * 1e-9])
def test_one_place_one_coordinate_and_all_but_one_in_a_spot_are_drawn(coordinates):
    axes = written(side_by_side({"a": Embedded(coordinates)}, np.arange(60), "x", "")).axes[0]
    assert axes.get_xlim()[0] < coordinates[:, 0].min() and coordinates[:, 0].max() < axes.get_xlim()[1]


def test_both_axes_have_one_scale_unless_one_is_many_times_longer():
    base = np.random.default_rng(0).uniform(size=(500, 2))
    for factor, same in ((3, True), (30, False)):
        axes = side_by_side({"a": Embedded(base * [factor, 1])}, np.zeros(500), "x", "").axes[0]
        assert np.isclose(np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())) == same


def test_a_graph_is_drawn_as_a_graph_with_means_of_the_known_numbers():
    colour = np.array([1, 3, np.nan, 5, 5, 5, np.nan])
    axes = written(side_by_side({"TDA": drawing()}, colour, "x", "")).axes[0]
    (nodes,), (edges,) = of_type(axes, PathCollection), of_type(axes, LineCollection)
    assert len(nodes.get_offsets()) == 5 and len(edges.get_segments()) == 4
    assert axes.get_xlabel() == "5 nodes, 4 edges"
    shades = [to_hex(shade) for shade in nodes.get_facecolors()]
    assert shades[1] == shades[2] == "#fde725" and shades[4] == UNKNOWN  # the highest of viridis; nothing known
    assert shades[0] != shades[3]  # means of 2 and of 3
    assert nodes.get_sizes()[0] == nodes.get_sizes().max()


def test_a_large_graph_stands_where_its_points_are():
    chain = MapperGraph.from_members([[node, node + 1] for node in range(900)], 901)
    line = np.column_stack([np.arange(901.0), np.zeros(901)])
    axes = side_by_side({"TDA": Embedded(line, chain, np.ones(899))}, np.arange(901), "x", "").axes[0]
    (nodes,) = of_type(axes, PathCollection)
    assert np.allclose(nodes.get_offsets()[:, 0], np.arange(900) + 0.5)


def test_categories_beyond_the_nine_most_frequent_are_other():
    texts = [f"class {number}" for number in range(12) for _ in range(20 - number)] + [None, ""]
    figure = written(side_by_side({"a": cloud(len(texts))}, np.array(texts, dtype=object), "class", ""))
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [f"class {number} ({20 - number})" for number in range(9)] + ["other (30)", "unknown (2)"]
    colours = {to_hex(shade) for shade in of_type(figure.axes[0], PathCollection)[0].get_facecolors()}
    assert colours == {*COLOURS[:9], OTHER, UNKNOWN}


def test_categories_by_index_keep_their_order_and_a_node_has_its_most_frequent_one():
    colour = [2, 2, 0, 0, 0, np.nan, np.nan]
    figure = written(side_by_side({"TDA": drawing()}, colour, "price", "", categories=["$", "$$", "_$$$"]))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [r"\$ (3)", r" _\$\$\$ (2)", "unknown (2)"]
    (nodes,) = of_type(figure.axes[0], PathCollection)
    shades = [to_hex(shade) for shade in nodes.get_facecolors()]
    assert shades == [COLOURS[1], COLOURS[0], COLOURS[0], COLOURS[1], UNKNOWN]  # the fourth: one known, one unknown


@pytest.mark.parametrize(
    ("word", "panels", "colour", "categories"),
    [
        ("panels", {}, np.zeros(60), None),
        ("59 values for the 60 points of a", {"a": cloud()}, np.zeros(59), None),
        ("array of shape", {"a": cloud()}, np.zeros((60, 2)), None),
        ("indices from 0 to 1", {"a": cloud()}, np.full(60, 2), ["a", "b"]),
        ("indices from 0 to 1", {"a": cloud()}, np.full(60, 0.5), ["a", "b"]),
    ],
)
def test_what_does_not_fit_is_refused(word, panels, colour, categories):
    with pytest.raises(BadInput, match=word):
        side_by_side(panels, colour, "", "", categories)


def power(exponent, sizes=(500, 1000, 2000, 5000)):
    return {n: [0.9 * n**exponent / 1e6, n**exponent / 1e6, 1.2 * n**exponent / 1e6] for n in sizes}


def test_growth_has_lines_exponents_and_crosses_at_the_limit():
    series = {"TDA": power(1), "LLE": power(2, (500, 1000)), "LLE, dense solver": power(3)}
    figure = written(growth_figure(series, 20, stops={"LLE": (2000, "over 20 s"), "LTSA": (500, LONG)}, title="t"))
    axes = figure.axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    labels = [text.get_text().split("\n") for text in figure.legends[0].get_texts()]
    assert [label[0] for label in labels] == [
        "LTSA", "LLE, dense solver:  n^3.00", "LLE:  n^2.00", "TDA:  n^1.00"
    ]  # as the lines end  # fmt: skip
    assert labels[2][1] == "stops at 2,000: over 20 s"
    crosses = [line.get_xydata()[0].tolist() for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [[2000, 20], [500, 20]]
    legend, frame = figure.legends[0].get_window_extent(), axes.bbox
    assert legend.x0 >= frame.x1 and legend.y0 >= 0  # it covers no line, and nothing is cut off


def test_exponents_may_be_given_and_tries_share_the_colour_of_the_method():
    figure = growth_figure({"LLE": power(2), "LLE, dense solver": power(3)}, exponents={"LLE": 1.5})
    first, second = figure.legends[0].legend_handles
    assert {first.get_label(), second.get_label()} == {"LLE, dense solver", "LLE:  n^1.50"}
    assert first.get_color() == second.get_color() and {first.get_linestyle(), second.get_linestyle()} == {"-", "--"}


def test_a_limit_of_seconds_is_none_of_memory():
    stops = {"a": (2000, "over 20 s"), "b": (2000, "over 20 s")}
    axes = written(growth_figure({"a": power(1, (500, 1000)), "b": power(1, (500, 1000))}, 20, "MiB", stops)).axes[0]
    crosses = [line.get_xydata()[0] for line in axes.lines if line.get_marker() == "x"]
    assert [cross[1] for cross in crosses] == [1e-3, 1e-3] and crosses[0][0] != crosses[1][0]  # both are seen
    assert "limit" not in said(axes)


def test_growth_of_a_single_size_is_drawn_and_what_has_no_logarithm_refused():
    written(growth_figure({"PCA": {500: [0.1, 0.2, 0.3]}}, 20))
    assert written(growth_figure({"PCA": {500: [0, 2, 3]}}, None, "MiB")).axes[0].get_ylim()[0] > 0  # 0 MiB in a round
    for series in ({}, {"PCA": {}}, {"PCA": {500: [0, 0, 0.2]}}):
        with pytest.raises(BadInput, match="above 0"):
            growth_figure(series, 20)


def quality_rows(count):
    random = np.random.default_rng(0)
    return [
        {"method": f"some method {number}", "seconds": [0.9 * 10 ** random.uniform(-2, 1)] * 3, "chance": 0.3,
         "trustworthiness": random.uniform(0.85, 0.98), "continuity": random.uniform(0.85, 0.98),
         "label_accuracy": random.uniform(0.4, 0.6), "label_accuracy_before": 0.7} for number in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 12])
def test_names_lie_within_their_panel_and_apart(count):
    figure = written(quality_figure(quality_rows(count), "title"))
    assert [axes.get_title() for axes in figure.axes] == ["trustworthiness", "continuity", "label accuracy"]
    for axes in figure.axes:
        names = [text.get_window_extent() for text in axes.texts if "some" in text.get_text()]
        assert len(names) == count
        assert all(axes.bbox.x0 - 2 <= box.x0 and box.x1 <= axes.bbox.x1 + 2 for box in names)
        assert not any(one.overlaps(other) for place, one in enumerate(names) for other in names[place + 1 :])


def test_chance_is_dashed_and_panels_without_values_are_left_out():
    rows = quality_rows(3)
    figure = quality_figure(rows, "")
    levels = [[line.get_ydata()[0] for line in axes.lines if len(line.get_ydata()) == 2] for axes in figure.axes]
    assert levels == [[0.5], [0.5], [0.3, 0.7]]
    for row in rows:
        row["label_accuracy"] = row["chance"] = None
    assert len(quality_figure(rows, "").axes) == 2


def test_methods_without_a_result_are_named_below():
    failed = [{"method": "LTSA", "seconds": [], "reason": "over 60 s"}, {"method": "Hessian LLE", "reason": LONG}]
    figure = written(quality_figure(quality_rows(2) + failed, ""))
    assert "LTSA (over 60 s); Hessian LLE (ValueError" in " ".join(figure.get_supxlabel().split())
    assert "LTSA" in written(quality_figure(failed, "all failed")).get_supxlabel()


def test_each_cell_says_what_is_read_and_is_shaded_by_whether_it_is_kept():
    rows = [
        {"shape": "circle", "known": (1, 1), "method": "PCA", "read": (1, 1), "kept": True, "reason": ""},
        {"shape": "circle", "known": (1, 1), "method": "TDA", "read": "1,1", "kept": True, "note": "5 of 5 seeds"},
        {"shape": "torus", "known": "1,2,1", "method": "PCA", "read": None, "kept": False},
        {"shape": "torus", "known": "1,2,1", "method": "Hessian LLE, dense solver", "reason": LONG},
    ]
    figure = written(kept_figure(rows, "title"))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["circle\nknown (1, 1)", "torus\nknown (1, 2, 1)"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["PCA", "TDA", "Hessian LLE,\ndense solver"]
    cells = {cell.get_xy(): cell for cell in of_type(axes, Rectangle) if cell.get_width() == 1 and cell in axes.patches}
    assert set(cells) == {(0, 0), (1, 0), (0, 1), (2, 1)}
    shades = [to_hex(cells[place].get_facecolor()) for place in ((0, 0), (1, 0), (0, 1))]
    assert shades == [KEPT, KEPT, LOST] and cells[2, 1].get_hatch()
    words = [text.get_text() for text in axes.texts]
    assert words[:4] == ["(1, 1)", "(1, 1)", "5 of 5 seeds", "no vector"]
    assert "null-space" in words[4] and "ValueError" not in words[4]
    assert "no result" in [text.get_text() for text in figure.legends[0].get_texts()]
    with pytest.raises(BadInput, match="rows"):
        kept_figure([], "")


def test_ratios_have_median_range_published_value_and_noise():
    rows = [
        {"method": "TDA", "ratios": {"LLE": [0.7, 0.8, 0.95], "PCA": [100, 150, 160]}, "published": {"LLE": 0.75}},
        {"method": "LTSA", "ratios": {"LLE": [], "PCA": []}, "reason": "over 60 s"},
    ]
    figure = written(ratio_figure(rows, (0.9, 1.1), "title"))
    first, second = figure.axes
    assert first.get_xlabel() == "seconds / seconds of LLE" and first.get_xscale() == "log"
    assert [label.get_text() for label in first.get_yticklabels()] == ["TDA", "LTSA"]
    drawn = [np.asarray(line.get_xdata()).tolist() for line in first.lines]
    assert [0.7, 0.95] in drawn and [0.8] in drawn and [0.75] in drawn
    assert said(first) == "0.8 over 60 s" and said(second) == "150 over 60 s"
    band = first.patches[0].get_extents().transformed(first.transData.inverted())
    assert np.allclose([band.x0, band.x1], [0.9, 1.1])
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "published"


def test_ratios_are_drawn_where_all_failed_and_refused_without_rows():
    failed = [{"method": f"method {number}", "ratios": {}, "reason": LONG} for number in range(12)]
    axes = written(ratio_figure(failed, None, "")).axes[0]
    assert len(axes.texts) == 12 and all(text.get_text().startswith("ValueError: Error in") for text in axes.texts)
    with pytest.raises(BadInput, match="rows"):
        ratio_figure([], None, "")

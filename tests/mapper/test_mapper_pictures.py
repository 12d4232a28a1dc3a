"""Pictures of Mapper graphs and of stability maps."""

import io

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph
from tdabench.mapper.pictures import CATEGORIES, UNKNOWN, graph_figure, layout, stability_figure

# A square with a tail over the intervals 0 to 4, a pair, and a lonely node.
MEMBERS = [[0, 1, 2], [2, 3], [0, 4], [3, 4, 5], [5, 6], [7, 8], [8, 9], [10]]
CUBES = [[0], [1], [1], [2], [3], [0], [1], [4]]


def drawing(cubes=CUBES):
    return MapperGraph.from_members(MEMBERS, 11, cubes)


def of_type(figure, kind):
    return [artist for artist in figure.axes[0].get_children() if isinstance(artist, kind)]


def written(figure):
    figure.savefig(io.BytesIO(), dpi=40)
    return figure


@pytest.mark.parametrize("along_lens", [False, True])
def test_nodes_and_edges_are_drawn_with_a_colour_bar(along_lens):
    graph = drawing()
    figure = written(graph_figure(graph, np.arange(8.0), "mean of x", "a drawing", along_lens=along_lens))
    (nodes,), (edges,) = of_type(figure, PathCollection), of_type(figure, LineCollection)
    assert len(nodes.get_offsets()) == 8 and len(edges.get_segments()) == len(graph.edges)
    areas = nodes.get_sizes()
    assert areas[0] == areas.max() and areas[7] == areas.min()
    assert np.allclose(areas / areas[0], graph.sizes / 3)
    assert figure.axes[1].get_ylabel() == "mean of x"


def test_unknown_values_are_grey():
    colour = np.arange(8.0)
    colour[3] = np.nan
    (nodes,) = of_type(written(graph_figure(drawing(), colour, "x", "")), PathCollection)
    assert to_hex(nodes.get_facecolors()[3]) == UNKNOWN
    written(graph_figure(drawing(), np.full(8, np.nan), "x", ""))


def test_categories_have_a_legend():
    colour = [0, 0, 2, 2, 0, 2, 0, np.nan]
    figure = written(graph_figure(drawing(), colour, "class", "", categories=["a", "b", "c"]))
    (nodes,) = of_type(figure, PathCollection)
    assert [to_hex(shade) for shade in nodes.get_facecolors()[[0, 2, 7]]] == [CATEGORIES[0], CATEGORIES[2], UNKNOWN]
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "c", "unknown"]
    assert len(figure.axes) == 1


def test_given_positions_are_used():
    positions = np.random.default_rng(0).normal(size=(8, 2))
    (nodes,) = of_type(graph_figure(drawing(), np.zeros(8), "", "", positions=positions), PathCollection)
    assert np.allclose(nodes.get_offsets(), positions)


@pytest.mark.parametrize("along_lens", [False, True])
def test_layouts_are_the_same_every_time_and_keep_nodes_apart(along_lens):
    first, again = layout(drawing(), along_lens), layout(drawing(), along_lens)
    assert first.tolist() == again.tolist()
    apart = np.linalg.norm(first[:, None] - first[None], axis=2) + np.eye(8)
    assert apart.min() > 0.4


def test_components_do_not_overlap():
    positions = layout(drawing())
    boxes = [(positions[part].min(axis=0), positions[part].max(axis=0)) for part in ([0, 1, 2, 3, 4], [5, 6], [7])]
    for number, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[number + 1 :]:
            assert (high < other_low).any() or (other_high < low).any()


def test_along_the_lens_x_is_the_interval():
    positions = layout(drawing(), along_lens=True)
    assert positions[:, 0].tolist() == [0, 1, 1, 2, 3, 0, 1, 4]
    assert positions[0, 1] == pytest.approx(positions[3, 1]) == pytest.approx(positions[4, 1])  # level
    with pytest.raises(BadInput, match="one dimension"):
        layout(drawing(np.zeros((8, 2), dtype=int)), along_lens=True)


def test_large_components_are_laid_out_by_springs():
    chain = MapperGraph.from_members([[node, node + 1] for node in range(320)], 321)
    positions = layout(chain)
    assert np.isfinite(positions).all() and positions.tolist() == layout(chain).tolist()


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("colour", {"colour": np.zeros(7)}),
        ("positions", {"colour": np.zeros(8), "positions": np.zeros((8, 3))}),
        ("categories", {"colour": np.full(8, 2), "categories": ["a", "b"]}),
        ("categories", {"colour": np.full(8, 0.5), "categories": ["a", "b"]}),
    ],
)
def test_what_does_not_fit_the_graph_is_refused(word, options):
    with pytest.raises(BadInput, match=word):
        graph_figure(drawing(), label="", title="", **options)


def rows(cuts=(0.1, 0.5)):
    return [
        {"intervals": count, "overlap": overlap, "cut": cut, "nodes": count * 2, "b0": 1, "b1": 0, "flares": 3,
         "published": (count, overlap, cut) == (10, 0.3, 0.5)}
        for cut in cuts for overlap in (0.2, 0.3, 0.4) for count in (5, 10, 15, 20)
    ]  # fmt: skip


def test_a_stability_map_has_a_panel_for_each_cut_and_a_frame_at_the_published_point():
    figure = written(stability_figure(rows(), "nodes", "a map"))
    first, second = figure.axes[:2]
    assert first.images[0].get_array().tolist() == [[10, 20, 30, 40]] * 3
    assert [axes.get_title() for axes in (first, second)] == ["cut 0.1", "cut 0.5"]
    frames = [[patch for patch in axes.patches if isinstance(patch, Rectangle)] for axes in (first, second)]
    assert frames[0] == [] and frames[1][0].get_xy() == (0.5, 0.5)
    assert "published point framed" in figure.get_suptitle()


def test_maps_with_gaps_and_many_cuts_are_drawn():
    figure = written(stability_figure(rows(cuts=("first gap", "second gap", 1, 2, 3))[:-1], "flares", ""))
    assert figure.axes[0].get_title() == "cut first gap"
    assert "framed" not in figure.get_suptitle()


def test_an_unknown_quantity_is_refused():
    with pytest.raises(BadInput, match="nodes, b0, b1, flares"):
        stability_figure(rows(), "loops", "")
    with pytest.raises(BadInput, match="no rows"):
        stability_figure([], "nodes", "")

"""The page as a file: its data come back, it is small, it asks nothing of anyone, and nothing in it is markup."""

import base64
import dataclasses
import json
import re

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.explorer import layout, write_page
from tdabench.explorer.placement import spacing
from tdabench.mapper.nerve import MapperGraph

KINDS = {"u1": np.uint8, "u2": np.uint16, "u4": np.uint32, "f4": np.float32, "f8": np.float64}


def array(held):
    return np.frombuffer(base64.b64decode(held["data"]), KINDS[held["kind"]])


def content(path):
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)
    return json.loads(data)


def column(exploration, tmp_path, values):
    """The column as the page holds it."""
    changed = dataclasses.replace(exploration, columns={"it": values}, colour=None)
    return content(write_page(changed, tmp_path / "page.html"))["columns"][0]


def test_the_page_holds_the_graph_and_the_columns(small, tmp_path):
    held = content(write_page(small, tmp_path / "page.html"))
    assert array(held["starts"]).tolist() == small.graph.membership.indptr.tolist()
    assert array(held["members"]).tolist() == small.graph.membership.indices.tolist()
    assert array(held["edges"]).reshape(-1, 2).tolist() == small.graph.edges.tolist()
    names = {each["name"]: each for each in held["columns"]}
    assert list(names) == list(small.columns)
    np.testing.assert_array_equal(array(names["ramp"]["values"]), small.columns["ramp"].astype(np.float32))
    levels = [*names["kind"]["levels"], None]
    assert [levels[code] for code in array(names["kind"]["values"])] == small.columns["kind"].tolist()


def test_text_of_the_data_set_cannot_end_the_script_or_start_an_element(small, tmp_path):
    text = write_page(small, tmp_path / "page.html").read_text()
    assert text.count("</script>") == 2 and text.count("<script") == 2
    assert "<b>" not in text and "<i>" not in text and "<y>" not in text
    assert content(tmp_path / "page.html")["title"] == "Six <b>nodes</b>"


def test_a_lone_surrogate_and_line_separators_are_written(small, tmp_path):
    odd = dataclasses.replace(small, title="odd \ud800 \u2028", note="\ud800\u2029", colour=None)
    assert content(write_page(odd, tmp_path / "page.html"))["note"] == "\ud800\u2029"


def test_nothing_is_loaded_from_elsewhere(small, tmp_path):
    text = write_page(small, tmp_path / "page.html").read_text()
    assert not re.search(r"https?:|@import|url\(|\bimport\b|\bfetch\(|XMLHttpRequest|innerHTML|eval\(", text)
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,"]
    assert "default-src 'none'" in text


def test_two_thousand_nodes_and_sixty_thousand_rows_stay_below_fifteen_megabytes(large_file):
    assert large_file.stat().st_size < 15e6


def test_the_same_exploration_gives_the_same_file_and_leaves_no_other(small, tmp_path):
    first = write_page(small, tmp_path / "new" / "page.html")
    second = write_page(small, tmp_path / "again.html")
    assert first.read_bytes() == second.read_bytes()
    assert [each.name for each in first.parent.iterdir()] == ["page.html"]


def test_an_earlier_page_stays_when_writing_fails(small, tmp_path):
    path = write_page(small, tmp_path / "page.html")
    before = path.read_bytes()
    with pytest.raises(BadInput):
        write_page(dataclasses.replace(small, columns={"ramp": np.full(100, np.inf)}), path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        (np.arange(100) + 16_777_217, "f8", "number"),
        (np.arange(100) / 7, "f4", "number"),
        (np.full(100, 1e300), "f8", "number"),
        (np.full(100, np.nan), "f4", "number"),
        ([None, *range(99)], "f4", "number"),
        (np.arange(100) % 2 == 0, "u1", "text"),
        ([f"{place}" for place in range(100)], "u1", "text"),
        (np.arange(100).astype("datetime64[D]"), "u1", "text"),
        ([None, float("nan"), *["a"] * 98], "u1", "text"),
    ],
)
def test_columns_are_kept_as_they_need_it(small, tmp_path, values, kind, written):
    held = column(small, tmp_path, values)
    assert (held["type"], held["values"]["kind"]) == (written, kind)
    if written == "number":
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        np.testing.assert_allclose(array(held["values"]), numbers, rtol=1e-7)


def test_missing_text_has_the_code_after_the_last_level(small, tmp_path):
    held = column(small, tmp_path, [None, float("nan"), "", "b", *["a"] * 96])
    assert held["levels"] == ["", "a", "b"]
    assert array(held["values"])[:5].tolist() == [3, 3, 0, 2, 1]


def test_a_sample_of_the_pictures_shows_every_node(small, tmp_path, monkeypatch):
    monkeypatch.setattr("tdabench.explorer.embed.SHEET_PIXELS", 9 * 20)
    rows = array(content(write_page(small, tmp_path / "page.html"))["thumbnails"]["rows"])
    assert len(rows) == len(set(rows.tolist())) == 20
    assert all(set(members) & set(rows) for members in small.graph.membership.tolil().rows)


@pytest.mark.parametrize(
    ("word", "changes"),
    [
        ("one value for each", {"columns": {"ramp": np.zeros(99)}}),
        ("one value for each", {"columns": {"ramp": np.zeros((100, 2))}}),
        ("infinite", {"columns": {"ramp": np.full(100, np.inf)}}),
        ("numbers or text", {"columns": {"ramp": np.full(100, 1j)}}),
        ("no column 'size'", {"colour": "size"}),
        ("uint8", {"thumbnails": np.zeros((100, 3, 3))}),
        ("uint8", {"thumbnails": np.zeros((99, 3, 3), np.uint8)}),
    ],
)
def test_what_does_not_fit_is_refused(small, tmp_path, word, changes):
    with pytest.raises(BadInput, match=word):
        write_page(dataclasses.replace(small, **changes), tmp_path / "page.html")


def test_a_graph_without_nodes_is_refused(small, tmp_path):
    with pytest.raises(BadInput, match="no nodes"):
        write_page(dataclasses.replace(small, graph=MapperGraph.from_members([], 100)), tmp_path / "page.html")


def test_the_layout_spreads_a_path_and_a_ring_and_puts_components_apart():
    path = np.array([[node, node + 1] for node in range(19)])
    ring = np.array([[20 + node, 20 + (node + 1) % 20] for node in range(20)])
    positions = layout(45, np.r_[path, ring])
    assert np.array_equal(positions, layout(45, np.r_[path, ring]))
    assert np.ptp(positions[:20, 0]) == pytest.approx(19, rel=0.02) and np.ptp(positions[:20, 1]) < 1
    around = positions[20:40] - positions[20:40].mean(axis=0)
    assert np.linalg.norm(around, axis=1) == pytest.approx(np.linalg.norm(around, axis=1).mean(), rel=0.05)
    boxes = [(part.min(axis=0), part.max(axis=0)) for part in (positions[:20], positions[20:40], positions[40:41])]
    for place, (low, high) in enumerate(boxes):
        for lower, higher in boxes[place + 1 :]:
            assert (low > higher + 0.5).any() or (lower > high + 0.5).any()


def test_nodes_shrink_where_they_crowd():
    line = np.c_[np.arange(50.0), np.zeros(50)]
    assert spacing(line) == 1 and spacing(line / 4) == pytest.approx(0.3) and spacing(line[:1]) == 1


def test_a_component_too_large_for_all_pairs_is_still_placed(monkeypatch):
    monkeypatch.setattr("tdabench.explorer.placement.LARGEST", 50)
    positions = layout(80, np.array([[node, node + 1] for node in range(79)]))
    assert np.isfinite(positions).all() and (np.diff(positions[np.argsort(positions[:, 0]), 0]) >= 0).all()
    assert abs(np.argsort(positions[:, 0])[[0, -1]] - [0, 79]).max() in (0, 79)

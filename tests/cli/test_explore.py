"""The verb explore: pages of recorded runs and of a user's own tables, and clear refusals."""

import numpy as np
import pytest

from tdabench import paths
from tdabench.data.shapes import circle
from tdabench.errors import BadInput
from tdabench.jobs.bench import Bench
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.components import ThresholdComponents
from tdabench.mapper.saved import KeptMapper, read_kept
from tdabench.report.html import write_html


@pytest.fixture
def table(tmp_path):
    """table(text or None, name): a file; None: a circle of 200 rows with a name for each half."""

    def write(text=None, name="table.csv"):
        if text is None:
            points = circle(200, 0)
            rows = [f"{x},{y},{'left' if x < 0 else 'right'}" for x, y in points.tolist()]
            text = "\n".join(["x,y,<script>alert(1)</script>", *rows])
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def kept():
    points = circle(200, 0)
    graph = mapper_graph(points, points[:, 0], Cover(5, 0.3), ThresholdComponents(0.3))
    columns = {"x": points[:, 0], "half": np.where(points[:, 0] < 0, "left", "right")}
    return KeptMapper("A circle", graph, columns, {"lens": "x"}, "x", np.zeros((200, 2, 2), dtype=np.uint8))


def test_a_kept_graph_comes_back_whole(tmp_path):
    mapper = kept()
    Bench(tmp_path, 1).keep_mapper("circle", mapper)
    found = read_kept(tmp_path / "raw" / "mapper.circle.npz")
    assert found.graph.betti_numbers() == (1, 1) and (found.graph.membership != mapper.graph.membership).nnz == 0
    assert np.array_equal(found.graph.edges, mapper.graph.edges)
    assert np.array_equal(found.graph.cubes, mapper.graph.cubes)
    assert found.columns["half"].tolist() == mapper.columns["half"].tolist()
    assert (found.title, found.parameters, found.colour) == (mapper.title, mapper.parameters, mapper.colour)
    assert found.thumbnails.shape == (200, 2, 2)


def test_what_is_no_kept_graph_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", rows=np.arange(3))
    with pytest.raises(BadInput, match="not a Mapper graph that a run kept"):
        read_kept(tmp_path / "other.npz")


def test_a_table_becomes_a_page_with_its_labels_as_text(tdabench, table, tmp_path):
    page = tmp_path / "page.html"
    code, _, told = tdabench("explore", table(), "--lens", "x", "--intervals", "6", "--output", str(page))
    assert code == 0 and str(page) in told
    text = page.read_text()
    assert "tdabench explore" in text and "<script>alert" not in text and "alert(1)" in text


def test_stability_and_a_suggestion_are_printed(tdabench, table, tmp_path):
    words = ["--lens", "x", "--raw", "--cut", "0.3", "--stability", "--output", str(tmp_path / "page.html")]
    code, shown, _ = tdabench("explore", table(), *words)
    assert code == 0
    (asked,) = [line for line in shown.splitlines() if "asked for" in line]
    assert asked.split()[:2] == ["10", "0.5"] and asked.split()[3:5] == ["1", "1"]  # one component, one cycle


def test_a_recorded_run_becomes_a_page(tdabench, record, tmp_path):
    assert tdabench("run", "reproduction=singh_2007_circle", "points=200", "seeds=1", "again=true")[0] == 0
    code, _, _ = tdabench("explore", "singh_2007_circle", "circle", "--output", str(tmp_path / "page.html"))
    assert code == 0 and "Noisy circle" in (tmp_path / "page.html").read_text()
    code, _, told = tdabench("explore", "singh_2007_circle", "square")
    assert code == 2 and "circle, disc" in told


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("", [], "empty"),
        ("a,b\n", [], "no rows"),
        ("a,b\n1,2\n", [], "at least two rows"),
        ("a,a\n1,2\n3,4\n", [], "'a'"),
        ("a,b\n1,x\n3,4\n", ["--columns", "b"], "'b' holds text"),
        ("a,b\n1,\n3,4\n", [], "missing"),
        (None, ["--overlap", "1"], "below 1"),
        (None, ["--overlap", "-0.1"], "at least 0"),
        (None, ["--intervals", "0"], "a whole number"),
        (None, ["--lens", "nothing"], "there is no 'nothing'"),
        (None, ["--lens", "pca:two"], "whole number"),
        (None, ["--colour", "z"], "no column 'z'"),
        (None, ["--columns", "z"], "no column 'z'"),
        (None, ["--geometry", "round"], "published"),
        (None, ["--linkage", "loose"], "single"),
        (None, ["--cut", "nowhere"], "first_gap"),
    ],
)
def test_bad_requests_are_answered_in_a_sentence(tdabench, table, text, options, expected):
    code, _, told = tdabench("explore", table(text), *options)
    assert code == 2 and told.startswith("tdabench: ") and expected in told and told.count("\n") == 1


@pytest.mark.parametrize("options", [["--lens", "zero"], ["--intervals", "500"], ["--overlap", "0"]])
def test_odd_but_sound_requests_get_a_page_with_a_note(tdabench, table, tmp_path, options):
    page = tmp_path / "page.html"
    assert tdabench("explore", table(), *options, "--output", str(page))[0] == 0
    text = page.read_text()
    assert any(note in text for note in ("is constant", "more intervals", "hardly any edges"))


def test_a_column_of_thousands_of_texts_is_shown(tdabench, table, tmp_path):
    rows = "\n".join(f"{k % 97},{k % 89},name {k}" for k in range(3000))
    code, _, _ = tdabench("explore", table(f"a,b,name\n{rows}"), "--output", str(tmp_path / "page.html"))
    assert code == 0 and (tmp_path / "page.html").stat().st_size < 2e6


def test_what_is_neither_a_file_nor_a_reproduction_is_refused(tdabench, record):
    assert tdabench("explore", "nowhere")[0] == 2
    assert tdabench("explore", "nowhere.csv")[0] == 2
    code, _, told = tdabench("explore", "shapes")
    assert code == 1 and "kept a Mapper graph" in told


def test_a_new_report_leaves_the_pages_alone(tdabench, table, record):
    assert tdabench("explore", table())[0] == 0
    write_html(paths.REPORT, [], [], record)
    assert (paths.PAGES / "table.html").exists()

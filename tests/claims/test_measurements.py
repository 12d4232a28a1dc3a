"""Paths into what a job measured: what is there, what is not and why, and names that no path could reach."""

import pytest

from tdabench.claims.measurements import NotMeasured, at, check, fill, flat, key
from tdabench.errors import BadInput

MEASURED = {
    "k15": {"runs": [{"1,5": 0.5}], "graph": {"b1": 5}},
    "mass": {"numerator": [1.0], "denominator": [2.0]},
    "own": {"not_run": "no own images"},
    "radius": 0.5,
}


def test_a_path_leads_to_a_value_which_is_taken_whole():
    assert at(MEASURED, "radius") == 0.5
    assert at(MEASURED, "k15.graph.b1") == 5
    assert at(MEASURED, "mass") == {"numerator": [1.0], "denominator": [2.0]}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("k16.runs", "k16.runs was not measured (the job has k15, mass, own, radius)"),
        ("k15.run", "k15.run was not measured (k15 has runs, graph)"),
        ("k15.graph.b2", "k15.graph.b2 was not measured (k15.graph has b1)"),
        ("radius.low", "radius.low was not measured (radius has no parts)"),
        ("own", "no own images"),
        ("own.blurred.k15", "no own images"),
    ],
)
def test_what_is_not_there_says_what_is_or_why(path, said):
    with pytest.raises(NotMeasured) as error:
        at(MEASURED, path)
    assert str(error.value) == said


def test_a_name_with_a_dot_is_refused():
    assert check(MEASURED) is MEASURED
    with pytest.raises(BadInput, match=r"the name '0\.95' under ratios\.boosted holds a dot"):
        check({"ratios": {"boosted": {"0.95": 1}}})
    with pytest.raises(BadInput, match=r"the name 'k15\.runs' at the top holds a dot"):
        check({"k15.runs": 1})


@pytest.mark.parametrize(("name", "part"), [(0.95, "0,95"), (1.0, "1"), (3, "3"), ("0.985", "0,985"), ("TDA", "TDA")])
def test_a_number_is_a_part_of_a_path_without_dots(name, part):
    assert key(name) == part


def test_flat_names_are_the_paths():
    paths = flat(MEASURED)
    assert paths == {
        "k15.runs": [{"1,5": 0.5}], "k15.graph.b1": 5, "mass.numerator": [1.0], "mass.denominator": [2.0],
        "own": {"not_run": "no own images"}, "radius": 0.5,
    }  # fmt: skip
    assert flat(paths) == paths


def test_filling_leaves_what_is_there():
    measured = {"k15": {"runs": 1}, "own": {"not_run": "no own images"}}
    for path in ("k15.runs", "k15.graph.b1", "own.k15", "fields.1.k15"):
        fill(measured, path, 9)
    assert measured == {
        "k15": {"runs": 1, "graph": {"b1": 9}}, "own": {"not_run": "no own images"}, "fields": {"1": {"k15": 9}},
    }  # fmt: skip

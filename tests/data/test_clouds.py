"""Benchmark clouds: points, whole matrices, and what lies below a diagonal."""

import pytest

from tdabench.data.clouds import benchmark
from tdabench.errors import BadInput


def read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return benchmark([tmp_path / name])[name]


def test_a_file_is_read_by_what_its_name_says(tmp_path):
    assert read(tmp_path, "points.txt", "1 2\n3\t4\n5 6").tolist() == [[1, 2], [3, 4], [5, 6]]
    expected = [[0, 1, 2], [1, 0, 3], [2, 3, 0]]
    assert read(tmp_path, "three.lower_distance_matrix", "\n1,\n2, 3,\n").tolist() == expected
    assert read(tmp_path, "three_distmat.txt", "0 9 9\n1 0 9\n2 3 0").tolist() == expected
    assert read(tmp_path, "three.csv", "0,1,2\n1,0,3\n2,3,0\n").tolist() == expected


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("points.txt", "1 2\n3", "not a table of numbers"),
        ("points.txt", "<html>", "not a table of numbers"),
        ("points.txt", "1 nan", "not finite"),
        ("a.lower_distance_matrix", "1, 2", "2 numbers are not those below a diagonal"),
        ("a.lower_distance_matrix", "1, x, 2", "not a table of numbers"),
    ],
)
def test_what_is_none_is_told(tmp_path, name, text, said):
    with pytest.raises(BadInput, match=said):
        read(tmp_path, name, text)

"""Tables: which columns they have, of which kind, and what is refused with which words."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas
import pytest

from tdabench.data.tables import Table, read_table
from tdabench.errors import BadInput
from tdabench.processes import memory

PEOPLE = "name,age,weight,well\nAnn,41,62.5,True\nBob,,70.25,False\n,39,58,True\n"
FRAME = {"name": ["Ann", "Bob", None], "age": [41, None, 39], "weight": [62.5, 70.25, 58], "well": [True, False, True]}


def written(tmp_path, content, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path, *words, **limits):
    """The file is refused by name, in words for a reader."""
    with pytest.raises(BadInput) as refusal:
        read_table(path, **limits)
    for word in (str(path), *words):
        assert word in str(refusal.value)


def is_people(table):
    assert list(table.columns) == ["name", "age", "weight", "well"]
    assert (table.rows, table.numeric, table.text) == (3, ["age", "weight", "well"], ["name"])
    assert table.columns["name"].tolist() == ["Ann", "Bob", ""]
    np.testing.assert_array_equal(table.columns["age"], [41, np.nan, 39])
    assert table.columns["weight"].tolist() == [62.5, 70.25, 58]
    assert table.columns["well"].tolist() == [1, 0, 1]
    assert all(table.columns[name].dtype == np.float64 for name in table.numeric)
    return True


# What is read


@pytest.mark.parametrize(
    "name, text",
    [
        ("table.csv", PEOPLE),
        ("TABLE.CSV", PEOPLE),
        ("table.tsv", PEOPLE.replace(",", "\t")),
        ("table.csv", PEOPLE.replace(",", ";")),
        ("table.csv", PEOPLE.replace(",", "\t")),
        ("table.csv", PEOPLE.replace("\n", "\r\n")),
        ("table.csv", "\ufeff" + PEOPLE),
        ("table.csv", "\n" + PEOPLE.rstrip() + "\n\n"),
        ("table.csv", PEOPLE.replace(",", ", ")),
        ("table.csv", PEOPLE.replace("Ann", '"Ann"').replace("name", '"name"')),
        ("table.csv", PEOPLE.replace(",,", ",NA,")),
    ],
)
def test_text_in_its_usual_forms(tmp_path, name, text):
    assert is_people(read_table(str(written(tmp_path, text, name))))


def test_parquet(tmp_path):
    path = tmp_path / "table.parquet"
    pandas.DataFrame(FRAME).to_parquet(path)
    assert is_people(read_table(path))


def test_parquet_of_the_rarer_kinds(tmp_path):
    path = tmp_path / "table.parquet"
    pandas.DataFrame(
        {
            "when": pandas.to_datetime(["2020-01-02", None]),
            "day": [date(2020, 1, 2), None],
            "kind": pandas.Categorical(["a", None]),
            "price": [Decimal("1.5"), None],
            "well": pandas.array([True, None], dtype="boolean"),
            "count": pandas.array([3, None], dtype="Int64"),
            "short": np.array([0.5, 1], dtype=np.float32),
            "nothing": [None, None],
        }
    ).to_parquet(path)
    table = read_table(path)
    assert table.text == ["when", "day", "kind"]
    assert [table.columns[name][0][:10] for name in table.text] == ["2020-01-02", "2020-01-02", "a"]
    assert [table.columns[name][1] for name in table.text] == ["", "", ""]
    for name, value in {"price": 1.5, "well": 1, "count": 3}.items():
        np.testing.assert_array_equal(table.columns[name], [value, np.nan])
    assert np.isnan(table.columns["nothing"]).all()


def test_a_matrix_of_numpy_gets_names(tmp_path):
    matrix = np.arange(6, dtype=np.int16).reshape(3, 2)
    np.save(tmp_path / "table.npy", matrix)
    np.savez(tmp_path / "table.npz", anything=matrix)
    for name in ("table.npy", "table.npz"):
        table = read_table(tmp_path / name)
        assert table.numeric == ["x0", "x1"]
        assert table.matrix().tolist() == matrix.tolist()


def test_columns_of_numpy_keep_their_names(tmp_path):
    np.savez(tmp_path / "table.npz", name=np.array(["Ann", "Bob"]), age=np.array([41, np.nan]))
    table = read_table(tmp_path / "table.npz")
    assert (table.numeric, table.text) == (["age"], ["name"])
    assert table.columns["name"].tolist() == ["Ann", "Bob"]


def test_one_row_and_one_column(tmp_path):
    assert read_table(written(tmp_path, "a,b\n1,2\n")).matrix().tolist() == [[1, 2]]
    assert read_table(written(tmp_path, "a\n1\n2\n")).matrix().tolist() == [[1], [2]]


def test_numbers_come_back_as_they_were_written(tmp_path):
    values = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100)
    text = "a\n" + "\n".join(map(repr, values.tolist()))
    assert read_table(written(tmp_path, text)).columns["a"].tolist() == values.tolist()


def test_dates_and_mixtures_become_text(tmp_path):
    table = read_table(written(tmp_path, "day,dose\n2020-01-02,5\n2020-01-03,5 mg\n"))
    assert table.text == ["day", "dose"]
    assert table.columns["dose"].tolist() == ["5", "5 mg"]


def test_a_nameless_column_is_named_by_its_place(tmp_path):
    assert list(read_table(written(tmp_path, '"",a\nr1,2\n')).columns) == ["column 1", "a"]


# The matrix


def test_the_matrix_holds_the_columns_asked_for_in_their_order():
    table = Table({"a": [1, 2], "b": [3, 4], "word": ["x", "y"]})
    assert table.matrix().tolist() == [[1, 3], [2, 4]]
    assert table.matrix(["b", "a"]).tolist() == [[3, 1], [4, 2]]
    assert table.matrix("b").tolist() == [[3], [4]]
    assert table.matrix().dtype == np.float64


@pytest.mark.parametrize(
    "names, words",
    [
        (["a", "gaps"], ["column 'gaps': 2 of 3 values are missing", "first in row 1", "fill the gaps"]),
        (None, ["column 'gaps'", "; 1 more columns"]),
        (["dose"], ["column 'dose' holds text (row 1: '5 mg')", "numbers are needed"]),
        (["A"], ["no column 'A'; there are: a, gaps, more, dose"]),
        ([], ["no column of numbers", "of text are: dose"]),
    ],
)
def test_a_matrix_that_cannot_be_made_says_why(names, words):
    nan = np.nan
    table = Table({"a": [1, 2, 3], "gaps": [1, nan, nan], "more": [nan, 1, 1], "dose": ["5", "5 mg", "x"]})
    with pytest.raises(BadInput) as refusal:
        table.matrix(names)
    for word in words:
        assert word in str(refusal.value)


def test_a_table_of_text_alone_has_no_matrix():
    with pytest.raises(BadInput, match="no column of numbers.*a"):
        Table({"a": ["x"]}).matrix()


@pytest.mark.parametrize(
    "columns, words",
    [
        ({}, "no columns"),
        ({"a": [1, 2], "b": [1]}, "equal length.*'a' 2, 'b' 1"),
        ({"a": [1, np.inf]}, "column 'a': 1 values are infinite, the first in row 1"),
        ({"a": [1j]}, "column 'a' holds complex numbers"),
        ({"a": [[1, 2]]}, r"column 'a': an array of shape \(rows,\) is needed"),
        ({"a": [10**400]}, "too large"),
    ],
)
def test_columns_that_are_no_table(columns, words):
    with pytest.raises(BadInput, match=words):
        Table(columns)


# What is refused


@pytest.mark.parametrize(
    "content, words",
    [
        ("", ["empty"]),
        (" \n\n", ["empty"]),
        ("a,b\n", ["names 2 columns but holds no rows"]),
        ("a,b,a\n1,2,3\n", ["same name: 'a'"]),
        ("a,b\n1,2\n3\n", ["line 3 has 1 entries, but there are 2 columns"]),
        ("a,b\n1,2\n3,4,5\n", ["line 3 has 3 entries, but there are 2 columns"]),
        ("a,b\n1,2,3\n", ["line 2 has 3 entries"]),
        ("1,2\n3,4\n", ["first line holds only numbers (1, 2)", "line of names"]),
        ("a,b\n1,inf\n", ["column 'b': 1 values are infinite", "row 0"]),
        ("a,b\n1,1e999\n", ["column 'b': 1 values are infinite"]),
        ("a\nNaïve\n".encode("latin-1"), ["UTF-8"]),
        ("a,b\n1,2\n".encode("utf-16"), ["UTF-8"]),
    ],
)
def test_text_that_is_no_table(tmp_path, content, words):
    refused(written(tmp_path, content), *words)


def test_what_is_no_file_or_has_another_ending(tmp_path):
    refused(tmp_path / "absent.csv", "no such file")
    refused(tmp_path, "no such file")
    refused(written(tmp_path, "a\n1\n", "table.xlsx"), "not from .xlsx", ".csv, .tsv, .parquet, .npy, .npz")
    refused(written(tmp_path, "a\n1\n", "table"), "no ending")


@pytest.mark.parametrize("ending", ["parquet", "npy", "npz"])
@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_damaged_binary_files(tmp_path, ending, content):
    refused(written(tmp_path, content, f"table.{ending}"), "not a readable" if content else "empty")


@pytest.mark.parametrize("ending", ["parquet", "npy", "npz"])
def test_truncated_binary_files(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    if ending == "parquet":
        pandas.DataFrame(FRAME).to_parquet(path)
    else:
        (np.save if ending == "npy" else np.savez)(path, np.eye(30))
    path.write_bytes(path.read_bytes()[:-50])
    refused(path, "not a readable")


def test_parquet_that_is_no_flat_table(tmp_path):
    path = tmp_path / "table.parquet"
    pandas.DataFrame({"a": [[1, 2]]}).to_parquet(path)
    refused(path, "column 'a' holds list", "flat columns")
    pandas.DataFrame({"a": []}).to_parquet(path)
    refused(path, "1 columns but no rows")
    pandas.DataFrame(index=range(3)).to_parquet(path)
    refused(path, "no columns")


def test_parquet_with_doubled_names(tmp_path):
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "table.parquet"
    parquet.write_table(pyarrow.table([[1], [2]], names=["a", "a"]), path)
    refused(path, "same name: 'a'")


class Trap:
    """Unpickling it raises."""

    def __reduce__(self):
        return exec, ("raise SystemExit",)


def test_pickled_objects_are_not_opened(tmp_path):
    np.save(tmp_path / "table.npy", np.array([[Trap()]], dtype=object))
    np.savez(tmp_path / "table.npz", a=np.array([Trap()], dtype=object))
    refused(tmp_path / "table.npy", "pickled")
    refused(tmp_path / "table.npz", "pickled")


def test_numpy_arrays_of_another_shape(tmp_path):
    np.save(tmp_path / "table.npy", np.zeros((2, 2, 2)))
    refused(tmp_path / "table.npy", "(rows, columns) is needed, not (2, 2, 2)")
    np.save(tmp_path / "table.npy", np.zeros((0, 2)))
    refused(tmp_path / "table.npy", "no rows")
    np.save(tmp_path / "table.npy", np.zeros((2, 0)))
    refused(tmp_path / "table.npy", "no columns")
    np.savez(tmp_path / "table.npz", a=np.zeros(2), b=np.zeros((2, 2)))
    refused(tmp_path / "table.npz", "'b' has shape (2, 2)")
    np.savez(tmp_path / "table.npz", a=np.zeros(2), b=np.zeros(3))
    refused(tmp_path / "table.npz", "equal length", "'a' 2, 'b' 3")
    np.savez(tmp_path / "table.npz")
    refused(tmp_path / "table.npz", "no columns")


# Memory


def stored(tmp_path, ending, rows):
    path = tmp_path / f"table.{ending}"
    matrix = np.zeros((rows, 4))
    if ending == "csv":
        np.savetxt(path, matrix, delimiter=",", header="a,b,c,d", comments="")
    elif ending == "parquet":
        pandas.DataFrame(matrix, columns=list("abcd")).to_parquet(path)
    else:
        (np.save if ending == "npy" else np.savez_compressed)(path, matrix)
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet", "npy", "npz"])
def test_what_would_not_fit_is_refused_before_it_is_read(tmp_path, monkeypatch, ending):
    path = stored(tmp_path, ending, 10_000)
    refused(path, "would take about", "sample of its rows, or fewer columns", "max_memory_gib", max_memory_gib=1e-4)
    assert read_table(path, max_memory_gib=1).rows == 10_000
    monkeypatch.setattr(memory, "limit_and_left", lambda: (2**20, 2**18))
    refused(path, "0.25 MiB are left of the limit of 1 MiB", "limits.memory_gib=")


def test_a_header_that_promises_too_much_is_believed(tmp_path):
    """A short .npy whose header claims a million million rows."""
    with open(tmp_path / "table.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 2)})
    refused(tmp_path / "table.npy", "would take about 40978.2 GiB")


def test_lines_that_count_differently_are_refused(tmp_path):
    """A quoted empty entry alone on its line is a row to one reader and a blank line to the other."""
    refused(written(tmp_path, 'a\n1\n""\n2\n'), "2 rows by its lines, but 3 when read")

"""Tables of named columns in a user's files: .csv, .tsv, .parquet, .npy, .npz. No code of a file is run.

A column holds numbers (float64, NaN where a value is missing) or text (str, "" where it is missing). Rows are counted
from 0, without the line of names.
"""

import contextlib
import csv
import functools
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdabench.data import table_memory
from tdabench.data.files import (
    ARRAY,
    ARRAYS,
    opened,
    read_npy,
    read_npz,
    readable,
    regular,
    zip_archive,
)
from tdabench.errors import BadInput
from tdabench.processes.memory import Room, ran_out

SEPARATORS = {".csv": ",;\t", ".tsv": "\t"}
ENDINGS = (*SEPARATORS, ".parquet", ".npy", ".npz")
NAMES_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length.

    Parameters
    ----------
    columns
        Name -> (rows,), float64 (NaN = missing) or an object array of str ("" = missing). Booleans and integers become
        float64.

    Raises
    ------
    BadInput
        When there are no columns, their lengths differ, or one holds an infinite value.
    """

    columns: dict[str, np.ndarray]

    def __post_init__(self):
        columns = {str(name): _column(values, f"column {str(name)!r}") for name, values in self.columns.items()}
        if not columns:
            raise BadInput("the table has no columns.")
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            listed = _listed(f"{name!r} {length}" for name, length in lengths.items())
            raise BadInput(f"the columns must be of equal length; their lengths are: {listed}.")
        object.__setattr__(self, "columns", columns)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())))

    @property
    def numeric(self) -> list[str]:
        """Names of the columns of numbers, in the table's order."""
        return [name for name, column in self.columns.items() if column.dtype == np.float64]

    @property
    def text(self) -> list[str]:
        """Names of the columns of text, in the table's order."""
        return [name for name, column in self.columns.items() if column.dtype != np.float64]

    def matrix(self, names=None) -> np.ndarray:
        """Columns side by side.

        Parameters
        ----------
        names
            Columns of numbers; None for all of them.

        Returns
        -------
        array of float64, (rows, columns)

        Raises
        ------
        BadInput
            When a name is unknown or that of a column of text, when there is no column of numbers, or when a value is
            missing.
        """
        names = self.numeric if names is None else [names] if isinstance(names, str) else list(names)
        if not names:
            raise BadInput(f"no column of numbers to use; the columns of text are: {_listed(self.text) or 'none'}.")
        for name in names:
            if name not in self.columns:
                raise BadInput(f"there is no column {name!r}; there are: {_listed(self.columns)}.")
            if self.columns[name].dtype != np.float64:
                row, entry = _first_text(self.columns[name])
                raise BadInput(
                    f"column {name!r} holds text (row {row}: {entry!r}), but numbers are needed; leave it out, or "
                    "repair the entries that are not numbers."
                )
        matrix = np.column_stack([self.columns[name] for name in names])
        counts = np.isnan(matrix).sum(axis=0)
        if counts.any():
            place = int(np.argmax(counts > 0))
            others = int((counts > 0).sum()) - 1
            row = int(np.argmax(np.isnan(matrix[:, place])))
            raise BadInput(
                f"column {names[place]!r}: {counts[place]} of {self.rows} values are missing, the first in row {row}"
                f"{f'; {others} more columns have missing values' if others else ''}. Leave out these columns or "
                "rows, or fill the gaps, before the table is read."
            )
        return matrix


def read_table(path, max_memory_gib: float | None = None) -> Table:
    """Read a table, by the ending of its file.

    A column is of numbers when all its entries are numbers or missing (empty, NA, NaN, null and the like). Booleans
    become 0 and 1, dates text, integers float64 (exact below 2^53).

    Parameters
    ----------
    path
        .csv (commas, semicolons or tabs) or .tsv in UTF-8: the first line names the columns, and a nameless one becomes
        `column <number>`. .parquet: flat columns. .npy: one 2-D array, its columns named x0, x1, ... .npz: the same, or
        several columns of equal length under their own names; no pickled objects.
    max_memory_gib
        Refuse what would need more memory; None for what this process may still take. The need is estimated before
        reading, from the number of cells, their types and the lengths of texts.

    Returns
    -------
    Table

    Raises
    ------
    BadInput
        With the file and the place, for whatever cannot be read as a table.
    OutOfMemory
        For what is too large.
    """
    path = regular(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(
            f"{path}: tables are read from {', '.join(ENDINGS)}, not from {ending or 'no ending'}; save it as one."
        )
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty.")
    read = _text if ending in SEPARATORS else {".parquet": _parquet, ".npy": _npy, ".npz": _npz}[ending]
    most = None if max_memory_gib is None else max_memory_gib * 2**30
    with Room(path, "a sample of its rows, or fewer columns,", most=most) as room:
        columns = read(path, room)
        if not columns:
            raise BadInput(f"{path}: the table has no columns.")
        try:
            table = Table(columns)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from None
    if table.rows == 0:
        raise BadInput(f"{path}: the table has {len(columns)} columns but no rows.")
    return table


def _text(path: Path, room: Room) -> dict[str, np.ndarray]:
    """The columns of a .csv or .tsv. A first pass finds what pandas ignores: ragged rows, repeated names."""
    import pandas

    try:
        names, separator, rows = _check_lines(path)
        read = functools.partial(
            pandas.read_csv, path, sep=separator, header=0, names=names, index_col=False, skipinitialspace=True,
            low_memory=False, float_precision="round_trip", encoding="utf-8-sig",
        )  # fmt: skip
        sample = read(nrows=table_memory.SAMPLE)
        room.takes(table_memory.text_bytes(path.stat().st_size, rows, [sample[name] for name in names]))
        frame = read()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file in UTF-8; save it as UTF-8.") from None
    except (csv.Error, ValueError, OverflowError) as error:
        if isinstance(error, BadInput) or ran_out(error):
            raise
        raise BadInput(f"{path}: not a readable table of text ({error}).") from None
    if len(frame) != rows:
        raise BadInput(
            f"{path}: {rows} rows by its lines, but {len(frame)} when read; look for blank lines, stray quotation "
            "marks and NUL bytes."
        )
    return {name: _values(frame[name]) for name in names}


def _check_lines(path: Path) -> tuple[list[str], str, int]:
    """The names of the columns, the separator and the number of rows, in one pass that holds no row."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        first = ""
        while not first.strip():
            first = file.readline()
            if not first:
                raise BadInput(f"{path}: the file is empty.")
        separator = next((mark for mark in SEPARATORS[path.suffix.lower()] if mark in first), ",")
        file.seek(0)
        lines = csv.reader(file, delimiter=separator, skipinitialspace=True)
        header = next(row for row in lines if _holds(row))
        if all(_is_number(entry) for entry in header):
            raise BadInput(
                f"{path}: the first line holds only numbers ({_listed(header)}); it must name the columns: add a line "
                "of names."
            )
        names = [entry.strip() or f"column {place}" for place, entry in enumerate(header, 1)]
        _distinct(path, names)
        rows = 0
        for row in lines:
            if not _holds(row):
                continue
            if len(row) != len(names):
                raise BadInput(
                    f"{path}: line {lines.line_num} has {len(row)} entries, but there are {len(names)} columns; every "
                    "row must have one entry per column (an empty one where a value is missing)."
                )
            rows += 1
    if not rows:
        raise BadInput(f"{path}: it names {len(names)} columns but holds no rows.")
    return names, separator, rows


def _holds(row: list[str]) -> bool:
    """Whether a line is not blank."""
    return len(row) > 1 or (len(row) == 1 and bool(row[0].strip()))


def _is_number(entry: str) -> bool:
    with contextlib.suppress(ValueError):
        float(entry)
        return True
    return False


def _parquet(path: Path, room: Room) -> dict[str, np.ndarray]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=2**16) as file:  # a sample reads no whole column
            schema = file.schema_arrow
            _distinct(path, schema.names)
            for entry in schema:
                if pyarrow.types.is_nested(entry.type):
                    raise BadInput(
                        f"{path}: column {entry.name!r} holds {entry.type}, but flat columns are needed; leave it out."
                    )
            room.takes(table_memory.parquet_bytes(file))
            frame = file.read().to_pandas(ignore_metadata=True, date_as_object=True)
        return {name: _values(frame[name]) for name in schema.names}  # text is decoded only now
    except BadInput:
        raise
    except Exception as error:  # Arrow's own, and those of readers of pandas' metadata
        if ran_out(error):
            raise
        raise BadInput(f"{path}: not a readable Parquet file, truncated or altered ({error}).") from None


def _npy(path: Path, room: Room) -> dict[str, np.ndarray]:
    with opened(path) as file, readable(path, ARRAY):
        need = table_memory.array_bytes(file)
    room.takes(need)
    return _numbered(path, read_npy(path))


def _npz(path: Path, room: Room) -> dict[str, np.ndarray]:
    with zip_archive(path, ARRAYS, math.inf) as (archive, infos):
        need = 0
        for info in infos:
            with archive.open(info) as member:
                need += table_memory.array_bytes(member)
    room.takes(need)
    arrays = read_npz(path, math.inf)
    if len(arrays) == 1 and next(iter(arrays.values())).ndim == 2:
        return _numbered(path, next(iter(arrays.values())))
    for name, array in arrays.items():
        if array.ndim != 1:
            raise BadInput(
                f"{path}: {name!r} has shape {array.shape}; one 2-D array is needed, or several columns, each of "
                "shape (rows,)."
            )
    return arrays


def _numbered(path: Path, array: np.ndarray) -> dict[str, np.ndarray]:
    if array.ndim != 2:
        raise BadInput(f"{path}: an array of shape (rows, columns) is needed, not {array.shape}.")
    return {f"x{place}": array[:, place] for place in range(array.shape[1])}


def _values(series) -> np.ndarray:
    """A pandas column as NumPy holds it: numbers with NaN, or objects with None where a value is missing."""
    from pandas.api import types

    if types.is_numeric_dtype(series.dtype):  # booleans and complex numbers included
        return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.to_numpy(np.float64, na_value=np.nan)
    values = series.astype(object).to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    return values


def _column(values, name: str) -> np.ndarray:
    """A column of any type as float64, or as an object array of str."""
    from decimal import Decimal

    array = np.asarray(values)
    if array.ndim != 1:
        raise BadInput(f"{name}: an array of shape (rows,) is needed, not {array.shape}.")
    if array.dtype.kind == "c":
        raise BadInput(f"{name} holds complex numbers; use their real and imaginary parts, or their moduli.")
    if array.dtype.kind == "O":
        missing = np.array([_is_missing(value) for value in array], dtype=bool)
        numbers = (bool, int, float, Decimal, np.number, np.bool_)
        if all(isinstance(value, numbers) for value in array[~missing]):
            array = np.where(missing, np.nan, array)
        else:
            texts = ["" if absent else str(value) for value, absent in zip(array, missing, strict=True)]
            return np.array(texts, dtype=object)
    elif array.dtype.kind not in "biuf":
        texts = array.astype(str).astype(object)
        texts[texts == "NaT"] = ""
        return texts
    try:
        array = array.astype(np.float64)
    except OverflowError:
        raise BadInput(f"{name} holds a number too large for float64; rescale it.") from None
    infinite = np.isinf(array)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise BadInput(
            f"{name}: {int(infinite.sum())} values are infinite, the first in row {row} ({array[row]}); remove or "
            "replace them."
        )
    return array


def _is_missing(value) -> bool:
    # NaN and NaT differ from themselves; pandas.NA does not say whether it does.
    return value is None or type(value).__name__ == "NAType" or (not isinstance(value, str) and value != value)


def _first_text(column: np.ndarray) -> tuple[int, str]:
    """Row and entry of the first text that is not a number, else of the first text."""
    return next(((row, entry) for row, entry in enumerate(column) if entry and not _is_number(entry)), (0, column[0]))


def _distinct(path: Path, names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise BadInput(f"{path}: columns of the same name: {_listed(map(repr, repeated))}; every column needs its own.")


def _listed(names) -> str:
    """The first few names, and the number of the others."""
    names = [str(name) for name in names]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")

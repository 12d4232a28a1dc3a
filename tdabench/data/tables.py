"""Tables of named columns, as users bring them: .csv, .tsv, .parquet, .npy, .npz. Nothing here runs code.

A column holds numbers (float64, NaN where a value is missing) or text (str, "" where it is missing). Rows are counted
from 0, the line of names not among them.
"""

import contextlib
import csv
import functools
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdabench.data.files import (
    ARRAY,
    ARRAYS,
    array_head,
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
SAMPLE = 1000  # rows by which the kinds and the lengths of columns are told

# Bytes that reading takes at its peak, per cell. Measured as the growth of this process's data (RLIMIT_DATA counts
# them) from 600,000 to 2,400,000 cells, with pandas 3.1 and pyarrow 25, of repeated and of different texts of 1 to 100
# characters: 24 to 30 for numbers, 90 to 155 and 300 for texts of 17 and 100, since each becomes a str of its own;
# a text's bytes count twice, in Arrow and in Python, and the buffers that grow hold half as much again.
NUMBER, TEXT, TEXT_BYTE = 30, 100, 2.5
KINDS = {"bool": 50, "null": 35, "dictionary": 40, "timestamp": 290, "duration": 670, "date": 110, "time": 110,
         "decimal": 190}  # fmt: skip
# Of a text file all bytes are held, half as much again while they grow, and the place of each entry: 32 to 67 for
# numbers of 1 and 19 digits, 125 to 150 for texts of 17. Files of a million rows and more were read under limits of
# .9 times these estimates, and none under .75 times.
TEXT_FILE_BYTE, TEXT_FILE_NUMBER = 1.5, 43
# Of an array its own bytes, and 9 to 14 for a number; a str for each text, whose characters take 4 bytes in NumPy.
ARRAY_NUMBER, ARRAY_TEXT, ARRAY_TIME = 14, 50, 200


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length: float64 arrays (NaN = missing) or object arrays of str ("" = missing).

    columns: name -> (rows,) array; booleans and integers become float64. BadInput when there are none, when they
    differ in length, or when one holds an infinite value.
    """

    columns: dict[str, np.ndarray]

    def __post_init__(self):
        columns = {str(name): _column(values, f"column {str(name)!r}") for name, values in self.columns.items()}
        if not columns:
            raise BadInput("the table has no columns.")
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            shown = _listed(f"{name!r} {length}" for name, length in lengths.items())
            raise BadInput(f"the columns must be of equal length; their lengths are: {shown}.")
        object.__setattr__(self, "columns", columns)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())))

    @property
    def numeric(self) -> list[str]:
        """The names of the columns of numbers, in the table's order."""
        return [name for name, column in self.columns.items() if column.dtype == np.float64]

    @property
    def text(self) -> list[str]:
        """The names of the columns of text, in the table's order."""
        return [name for name, column in self.columns.items() if column.dtype != np.float64]

    def matrix(self, names=None) -> np.ndarray:
        """The columns `names` (all that hold numbers, when None) side by side, (rows, columns) float64.

        BadInput when a name is unknown or a column of text, when there is no column of numbers, or when a value is
        missing: it names the column, how many are missing and the first row.
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
    """The table in a file, by its ending.

    .csv (separated by commas, semicolons or tabs) and .tsv: UTF-8, the first line names the columns, a nameless one
    becomes `column <number>`. .parquet: flat columns. .npy: one 2-D array, its columns named x0, x1, ...
    .npz: the same, or several columns of equal length under their own names. No pickled objects.

    Booleans become 0 and 1, dates text, integers float64 (exact below 2^53). A column is of numbers when all its
    entries are, apart from those that are missing (empty, NA, NaN, null and the like).

    max_memory_gib: refuse what would need more; None: what this process may still take. The need is estimated before
    reading, by the number of cells, their kinds and the lengths of texts.

    BadInput, with the file and the place, for whatever cannot be read as such a table, and OutOfMemory for what is too
    large.
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
    """The columns of a .csv or .tsv. A first pass finds what pandas would pass over: ragged rows, doubled names."""
    import pandas

    try:
        names, separator, rows = _check_lines(path)
        read = functools.partial(
            pandas.read_csv, path, sep=separator, header=0, names=names, index_col=False, skipinitialspace=True,
            low_memory=False, float_precision="round_trip", encoding="utf-8-sig",
        )  # fmt: skip
        sample = read(nrows=SAMPLE)
        entries = sum(_entry_size(sample[name]) for name in names)
        room.takes(TEXT_FILE_BYTE * path.stat().st_size + rows * entries)
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


def _entry_size(series) -> float:
    """Bytes that an entry of a column of a text file takes, beside those of the file, by the column's first rows."""
    from pandas.api import types

    if types.is_numeric_dtype(series.dtype):
        return TEXT_FILE_NUMBER
    return TEXT + float(np.mean([len(str(entry)) for entry in series]))


def _check_lines(path: Path) -> tuple[list[str], str, int]:
    """The names of the columns, the separator and the number of rows; none is kept."""
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
            room.takes(_parquet_size(file))
            frame = file.read().to_pandas(ignore_metadata=True, date_as_object=True)
        return {name: _values(frame[name]) for name in schema.names}  # text is only decoded now
    except BadInput:
        raise
    except Exception as error:  # Arrow's own, and those of whoever reads what pandas wrote into the file
        if ran_out(error):
            raise
        raise BadInput(f"{path}: not a readable Parquet file, truncated or altered ({error}).") from None


def _parquet_size(file) -> float:
    """Bytes that reading a Parquet file takes. A column of few texts is small in it; each of its cells becomes one."""
    from pyarrow import types

    about, size = file.metadata, 0.0
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    rows = max(about.num_rows, 1)
    sample = next(file.iter_batches(SAMPLE, use_threads=False), None) if groups else None
    for place, entry in enumerate(file.schema_arrow):
        kind = next((kind for kind in KINDS if str(entry.type).startswith(kind)), None)
        if kind or types.is_integer(entry.type) or types.is_floating(entry.type):
            size += about.num_rows * KINDS.get(kind, NUMBER)
            continue
        stored = sum(group.column(place).total_uncompressed_size for group in groups) / rows
        shown = sample.column(place).nbytes / max(sample.num_rows, 1) if sample else 0
        size += about.num_rows * (TEXT + TEXT_BYTE * max(stored, shown))
    return size


def _npy(path: Path, room: Room) -> dict[str, np.ndarray]:
    with opened(path) as file, readable(path, ARRAY):
        need = _array_size(file)
    room.takes(need)
    return _numbered(path, read_npy(path))


def _npz(path: Path, room: Room) -> dict[str, np.ndarray]:
    with zip_archive(path, ARRAYS, math.inf) as (archive, infos):
        need = 0
        for info in infos:
            with archive.open(info) as member:
                need += _array_size(member)
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


def _array_size(file) -> int:
    """Bytes that reading an array as columns takes, by the head of its .npy alone."""
    shape, _, kind = array_head(file)
    size = kind.itemsize
    each = {"U": ARRAY_TEXT + 2 * size, "S": ARRAY_TEXT + 4 * size, "M": ARRAY_TIME, "m": ARRAY_TIME}
    return math.prod(shape) * each.get(kind.kind, ARRAY_NUMBER + size)


def _values(series) -> np.ndarray:
    """A pandas column as NumPy holds it: numbers with NaN, or objects with None where a value is missing."""
    from pandas.api import types

    if types.is_numeric_dtype(series.dtype):  # booleans and complex numbers are among them
        return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.to_numpy(np.float64, na_value=np.nan)
    values = series.astype(object).to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    return values


def _column(values, name: str) -> np.ndarray:
    """float64 or object array of str, from whatever a file or a user holds."""
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
            return np.array(["" if gone else str(value) for value, gone in zip(array, missing, strict=True)], object)
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
    """The row and the entry of the first text that is not a number, or else the first."""
    return next(((row, entry) for row, entry in enumerate(column) if entry and not _is_number(entry)), (0, column[0]))


def _distinct(path: Path, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(f"{path}: columns of the same name: {_listed(map(repr, twice))}; every column needs its own.")


def _listed(names) -> str:
    """The first few names, and how many more there are."""
    names = [str(name) for name in names]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")

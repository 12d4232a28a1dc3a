"""A user's table as a matrix of numbers, by which methods compare its rows. Notes say what was changed."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tdabench.data.tables import Table
from tdabench.errors import BadInput, BadRequest
from tdabench.processes.memory import Room

TEXT = ("leave out", "one column per value")
MISSING = ("refuse", "median", "drop rows")
MOST_VALUES = 50  # different texts of a column that becomes one column per value
WIDE = 1000  # ratio of standard deviations above which the widest column determines all distances
ROUNDING = 1e-13  # a column whose range is below this share of its magnitude is constant up to rounding
ENTRY_BYTES = 40  # at the peak, in addition to the table: tracemalloc measured 33 to 39
NAMES_SHOWN = 8


@dataclass(frozen=True, eq=False)
class NumericTable:
    """A table as numbers.

    Parameters
    ----------
    matrix
        (n, columns) float64, finite.
    columns
        Names of the columns.
    label
        (n,) str or float64; None without a label.
    rows
        (n,), the rows of the table that these are.
    notes
        Sentences on what was left out, what was filled, and what to be careful about.
    """

    matrix: np.ndarray
    columns: tuple[str, ...]
    label: np.ndarray | None
    rows: np.ndarray
    notes: tuple[str, ...]


def numeric_matrix(
    table: Table,
    columns=None,
    label: str | None = None,
    text: str = "leave out",
    missing: str = "refuse",
    standardise: bool = True,
    least_rows: int = 3,
) -> NumericTable:
    """The columns of a table as numbers, for any method that compares rows.

    Constant columns and columns without values are left out, with a note. A column that was named in `columns` but
    cannot be used is an error instead.

    Parameters
    ----------
    table
        The table.
    columns
        Names of the columns to use; None for all but the label.
    label
        Column of categories that colours pictures and judges methods. It is never in the matrix.
    text
        "leave out" columns of text, or "one column per value" of 0 and 1.
    missing
        "refuse" missing values, fill them with the column's "median" (in a column of text: with none of its values),
        or "drop rows" that have any.
    standardise
        Scale each column to mean 0 and standard deviation 1.
    least_rows
        Rows that must be left.

    Raises
    ------
    BadRequest
        For an option that does not exist.
    BadInput
        When fewer than two columns or `least_rows` rows are left, for missing values or text that the options do not
        allow, and for a label that makes no groups.
    OutOfMemory
        For a matrix that is too large.
    """
    for name, value, choices in (("text", text, TEXT), ("missing", missing, MISSING)):
        if value not in choices:
            raise BadRequest(f"{name}: {value!r} is none of {', '.join(map(repr, choices))}.")
    notes: list[str] = []
    names, named = _names(table, columns, label, notes)
    blocks = _blocks(table, names, named, text, notes)
    rows = _rows(table, list(blocks), label, missing, notes)
    if len(rows) < max(least_rows, 1):
        raise BadInput(f"{len(rows)} rows are left, but at least {max(least_rows, 1)} are needed.")
    width = sum(map(len, blocks.values()))
    what, less = f"{len(rows)} rows and {width} columns", "a sample of the rows, or fewer columns,"
    with Room(what, less, "making a matrix of them") as room:
        room.takes(ENTRY_BYTES * len(rows) * width)
        numbers = {name: _filled(table.columns[source][rows], name, value)
                   for source, block in blocks.items() for name, value in block.items()}  # fmt: skip
        constant = [name for name, column in numbers.items() if _constant(column)]
        if constant:
            notes.append(f"Constant, and left out: {_listed(constant)}.")
        numbers = {name: column for name, column in numbers.items() if name not in constant}
        if len(numbers) < 2:
            what = f"only {_listed(numbers)} is" if numbers else "no column is"
            raise BadInput(" ".join([f"{what} left to compare rows by, and at least two columns are needed.", *notes]))
        matrix = np.column_stack(list(numbers.values()))
        _note_duplicates(matrix, notes)
        if standardise:
            matrix = _standardised(matrix)
        else:
            _note_scales(matrix, list(numbers), notes)
        return NumericTable(matrix, tuple(numbers), _label(table, label, rows), rows, tuple(notes))


def enough_rows(n: int, neighbours: int) -> None:
    """Raise BadInput when n rows are too few for methods that use `neighbours` neighbours of each."""
    if neighbours < 1:
        raise BadInput(f"neighbours: at least 1 is needed, not {neighbours}.")
    if n < neighbours + 2:
        raise BadInput(
            f"{n} rows are too few for {neighbours} neighbours of each: every row would be a neighbour of every other. "
            + (f"Take at most {n - 2} neighbours, or more rows." if n > 2 else "More rows are needed.")
        )


# Which columns


def _names(table, columns, label, notes) -> tuple[list[str], bool]:
    """The columns to use, and whether the user named them."""
    named = columns is not None
    names = [columns] if isinstance(columns, str) else list(columns) if named else list(table.columns)
    for name in [*names, *([] if label is None else [label])]:
        if name not in table.columns:
            raise BadInput(f"there is no column {name!r}; there are: {_listed(table.columns)}.")
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise BadInput(f"column {repeated[0]!r} is asked for twice.")
    if named and label in names:
        notes.append(f"{label!r} is the label, and kept out of the columns: methods would be judged by their input.")
    return [name for name in names if name != label], named


def _blocks(table, names, named, text, notes) -> dict[str, dict[str, str | None]]:
    """Column of the table -> names of the columns it becomes -> the text that is 1 in each; None for numbers."""
    blocks, empty, texts, varied = {}, [], [], []
    for name in names:
        column = table.columns[name]
        values = sorted(set(column[~_gaps(column)].tolist())) if name in table.text else None
        if _gaps(column).all():
            if named:
                raise BadInput(f"column {name!r} has no values at all; leave it out.")
            empty.append(name)
        elif values is None:
            blocks[name] = {name: None}
        elif text == "leave out":
            if named:
                raise BadInput(f"column {name!r} holds text ({values[0]!r}); leave it out, or take text={TEXT[1]!r}.")
            texts.append(name)
        elif len(values) > MOST_VALUES or len(values) == table.rows > 2:
            if named:
                raise BadInput(
                    f"column {name!r} has {len(values)} different texts in {table.rows} rows, too many for one column "
                    f"each (at most {MOST_VALUES}, and fewer than rows); leave it out."
                )
            varied.append(f"{name} ({len(values)})")
        else:
            blocks[name] = {f"{name}={value}": value for value in values}
    if empty:
        notes.append(f"Without any value, and left out: {_listed(empty)}.")
    if texts:
        notes.append(f"Text, and left out: {_listed(texts)}.")
    if varied:
        notes.append(f"Text of too many different values, and left out: {_listed(varied)}.")
    if not blocks:
        raise BadInput(" ".join(["there is no column to compare rows by.", *notes]))
    return blocks


# Which rows


def _rows(table, names, label, missing, notes) -> np.ndarray:
    """The rows of the table to use, (n,)."""
    gaps = {name: _gaps(table.columns[name]) for name in [*names, *([] if label is None else [label])]}
    counts = {name: int(gap.sum()) for name, gap in gaps.items() if gap.any()}
    if not counts:
        return np.arange(table.rows)
    if missing == "refuse":
        first = next(iter(counts))
        others = f"; {len(counts) - 1} more columns have missing values" if len(counts) > 1 else ""
        raise BadInput(
            f"column {first!r}: {counts[first]} of {table.rows} values are missing, the first in row "
            f"{int(np.argmax(gaps[first]))}{others}. Leave these columns out, or take missing='median' or 'drop rows'."
        )
    columns = _listed(f"{name} ({count})" for name, count in counts.items() if name != label or missing == "drop rows")
    if missing == "median":
        if columns:
            words = " (in text: with none of its values)" if set(counts) & set(table.text) - {label} else ""
            notes.append(f"Missing values filled with the column's median{words}: {columns}.")
        drop = gaps[label] if label in counts else np.zeros(table.rows, dtype=bool)
        why = f"the label {label!r} is missing"
    else:
        drop, why = np.any(list(gaps.values()), axis=0), f"values are missing: {columns}"
    if drop.all():
        raise BadInput(f"every row has a missing value ({why}); leave columns out, or take missing='median'.")
    if drop.any():
        notes.append(f"{int(drop.sum())} of {table.rows} rows dropped, where {why}.")
    return np.flatnonzero(~drop)


def _gaps(column) -> np.ndarray:
    """Where a value is missing."""
    return np.isnan(column) if column.dtype == np.float64 else column == ""


def _filled(column, name: str, value: str | None) -> np.ndarray:
    """One column of the matrix: 1 where a text equals `value`, or numbers with their median for NaN."""
    if value is not None:
        return (column == value).astype(np.float64)
    gaps = np.isnan(column)
    if gaps.all():
        raise BadInput(f"column {name!r} has no values in the rows that are kept; leave it out.")
    return np.where(gaps, np.median(column[~gaps]), column)


def _label(table, label, rows) -> np.ndarray | None:
    if label is None:
        return None
    values = table.columns[label][rows]
    values = values if label in table.numeric else values.astype(str)
    count = len(np.unique(values))
    if count == 1:
        raise BadInput(
            f"label {label!r} is {values[:1].tolist()[0]!r} in every row, so it makes no groups; take another column."
        )
    if count == len(values):
        raise BadInput(
            f"label {label!r} has another value in each row: there are no groups that could lie together; take a "
            "column of categories, or make intervals of its numbers."
        )
    return values


# What the numbers are like


def _constant(column) -> bool:
    return bool(np.ptp(column / 2) <= ROUNDING * np.abs(column / 2).max())  # halved: the range must not overflow


def _note_duplicates(matrix, notes) -> None:
    repeats = len(matrix) - len(np.unique(matrix, axis=0))
    if repeats:
        notes.append(
            f"{repeats} of {len(matrix)} rows repeat another one: at distance 0 the weights of LLE and its variants "
            "are singular, and ties decide which rows are neighbours."
        )


def _standardised(matrix) -> np.ndarray:
    # Scale to [-1, 1] first: sums and squares of the largest float64 overflow.
    scaled = matrix / np.abs(matrix).max(axis=0)
    scaled = scaled - scaled.mean(axis=0)
    return scaled / scaled.std(axis=0)


def _note_scales(matrix, names, notes) -> None:
    largest = np.abs(matrix).max(axis=0)
    if largest.max() > 1e150:
        raise BadInput(f"column {names[int(np.argmax(largest))]!r} is too large for distances; rescale or standardise.")
    deviation = matrix.std(axis=0)
    wide, narrow = int(np.argmax(deviation)), int(np.argmin(deviation))
    if deviation[wide] > WIDE * deviation[narrow]:
        notes.append(
            f"Not standardised: {names[wide]!r} spreads {deviation[wide] / deviation[narrow]:.2g} times as wide as "
            f"{names[narrow]!r}, so distances nearly ignore the latter."
        )


def _listed(names) -> str:
    """The first few names, and the number of the others."""
    names = [str(name) for name in names]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")

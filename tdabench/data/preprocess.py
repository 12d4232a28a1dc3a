"""A user's table as the matrix of numbers by which methods compare its rows, with a sentence on all that was done."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tdabench.data.tables import Table
from tdabench.errors import BadInput, BadRequest
from tdabench.processes.memory import Room

TEXT = ("leave out", "one column per value")
MISSING = ("refuse", "median", "drop rows")
MOST_VALUES = 50  # of a column of text that is made one column per value
WIDE = 1000  # times the spread of the narrowest column: without standardising, distances are those of the widest
ROUNDING = 1e-13  # a column that varies by less than this share of its size is constant but for rounding
ENTRY_BYTES = 40  # at the peak, beside the table: 33 to 39 were measured with tracemalloc
NAMES_SHOWN = 8


@dataclass(frozen=True, eq=False)
class NumericTable:
    """matrix: (n, columns) float64, finite; columns: their names; label: (n,) texts or numbers, or None; rows: (n,) the
    places of these rows in the table; notes: what was left out, filled or is to be minded, a sentence each."""

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
    """The columns of a table as numbers, fit for any method that compares rows.

    columns: names, all but the label when None; label: the column of categories that pictures are coloured and methods
    judged by, never in the matrix. text: columns of text are left out, or become one column of 0 and 1 per value.
    missing: refuse missing values, put the column's median in their place (in a column of text: none of its values), or
    drop the rows that have any. standardise: each column to mean 0 and standard deviation 1. Constant columns are left
    out, and so are those without any value; whoever names a column that cannot be used is told why instead.

    BadRequest for an option that does not exist; BadInput when fewer than two columns or `least_rows` rows are left,
    for a value that is missing or text where that is not allowed, or for a label that makes no groups; OutOfMemory for
    a matrix that is too large.
    """
    for name, value, known in (("text", text, TEXT), ("missing", missing, MISSING)):
        if value not in known:
            raise BadRequest(f"{name}: {value!r} is none of {', '.join(map(repr, known))}.")
    notes: list[str] = []
    names, asked = _names(table, columns, label, notes)
    blocks = _blocks(table, names, asked, text, notes)
    rows = _rows(table, list(blocks), label, missing, notes)
    if len(rows) < max(least_rows, 1):
        raise BadInput(f"{len(rows)} rows are left, but at least {max(least_rows, 1)} are needed.")
    width = sum(map(len, blocks.values()))
    what, less = f"{len(rows)} rows and {width} columns", "a sample of the rows, or fewer columns,"
    with Room(what, less, "making a matrix of them") as room:
        room.takes(ENTRY_BYTES * len(rows) * width)
        kept = {name: _filled(table.columns[source][rows], name, value)
                for source, block in blocks.items() for name, value in block.items()}  # fmt: skip
        constant = [name for name, column in kept.items() if _constant(column)]
        if constant:
            notes.append(f"Constant, and left out: {_listed(constant)}.")
        kept = {name: column for name, column in kept.items() if name not in constant}
        if len(kept) < 2:
            what = f"only {_listed(kept)} is" if kept else "no column is"
            raise BadInput(" ".join([f"{what} left to compare rows by, and at least two columns are needed.", *notes]))
        matrix = np.column_stack(list(kept.values()))
        _mind_duplicates(matrix, notes)
        matrix = _standardised(matrix) if standardise else _mind_scales(matrix, list(kept), notes)
        return NumericTable(matrix, tuple(kept), _label(table, label, rows), rows, tuple(notes))


def enough_rows(n: int, neighbours: int) -> None:
    """BadInput when n rows are too few for methods that take so many neighbours of each."""
    if neighbours < 1:
        raise BadInput(f"neighbours: at least 1 is needed, not {neighbours}.")
    if n < neighbours + 2:
        raise BadInput(
            f"{n} rows are too few for {neighbours} neighbours of each: every row would be a neighbour of every other. "
            + (f"Take at most {n - 2} neighbours, or more rows." if n > 2 else "More rows are needed.")
        )


# Which columns


def _names(table, columns, label, notes) -> tuple[list[str], bool]:
    """The columns to use, and whether they were asked for by name."""
    asked = columns is not None
    names = [columns] if isinstance(columns, str) else list(columns) if asked else list(table.columns)
    for name in [*names, *([] if label is None else [label])]:
        if name not in table.columns:
            raise BadInput(f"there is no column {name!r}; there are: {_listed(table.columns)}.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(f"column {twice[0]!r} is asked for twice.")
    if asked and label in names:
        notes.append(f"{label!r} is the label, and kept out of the columns: methods would be judged by what they see.")
    return [name for name in names if name != label], asked


def _blocks(table, names, asked, text, notes) -> dict[str, dict[str, str | None]]:
    """Column of the table -> the columns it becomes -> the text that is 1 there, None for numbers."""
    blocks, empty, texts, varied = {}, [], [], []
    for name in names:
        column = table.columns[name]
        values = sorted(set(column[~_gaps(column)].tolist())) if name in table.text else None
        if _gaps(column).all():
            if asked:
                raise BadInput(f"column {name!r} has no values at all; leave it out.")
            empty.append(name)
        elif values is None:
            blocks[name] = {name: None}
        elif text == "leave out":
            if asked:
                raise BadInput(f"column {name!r} holds text ({values[0]!r}); leave it out, or take text={TEXT[1]!r}.")
            texts.append(name)
        elif len(values) > MOST_VALUES or len(values) == table.rows > 2:
            if asked:
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
    """The places of the rows to keep, (n,)."""
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
    told = _listed(f"{name} ({count})" for name, count in counts.items() if name != label or missing == "drop rows")
    if missing == "median":
        if told:
            words = " (in text: with none of its values)" if set(counts) & set(table.text) - {label} else ""
            notes.append(f"Missing values filled with the column's median{words}: {told}.")
        drop = gaps[label] if label in counts else np.zeros(table.rows, dtype=bool)
        why = f"the label {label!r} is missing"
    else:
        drop, why = np.any(list(gaps.values()), axis=0), f"values are missing: {told}"
    if drop.all():
        raise BadInput(f"every row has a missing value ({why}); leave columns out, or take missing='median'.")
    if drop.any():
        notes.append(f"{int(drop.sum())} of {table.rows} rows dropped, where {why}.")
    return np.flatnonzero(~drop)


def _gaps(column) -> np.ndarray:
    """Where a value is missing."""
    return np.isnan(column) if column.dtype == np.float64 else column == ""


def _filled(column, name: str, value: str | None) -> np.ndarray:
    """One column of the matrix, from the rows that are kept."""
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
            f"label {label!r} is {values[:1].tolist()[0]!r} in every row: it sets nothing apart; take another column."
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


def _mind_duplicates(matrix, notes) -> None:
    again = len(matrix) - len(np.unique(matrix, axis=0))
    if again:
        notes.append(
            f"{again} of {len(matrix)} rows repeat another one: at distance 0 the weights of LLE and its kin are "
            "singular, and neighbours are drawn among equals."
        )


def _standardised(matrix) -> np.ndarray:
    # Scaled to [-1, 1] first: sums and squares of the largest float64 overflow
    scaled = matrix / np.abs(matrix).max(axis=0)
    scaled = scaled - scaled.mean(axis=0)
    return scaled / scaled.std(axis=0)


def _mind_scales(matrix, names, notes) -> np.ndarray:
    largest = np.abs(matrix).max(axis=0)
    if largest.max() > 1e150:
        raise BadInput(f"column {names[int(np.argmax(largest))]!r} is too large for distances; rescale or standardise.")
    spread = matrix.std(axis=0)
    wide, narrow = int(np.argmax(spread)), int(np.argmin(spread))
    if spread[wide] > WIDE * spread[narrow]:
        notes.append(
            f"Not standardised: {names[wide]!r} spreads {spread[wide] / spread[narrow]:.2g} times as wide as "
            f"{names[narrow]!r}, so distances hardly see the latter."
        )
    return matrix


def _listed(names) -> str:
    """The first few names, and how many more there are."""
    names = [str(name) for name in names]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")

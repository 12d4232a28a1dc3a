"""Estimates of the memory that reading a table takes, from its head and a sample of its rows."""

import math

import numpy as np

from tdabench.data.files import array_head

SAMPLE = 1000  # rows that show the types and the lengths of the columns

# Bytes that reading takes at its peak, per cell. They were measured with pandas 3.1 and pyarrow 25 as the growth of the
# process's data, which RLIMIT_DATA counts, from 600,000 to 2,400,000 cells, with repeated and with different texts of 1
# to 100 characters. Numbers took 24 to 30. Texts of 17 characters took 90 to 155, of 100 characters 300, since each
# becomes a str of its own. A text's bytes count twice, in Arrow and in Python, and growing buffers hold half as much
# again.
NUMBER, TEXT, TEXT_BYTE = 30, 100, 2.5
KINDS = {"bool": 50, "null": 35, "dictionary": 40, "timestamp": 290, "duration": 670, "date": 110, "time": 110,
         "decimal": 190}  # fmt: skip
# Reading a text file holds all its bytes, half as much again while buffers grow, and the place of each entry: 32 to 67
# for numbers of 1 and 19 digits, 125 to 150 for texts of 17 characters. Files of a million rows and more could be read
# under .9 times these estimates, and none under .75 times.
TEXT_FILE_BYTE, TEXT_FILE_NUMBER = 1.5, 43
# Reading an array takes its own bytes and 9 to 14 for a number, or a str for each text, whose characters take 4 bytes
# in NumPy.
ARRAY_NUMBER, ARRAY_TEXT, ARRAY_TIME = 14, 50, 200


def text_bytes(file_bytes: int, rows: int, columns: list) -> float:
    """Bytes that reading a text file takes. columns: pandas Series of its first rows."""
    return TEXT_FILE_BYTE * file_bytes + rows * sum(map(_entry_bytes, columns))


def _entry_bytes(series) -> float:
    """Bytes that an entry of a column takes besides those of the file, estimated from the column's first rows."""
    from pandas.api import types

    if types.is_numeric_dtype(series.dtype):
        return TEXT_FILE_NUMBER
    return TEXT + float(np.mean([len(str(entry)) for entry in series]))


def parquet_bytes(file) -> float:
    """Bytes that reading a Parquet file takes. It stores a repeated text once, but each cell becomes a str."""
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
        decoded = sample.column(place).nbytes / max(sample.num_rows, 1) if sample else 0
        size += about.num_rows * (TEXT + TEXT_BYTE * max(stored, decoded))
    return size


def array_bytes(file) -> int:
    """Bytes that reading an array as columns takes, from the head of its .npy."""
    shape, _, kind = array_head(file)
    size = kind.itemsize
    each = {"U": ARRAY_TEXT + 2 * size, "S": ARRAY_TEXT + 4 * size, "M": ARRAY_TIME, "m": ARRAY_TIME}
    return math.prod(shape) * each.get(kind.kind, ARRAY_NUMBER + size)

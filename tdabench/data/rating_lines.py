"""Lines of ratings, checked and collected into a sparse table of films x users.

Lines are checked and parsed in blocks of BLOCK bytes. A rating takes 9 bytes until the table is made.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from scipy import sparse

from tdabench.data.files import opened, regular, tar_files
from tdabench.data.malformed import MalformedLines
from tdabench.errors import BadInput

BLOCK = 2**24  # bytes read at a time
UNPACKED_BYTES = 2**32  # limit on what an archive unpacks to; the Prize's has 2.1 GB
ARCHIVES = (".tar", ".tar.gz", ".tgz")
HEADER = re.compile(rb"(\d{1,9}):\r?\n")  # of a film, in the Netflix Prize's files
LARGEST_ID = 2**26  # of a table from ids to places, which then takes 256 MiB


@dataclass(frozen=True)
class LineForm:
    """The form of a line.

    Parameters
    ----------
    fields
        Names of the fields in order. Without "film" among them, the film stands in a header above its ratings.
    separator
        Between the fields.
    halves
        Whether there are half stars.
    head
        The line of names at the top of a file; "" for none.
    """

    fields: tuple[str, ...]
    separator: str = ","
    halves: bool = False
    head: str = ""

    @cached_property
    def patterns(self) -> dict[str, str]:
        """The regular expression of each field."""
        stars = r"(?:0\.50*|[1-4](?:\.[05]0*)?|5(?:\.0+)?)" if self.halves else r"[1-5](?:\.0+)?"
        number = r"\d{1,9}"  # fits int32
        return {"film": number, "user": number, "rating": stars, "date": r"\d{4}-\d\d-\d\d", "time": r"\d+"}

    @cached_property
    def line(self) -> re.Pattern:
        """One good line of a rating."""
        return re.compile(self._line().encode())

    @cached_property
    def lines(self) -> re.Pattern:
        """A block of good lines, headers of films included where there are any."""
        header = "" if "film" in self.fields else r"\d{1,9}:\r?\n|"
        return re.compile(f"(?:{header}{self._line()})*+".encode())

    def _line(self) -> str:
        return self.separator.join(self.patterns[name] for name in self.fields) + r"\r?\n"

    def fault(self, line: bytes, place: str) -> str:
        """Why a line is malformed. BadInput when the fault is in its rating, or in the header of a film."""
        fields = line.decode("latin-1").rstrip("\r\n").split(self.separator)
        if "film" not in self.fields and len(fields) == 1:
            raise BadInput(
                f"{place}: {quoted(line)} is neither a rating nor a film's header such as '1:'. It is not skipped, "
                "since the film of what follows would be in doubt; repair it."
            )
        if len(fields) != len(self.fields):
            return f"{len(fields)} fields, but {', '.join(self.fields)} are needed"
        values = dict(zip(self.fields, fields, strict=True))
        try:
            rating = float(values["rating"])
        except ValueError:
            rating = math.nan
        if math.isnan(rating):
            raise BadInput(
                f"{place}: the rating {quoted(values['rating'])} is not a number; repair or remove the line."
            )
        least = 0.5 if self.halves else 1
        if not least <= rating <= 5 or rating % least:
            steps = "0.5 to 5 in half stars" if self.halves else "1 to 5 in whole stars"
            raise BadInput(f"{place}: a rating of {rating:g}, but {steps} are given; repair or remove the line.")
        name = next(name for name in self.fields if not re.fullmatch(self.patterns[name], values[name], re.ASCII))
        return f"{name} is {quoted(values[name])}"


PRIZE = LineForm(("user", "rating", "date"))
SINGLE = LineForm(("film", "user", "rating", "date"), head="MovieID,UserID,Rating,Date")
TABS = LineForm(("user", "film", "rating", "time"), "\t")
COLONS = LineForm(("user", "film", "rating", "time"), "::")
CSV = LineForm(("user", "film", "rating", "time"), halves=True, head="userId,movieId,rating,timestamp")


def read_matrix(
    files: Sequence, form: LineForm, malformed_share: float
) -> tuple[sparse.csr_array, np.ndarray, np.ndarray, MalformedLines]:
    """Read all ratings of files of one form.

    Returns
    -------
    matrix : csr, (films, users)
        int8 stars, or float32 half stars.
    film_ids, user_ids : array of int32
        Ascending.
    malformed : MalformedLines
        The lines that were skipped.

    Raises
    ------
    BadInput
        See `ratings.read_movielens` and `ratings.read_netflix`.
    """
    malformed, chunks = MalformedLines(malformed_share), _Chunks(form)
    for name, stream in _streams(files):
        film, number = None, 1
        if form.head:
            _check_head(name, stream.readline(BLOCK), form.head)
            number = 2
        for block in _blocks(name, stream):
            count = block.count(b"\n")
            good = block if form.lines.fullmatch(block) else _good_lines(block, form, name, number, malformed)
            if "film" in form.fields:
                chunks.add(None, good)
            else:
                film = _add_by_film(good, film, chunks, f"{name}: line {number}")
            malformed.lines += count
            number += count
    matrix, film_ids, user_ids = chunks.matrix()
    malformed.check()
    if not matrix.nnz:
        raise BadInput(f"{', '.join(map(str, files[:3]))}: no ratings are there.")
    _check_repeats(files, form, matrix, film_ids, user_ids)
    return matrix, film_ids, user_ids, malformed


class _Chunks:
    """Films, users and doubled stars as they are read: chunks of int32, int32 and int8."""

    def __init__(self, form: LineForm):
        self.form, self.chunks = form, []
        self.waiting, self.size = [], 0  # (film or None, lines) to be parsed, and their bytes

    def add(self, film: int | None, lines: bytes) -> None:
        """Add good lines; film: that of their header, None when each line names its own."""
        if lines:
            self.waiting.append((film, lines))
            self.size += len(lines)
            if self.size >= BLOCK:
                self._parse()

    def _parse(self) -> None:
        import pandas

        if not self.waiting:
            return
        separator = self.form.separator.encode()
        text = b"".join(lines for _, lines in self.waiting)
        text = text.replace(separator, b",") if len(separator) > 1 else text
        types = {"film": np.int32, "user": np.int32, "rating": np.float32}
        frame = pandas.read_csv(
            io.BytesIO(text), sep="\t" if separator == b"\t" else ",", header=None, names=list(self.form.fields),
            usecols=[name for name in self.form.fields if name in types], dtype=types, quoting=csv.QUOTE_NONE,
        )  # fmt: skip
        if "film" in frame:
            films = frame["film"].to_numpy()
        else:
            counts = [lines.count(b"\n") for _, lines in self.waiting]
            films = np.repeat(np.array([film for film, _ in self.waiting], dtype=np.int32), counts)
        doubled = np.rint(2 * frame["rating"].to_numpy()).astype(np.int8)
        self.chunks.append((films, frame["user"].to_numpy(), doubled))
        self.waiting, self.size = [], 0

    def matrix(self) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
        """The table, and the ids of its rows and columns. It empties the chunks. A repeated rating has two entries."""
        self._parse()
        ids = [_distinct([_distinct([chunk[axis]]) for chunk in self.chunks]) for axis in (0, 1)]
        places = [_places(each) for each in ids]
        total = sum(len(chunk[2]) for chunk in self.chunks)
        rows, columns, data = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int8)
        while self.chunks:
            films, users, doubled = self.chunks.pop()
            place = slice(total - len(doubled), total)
            rows[place], columns[place] = places[0](films), places[1](users)
            data[place] = doubled
            total = place.start
        table = sparse.coo_array((data, (rows, columns)), shape=(len(ids[0]), len(ids[1])))
        table.has_canonical_format = True  # else scipy would add up repeated entries
        table = table.tocsr()
        table.has_sorted_indices = False
        table.sort_indices()
        table.data = table.data.astype(np.float32) / 2 if np.any(table.data & 1) else table.data // 2
        return table, *ids


def _distinct(arrays: list[np.ndarray]) -> np.ndarray:
    """The distinct ids in several arrays, ascending. Sorting is many times faster here than np.unique's hash table."""
    ids = np.sort(np.concatenate(arrays or [np.empty(0, np.int32)]))
    return ids[np.diff(ids, prepend=-1) > 0]


def _places(ids: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A function from ids to their places among these: a table, or bisection above LARGEST_ID."""
    if len(ids) == 0 or ids[-1] >= LARGEST_ID:
        return lambda queries: np.searchsorted(ids, queries)
    table = np.empty(ids[-1] + 1, dtype=np.int32)
    table[ids] = np.arange(len(ids))
    return lambda queries: table[queries]


def _good_lines(block: bytes, form: LineForm, name: str, number: int, malformed: MalformedLines) -> bytes:
    """The good lines of a block whose first line is `number`. Malformed lines are counted, blank ones dropped."""
    lines = []
    for place, line in enumerate(block[:-1].split(b"\n"), number):
        line += b"\n"
        if form.line.fullmatch(line) or ("film" not in form.fields and HEADER.fullmatch(line)):
            lines.append(line)
        elif line.strip():
            where = f"{name}: line {place}"
            malformed.add(where, form.fault(line, where))
    return b"".join(lines)


def _add_by_film(lines: bytes, film: int | None, chunks: _Chunks, place: str) -> int | None:
    """Add the ratings under each film's header. film: of the block before; returns that of the last header."""
    start = 0
    while start < len(lines):
        colon = lines.find(b":", start)  # in good lines only headers have one
        end = len(lines) if colon < 0 else lines.rfind(b"\n", start, colon) + 1 or start
        if film is None and end > start:
            raise BadInput(f"{place}: a rating stands before any film's header, a line such as '1:'.")
        chunks.add(film, lines[start:end])
        if colon < 0:
            break
        film, start = int(lines[end:colon]), lines.find(b"\n", colon) + 1
    return film


def _check_repeats(files, form: LineForm, matrix, film_ids, user_ids) -> None:
    """BadInput when a user rated a film more than once."""
    same = matrix.indices[1:] == matrix.indices[:-1]
    same[matrix.indptr[1:-1] - 1] = False  # from one film to the next
    count = int(np.count_nonzero(same))
    if count:
        place = int(np.argmax(same))
        film = int(film_ids[np.searchsorted(matrix.indptr, place, side="right") - 1])
        user = int(user_ids[matrix.indices[place]])
        places = " and ".join(_places_of(files, form, film, user))
        raise BadInput(
            f"{places}: film {film} is rated twice by user {user}; {count} ratings repeat a film and a user. Remove "
            "all but one of each."
        )


def _places_of(files, form: LineForm, film: int, user: int) -> list[str]:
    """File and line of the first two ratings of a film by a user. It reads everything again, for an error alone."""
    places, header_film, last_name = [], None, None
    ids = {"film": film, "user": user}
    for name, number, line in numbered_lines(files):
        header_film = None if name != last_name else header_film
        last_name = name
        if "film" not in form.fields and (header := HEADER.fullmatch(line)):
            header_film = int(header[1])
        elif form.line.fullmatch(line):
            values = dict(zip(form.fields, line.decode().split(form.separator), strict=True))
            if all(int(values.get(key, header_film)) == value for key, value in ids.items()):
                places.append(f"{name}: line {number}")
        if len(places) == 2:
            break
    return places


def is_archive(path) -> bool:
    """Whether a file is an archive, by its ending."""
    return str(path).lower().endswith(ARCHIVES)


def _streams(files: Sequence) -> Iterator[tuple[str, io.BufferedIOBase]]:
    """(name for errors, open file) of each file, and of the Prize's files of ratings inside archives."""
    for path in map(Path, files):
        path = regular(path)
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the file is empty.")
        if is_archive(path):
            for name, stream in tar_files(path, r"mv_\d{7}\.txt|combined_data_\d\.txt", UNPACKED_BYTES):
                yield f"{path}: {name}", stream
        else:
            with opened(path) as stream:
                yield str(path), stream


def _blocks(name: str, stream) -> Iterator[bytes]:
    """Complete lines, about BLOCK bytes at a time. The last line of a file gets an end if it has none."""
    rest = b""
    while content := stream.read(BLOCK):
        lines, newline, rest = (rest + content).rpartition(b"\n")
        if newline:
            yield lines + newline
        elif len(rest) > BLOCK:
            raise BadInput(f"{name}: a line is longer than {BLOCK} bytes; this is no file of ratings.")
    if rest:
        yield rest + b"\n"


def numbered_lines(files: Sequence) -> Iterator[tuple[str, int, bytes]]:
    """(name for errors, number from 1, line) of all lines of some files."""
    for name, stream in _streams(files):
        for number, line in enumerate(iter(partial(stream.readline, BLOCK), b""), 1):
            if len(line) == BLOCK:
                raise BadInput(f"{name}: line {number} is longer than {BLOCK} bytes; this is no file of ratings.")
            yield name, number, line if line.endswith(b"\n") else line + b"\n"


def _check_head(name: str, line: bytes, head: str) -> None:
    if line.decode("latin-1").removeprefix("\xef\xbb\xbf").strip() != head:
        raise BadInput(f"{name}: line 1 is {quoted(line)}, but {head} is needed.")


def quoted(text) -> str:
    """The start of a text, or of bytes, as an error quotes it."""
    text = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    return repr(text.rstrip("\r\n")[:40])

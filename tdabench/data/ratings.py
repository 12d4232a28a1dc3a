"""Ratings of films by users: the files of the Netflix Prize and of MovieLens in, one sparse table of films x users out.

Netflix Prize   mv_0000001.txt, combined_data_1.txt and so on: `1:`, then `user,rating,date` of that film; loose or in
                the Prize's own archive. movie_titles: `film,year,title`, Latin-1, with commas in titles
single ratings  MovieID,UserID,Rating,Date with a line of names, as samples of the Prize's ratings are passed round
a block         one line of numbers a film (or a user), 0 where there is no rating
MovieLens       u.data, u.item, u.genre (100K); ratings.dat, movies.dat (1M); ratings.csv, movies.csv (the later ones)

Lines are checked and parsed in blocks of BLOCK bytes and held at 9 bytes a rating until the table is made.
"""

import csv
import io
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from scipy import sparse

from tdabench.data.files import opened, read_text, readable, regular, tar_files
from tdabench.errors import BadInput, BadRequest

BLOCK = 2**24  # bytes read at a time
UNPACKED_BYTES = 2**32  # the most that an archive may unpack to; the Prize's has 2.1 GB
TITLES_BYTES = 2**26  # the longest list of titles; that of MovieLens 32M has 4 MB
SHOWN = 5  # malformed lines that the note shows
ARCHIVES = (".tar", ".tar.gz", ".tgz")
HEADER = re.compile(rb"(\d{1,9}):\r?\n")
YEAR = re.compile(r"\s*\((\d{4})[-\u2013\d\s]*\)\s*$")  # (1995), (1975-1979), (2007-)


@dataclass(frozen=True, eq=False)
class Ratings:
    """Films x users. matrix: (films, users) csr, int8 stars or float32 in half stars, only what was rated is stored;
    film_ids, user_ids: as in the files; titles: (films,) texts, "" = not known; years: (films,), NaN = not known;
    genres: (films,) texts with | between, "" = none given, or None for data without; note: what was read, in words."""

    matrix: sparse.csr_array
    film_ids: np.ndarray
    user_ids: np.ndarray
    titles: np.ndarray
    years: np.ndarray
    genres: np.ndarray | None = None
    note: str = ""

    @cached_property
    def counts(self) -> np.ndarray:
        """(films,) how many ratings each film has."""
        return np.diff(self.matrix.indptr)

    @cached_property
    def means(self) -> np.ndarray:
        """(films,) mean rating; NaN for a film without any."""
        return film_means(self.matrix)

    def of(self, films) -> "Ratings":
        """These films only (places or a mask), by the same users."""
        genres = None if self.genres is None else self.genres[films]
        return replace(self, matrix=self.matrix[films], film_ids=self.film_ids[films], titles=self.titles[films],
                       years=self.years[films], genres=genres)  # fmt: skip

    def swapped(self) -> "Ratings":
        """The other axis taken for the films, for data that do not say which it is: nothing is known of these films."""
        note = f"{self.note}; the other axis taken for the films"
        return _untitled(sparse.csr_array(self.matrix.T), self.user_ids, self.film_ids, note)


def film_means(matrix) -> np.ndarray:
    """(rows,) mean of what is stored in each row of a csr, NaN for an empty one; row by row, in float64."""
    ends = itertools.pairwise(matrix.indptr.tolist())
    sums = np.array([matrix.data[start:end].sum(dtype=np.float64) for start, end in ends])
    counts = np.diff(matrix.indptr)
    return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)


def read_netflix(files: Sequence, titles=None, malformed_share: float = 0.001) -> Ratings:
    """The Netflix Prize's ratings from mv_*.txt, combined_data_*.txt or its archives; titles: movie_titles, or None.

    The titles inside an archive are found there. BadInput: see `read_movielens`; and for a rating before any film's
    header, or a line that may have been a header and is not.
    """
    ratings = _read(files, PRIZE, malformed_share)
    titles = titles or next((path for path in files if _is_archive(path) and _titles_in(path)), None)
    return _described(ratings, _netflix_titles(titles, malformed_share) if titles else {})


def read_single(path, titles=None, malformed_share: float = 0.001) -> Ratings:
    """Single ratings of the Netflix Prize, MovieID,UserID,Rating,Date; titles: a file MovieID,Year,Title, or None."""
    ratings = _read([path], SINGLE, malformed_share)
    return _described(ratings, _netflix_titles(titles, malformed_share) if titles else {})


def read_movielens(files: Sequence, malformed_share: float = 0.001) -> Ratings:
    """MovieLens from the files of one edition, told by their names, in any order.

    A malformed line is skipped and told in the note, up to `malformed_share` of the lines. BadInput beyond that, and at
    once for a rating that is no number or out of range, for a film rated twice by one user, and for an empty file.
    """
    named = {Path(path).name: path for path in files}
    for rated, about, kind, read in (
        ("u.data", "u.item", TABS, _items), ("ratings.dat", "movies.dat", COLONS, _movies_dat),
        ("ratings.csv", "movies.csv", CSV, _movies_csv),
    ):  # fmt: skip
        if rated in named:
            ratings = _read([named[rated]], kind, malformed_share)
            if about not in named:
                return ratings
            options = (named.get("u.genre"),) if rated == "u.data" else ()
            return _described(ratings, read(named[about], malformed_share, *options), genres=True)
    raise BadInput(
        f"{', '.join(named) or 'no files'}: not MovieLens, whose ratings lie in u.data, ratings.dat or ratings.csv."
    )


def read_block(path, films: str = "rows") -> Ratings:
    """A block of numbers between blanks, 0 = not rated, without ids: films and users are numbered from 1 as they stand.

    films: "rows" or "columns". Every line is a whole film or user, so none is skipped: BadInput for the first bad one.
    """
    if films not in ("rows", "columns"):
        raise BadRequest(f"films: {films!r} is neither 'rows' nor 'columns'.")
    rows, width, known = [], 0, {str(star).encode(): star for star in range(6)}
    for _, number, line in _lines(_opened([path])):
        fields = line.split()
        if not fields:
            continue
        width = width or len(fields)
        if len(fields) != width:
            raise BadInput(f"{path}: line {number} has {len(fields)} numbers, but the first has {width}.")
        try:
            rows.append(sparse.csr_array(np.array([[known[entry] for entry in fields]], dtype=np.int8)))
        except KeyError as entry:
            raise BadInput(
                f"{path}: line {number} has {_shown(entry.args[0])}, but 1 to 5, or 0 for no rating, is needed."
            ) from None
    if not rows:
        raise BadInput(f"{path}: the file holds no ratings.")
    matrix = sparse.csr_array(sparse.vstack(rows, format="csr"))
    if not matrix.nnz:
        raise BadInput(f"{path}: the file holds no ratings, only zeros.")
    note = f"{_counted(matrix)}; a block without ids or titles: which axis is the films is not stated"
    ids = [np.arange(1, size + 1, dtype=np.int32) for size in matrix.shape]
    if films == "columns":
        return _untitled(sparse.csr_array(matrix.T), *ids[::-1], f"{note}, its columns are taken for them")
    return _untitled(matrix, *ids, f"{note}, its rows are taken for them")


def arrays(read: Callable[[list[Path]], Ratings]) -> Callable[[list[Path]], dict[str, np.ndarray]]:
    """For the catalogue: `ratings`, (1,) the Ratings that `read` makes of the files, and `reading`, its note."""

    def load(files: list[Path]) -> dict[str, np.ndarray]:
        ratings = np.empty(1, dtype=object)
        ratings[0] = read(files)
        return {"ratings": ratings, "reading": np.array([ratings[0].note])}

    return load


netflix_arrays = arrays(lambda files: read_netflix(
    [path for path in files if not path.name.startswith("movie_titles")],
    next((path for path in files if path.name.startswith("movie_titles")), None)))  # fmt: skip
single_arrays = arrays(lambda files: read_single(*files))
block_arrays = arrays(lambda files: read_block(*files))
movielens_arrays = arrays(read_movielens)


# The forms of a line


@dataclass(frozen=True)
class _Kind:
    """One form of a line. fields: names in order; halves: whether there are half stars; head: the line of names."""

    fields: tuple[str, ...]
    separator: str = ","
    halves: bool = False
    head: str = ""

    @cached_property
    def forms(self) -> dict[str, str]:
        """The field -> what it must look like."""
        stars = r"(?:0\.50*|[1-4](?:\.[05]0*)?|5(?:\.0+)?)" if self.halves else r"[1-5](?:\.0+)?"
        number = r"\d{1,9}"  # fits int32
        return {"film": number, "user": number, "rating": stars, "date": r"\d{4}-\d\d-\d\d", "time": r"\d+"}

    @cached_property
    def line(self) -> re.Pattern:
        return re.compile(self._text().encode())

    @cached_property
    def lines(self) -> re.Pattern:
        """A whole block of good lines, headers of films among them where there are any."""
        header = "" if "film" in self.fields else r"\d{1,9}:\r?\n|"
        return re.compile(f"(?:{header}{self._text()})*+".encode())

    def _text(self) -> str:
        return self.separator.join(self.forms[name] for name in self.fields) + r"\r?\n"

    def fault(self, line: bytes, where: str) -> str:
        """Why a line is malformed. BadInput when it is its rating, or the header of a film, that is wrong."""
        fields = line.decode("latin-1").rstrip("\r\n").split(self.separator)
        if "film" not in self.fields and len(fields) == 1:
            raise BadInput(
                f"{where}: {_shown(line)} is neither a rating nor a film's header such as '1:'. It is not skipped, "
                "since the film of what follows would be in doubt; repair it."
            )
        if len(fields) != len(self.fields):
            return f"{len(fields)} fields, but {', '.join(self.fields)} are needed"
        told = dict(zip(self.fields, fields, strict=True))
        try:
            rating = float(told["rating"])
        except ValueError:
            rating = math.nan
        if math.isnan(rating):
            raise BadInput(f"{where}: the rating {_shown(told['rating'])} is not a number; repair or remove the line.")
        least = 0.5 if self.halves else 1
        if not least <= rating <= 5 or rating % least:
            steps = "0.5 to 5 in half stars" if self.halves else "1 to 5 in whole stars"
            raise BadInput(f"{where}: a rating of {rating:g}, but {steps} are given; repair or remove the line.")
        wrong = next(name for name in self.fields if not re.fullmatch(self.forms[name], told[name], re.ASCII))
        return f"{wrong} is {_shown(told[wrong])}"


PRIZE = _Kind(("user", "rating", "date"))
SINGLE = _Kind(("film", "user", "rating", "date"), head="MovieID,UserID,Rating,Date")
TABS = _Kind(("user", "film", "rating", "time"), "\t")
COLONS = _Kind(("user", "film", "rating", "time"), "::")
CSV = _Kind(("user", "film", "rating", "time"), halves=True, head="userId,movieId,rating,timestamp")


# Reading lines


@dataclass
class _Faults:
    """The malformed lines of some files."""

    share: float
    lines: int = 0
    count: int = 0
    shown: list[str] = field(default_factory=list)

    def __post_init__(self):
        if not 0 <= self.share < 1:
            raise BadInput(f"malformed_share: a share from 0 to below 1 is needed, not {self.share}.")

    def add(self, where: str, why: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"{where}: {why}")

    def told(self) -> str:
        more = f" and {self.count - len(self.shown)} more" if self.count > len(self.shown) else ""
        return f"{self.count} malformed lines skipped" + (f" ({'; '.join(self.shown)}{more})" if self.shown else "")

    def check(self) -> None:
        if self.count > self.share * self.lines:
            raise BadInput(
                f"{self.shown[0]}; {self.count} of {self.lines} lines are malformed, but at most {self.share:g} of "
                "them may be. Repair the file, or fetch it anew."
            )


class _Collected:
    """Films, users and doubled stars as they are read: chunks of int32, int32 and int8."""

    def __init__(self, kind: _Kind):
        self.kind, self.chunks = kind, []
        self.waiting, self.size = [], 0  # (film or None, lines), not parsed yet

    def add(self, film: int | None, lines: bytes) -> None:
        if lines:
            self.waiting.append((film, lines))
            self.size += len(lines)
            if self.size >= BLOCK:
                self.flush()

    def flush(self) -> None:
        import pandas

        if not self.waiting:
            return
        separator = self.kind.separator.encode()
        text = b"".join(lines for _, lines in self.waiting)
        text = text.replace(separator, b",") if len(separator) > 1 else text
        kinds = {"film": np.int32, "user": np.int32, "rating": np.float32}
        frame = pandas.read_csv(
            io.BytesIO(text), sep="\t" if separator == b"\t" else ",", header=None, names=list(self.kind.fields),
            usecols=[name for name in self.kind.fields if name in kinds], dtype=kinds, quoting=csv.QUOTE_NONE,
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
        """The table and the ids of its rows and columns; the chunks are given up. A film rated twice stands twice."""
        self.flush()
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
        table.has_canonical_format = True  # else what stands twice would be added up
        table = table.tocsr()
        table.has_sorted_indices = False
        table.sort_indices()
        table.data = table.data.astype(np.float32) / 2 if np.any(table.data & 1) else table.data // 2
        return table, *ids


def _distinct(several: list[np.ndarray]) -> np.ndarray:
    """The ids in several arrays, ascending, each once. By sorting: np.unique's hash table is many times slower here."""
    ids = np.sort(np.concatenate(several or [np.empty(0, np.int32)]))
    return ids[np.diff(ids, prepend=-1) > 0]


def _places(ids: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """From ids to their places among these: by a table, or by bisection where it would take over 256 MiB."""
    if len(ids) == 0 or ids[-1] >= 2**26:
        return lambda wanted: np.searchsorted(ids, wanted)
    table = np.empty(ids[-1] + 1, dtype=np.int32)
    table[ids] = np.arange(len(ids))
    return lambda wanted: table[wanted]


def _read(files: Sequence, kind: _Kind, malformed_share: float) -> Ratings:
    """The ratings in files of one kind, without titles."""
    faults, found = _Faults(malformed_share), _Collected(kind)
    for name, stream in _opened(files):
        film, number = None, 1
        if kind.head:
            _check_head(name, stream.readline(BLOCK), kind.head)
            number = 2
        for block in _blocks(name, stream):
            count = block.count(b"\n")
            good = block if kind.lines.fullmatch(block) else _good_lines(block, kind, name, number, faults)
            if "film" in kind.fields:
                found.add(None, good)
            else:
                film = _by_film(good, film, found, f"{name}: line {number}")
            faults.lines += count
            number += count
    table, films, users = found.matrix()
    if not table.nnz:
        faults.check()
        raise BadInput(f"{', '.join(map(str, files[:3]))}: no ratings are there.")
    faults.check()
    _check_distinct(files, kind, table, films, users)
    return _untitled(table, films, users, f"{_counted(table)}; {faults.told()}")


def _good_lines(block: bytes, kind: _Kind, name: str, number: int, faults: _Faults) -> bytes:
    """The lines of a block that are as they should be; the others are counted, blank ones dropped."""
    kept = []
    for place, line in enumerate(block[:-1].split(b"\n"), number):
        line += b"\n"
        if kind.line.fullmatch(line) or ("film" not in kind.fields and HEADER.fullmatch(line)):
            kept.append(line)
        elif line.strip():
            where = f"{name}: line {place}"
            faults.add(where, kind.fault(line, where))
    return b"".join(kept)


def _by_film(lines: bytes, film: int | None, found: _Collected, where: str) -> int | None:
    """Hand on the ratings under each film's header; the film whose ratings may go on in the next block."""
    start = 0
    while start < len(lines):
        colon = lines.find(b":", start)  # in good lines only headers have one
        end = len(lines) if colon < 0 else lines.rfind(b"\n", start, colon) + 1 or start
        if film is None and end > start:
            raise BadInput(f"{where}: a rating stands before any film's header, a line such as '1:'.")
        found.add(film, lines[start:end])
        if colon < 0:
            break
        film, start = int(lines[end:colon]), lines.find(b"\n", colon) + 1
    return film


def _check_distinct(files, kind, table, films, users) -> None:
    """BadInput when a user rated a film more than once."""
    same = table.indices[1:] == table.indices[:-1]
    same[table.indptr[1:-1] - 1] = False  # from one film to the next
    count = int(np.count_nonzero(same))
    if count:
        place = int(np.argmax(same))
        film = int(films[np.searchsorted(table.indptr, place, side="right") - 1])
        user = int(users[table.indices[place]])
        lines = " and ".join(_lines_of(files, kind, film, user))
        raise BadInput(
            f"{lines}: film {film} is rated twice by user {user}; {count} ratings repeat a film and a user. Remove all "
            "but one of each."
        )


def _lines_of(files, kind: _Kind, film: int, user: int) -> list[str]:
    """Where the first two ratings of a film by a user stand. Slow: for the complaint alone."""
    found, current, last = [], None, None
    wanted = {"film": film, "user": user}
    for name, number, line in _lines(_opened(files)):
        current = None if name != last else current
        last = name
        if "film" not in kind.fields and (header := HEADER.fullmatch(line)):
            current = int(header[1])
        elif kind.line.fullmatch(line):
            told = dict(zip(kind.fields, line.decode().split(kind.separator), strict=True))
            if all(int(told.get(key, current)) == value for key, value in wanted.items()):
                found.append(f"{name}: line {number}")
        if len(found) == 2:
            break
    return found


def _is_archive(path) -> bool:
    return str(path).lower().endswith(ARCHIVES)


def _opened(files: Sequence) -> Iterator[tuple[str, io.BufferedIOBase]]:
    """(name for complaints, open file) of each file, and of the Prize's files of ratings inside archives."""
    for path in map(Path, files):
        path = regular(path)
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the file is empty.")
        if _is_archive(path):
            for name, stream in tar_files(path, r"mv_\d{7}\.txt|combined_data_\d\.txt", UNPACKED_BYTES):
                yield f"{path}: {name}", stream
        else:
            with opened(path) as stream:
                yield str(path), stream


def _blocks(name: str, stream) -> Iterator[bytes]:
    """Whole lines, about BLOCK bytes at a time; the last one is ended if it is not."""
    rest = b""
    while read := stream.read(BLOCK):
        whole, newline, rest = (rest + read).rpartition(b"\n")
        if newline:
            yield whole + newline
        elif len(rest) > BLOCK:
            raise BadInput(f"{name}: a line is longer than {BLOCK} bytes; this is no file of ratings.")
    if rest:
        yield rest + b"\n"


def _lines(opened_files) -> Iterator[tuple[str, int, bytes]]:
    for name, stream in opened_files:
        for number, line in enumerate(iter(partial(stream.readline, BLOCK), b""), 1):
            if len(line) == BLOCK:
                raise BadInput(f"{name}: line {number} is longer than {BLOCK} bytes; this is no file of ratings.")
            yield name, number, line if line.endswith(b"\n") else line + b"\n"


def _check_head(name: str, line: bytes, head: str) -> None:
    if line.decode("latin-1").removeprefix("\xef\xbb\xbf").strip() != head:
        raise BadInput(f"{name}: line 1 is {_shown(line)}, but {head} is needed.")


# Titles: film -> (title, year, genres)


def _titles_in(path) -> str:
    """The text of movie_titles inside an archive, "" when it is not there."""
    found = [stream.read(TITLES_BYTES) for _, stream in tar_files(path, r"movie_titles\.(txt|csv)", UNPACKED_BYTES)]
    return found[0].decode("latin-1") if found else ""


def _text(path, encoding: str) -> str:
    return _titles_in(path) if _is_archive(path) else read_text(path, encoding, TITLES_BYTES)


def _netflix_titles(path, share: float) -> dict:
    def parts(line):
        film, year, title = line.split(",", 2)
        return film, title, math.nan if year == "NULL" else int(year), ""

    return _listed(path, _numbered(path, "latin-1"), parts, share)


def _items(path, share: float, genre_file=None) -> dict:
    lines = _text(genre_file, "latin-1").split("\n") if genre_file else []
    names = [line.rsplit("|", 1)[0] for line in lines if "|" in line]  # in the order of the flags

    def parts(line):
        film, title, released, _, _, *flags = line.split("|")
        if names and len(flags) != len(names):
            raise ValueError(f"{len(flags)} genres, but {len(names)} are named")
        genres = [name for name, flag in zip(names, flags, strict=False) if flag == "1" and name != "unknown"]
        title, year = _dated(title)
        return film, title, int(released[-4:]) if math.isnan(year) and released else year, "|".join(genres)

    return _listed(path, _numbered(path, "latin-1"), parts, share)


def _movies_dat(path, share: float) -> dict:
    def parts(line):
        film, title, genres = line.split("::")
        return film, *_dated(title), genres

    return _listed(path, _numbered(path, "latin-1"), parts, share)


def _movies_csv(path, share: float) -> dict:
    def parts(row):
        film, title, genres = row
        return film, *_dated(title), "" if genres == "(no genres listed)" else genres

    rows = csv.reader(io.StringIO(_text(path, "utf-8-sig"), newline=""))
    numbered = ((rows.line_num, row) for row in rows if row and row != ["movieId", "title", "genres"])
    with readable(path, "table of titles"):
        return _listed(path, numbered, parts, share)


def _numbered(path, encoding: str) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not blank and no line of names, counted from 1."""
    for number, line in enumerate(_text(path, encoding).split("\n"), 1):
        if line.strip() and line.strip() != "MovieID,Year,Title":
            yield number, line.rstrip("\r")


def _listed(path, lines, parts, share: float) -> dict[int, tuple[str, float, str]]:
    """Film -> title, year and genres. BadInput for a film that is listed twice, or too many malformed lines."""
    faults, found, seen = _Faults(share), {}, {}
    for number, line in lines:
        faults.lines += 1
        try:
            film, title, year, genres = parts(line)
            film = int(film)
        except ValueError:
            faults.add(f"{path}: line {number}", f"{_shown(str(line))} does not list a film")
            continue
        if film in found:
            raise BadInput(f"{path}: lines {seen[film]} and {number} both list film {film}; remove one of them.")
        found[film], seen[film] = (title.strip(), year, genres), number
    if not faults.lines:
        raise BadInput(f"{path}: the file is empty.")
    faults.check()
    return found


def _dated(title: str) -> tuple[str, float]:
    """MovieLens puts the year behind the title: "Toy Story (1995)"."""
    year = YEAR.search(title)
    return (title[: year.start()], float(year[1])) if year else (title, math.nan)


def _described(ratings: Ratings, listed: dict, genres: bool = False) -> Ratings:
    """With titles, years and genres; the note says for how many films there is none."""
    if not listed:
        return ratings
    about = [listed.get(film, ("", math.nan, "")) for film in ratings.film_ids.tolist()]
    without = sum(film not in listed for film in ratings.film_ids.tolist())
    unrated = len(listed) - (len(about) - without)
    told = [ratings.note] + ([f"{without} films without a title"] if without else [])
    told += [f"{unrated} titles without a rating left out"] if unrated else []
    titles, years, texts = zip(*about, strict=True)
    return replace(
        ratings,
        titles=np.array(titles, dtype=object),
        years=np.array(years),
        genres=np.array(texts, dtype=object) if genres else None,
        note="; ".join(told),
    )


def _untitled(matrix, film_ids, user_ids, note: str) -> Ratings:
    films = matrix.shape[0]
    return Ratings(matrix, film_ids, user_ids, np.full(films, "", dtype=object), np.full(films, np.nan), None, note)


def _counted(matrix) -> str:
    return f"{matrix.nnz:,} ratings of {matrix.shape[0]:,} films by {matrix.shape[1]:,} users"


def _shown(text) -> str:
    text = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    return repr(text.rstrip("\r\n")[:40])

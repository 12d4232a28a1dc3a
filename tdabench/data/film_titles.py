"""Lists of films: film id -> title, year and genres, from the Netflix Prize's and MovieLens' files."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tdabench.data.files import read_text, readable, tar_files
from tdabench.data.malformed import MalformedLines
from tdabench.data.rating_lines import UNPACKED_BYTES, is_archive, quoted
from tdabench.errors import BadInput

TITLES_BYTES = 2**26  # limit on a list of titles; that of MovieLens 32M has 4 MB
YEAR = re.compile(r"\s*\((\d{4})[-\u2013\d\s]*\)\s*$")  # (1995), (1975-1979), (2007-)


class Film(NamedTuple):
    """A film. year: NaN where it is not known; genres: with | between them."""

    title: str
    year: float
    genres: str


def netflix(path, share: float) -> dict[int, Film]:
    """The films of a file movie_titles, or of an archive that holds one. share: of lines that may be malformed."""

    def fields(line):
        film, year, title = line.split(",", 2)
        return film, title, math.nan if year == "NULL" else int(year), ""

    return _films(path, _title_lines(path), fields, share)


def movielens_100k(path, share: float, genre_file=None) -> dict[int, Film]:
    """The films of u.item. genre_file: u.genre, the names of its flags, or None."""
    lines = _text(genre_file, "latin-1").split("\n") if genre_file else []
    names = [line.rsplit("|", 1)[0] for line in lines if "|" in line]  # in the order of the flags

    def fields(line):
        film, title, released, _, _, *flags = line.split("|")
        if names and len(flags) != len(names):
            raise ValueError(f"{len(flags)} genres, but {len(names)} are named")
        genres = [name for name, flag in zip(names, flags, strict=False) if flag == "1" and name != "unknown"]
        title, year = _title_and_year(title)
        return film, title, int(released[-4:]) if math.isnan(year) and released else year, "|".join(genres)

    return _films(path, _title_lines(path), fields, share)


def movielens_1m(path, share: float) -> dict[int, Film]:
    """The films of movies.dat."""

    def fields(line):
        film, title, genres = line.split("::")
        return film, *_title_and_year(title), genres

    return _films(path, _title_lines(path), fields, share)


def movielens_csv(path, share: float) -> dict[int, Film]:
    """The films of movies.csv."""

    def fields(row):
        film, title, genres = row
        return film, *_title_and_year(title), "" if genres == "(no genres listed)" else genres

    rows = csv.reader(io.StringIO(_text(path, "utf-8-sig"), newline=""))
    numbered = ((rows.line_num, row) for row in rows if row and row != ["movieId", "title", "genres"])
    with readable(path, "table of titles"):
        return _films(path, numbered, fields, share)


def titles_in(path) -> str:
    """The text of movie_titles inside an archive; "" when the archive has none."""
    contents = [stream.read(TITLES_BYTES) for _, stream in tar_files(path, r"movie_titles\.(txt|csv)", UNPACKED_BYTES)]
    return contents[0].decode("latin-1") if contents else ""


def _text(path, encoding: str) -> str:
    return titles_in(path) if is_archive(path) else read_text(path, encoding, TITLES_BYTES)


def _title_lines(path) -> Iterator[tuple[int, str]]:
    """The lines of a list of titles with their numbers, without blank lines and the line of names."""
    for number, line in enumerate(_text(path, "latin-1").split("\n"), 1):
        if line.strip() and line.strip() != "MovieID,Year,Title":
            yield number, line.rstrip("\r")


def _films(path, lines: Iterable[tuple[int, object]], fields: Callable, share: float) -> dict[int, Film]:
    """The films in some lines; BadInput for a film that is listed twice, or too many malformed lines.

    fields: a line -> film id, title, year, genres, or ValueError.
    """
    malformed, films, numbers = MalformedLines(share), {}, {}
    for number, line in lines:
        malformed.lines += 1
        try:
            film, title, year, genres = fields(line)
            film = int(film)
        except ValueError:
            malformed.add(f"{path}: line {number}", f"{quoted(str(line))} does not list a film")
            continue
        if film in films:
            raise BadInput(f"{path}: lines {numbers[film]} and {number} both list film {film}; remove one of them.")
        films[film], numbers[film] = Film(title.strip(), year, genres), number
    if not malformed.lines:
        raise BadInput(f"{path}: the file is empty.")
    malformed.check()
    return films


def _title_and_year(title: str) -> tuple[str, float]:
    """Split off the year that MovieLens puts behind the title, as in "Toy Story (1995)"."""
    year = YEAR.search(title)
    return (title[: year.start()], float(year[1])) if year else (title, math.nan)

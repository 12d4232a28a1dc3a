"""Ratings of films by users: the files of the Netflix Prize and of MovieLens become a sparse table of films x users.

Netflix Prize   mv_0000001.txt, combined_data_1.txt and so on: `1:`, then `user,rating,date` of that film; as files or
                in the Prize's own archive. movie_titles: `film,year,title`, Latin-1, with commas in titles
single ratings  MovieID,UserID,Rating,Date below a line of names, as samples of the Prize's ratings are distributed
a block         one line of numbers for each film (or user), 0 where there is no rating
MovieLens       u.data, u.item, u.genre (100K); ratings.dat, movies.dat (1M); ratings.csv, movies.csv (later editions)

tdabench.data.rating_lines reads the lines of ratings, tdabench.data.film_titles the lists of films.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from tdabench.data import film_titles
from tdabench.data.film_titles import Film
from tdabench.data.rating_lines import (
    COLONS,
    CSV,
    PRIZE,
    SINGLE,
    TABS,
    LineForm,
    is_archive,
    numbered_lines,
    quoted,
    read_matrix,
)
from tdabench.errors import BadInput, BadRequest

MOVIELENS = (  # file of ratings, form of its lines, list of films, its reader
    ("u.data", TABS, "u.item", film_titles.movielens_100k),
    ("ratings.dat", COLONS, "movies.dat", film_titles.movielens_1m),
    ("ratings.csv", CSV, "movies.csv", film_titles.movielens_csv),
)


@dataclass(frozen=True, eq=False)
class Ratings:
    """A table of films x users.

    Parameters
    ----------
    matrix
        (films, users) csr, int8 stars or float32 half stars; only ratings are stored.
    film_ids, user_ids
        (films,) and (users,), as in the files.
    titles
        (films,) str; "" where it is not known.
    years
        (films,); NaN where it is not known.
    genres
        (films,) str with | between the genres; None for data without genres.
    note
        What was read, in words.
    """

    matrix: sparse.csr_array
    film_ids: np.ndarray
    user_ids: np.ndarray
    titles: np.ndarray
    years: np.ndarray
    genres: np.ndarray | None = None
    note: str = ""

    @cached_property
    def counts(self) -> np.ndarray:
        """Number of ratings of each film, (films,)."""
        return np.diff(self.matrix.indptr)

    @cached_property
    def means(self) -> np.ndarray:
        """Mean rating of each film, (films,); NaN for a film without ratings."""
        ends = itertools.pairwise(self.matrix.indptr.tolist())
        sums = np.array([self.matrix.data[start:end].sum(dtype=np.float64) for start, end in ends])
        return np.divide(sums, self.counts, out=np.full(len(sums), np.nan), where=self.counts > 0)

    def of(self, films) -> "Ratings":
        """Some of the films, with all users. films: their rows, or a mask."""
        genres = None if self.genres is None else self.genres[films]
        return replace(self, matrix=self.matrix[films], film_ids=self.film_ids[films], titles=self.titles[films],
                       years=self.years[films], genres=genres)  # fmt: skip

    def swapped(self) -> "Ratings":
        """The table with its axes exchanged, for data that do not say which axis is the films."""
        note = f"{self.note}; the other axis taken for the films"
        return _untitled(sparse.csr_array(self.matrix.T), self.user_ids, self.film_ids, note)


def read_netflix(files: Sequence, titles=None, malformed_share: float = 0.001) -> Ratings:
    """Read the ratings of the Netflix Prize.

    Parameters
    ----------
    files
        mv_*.txt, combined_data_*.txt, or archives of them.
    titles
        File movie_titles; None to look for it in the archives.
    malformed_share
        See `read_movielens`.

    Raises
    ------
    BadInput
        As in `read_movielens`. Also for a rating before the first film's header, and for a line that may be a damaged
        header.
    """
    ratings = _read(files, PRIZE, malformed_share)
    archives = (path for path in files if is_archive(path) and film_titles.titles_in(path))
    titles = titles or next(archives, None)
    return _described(ratings, film_titles.netflix(titles, malformed_share) if titles else {})


def read_single(path, titles=None, malformed_share: float = 0.001) -> Ratings:
    """Read single ratings of the Netflix Prize, MovieID,UserID,Rating,Date. titles: MovieID,Year,Title, or None."""
    ratings = _read([path], SINGLE, malformed_share)
    return _described(ratings, film_titles.netflix(titles, malformed_share) if titles else {})


def read_movielens(files: Sequence, malformed_share: float = 0.001) -> Ratings:
    """Read an edition of MovieLens.

    Parameters
    ----------
    files
        The files of one edition in any order; they are recognised by their names.
    malformed_share
        Malformed lines are skipped up to this share of all lines. The note says how many.

    Raises
    ------
    BadInput
        When more lines are malformed, a rating is no number or out of range, a user rated a film twice, or a file is
        empty.
    """
    paths = {Path(path).name: path for path in files}
    for rated, form, listed, read_films in MOVIELENS:
        if rated in paths:
            ratings = _read([paths[rated]], form, malformed_share)
            if listed not in paths:
                return ratings
            options = (paths.get("u.genre"),) if rated == "u.data" else ()
            return _described(ratings, read_films(paths[listed], malformed_share, *options), genres=True)
    raise BadInput(
        f"{', '.join(paths) or 'no files'}: not MovieLens, whose ratings lie in u.data, ratings.dat or ratings.csv."
    )


def read_block(path, films: str = "rows") -> Ratings:
    """Read a block of numbers between blanks, 0 = not rated. Films and users are numbered from 1 in their order.

    Parameters
    ----------
    path
        File without ids. No line of it can be skipped, since each is one film or one user.
    films
        The axis of the films: "rows" or "columns".

    Raises
    ------
    BadInput
        For the first malformed line.
    """
    if films not in ("rows", "columns"):
        raise BadRequest(f"films: {films!r} is neither 'rows' nor 'columns'.")
    rows, width, stars = [], 0, {str(star).encode(): star for star in range(6)}
    for _, number, line in numbered_lines([path]):
        fields = line.split()
        if not fields:
            continue
        width = width or len(fields)
        if len(fields) != width:
            raise BadInput(f"{path}: line {number} has {len(fields)} numbers, but the first has {width}.")
        try:
            rows.append(sparse.csr_array(np.array([[stars[field] for field in fields]], dtype=np.int8)))
        except KeyError as field:
            raise BadInput(
                f"{path}: line {number} has {quoted(field.args[0])}, but 1 to 5, or 0 for no rating, is needed."
            ) from None
    if not rows:
        raise BadInput(f"{path}: the file holds no ratings.")
    matrix = sparse.csr_array(sparse.vstack(rows, format="csr"))
    if not matrix.nnz:
        raise BadInput(f"{path}: the file holds no ratings, only zeros.")
    note = f"{_size(matrix)}; a block without ids or titles: which axis is the films is not stated"
    ids = [np.arange(1, size + 1, dtype=np.int32) for size in matrix.shape]
    if films == "columns":
        return _untitled(sparse.csr_array(matrix.T), *ids[::-1], f"{note}, its columns are taken for them")
    return _untitled(matrix, *ids, f"{note}, its rows are taken for them")


def arrays(read: Callable[[list[Path]], Ratings]) -> Callable[[list[Path]], dict[str, np.ndarray]]:
    """A reader for the catalogue: `ratings` is (1,), the Ratings that `read` returns; `reading` is (1,), its note."""

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


def _read(files: Sequence, form: LineForm, malformed_share: float) -> Ratings:
    """The ratings in files of one form, without titles."""
    matrix, film_ids, user_ids, malformed = read_matrix(files, form, malformed_share)
    return _untitled(matrix, film_ids, user_ids, f"{_size(matrix)}; {malformed.note()}")


def _described(ratings: Ratings, films: dict[int, Film], genres: bool = False) -> Ratings:
    """The ratings with titles, years and genres. The note says how many films have none."""
    if not films:
        return ratings
    rated = [films.get(film, Film("", math.nan, "")) for film in ratings.film_ids.tolist()]
    untitled = sum(film not in films for film in ratings.film_ids.tolist())
    unrated = len(films) - (len(rated) - untitled)
    notes = [ratings.note] + ([f"{untitled} films without a title"] if untitled else [])
    notes += [f"{unrated} titles without a rating left out"] if unrated else []
    return replace(
        ratings,
        titles=np.array([film.title for film in rated], dtype=object),
        years=np.array([film.year for film in rated]),
        genres=np.array([film.genres for film in rated], dtype=object) if genres else None,
        note="; ".join(notes),
    )


def _untitled(matrix, film_ids, user_ids, note: str) -> Ratings:
    films = matrix.shape[0]
    return Ratings(matrix, film_ids, user_ids, np.full(films, "", dtype=object), np.full(films, np.nan), None, note)


def _size(matrix) -> str:
    return f"{matrix.nnz:,} ratings of {matrix.shape[0]:,} films by {matrix.shape[1]:,} users"

"""Generated tables of latent factors, of any size."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from tdabench.data.ratings import Ratings
from tdabench.errors import BadInput
from tdabench.validation import as_integer


def latent_table(rows: int, columns: int = 50, factors: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A table of rows in groups.

    A row has a standard normal score for each factor, plus 2 for the factor of its group. The columns mix the scores by
    random loadings of variance 1 / factors, with noise of standard deviation 0.3.

    Returns
    -------
    table : array of float64, (rows, columns)
    groups : array of int, (rows,)
        0 to factors - 1.
    """
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(factors, columns)) / np.sqrt(factors)
    groups = random.integers(factors, size=rows)
    scores = random.normal(size=(rows, factors))
    scores[np.arange(rows), groups] += 2
    return scores @ loadings + 0.3 * random.normal(size=(rows, columns)), groups


def latent_ratings(
    films: int, users: int, ratings: int, factors: int = 8, seed: int = 0, report: Callable[[str], None] | None = None
) -> Ratings:
    """Generated stars, 1 to 5, of films by users.

    A film's popularity and a user's activity are log-normal (standard deviations 1.5 and 1). A star is the rounded sum
    of 3.6, an effect of the film (standard deviation 0.5), one of the user (0.4), their match in `factors` (0.6) and
    noise (0.7), clipped to 1 to 5. The genre of a film is its strongest factor.

    The table is built film by film and takes 5 bytes a rating. One of the Netflix Prize's size, 17,770 x 480,189 with
    100,480,507 ratings, takes a few GiB.

    Parameters
    ----------
    films, users
        Size of the table.
    ratings
        Number of ratings: at least one for each film, at most a quarter of all pairs.
    factors
        Latent factors of films and users.
    seed
        Seed of the generator.
    report
        Called with a line of text every 2,000 films.

    Returns
    -------
    Ratings
    """
    films, users, ratings = as_integer(films, "films"), as_integer(users, "users"), as_integer(ratings, "ratings")
    if not (films > 1 and users > 1 and films <= ratings <= films * users // 4):
        raise BadInput(
            f"latent_ratings: at least 2 films and 2 users, and from one rating a film to a quarter of all "
            f"{films * users} pairs, are needed, not {films}, {users} and {ratings}."
        )
    random, report = np.random.default_rng(seed), report or (lambda text: None)
    activity = np.cumsum(random.lognormal(0, 1, users))
    activity /= activity[-1]
    user_factors = random.normal(size=(users, factors)).astype(np.float32)
    user_effects = random.normal(0, 0.4, users).astype(np.float32)
    counts = np.minimum(_shares(random.lognormal(0, 1.5, films), ratings, users // 2), users // 2)
    indices, stars, groups = [], [], np.zeros(films, dtype=int)
    for film in range(films):
        raters = np.zeros(0, dtype=np.int64)
        while len(raters) < counts[film]:  # draw users by their activity, each once
            more = np.searchsorted(activity, random.random(int(1.2 * (counts[film] - len(raters))) + 8))
            raters = np.union1d(raters, np.minimum(more, users - 1))
        raters = np.sort(random.permutation(raters)[: counts[film]])
        loadings = random.normal(size=factors).astype(np.float32)
        groups[film] = int(np.abs(loadings).argmax())
        loadings *= 0.6 / np.linalg.norm(loadings)
        values = 3.6 + random.normal(0, 0.5) + user_effects[raters] + user_factors[raters] @ loadings
        values += random.normal(0, 0.7, len(raters))
        indices.append(raters.astype(np.int32))
        stars.append(np.clip(np.rint(values), 1, 5).astype(np.int8))
        if film % 2000 == 1999:
            report(f"{film + 1} of {films} films generated")
    # int32, since scipy makes the indices as wide as the starts of the rows
    starts = np.append(0, np.cumsum([len(row) for row in indices])).astype(np.int32)
    matrix = sparse.csr_array((np.concatenate(stars), np.concatenate(indices), starts), shape=(films, users))
    return Ratings(
        matrix, np.arange(films), np.arange(users), np.array([f"generated film {film}" for film in range(films)]),
        np.full(films, np.nan), np.array([f"group {group + 1}" for group in groups]),
        f"generated: {matrix.nnz} ratings of {films} films by {users} users from {factors} latent factors",
    )  # fmt: skip


def _shares(weights, total: int, most: int) -> np.ndarray:
    """Whole numbers from 1 to `most`, in proportion to the weights, with the sum `total`."""
    counts = np.ones(len(weights))
    for _ in range(50):  # give what exceeds `most` to the others
        free = counts < most
        missing = total - counts.sum()
        if missing < 1 or not free.any():
            break
        counts = np.minimum(counts + missing * weights * free / (weights * free).sum(), most)
    counts = np.floor(counts).astype(int)
    while (missing := total - counts.sum()) > 0:  # give what rounding left over, one each
        counts[np.flatnonzero(counts < most)[:missing]] += 1
    return counts

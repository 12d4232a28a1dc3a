"""Generated tables of latent factors, of any size. Whatever is measured on them is measured on generated data."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from tdabench.data.ratings import Ratings
from tdabench.errors import BadInput
from tdabench.validation import as_integer


def latent_table(rows: int, columns: int = 50, factors: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) float64, and the group of each row, 0 to factors - 1.

    A row has one score a factor, standard normal, and 2 more of the factor that is its group's; the columns mix the
    scores by random loadings of variance 1 / factors, and bear noise of standard deviation 0.3.
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
    """`ratings` generated stars, 1 to 5, of films by users; no pair twice. Memory: 5 bytes a rating, and a block.

    A film's popularity and a user's activity are log-normal (standard deviations 1.5 and 1). A star is the rounded sum
    of 3.6, of what film and user are above it (standard deviations 0.5 and 0.4), of their match in `factors` (0.6) and
    of noise (0.7), cut to 1 to 5. The genre of a film is the factor that is strongest in it. Built film by film, so
    that a table of the Netflix Prize's size, 17,770 x 480,189 with 100,480,507 ratings, is made in a few GiB.
    """
    films, users, ratings = as_integer(films, "films"), as_integer(users, "users"), as_integer(ratings, "ratings")
    if not (films > 1 and users > 1 and films <= ratings <= films * users // 4):
        raise BadInput(
            f"latent_ratings: at least 2 films and 2 users, and from one rating a film to a quarter of all "
            f"{films * users} pairs, are needed, not {films}, {users} and {ratings}."
        )
    random, say = np.random.default_rng(seed), report or (lambda text: None)
    active = np.cumsum(random.lognormal(0, 1, users))
    active /= active[-1]
    of_users = random.normal(size=(users, factors)).astype(np.float32)
    kind_users = random.normal(0, 0.4, users).astype(np.float32)
    wanted = np.minimum(_shares(random.lognormal(0, 1.5, films), ratings, users // 2), users // 2)
    chosen, stars, groups = [], [], np.zeros(films, dtype=int)
    for film in range(films):
        drawn = np.zeros(0, dtype=np.int64)
        while len(drawn) < wanted[film]:  # users by their activity, each once
            more = np.searchsorted(active, random.random(int(1.2 * (wanted[film] - len(drawn))) + 8))
            drawn = np.union1d(drawn, np.minimum(more, users - 1))
        drawn = np.sort(random.permutation(drawn)[: wanted[film]])
        loads = random.normal(size=factors).astype(np.float32)
        groups[film] = int(np.abs(loads).argmax())
        loads *= 0.6 / np.linalg.norm(loads)
        value = 3.6 + random.normal(0, 0.5) + kind_users[drawn] + of_users[drawn] @ loads
        value += random.normal(0, 0.7, len(drawn))
        chosen.append(drawn.astype(np.int32))
        stars.append(np.clip(np.rint(value), 1, 5).astype(np.int8))
        if film % 2000 == 1999:
            say(f"{film + 1} of {films} films generated")
    starts = np.append(0, np.cumsum([len(rows) for rows in chosen])).astype(np.int32)  # of 64 bits, indices are too
    matrix = sparse.csr_array((np.concatenate(stars), np.concatenate(chosen), starts), shape=(films, users))
    return Ratings(
        matrix, np.arange(films), np.arange(users), np.array([f"generated film {film}" for film in range(films)]),
        np.full(films, np.nan), np.array([f"group {group + 1}" for group in groups]),
        f"generated: {matrix.nnz} ratings of {films} films by {users} users from {factors} latent factors",
    )  # fmt: skip


def _shares(weights, total: int, most: int) -> np.ndarray:
    """Whole numbers from 1 on, in proportion to the weights, none above `most`, that sum to the total."""
    counts = np.ones(len(weights))
    for _ in range(50):  # what is cut off goes to those that have room
        free = counts < most
        missing = total - counts.sum()
        if missing < 1 or not free.any():
            break
        counts = np.minimum(counts + missing * weights * free / (weights * free).sum(), most)
    counts = np.floor(counts).astype(int)
    while (missing := total - counts.sum()) > 0:  # and what rounding has left, one each
        counts[np.flatnonzero(counts < most)[:missing]] += 1
    return counts

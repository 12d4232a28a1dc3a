"""How well a method keeps neighbours, judged by distances before and after, so that a graph is judged like coordinates.

trustworthiness   Venna & Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001:
                  1 - 2 / (n k (2n - 3k - 1)) * sum of max(0, r(i, j) - k) over all i and all j of the k nearest to i
                  after, r the rank of j among the neighbours of i before: strangers that come near cost their rank
continuity        the same with before and after exchanged: neighbours that are torn away cost
label accuracy    leave-one-out vote of the k nearest

Ties (the points of one Mapper node lie at distance 0, other components at inf, duplicates together) are broken at
random, before and after independently of each other, and what is returned is the expected value: exact for
trustworthiness and continuity, the mean of DRAWS seeded draws a row for the vote. So an order that the distances do not
contain neither helps nor harms, all points at one place score exactly what points strewn at random score in the mean
(`random_trustworthiness`), and with ties at the k-th neighbour no method reaches 1: the most that can be reached is
trustworthiness(before, before, k).
"""

import numpy as np
from scipy.spatial.distance import cdist

from tdabench.embedding.embedded import Embedded
from tdabench.errors import BadInput
from tdabench.validation import as_integer, as_points, as_square

DRAWS = 32


def judge(
    points, embedded: Embedded, labels=None, k: int = 10, at_most: int = 2000, seed: int = 0
) -> dict[str, float | int | None]:
    """What a method kept of (n, d) points; labels: (n,) of any kind, or None.

    trustworthiness, continuity: 0 to 1; random: what points strewn at random get of both in the mean; ceiling: the most
    that any method could get of the first; label_accuracy, balanced_accuracy, chance, balanced_chance: of
    `label_accuracy`, after; label_accuracy_before, balanced_accuracy_before: of the points themselves; all six None
    without labels. rows: of more than `at_most` points so many are drawn by seed, and neighbours are those among them.
    Raises BadInput for coordinates that are not finite, and for k from half the rows on.
    """
    points = as_points(points)
    coordinates = embedded.coordinates if embedded.graph is not None else as_points(embedded.coordinates, "embedding")
    if len(coordinates) != len(points):
        raise BadInput(f"embedding: {len(coordinates)} rows for {len(points)} points; one for each is needed.")
    rows = sample_rows(len(points), at_most, seed)
    before, after = cdist(points[rows], points[rows]), embedded.distances(rows)
    found = {
        "trustworthiness": trustworthiness(before, after, k),
        "continuity": continuity(before, after, k),
        "random": random_trustworthiness(len(rows), k),
        "ceiling": trustworthiness(before, before, k),
        "rows": len(rows),
    }
    names = ("label_accuracy", "balanced_accuracy", "chance", "balanced_chance")
    if labels is None:
        return found | dict.fromkeys([*names, "label_accuracy_before", "balanced_accuracy_before"])
    labels = _labels(labels, len(points))[rows]
    raw = label_accuracy(before, labels, k, seed)
    found |= label_accuracy(after, labels, k, seed)
    return found | {f"{name}_before": raw[name] for name in names[:2]}


def sample_rows(count: int, at_most: int = 2000, seed: int = 0) -> np.ndarray:
    """All rows, or `at_most` of them drawn by seed without replacement; ascending."""
    count, at_most = as_integer(count, "count", 0, 10**9), as_integer(at_most, "at_most", 1)
    if count <= at_most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, at_most, replace=False))


def trustworthiness(before, after, k: int) -> float:
    """Trustworthiness (Venna & Kaski 2001): neighbours after that were none before count against it.

    Parameters
    ----------
    before, after : array-like of shape (n, n)
        Distances, +inf allowed.
    k : int
        Neighbours, from 1 on and below n / 2, as the normalisation needs.

    Returns
    -------
    float
        0 to 1, the expected value over random orders among ties. Without ties, what scikit-learn's gives.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import trustworthiness
    >>> line = np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))
    >>> trustworthiness(line, 3 * line, 2)
    1.0
    """
    before, after = _matched(before, after)
    count = len(before)
    _check_neighbours(k, count / 2)
    penalty = 0.0
    for row in range(count):
        old, new = np.delete(before[row], row), np.delete(after[row], row)
        chances = _chances(new, k)
        near = np.flatnonzero(chances)
        ordered = np.sort(old)
        nearer = np.searchsorted(ordered, old[near], "left")
        tied = np.searchsorted(ordered, old[near], "right") - nearer
        penalty += chances[near] @ _mean_excess(nearer, tied, k)
    return float(1 - penalty * 2 / (count * k * (2 * count - 3 * k - 1)))


def continuity(before, after, k: int) -> float:
    """Trustworthiness with before and after exchanged: neighbours before that are none after count against it.

    Parameters
    ----------
    before, after : array-like of shape (n, n)
        Distances, +inf allowed.
    k : int
        Neighbours, from 1 on and below n / 2.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import continuity
    >>> line = np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))
    >>> continuity(line, line, 2)
    1.0
    """
    return trustworthiness(after, before, k)


def random_trustworthiness(count: int, k: int) -> float:
    """Its mean, and that of continuity, when `count` points are strewn at random: a little above 1/2."""
    _check_neighbours(k, count / 2)
    return 1 - (count - 1 - k) * (count - k) / ((count - 1) * (2 * count - 3 * k - 1))


def label_accuracy(after, labels, k: int = 10, seed: int = 0) -> dict[str, float]:
    """How often the k nearest others vote for a row's own label.

    Parameters
    ----------
    after : array-like of shape (n, n)
        Distances.
    labels : array-like of shape (n,)
        Of any kind.
    k : int
        From 1 to n - 1.
    seed : int
        Of the draws among ties in distance.

    Returns
    -------
    dict of str to float
        label_accuracy: the share of rows, a vote that m labels win counting 1 / m. balanced_accuracy: the mean over
        labels of that share among the rows that bear it (a label borne once cannot be voted for, and counts 0).
        chance: the share of the most frequent label. balanced_chance: 1 / number of labels. Both are what a constant
        answer gets.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import label_accuracy
    >>> line = np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))
    >>> label_accuracy(line, [0, 0, 0, 0, 0, 1, 1, 1, 1], k=1)["chance"].__round__(3)
    0.556
    """
    after = as_square(after, "distances after")
    _check_neighbours(k, len(after))
    names, codes, sizes = np.unique(_labels(labels, len(after)), return_inverse=True, return_counts=True)
    random = np.random.default_rng(seed)
    right = np.empty(len(after))
    for row, code in enumerate(codes):
        distances, others = np.delete(after[row], row), np.delete(codes, row)
        last = np.partition(distances, k - 1)[k - 1]
        certain = np.bincount(others[distances < last], minlength=len(names))
        last_ones = np.bincount(others[distances == last], minlength=len(names))
        places = k - certain.sum()
        if places < last_ones.sum():
            last_ones = random.multivariate_hypergeometric(last_ones, places, size=DRAWS)
        votes = np.atleast_2d(certain + last_ones)
        winning = votes == votes.max(axis=1, keepdims=True)
        right[row] = (winning[:, code] / winning.sum(axis=1)).mean()
    by_label = np.bincount(codes, right) / sizes
    return {
        "label_accuracy": float(right.mean()),
        "balanced_accuracy": float(by_label.mean()),
        "chance": float(sizes.max() / len(codes)),
        "balanced_chance": 1 / len(names),
    }


def _chances(distances: np.ndarray, k: int) -> np.ndarray:
    """The probability of each to be among the k nearest, ties broken at random."""
    last = np.partition(distances, k - 1)[k - 1]
    nearer, tied = distances < last, distances == last
    return nearer + tied * ((k - nearer.sum()) / tied.sum())


def _mean_excess(nearer: np.ndarray, tied: np.ndarray, k: int) -> np.ndarray:
    """Mean of max(0, rank - k) over the ranks nearer + 1 to nearer + tied."""
    above, below = np.maximum(nearer + tied - k, 0), np.maximum(nearer - k, 0)
    return (above * (above + 1) - below * (below + 1)) / (2 * tied)


def _matched(before, after) -> tuple[np.ndarray, np.ndarray]:
    before, after = as_square(before, "distances before"), as_square(after, "distances after")
    if before.shape != after.shape:
        raise BadInput(f"distances: {before.shape} before and {after.shape} after; the same points are needed.")
    return before, after


def _check_neighbours(k: int, below: float) -> None:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k < below:
        raise BadInput(f"k: a whole number of neighbours from 1 on and below {below:g} is needed, not {k!r}.")


def _labels(labels, count: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise BadInput(f"labels: one for each of the {count} rows is needed, not an array of shape {labels.shape}.")
    absent = [row for row, label in enumerate(labels.tolist()) if label is None or label != label]
    if absent:
        raise BadInput(f"labels: {len(absent)} are missing, the first in row {absent[0]}; leave these rows out.")
    return labels

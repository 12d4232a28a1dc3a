"""A sparse table of ratings to a few columns, in bounded memory: one row per film over all users.

The recipe behind the deck's Netflix pictures was said to be incremental PCA, bucket by bucket, one row per movie over
all users; the rest was not published. Here:

    missing   a rating that was not given counts as the film's own mean, so it is 0 once the film's ratings are centred:
              what is left is who liked a film more than others did, not how well it is liked on the whole
    bucket    some rows (films), made dense one bucket at a time; as few as PCA allows, since each costs its square
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from tdabench.errors import BadInput

METHODS = ("incremental_pca", "truncated_svd")
CENTRES = ("film", "none")
COPIES = 5  # of a bucket in float64, together with what was kept of the former ones, while its SVD is taken


@dataclass(frozen=True)
class Reduced:
    """scores: (films, components) float64; axes: (components, users), orthonormal; explained: their share of the
    variance over films; seconds: that it took; rows_at_once: of a bucket, 0 where nothing is made dense."""

    scores: np.ndarray
    axes: np.ndarray
    explained: float
    seconds: float
    rows_at_once: int


def reduce_ratings(
    ratings,
    components: int = 50,
    method: str = "incremental_pca",
    centre: str = "film",
    rows_at_once: int | None = None,
    memory_gib: float = 8.0,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Reduced:
    """Reduce ratings, a sparse (films, users) array of what was given, to `components` columns.

    method: incremental_pca, by buckets (Ross et al. 2008, IJCV 77:125-141), or truncated_svd, of the sparse table as it
    is (Halko et al. 2011, SIAM Review 53(2):217-288; scikit-learn's). centre: "film" subtracts each film's mean
    from what it was given. rows_at_once: of a bucket; None: twice the components, or as many as `memory_gib` allows.
    BadInput when a bucket of as many rows as components would take more than that.
    """
    if method not in METHODS:
        raise BadInput(f"method: one of {', '.join(METHODS)} is needed, not {method!r}.")
    if centre not in CENTRES:
        raise BadInput(f"centre: one of {', '.join(CENTRES)} is needed, not {centre!r}.")
    table = sparse.csr_array(ratings)
    films, users = table.shape
    if not 1 <= components < min(films, users):
        raise BadInput(f"components: from 1 to {min(films, users) - 1}, of {films} films and {users} users, not "
                       f"{components}.")  # fmt: skip
    say, began = report or (lambda text: None), time.perf_counter()
    table = centred(table) if centre == "film" else table.astype(np.float32)
    if method == "truncated_svd":
        return _whole(table, components, seed, began)
    rows = rows_at_once or min(2 * components, films)
    need = COPIES * 8 * (rows + components + 1) * users / 2**30
    if need > memory_gib and rows_at_once is None:
        rows = max(components, int(memory_gib * 2**30 / (COPIES * 8 * users)) - components - 1)
        need = COPIES * 8 * (rows + components + 1) * users / 2**30
    if rows < components or need > memory_gib:
        raise BadInput(
            f"rows_at_once: buckets of {rows} films by {users} users need {need:.1f} GiB for {components} components, "
            f"and {memory_gib:g} GiB are allowed; take at least {components} rows, more memory or fewer components."
        )
    return _by_buckets(table, components, rows, began, say)


def centred(table) -> sparse.csr_array:
    """Each film's mean taken from what it was given, float32; what was not given stays 0."""
    counts = np.diff(table.indptr)
    sums = np.add.reduceat(np.append(table.data.astype(np.float64), 0), table.indptr[:-1]) * (counts > 0)
    means = np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
    data = table.data.astype(np.float32)
    data -= np.repeat(means.astype(np.float32), counts)
    return sparse.csr_array((data, table.indices, table.indptr), shape=table.shape)


def _by_buckets(table, components, rows, began, say) -> Reduced:
    """Incremental PCA as scikit-learn has it: what was kept, the next bucket and the shift of the mean are stacked, and
    the leading axes of the stack are kept. They come from its products, (rows + components + 1) squared, and not from a
    singular value decomposition of rows as long as there are users (20 times faster for 151 rows of 24,000). What that
    loses, axes of less than 1e-7 of the greatest strength, ratings do not have among their leading ones."""
    from sklearn.utils import gen_batches

    seen, mean = 0, np.zeros(table.shape[1])
    strengths, axes = np.zeros(0), np.zeros((0, table.shape[1]))
    for bucket in gen_batches(table.shape[0], rows, min_batch_size=components):
        dense = table[bucket].toarray().astype(np.float64)
        count, of_bucket = len(dense), dense.mean(axis=0)
        dense -= of_bucket
        shift = np.sqrt(seen * count / (seen + count)) * (mean - of_bucket)
        stack = np.vstack([strengths[:, None] * axes, dense, shift])
        mean = (seen * mean + count * of_bucket) / (seen + count)
        seen += count
        squares, turn = np.linalg.eigh(stack @ stack.T)
        strengths = np.sqrt(np.maximum(squares[::-1][:components], np.finfo(float).tiny))
        axes = (turn[:, ::-1][:, :components].T @ stack) / strengths[:, None]
        say(f"{bucket.stop} of {table.shape[0]} films, {time.perf_counter() - began:.0f} s")
    scores = table @ axes.T - mean @ axes.T
    spread = float((table.data.astype(np.float64) ** 2).sum() - seen * (mean**2).sum())
    return Reduced(scores, axes, float((strengths**2).sum() / spread), time.perf_counter() - began, rows)


def _whole(table, components, seed, began) -> Reduced:
    from sklearn.decomposition import TruncatedSVD

    svd = TruncatedSVD(components, random_state=seed)
    scores = svd.fit_transform(table).astype(np.float64)
    return Reduced(scores, svd.components_, float(svd.explained_variance_ratio_.sum()), time.perf_counter() - began, 0)

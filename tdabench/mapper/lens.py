"""Lenses: what the points are looked at through, one or more numbers per point.

Singh, Memoli & Carlsson, "Topological Methods for the Analysis of High Dimensional Data Sets and 3D Object
Recognition", 2007 (density, eccentricity, graph Laplacian); the further ones are those of Python Mapper
(Müllner & Babu, danifold.net/mapper) and KeplerMapper, implemented anew from what they compute.

Every lens is f(data, *, metric="euclidean", **parameters) -> (n,) or (n, m) float64. data: points (n, d), with any
metric that scikit-learn or scipy name; or, with metric="precomputed", a symmetric distance matrix (n, n), finite.
Adding a lens means adding it to LENSES.
"""

import inspect
from collections.abc import Mapping
from numbers import Integral, Real

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import coo_array, diags_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh
from sklearn.metrics import pairwise_distances, pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from tdabench.errors import BadInput
from tdabench.validation import as_points, as_square

DENSE = 500  # up to as many points, eigenvectors are taken from the full matrix


def eccentricity(data, *, metric="euclidean", exponent=1):
    """How far a point is from the others on average: (mean over all y of d(x, y)^p)^(1/p), p = `exponent` > 0; the
    maximum for p = infinity. The mean is over all n points, x with its distance 0 included (Singh et al.
    2007). Returns (n,)."""
    if not (_is_real(exponent) and exponent > 0):
        raise BadInput(f"exponent: a number above 0, or infinity, is needed, not {exponent!r}.")
    data = _checked(data, metric)
    if exponent == np.inf:
        return _by_block(data, metric, lambda distances: distances.max(axis=1))
    if exponent == 1:
        return _by_block(data, metric, lambda distances: distances.mean(axis=1))

    def mean(distances):
        # Powers of numbers up to 1 do not overflow, whatever the exponent.
        greatest = distances.max(axis=1)
        scale = np.where(greatest > 0, greatest, 1.0)
        return scale * ((distances / scale[:, None]) ** exponent).mean(axis=1) ** (1 / exponent)

    return _by_block(data, metric, mean)


def knn_distance(data, *, metric="euclidean", k=5):
    """Distance to the k-th nearest other point; the point itself does not count, its duplicates do. Returns (n,)."""
    data = _checked(data, metric)
    _whole(k, "k", len(data) - 1)
    return _neighbours(data, metric, k)[0][:, -1]


def distance_to_measure(data, *, metric="euclidean", k=5):
    """Square root of the mean squared distance to the k nearest points, the point itself counted as the first of them:
    the distance to the uniform measure on the points with mass k / n (Chazal, Cohen-Steiner & Merigot 2011), as
    GUDHI's DistanceToMeasure has it. Returns (n,)."""
    data = _checked(data, metric)
    _whole(k, "k", len(data))
    if k == 1:
        return np.zeros(len(data))
    # From the neighbours here rather than by GUDHI, whose neighbours know fewer metrics.
    return np.sqrt((_neighbours(data, metric, k - 1)[0] ** 2).sum(axis=1) / k)


def gauss_density(data, *, metric="euclidean", sigma=1.0):
    """Gaussian kernel density: the sum over all y of exp(-d(x, y)^2 / (2 sigma^2)), x included; for points divided by
    n (sqrt(2 pi) sigma)^d, so that it is a density on R^d, for a distance matrix, which has no d, left as it is
    (Python Mapper's Gauss_density). Returns (n,)."""
    _positive(sigma, "sigma")
    data = _checked(data, metric)
    sums = _by_block(data, metric, lambda distances: np.exp(-0.5 * (distances / sigma) ** 2).sum(axis=1))
    if metric == "precomputed":
        return sums
    # By logarithms: in many dimensions the norming factor alone is out of the range of floats.
    with np.errstate(over="ignore"):
        return np.exp(np.log(sums) - np.log(len(data)) - data.shape[1] * np.log(np.sqrt(2 * np.pi) * sigma))


def density_filter(data, *, metric="euclidean", epsilon=1.0):
    """The sum over all y of exp(-d(x, y)^2 / epsilon), x included (Singh et al., without the constant
    that makes it a density). Returns (n,)."""
    _positive(epsilon, "epsilon")
    data = _checked(data, metric)
    return _by_block(data, metric, lambda distances: np.exp(-(distances**2) / epsilon).sum(axis=1))


def graph_laplacian(data, *, metric="euclidean", k=None, epsilon=None, number=1, weighted=False):
    """Eigenvector of the normalised Laplacian of a neighbour graph (Singh et al. 2007).

    The graph joins each point with its k nearest others (in either direction), or all pairs at a distance of at most
    `epsilon`; exactly one of k and epsilon is given. Weights are 1, or, if `weighted`, exp(-d^2 / (2 s^2)) with s the
    median length of the edges (our choice of scale). number: 1 for the least eigenvalue above 0.
    Returns (n,), of Euclidean norm 1, its first entry of the greatest size positive.
    Raises BadInput when the graph is not connected, as its eigenvectors then tell components apart and no more.
    """
    data = _checked(data, metric)
    count = len(data)
    _whole(number, "number", count - 1)
    if (k is None) == (epsilon is None):
        raise BadInput("graph_laplacian: exactly one of k and epsilon is needed.")
    if k is not None:
        _whole(k, "k", count - 1)
        lengths, others = _neighbours(data, metric, k)
        ends = np.repeat(np.arange(count), k), others.ravel()
        lengths = lengths.ravel()
    else:
        _positive(epsilon, "epsilon")
        ends, lengths = _pairs_within(data, metric, epsilon)
    if not len(lengths):
        raise BadInput(f"graph_laplacian: no two points are within {epsilon}; raise epsilon.")
    scale = float(np.median(lengths)) if weighted else 0.0
    weights = np.exp(-0.5 * (lengths / scale) ** 2) if scale > 0 else np.ones(len(lengths))
    graph = coo_array((weights, ends), shape=(count, count)).tocsr()
    graph = graph.maximum(graph.T)
    components = connected_components(graph, directed=False)[0]
    if components > 1:
        knob = "k" if k is not None else "epsilon"
        raise BadInput(f"graph_laplacian: the neighbour graph has {components} components; raise {knob}.")
    root = diags_array(1 / np.sqrt(graph.sum(axis=1)))
    laplacian = eye_array(count) - root @ graph @ root
    if count <= DENSE or number >= count - 2:
        vectors = eigh(laplacian.toarray(), subset_by_index=[number, number])[1]
        return _with_sign(vectors[:, 0])
    start = np.random.default_rng(0).normal(size=count)
    # Shifted to just below 0, where the inverse makes the least eigenvalues the greatest.
    values, vectors = eigsh(laplacian.tocsc(), k=number + 1, sigma=-1e-3, which="LM", v0=start)
    return _with_sign(vectors[:, np.argsort(values)[number]])


def distance_matrix_eigenvector(data, *, metric="euclidean", number=1, mean_centre=True):
    """Eigenvector of the distance matrix, number 1 for the eigenvalue of the greatest size; with mean_centre, of the
    matrix less its row and column means (our reading of Python Mapper's dm_eigenvector). Holds the whole matrix.
    Returns (n,), of Euclidean norm 1, its first entry of the greatest size positive."""
    data = _checked(data, metric)
    count = len(data)
    _whole(number, "number", count)
    distances = data if metric == "precomputed" else _pairwise(data, metric)
    if mean_centre:
        means = distances.mean(axis=0)
        distances = distances - means - means[:, None] + means.mean()
    if count <= DENSE or number >= count:
        values, vectors = eigh(distances)
    else:
        start = np.random.default_rng(0).normal(size=count)
        values, vectors = eigsh(distances, k=number, which="LM", v0=start)
    return _with_sign(vectors[:, np.argsort(-np.abs(values), kind="stable")[number - 1]])


def zero(data, *, metric="euclidean"):
    """0 for every point: the lens that sees no difference. Returns (n,)."""
    return np.zeros(len(_checked(data, metric)))


def pca(data, *, metric="euclidean", number=None, components=None):
    """Scores on principal components of points: the first `components` (n, components), or the one that `number` names,
    counted from 1 (n,); by default number 1."""
    from sklearn.decomposition import PCA

    data = _points_only(data, metric, "pca")
    if number is not None and components is not None:
        raise BadInput("pca: number or components, not both.")
    wanted = components if components is not None else 1 if number is None else number
    _whole(wanted, "number" if components is None else "components", min(data.shape))
    scores = PCA(wanted, svd_solver="full").fit_transform(data)
    return scores if components is not None else scores[:, wanted - 1]


def svd(data, *, metric="euclidean", components=2):
    """Scores on the first right singular vectors of points that are not centred, as KeplerMapper offers by
    TruncatedSVD. Returns (n, components), the first entry of the greatest size of each vector positive."""
    data = _points_only(data, metric, "svd")
    _whole(components, "components", min(data.shape))
    right = np.linalg.svd(data, full_matrices=False)[2][:components]
    return data @ np.stack([_with_sign(vector) for vector in right], axis=1)


def coordinates(data, *, metric="euclidean", columns=0):
    """Columns of the points, by number: one (n,) or several (n, m)."""
    data = _points_only(data, metric, "coordinates")
    for column in np.atleast_1d(np.asarray(columns, dtype=object)):
        if isinstance(column, bool) or not isinstance(column, Integral) or not 0 <= column < data.shape[1]:
            raise BadInput(f"columns: whole numbers from 0 to {data.shape[1] - 1} are needed, not {column!r}.")
    return data[:, columns if np.ndim(columns) == 0 else list(columns)].copy()


def umap(data, *, metric="euclidean", components=2, seed=0, neighbours=15):
    """Coordinates by UMAP (McInnes, Healy & Melville 2018), the same again for the same seed. Returns (n, components).
    neighbours: UMAP's n_neighbors."""
    from umap import UMAP  # slow to import

    data = _checked(data, metric)
    _whole(components, "components", max(len(data) - 2, 1))
    _whole(neighbours, "neighbours", len(data) - 1)
    if neighbours < 2:
        raise BadInput("neighbours: at least 2 are needed.")
    fitted = UMAP(n_components=components, n_neighbors=neighbours, metric=metric, random_state=seed, n_jobs=1)
    return np.asarray(fitted.fit_transform(data), dtype=np.float64)


def stack(data, *, metric="euclidean", lenses=()):
    """Several lenses side by side: lenses is a list of specs (see lens_values). Returns (n, m)."""
    if not lenses:
        raise BadInput("stack: at least one lens is needed.")
    return np.hstack([lens_values(lens, data, metric) for lens in lenses])


LENSES = {
    lens.__name__: lens
    for lens in (
        eccentricity, knn_distance, distance_to_measure, gauss_density, density_filter, graph_laplacian,
        distance_matrix_eigenvector, zero, pca, svd, coordinates, umap, stack,
    )
}  # fmt: skip


def lens_values(spec, points, metric="euclidean") -> np.ndarray:
    """The values of a lens, as a finite float64 array (n, m).

    spec: a name in LENSES; a mapping with "name" and parameters; a pair (name or function, parameters); a function of
    the data alone; values, (n,) or (n, m); or a list of these, set side by side (a list of n numbers is values).
    points: (n, d), or distances (n, n) with metric="precomputed". A constant lens is allowed.
    Raises BadInput for an unknown name or parameter, for values of another length, and for values that are not finite.
    """
    spec = _spec_of(spec)
    if isinstance(spec, list | tuple) and len(spec) and not all(isinstance(part, Real) for part in spec):
        if not all(isinstance(part, list | tuple) and all(isinstance(item, Real) for item in part) for part in spec):
            return np.hstack([lens_values(part, points, metric) for part in spec])
    name, values = _evaluated(spec, points, metric)
    try:
        values = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"lens {name}: numbers are needed ({error}).") from None
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0 or len(values) != len(points):
        raise BadInput(f"lens {name}: values of shape {values.shape} for {len(points)} points; one row each is needed.")
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BadInput(
            f"lens {name}: {int(bad.sum())} values are not finite, the first in row {row}, column {column} "
            f"({values[row, column]})."
        )
    return values


def _spec_of(lens):
    """A pair (name or function, parameters) as a spec; anything else as it is."""
    if isinstance(lens, list | tuple) and len(lens) == 2 and isinstance(lens[1], Mapping) and "name" not in lens[1]:
        name, parameters = lens
        if callable(name):
            return lambda data: name(data, **parameters)
        if isinstance(name, str):
            return {"name": name, **parameters}
    return lens


def _evaluated(spec, points, metric):
    if isinstance(spec, str):
        spec = {"name": spec}
    if isinstance(spec, Mapping):
        parameters = dict(spec)
        name = parameters.pop("name", None)
        if name not in LENSES:
            raise BadInput(f"lens: there is no {name!r}; there are {', '.join(LENSES)}.")
        known = [key for key in inspect.signature(LENSES[name]).parameters if key not in ("data", "metric")]
        unknown = [str(key) for key in parameters if key not in known]
        if unknown:
            raise BadInput(f"lens {name}: no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none'}.")
        return name, LENSES[name](points, metric=metric, **parameters)
    if callable(spec):
        name = getattr(spec, "__name__", type(spec).__name__)
        own = LENSES.get(name) is spec
        return name, spec(points, metric=metric) if own else spec(points)
    return "values", spec


def _checked(data, metric):
    if metric != "precomputed":
        return as_points(data)
    distances = as_square(data, "distances")
    if not np.isfinite(distances).all() or (distances < 0).any():
        raise BadInput("distances: finite numbers from 0 on are needed.")
    return distances


def _points_only(data, metric, name):
    if metric == "precomputed":
        raise BadInput(f"lens {name}: points are needed, not distances.")
    return as_points(data)


def _centred(data, metric):
    """Points moved to their mean where that changes no distance but lessens the rounding of matrix products."""
    return data - data.mean(axis=0) if metric in ("euclidean", "l2") else data


def _by_block(data, metric, reduce) -> np.ndarray:
    """reduce(distances (rows, n)) -> (rows,), over blocks of rows, so that the whole matrix is never held."""
    if metric == "precomputed":
        size = max(1, (1 << 22) // len(data))
        return np.concatenate([reduce(data[start : start + size]) for start in range(0, len(data), size)])

    def reduced(distances, start):
        if np.isnan(distances).any():
            raise BadInput(f"metric: {metric!r} gives no number for some pairs of points (a row of zeros, say).")
        return reduce(distances)

    try:
        blocks = pairwise_distances_chunked(
            _centred(data, metric), metric=metric, reduce_func=reduced, working_memory=64
        )
        return np.concatenate(list(blocks))
    except BadInput:
        raise
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None


def _pairwise(data, metric):
    try:
        distances = pairwise_distances(_centred(data, metric), metric=metric)
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if not np.isfinite(distances).all():
        raise BadInput(f"metric: {metric!r} gives no finite number for some pairs of points (a row of zeros, say).")
    return (distances + distances.T) / 2


def _neighbours(data, metric, k):
    """Distances and rows, (n, k) each, of the k nearest other points."""
    if metric == "precomputed":
        near = np.empty((len(data), k), dtype=np.intp)
        for row, distances in enumerate(data):
            distances = distances.copy()
            distances[row] = np.inf
            part = np.argpartition(distances, k - 1)[:k]
            near[row] = part[np.argsort(distances[part], kind="stable")]
        return np.take_along_axis(data, near, axis=1), near
    try:
        distances, near = NearestNeighbors(n_neighbors=k, metric=metric).fit(_centred(data, metric)).kneighbors()
    except (ValueError, TypeError) as error:
        raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
    if np.isnan(distances).any():
        raise BadInput(f"metric: {metric!r} gives no number for some pairs of points (a row of zeros, say).")
    return distances, near


def _pairs_within(data, metric, epsilon):
    if metric == "precomputed":
        first, second = np.nonzero(data <= epsilon)
        lengths = data[first, second]
    else:
        try:
            graph = NearestNeighbors(radius=epsilon, metric=metric).fit(_centred(data, metric))
            graph = graph.radius_neighbors_graph(mode="distance").tocoo()
        except (ValueError, TypeError) as error:
            raise BadInput(f"metric: {metric!r} cannot be used here ({error}).") from None
        first, second, lengths = graph.row, graph.col, graph.data
    apart = first != second
    return (first[apart], second[apart]), lengths[apart]


def _with_sign(vector) -> np.ndarray:
    """The vector or its opposite: the first of its entries of the greatest size, but for rounding, is positive."""
    sizes = np.abs(vector)
    first = int((sizes >= sizes.max() * (1 - 1e-6)).argmax())
    return -vector if vector[first] < 0 else vector


def _is_real(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and (value == np.inf or abs(value) < 1e300)


def _positive(value, name) -> None:
    if not (_is_real(value) and 0 < value < np.inf):
        raise BadInput(f"{name}: a number above 0 is needed, not {value!r}.")


def _whole(value, name, most) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= value <= most:
        raise BadInput(f"{name}: a whole number from 1 to {most} is needed here, not {value!r}.")

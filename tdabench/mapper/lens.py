"""Lenses: what the points are looked at through, one or more numbers per point.

Singh, Memoli & Carlsson, "Topological Methods for the Analysis of High Dimensional Data Sets and 3D Object
Recognition", 2007 (density, eccentricity, graph Laplacian); the further ones are those of Python Mapper
(Müllner & Babu, danifold.net/mapper) and KeplerMapper, implemented anew from what they compute.

Every lens is f(data, *, metric="euclidean", **parameters) -> (n,) or (n, m) float64. data: points (n, d), with any
metric that scikit-learn or scipy name; or, with metric="precomputed", a symmetric distance matrix (n, n), finite.
A lens that has values at other points, too, takes them as `rows`: (m, d), or their distances (m, n) to the data.
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

from tdabench.errors import BadInput
from tdabench.mapper.distances import by_block, checked, neighbours, pairs_within, pairwise, points_only

REMEDY = "fit all rows together, or take a lens such as eccentricity, pca, coordinates or a function of each row"
DENSE = 500  # up to as many points, eigenvectors are taken from the full matrix


def eccentricity(data, *, metric="euclidean", exponent=1, rows=None):
    """How far a point is from the others on average: (mean over all y of d(x, y)^p)^(1/p), p = `exponent` > 0; the
    maximum for p = infinity. The mean is over all n points, x with its distance 0 included (Singh et al.
    2007). Returns (n,)."""
    if not (_is_real(exponent) and exponent > 0):
        raise BadInput(f"exponent: a number above 0, or infinity, is needed, not {exponent!r}.")
    data, rows = checked(data, metric, rows)
    if exponent == np.inf:
        return by_block(data, metric, lambda distances: distances.max(axis=1), rows)
    if exponent == 1:
        return by_block(data, metric, lambda distances: distances.mean(axis=1), rows)

    def mean(distances):
        # Powers of numbers up to 1 do not overflow, whatever the exponent.
        greatest = distances.max(axis=1)
        scale = np.where(greatest > 0, greatest, 1.0)
        return scale * ((distances / scale[:, None]) ** exponent).mean(axis=1) ** (1 / exponent)

    return by_block(data, metric, mean, rows)


def knn_distance(data, *, metric="euclidean", k=5, rows=None):
    """Distance to the k-th nearest other point; the point itself does not count, its duplicates do. Returns (n,)."""
    data, rows = checked(data, metric, rows)
    _whole(k, "k", len(data) - 1)
    return neighbours(data, metric, k, rows)[0][:, -1]


def distance_to_measure(data, *, metric="euclidean", k=5, rows=None):
    """Square root of the mean squared distance to the k nearest points, the point itself counted as the first of them:
    the distance to the uniform measure on the points with mass k / n (Chazal, Cohen-Steiner & Merigot 2011), as
    GUDHI's DistanceToMeasure has it. Returns (n,)."""
    data, rows = checked(data, metric, rows)
    _whole(k, "k", len(data))
    if k == 1 and rows is None:
        return np.zeros(len(data))
    # From the neighbours here rather than by GUDHI, whose neighbours know fewer metrics.
    nearest = neighbours(data, metric, k - 1 if rows is None else k, rows)[0]  # other points do not count themselves
    return np.sqrt((nearest**2).sum(axis=1) / k)


def gauss_density(data, *, metric="euclidean", sigma=1.0, rows=None):
    """Gaussian kernel density: the sum over all y of exp(-d(x, y)^2 / (2 sigma^2)), x included; for points divided by
    n (sqrt(2 pi) sigma)^d, so that it is a density on R^d, for a distance matrix, which has no d, left as it is
    (Python Mapper's Gauss_density). Returns (n,)."""
    _positive(sigma, "sigma")
    data, rows = checked(data, metric, rows)
    sums = by_block(data, metric, lambda distances: np.exp(-0.5 * (distances / sigma) ** 2).sum(axis=1), rows)
    if metric == "precomputed":
        return sums
    # By logarithms: in many dimensions the norming factor alone is out of the range of floats.
    with np.errstate(over="ignore"):
        return np.exp(np.log(sums) - np.log(len(data)) - data.shape[1] * np.log(np.sqrt(2 * np.pi) * sigma))


def density_filter(data, *, metric="euclidean", epsilon=1.0, rows=None):
    """The sum over all y of exp(-d(x, y)^2 / epsilon), x included (Singh et al., without the constant
    that makes it a density). Returns (n,)."""
    _positive(epsilon, "epsilon")
    data, rows = checked(data, metric, rows)
    return by_block(data, metric, lambda distances: np.exp(-(distances**2) / epsilon).sum(axis=1), rows)


def graph_laplacian(data, *, metric="euclidean", k=None, epsilon=None, number=1, weighted=False):
    """Eigenvector of the normalised Laplacian of a neighbour graph (Singh et al. 2007).

    The graph joins each point with its k nearest others (in either direction), or all pairs at a distance of at most
    `epsilon`; exactly one of k and epsilon is given. Weights are 1, or, if `weighted`, exp(-d^2 / (2 s^2)) with s the
    median length of the edges (our choice of scale). number: 1 for the least eigenvalue above 0.
    Returns (n,), of Euclidean norm 1, its first entry of the greatest size positive.
    Raises BadInput when the graph is not connected, as its eigenvectors then tell components apart and no more.
    """
    data, _ = checked(data, metric)
    count = len(data)
    _whole(number, "number", count - 1)
    if (k is None) == (epsilon is None):
        raise BadInput("graph_laplacian: exactly one of k and epsilon is needed.")
    if k is not None:
        _whole(k, "k", count - 1)
        lengths, others = neighbours(data, metric, k)
        ends = np.repeat(np.arange(count), k), others.ravel()
        lengths = lengths.ravel()
    else:
        _positive(epsilon, "epsilon")
        ends, lengths = pairs_within(data, metric, epsilon)
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
    data, _ = checked(data, metric)
    count = len(data)
    _whole(number, "number", count)
    distances = data if metric == "precomputed" else pairwise(data, metric)
    if mean_centre:
        means = distances.mean(axis=0)
        distances = distances - means - means[:, None] + means.mean()
    if count <= DENSE or number >= count:
        values, vectors = eigh(distances)
    else:
        start = np.random.default_rng(0).normal(size=count)
        values, vectors = eigsh(distances, k=number, which="LM", v0=start)
    return _with_sign(vectors[:, np.argsort(-np.abs(values), kind="stable")[number - 1]])


def zero(data, *, metric="euclidean", rows=None):
    """0 for every point: the lens that sees no difference. Returns (n,)."""
    data, rows = checked(data, metric, rows)
    return np.zeros(len(data if rows is None else rows))


def pca(data, *, metric="euclidean", number=None, components=None, rows=None):
    """Scores on principal components of points: the first `components` (n, components), or the one that `number` names,
    counted from 1 (n,); by default number 1."""
    from sklearn.decomposition import PCA

    data, rows = points_only(data, metric, "pca", rows)
    if number is not None and components is not None:
        raise BadInput("pca: number or components, not both.")
    wanted = components if components is not None else 1 if number is None else number
    _whole(wanted, "number" if components is None else "components", min(data.shape))
    model = PCA(wanted, svd_solver="full")
    scores = model.fit_transform(data) if rows is None else model.fit(data).transform(rows)
    return scores if components is not None else scores[:, wanted - 1]


def svd(data, *, metric="euclidean", components=2, rows=None):
    """Scores on the first right singular vectors of points that are not centred, as KeplerMapper offers by
    TruncatedSVD. Returns (n, components), the first entry of the greatest size of each vector positive."""
    data, rows = points_only(data, metric, "svd", rows)
    _whole(components, "components", min(data.shape))
    right = np.linalg.svd(data, full_matrices=False)[2][:components]
    return (data if rows is None else rows) @ np.stack([_with_sign(vector) for vector in right], axis=1)


def coordinates(data, *, metric="euclidean", columns=0, rows=None):
    """Columns of the points, by number: one (n,) or several (n, m)."""
    data, rows = points_only(data, metric, "coordinates", rows)
    for column in np.atleast_1d(np.asarray(columns, dtype=object)):
        if isinstance(column, bool) or not isinstance(column, Integral) or not 0 <= column < data.shape[1]:
            raise BadInput(f"columns: whole numbers from 0 to {data.shape[1] - 1} are needed, not {column!r}.")
    return (data if rows is None else rows)[:, columns if np.ndim(columns) == 0 else list(columns)].copy()


def umap(data, *, metric="euclidean", components=2, seed=0, neighbours=15):
    """Coordinates by UMAP (McInnes, Healy & Melville 2018), the same again for the same seed. Returns (n, components).
    neighbours: UMAP's n_neighbors."""
    from umap import UMAP  # slow to import

    data, _ = checked(data, metric)
    _whole(components, "components", max(len(data) - 2, 1))
    _whole(neighbours, "neighbours", len(data) - 1)
    if neighbours < 2:
        raise BadInput("neighbours: at least 2 are needed.")
    fitted = UMAP(n_components=components, n_neighbors=neighbours, metric=metric, random_state=seed, n_jobs=1)
    return np.asarray(fitted.fit_transform(data), dtype=np.float64)


def stack(data, *, metric="euclidean", lenses=(), rows=None):
    """Several lenses side by side: lenses is a list of specs (see lens_values). Returns (n, m)."""
    if not lenses:
        raise BadInput("stack: at least one lens is needed.")
    return np.hstack([lens_values(lens, data, metric, rows) for lens in lenses])


LENSES = {
    lens.__name__: lens
    for lens in (
        eccentricity, knn_distance, distance_to_measure, gauss_density, density_filter, graph_laplacian,
        distance_matrix_eigenvector, zero, pca, svd, coordinates, umap, stack,
    )
}  # fmt: skip


def lens_values(spec, points, metric: str = "euclidean", rows=None) -> np.ndarray:
    """Evaluate a lens on points.

    Parameters
    ----------
    spec : str, mapping, pair, callable, array-like, or list of these
        A name in LENSES; a mapping with "name" and parameters; a pair (name or function, parameters); a function of the
        data alone; values, (n,) or (n, m); or a list of these, set side by side (a list of n numbers is values).
    points : array-like of shape (n, d)
        Points, or distances (n, n) with metric="precomputed".
    metric : str
        "precomputed", or a metric that scikit-learn or scipy name.
    rows : array-like of shape (m, d), optional
        Other points, or their distances (m, n) to the points, for the values that the lens has there. A function is
        called with them alone, so it must look at one row at a time.

    Returns
    -------
    ndarray of shape (n, k), or (m, k) with rows
        Finite float64 values. A constant lens is allowed.

    Raises
    ------
    BadInput
        For an unknown name or parameter, for values of another length or not finite, and where `rows` are asked for and
        the lens has no values there.

    Examples
    --------
    >>> from tdabench.mapper import lens_values
    >>> points = [[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]
    >>> lens_values({"name": "eccentricity", "exponent": float("inf")}, points)[:, 0].tolist()
    [3.0, 2.0, 3.0]
    >>> lens_values("eccentricity", points, rows=[[2.0, 0.0]]).round(3).tolist()
    [[1.333]]
    """
    spec = _spec_of(spec)
    if isinstance(spec, list | tuple) and len(spec) and not all(isinstance(part, Real) for part in spec):
        if not all(isinstance(part, list | tuple) and all(isinstance(item, Real) for item in part) for part in spec):
            return np.hstack([lens_values(part, points, metric, rows) for part in spec])
    name, values = _evaluated(spec, points, metric, rows)
    count = len(points if rows is None else rows)
    try:
        values = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"lens {name}: numbers are needed ({error}).") from None
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0 or len(values) != count:
        raise BadInput(f"lens {name}: values of shape {values.shape} for {count} points; one row each is needed.")
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


def _evaluated(spec, points, metric, rows):
    if isinstance(spec, str):
        spec = {"name": spec}
    if isinstance(spec, Mapping):
        parameters = dict(spec)
        name = parameters.pop("name", None)
        if name not in LENSES:
            raise BadInput(f"lens: there is no {name!r}; there are {', '.join(LENSES)}.")
        known = [key for key in inspect.signature(LENSES[name]).parameters if key not in ("data", "metric", "rows")]
        unknown = [str(key) for key in parameters if key not in known]
        if unknown:
            raise BadInput(f"lens {name}: no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none'}.")
        return name, LENSES[name](points, metric=metric, **parameters, **_at(LENSES[name], name, rows))
    if not callable(spec):
        if rows is not None:
            raise BadInput(f"lens: values for the fitted points say nothing of new ones; {REMEDY}.")
        return "values", spec
    name = getattr(spec, "__name__", type(spec).__name__)
    if LENSES.get(name) is spec:
        return name, spec(points, metric=metric, **_at(spec, name, rows))
    if rows is None:
        return name, spec(points)
    half = (len(points) + 1) // 2
    halves = [np.asarray(spec(part)) for part in (points[:half], points[half:]) if len(part)]
    if not np.allclose(np.concatenate(halves), spec(points), equal_nan=True):
        raise BadInput(f"lens {name}: the values of some points depend on others, so new ones have none; {REMEDY}.")
    return name, spec(rows)


def _at(lens, name, rows) -> dict:
    """The argument with which a lens is asked for its values at other points."""
    if rows is not None and "rows" not in inspect.signature(lens).parameters:
        raise BadInput(f"lens {name}: it has values at the fitted points alone; {REMEDY}.")
    return {} if rows is None else {"rows": rows}


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

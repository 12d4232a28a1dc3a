"""Persistence as scikit-learn estimators, of one point cloud or of many."""

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tdabench import estimator_input
from tdabench.errors import BadInput
from tdabench.topology.complexes import distances
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import lazy_witness_persistence
from tdabench.validation import as_integer, as_points


def _of_clouds(estimator) -> bool:
    if not estimator.collection:
        raise AttributeError(
            f"{type(estimator).__name__}.transform: a diagram belongs to all points of a cloud together; call "
            "fit_transform, or set collection=True for many clouds."
        )
    return True


class _OfClouds(BaseEstimator):
    """What a cloud and a collection of clouds have in common; `_measure` computes, `_check` looks at one cloud."""

    def fit(self, X, y=None):
        """Compute the diagram of a cloud; of a collection there is nothing to learn, and each cloud is only checked.

        Parameters
        ----------
        X : array-like of shape (n, d), or a collection of these
            Points, or distances where the estimator takes them; with collection=True a list or an array
            (clouds, n, d) of them.
        y : None
            Not used.

        Returns
        -------
        estimator
            Itself.

        Raises
        ------
        BadInput
            For parameters and data that cannot be used.
        """
        if self.collection:
            self.n_clouds_ = len([self._check(cloud) for cloud in _listed(X)])
        else:
            self._measure(estimator_input.checked(self, X, self._check))
        return self

    def fit_transform(self, X, y=None) -> np.ndarray:
        """Fit, and return the diagram, or the diagrams of a collection.

        Parameters
        ----------
        X : array-like of shape (n, d), or a collection of these
            As `fit` takes it.
        y : None
            Not used.

        Returns
        -------
        ndarray of shape (bars, 3), or (clouds, bars, 3) with collection=True
            Rows (birth, death, dimension), as giotto-tda has them: see `transform`.
        """
        self.fit(X)
        return self.transform(X) if self.collection else _triples(self.diagram_)

    @available_if(_of_clouds)
    def transform(self, X) -> np.ndarray:
        """Return the diagrams of clouds, with collection=True.

        Parameters
        ----------
        X : list of array-like of shape (n, d), or ndarray of shape (clouds, n, d)

        Returns
        -------
        ndarray of shape (clouds, bars, 3)
            Rows (birth, death, dimension), by dimension. Each has as many rows as the largest diagram of these clouds
            needs; what others lack are bars without length, at the least birth in their dimension. A class that never
            dies has the death inf; the one of the last component, which giotto-tda leaves out, is there.
        """
        check_is_fitted(self)
        return _padded([self._diagram(self._check(cloud)) for cloud in _listed(X)])

    def _measure(self, X) -> None:
        self.diagram_ = self._diagram(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = not self.collection
        tags.input_tags.three_d_array = bool(self.collection)
        return tags


class Persistence(estimator_input.WithMetric, _OfClouds):
    """Persistent homology of a point cloud, or of each of many.

    Parameters
    ----------
    complex : str
        "rips", "sparse_rips", "alpha", "cech", "witness" or "strong_witness": see `persistence`.
    max_dimension : int
        The highest dimension of homology.
    limit : float
        Filtration value up to which it is computed, in the unit of the distances.
    field : int
        A prime p: homology over Z/p.
    engine : str, optional
        Of a Rips complex: see `persistence`.
    metric : {"euclidean", "precomputed"}
        "precomputed" for distances in place of points, for "rips" only.
    options : mapping, optional
        Of the complex: epsilon and seed for "sparse_rips", landmarks and seed for the witness complexes.
    collection : bool
        True for many clouds, as giotto-tda and GUDHI's scikit-learn interface take them: X is then a list of clouds or
        an array (clouds, n, d), and `transform` has the diagrams of further clouds.

    Attributes
    ----------
    diagram_ : Diagram
        Of a single cloud.
    n_clouds_ : int
        Of a collection.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import Persistence
    >>> angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> Persistence().fit_transform(circle)[-1].round(3).tolist()  # birth, death, dimension
    [0.518, 1.732, 1.0]
    >>> Persistence(collection=True).fit_transform([circle, circle[::2]]).shape
    (2, 13, 3)
    """

    def __init__(
        self,
        complex: str = "rips",
        max_dimension: int = 1,
        limit: float = np.inf,
        field: int = 2,
        engine: str | None = None,
        metric: str = "euclidean",
        options: dict | None = None,
        collection: bool = False,
    ):
        self.complex = complex
        self.max_dimension = max_dimension
        self.limit = limit
        self.field = field
        self.engine = engine
        self.metric = metric
        self.options = options
        self.collection = collection

    def _check(self, X) -> np.ndarray:
        if self.metric not in ("euclidean", "precomputed"):
            raise BadInput(f"metric: 'euclidean' or 'precomputed' is needed, not {self.metric!r}.")
        if self.complex in ("distances", "correlation"):
            raise BadInput(f"complex: 'rips' with metric='precomputed' is needed, not {self.complex!r}.")
        if self.metric == "euclidean":
            return as_points(X)
        if self.complex != "rips":
            raise BadInput(f"complex: {self.complex!r} needs points; of distances (metric='precomputed') take 'rips'.")
        return distances(X)

    def _diagram(self, X) -> Diagram:
        complex = "distances" if self.metric == "precomputed" else self.complex
        options = dict(self.options or {})
        return persistence(X, complex, self.max_dimension, self.limit, self.field, self.engine, **options)


class LazyWitnessPersistence(_OfClouds):
    """Persistence of a lazy witness complex: many points, seen from few landmarks (de Silva & Carlsson 2004).

    Parameters
    ----------
    landmarks : int
        How many at most; of n different points never more than n - 1, since the landmarks may not be all of them.
    nu : int
        0, 1, 2, ...: which nearest landmark of a witness is subtracted.
    range_share : float
        The filtration goes up to this share of the covering radius of the landmarks.
    max_dimension : int
        The highest dimension of homology.
    field : int
        A prime p: homology over Z/p.
    seed : int
        Of the first landmark.
    selection : {"maxmin", "random"}
        Of the landmarks.
    engine : str
        See `persistence`.
    collection : bool
        True for many clouds: see `Persistence`.

    Attributes
    ----------
    diagram_ : Diagram
        Of a single cloud.
    landmarks_ : ndarray of int, of shape (landmarks,)
        Their rows in a single cloud.
    covering_radius_ : float
        The largest distance from a point of a single cloud to its nearest landmark.
    n_clouds_ : int
        Of a collection.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.topology import LazyWitnessPersistence
    >>> angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> witness = LazyWitnessPersistence(landmarks=20, range_share=1.0).fit(circle)
    >>> [len(bars) for bars in witness.diagram_.bars]
    [19, 1]
    """

    def __init__(
        self,
        landmarks: int = 50,
        nu: int = 1,
        range_share: float = 0.25,
        max_dimension: int = 1,
        field: int = 2,
        seed: int = 0,
        selection: str = "maxmin",
        engine: str = "ripser",
        collection: bool = False,
    ):
        self.landmarks = landmarks
        self.nu = nu
        self.range_share = range_share
        self.max_dimension = max_dimension
        self.field = field
        self.seed = seed
        self.selection = selection
        self.engine = engine
        self.collection = collection

    def _check(self, X) -> np.ndarray:
        points = as_points(X)
        if len(points) == 1:
            raise BadInput("points: 1 sample, but landmarks and a witness beside them need at least 2.")
        return points

    def _run(self, points):
        distinct = len(np.unique(points, axis=0))
        if distinct < 2:
            raise BadInput(f"points: all {len(points)} are the same; landmarks and a witness beside them need 2.")
        count = min(as_integer(self.landmarks, "landmarks", 1), distinct - 1)
        return lazy_witness_persistence(
            points, count, self.nu, self.range_share, self.max_dimension, (self.field,), self.seed, self.selection,
            self.engine,
        )  # fmt: skip

    def _diagram(self, X) -> Diagram:
        return self._run(X).diagrams[self.field]

    def _measure(self, X) -> None:
        run = self._run(X)
        self.diagram_, self.landmarks_ = run.diagrams[self.field], run.landmarks
        self.covering_radius_ = run.covering_radius


def _triples(diagram: Diagram) -> np.ndarray:
    """(bars, 3): births, deaths and dimensions."""
    return np.concatenate([np.insert(bars, 2, dimension, axis=1) for dimension, bars in enumerate(diagram.bars)])


def _padded(diagrams: list[Diagram]) -> np.ndarray:
    """(diagrams, bars, 3): triples of each, as many in a dimension as the largest diagram has there."""
    columns = []
    for dimension, parts in enumerate(zip(*(diagram.bars for diagram in diagrams), strict=True)):
        least = min((float(bars[:, 0].min()) for bars in parts if len(bars)), default=0.0)
        column = np.full((len(parts), max(map(len, parts)), 3), [least, least, dimension], dtype=np.float64)
        for place, bars in enumerate(parts):
            column[place, : len(bars), :2] = bars
        columns.append(column)
    return np.concatenate(columns, axis=1)


def _listed(X) -> Sequence:
    """The clouds of a collection, or BadInput for what is none."""
    if isinstance(X, np.ndarray) and X.ndim not in (1, 3) or not isinstance(X, np.ndarray | list | tuple):
        shape = f"an array of shape {X.shape}" if isinstance(X, np.ndarray) else f"a {type(X).__name__}"
        raise BadInput(
            "collection: a list of clouds, or an array of shape (clouds, points, coordinates), is needed, not "
            f"{shape}; [X] is a collection of one."
        )
    if not len(X):
        raise BadInput("collection: at least one cloud is needed.")
    return X

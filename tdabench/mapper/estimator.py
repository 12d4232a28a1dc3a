"""Mapper as a scikit-learn estimator."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils.validation import check_is_fitted

from tdabench import estimator_input
from tdabench.errors import BadInput
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.cover import Cover
from tdabench.mapper.engines import mapper_graph
from tdabench.mapper.lens import lens_values
from tdabench.validation import as_points, as_square


class Mapper(estimator_input.WithMetric, TransformerMixin, BaseEstimator):
    """Mapper (Singh, Memoli & Carlsson 2007), by default with Python Mapper's parameters.

    Parameters
    ----------
    lens : str, mapping, callable, array-like, or list of these
        See `lens_values`.
    cover : Cover, optional
        By default 15 intervals with an overlap of 50 %.
    clusterer : estimator, optional
        Any of scikit-learn's; by default single linkage, cut at the first gap of 10 % of the diameter.
    metric : str
        Of the lens, the default clusterer and `transform`; "precomputed" for distances in place of points, which the
        clusterer must expect, too.
    engine : {"tdabench", "kmapper", "gudhi"}
        Who computes the graph.
    max_dimension : int
        Of the simplices; 1 makes a graph.
    smallest_fibre : int
        Fibres of fewer points are passed over.

    Attributes
    ----------
    graph_ : MapperGraph
    lens_ : ndarray of shape (n, m)
        The values of the lens.
    cover_ : Cover
        Fitted to them.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.mapper import Cover, Mapper, ThresholdComponents
    >>> angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    >>> circle = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> mapper = Mapper({"name": "coordinates", "columns": 1}, Cover(5, 0.3), ThresholdComponents(0.3)).fit(circle)
    >>> mapper.graph_.betti_numbers()
    (1, 1)
    >>> mapper.transform([[0.0, 1.1], [1.0, 0.0]]).toarray().sum(axis=1).tolist()  # the first is above the cover
    [0, 1]
    """

    def __init__(
        self,
        lens="eccentricity",
        cover: Cover | None = None,
        clusterer=None,
        metric: str = "euclidean",
        engine: str = "tdabench",
        max_dimension: int = 1,
        smallest_fibre: int = 1,
    ):
        self.lens = lens
        self.cover = cover
        self.clusterer = clusterer
        self.metric = metric
        self.engine = engine
        self.max_dimension = max_dimension
        self.smallest_fibre = smallest_fibre

    def fit(self, X, y=None) -> "Mapper":
        """Compute the graph.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points, or distances (n, n) with metric="precomputed".
        y : None
            Not used.

        Returns
        -------
        Mapper
            Itself.

        Raises
        ------
        BadInput
            As `mapper_graph` and `lens_values` do.
        """
        square = self.metric == "precomputed"
        X = estimator_input.checked(self, X, (lambda given: as_square(given, "distances")) if square else as_points)
        cover = Cover(intervals=15, overlap=0.5) if self.cover is None else clone(self.cover)
        default = CutLinkage(relative_to="diameter", metric=self.metric)
        clusterer = default if self.clusterer is None else clone(self.clusterer, safe=False)
        self.lens_ = lens_values(self.lens, X, metric=self.metric)
        self.cover_ = cover.fit(self.lens_)
        self.graph_ = mapper_graph(
            X, self.lens_, cover, clusterer, self.engine, self.metric, self.max_dimension, self.smallest_fibre
        )
        self._fitted = X
        return self

    def fit_transform(self, X, y=None) -> csr_array:
        """Fit, and say which nodes hold each point.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points, or distances (n, n) with metric="precomputed".
        y : None
            Not used.

        Returns
        -------
        csr_array of bool, of shape (n, nodes)
        """
        return self.fit(X).graph_.membership.T.tocsr()

    def transform(self, X) -> csr_array:
        """Assign rows to the nodes of the fitted graph.

        A row that was fitted has the nodes that it has in the graph. For a new one the lens is evaluated; in each
        element of the cover that holds its value, it joins the node of the nearest fitted point there, or none where
        that point is noise or no point was fitted there.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points, or their distances (m, n) to the fitted ones with metric="precomputed".

        Returns
        -------
        csr_array of bool, of shape (m, nodes)

        Raises
        ------
        BadInput
            For new rows where the lens has no values for them: values that were passed as they are, eigenvectors, UMAP,
            and functions that look at all points together.
        """
        check_is_fitted(self)
        X = estimator_input.checked(self, X, as_points, reset=False)
        same = self._same_rows(X)
        old, new = np.flatnonzero(same >= 0), np.flatnonzero(same < 0)
        holding = self.graph_.membership.T.tocsr()[same[old]].tocoo()
        rows, nodes = [old[holding.row]], [holding.col]
        if len(new):
            more = self._nodes_of(X[new])
            rows.append(new[more[:, 0]])
            nodes.append(more[:, 1])
        places = np.concatenate(rows), np.concatenate(nodes)
        return csr_array((np.ones(len(places[0]), dtype=bool), places), shape=(len(X), self.graph_.nodes))

    def _same_rows(self, X) -> np.ndarray:
        """For each row the fitted one that it equals, -1 for a new one."""
        if self.metric == "precomputed":
            nearest = X.argmin(axis=1)
            return np.where(X[np.arange(len(X)), nearest] == 0, nearest, -1)
        place = {(row + 0.0).tobytes(): at for at, row in reversed(list(enumerate(self._fitted)))}  # -0.0 is 0.0
        return np.array([place.get((row + 0.0).tobytes(), -1) for row in X])

    def _nodes_of(self, X) -> np.ndarray:
        """Pairs (row, node) of new rows."""
        intervals = self.cover_.intervals_
        fitted = intervals.fibres(self.lens_)
        fibre_of = {tuple(cube): fitted[place] for place, cube in enumerate(fitted.cubes.tolist())}
        nodes_in: dict[tuple, list[int]] = {}
        for node, cube in enumerate(self.graph_.cubes.tolist()):
            nodes_in.setdefault(tuple(cube), []).append(node)
        try:
            values = lens_values(self.lens, self._fitted, self.metric, rows=X)
        except BadInput as error:
            raise BadInput(f"Mapper.transform: {error}") from None
        fibres, pairs = intervals.fibres(values), [np.zeros((0, 2), dtype=int)]
        for place, cube in enumerate(map(tuple, fibres.cubes.tolist())):
            if cube not in nodes_in:
                continue
            node_of = np.full(self.graph_.points, -1)
            for node in nodes_in[cube]:
                node_of[self.graph_.members(node)] = node
            rows, points = fibres[place], fibre_of[cube]
            if self.metric == "precomputed":
                nearest = X[np.ix_(rows, points)].argmin(axis=1)
            else:
                nearest = pairwise_distances_argmin(X[rows], self._fitted[points], metric=self.metric)
            nodes = node_of[points[nearest]]
            pairs.append(np.column_stack([rows, nodes])[nodes >= 0])
        return np.concatenate(pairs)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # memberships are bool, whatever the points are
        return tags

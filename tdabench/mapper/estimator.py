"""Mapper as a scikit-learn estimator."""

from sklearn.base import BaseEstimator, TransformerMixin

from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.cover import Cover
from tdabench.mapper.engines import mapper_graph
from tdabench.mapper.lens import lens_values
from tdabench.validation import as_points, as_square


class Mapper(TransformerMixin, BaseEstimator):
    """Mapper (Singh, Memoli, Carlsson 2007) with Python Mapper's defaults: 15 intervals, 50 % overlap, single linkage
    cut at the first gap of 10 %.

    lens: see tdabench.mapper.lens.lens_values (a name, a mapping with name and parameters, a function, values, or a
    list of these); cover: Cover; clusterer: any of scikit-learn's; metric: "euclidean", or "precomputed" for a distance
    matrix; engine, max_dimension, smallest_fibre: see tdabench.mapper.engines.

    After fit: graph_ (MapperGraph), lens_ (n, m).
    """

    def __init__(
        self,
        lens="eccentricity",
        cover=None,
        clusterer=None,
        metric="euclidean",
        engine="tdabench",
        max_dimension=1,
        smallest_fibre=1,
    ):
        self.lens = lens
        self.cover = cover
        self.clusterer = clusterer
        self.metric = metric
        self.engine = engine
        self.max_dimension = max_dimension
        self.smallest_fibre = smallest_fibre

    def fit(self, X, y=None):
        """X: points (n, d), or distances (n, n) with metric="precomputed"."""
        X = as_square(X, "distances") if self.metric == "precomputed" else as_points(X)
        inner = "precomputed" if self.metric == "precomputed" else "euclidean"
        cover = Cover(intervals=15, overlap=0.5) if self.cover is None else self.cover
        clusterer = CutLinkage(relative_to="diameter", metric=inner) if self.clusterer is None else self.clusterer
        self.lens_ = lens_values(self.lens, X, metric=self.metric)
        self.graph_ = mapper_graph(
            X, self.lens_, cover, clusterer, self.engine, self.metric, self.max_dimension, self.smallest_fibre
        )
        return self

    def fit_transform(self, X, y=None):
        """Sparse bool array (points, nodes): which nodes hold each point. There is no `transform` of new points."""
        return self.fit(X).graph_.membership.T.tocsr()

    def transform(self, X):
        """Of the points fitted alone."""
        return self.graph_.membership.T.tocsr()

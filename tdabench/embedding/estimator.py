"""The embeddings as one scikit-learn estimator."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tdabench import estimator_input
from tdabench.embedding.method import fitted, methods
from tdabench.errors import BadInput
from tdabench.validation import as_integer, as_points


def _places_further_points(estimator) -> bool:
    able = [name for name, one in methods().items() if one.model]
    if estimator.method not in able:
        raise AttributeError(
            f"Embedding.transform: the method {estimator.method!r} places no further points; embed all together with "
            f"fit_transform, or take {', '.join(able)}."
        )
    return True


class Embedding(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # it would always have a transform
    """Dimension reduction by one of the methods of this package.

    Parameters
    ----------
    method : str
        A name in tdabench/embedding/methods/.
    dimensions : int
        Of the embedding.
    neighbours : int
        Of each point, for the methods that take them; of n points never more than n - 1.
    seed : int
        Of what the method draws.
    options : mapping, optional
        The method's own.

    Attributes
    ----------
    embedding_ : ndarray of shape (n, dimensions)
    embedded_ : Embedded
        The same with what else the method says; of "mapper" its graph, too.
    neighbours_ : int
        As many as were taken.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import Embedding
    >>> points = np.random.default_rng(0).normal(size=(50, 4))
    >>> embedding = Embedding("isomap", neighbours=8)
    >>> embedding.fit_transform(points).shape, embedding.transform(points[:3] + 0.01).shape
    ((50, 2), (3, 2))
    >>> hasattr(Embedding("tsne"), "transform")
    False
    """

    def __init__(
        self, method: str = "pca", dimensions: int = 2, neighbours: int = 12, seed: int = 0, options: dict | None = None
    ):
        self.method = method
        self.dimensions = dimensions
        self.neighbours = neighbours
        self.seed = seed
        self.options = options

    def fit(self, X, y=None) -> "Embedding":
        """Embed points.

        Parameters
        ----------
        X : array-like of shape (n, d)
            At least three.
        y : None
            Not used.

        Returns
        -------
        Embedding
            Itself.

        Raises
        ------
        BadInput
            As `embed` does.
        """
        X = estimator_input.checked(self, X)
        if len(X) < 3:
            raise BadInput(f"points: {len(X)} sample{'s' * (len(X) > 1)}, but an embedding needs at least 3.")
        if as_integer(self.dimensions, "dimensions", 1) > X.shape[1]:
            raise BadInput(f"dimensions: {self.dimensions} are asked for, but the points have {X.shape[1]} feature(s).")
        self.neighbours_ = min(as_integer(self.neighbours, "neighbours", 1), len(X) - 1)
        options = dict(self.options or {})
        self.embedded_, self._model = fitted(self.method, X, self.dimensions, self.neighbours_, self.seed, **options)
        self.embedding_ = self.embedded_.coordinates
        return self

    def fit_transform(self, X, y=None) -> np.ndarray:
        """Embed points, and return where they are.

        Parameters
        ----------
        X : array-like of shape (n, d)
            At least three.
        y : None
            Not used.

        Returns
        -------
        ndarray of shape (n, dimensions)
        """
        return self.fit(X).embedding_

    @available_if(_places_further_points)
    def transform(self, X) -> np.ndarray:
        """Place further points in the embedding, each by itself; only methods that can do so have it.

        Parameters
        ----------
        X : array-like of shape (m, d)

        Returns
        -------
        ndarray of shape (m, dimensions)
        """
        check_is_fitted(self)
        X = estimator_input.checked(self, X, as_points, reset=False)
        return np.asarray(self._model.transform(X), dtype=np.float64)

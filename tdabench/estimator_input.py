"""The border of every estimator: tdabench's checks, and what scikit-learn wants to remember of its input."""

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from tdabench.errors import BadInput
from tdabench.validation import as_points


class WithMetric:
    """An estimator whose `metric` may be "precomputed": then scikit-learn passes it distances between all rows."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = tags.input_tags.positive_only = self.metric == "precomputed"
        return tags


def checked(estimator: BaseEstimator, X, check: Callable = as_points, reset: bool = True) -> np.ndarray:
    """Check the input of an estimator.

    Parameters
    ----------
    estimator : BaseEstimator
        It is given `n_features_in_`, and `feature_names_in_` where the columns have names.
    X : array-like of shape (n, d)
        As the user passed it.
    check : callable
        Makes a float64 array of X, or raises BadInput: `as_points`, or a check of distances.
    reset : bool
        True in `fit`; False in `transform`, where the columns must be those that were fitted.

    Returns
    -------
    ndarray of shape (n, d)

    Raises
    ------
    BadInput
        For what cannot be used, and for other columns than those that were fitted.
    """
    array = check(X)
    try:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    except ValueError as error:
        raise BadInput(" ".join(str(error).split())) from None
    return array

"""The methods: every file in tdabench/embedding/methods/, found without a list.

To add one, add a file there:

    '''Its name in words. Its paper. Whose implementation.'''
    TITLE = "LLE"                       # as it stands in tables
    PACKAGE = "pacmap"                  # of an optional method: left out where it is not installed
    RETRIES = {"dense solver": {...}}   # what its documentation says to do when it fails: name -> options
    WARM_UP = 200                       # rows that a warm-up takes, so that all that is compiled has been
    def embed(points, dimensions, neighbours, seed, **options) -> array (n, dimensions) or Embedded

A method that can place further points, each by itself, has in place of `embed`

    def model(points, dimensions, neighbours, seed, **options) -> estimator with fit_transform and transform
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from tdabench.embedding.embedded import Embedded
from tdabench.errors import BadInput
from tdabench.validation import as_integer, as_points


@dataclass(frozen=True)
class Method:
    """One file of tdabench/embedding/methods/.

    Attributes
    ----------
    name, title : str
        Of the file, and as it stands in tables.
    source : str
        The first paragraph of its docstring.
    call : callable
        Its `embed`, or its `model`.
    model : bool
        Whether that is a `model`, which can place further points.
    retries : dict of str to dict
        What its documentation says to do when it fails: name -> options.
    warm_up : int
        Rows that a warm-up takes.
    package : str
        Of an optional method, else "".

    Examples
    --------
    >>> from tdabench.embedding.method import method
    >>> method("tsne").title
    't-SNE'
    """

    name: str
    title: str
    source: str
    call: Callable
    model: bool
    retries: dict[str, dict]
    warm_up: int
    package: str

    @property
    def installed(self) -> bool:
        return not self.package or find_spec(self.package) is not None


def methods() -> dict[str, Method]:
    """All methods by name, those that are not installed among them."""
    from tdabench.embedding import methods as folder  # the package, not this function

    return {name: _read(name) for _, name, _ in sorted(pkgutil.iter_modules(folder.__path__), key=lambda e: e.name)}


def method(name: str) -> Method:
    """One method. BadInput when there is none of that name, or its package is not installed."""
    known = methods()
    if name not in known:
        raise BadInput(f"method: there is no {name!r}; there are: {', '.join(known)}.")
    if not known[name].installed:
        raise BadInput(f"method: {name} needs the package {known[name].package}, which is not installed.")
    return known[name]


def embed(name: str, points, dimensions: int = 2, neighbours: int = 12, seed: int = 0, **options) -> Embedded:
    """Embed points by a method.

    Parameters
    ----------
    name : str
        Of a file in tdabench/embedding/methods/, where its source stands.
    points : array-like of shape (n, d)
        At least three.
    dimensions : int
        Of the embedding, at most d.
    neighbours : int
        Of each point, for the methods that take them; below n.
    seed : int
        Of what the method draws.
    **options
        The method's own.

    Returns
    -------
    Embedded
        Coordinates, or a Mapper graph.

    Raises
    ------
    BadInput
        For an unknown or missing method, and for points and numbers that cannot be used. Errors of the libraries come
        through as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from tdabench.embedding import embed
    >>> embed("pca", np.random.default_rng(0).normal(size=(50, 4))).coordinates.shape
    (50, 2)
    """
    return fitted(name, points, dimensions, neighbours, seed, **options)[0]


def fitted(name: str, points, dimensions: int, neighbours: int, seed: int, **options) -> tuple[Embedded, object]:
    """As `embed`, and the fitted estimator of the library that can place further points, None where there is none."""
    points = as_points(points, at_least=3)
    dimensions, neighbours = as_integer(dimensions, "dimensions"), as_integer(neighbours, "neighbours")
    if not 1 <= dimensions <= points.shape[1]:
        raise BadInput(f"dimensions: 1 to {points.shape[1]}, the number of columns, not {dimensions}.")
    if not 1 <= neighbours < len(points):
        raise BadInput(
            f"neighbours: {neighbours} of each of {len(points)} points are asked for; take 1 to {len(points) - 1}, or "
            "more points."
        )
    one = method(name)
    made = one.call(points, dimensions, neighbours, seed, **options)
    model, found = (made, made.fit_transform(points)) if one.model else (None, made)
    embedded = found if isinstance(found, Embedded) else Embedded(np.asarray(found, dtype=np.float64))
    if not np.isfinite(embedded.coordinates).all():
        raise BadInput(f"{name}: its coordinates are not finite.")
    return embedded, model


def _read(name: str) -> Method:
    module = importlib.import_module(f"tdabench.embedding.methods.{name}")
    source = " ".join(module.__doc__.strip().split("\n\n")[0].split())
    options = {key.lower(): getattr(module, key, default)
               for key, default in (("RETRIES", {}), ("WARM_UP", 200), ("PACKAGE", ""))}  # fmt: skip
    model = hasattr(module, "model")
    return Method(name, module.TITLE, source, module.model if model else module.embed, model, **options)

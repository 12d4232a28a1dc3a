"""Banks of fixed linear filters for a first layer: circle, Klein bottle, and controls.

Coordinates are those of patches: x to the right, y upwards, both from -1 to 1 over the window. Gabrielsson & Carlsson
(arXiv 1810.03234) take f_theta = x cos theta + y sin theta at the pixels. Love, Filippenko, Maroulas & Carlsson (JMLR
24(59), 2023, section 3) take integrals over the pixels of

    F_K(t1, t2) = sin(t2) u + cos(t2) (2 u^2 - 1),   u = x cos t1 + y sin t1,

where (t1 + pi, -t2) is the same filter as (t1, t2), and t2 = pi/2 gives the circle: F_S1(t) = u.
"""

import numpy as np

from tdabench.errors import BadInput
from tdabench.validation import as_floats

CIRCLE_NORM = 6**0.5  # Euclidean norm of f_theta over the nine pixels, the same at every angle


def angles(n: int) -> np.ndarray:
    """The angles of n circle features: 2 pi i / n for i = 0 .. n - 1, in radians. (n,)."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise BadInput(f"angles: a whole number from 1 on is needed, not {n!r}.")
    return 2 * np.pi * np.arange(n) / n


def klein_angles(n: int) -> np.ndarray:
    """The angles of n Klein features: a sqrt(n) x sqrt(n) grid, t1 in [0, pi), t2 in [0, 2 pi), radians. (n, 2)."""
    side = round(n**0.5) if isinstance(n, int | np.integer) and n > 0 else 0
    if not side or side**2 != n:
        raise BadInput(f"Klein features: a square number of them is needed, such as 64, not {n!r}.")
    t1, t2 = np.meshgrid(np.pi * np.arange(side) / side, 2 * np.pi * np.arange(side) / side, indexing="ij")
    return np.stack([t1.ravel(), t2.ravel()], axis=1)


def circle(n: int = 16, norm: float = CIRCLE_NORM) -> np.ndarray:
    """Circle features: f_theta = x cos theta + y sin theta at the nine pixels, for n equal steps of theta.

    They all lie in the plane spanned by those at 0 and 90 degrees.

    Parameters
    ----------
    n
        Number of filters.
    norm
        Euclidean norm of each filter; by the formula it is sqrt 6.

    Returns
    -------
    array, (n, 3, 3)
    """
    x, y = np.meshgrid([-1.0, 0.0, 1.0], [1.0, 0.0, -1.0])
    filters = np.cos(angles(n))[:, None, None] * x + np.sin(angles(n))[:, None, None] * y
    return filters * (norm / CIRCLE_NORM)


def integrated(t1, t2, size: int = 3) -> np.ndarray:
    """Integrals of F_K(t1, t2) over the size x size cells of [-1, 1]^2.

    Gauss-Legendre quadrature with two nodes along each side of a cell is exact, since F_K has degree 2.

    Parameters
    ----------
    t1, t2
        Angles in radians, (n,) or broadcastable.
    size
        Cells along a side.

    Returns
    -------
    array, (n, size, size)
    """
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise BadInput(f"size: a whole number from 1 on is needed, not {size!r}.")
    t1, t2 = _pairs(t1, t2)
    centres = (2 * np.arange(size) + 1) / size - 1
    places = (centres[:, None] + np.array([-1, 1]) / (size * 3**0.5)).ravel()  # each of weight 1 / size
    x, y = np.meshgrid(places, -places)
    u = np.multiply.outer(np.cos(t1), x) + np.multiply.outer(np.sin(t1), y)
    values = np.sin(t2)[..., None, None] * u + np.cos(t2)[..., None, None] * (2 * u**2 - 1)
    return values.reshape(*t1.shape, size, 2, size, 2).sum(axis=(-3, -1)) / size**2


def exact(t1, t2) -> np.ndarray:
    """`integrated` for 3x3 cells, in closed form. t1, t2: (n,) in radians -> (n, 3, 3).

    K[i, j] = (8/27) s sin t2 + ((32/81) s^2 - 100/243) cos t2 with s = i cos t1 + j sin t1 and i, j in {-1, 0, 1}.
    The entries of a filter sum to -(4/3) cos t2.
    """
    t1, t2 = _pairs(t1, t2)
    i, j = np.meshgrid([-1.0, 0.0, 1.0], [1.0, 0.0, -1.0])
    s = np.multiply.outer(np.cos(t1), i) + np.multiply.outer(np.sin(t1), j)
    return 8 / 27 * s * np.sin(t2)[..., None, None] + (32 / 81 * s**2 - 100 / 243) * np.cos(t2)[..., None, None]


def _pairs(t1, t2) -> list[np.ndarray]:
    """Both angles as finite arrays of one shape, or BadInput."""
    arrays = [as_floats(angle, "angles", "in radians") for angle in (t1, t2)]
    if not all(np.isfinite(angle).all() for angle in arrays):
        raise BadInput("angles: finite numbers, in radians, are needed.")
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError:
        raise BadInput(f"angles: as many t1 as t2 are needed, not {arrays[0].shape} and {arrays[1].shape}.") from None


def circle_integrated(n: int = 64, size: int = 3) -> np.ndarray:
    """CF: integrals of F_S1 at the angles 2 pi i / n. (n, size, size)."""
    return integrated(angles(n), np.pi / 2, size)


def klein(n: int = 64, size: int = 3) -> np.ndarray:
    """KF: integrals of F_K on the grid `klein_angles`. (n, size, size)."""
    return integrated(*klein_angles(n).T, size)


def copies(n: int = 16, norm: float = CIRCLE_NORM) -> np.ndarray:
    """Control: the pixel itself n times, each of that norm; a larger input without new information. (n, 3, 3)."""
    bank = np.zeros((n, 3, 3))
    bank[:, 1, 1] = norm
    return bank


def two_edges(norm: float = CIRCLE_NORM * 8**0.5) -> np.ndarray:
    """Control: f_theta at 0 and 90 degrees, each of that norm; by default in all as large as the sixteen. (2, 3, 3)."""
    return circle(4)[:2] * norm / CIRCLE_NORM


def gaussian(n: int = 16, norm: float = CIRCLE_NORM, zero_mean: bool = False, seed: int = 0) -> np.ndarray:
    """Control: independent Gaussian weights, each filter of that norm. zero_mean: subtract its mean. (n, 3, 3)."""
    bank = np.random.default_rng([seed, 9]).standard_normal((n, 3, 3))
    if zero_mean:
        bank -= bank.mean(axis=(1, 2), keepdims=True)
    return bank * norm / np.linalg.norm(bank, axis=(1, 2), keepdims=True)


BANKS = {
    "circle": circle, "circle_integrated": circle_integrated, "klein": klein, "copies": copies,
    "two_edges": two_edges, "gaussian": gaussian,
}  # fmt: skip


def bank(name: str, **parameters) -> np.ndarray:
    """The filters of a bank, (m, size, size). name: a key of BANKS; parameters: of that function."""
    if name not in BANKS:
        raise BadInput(f"filters: one of {', '.join(BANKS)} is needed, not {name!r}.")
    try:
        return BANKS[name](**parameters)
    except TypeError as error:
        raise BadInput(f"filters {name}: {error}.") from error

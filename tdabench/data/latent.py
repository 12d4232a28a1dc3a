"""Generated tables of latent factors, of any size. Whatever is measured on them is measured on generated data."""

import numpy as np


def latent_table(rows: int, columns: int = 50, factors: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) float64, and the group of each row, 0 to factors - 1.

    A row has one score a factor, standard normal, and 2 more of the factor that is its group's; the columns mix the
    scores by random loadings of variance 1 / factors, and bear noise of standard deviation 0.3.
    """
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(factors, columns)) / np.sqrt(factors)
    groups = random.integers(factors, size=rows)
    scores = random.normal(size=(rows, factors))
    scores[np.arange(rows), groups] += 2
    return scores @ loadings + 0.3 * random.normal(size=(rows, columns)), groups

"""The published answers on the published files, 20 seeds: what the whole suite hangs on, in a few seconds."""

import numpy as np
import pytest

from tdabench.data.catalogue import dataset
from tdabench.errors import DataMissing
from tdabench.patches.klein import klein_grid
from tdabench.topology import lazy_witness_persistence
from tdabench.topology.betti import most_read, run_shares


@pytest.fixture(scope="module")
def published():
    try:
        return dataset("natural_patches").load()
    except DataMissing as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("name", "vector", "lowest_run", "median_run", "mean_radius"),
    [("nk300c30Dct", "1,1", 0.8, 0.94, 0.600), ("nk15c30Dct", "1,5", 0.5, 0.82, 0.645)],
)
def test_primary_circle_and_three_circles(published, name, vector, lowest_run, median_run, mean_radius):
    runs = [lazy_witness_persistence(published[name], seed=seed) for seed in range(20)]
    shares = [run_shares(run.curves[2]) for run in runs]
    read, seeds, median = most_read(shares)
    assert (read, seeds) == (vector, 20)
    assert min(share[vector] for share in shares) > lowest_run
    assert median == pytest.approx(median_run, abs=0.06)
    assert np.mean([run.covering_radius for run in runs]) == pytest.approx(mean_radius, abs=0.006)


def test_the_ideal_klein_bottle_over_two_fields():
    _, points = klein_grid(60, 120)
    runs = [
        lazy_witness_persistence(points, 120, range_share=0.5, max_dimension=2, fields=(2, 3), seed=seed)
        for seed in range(5)
    ]
    for field, vector in ((2, "1,2,1"), (3, "1,1,0")):
        read, seeds, median = most_read([run_shares(run.curves[field]) for run in runs])
        assert (read, seeds) == (vector, 5)
        assert median > 0.4
    assert np.mean([run.covering_radius for run in runs]) == pytest.approx(0.355, abs=0.02)

"""The workbench: where a reproduction keeps what goes on from job to job."""

import pytest

from tdabench import paths
from tdabench.jobs.bench import Bench


@pytest.mark.parametrize("own", [True, False])
def test_the_store_is_the_records_unless_another_is_given(tmp_path, own):
    bench = Bench(tmp_path, 1, tmp_path / "own") if own else Bench(tmp_path, 1)
    assert bench.store == (tmp_path / "own" if own else paths.RECORD / "store")

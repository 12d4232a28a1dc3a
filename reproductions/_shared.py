"""What several reproductions share: a run too small to judge claims, numbers of tables, raw output of witness runs."""

import numpy as np
from omegaconf import OmegaConf

from tdabench.claims.judge import looked_at
from tdabench.claims.measurements import NOT_RUN, fill


def withheld(config, measured: dict | None = None) -> dict:
    """What has been measured, and all else that the claims of a page look at as not run: for a run too small to judge
    them, instead of the work."""
    measurements = {} if measured is None else measured
    reason = "this run is too small to judge it: take profile=paper"
    for claim in OmegaConf.to_container(config.claims, resolve=True):
        for path in sorted(looked_at(claim)):
            fill(measurements, path, {NOT_RUN: reason})
    return measurements


def rounded(rows: list[dict], digits: int = 4) -> list[dict]:
    """Rows of a table with their floats to a few significant digits."""
    return [{key: float(f"{value:.{digits}g}") if isinstance(value, float) else value for key, value in row.items()}
            for row in rows]  # fmt: skip


def keep_runs(bench, name: str, runs) -> None:
    """Raw output of several WitnessRuns: landmark rows, covering radii, diagrams and Betti curves by seed and field."""
    arrays = {"covering_radii": np.array([run.covering_radius for run in runs])}
    for seed, run in enumerate(runs):
        arrays[f"landmarks.{seed}"] = run.landmarks
        for field, diagram in run.diagrams.items():
            for dimension, bars in enumerate(diagram.bars):
                arrays[f"bars.{seed}.field{field}.dimension{dimension}"] = bars
            arrays[f"curve.{seed}.field{field}.edges"] = run.curves[field].edges
            arrays[f"curve.{seed}.field{field}.numbers"] = run.curves[field].numbers
    bench.keep(name, **arrays)

"""The workbench: all that a reproduction sees of the world around it.

A reproduction is a function `measure(config, bench)`. It reads data through `bench.data`, keeps raw output, figures and
tables through `bench`, and returns its measurements: a nested mapping (see tdabench.claims.measurements) whose names at
the top stand in its source.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import psutil

from tdabench import paths
from tdabench.data.catalogue import dataset
from tdabench.errors import DataMissing
from tdabench.processes import progress, series


class Bench:
    """Writes into one folder: raw/*.npz, figures/*.png, tables/*.json. store: a folder kept from job to job, for what
    takes hours and is gone on with, such as networks in training. memory_bytes: what the job may take."""

    def __init__(self, folder: Path, threads: int, store: Path | None = None, memory_bytes: float = math.inf):
        self.folder = folder
        self.threads = threads
        self.memory_bytes = memory_bytes
        self.store = store or paths.RECORD / "store"

    def memory_left(self) -> float:
        """Bytes that this process may still take: on Linux the kernel counts its data, elsewhere what is resident."""
        held = psutil.Process().memory_info()
        return self.memory_bytes - getattr(held, "data", held.rss)

    def data(self, name: str) -> dict[str, np.ndarray]:
        """Arrays of a data set of the catalogue, verified. DataMissing when it is not here."""
        return dataset(name).load()

    def files(self, name: str) -> list[Path]:
        """Files of a data set of the catalogue, verified, for what is too large to be read at once. DataMissing."""
        return dataset(name).locate()

    def data_or_reason(self, name: str) -> tuple[dict | None, str]:
        """Arrays of a data set, or None and why not: for reproductions that go on without it."""
        try:
            return self.data(name), ""
        except DataMissing as error:
            return None, str(error)

    def keep(self, name: str, **arrays) -> None:
        """Raw output: arrays under raw/NAME.npz, so that measurements can be recomputed without a run."""
        np.savez_compressed(self._place("raw", f"{name}.npz"), **arrays)

    def keep_mapper(self, name: str, mapper) -> None:
        """A tdabench.mapper.saved.KeptMapper, a graph with its table, under raw/: `tdabench explore` opens it."""
        self.keep(f"{mapper.prefix}{name}", **mapper.arrays())

    def figure(self, name: str, figure, caption: str) -> None:
        """A matplotlib figure and the sentence that says what it shows."""
        figure.savefig(self._place("figures", f"{name}.png"), dpi=110, metadata={"Software": None})
        figure.clear()
        (self.folder / "figures" / f"{name}.txt").write_text(caption)

    def table(self, name: str, title: str, rows: list[dict]) -> None:
        """A table for the report: rows with the same keys; the keys are the column heads."""
        self._place("tables", f"{name}.json").write_text(json.dumps({"title": title, "rows": plain(rows)}))

    def progress(self, text: str) -> None:
        """One line on the terminal and in the job's log."""
        print(f"    {text}", file=sys.stderr, flush=True)

    def series(self, name: str, **about) -> series.Series:
        """A series of numbers, such as a learning curve, that is seen while the job runs; about: its parameters."""
        return series.begin(name, plain(about))

    def steps(self, items, what: str, total: int | None = None):
        """The items, with a line of progress every few seconds: "X(300,30), seeds: 3 of 20, 0:12, about 1:08 left"."""
        return progress.steps(items, what, self.progress, total)

    def _place(self, kind: str, name: str) -> Path:
        place = self.folder / kind / name
        place.parent.mkdir(exist_ok=True)
        return place


def plain(value):
    """Numbers, texts, lists and mappings as JSON has them; NumPy's numbers become Python's; else TypeError."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    value = value.item() if hasattr(value, "item") else value
    if not (value is None or isinstance(value, str | int | float)):
        raise TypeError(f"a measurement must be made of numbers, texts, lists and mappings, not {type(value).__name__}")
    return value

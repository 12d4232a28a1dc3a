"""Numbers that a job writes down while it works, such as learning curves, for whoever watches it: one file a series.

The folder is named by a variable of the environment, so that every process which the job starts can write into it;
without that nothing is written. Each line of a file is one JSON mapping: first `name` and `about`, then for each step
`step`, `time` (seconds since 1970) and `values`, and at the end `end`, empty or the reason why the series stops early.
"""

import contextlib
import json
import os
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

VARIABLE = "TDABENCH_SERIES"
FOLDER = "series"  # in the folder of a job


@dataclass(frozen=True)
class Series:
    """One series being written; one without a file goes nowhere."""

    file: Path | None = None

    def add(self, step: int, **values: float) -> None:
        """Write down the values of one step."""
        self._write({"step": int(step), "time": time.time(), "values": {key: float(of) for key, of in values.items()}})

    def end(self, reason: str = "", weights: Path | None = None, **values: float) -> None:
        """Say that nothing more comes.

        Parameters
        ----------
        reason : str
            Why the series stops early; empty for one that is complete.
        weights : Path, optional
            A file of safetensors with what was trained.
        **values : float
            Numbers of the end.
        """
        entry = {"end": reason, "values": {key: float(of) for key, of in values.items()}}
        self._write(entry | ({"weights": str(weights)} if weights else {}))

    def _write(self, entry: dict) -> None:
        if self.file:
            # A full disk shall not cost the job its work; the job's result says that it was full.
            with contextlib.suppress(OSError), open(self.file, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def begin(name: str, about: dict) -> Series:
    """Begin a series.

    Parameters
    ----------
    name : str
        What it is called where it is shown.
    about : dict
        Parameters, as JSON can hold them. With the name they tell it from every other series of the job.

    Returns
    -------
    Series
        One that goes nowhere when nobody watches, or when this job has written the same series before.
    """
    place = os.environ.get(VARIABLE)
    if not place:
        return Series()
    head = json.dumps({"name": name, "about": about})
    file = Path(place) / f"{sha256(head.encode()).hexdigest()[:16]}.jsonl"
    try:
        file.parent.mkdir(exist_ok=True)
        with open(file, "x", encoding="utf-8") as opened:
            opened.write(head + "\n")
    except OSError:  # it is there, or nothing can be written
        return Series()
    return Series(file)

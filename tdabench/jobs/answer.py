"""What comes back from the process that measures."""

from dataclasses import dataclass
from typing import Any

from tdabench.structure import if_any


@dataclass
class Answer:
    """How a job has ended, and what it came to."""

    status: str
    """finished, failed or not run."""
    reason: str
    """Why it is not finished; else empty."""
    measurements: dict[str, Any] | None = if_any()
    """Name -> number, text, list or mapping; None unless it is finished."""
    wall_s: float | None = None
    """Seconds from start to end; None when it was not started."""
    peak_rss_mib: float | None = None
    """The most memory that it held, in MiB; None when that is not known."""
    environment: dict[str, Any] | None = if_any()
    """Package -> version, and cpu, cores, threads; None when it ended before it could tell."""

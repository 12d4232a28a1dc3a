"""A recorded job and its rows: what job.json and reference/ hold, with one reader and one writer."""

from dataclasses import dataclass, field
from typing import Any

from tdabench.claims.judge import Verdict
from tdabench.structure import if_any, in_memory, read, write


@dataclass(kw_only=True)
class Row(Verdict):
    """A verdict and what it rests on."""

    reproduction: str
    """The reproduction that measured it."""
    seeds: int | None
    """Number of seeds; null where nothing was run."""
    profile: str | None
    """The profile of the run; null where nothing was run."""
    data: str
    """Data sets with the first digits of their SHA-256, "generated", or empty where nothing was run."""
    wall_s: float | None
    """Seconds that the whole job took."""
    peak_rss_mib: float | None
    """The most memory that the whole job held, in MiB."""
    command: str
    """The command that runs the job again."""


@dataclass(kw_only=True)
class Job:
    """A job that has ended, as it is left in its folder. An older suite wrote fewer keys."""

    name: str
    """The reproduction."""
    profile: str
    """The name of the profile."""
    config: dict[str, Any]
    """The resolved configuration, without what says only how the job is run."""
    command: str
    """The command that runs it again."""
    data: dict[str, str]
    """Data set or file -> SHA-256, or why there is none (tdabench.record.origin)."""
    missing: dict[str, str] | None = if_any()
    """Data set that is not here -> how to get it."""
    question: str = if_any("")
    """A digest of the configuration and the data."""
    code: dict[str, str] | None = if_any()
    """Module that measured -> digest."""
    software: dict[str, str] | None = if_any()
    """Distribution that measured -> version."""
    fingerprint: str
    """A digest of question, code and software."""
    own: bool
    """Whether the data are the user's own."""
    variant: bool
    """Whether the user changed a parameter of the page."""
    commit: str = if_any("")
    """The checkout's commit, with a + when files differed from it."""
    suite: str | None = if_any("")
    """The run of its suite; None without a suite, empty in a record that knows no suites."""
    status: str
    """finished, failed or not run."""
    reason: str
    """Why it is not finished; else empty."""
    measurements: dict[str, Any] | None = if_any()
    """Name -> number, text, list or mapping; None unless it is finished."""
    wall_s: float | None = if_any()
    """Seconds from start to end."""
    peak_rss_mib: float | None = if_any()
    """The most memory that it and its processes held, in MiB."""
    environment: dict[str, Any] | None = if_any()
    """Package -> version, and cpu, cores, threads; None when it ended before it could tell."""
    id: str = if_any("")
    """Its own id, unlike that of any other job."""
    started: float | None = if_any()
    """When it was started, in seconds since 1970."""
    rows: list[Row] = field(default_factory=list)
    """One for each claim."""

    @classmethod
    def read(cls, value):
        """From what JSON holds. tdabench.structure.Misfit names the field that is missing or of another kind."""
        return read(cls, value)

    def write(self) -> dict:
        """What JSON holds."""
        return write(self)


@dataclass(kw_only=True)
class Recorded(Job):
    """A job on record, or frozen in reference/."""

    recorded: float
    """When it was recorded, in seconds since 1970."""
    files: list[str] | None = if_any()
    """Of a frozen job: its tables and figures."""
    run_id: str = in_memory("")
    """Its run of MLflow's, or its folder in reference/."""
    reference: bool = in_memory(False)
    """Whether it is a frozen one (tdabench.record.baseline)."""
    recorded_before: bool = in_memory(False)
    """Whether it was asked for again and found."""


@dataclass(frozen=True)
class Entry:
    """What the record knows of a job without opening its files; the fields are named as those of the job."""

    name: str
    profile: str
    status: str
    fingerprint: str
    question: str
    command: str
    recorded: float
    wall_s: float | None
    own: bool
    variant: bool
    run_id: str


@dataclass
class Ended:
    """How a job has ended, as it is told to whoever started it."""

    status: str
    """finished, failed, not run or refused."""
    rows: list[Row] = field(default_factory=list)
    """One for each claim."""
    missing: dict[str, str] | None = if_any()
    """Data set that is not here -> how to get it."""

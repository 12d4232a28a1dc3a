"""What MLflow shows of a recorded job, made of the job alone: numbers, parameters, tags, a name and a description.

The job itself stays in its file; nothing reads a measurement back from here. A list is a series, its step the place in
the list, which is the seed; its median stands beside it as NAME.median. Dots part the names of measurements and slashes
those of MLflow, which groups charts by them: `k300.runs` is `k300/runs`.
"""

import math
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tdabench.claims.criteria import NO_CLAIM, median
from tdabench.claims.judge import VERDICTS, statistics
from tdabench.record.mlflow_text import flat, number, plain, shown
from tdabench.text import free_name, is_number, one_line, text

NOTE = 7500  # characters of a description: MLflow keeps 8,000 of a tag
CELL = 300  # of one cell of its table
MIXED = "mixed"  # the verdict on a job whose claims have several
NAME_PART = re.compile(r"(?<!\d)\.|\.(?!\d)")  # a dot between names, not the one in 0.25
BETTI_VECTOR = re.compile(r"\d+(,\d+)*")
MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~])")


@dataclass(frozen=True)
class Point:
    """A number as MLflow keeps it: its name, its step, its value."""

    name: str
    step: int
    value: float


@dataclass(frozen=True)
class Summary:
    """All that MLflow shows of a job beside its files."""

    name: str
    points: list[Point]
    parameters: dict[str, str]
    tags: dict[str, str]
    note: str


def summary(job: dict) -> Summary:
    """Summarise a recorded job.

    Parameters
    ----------
    job : dict
        A job as its file holds it, see `tdabench.jobs.job`.

    Returns
    -------
    Summary
        Names are legal for MLflow on every platform, and no two of the job's names become one.
    """
    parameters: dict[str, str] = {}
    for key, value in flat(job["config"]).items():
        parameters[free_name(plain(key), parameters)] = shown(value, 500)
    name = run_name(job["name"], job["profile"], job["command"])
    return Summary(name, _points(job), parameters, _tags(job), _note(job))


def _points(job: dict) -> list[Point]:
    """Measurements, the number of each verdict, measured values and statistics of claims, seconds and memory."""
    verdicts = [row["verdict"] for row in job["rows"]]
    values = [((name,), value) for name, value in (job.get("measurements") or {}).items()]
    values += [(("verdicts", verdict), verdicts.count(verdict)) for verdict in dict.fromkeys([*VERDICTS, *verdicts])]
    values += [(("claims", row["id"], "measured"), _by_place(row.get("measured"))) for row in job["rows"]]
    values += _statistics(job)
    values += [((key,), job.get(key)) for key in ("wall_s", "peak_rss_mib")]
    taken: dict[str, list[Point]] = {}
    for path, value in values:
        for place, series in _series(value).items():
            name = free_name(_metric_name((*path, *place)), taken)
            taken[name] = [Point(name, step or 0, number(single)) for step, single in series]
            if series[0][0] is not None:  # of seeds
                middle = free_name(f"{name}.median", taken)
                ordered = [point.value for point in taken[name] if not math.isnan(point.value)]
                taken[middle] = [Point(middle, 0, median(ordered) if ordered else math.nan)]
    return [point for series in taken.values() for point in series]


def _series(value) -> dict[tuple, list[tuple[int | None, float]]]:
    """Place within a measurement -> pairs of seed and number; the seed of a number outside of any list is None."""
    series: dict[tuple, list[tuple[int | None, float]]] = {}
    for place, seed, single in _numbers(value, (), None):
        series.setdefault(place, []).append((seed, single))
    return series


def _numbers(value, place: tuple, seed: int | None) -> Iterator[tuple[tuple, int | None, float]]:
    if is_number(value) or isinstance(value, bool):
        yield place, seed, value
    elif isinstance(value, dict):
        for part, entry in value.items():
            yield from _numbers(entry, (*place, part), seed)
    elif isinstance(value, list) and seed is None:
        readings = _readings(value)
        for at, entry in enumerate(value):
            entry = _betti_numbers(entry, readings[at], readings) if readings else entry
            yield from _numbers(entry, place, at)
    elif isinstance(value, list):
        yield from _numbers(_by_place(value), place, seed)


def _readings(value: list) -> list[str]:
    """The longest run of each seed, where a list holds, seed by seed, Betti vectors with their shares of the range."""
    shares = [seed for seed in value if isinstance(seed, dict) and all(map(BETTI_VECTOR.fullmatch, seed))]
    return [max(seed, key=seed.get, default="") for seed in shares] if len(shares) == len(value) else []


def _betti_numbers(shares: dict[str, float], reading: str, readings: list[str]) -> dict:
    """Of one seed: the Betti numbers of its longest run, b0, b1, ..., and the shares of all vectors that are the
    longest run of any seed. The short runs beside these, hundreds of vectors, are in job.json alone."""
    betti = {f"b{dimension}": int(count) for dimension, count in enumerate(reading.split(",")) if count}
    return betti | {vector: shares.get(vector, 0.0) for vector in dict.fromkeys(readings) if vector}


def _by_place(value):
    """A list as a mapping, place -> value, for one that is no list over seeds."""
    if isinstance(value, list):
        return {str(place): _by_place(entry) for place, entry in enumerate(value)}
    return {part: _by_place(entry) for part, entry in value.items()} if isinstance(value, dict) else value


def _statistics(job: dict) -> Iterator[tuple[tuple, list[float]]]:
    """The statistic of each claim by seed, and that of each of its controls on the same scale."""
    for claim in job["config"].get("claims") or [] if job["status"] == "finished" else []:
        for control, statistic in statistics(claim, job["measurements"]).items():
            yield ("claims", claim["id"], f"control {control}" if control else "statistic"), list(statistic)


def _metric_name(path: tuple) -> str:
    return plain("/".join(NAME_PART.sub("/", str(part)) for part in path))


def _tags(job: dict) -> dict[str, str]:
    tags = {
        "tdabench.job": job["id"],
        "tdabench.reproduction": job["name"],
        "tdabench.source": job["config"].get("source", ""),
        "tdabench.profile": job["profile"],
        "tdabench.verdict": _verdict(job),
        "tdabench.fingerprint": job["fingerprint"],
        "tdabench.question": job.get("question", ""),
        "tdabench.command": job["command"],
        "tdabench.own": str(job["own"]),
        "tdabench.variant": str(job["variant"]),
        "tdabench.reason": job["reason"],
    }
    for row in job["rows"]:
        tags[free_name(f"tdabench.verdict.{plain(row['id'])}", tags)] = row["verdict"]
    return tags


def _verdict(job: dict) -> str:
    """One word for all of a job's claims: the verdict that they share, or MIXED; of one that failed, that it did."""
    if job["status"] != "finished":
        return job["status"]
    verdicts = {row["verdict"] for row in job["rows"]} - {NO_CLAIM} or {NO_CLAIM}
    return verdicts.pop() if len(verdicts) == 1 else MIXED


def run_name(name: str, profile: str, command: str) -> str:
    """The page, its profile unless it is the usual one, and what was changed on the command line."""
    words = shlex.split(command)
    changed = [word for word in words[2:] if word.split("=")[0] not in ("reproduction", "profile")]
    unusual = [] if profile == "quick" else [profile]
    return shown(" ".join([name, *unusual, *changed]), 250)


def _note(job: dict) -> str:
    """The table of verdicts in Markdown; what MLflow has no room for is counted."""
    config = job["config"]
    head = f"**{_cell(config.get('title') or job['name'])}**\n\n{_cell(config.get('source', ''))}\n\n"
    head += f"    {one_line(shown(job['command'], 1000))}\n\n"
    if job["reason"]:
        head += f"{_cell(job['status'])}: {_cell(job['reason'])}\n\n"
    lines = ["| claim | verdict | published | measured | control | what is claimed |", "|---|---|---|---|---|---|"]
    keys = ("id", "verdict", "published", "measured", "control", "says")
    rows = ["| " + " | ".join(_cell(row.get(key)) for key in keys) + " |" for row in job["rows"]]
    while rows and len(head) + sum(len(row) + 1 for row in [*lines, *rows]) > NOTE:
        rows.pop()
    left = len(job["rows"]) - len(rows)
    more = f"\n\nand {left} more claims in job.json" if left else ""
    return head + "\n".join([*lines, *rows]) + more if job["rows"] else head


def _cell(value) -> str:
    """A value as one line of Markdown that means nothing but its text."""
    said = one_line(shown(text(value), 10_000))
    said = said if len(said) <= CELL else f"{said[:CELL]}..."
    return MARKDOWN.sub(r"\\\1", said)

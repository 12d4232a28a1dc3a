"""Several methods on the same points: timed in turn, paired by round, the failed ones tried again."""

import hashlib
import inspect
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tdabench.embedding.embedded import Embedded, apart, read_embedded
from tdabench.embedding.method import method
from tdabench.embedding.timing import measure
from tdabench.errors import BadInput
from tdabench.processes.progress import clock
from tdabench.processes.timing import ERROR, Timing, WorkLimits
from tdabench.provenance import code
from tdabench.validation import as_points

VERSIONS = ("numpy", "scipy", "scikit-learn", "umap-learn", "numba", "gudhi", "ripser")
AGREE = 0.01  # up to here two outputs count as the same: see embedded.apart


@dataclass(frozen=True)
class Candidate:
    """title: its row; method: a file of tdabench/embedding/methods/; same_as: the title of the candidate whose output
    it should give, another engine's: then its time counts only if it does."""

    title: str
    method: str
    options: dict = field(default_factory=dict)
    same_as: str = ""


@dataclass
class Result:
    """A candidate and what came of it.

    measurements: one per round, in order; a single one when it failed; embedded: of the first round, None when it
    failed; reason: why there is none, else ""; of: the title of the candidate of which this is another try, else "";
    apart: from the output of candidate.same_as (see embedded.apart), None without one.
    """

    candidate: Candidate
    measurements: list[Timing]
    embedded: Embedded | None
    of: str = ""
    apart: float | None = None

    @property
    def reason(self) -> str:
        return self.measurements[0].reason

    @property
    def wall_s(self) -> list[float]:
        """Seconds by round; [] when it failed."""
        return [] if self.reason else [found.wall_s for found in self.measurements]

    @property
    def peak_mib(self) -> list[float]:
        """Peak memory of its process by round; [] when it failed."""
        return [] if self.reason else [found.peak_mib for found in self.measurements]

    @property
    def rise_mib(self) -> list[float]:
        """Peak memory above what its process held before, by round; [] when it failed."""
        return [] if self.reason else [found.rise_mib for found in self.measurements]

    @property
    def counts(self) -> bool:
        """Whether its time may be compared: it worked, and gave what it should have given."""
        return not self.reason and (self.apart is None or self.apart <= AGREE)


def candidates(names, again: str = "") -> list[Candidate]:
    """First tries of methods by name; `again`: one of them once more, as an A/A control of the timing."""
    found = [Candidate(method(name).title, name) for name in names]
    if again:
        title = method(again).title
        found.append(Candidate(f"{title}, again", again, same_as=title))
    return found


def compare(
    points,
    asked: list[Candidate],
    folder: Path,
    rounds: int = 5,
    neighbours: int = 12,
    dimensions: int = 2,
    seed: int = 0,
    limits: WorkLimits | None = None,
    report: Callable[[str], None] | None = None,
) -> dict[str, Result]:
    """Title -> Result, tries again included, in the order of the candidates.

    points: (n, d) float64. Each measurement is a process of its own (tdabench.embedding.timing); the order turns by one
    from round to round. What fails in the first round is not repeated; when it raised an error it is tried again as its
    documentation says, each try a row of its own. folder: every measurement goes there as it is made, so that an
    interrupted comparison goes on from it; `forget` removes it.
    """
    points, limits, say = as_points(points, at_least=3), limits or WorkLimits(), report or (lambda text: None)
    if rounds < 1:
        raise BadInput(f"rounds: a whole number from 1 on is needed, not {rounds}.")
    if neighbours >= len(points):
        raise BadInput(f"neighbours: {neighbours} of each of {len(points)} points; take fewer, or more points.")
    titles = [candidate.title for candidate in asked]
    if twice := {title for title in titles if titles.count(title) > 1}:
        raise BadInput(f"candidates: the title {twice.pop()!r} is there twice.")
    folder = folder / _digest(points, neighbours, dimensions, seed, limits)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "points.npy", points)

    def measured(candidate: Candidate, turn: int) -> tuple[Timing, Path]:
        place = folder / f"{_name(candidate)}.{turn}"
        output = place.with_name(f"{place.name}.npz")
        told = place.with_name(f"{place.name}.json")
        if told.exists():
            return Timing(**json.loads(told.read_text())), output
        found, _ = measure(
            folder / "points.npy", candidate.method, candidate.options, dimensions, neighbours, seed, limits, output
        )
        if turn:
            output.unlink(missing_ok=True)  # the first round's is kept
        partial = told.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(found)))
        partial.replace(told)
        spent = found.reason or f"{found.wall_s:.3g} s"
        say(f"{candidate.title}, {len(points)} points, round {turn + 1} of {rounds}: {spent}")
        return found, output

    results: dict[str, Result] = {}

    def first(candidate: Candidate, of: str = "") -> None:
        found, output = measured(candidate, 0)
        embedded = None if found.kind else read_embedded(output, found.stages or {})
        results[candidate.title] = Result(candidate, [found], embedded, of)
        if found.kind == ERROR and not of:
            for name, options in method(candidate.method).retries.items():
                first(Candidate(f"{candidate.title}, {name}", candidate.method, candidate.options | options),
                      candidate.title)  # fmt: skip

    for candidate in asked:
        first(candidate)
    going = [result for result in results.values() if not result.reason]
    for turn in range(1, rounds):
        left = (rounds - turn) * sum(result.wall_s[0] for result in going)
        say(f"{len(points)} points: {turn} of {rounds} rounds, about {clock(left)} left")
        for result in going[turn % len(going) :] + going[: turn % len(going)] if going else []:
            found, _ = measured(result.candidate, turn)
            result.measurements.append(found)
            if found.reason:  # what works once and then not has not worked
                result.measurements, result.embedded = [found], None
        going = [result for result in going if not result.reason]
    for result in results.values():
        other = results.get(result.candidate.same_as)
        if result.embedded is not None and other is not None and other.embedded is not None:
            result.apart = apart(result.embedded, other.embedded)
    return results


def ratios(results: dict[str, Result], title: str, to: str) -> list[float]:
    """Seconds of one over seconds of the other, round by round; [] unless both count."""
    one, other = results.get(title), results.get(to)
    if one is None or other is None or not (one.counts and other.counts):
        return []
    return [a / b for a, b in zip(one.wall_s, other.wall_s, strict=True)]


def rows(results: dict[str, Result], to=("PCA", "LLE")) -> list[dict]:
    """A table for people: seconds, memory and ratios as medians with their range; the reason where there are none."""
    told = []
    for title, result in results.items():
        row = {"method": title, "seconds": spread(result.wall_s), "peak MiB": spread(result.rise_mib, 0)}
        row |= {f"to {other}": spread(ratios(results, title, other)) for other in to if other in results}
        said = [result.reason and f"no result: {result.reason}"]
        if result.apart is not None:
            said.append(f"differs from {result.candidate.same_as} by {result.apart:.2g}")
        if result.embedded is not None:
            said.append(result.embedded.note)
        told.append(row | {"note": "; ".join(filter(None, said))})
    return told


def spread(numbers, digits: int | None = None) -> str:
    """Median and range, as a table shows them."""
    if not len(numbers):
        return "-"
    form = "{:.3g}" if digits is None else f"{{:.{digits}f}}"
    return f"{form.format(np.median(numbers))} ({form.format(min(numbers))}-{form.format(max(numbers))})"


def forget(folder: Path) -> None:
    """Remove what finished comparisons left for going on: their results are in the record."""
    shutil.rmtree(folder, ignore_errors=True)


TIMING = ("tdabench.embedding.embedded", "tdabench.embedding.method", "tdabench.embedding.timing",
          "tdabench.processes.timing")  # fmt: skip


def _name(candidate: Candidate) -> str:
    """Names a candidate by all that it computes with: the code of its method is among it."""
    told = json.dumps([candidate.title, candidate.method, candidate.options], sort_keys=True)
    used = method(candidate.method)
    code = Path(inspect.getsourcefile(used.call or used.model)).read_bytes()
    return f"{candidate.method}-{hashlib.sha256(told.encode() + code).hexdigest()[:10]}"


def _digest(points, *told) -> str:
    """Names what is compared: the points, the parameters, the versions, the code of the timing."""
    whole = hashlib.sha256(repr([told, [version(name) for name in VERSIONS]]).encode())
    whole.update(np.ascontiguousarray(points).tobytes() + str(points.shape).encode())
    digests = code(TIMING)
    whole.update("".join(digests[name] for name in TIMING).encode())
    return whole.hexdigest()[:16]

"""What becomes of a cloud in every method: its Betti numbers, its diagrams and its neighbourhoods, before and after.

A method that raises an error is tried again as its documentation says (tdabench.embedding.method): the first try that
works counts, and those that did not are told with their reasons.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from tdabench.embedding.embedded import Embedded
from tdabench.embedding.method import embed, method
from tdabench.embedding.preservation import TopologyRun, kept, places_run, topology_run
from tdabench.embedding.quality import judge
from tdabench.embedding.reading import steady
from tdabench.topology.betti import most_read
from tdabench.validation import as_points

BY_DISTANCES = " by its distances"
SHORTEST = 0.02  # runs below this share of the range are left out: there are a hundred of them


@dataclass(frozen=True)
class BettiProtocol:
    """How Betti numbers are read, before and after alike: the lazy witness complex of maxmin landmarks over
    [0, range_share * R], homology up to max_dimension over each of the fields, Z/2 among them; judged: rows that
    trustworthiness and continuity are taken on."""

    landmarks: int = 50
    range_share: float = 1.0
    max_dimension: int = 1
    fields: tuple[int, ...] = (2,)
    judged: int = 1000


@dataclass(frozen=True)
class Survival:
    """A cloud after one method.

    method: its title; embedded: None when all tries failed; runs: field -> {"b0,b1,..": longest run as a share of the
    range}, as the suite's `betti` wants it of each seed; likewise: the same of the cloud itself, from as few places
    where the method leaves no more; bottleneck: by dimension, from the diagram before to the one after, and nothing: to
    the empty one (of these three see tdabench.embedding.preservation.kept); trustworthiness, continuity: of `judge` in
    tdabench.embedding.quality (these five are empty or None of a nerve, and where all tries failed); notes: where a
    reading differs from the protocol; failed: title of each try that failed -> its reason; made_by: title of the other.
    """

    method: str
    embedded: Embedded | None
    runs: dict[int, dict[str, float]]
    likewise: dict[int, dict[str, float]] = field(default_factory=dict)
    bottleneck: tuple[float, ...] = ()
    nothing: tuple[float, ...] = ()
    trustworthiness: float | None = None
    continuity: float | None = None
    notes: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    made_by: str = ""


def before(points, protocol: BettiProtocol, seed: int) -> dict[int, dict[str, float]]:
    """What the cloud (n, d) itself reads, as `Survival.runs`."""
    points = as_points(points, at_least=3)
    distances = cdist(points, points)
    return {prime: _longest(_run(distances, protocol, prime, seed).shares) for prime in protocol.fields}


def survive(
    points, names, protocol: BettiProtocol, dimensions: int = 2, neighbours: int = 12, seed: int = 0
) -> dict[str, Survival]:
    """Title -> what becomes of points (n, d) in each of the methods, on one thread. seed: of method and landmarks.

    A method that gives a graph is told twice: as its title, the Betti numbers of the nerve, which hold over the whole
    range of a filtration that it does not have; and by its distances, the shortest paths, read like any other metric.
    Of a method of which all tries failed the runs are one of no Betti numbers at all, of length 0.
    """
    points = as_points(points, at_least=3)
    distances, found = cdist(points, points), {}
    for name in names:
        title = method(name).title
        with threadpool_limits(1):
            embedded, made_by, failed = tried(name, points, dimensions, neighbours, seed)
        said = {"failed": failed, "made_by": made_by}
        if embedded is None:
            nothing = ",".join("0" * (protocol.max_dimension + 1))
            found[title] = Survival(title, None, {prime: {nothing: 0.0} for prime in protocol.fields}, **said)
            continue
        if embedded.graph is not None:
            found[title] = Survival(title, embedded, _nerve(embedded, protocol), **said)
            title += BY_DISTANCES
        after, known = embedded.distances(), (1,) * (protocol.max_dimension + 1)  # kept() only needs its length
        held = kept(distances, after, known, [seed], protocol.landmarks, protocol.range_share)
        runs, likewise = {2: held["after"][0]}, {2: held["before_likewise"][0]}
        for prime in set(protocol.fields) - {2}:
            runs[prime], likewise[prime] = _both(distances, after, protocol, prime, seed)
        judged = judge(points, embedded, at_most=protocol.judged, seed=seed)
        found[title] = Survival(
            title, embedded,
            {prime: _longest(shares) for prime, shares in runs.items()},
            {prime: _longest(shares) for prime, shares in likewise.items()},
            tuple(values[0] for values in held["bottleneck"].values()),
            tuple(values[0] for values in held["nothing"].values()),
            judged["trustworthiness"], judged["continuity"], tuple(held["notes"]), **said,
        )  # fmt: skip
    return found


def tried(name: str, points, dimensions: int, neighbours: int, seed: int) -> tuple[Embedded | None, str, dict]:
    """(what the first try that worked gave, its title, {title: reason} of those before); None and "" when none did."""
    asked, failed = method(name), {}
    tries = {asked.title: {}} | {f"{asked.title}, {retry}": options for retry, options in asked.retries.items()}
    for title, options in tries.items():
        try:
            return embed(name, points, dimensions, neighbours, seed, **options), title, failed
        except Exception as error:  # whatever a library raises is told
            failed[title] = " ".join(f"{type(error).__name__}: {error}".split())
    return None, "", failed


def _run(distances, protocol: BettiProtocol, prime: int, seed: int) -> TopologyRun:
    return topology_run(distances, protocol.landmarks, protocol.max_dimension, protocol.range_share, prime, seed)


def _both(distances, after, protocol: BettiProtocol, prime: int, seed: int) -> tuple[dict, dict]:
    """Run shares after, and of the cloud itself read in the same way, as `kept` has them over one field."""
    new = _run(after, protocol, prime, seed)
    if new.complex == "lazy witness":
        return new.shares, _run(distances, protocol, prime, seed).shares
    asked = protocol.max_dimension, protocol.range_share, prime, seed
    return new.shares, places_run(distances, len(new.landmarks), *asked).shares


def _longest(shares: dict[str, float]) -> dict[str, float]:
    """Longest first; the first always."""
    return {vector: share for place, (vector, share) in enumerate(shares.items()) if share >= SHORTEST or not place}


def _nerve(embedded: Embedded, protocol: BettiProtocol) -> dict[int, dict[str, float]]:
    numbers = {prime: embedded.graph.betti_numbers(prime)[: protocol.max_dimension + 1] for prime in protocol.fields}
    return {prime: {",".join(map(str, vector)): 1.0} for prime, vector in numbers.items()}


@dataclass(frozen=True)
class Cell:
    """A cloud and a method, over one field and all seeds.

    known: "b0,b1,..", or "" of a control; before, runs: run shares by seed, before and after.
    """

    cloud: str
    method: str
    field: int
    known: str
    before: list[dict[str, float]]
    runs: list[dict[str, float]]
    survivals: list[Survival]

    @property
    def read(self) -> tuple[str, int, float]:
        """The vector with the longest run on most seeds, on how many, and the median of its runs."""
        return most_read(self.runs)

    @property
    def unread(self) -> str:
        """Why nothing can be judged: the cloud itself does not read the known vector; "" where it does, or is a
        control."""
        if self.known and steady(self.before) != self.known:
            return "not read before any method"
        likewise = [one.likewise[self.field] for one in self.survivals if one.likewise]
        if self.known and likewise and steady(likewise) != self.known:
            return "not read before any method from so few places"
        return ""

    @property
    def kept(self) -> bool:
        """Whether the known vector is read by the suite's rule after the method."""
        return bool(self.known) and steady(self.runs) == self.known

    @property
    def reason(self) -> str:
        """Why there is no result on any seed, else ""."""
        failed = [list(survival.failed.values())[-1] for survival in self.survivals if survival.embedded is None]
        return failed[0] if len(failed) == len(self.survivals) else ""

    def middle(self, quantity: str) -> float | None:
        """The median over seeds of one of the numbers of Survival; None where it has none."""
        values = [value for survival in self.survivals if (value := getattr(survival, quantity)) is not None]
        return float(np.median(values)) if values else None

    def distances(self, quantity: str) -> list[float]:
        """bottleneck or nothing: the medians over seeds, by dimension."""
        values = [found for survival in self.survivals if (found := getattr(survival, quantity))]
        return np.median(values, axis=0).tolist() if values else []


def cells(cloud: str, known: dict[int, tuple | None], seeds: list[tuple[dict, dict[str, Survival]]]) -> list[Cell]:
    """One for each field and method. known: field -> Betti numbers, None of a control; seeds: what `before` and
    `survive` gave of each. Over another field than Z/2 the cloud is called "CLOUD over Z/3"."""
    found = []
    for prime, vector in known.items():
        name = cloud if prime == 2 else f"{cloud} over Z/{prime}"
        told = "" if vector is None else ",".join(map(str, vector))
        start = [runs[prime] for runs, _ in seeds]
        for title in dict.fromkeys(title for _, survived in seeds for title in survived):
            after = [survived[title] for _, survived in seeds if title in survived]
            found.append(Cell(name, title, prime, told, start, [one.runs[prime] for one in after], after))
    return found

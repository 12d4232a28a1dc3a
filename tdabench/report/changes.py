"""What changed since the frozen reference, for each claim: what `tdabench check` finds, as the report shows it."""

from dataclasses import dataclass

from tdabench.record import baseline
from tdabench.record.compare import NOT_COMPARED, OUTSIDE, SAME, WITHIN, Difference, held, newest
from tdabench.record.job import Recorded

CHANGED, AS_BEFORE = "changed", "as before"
PROFILES = ("paper", "quick")
ORDER = {OUTSIDE: 0, NOT_COMPARED: 1, WITHIN: 2, SAME: 3}
SHOWN = 40  # lines of a list; `tdabench check` prints all


@dataclass(frozen=True)
class Comparison:
    """The newest run of a reproduction in one profile, held against the frozen one."""

    job: Recorded
    differences: list[Difference]

    def of_claim(self, id: str) -> "Comparison":
        """What concerns one claim: its verdict, its control, the measurements it looks at, and the job as a whole."""
        claims = self.job.config.get("claims") or []
        names = {name for claim in claims if claim["id"] == id for name in _measurements(claim)}
        mine = {"job", f"verdict {id}", f"control {id}"}
        of_it = [each for each in self.differences if each.name in mine or _measured_by(each.name, names)]
        return Comparison(self.job, of_it)

    @property
    def state(self) -> str:
        """CHANGED when anything left its band; else NOT_COMPARED when anything could not be compared."""
        states = {difference.state for difference in self.differences}
        return CHANGED if OUTSIDE in states else NOT_COMPARED if NOT_COMPARED in states else AS_BEFORE

    @property
    def counts(self) -> str:
        """How many are the same, within their band, and so on."""
        states = [difference.state for difference in self.differences]
        words = {SAME: "the same", WITHIN: "within their band", OUTSIDE: "outside", NOT_COMPARED: NOT_COMPARED}
        return ", ".join(f"{states.count(state):,} {word}" for state, word in words.items() if state in states)

    @property
    def worst(self) -> list[Difference]:
        """What is not the same, the worst first, and no more than fits a page."""
        other = [difference for difference in self.differences if difference.state != SAME]
        return sorted(other, key=lambda difference: ORDER[difference.state])[:SHOWN]


def comparisons(record, names: list[str]) -> dict[str, list[Comparison]]:
    """Of each reproduction that has a frozen reference, its newest run in that profile held against it."""
    entries = record.entries()
    compared: dict[str, list[Comparison]] = {}
    for name in names:
        for profile in PROFILES:
            job = newest(record, entries, name, profile)
            if job and (frozen := baseline.frozen(name, profile)):
                compared.setdefault(name, []).append(Comparison(job, held(job, frozen)))
    return compared


def overall(compared: list[Comparison]) -> str:
    """One word for several comparisons, the worst; empty when there is none."""
    states = {comparison.state for comparison in compared if comparison.differences}
    return next((state for state in (CHANGED, NOT_COMPARED, AS_BEFORE) if state in states), "")


def _measurements(claim: dict) -> list[str]:
    """The measurements that a claim and its controls look at."""
    looked_at = [claim.get("measurement"), *(claim.get("controls") or {}).values()]
    named = [name for entry in looked_at for name in (entry.values() if isinstance(entry, dict) else [entry])]
    return [name for name in named if isinstance(name, str)]


def _measured_by(name: str, measurements: set[str]) -> bool:
    return any(name == measurement or name.startswith(f"{measurement}.") for measurement in measurements)

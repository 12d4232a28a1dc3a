"""What each page of the report shows, and where it is: claims, reproductions, figures, and links between them."""

import shutil
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tdabench.claims.judge import NONE_NEEDED, NOT_OUT, STANDS_OUT, VERDICTS
from tdabench.record.baseline import artefacts
from tdabench.record.job import Recorded
from tdabench.report import changes
from tdabench.report.addresses import Addresses
from tdabench.report.controls import control_text
from tdabench.report.results import Result
from tdabench.report.sections import Part, profile_text, sections

ORDER = (*VERDICTS, STANDS_OUT, NOT_OUT, NONE_NEEDED, changes.CHANGED, changes.NOT_COMPARED, changes.AS_BEFORE)


@dataclass(frozen=True)
class Figure:
    """A copy of a figure in the report."""

    address: str
    caption: str


@dataclass(kw_only=True)
class Experiment(Part):
    """A part and its page. compared: what `tdabench check` says of it; link: its run on the record's server."""

    address: str
    figures: list[Figure]
    compared: list[changes.Comparison]
    link: str | None
    claims: list["Claim"] = field(default_factory=list)


@dataclass
class Claim:
    """One row and its page. compared: what `tdabench check` says of it."""

    row: Result
    part: Experiment
    address: str
    compared: list[changes.Comparison]
    before: "Claim | None" = None
    after: "Claim | None" = None

    @property
    def control(self) -> str:
        return control_text(self.row)

    @property
    def change(self) -> str:
        return changes.overall(self.compared)


class Site:
    """grouped: source -> its experiments; parts: all of these, in order; claims: of all parts, in the order of the
    table. Figures are copied into `folder`."""

    def __init__(self, folder: Path, rows: list[Result], jobs: list[Recorded], record):
        self._folder, self._record = folder, record
        self._names, self._drawn, claims = Addresses(), Addresses(), Addresses()
        parts = sections(rows, jobs, record)
        names = dict.fromkeys(part.name for listed in parts.values() for part in listed)
        compared = changes.comparisons(record, list(names))
        self.grouped = {source: [self._experiment(part, compared) for part in listed]
                        for source, listed in parts.items()}  # fmt: skip
        self.parts = [part for listed in self.grouped.values() for part in listed]
        for part in self.parts:
            for row in part.rows:
                mine = [change for each in part.compared if (change := each.of_claim(row.id)).differences]
                part.claims.append(Claim(row, part, f"claims/{claims.give(row.id)}.html", mine))
        self.claims = [claim for part in self.parts for claim in part.claims]
        for before, after in pairwise(self.claims):
            before.after, after.before = after, before
        self.facets = self._facets()
        self._pages = {id(claim.row): claim for claim in self.claims}

    def _experiment(self, part: Part, compared: dict[str, list[changes.Comparison]]) -> Experiment:
        drawn = artefacts(self._record, part.job, "figures", "png")
        return Experiment(
            **vars(part),
            address=f"reproductions/{self._names.give(part.name)}.html",
            figures=_figures(self._folder, f"figures/{self._drawn.give(part.name)}", drawn),
            compared=[] if part.job and part.job.own else compared.get(part.name, []),
            link=server_address(self._record.link(part.job)) if part.job else None,
        )

    def _facets(self) -> dict[str, list[str]]:
        """What the table can be filtered by: the values that its rows have, those of one order in that order."""
        values = {
            "verdict": {claim.row.verdict for claim in self.claims},
            "control": {claim.control for claim in self.claims},
            "profile": {profile_text(claim.row) for claim in self.claims},
            "reference": {claim.change for claim in self.claims},
        }
        place = {value: number for number, value in enumerate(ORDER)}
        ordered = {name: sorted(those - {""}, key=lambda value: (place.get(value, 99), value))
                   for name, those in values.items()}  # fmt: skip
        return {name: those for name, those in ordered.items() if len(those) > 1 or name == "reference"}

    def claim_of(self, row: Result) -> Claim:
        """The page of a row that the site was made of."""
        return self._pages[id(row)]


def server_address(link: str | None) -> str | None:
    """The address of a run on a web server, without the name and password that a program would use; else None."""
    try:
        parts = urlsplit(link or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _figures(folder: Path, place: str, sources: list[Path]) -> list[Figure]:
    """Copy a job's figures into the report; their addresses there, and their captions."""
    names, copied = Addresses(), []
    for source in filter(Path.is_file, sources):
        address = f"{place}/{names.give(source.stem)}.png"
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / address)
        caption = source.with_suffix(".txt")
        said = caption.read_text("utf-8", errors="replace") if caption.is_file() else source.stem.replace("_", " ")
        copied.append(Figure(address, said))
    return copied

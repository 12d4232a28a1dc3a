"""What each page of the report shows, and where it is: claims, reproductions, figures, and links between them."""

import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tdabench.claims.judge import NONE_NEEDED, NOT_OUT, STANDS_OUT, VERDICTS
from tdabench.record.baseline import kept
from tdabench.report import changes
from tdabench.report.addresses import Addresses
from tdabench.report.controls import control_text
from tdabench.report.sections import profile_text, sections

ORDER = (*VERDICTS, STANDS_OUT, NOT_OUT, NONE_NEEDED, changes.CHANGED, changes.NOT_COMPARED, changes.AS_BEFORE)


@dataclass
class Claim:
    """One row and its page. compared: what `tdabench check` says of it."""

    row: dict
    part: dict
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
    """parts: of sections(), in order, each with its address, figures, claims, comparisons and link to MLflow. claims:
    all of them, in the order of the table. Figures are copied into `folder`."""

    def __init__(self, folder: Path, rows: list[dict], jobs: list[dict], record):
        self.grouped = sections(rows, jobs, record)
        self.parts = [part for parts in self.grouped.values() for part in parts]
        compared = changes.comparisons(record, list(dict.fromkeys(part["name"] for part in self.parts)))
        reproductions, claims, figures = Addresses(), Addresses(), Addresses()
        for part in self.parts:
            name = reproductions.give(part["name"])
            part["address"] = f"reproductions/{name}.html"
            part["compared"] = [] if part["job"] and part["job"].get("own") else compared.get(part["name"], [])
            drawn = kept(record, part["job"], "figures", "png")
            part["figures"] = _figures(folder, f"figures/{figures.give(part['name'])}", drawn)
            part["link"] = server_address(record.link(part["job"])) if part["job"] else None
            part["claims"] = []
            for row in part["rows"]:
                mine = [found for each in part["compared"] if (found := each.of_claim(row["id"])).differences]
                part["claims"].append(Claim(row, part, f"claims/{claims.give(row['id'])}.html", mine))
        self.claims = [claim for part in self.parts for claim in part["claims"]]
        for before, after in pairwise(self.claims):
            before.after, after.before = after, before
        self.facets = self._facets()
        self._pages = {id(claim.row): claim for claim in self.claims}

    def _facets(self) -> dict[str, list[str]]:
        """What the table can be filtered by: the values that its rows have, those of one order in that order."""
        found = {
            "verdict": {claim.row["verdict"] for claim in self.claims},
            "control": {claim.control for claim in self.claims},
            "profile": {profile_text(claim.row) for claim in self.claims},
            "reference": {claim.change for claim in self.claims},
        }
        place = {value: number for number, value in enumerate(ORDER)}
        ordered = {name: sorted(found[name] - {""}, key=lambda value: (place.get(value, 99), value)) for name in found}
        return {name: values for name, values in ordered.items() if len(values) > 1 or name == "reference"}

    def claim_of(self, row: dict) -> Claim:
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


def _figures(folder: Path, place: str, sources: list[Path]) -> list[dict]:
    """Copy a job's figures into the report; their addresses there, and their captions."""
    names, copied = Addresses(), []
    for source in filter(Path.is_file, sources):
        address = f"{place}/{names.give(source.stem)}.png"
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / address)
        caption = source.with_suffix(".txt")
        told = caption.read_text("utf-8", errors="replace") if caption.is_file() else source.stem.replace("_", " ")
        copied.append({"address": address, "caption": told})
    return copied

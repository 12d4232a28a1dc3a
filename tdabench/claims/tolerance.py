"""What may differ between two runs of one job: a band for each measurement, with the reason written beside it.

A page of conf/reproduction says so; the first entry whose glob fits counts:

    bands:
      - {of: "seconds.*", band: free, why: a time, on whatever machine}
      - {of: "ratio", relative: 0.05, why: ...}     # or absolute: WIDTH, or band: exact, or band: overlap

A name is a measurement with its place ("runs.3.1,1"), or "verdict ID" or "control ID".
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tdabench.errors import BadRequest

EXACT, ABSOLUTE, RELATIVE, OVERLAP, FREE = "exact", "absolute", "relative", "overlap", "free"
KINDS = (EXACT, ABSOLUTE, RELATIVE, OVERLAP, FREE)


@dataclass(frozen=True)
class Band:
    """kind: one of KINDS; width: of an absolute or a relative band; why: the reason.

    overlap: of a list over seeds, the range [lowest, highest] now must meet that of the reference.
    """

    kind: str
    width: float
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.width:g}" if self.width else self.kind

    def holds(self, before: float, now: float) -> bool:
        """Whether a number may have become another one."""
        allowed = {ABSOLUTE: self.width, RELATIVE: self.width * max(abs(before), abs(now)) + FLOOR}.get(self.kind, 0)
        return self.kind == FREE or abs(now - before) <= allowed


FLOOR = 1e-9  # what rounding leaves where the number is zero
SURE = Band(EXACT, 0, "a verdict, a text or a count is the same, or it is not")
ROUNDING = Band(RELATIVE, 1e-6, "another processor adds in another order; more than that is a change")


def read(entry: dict, where: str) -> Band:
    """One entry of a page's list. BadRequest when it says too little, too much, or gives no reason."""
    widths = {kind: entry[kind] for kind in (ABSOLUTE, RELATIVE) if kind in entry}
    kinds = [*widths, *([entry["band"]] if "band" in entry else [])]
    if len(kinds) != 1 or kinds[0] not in KINDS or not isinstance(entry.get("of"), str):
        raise BadRequest(f"{where}: bands: of (a glob) and one of absolute, relative or band are needed, not {entry}.")
    if not entry.get("why"):
        raise BadRequest(f"{where}: bands: {entry['of']}: a band is nothing without its reason (why).")
    width = widths.get(kinds[0], 0)
    if isinstance(width, bool) or not isinstance(width, int | float) or (widths and not 0 < width < float("inf")):
        raise BadRequest(f"{where}: bands: {entry['of']}: a positive width is needed, not {width!r}.")
    return Band(kinds[0], float(width), entry["why"])


def band_of(name: str, listed: list[dict], default: Band = ROUNDING, where: str = "bands") -> Band:
    """The first band whose glob fits `name`, else `default`."""
    fitting = (entry for entry in listed if fnmatchcase(name, str(entry.get("of"))))
    return next((read(entry, where) for entry in fitting), default)

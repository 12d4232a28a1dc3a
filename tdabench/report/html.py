"""report/: the verdicts as a folder of pages that needs no network.

index.html has every claim in one table; claims/ID.html tells one claim, reproductions/NAME.html one experiment, with
its figures and tables. A page has its style and its one script within it, and its policy allows no other.
"""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tdabench import paths
from tdabench import text as words
from tdabench.claims.judge import VERDICTS
from tdabench.csp import content_security_policy
from tdabench.record.job import Recorded
from tdabench.report import changes, controls, ranges, sections
from tdabench.report.results import Result, total_line
from tdabench.report.site import Site

LONGEST_CELL = 400  # characters of a text in the table of all claims; the claim's own page has it whole
MOST_PARTS = 3  # of a value in that table


def write_html(folder: Path, rows: list[Result], jobs: list[Recorded], record) -> None:
    """Write all pages and figures beside `folder`, then swap: an interrupted write leaves the old report whole."""
    with paths.write_folder(folder) as new:
        site = Site(new, rows, jobs, record)
        pages = _templates()
        shared = {
            "site": site,
            "rows": rows,
            "total": total_line(rows),
            "counts": {verdict: sum(row.verdict == verdict for row in _claims(rows)) for verdict in VERDICTS},
            "reading": sections.reading(rows),
            "provenance": sections.provenance(jobs),
        }
        _write(new / "index.html", pages.get_template("index.html.j2").render(root="", **shared))
        for claim in site.claims:
            page = pages.get_template("claim.html.j2").render(root="../", claim=claim, **shared)
            _write(new / claim.address, page)
        for part in site.parts:
            page = pages.get_template("reproduction.html.j2").render(root="../", part=part, **shared)
            _write(new / part.address, page)


def _claims(rows: list[Result]) -> list[Result]:
    return [row for row in rows if row.published is not None]


def _templates() -> Environment:
    source = files(__package__)
    style, script = (source.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    loader, strict = PackageLoader("tdabench", "report"), StrictUndefined
    pages = Environment(
        loader=loader, autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True, finalize=_finalize
    )
    pages.globals |= {
        "style": Markup(style),
        "script": Markup(script),
        "policy": Markup(content_security_policy([script], [style], images="'self'")),
        "axes": ranges.axes,
        "bar": ranges.bar,
        "longest": LONGEST_CELL,
        "most_parts": MOST_PARTS,
        "overall": changes.overall,
        "words": words,
        "text": words.text,
        "interval_text": words.interval_text,
        "sections": sections,
        "standing": controls,
        "verdicts": VERDICTS,
    }
    return pages


def _finalize(value):
    """What a template puts into a page: any text, but none that goes on for ever."""
    return words.shortened(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _write(path: Path, page: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(words.visible(page), encoding="utf-8")

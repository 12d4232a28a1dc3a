"""report/index.html: the same verdicts with figures, as one page without a script."""

import shutil
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from tdabench.claims import VERDICTS
from tdabench.reference import kept, whole_folder
from tdabench.report import standing
from tdabench.report.results import total_line
from tdabench.report.sections import UNFINISHED, columns, facts, profile_text, provenance, reading, sections
from tdabench.report.text import interval_text, text


def write_html(folder: Path, rows: list[dict], jobs: list[dict], record) -> None:
    """Write index.html and its figures beside `folder`, then swap: an interrupted write leaves the old report whole."""
    with whole_folder(folder) as new:
        (new / "index.html").write_text(_page(new, rows, jobs, record), encoding="utf-8")


def _page(folder: Path, rows: list[dict], jobs: list[dict], record) -> str:
    grouped = sections(rows, jobs, record)
    claims = [row for row in rows if row["published"] is not None]
    anchors = {id(row): f"claim-{number}" for number, row in enumerate(rows, start=1)}
    for number, part in enumerate((part for parts in grouped.values() for part in parts), start=1):
        part["place"] = f"part-{number}"
        part["figures"] = [_figure(path, folder, part) for path in kept(record, part["job"], "figures", "png")]
    loader, strict = PackageLoader("tdabench", "report"), StrictUndefined
    pages = Environment(loader=loader, autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template("page.html.j2").render(
        rows=rows,
        total=total_line(rows),
        standing=standing,
        text=text,
        interval_text=interval_text,
        counts={verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS},
        reading=reading(rows),
        unfinished=UNFINISHED,
        sections=grouped,
        anchor=lambda row: anchors[id(row)],
        facts=facts,
        profile_text=profile_text,
        columns=columns,
        provenance=provenance(jobs),
    )


def _figure(source: Path, folder: Path, part: dict) -> dict:
    """Copy one figure into the report; its address there and its caption."""
    home = part["name"] if not (folder / "figures" / part["name"] / source.name).exists() else part["place"]
    copy = folder / "figures" / home / source.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    caption = source.with_suffix(".txt")
    text = caption.read_text() if caption.exists() else source.stem.replace("_", " ")
    return {"address": f"figures/{home}/{source.name}", "caption": text}

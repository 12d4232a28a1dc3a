"""Hand-made rows and jobs, and a record that is a folder: no MLflow, no reproduction, no configuration."""

import json
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.judge import Control
from tdabench.record.job import Recorded
from tdabench.report.html import write_html
from tdabench.report.results import Result

OUT, NOT_OUT = "stands out", "does not stand out"
SHUFFLED = Control(result=OUT, measured=[1, 0], interval=[0.0, 0.03], detail="(1, 1) on 0 of 5 seeds")
GAUSSIAN = Control(result=NOT_OUT, measured=[1, 1], interval=[0.96, 0.98], detail="(1, 1) on 5 of 5")
ABSENT = Control(result=NOT_OUT, measured=None, interval=None, detail="not measured (no data)")


def claim(id, verdict, **keys):
    """A row of the report; `controls` decides the column `control`."""
    controls = keys.get("controls", {})
    out = all(control.result == OUT for control in controls.values())
    judged = verdict in ("reproduced", "partly", "not reproduced")
    return Result(**{
        "id": id, "says": f"Claim {id} holds", "source": "section 1", "evidence": "read", "published": [1, 1],
        "verdict": verdict, "measured": [1, 1] if judged else None, "interval": [0.87, 0.95] if judged else None,
        "control": "none needed" if not controls else "stands out" if out else "does not stand out",
        "controls": {}, "reason": "", "margin": {"run": 0.25}, "why": "one rule", "reproduction": "circles",
        "seeds": 5, "profile": "quick", "data": "patches:0123456789ab", "wall_s": 8.7, "peak_rss_mib": 323.8,
        "command": "tdabench run reproduction=circles profile=quick", "run_id": "run-1", "recorded": 1.8e9,
        "reference": False,
    } | keys)  # fmt: skip


def job(name, run_id, status="finished", **keys):
    return Recorded(**{
        "name": name, "profile": "quick", "config": {"title": f"About {name}", "source": f"Paper on {name}, 2008"},
        "fingerprint": run_id, "own": False, "variant": False,
        "command": f"tdabench run reproduction={name}", "data": {"patches": "0123456789ab" + "f" * 52},
        "status": status, "reason": "", "run_id": run_id, "recorded": 1.8e9, "commit": "0bdd0f8d9e3f+",
        "environment": {"python": "3.11.7", "numpy": "2.4.6", "cpu": "A processor", "cores": 2, "threads": 2},
    } | keys)  # fmt: skip


class Page(HTMLParser):
    """What a browser makes of a page: tags with attributes, text, and the cells of each row of a table."""

    def __init__(self, path):
        super().__init__()
        self.source, self.tags, self.text, self.rows, self.open = path.read_text("utf-8"), [], "", [], None
        self.folder = path.parent
        self.feed(self.source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = self.rows[-1]

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.open = None

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] in ("style", "script"):
            return
        self.text += data.replace("\u00a0", " ")
        if self.open is not None:
            self.open[-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def row(self, id):
        return next([" ".join(cell.split()) for cell in row] for row in self.rows if row and row[0] == id)

    def addresses(self):
        return [value for _, tag in self.tags for value in (tag.get("src"), tag.get("href")) if value]


@dataclass
class FolderRecord:
    """Artefacts of a job under root/RUN_ID; like MLflow, it raises an error of its own for what is not there."""

    root: Path
    recorded: list = field(default_factory=list)  # what entries() gives
    server: str | None = None

    def entries(self):
        return self.recorded

    def read(self, entry):
        return entry

    def link(self, job):
        return f"{self.server}/#/experiments/1/runs/{job.run_id}" if self.server else None

    def artefact(self, job, kind):
        folder = self.root / job.run_id / kind
        if not folder.is_dir():
            raise RuntimeError("Failed to download artifacts")
        return folder

    def keep_figure(self, run_id, name, caption):
        folder = self.root / run_id / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3)).save(folder / f"{name}.png")
        if caption is not None:
            (folder / f"{name}.txt").write_text(caption)

    def keep_table(self, run_id, name, title, rows):
        folder = self.root / run_id / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({"title": title, "rows": rows}))


@pytest.fixture
def frozen(shown, kept):
    """`shown` with its first job frozen: its rows and job as the baseline gives them, a figure and a table."""
    rows, jobs = shown
    origin = {"run_id": "reference/paper/circles", "reference": True}
    FolderRecord(paths.REFERENCE / "paper").keep_figure("circles", "frozen circle", "From the reference")
    FolderRecord(paths.REFERENCE / "paper").keep_table("circles", "frozen", "A frozen table", [{"tau": 0.7}])
    rows = [replace(row, **origin) if row.run_id == "run-1" else row for row in rows]
    return rows, [replace(jobs[0], **origin), *jobs[1:]]


@pytest.fixture
def kept(tmp_path):
    """A record of one job with a figure and a table, and one that failed and left nothing."""
    record = FolderRecord(tmp_path / "kept")
    record.keep_figure("run-1", "primary circle", "The <b>primary</b> circle")
    record.keep_table("run-1", "sweep", "The sweep", [{"tau": 0.3, "holds": True, "note": None}, {"tau": 0.4}])
    return record


@pytest.fixture
def shown(monkeypatch):
    """All that a report must cope with: every verdict, a claim in parts, controls of every kind, a job that failed, a
    claim that has never been run."""
    entry = SimpleNamespace(name="never", title="Never run", source="Paper on circles, 2008")
    monkeypatch.setattr(pages, "reproductions", lambda: [entry])
    nothing = {"measured": None, "interval": None, "wall_s": None, "peak_rss_mib": None}
    absent = {"reproduction": "never", "run_id": None, "seeds": None, "profile": None, "data": "", "recorded": None}
    parts = {"over Z/2": [1, 2, 1], "over Z/3": [1, 1, 0]}
    rows = [
        claim("I1", "reproduced", controls={"Gaussian": GAUSSIAN, "shuffled": SHUFFLED},
              reason="(1, 1) on 5 of 5 seeds; Gaussian: (1, 1) on 5 of 5; shuffled: (1, 1) on 0 of 5 seeds"),
        claim("I2", "reproduced", controls={"shuffled": SHUFFLED}),
        claim("I3", "partly", controls={"absent": ABSENT, "shuffled": SHUFFLED}),
        claim("I4", "not reproduced", measured=[1, 3], controls={"Gaussian": GAUSSIAN}),
        claim("I5", "reproduced", published=parts, measured=parts, interval={"over Z/2": [0.1, 0.2], "over Z/3": None}),
        claim("F1", "failed", reproduction="fails", run_id="run-2", reason="out of memory", **nothing),
        claim("F2", "failed", reproduction="fails", run_id="run-2", reason="out of memory", **nothing),
        claim("N1", "not run", margin=None, why="", reason="not on record here", **nothing, **absent),
    ]  # fmt: skip
    jobs = [job("circles", "run-1"), job("fails", "run-2", "failed", environment={}, commit="")]
    return rows, jobs


@pytest.fixture
def write(tmp_path, kept):
    """write(rows, jobs): the report in tmp_path/report; its first page."""

    def call(rows, jobs):
        write_html(tmp_path / "report", rows, jobs, kept)
        return Page(tmp_path / "report" / "index.html")

    return call


@pytest.fixture
def opened(tmp_path):
    """opened(address): another page of the report."""
    return lambda address: Page(tmp_path / "report" / address)

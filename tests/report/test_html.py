"""report/index.html: complete, without a script and without anything from elsewhere, swapped in whole."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tdabench.report.html import write_html


class Page(HTMLParser):
    """What a browser makes of the page: tags with attributes, text, and the cells of each row of a table."""

    def __init__(self, source):
        super().__init__()
        self.source, self.tags, self.text, self.rows, self.open = source, [], "", [], None
        self.feed(source)

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
        self.text += data
        if self.open is not None:
            self.open[-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def row(self, id):
        return next([" ".join(cell.split()) for cell in row] for row in self.rows if row and row[0] == id)


@pytest.fixture
def write(tmp_path, kept):
    def call(rows, jobs):
        write_html(tmp_path / "report", rows, jobs, kept)
        return Page((tmp_path / "report" / "index.html").read_text())

    return call


def test_the_first_screen_has_the_total_and_what_stands_out(shown, write):
    text = write(*shown).text
    total = "8 claims registered, 7 with a verdict: 3 reproduced, 1 partly, 1 not reproduced, 1 not run, 2 failed."
    assert text.index(total) < text.index("What stands out") < text.index("Verdicts")


def test_every_row_is_in_the_table_and_links_to_its_details(shown, write):
    page = write(*shown)
    anchors = [attributes["id"] for attributes in page.all("article")]
    assert len(anchors) == len(set(anchors)) == len(shown[0])
    links = [attributes["href"][1:] for attributes in page.all("a") if attributes["href"].startswith("#")]
    assert set(links) == set(anchors)
    for row in shown[0]:
        assert page.row(row["id"])[1::2][:2] == [row["verdict"], row["says"]]


def test_what_was_not_measured_is_an_empty_cell(shown, write):
    page = write(*shown)
    assert "None" not in page.source
    assert page.row("N1") == ["N1", "not run", "", "Claim N1 holds", "(1, 1)", "", "", "", ""]


def test_each_claim_tells_all_that_a_verdict_must_carry(shown, write):
    article = write(*shown).source.split("<article")[1]
    article = article.replace("\u00a0", " ")  # short values are not broken over lines
    for part in ("<dd>(1, 1)", "<dd>0.87 to 0.95", "<dd>(1, 1) on 5 of 5 seeds", "run: 0.25", "<dd>one rule",
                 "<td>Gaussian", "<td>shuffled", "<td>0.96 to 0.98", "<td>(1, 1) on 5 of 5<",
                 "profile quick; 5 seeds; data patches:0123456789ab; 8.7 s, 324 MiB",
                 "<code>tdabench run reproduction=circles profile=quick</code>"):  # fmt: skip
        assert part in article


def test_figures_are_copied_with_their_captions_as_alternative_text(shown, write, tmp_path):
    page = write(*shown)
    (image,) = page.all("img")
    assert image["alt"] == "The <b>primary</b> circle"
    assert (tmp_path / "report" / unquote(image["src"])).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "report" / "figures" / "circles" / "primary circle.png").exists()
    assert "<b>primary" not in page.source


def test_a_figure_without_a_caption_and_a_second_job_of_the_same_name(shown, write, kept, tmp_path):
    rows, jobs = shown
    rows = [*rows, rows[0] | {"run_id": "run-3"}]
    kept.keep_figure("run-1", "nameless_one", None)
    kept.keep_figure("run-3", "nameless_one", "of the second job")
    page = write(rows, [*jobs, jobs[0] | {"run_id": "run-3"}])
    assert len({attributes["id"] for attributes in page.all("article")}) == len(rows)
    images = {image["alt"]: image["src"] for image in page.all("img")}
    assert {"nameless one", "of the second job"} < set(images)
    assert len(set(images.values())) == 3
    assert all((tmp_path / "report" / unquote(source)).exists() for source in images.values())


def test_a_frozen_job_says_so_and_has_its_own_figures(frozen, write, tmp_path):
    page = write(*frozen)
    assert page.row("I1")[8] == "quick (reference)" and page.row("F1")[8] == "quick"
    where = "reference record of 2027-01-15, commit 0bdd0f8d9e3f with changes, 2 cores A processor, 8.7 s, 324 MiB"
    assert page.text.count(where) == 5  # one for each row of the frozen job
    assert "is read from reference/" in page.text
    (image,) = page.all("img")
    assert image["alt"] == "From the reference" and (tmp_path / "report" / unquote(image["src"])).exists()
    assert "reference/paper/circles" in [cell.strip() for row in page.rows for cell in row]


def test_nothing_comes_from_elsewhere_and_nothing_runs(shown, write):
    page = write(*shown)
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none';") and "script-src" not in policy
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    addresses = [a.get("src") or a.get("href") for _, a in page.tags if a.get("src") or a.get("href")]
    assert addresses and not [address for address in addresses if re.match(r"\w+:|//", address)]
    assert "url(" not in page.source and "@import" not in page.source
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_what_data_and_errors_say_stays_text(shown, write, kept):
    rows, jobs = shown
    hostile = '"><script>alert(1)</script><img src=http://e.org/x.png> | {{ 1 + 1 }}'
    for key in ("says", "source", "evidence", "published", "measured", "reason", "why", "command", "data"):
        rows[0][key] = hostile
    rows[0]["controls"] = {hostile: rows[0]["controls"]["Gaussian"] | {"detail": hostile, "measured": hostile}}
    jobs[0]["config"] = {"title": hostile, "source": hostile}
    kept.keep_figure("run-1", "hostile", hostile)
    kept.keep_table("run-1", "hostile", hostile, [{hostile: hostile}])
    page = write(rows, jobs)
    assert not page.all("script") and len(page.all("img")) == 2
    assert "{{ 1 + 1 }}" in page.text and "<script>alert(1)</script>" in page.text


def test_a_verdict_is_told_in_words_and_the_page_fits_a_phone(shown, write):
    page = write(*shown)
    assert {a["name"] for a in page.all("meta") if "name" in a} == {"viewport"}
    for name in ("reproduced", "partly", "not reproduced", "not run", "failed"):
        assert re.search(rf'<span class="label [\w-]+">{name}</span>', page.source)
    assert page.source.count("<table") == page.source.count('class="scroll" tabindex="0"')


def test_the_old_report_stays_whole_when_writing_fails(shown, write, kept, tmp_path, monkeypatch):
    before = write(*shown).source
    rename = Path.rename

    def stop(*_):
        raise KeyboardInterrupt

    def stop_at_the_swap(path, target):
        return stop() if "-new-" in path.name else rename(path, target)

    for target, name, broken in ((shutil, "copyfile", stop), (Path, "rename", stop_at_the_swap)):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(target, name, broken)
            write(shown[0][:1], shown[1])
        assert (tmp_path / "report" / "index.html").read_text() == before
        assert (tmp_path / "report" / "figures" / "circles" / "primary circle.png").exists()
        assert not list(tmp_path.glob(".report*"))


def test_a_new_report_leaves_nothing_of_the_old(shown, write, tmp_path):
    write(*shown)
    (tmp_path / "report" / "figures" / "circles" / "gone.png").touch()
    write(*shown)
    assert sorted(path.name for path in (tmp_path / "report").rglob("*.png")) == ["primary circle.png"]
    assert not list(tmp_path.glob(".report*"))


def test_an_empty_record_gives_a_page_that_says_so(write):
    assert "0 claims registered, 0 with a verdict" in write([], []).text

"""RESULTS.md: complete, safe against what data and errors put into it, and written whole or not at all."""

import os
import re
from dataclasses import replace

import pytest

from tdabench import paths
from tdabench.report import markdown
from tdabench.report.markdown import write_markdown

CELL = re.compile(r"(?<!\\)\|")


@pytest.fixture
def write(tmp_path, kept):
    def call(rows, jobs):
        write_markdown(tmp_path / "RESULTS.md", rows, jobs, kept)
        return (tmp_path / "RESULTS.md").read_text()

    return call


def cells(page, id):
    """The cells of the row of one claim in the table of verdicts."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {id} |"))
    return [cell.strip() for cell in CELL.split(line)[1:-1]]


def test_it_says_who_writes_it_and_shows_its_denominator(shown, write):
    page = write(*shown)
    assert page.splitlines()[0] == "*Written by `tdabench results --write` and by nothing else.*"
    total = "8 claims registered, 7 with a verdict: 3 reproduced, 1 partly, 1 not reproduced, 1 not run, 2 failed."
    assert total in page
    assert page.index(total) < page.index("What stands out") < page.index("Paper on circles")


def test_every_row_is_in_a_table_with_all_its_cells(shown, write):
    page = write(*shown)
    for row in shown[0]:
        assert len(cells(page, row.id)) == 9
        assert cells(page, row.id)[5] == row.verdict
        assert f"**{row.id}**" in page or f"{row.id}," in page or f", {row.id}" in page
    assert cells(page, "I1")[2:] == [
        "(1, 1)", "(1, 1)", "0.87 to 0.95", "reproduced", "does not stand out", "5", "quick"
    ]  # fmt: skip
    assert cells(page, "I5")[2] == "over Z/2: (1, 2, 1)<br>over Z/3: (1, 1, 0)"
    assert cells(page, "I5")[4] == "over Z/2: 0.1 to 0.2"


def test_what_was_not_measured_is_an_empty_cell(shown, write):
    page = write(*shown)
    assert "None" not in page
    assert cells(page, "N1")[3:] == ["", "", "not run", "", "", ""]


def test_one_section_holds_all_of_a_source_with_the_command_data_time_and_margin(shown, write):
    page = write(*shown)
    assert page.count("## Paper on circles, 2008") == 1  # two reproductions share it
    section = page.split("## Paper on circles, 2008")[1].split("\n## ")[0]
    assert "### About circles" in section and "### Never run" in section
    assert "`tdabench run reproduction=circles profile=quick`" in section
    assert "patches:0123456789ab" in section and "8.7 s, 324 MiB" in section
    assert "Margin of I1, I2, I3, I4, I5: run: 0.25 (one rule)" in section
    assert "  - Gaussian: does not stand out. (1, 1) on 5 of 5" in section


def test_a_failure_is_told_once_for_all_claims_that_share_it(shown, write):
    assert "- **F1, F2** failed: out of memory." in write(*shown)


def test_tables_of_a_job_are_kept_and_a_job_without_any_is_no_error(shown, write):
    page = write(*shown)
    assert "**The sweep**" in page
    assert "| 0.3 | yes |  |" in page and "| 0.4 |  |  |" in page


def test_tables_of_a_job_that_did_not_finish_are_marked(shown, write, kept):
    kept.keep_table("run-2", "early", "What it came to", [{"n": 1}])
    page = write(*shown)
    assert page.index("did not finish") < page.index("What it came to") < page.index("## Provenance")


def test_provenance_has_date_commit_versions_machine_and_whole_digest(shown, write):
    provenance = write(*shown).split("## Provenance")[1]
    for part in ("2027-01-15 08:00", "0bdd0f8d9e3f with changes", "numpy 2.4.6", "A processor", "f" * 52):
        assert part in provenance


def test_a_frozen_job_says_so_in_its_rows_and_when_and_on_what_it_ran(frozen, write):
    page = write(*frozen)
    assert cells(page, "I1")[8] == "quick (reference)" and cells(page, "F1")[8] == "quick"
    assert ("5 seeds; data patches:0123456789ab; reference record of 2027-01-15, commit 0bdd0f8d9e3f with changes, "
            "2 cores A processor, 8.7 s, 324 MiB") in page  # fmt: skip
    assert "A frozen table" in page and "| 0.7 |" in page and "The sweep" not in page
    assert page.count("is read from reference/") == 1
    assert cells(page, "circles")[-1] == "reference/paper/circles" and cells(page, "fails")[-1] == ""


def test_without_a_frozen_job_nothing_is_said_of_them(shown, write):
    assert "reference" not in write(*shown)


def test_a_claim_that_was_not_frozen_stands_with_those_that_were(frozen, write):
    rows, jobs = frozen
    why = "not part of the frozen record of 2027-01-15"
    later = replace(rows[-1], id="N2", reproduction="circles", reason=why)
    page = write([*rows, later], jobs)
    assert page.count("### About circles") == 1
    assert "**N2** not run: not part of the frozen record of 2027-01-15." in page
    assert cells(page, "N2")[7:] == ["", ""]


def test_what_data_and_errors_say_stays_text(shown, write):
    rows, jobs = shown
    hostile = "a | b\n\n# head <script>alert(1)</script> ![x](http://e.org/x.png) `code` *x* &lt;"
    texts = dict.fromkeys(("says", "source", "published", "reason", "why"), hostile)
    rows[0] = replace(rows[0], **texts)
    page = write(rows, jobs)
    assert len(cells(page, "I1")) == 9
    assert "<script" not in page and "\n# head" not in page and "![x](" not in page
    assert "&lt;script>" in page and "a \\| b" in page and "&amp;lt;" in page


def test_a_command_with_backticks_stays_code(shown, write):
    rows, jobs = shown
    for row in rows:
        row.command = "tdabench run 'x=`date`'"
    assert "`` tdabench run 'x=`date`' ``" in write(rows, jobs)


def test_no_folder_of_the_machine_is_told(shown, write):
    rows, jobs = shown
    rows[-1].reason = "kodak is not here: put it under /home/ada/.cache/tdabench/kodak, or ~/data/kodak."
    rows[-1].command = "tdabench run reproduction=own data.files=[/home/ada/pictures]"
    page = write(rows, jobs)
    assert "/home" not in page and "/ada" not in page and "~/" not in page
    assert "put it under kodak, or kodak" in page and "data.files=[pictures]" in page
    rows[-1].reason = "over Z/2 and/or Z/3, 1/2 of https://example.org/a/b.zip, data/natural_images/nk15"
    assert rows[-1].reason in write(rows, jobs).replace("\\", "")


def test_the_old_page_stays_when_writing_fails(shown, write, tmp_path, monkeypatch):
    before = write(*shown)
    rows, jobs = shown
    with pytest.raises(AttributeError):
        write([*rows, replace(rows[0], controls={"broken": None})], jobs)

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError):
        write(rows[:1], jobs)
    assert (tmp_path / "RESULTS.md").read_text() == before
    assert [path.name for path in tmp_path.glob("*RESULTS*")] == ["RESULTS.md"]


def test_the_same_record_gives_the_same_page(shown, write):
    assert write(*shown) == write(*shown)


def test_an_empty_record_gives_a_page_that_says_so(write):
    assert "0 claims registered, 0 with a verdict" in write([], [])


def test_pictures_of_frozen_jobs_are_shown_from_where_they_lie(tmp_path):
    folder = paths.REFERENCE / "paper" / "x" / "figures"
    folder.mkdir(parents=True)
    for name in ("as they are.png", "bare.png"):
        (folder / name).touch()
    (folder / "as they are.txt").write_text("Circles of <b>|")
    elsewhere = tmp_path / "record" / "new.png"
    page = markdown._pictures([folder / "as they are.png", folder / "bare.png", elsewhere])
    assert page.startswith("<details><summary>2 pictures</summary>")
    assert "![as they are](reference/paper/x/figures/as%20they%20are.png)" in page
    assert "Circles of &lt;b>\\|" in page and "![bare]" in page and "new" not in page
    assert markdown._pictures([elsewhere]) == ""

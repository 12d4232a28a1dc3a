"""report/: complete, an island without a network, swapped in whole."""

import base64
import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tdabench import paths
from tdabench.record.baseline import FrozenRow
from tdabench.record.job import Recorded
from tdabench.report.addresses import Addresses
from tdabench.report.site import server_address


def pages(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


def test_the_first_screen_has_the_total_and_what_stands_out(shown, write):
    text = write(*shown).text
    total = "8 claims registered, 7 with a verdict: 3 reproduced, 1 partly, 1 not reproduced, 1 not run, 2 failed."
    assert text.index(total) < text.index("What stands out") < text.index("Over seeds")


def test_every_row_is_in_the_table_and_links_to_a_page_of_its_own(shown, write, opened):
    page = write(*shown)
    assert len({address for address in page.addresses() if address.startswith("claims/")}) == len(shown[0])
    for row in shown[0]:
        assert page.row(row.id)[1::2][:2] == [row.verdict, row.says]
        assert row.says in opened(f"claims/{row.id}.html").text


def test_every_page_is_reached_and_every_address_is_there(shown, write, opened, tmp_path):
    write(*shown)
    folder = tmp_path / "report"
    found = pages(folder)
    assert len(found) == 1 + len(shown[0]) + 3  # three reproductions
    reached = {"index.html"}
    for name in found:
        page = opened(name)
        for address in page.addresses():
            place = (page.folder / address.split("#")[0]).resolve() if not address.startswith("#") else None
            assert place is None or place.is_file(), f"{name}: {address}"
            reached |= {place.relative_to(folder).as_posix()} if place else set()
    assert set(found) <= reached


def test_claims_follow_one_another_in_the_order_of_the_table(shown, write, opened):
    write(*shown)
    order = []
    address = "I1.html"
    while address:
        page = opened(f"claims/{address}")
        order.append(address.removesuffix(".html"))
        address = next((Path(link["href"]).name for link in page.all("a") if link.get("rel") == "next"), None)
    assert order == ["I1", "I2", "I3", "I4", "I5", "N1", "F1", "F2"]  # by source
    assert not [link for link in opened("claims/I1.html").all("a") if link.get("rel") == "prev"]


def test_what_was_not_measured_is_an_empty_cell(shown, write, opened, tmp_path):
    page = write(*shown)
    assert not [name for name in pages(tmp_path / "report") if "None" in opened(name).source]
    assert page.row("N1") == ["N1", "not run", "", "Claim N1 holds", "(1, 1)", "", "", "", ""]


def test_each_claim_tells_all_that_a_verdict_must_carry(shown, write, opened):
    write(*shown)
    told = " ".join(opened("claims/I1.html").text.split())
    for part in ("Published(1, 1)", "Measured(1, 1)", "0.87 to 0.95", "(1, 1) on 5 of 5 seeds", "run: 0.25",
                 "one rule", "Gaussian", "shuffled", "0.96 to 0.98", "profile=quick", "Seeds5", "2 cores",
                 "2027-01-15 08:00 UTC", "0bdd0f8d9e3f with changes", "A processor", "numpy 2.4.6",
                 "0123456789ab" + "f" * 52, "evidence: read"):  # fmt: skip
        assert part in told
    assert '<code tabindex="0">tdabench run reproduction=circles profile=quick<' in opened("claims/I1.html").source


def test_a_range_is_drawn_beside_that_of_its_controls_on_one_axis(shown, write, opened):
    rows, jobs = shown
    rows[1].controls = {"shuffled": replace(rows[1].controls["shuffled"], interval=[0.2, 0.3])}
    rows[1].interval = [0.6, 0.9]
    write(rows, jobs)
    bars = [bar for bar in opened("claims/I2.html").all("rect") if "width" in bar and bar.get("class") != "end"]
    assert [(bar["x"], bar["width"]) for bar in bars] == [("60.0%", "30.0%"), ("20.0%", "10.0%")]
    assert "drawn from 0 to 1" in " ".join(opened("claims/I2.html").text.split())
    assert not opened("claims/F1.html").all("rect")


def test_figures_are_copied_with_their_captions_as_alternative_text(shown, write, opened):
    write(*shown)
    for page in (opened("claims/I1.html"), opened("reproductions/circles.html")):
        (image,) = page.all("img")
        assert image["alt"] == "The <b>primary</b> circle" and "<b>primary" not in page.source
        assert (page.folder / image["src"]).read_bytes().startswith(b"\x89PNG")


def test_a_figure_without_a_caption_and_a_second_job_of_the_same_name(shown, write, kept, opened):
    rows, jobs = shown
    rows = [*rows, replace(rows[0], run_id="run-3")]
    kept.keep_figure("run-1", "nameless_one", None)
    kept.keep_figure("run-3", "nameless_one", "of the second job")
    page = write(rows, [*jobs, replace(jobs[0], run_id="run-3")])
    assert {"claims/I1.html", "claims/I1-2.html"} <= set(page.addresses())
    first, second = (opened(f"reproductions/{name}.html") for name in ("circles", "circles-2"))
    assert {image["alt"] for image in first.all("img")} > {"nameless one"}
    assert [image["alt"] for image in second.all("img")] == ["of the second job"]


def test_tables_are_shown_and_one_that_was_cut_off_says_so(shown, write, kept, opened):
    kept.keep_table("run-2", "early", "What was left", [{"n": 1}])
    (kept.root / "run-1" / "tables" / "cut_off.json").write_text('{"title": "Cut off", "rows": [{"n"')
    (kept.root / "run-1" / "tables" / "other.json").write_text("[]")
    write(*shown)
    told = opened("reproductions/circles.html").text
    assert "The sweep" in told and "cut off" in told and told.count("this table cannot be read") == 2
    failed = opened("reproductions/fails.html").text
    assert failed.index("did not finish") < failed.index("What was left")


def test_a_frozen_job_says_so_and_has_its_own_figures(frozen, write, opened):
    page = write(*frozen)
    assert page.row("I1")[8] == "quick (reference)" and page.row("F1")[8] == "quick"
    assert "is read from reference/" in page.text
    claim = opened("claims/I1.html")
    assert "read from reference/paper/circles" in claim.text
    (image,) = claim.all("img")
    assert image["alt"] == "From the reference"


def a_frozen_quick_run(record, name="circles"):
    """`record` has a run whose numbers left the frozen one in one place, and whose verdict on I2 is another."""
    claims = [{"id": id, "measurement": f"{id}.runs", "controls": {"shuffled": f"{id}.shuffled"}}
              for id in ("I1", "I2", "I3")]  # fmt: skip
    rows = [{"id": claim["id"], "verdict": "reproduced", "control": "stands out"} for claim in claims]
    measured = {"I1.runs": 1.0, "I2.runs": 2.0, "I3.runs": 3.0, "I3.shuffled": [0.5], "seconds": 4.0}
    old = {"name": name, "profile": "quick", "config": {}, "data": {}, "status": "finished", "rows": rows,
           "measurements": measured, "provenance": {}}  # fmt: skip
    place = paths.REFERENCE / "quick" / f"{name}.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(old))
    changed = [row | {"verdict": "partly"} if row["id"] == "I2" else row for row in rows]
    record.recorded = [Recorded(
        name=name, profile="quick", command="tdabench run", config={"claims": claims}, data={}, status="finished",
        rows=[FrozenRow(**row) for row in changed], measurements=measured | {"I3.shuffled": [0.75]}, run_id="r",
        fingerprint="f", variant=False, own=False, recorded=1.8e9, reason="",
    )]  # fmt: skip


def test_what_changed_since_the_reference_is_marked_and_told(shown, write, kept, opened, monkeypatch):
    monkeypatch.setattr("tdabench.record.compare.outdated", lambda job: "")
    monkeypatch.setattr("tdabench.record.compare.judged_again", lambda job: job.rows)
    a_frozen_quick_run(kept)
    page = write(*shown)
    marks = {row.get("data-reference") for row in page.all("tr") if row.get("class") == "claim"}
    assert marks == {"changed", "as before", ""}
    assert page.row("I2")[1] == "reproduced changed" and page.row("I1")[1] == "reproduced"
    assert opened("claims/I2.html").row("verdict I2")[1:4] == ["reproduced", "partly", "outside"]
    assert opened("claims/I3.html").row("I3.shuffled.0")[1:4] == ["0.5", "0.75", "outside"]
    assert "I3.shuffled" not in opened("claims/I2.html").text
    whole = opened("reproductions/circles.html")
    assert whole.row("verdict I2") and whole.row("I3.shuffled.0") and "2 outside" in whole.text
    assert "tdabench check --all --profile quick circles" in whole.text


def test_without_a_reference_nothing_is_said_of_it(shown, write, opened):
    assert "reference" not in write(*shown).text and "reference" not in opened("claims/I1.html").text


def test_runs_on_a_server_are_linked_without_its_password(shown, write, kept, opened):
    kept.server = "https://ada:secret@mlflow.example.org:8443/tracking"
    write(*shown)
    (link,) = [a["href"] for a in opened("claims/I1.html").all("a") if "://" in a["href"]]
    assert link == "https://mlflow.example.org:8443/tracking/#/experiments/1/runs/run-1"
    assert not [a for a in opened("claims/N1.html").all("a") if "://" in a["href"]]


@pytest.mark.parametrize(
    "address", [None, "", "javascript:alert(1)//http://x", "data:text/html,x", "file:///etc", "http:", "http://[x"]
)
def test_what_is_no_address_of_a_server_is_no_link(address):
    assert server_address(address) is None


def test_every_page_states_a_policy_that_allows_its_own_script_and_style_alone(shown, write, opened, tmp_path):
    write(*shown)
    for name in pages(tmp_path / "report"):
        page = opened(name)
        (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "*" not in policy
        for tag in ("script", "style"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.source, re.S)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not [tag for tag, _ in page.tags if tag in ("link", "iframe", "object", "embed", "base")]
        assert not [address for address in page.addresses() if re.match(r"\s*\w+:|\s*//", address)]
        assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on") or key == "style"]
        assert "url(" not in page.source and "@import" not in page.source


def test_a_verdict_is_told_in_words_and_the_page_fits_a_phone(shown, write):
    page = write(*shown)
    assert {a["name"] for a in page.all("meta") if "name" in a} == {"viewport", "referrer"}
    for name in ("reproduced", "partly", "not reproduced", "not run", "failed"):
        assert re.search(rf'<span class="label [\w-]+">{name}</span>', page.source)
    assert page.source.count("<table") == page.source.count('class="scroll" tabindex="0"')


def test_names_of_files_are_plain_and_unlike_where_capitals_make_no_difference():
    addresses = Addresses()
    given = [addresses.give(name) for name in ("T1@k15", "t1@K15", "T1.k15", "../../x", "", "..", "\u202e", "a" * 300)]
    assert given[:4] == ["T1-k15", "t1-K15-2", "T1.k15", "x"]
    assert len({name.casefold() for name in given}) == len(given) and max(map(len, given)) < 70
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) for name in given)


def test_the_old_report_stays_whole_when_writing_fails(shown, write, tmp_path, monkeypatch):
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
        assert (tmp_path / "report" / "figures" / "circles" / "primary-circle.png").exists()
        assert not list(tmp_path.glob(".report*"))


def test_a_new_report_leaves_nothing_of_the_old(shown, write, tmp_path):
    write(*shown)
    (tmp_path / "report" / "figures" / "circles" / "gone.png").touch()
    write(*shown)
    assert sorted(path.name for path in (tmp_path / "report").rglob("*.png")) == ["primary-circle.png"]
    assert not list(tmp_path.glob(".report*"))


def test_the_same_record_gives_the_same_pages(shown, write, tmp_path):
    write(*shown)
    before = {name: (tmp_path / "report" / name).read_bytes() for name in pages(tmp_path / "report")}
    write(*shown)
    assert before == {name: (tmp_path / "report" / name).read_bytes() for name in pages(tmp_path / "report")}


def test_an_empty_record_gives_a_page_that_says_so(write):
    assert "0 claims registered, 0 with a verdict" in write([], []).text

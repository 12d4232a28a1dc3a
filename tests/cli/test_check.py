"""`tdabench check`: what left its band is found and named, what stayed is not, and what cannot be compared is said."""

import json
import re
from dataclasses import replace
from importlib import metadata

import pytest
import yaml
from PIL import Image

from tdabench import paths
from tdabench.record import baseline, compare
from tdabench.record.baseline import Numbers

BODY = "return {'number': 3.0, 'runs': [{'1,1': 0.6, '1,0': 0.2}], 'seconds': [1.0, 2.0], 'spread': [1.0, 2.0, 3.0]}"
BANDS = [
    {"of": "seconds.*", "band": "free", "why": "a time"},
    {"of": "spread.*", "band": "overlap", "why": "few seeds"},
]


@pytest.fixture
def pages(record, tmp_path, monkeypatch):
    """pages(body, **keys): the one registered reproduction, `held`, measures with that body."""
    monkeypatch.setattr(paths, "CONF", tmp_path / "conf")
    monkeypatch.setattr(paths, "REPRODUCTIONS", tmp_path / "reproductions")
    (tmp_path / "reproductions").mkdir()
    (tmp_path / "reproductions" / "__init__.py").touch()
    for folder in ("reproduction", "profile"):
        (tmp_path / "conf" / folder).mkdir(parents=True)
    (tmp_path / "conf" / "profile" / "quick.yaml").write_text("name: quick\nseeds: 1\n")
    (tmp_path / "conf" / "config.yaml").write_text((paths.ROOT / "conf" / "config.yaml").read_text())

    def write(body=BODY, **keys):
        claim = {"id": "T1", "says": "Three", "source": "nowhere", "evidence": "own check", "published": 3,
                 "measurement": "number", "test": "equals", "margin": {"within": 0.5}, "why": "half"}  # fmt: skip
        page = {"name": "held", "title": "Held", "source": "this test", "seeds": 1, "bands": BANDS, "claims": [claim]}
        text = "# @package _global_\n" + yaml.safe_dump(page | keys)
        (tmp_path / "conf" / "reproduction" / "held.yaml").write_text(text)
        (tmp_path / "reproductions" / "held.py").write_text(f"def measure(config, bench):\n    {body}\n")

    write()
    return write


@pytest.fixture
def frozen(pages, tdabench):
    assert tdabench("run", "reproduction=held")[0] == 0
    assert tdabench("check", "--freeze", "held")[0] == 0
    return pages


def again(tdabench):
    tdabench("run", "reproduction=held", "again=true")
    return tdabench("check", "held")


def test_nothing_has_changed(frozen, tdabench):
    code, out, _ = tdabench("check")
    assert code == 0
    assert "held: 8 the same, 0 within their bands" in out


def test_the_reference_says_where_it_comes_from(frozen):
    frozen_job = baseline.frozen("held", "quick")
    assert {"day", "commit", "command", "cpu", "threads", "numpy", "wall_s"} <= set(frozen_job.provenance)


@pytest.mark.parametrize(
    "old, new, name",
    [
        ("3.0", "3.001", "number: 3 -> 3.001"), ("0.6", "0.61", "runs.0.1,1: 0.6 -> 0.61"),
        ("'1,0': 0.2", "'1,0': 0.2, '2,0': 0.2", "runs.0.2,0: 0 -> 0.2"),
        ("'spread': [1.0, 2.0, 3.0]", "'spread': [3.1, 4.0, 5.0]",
         "spread: (1, 3) -> (3.1, 5)"),
    ],
)  # fmt: skip
def test_a_number_that_left_its_band_is_found_and_named(frozen, tdabench, old, new, name):
    frozen(BODY.replace(old, new, 1))
    code, out, _ = again(tdabench)
    assert code == 1
    assert name in out and out.count("; band: ") == 1 and "1 outside" in out


@pytest.mark.parametrize("old, new", [("3.0", "3.0000001"), ("[1.0, 2.0],", "[7.0, 9.0],"), ("2.0, 3.0]", "2.5, 3.5]")])
def test_what_stays_in_its_band_passes(frozen, tdabench, old, new):
    frozen(BODY.replace(old, new, 1))
    code, out, _ = again(tdabench)
    assert code == 0
    assert "within their bands" in out and "0 outside" in out


@pytest.fixture
def states(monkeypatch):
    """states(before, now, bands): measurement with its place -> how it compares, for two jobs of the same thing."""

    def compared(before, now, bands=()):
        monkeypatch.setattr(compare.pages, "bands", lambda name: bands)
        same = {"name": "held", "profile": "quick", "status": "finished", "config": {}, "data": {}, "rows": []}
        job, frozen = (Numbers(**same, provenance={}, measurements=measured) for measured in (now, before))
        differences = compare.compare(job, frozen)
        return {difference.name: difference.state for difference in differences}

    return compared


def test_a_count_is_exact_unless_its_page_allows_more(states):
    wide = [{"of": "count", "relative": 0.1, "why": "as it moved"}]
    assert states({"count": 10**8}, {"count": 10**8 + 1}) == {"count": compare.OUTSIDE}
    assert states({"count": 1000}, {"count": 1001}, wide) == {"count": compare.WITHIN}
    assert states({"count": 1000}, {"count": 1200}, wide) == {"count": compare.OUTSIDE}


def test_nested_measurements_are_held_to_older_references_of_flat_names(states):
    before = {"k15.runs": [{"1,5": 0.5}], "k15.graph.b1": 5, "gone.at": 1, "off": {"not_run": "no data"}}
    now = {"k15": {"runs": [{"1,5": 0.5, "1,1": 0.001}], "graph": {"b1": 6}}, "off": [1.0]}
    assert states(before, now) == {
        "gone.at": compare.NOT_COMPARED, "k15.graph.b1": compare.OUTSIDE, "k15.runs.0.1,5": compare.SAME,
        "off": compare.OUTSIDE,
    }  # fmt: skip


def test_what_is_not_a_number_on_both_sides_is_the_same(states):
    nan = float("nan")
    assert states({"a": nan, "b": nan}, {"a": nan, "b": 1.0}) == {"a": compare.SAME, "b": compare.OUTSIDE}


def test_a_verdict_that_turned_and_a_job_that_fails_now_are_regressions(frozen, tdabench):
    frozen(BODY.replace("3.0", "4.0", 1))
    code, out, _ = again(tdabench)
    assert code == 1 and "verdict T1: reproduced -> not reproduced" in out
    frozen("raise ValueError('no more')")
    code, out, _ = again(tdabench)
    assert code == 1 and "no more" in out


@pytest.mark.parametrize(
    "keys, said",
    [({"seeds": 2}, "other configuration: seeds"), ({"further": 1}, "other configuration: further")],
)
def test_what_cannot_be_compared_says_why(frozen, tdabench, keys, said):
    frozen(BODY, **keys)
    code, out, _ = again(tdabench)
    assert code == 3 and said in out


def test_a_measurement_that_is_gone_is_not_passed_over(frozen, tdabench):
    frozen("return {'number': 3.0, 'another': 1}")
    code, out, _ = again(tdabench)
    assert code == 3
    assert "measured no more" in out and "another" in out and "not in the reference" in out


def test_without_a_run_or_without_a_reference_nothing_is_compared(pages, tdabench):
    code, out, _ = tdabench("check")
    assert code == 3 and "nothing is frozen; tdabench check --profile quick --freeze held" in out
    tdabench("run", "reproduction=held")
    tdabench("check", "--freeze")
    for path in paths.RECORD.glob("artifacts/*"):
        path.rename(path.with_name("elsewhere"))
    code, out, _ = tdabench("check")
    assert code == 3 and "not on record here" in out


def test_a_program_reads_every_comparison(frozen, tdabench):
    frozen(BODY.replace("3.0", "3.001", 1))
    tdabench("run", "reproduction=held", "again=true")
    code, out, _ = tdabench("check", "--json")
    listed = json.loads(out)
    assert code == 1 and len(listed) == 8  # a range over seeds is one
    (outside,) = [entry for entry in listed if entry["state"] == compare.OUTSIDE]
    assert (outside["name"], outside["reference"], outside["now"]) == ("number", 3.0, 3.001)
    assert outside["band"]["kind"] == "relative" and outside["band"]["why"]


def test_freezing_again_shows_what_changes(frozen, tdabench):
    frozen(BODY.replace("3.0", "3.001", 1))
    tdabench("run", "reproduction=held", "again=true")
    code, out, err = tdabench("check", "--freeze", "held")
    assert code == 0 and "number: 3 -> 3.001" in out and "is in reference/quick/held.json now" in err
    assert tdabench("check")[0] == 0


def test_the_reference_tells_how_far_other_runs_of_the_job_lay(pages, tdabench):
    pages("import time; return {'number': 3.0, 'seconds': [time.time()], 'told': str(time.time())}")
    for _ in range(3):
        tdabench("run", "reproduction=held", "again=true")
    tdabench("check", "--freeze", "held")
    spread = baseline.frozen("held", "quick").spread
    assert spread["runs"] == 2 and set(spread["moved"]) == {"seconds.0", "told"}
    assert spread["moved"]["seconds.0"] > 0 and spread["moved"]["told"] is None


def test_a_damaged_reference_is_named(frozen, tdabench):
    place = paths.REFERENCE / "quick" / "held.json"
    place.write_text(place.read_text()[:100])
    code, _, err = tdabench("check")
    assert code == 2 and "reference/quick/held.json cannot be read" in err


def test_a_variant_is_no_run_of_the_page(frozen, tdabench):
    tdabench("run", "reproduction=held", "seeds=5")
    assert tdabench("check")[0] == 0


# Only what tells about the code, the versions and the configuration that are here is compared


def not_compared(tdabench, why):
    code, out, _ = tdabench("check", "held")
    assert code == 3 and "0 the same" in out and "0 outside" in out
    assert re.search(f"job: not compared, {why}.*measure again", out), out


def test_a_run_under_another_version_is_not_compared(frozen, tdabench, monkeypatch):
    monkeypatch.setattr("tdabench.provenance._versions", lambda name: {name: "9.9"})
    not_compared(tdabench, "measured under .*numpy [0-9.]+.*here is .*9.9")
    assert again(tdabench)[0] == 0


def test_a_run_of_other_code_is_not_compared(frozen, tdabench):
    frozen(BODY.replace("3.0", "3.1", 1))
    not_compared(tdabench, "measured before a change of reproductions.held")


def test_a_run_of_another_configuration_is_not_compared(frozen, tdabench):
    frozen(seeds=2)
    not_compared(tdabench, "measured with another configuration than conf/ has now .seeds.")


def test_a_run_of_an_older_suite_is_not_compared(frozen, tdabench, monkeypatch):
    monkeypatch.setattr("tdabench.jobs.job.provenance.differences", lambda *_: "measured before versions were recorded")
    not_compared(tdabench, "measured before versions were recorded")


def test_it_begins_with_the_versions_of_both_sides(frozen, tdabench, monkeypatch):
    version = metadata.version("gudhi")
    out = tdabench("check", "held")[1].splitlines()
    assert out[0].startswith("Installed here: python ") and f"gudhi {version}" in out[0]
    assert out[1:3] == ["Newest runs (1): measured under the same versions",
                        "Reference (1): measured under the same versions"]  # fmt: skip
    monkeypatch.setattr("tdabench.cli.check.installed", lambda: {"gudhi": "3.11.0"})
    out = tdabench("check", "held")[1].splitlines()
    assert out[2] == f"Reference (1): measured under gudhi {version} (1 of 1)"
    assert isinstance(json.loads(tdabench("check", "--json", "held")[1]), list)


def test_verdicts_are_judged_from_the_measurements(frozen, record):
    (job,) = record.jobs()
    edited = replace(job, rows=[replace(job.rows[0], verdict="not reproduced")])
    states = {each.name: each.state for each in compare.compare(edited, baseline.frozen("held", "quick"))}
    assert states["verdict T1"] == compare.SAME


def test_a_result_that_was_edited_is_measured_again_and_never_believed(frozen, tdabench, record):
    (job,) = record.jobs()
    file = record.artefact(job, "job.json")
    file.write_text(file.read_text().replace("reproduced", "not reproduced").replace('"number": 3.0', '"number": -999'))
    code, out, err = tdabench("check", "held")
    assert code == 3 and "not on record here" in out and "-999" not in out
    assert "altered after the job had been recorded" in err
    assert tdabench("run", "reproduction=held")[0] == 0
    assert tdabench("check", "held")[0] == 0


def test_back_under_the_old_version_its_run_counts_again(frozen, tdabench, monkeypatch):
    """Another version was tried in between, and is newer."""
    with monkeypatch.context() as other:
        other.setattr("tdabench.provenance._versions", lambda name: {name: "9.9"})
        assert again(tdabench)[0] == 0
    assert tdabench("check", "held")[0] == 0


def test_a_damaged_newest_run_leaves_the_one_before_it(frozen, tdabench, record):
    tdabench("run", "reproduction=held", "again=true")
    newest, _ = record.jobs()
    record.artefact(newest, "job.json").write_text("{")
    assert tdabench("check", "held")[0] == 0


def test_data_that_is_another_or_gone_is_not_compared(frozen, tdabench, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "kodak").mkdir(parents=True)
    Image.new("L", (3, 3), 1).save(tmp_path / "data" / "kodak" / "a.png")
    frozen(data={"needs": ["kodak"]})
    assert tdabench("run", "reproduction=held")[0] == 0 and tdabench("check", "--freeze", "held")[0] == 0
    assert tdabench("check", "held")[0] == 0
    Image.new("L", (3, 3), 2).save(tmp_path / "data" / "kodak" / "a.png")
    not_compared(tdabench, "measured on other data than is here .kodak.")
    (tmp_path / "data" / "kodak" / "a.png").unlink()
    not_compared(tdabench, "measured on other data than is here .kodak.")


def test_a_newer_run_that_failed_does_not_hide_the_one_that_is_on_record(frozen, tdabench):
    tdabench("run", "reproduction=held", "again=true", "limits.time_s=0.01")
    assert "already on record" in tdabench("run", "reproduction=held")[1]
    assert tdabench("check", "held")[0] == 0


def test_what_is_outdated_is_not_frozen(frozen, tdabench):
    frozen(BODY.replace("3.0", "3.1", 1))
    code, _, err = tdabench("check", "--freeze", "held")
    assert code == 1 and "left as it was, measured before a change of reproductions.held" in err

"""What MLflow shows of a job: every number by its seed, under a name of its own, and the verdicts in words."""

import math
import re

import pytest

from tdabench.record.metrics import NOTE, summary

CLAIM = {"id": "T1", "says": "more than 2", "published": 2, "measurement": "number", "test": "at_least", "margin": {},
         "controls": {"noise": "noise"}}  # fmt: skip
ROW = {"id": "T1", "verdict": "reproduced", "published": 2, "measured": 3, "control": "stands out", "says": "more"}
JOB = {
    "id": "j1", "name": "page", "profile": "quick", "command": "tdabench run reproduction=page profile=quick",
    "config": {"title": "A page", "source": "A paper", "points": 5, "claims": [CLAIM]}, "status": "finished",
    "reason": "", "commit": "0123", "fingerprint": "f1", "own": False, "variant": False, "rows": [ROW],
    "measurements": {"number": [1, 4, 3], "noise": [0, 1, 0]}, "wall_s": 1.5, "peak_rss_mib": 80.0,
}  # fmt: skip


def points(**measurements):
    """Name -> its points as pairs of step and value, without those of claims and verdicts."""
    return named(JOB | {"measurements": measurements, "rows": [], "wall_s": None, "peak_rss_mib": None})


def named(job):
    series = {}
    for point in summary(job).points:
        series.setdefault(point.name, []).append((point.step, point.value))
    return {name: values for name, values in series.items() if job["rows"] or not name.startswith("verdicts/")}


def test_a_list_is_a_series_by_seed_with_its_median_beside_it():
    assert points(radius=[0.5, 0.25, 1.0]) == {
        "radius": [(0, 0.5), (1, 0.25), (2, 1.0)],
        "radius.median": [(0, 0.5)],
    }
    assert points(one=[2])["one.median"] == [(0, 2.0)]


def test_a_single_number_has_no_step_and_no_median():
    assert points(count=3, right=True) == {"count": [(0, 3.0)], "right": [(0, 1.0)]}


@pytest.mark.parametrize("measurements", [{"k300.gaussian.h1": [1, 2]}, {"k300": {"gaussian": {"h1": [1, 2]}}}])
def test_nested_and_dotted_names_become_the_same_groups_of_charts(measurements):
    assert set(points(**measurements)) == {"k300/gaussian/h1", "k300/gaussian/h1.median"}


def test_a_dot_within_a_number_parts_no_name():
    assert set(points(**{"level 0.25.ratio": 1})) == {"level 0.25/ratio"}


def test_a_mapping_by_seed_is_one_series_a_part():
    found = points(cost=[{"bytes": 1, "s": 2}, {"bytes": 3, "s": 4}])
    assert (found["cost/bytes"], found["cost/s"]) == ([(0, 1), (1, 3)], [(0, 2), (1, 4)])
    assert points(mass={"a": [1, 2]})["mass/a"] == [(0, 1), (1, 2)]
    assert points(table=[[1, 2], [3, 4]])["table/1"] == [(0, 2), (1, 4)]


def test_runs_of_betti_vectors_show_betti_numbers_and_the_shares_of_what_is_read():
    found = points(runs=[{"1,2": 0.5, "1,1": 0.2}, {"1,1": 0.4}, {"1,2": 0.3, "9,9": 0.1}])
    assert found["runs/b0"] == [(0, 1), (1, 1), (2, 1)] and found["runs/b1"] == [(0, 2), (1, 1), (2, 2)]
    assert found["runs/1_2"] == [(0, 0.5), (1, 0), (2, 0.3)] and found["runs/1_1.median"] == [(0, 0.2)]
    assert "runs/9_9" not in found


def test_no_two_names_become_one():
    names = {"a?b": 1, "a!b": 2, "a.b": 3, "a/b": 4, "x": [1], "x.median": 5, "ü" * 300: 6, "ü" * 301: 7}
    found = points(**names)
    assert sorted(value for series in found.values() for _, value in series) == [1, 1, 1, 2, 3, 4, 5, 6, 7]
    assert all(re.fullmatch(r"[/\w.\- ]{1,250}", name) for name in found)


def test_what_is_no_number_is_no_metric():
    assert points(a="text", b={"not_run": "why"}, c=[], d=None, e={}, f=[None, "x"]) == {}


def test_numbers_that_are_none_do_not_hide_the_median():
    found = points(a=[math.nan, 3, 1], b=[math.nan], c=[10**400, 1])
    assert found["a.median"] == [(0, 2)] and math.isnan(found["b.median"][0][1])
    assert found["c"] == [(0, math.inf), (1, 1)]


def test_verdicts_are_counted_and_claims_have_their_statistics():
    found = named(JOB)
    assert [found[f"verdicts/{kind}"][0][1] for kind in ("reproduced", "partly", "not run")] == [1, 0, 0]
    assert found["claims/T1/measured"] == [(0, 3)]
    assert found["claims/T1/statistic"] == [(0, 1), (1, 4), (2, 3)] and found["claims/T1/statistic.median"] == [(0, 3)]
    assert found["claims/T1/control noise"] == [(0, 0), (1, 1), (2, 0)]


@pytest.mark.parametrize("claim", [{"id": "T1"}, CLAIM | {"measurement": "none"}, CLAIM | {"test": "gone"}])
def test_a_claim_that_cannot_be_judged_has_no_statistic(claim):
    found = named(JOB | {"config": {"claims": [claim]}})
    assert "claims/T1/statistic" not in found and found["number"] == [(0, 1), (1, 4), (2, 3)]


def test_a_job_that_failed_shows_what_it_cost_and_why():
    job = JOB | {"status": "failed", "reason": "over its *time* limit", "rows": [ROW | {"verdict": "failed"}]}
    del job["measurements"]
    found = summary(job)
    assert {"wall_s", "verdicts/failed"} <= {point.name for point in found.points}
    assert found.tags["tdabench.verdict"] == "failed" and r"over its \*time\* limit" in found.note


def verdict(*verdicts):
    return summary(JOB | {"rows": [ROW | {"id": str(at), "verdict": of} for at, of in enumerate(verdicts)]}).tags


def test_a_run_is_tagged_by_page_source_profile_and_verdict():
    tags = verdict("reproduced", "reproduced")
    names = [f"tdabench.{key}" for key in ("reproduction", "source", "profile", "verdict", "verdict.1")]
    assert [tags[name] for name in names] == ["page", "A paper", "quick", "reproduced", "reproduced"]
    assert verdict("reproduced", "partly")["tdabench.verdict"] == "mixed"
    assert verdict("reproduced", "no claim")["tdabench.verdict"] == "reproduced"
    assert verdict("no claim")["tdabench.verdict"] == verdict()["tdabench.verdict"] == "no claim"


def test_a_name_says_what_was_changed():
    command = "tdabench run reproduction=page profile=paper points=5 'path=my file.csv'"
    assert summary(JOB).name == "page"
    assert summary(JOB | {"command": command, "profile": "paper"}).name == "page paper points=5 path=my file.csv"


def test_the_description_is_a_table_of_verdicts_that_means_nothing_but_its_text():
    row = ROW | {"says": "a | b\n![x](http://y) <b>"}
    note = summary(JOB | {"rows": [row]}).note
    assert r"| T1 | reproduced | 2 | 3 | stands out | a \| b !\[x\](http://y) \<b\> |" in note.splitlines()
    assert note.startswith("**A page**\n\nA paper\n\n    tdabench run reproduction=page profile=quick\n")


def test_a_description_that_is_too_long_says_what_it_leaves_out():
    note = summary(JOB | {"rows": [ROW | {"id": str(at), "says": "x" * 9000} for at in range(200)]}).note
    assert len(note) < NOTE + 100
    rows = sum(line.startswith("| ") for line in note.splitlines()) - 1
    assert note.endswith(f"and {200 - rows} more claims in job.json")

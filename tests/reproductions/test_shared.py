"""What reproductions share: what a run too small to judge says, and numbers of tables."""

from omegaconf import OmegaConf

from reproductions._shared import rounded, withheld
from tdabench.claims.judge import NOT_RUN, judge
from tdabench.claims.measurements import flat

CLAIM = {
    "id": "T1", "says": "one", "source": "nowhere", "evidence": "own check", "published": 1, "measurement": "one",
    "test": "equals", "margin": {}, "why": "a count",
}  # fmt: skip


def test_what_a_small_run_withholds_is_not_run_with_the_way_out():
    parts = CLAIM | {"published": {"a": 1, "b": 2}, "measurement": "of", "sentence": "told", "stand_in": "note",
                     "controls": {"by name": {"a": "other", "b": "another"}, "by part": "less"}}  # fmt: skip
    measurements = withheld(OmegaConf.create({"claims": [CLAIM, parts]}))
    assert set(flat(measurements)) == {"one", "of.a", "of.b", "other", "another", "less.a", "less.b", "told", "note"}
    for claim in (CLAIM, parts):
        verdict = judge(claim, measurements)
        assert verdict.verdict == NOT_RUN and "profile=paper" in verdict.reason


def test_what_a_small_run_has_measured_stands_beside_what_it_withholds():
    parts = CLAIM | {"published": {"a": 1, "b": 2}, "measurement": "of"}
    measurements = withheld(OmegaConf.create({"claims": [parts]}), {"of": {"b": 2}, "n": 3})
    assert (measurements["of"]["b"], measurements["n"]) == (2, 3)
    assert "b: 2" in judge(parts, measurements).reason and "take profile=paper" in judge(parts, measurements).reason
    gone = withheld(OmegaConf.create({"claims": [parts]}), {"of": {"not_run": "no data"}})
    assert gone == {"of": {"not_run": "no data"}}


def test_a_table_keeps_a_few_digits_of_floats_and_everything_else():
    rows = [{"a": 0.123456, "b": 7, "c": "x", "d": 123456.0}]
    assert rounded(rows, 3) == [{"a": 0.123, "b": 7, "c": "x", "d": 123000}]

"""Which job is shown of each reproduction, when some are on record here and some are frozen in reference/."""

import json
from dataclasses import fields, replace
from types import SimpleNamespace

import jsonschema
import pytest

from tdabench import paths
from tdabench.claims import pages as registered_pages
from tdabench.record import baseline
from tdabench.record.job import Row
from tdabench.report import results, schema
from tdabench.structure import write

FROZEN = {"run_id": "reference/paper/circles", "profile": "paper", "reference": True}
PAPER = {"run_id": "paper", "profile": "paper"}
QUICK = {"run_id": "quick", "profile": "quick"}


@pytest.fixture
def registered(monkeypatch, shown):
    """registered(*ids): the only reproduction is circles, with claims of these ids."""

    def call(*ids):
        claims = [vars(shown[0][1]) | {"id": id} for id in ids]
        entry = SimpleNamespace(name="circles", title="Circles", source="A paper", own=False, claims=claims)
        monkeypatch.setattr(registered_pages, "reproductions", lambda: [entry])

    return call


@pytest.fixture
def job(shown):
    """job(origin, recorded, *ids): a job of circles with rows of these ids."""
    rows, jobs = shown

    def call(origin, recorded, *ids):
        own = {field.name: getattr(rows[1], field.name) for field in fields(Row)} | {"profile": origin["profile"]}
        listed = [Row(**own | {"id": id}) for id in ids or ("I1",)]
        return replace(jobs[0], recorded=recorded, rows=listed, **origin)

    return call


@pytest.mark.parametrize(
    ("given", "shown_one"),
    [
        ([(QUICK, 9), (FROZEN, 5)], FROZEN),
        ([(PAPER, 9), (FROZEN, 5)], PAPER),
        ([(FROZEN, 9), (PAPER, 5)], FROZEN),
        ([(PAPER | {"variant": True}, 9), (FROZEN, 5)], FROZEN),
        ([(QUICK, 9)], QUICK),
    ],
)
def test_a_frozen_job_gives_way_to_a_newer_one_of_the_paper_profile_only(registered, job, given, shown_one):
    registered("I1")
    jobs = [job(*one) for one in given]
    assert [one.run_id for one in results.current_jobs(jobs)] == [shown_one["run_id"]]
    (row,) = results.current_rows(results.current_jobs(jobs))
    assert (row.run_id, row.reference) == (shown_one["run_id"], shown_one is FROZEN)


def test_claims_that_changed_since_are_left_out_or_not_run(registered, job):
    registered("I0", "I1", "I2")
    rows = results.current_rows([job(FROZEN, 1.8e9, "I2", "gone", "I1")])
    verdicts = [(row.id, row.verdict) for row in rows]
    assert verdicts == [("I1", "reproduced"), ("I2", "reproduced"), ("I0", "not run")]
    assert rows[2].reason == "not part of the frozen record of 2027-01-15; tdabench run reproduction=circles"
    assert (rows[2].measured, rows[2].reference, rows[2].recorded) == (None, False, None)
    assert results.total_line(rows) == "3 claims registered, 2 with a verdict: 2 reproduced, 1 not run."


def test_rows_of_the_record_are_shown_as_they_are(registered, job):
    registered("I0", "I1")
    assert [row.id for row in results.current_rows([job(PAPER, 9, "I1")])] == ["I1"]


def test_without_any_job_every_claim_is_not_run(registered):
    registered("I1", "I2")
    rows = results.current_rows([])
    assert {(row.verdict, row.reference, row.run_id) for row in rows} == {("not run", False, None)}
    assert rows[0].reason == "not on record here; tdabench run reproduction=circles"


# The schema of `tdabench results --json`


def test_the_schema_in_the_repository_is_the_one_that_the_rows_have():
    assert schema.PLACE.read_text("utf-8") == schema.text(), "python -m tdabench.report.schema renews it"


def test_every_row_fits_the_schema(pages, tdabench, monkeypatch):
    """Of a run on record, of one that failed, of none, and of frozen runs."""
    validator = jsonschema.Draft202012Validator(json.loads(schema.text()))
    validator.check_schema(validator.schema)
    tdabench("run", "-m", "reproduction=fine,crash")
    assert tdabench("check", "--freeze", "fine")[0] == 0
    recorded = json.loads(tdabench("results", "--json")[1])
    monkeypatch.setattr(paths, "REFERENCE", paths.ROOT / "reference")
    frozen = write(results.all_rows(baseline.jobs()))
    assert {row["verdict"] for row in recorded} == {"reproduced", "failed", "not run"} and len(frozen) > 100
    assert [row["controls"] for row in frozen if row["controls"]]
    for row in (*recorded, *frozen):
        validator.validate([row])
    with pytest.raises(jsonschema.ValidationError):
        validator.validate([recorded[0] | {"another": 1}])
    with pytest.raises(jsonschema.ValidationError):
        validator.validate([recorded[0] | {"seeds": "five"}])

"""Curves of a job in MLflow while it runs: seen at once, whole in the end, and never taken for a result before."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from safetensors.numpy import load_file, save_file

from tdabench.errors import RecordUnusable
from tdabench.jobs.job import take_in
from tdabench.processes import series
from tdabench.record import live
from tdabench.record.job import Job
from tdabench.record.runs import Record
from tests.record.test_metrics import JOB
from tests.record.test_record import ROW

ENDED = JOB | {"data": {}, "started": 1.8e9, "rows": [ROW | row for row in JOB["rows"]]}
TASK = Job.read(ENDED)


def ended(**keys):
    """A job that has ended, with these keys of its file."""
    return Job.read(ENDED | keys)


@pytest.fixture
def folder(record, monkeypatch):
    """The folder of a job at work, which this process holds."""
    place = record.folder / "work" / "f1-0123"
    place.mkdir(parents=True)
    monkeypatch.setenv(series.VARIABLE, str(place / series.FOLDER))
    lock = FileLock(place.with_name(f"{place.name}.lock"))
    with lock:
        yield place


def client(record):
    return MlflowClient(record.uri)


def runs(record):
    """Name -> run, of all that have not been removed."""
    experiment = client(record).get_experiment_by_name("tdabench").experiment_id
    return {run.info.run_name: run for run in client(record).search_runs([experiment])}


def models(record, kind):
    """All logged models of a kind."""
    experiment = client(record).get_experiment_by_name("tdabench").experiment_id
    return list(client(record).search_logged_models([experiment], f"model_type = '{kind}'"))


def curve(record, name, key="accuracy"):
    points = client(record).get_metric_history(runs(record)[name].info.run_id, key)
    return sorted((point.step, point.value) for point in points)


def test_a_curve_is_seen_while_the_job_runs_and_is_no_result(record, folder):
    run, arm = live.Open(), series.begin("arm, seed 0", {"seed": 0, "recipe": {"batch": 5}})
    arm.add(0, accuracy=0.1)
    record.pass_on(TASK, folder, run)
    arm.add(10, accuracy=0.5, loss=1.5)
    record.pass_on(TASK, folder, run)
    record.pass_on(TASK, folder, run)  # nothing new
    assert curve(record, "arm, seed 0") == [(0, 0.1), (10, 0.5)] and curve(record, "arm, seed 0", "loss") == [(10, 1.5)]
    there = runs(record)
    assert there["arm, seed 0"].data.params == {"seed": "0", "recipe.batch": "5"}
    assert there["arm, seed 0"].data.tags["mlflow.parentRunId"] == there["page"].info.run_id
    assert {run.info.status for run in there.values()} == {"RUNNING"}
    assert record.entries() == [] and record.find("f1") is None


def test_the_run_that_was_watched_becomes_the_result(record, folder):
    run, arm = live.Open(), series.begin("arm, seed 0", {})
    arm.add(0, accuracy=0.1)
    record.pass_on(TASK, folder, run)
    arm.add(10, accuracy=0.5)
    arm.end(final_accuracy=0.6)
    job = record.write(ended(), folder, run)
    assert job.run_id == run.run_id and record.find("f1") == job and len(record.entries()) == 1
    assert curve(record, "arm, seed 0") == [(0, 0.1), (10, 0.5)]
    assert curve(record, "arm, seed 0", "final_accuracy") == [(0, 0.6)]
    assert {run.info.status for run in runs(record).values()} == {"FINISHED"}
    assert runs(record)["page"].data.metrics["number.median"] == 3


def test_curves_that_nobody_watched_are_there_in_the_end(record, folder):
    series.begin("arm, seed 0", {}).add(3, accuracy=0.5)
    failed = series.begin("arm, seed 1", {})
    failed.end("it diverged")
    record.write(ended(), folder)
    assert curve(record, "arm, seed 0") == [(3, 0.5)]
    states = {name: (run.info.status, run.data.tags.get("tdabench.reason")) for name, run in runs(record).items()}
    assert states["arm, seed 0"] == ("KILLED", "the job ended before")
    assert states["arm, seed 1"] == ("FAILED", "it diverged")


def test_two_series_of_one_name_are_two_runs_and_one_is_written_once(record, folder):
    for about in ({"rate": 1}, {"rate": 2}):
        series.begin("arm, seed 0", about).add(0, accuracy=0.5)
        series.begin("arm, seed 0", about).add(1, accuracy=0.6)
    record.write(ended(), folder)
    experiment = client(record).get_experiment_by_name("tdabench").experiment_id
    below = client(record).search_runs([experiment], "tags.`tdabench.series` = 'arm, seed 0'")
    assert sorted(run.data.params["rate"] for run in below) == ["1", "2"]
    assert [run.data.metrics["accuracy"] for run in below] == [0.5, 0.5]


def test_a_trained_network_is_a_logged_model_of_weights_alone(record, folder, tmp_path):
    weights = tmp_path / "seed-0.safetensors"
    save_file({"layer": np.arange(3.0)}, weights, {"model": "convolutional"})
    arm = series.begin("arm 0.5, seed 0", {"seed": 0})
    arm.end(weights=weights, final_accuracy=0.75)
    record.write(ended(), folder)
    (model,) = models(record, live.MODEL)
    assert (model.name, model.model_type, model.params["seed"]) == ("arm 0_5, seed 0", "network", "0")
    assert [(metric.key, metric.value) for metric in model.metrics] == [("final_accuracy", 0.75)]
    place = record.folder / "artifacts" / "models" / model.model_id / "artifacts"
    assert [path.name for path in place.iterdir()] == ["seed-0.safetensors"]
    assert load_file(place / "seed-0.safetensors")["layer"].tolist() == [0, 1, 2]
    outputs = client(record).get_run(model.source_run_id).outputs.model_outputs
    assert model.model_id in [output.model_id for output in outputs]


def test_a_record_that_was_moved_has_its_models_where_it_is(record, folder, tmp_path):
    save_file({"layer": np.arange(3.0)}, tmp_path / "w.safetensors")
    series.begin("arm, seed 0", {}).end(weights=tmp_path / "w.safetensors")
    record.write(ended(), folder)
    there = tmp_path / "else where"
    record.folder.rename(there)
    Record(there).clear()
    (model,) = models(Record(there), live.MODEL)
    assert model.artifact_location == f"{(there / 'artifacts' / 'models').as_uri()}/{model.model_id}/artifacts"


def test_every_run_has_the_version_of_its_code_as_a_model(record, folder):
    """Without a model MLflow lists a run among the evaluations of agents."""
    series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
    suite = record.open_suite("-m a=1,2")
    record.write(ended(suite=suite), folder)
    record.write(ended(suite=suite), folder)
    (version,) = [model for model in models(record, live.VERSION) if model.name == f"tdabench {ENDED['commit']}"]
    for run in runs(record).values():
        (output,) = client(record).get_run(run.info.run_id).outputs.model_outputs
        assert output.model_id == version.model_id or run.info.run_id == suite


def test_a_job_that_comes_to_nothing_leaves_no_run(record, folder, monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    with pytest.raises(KeyboardInterrupt), live.watched(record, TASK, folder):
        series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
        wait_for(lambda: len(seen(record)) == 2)
        raise KeyboardInterrupt
    assert runs(record) == {} and record.entries() == []


def seen(record):
    try:
        return runs(record)
    except (AttributeError, MlflowException):  # the experiment is not there yet
        return {}


def wait_for(met):
    until = time.monotonic() + 60
    while not met():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_others_leave_a_run_alone_while_its_folder_is_held_and_remove_it_afterwards(record, folder, tmp_path):
    run, lock = live.Open(), FileLock(folder.with_name("f2-0123.lock"))
    other = folder.with_name("f2-0123")
    other.mkdir()
    series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
    (folder / series.FOLDER).rename(other / series.FOLDER)
    with lock:
        Record(record.folder).pass_on(replace(TASK, name="other"), other, run)
        record.write(ended(), folder)
        assert {"other", "arm, seed 0"} <= set(runs(record))
    record.write(ended(), folder)
    assert set(runs(record)) == {"page"}


def test_the_run_of_a_killed_process_goes_with_its_folder(record, folder, monkeypatch):
    """Its folder is held by nobody; no job is written afterwards, since all that is asked for is on record."""
    dead = folder.with_name("f3-0123")
    (dead / series.FOLDER).mkdir(parents=True)
    monkeypatch.setenv(series.VARIABLE, str(dead / series.FOLDER))
    series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
    record.pass_on(TASK, dead, live.Open())
    assert len(runs(record)) == 2
    take_in(record)
    assert runs(record) == {} and not dead.exists()


def test_what_had_ended_when_its_process_was_killed_is_taken_in_once(record, folder, monkeypatch):
    dead = folder.with_name("f3-0123")
    (dead / series.FOLDER).mkdir(parents=True)
    monkeypatch.setenv(series.VARIABLE, str(dead / series.FOLDER))
    series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
    record.pass_on(TASK, dead, live.Open())
    (dead / "job.json").write_text(json.dumps(ENDED | {"id": "0" * 32}))
    take_in(record)
    assert [entry.name for entry in record.entries()] == ["page"]
    assert sorted(runs(record)) == ["arm, seed 0", "page"] and curve(record, "arm, seed 0") == [(0, 0.5)]
    assert {run.info.status for run in runs(record).values()} <= {"FINISHED", "KILLED"}


@pytest.mark.parametrize("last", ["log_artifacts", "set_tag", "log_model_artifact"])
def test_a_write_that_fails_takes_its_curves_and_models_along(record, folder, monkeypatch, tmp_path, last):
    save_file({"layer": np.arange(3.0)}, tmp_path / "w.safetensors")
    run, arm = live.Open(), series.begin("arm, seed 0", {})
    arm.add(0, accuracy=0.5)
    record.pass_on(TASK, folder, run)
    arm.end(weights=tmp_path / "w.safetensors")
    monkeypatch.setattr(MlflowClient, last, lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(RecordUnusable, match="the disk is full"):
        record.write(ended(), folder, run)
    monkeypatch.undo()
    assert runs(record) == {} and models(record, live.MODEL) == []
    assert not [path for path in (record.folder / "artifacts").rglob("*") if path.is_file()]
    record.write(ended(), folder, run)
    assert len(record.entries()) == 1 and curve(record, "arm, seed 0") == [(0, 0.5)]


def test_a_run_that_somebody_removed_while_watching_is_written_anew(record, folder):
    run = live.Open()
    series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
    record.pass_on(TASK, folder, run)
    client(record).delete_run(run.run_id)
    job = record.write(ended(), folder, run)
    assert job.run_id != run.run_id and record.find("f1") == job
    assert curve(record, "arm, seed 0") == [(0, 0.5)]


@pytest.mark.parametrize(
    "text",
    ["", "{", "not json\n", "[]\n", '{"name": 3, "about": {}}\n', '{"step": 1}\n', '{"name": "a"}\n',
     '{"name": "a", "about": {}}\n{"step": "x", "time": 1, "values": {"a": 1}}\n{"values": 3}\n{"end": 4}\nnull\n',
     '{"name": "a", "about": {}}\n{"step": 1, "time": 1, "values": {"a": "b"}}\n{"step": 1}\n'],
)  # fmt: skip
def test_whatever_lies_in_the_folder_of_series_costs_no_result(record, folder, text):
    (folder / series.FOLDER).mkdir()
    (folder / series.FOLDER / "mine.jsonl").write_text(text)
    record.write(ended(), folder)
    assert len(record.entries()) == 1


def test_half_a_line_is_read_when_it_is_whole(record, folder):
    run, arm = live.Open(), series.begin("arm, seed 0", {})
    arm.add(0, accuracy=0.5)
    with open(arm.file, "a") as file:
        file.write('{"step": 1, "time": 1, ')
        file.flush()
        record.pass_on(TASK, folder, run)
        file.write('"values": {"accuracy": 0.75}}\n')
    record.pass_on(TASK, folder, run)
    assert curve(record, "arm, seed 0") == [(0, 0.5), (1, 0.75)]


def test_a_server_that_cannot_be_reached_costs_no_job(record, folder, monkeypatch, capsys):
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    monkeypatch.setattr(Record, "pass_on", lambda *_: (_ for _ in ()).throw(RecordUnusable("nothing answers there")))
    before = threading.active_count()
    with live.watched(record, TASK, folder):
        series.begin("arm, seed 0", {}).add(0, accuracy=0.5)
        wait_for(lambda: threading.active_count() == before)
    assert "page: its curves are not shown yet: nothing answers there" in capsys.readouterr().err


def test_a_job_without_series_opens_no_record_before_it_ends(record, folder, monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    monkeypatch.setattr(Record, "_turn", lambda *_: pytest.fail("the record was opened"))
    with live.watched(record, TASK, folder):
        time.sleep(0.1)


def test_outside_of_a_job_a_series_goes_nowhere(monkeypatch, tmp_path):
    monkeypatch.delenv(series.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    nowhere = series.begin("arm", {})
    nowhere.add(0, accuracy=1)
    nowhere.end()
    assert nowhere.file is None and os.listdir(tmp_path) == []


def test_a_reproduction_shows_a_series_while_it_runs(reproduction, run, record, monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    config = reproduction(
        "curve = bench.series('cooling', rate=0.5)\nfor step in range(3):\n    curve.add(step, heat=9 - step)\n"
        "curve.end()\nreturn {'number': 3}"
    )
    job = run(config)
    assert curve(record, "cooling", "heat") == [(0, 9), (1, 8), (2, 7)]
    assert runs(record)["cooling"].data.tags["mlflow.parentRunId"] == job.run_id
    assert Path(record.artefact(job, series.FOLDER)).is_dir()

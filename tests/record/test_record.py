"""The record: what is written is found again, whole, by whoever asks for it, and nothing else is."""

import contextlib
import json
import multiprocessing
import os
import platform
import re
import shutil
import sqlite3
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tdabench import paths
from tdabench.errors import BadInput, RecordUnusable
from tdabench.record.job import Job, Recorded
from tdabench.record.runs import Record
from tdabench.text import INVISIBLE

ROW = {
    "id": "T1", "says": "Three", "source": "nowhere", "evidence": "own check", "published": 3, "verdict": "reproduced",
    "measured": 3, "interval": None, "control": "none needed", "controls": {}, "reason": "", "margin": None,
    "why": "a count", "reproduction": "throwaway", "seeds": 1, "profile": "quick", "data": "generated", "wall_s": 1.5,
    "peak_rss_mib": 80.0, "command": "tdabench run reproduction=throwaway profile=quick",
}  # fmt: skip
JOB = {
    "name": "throwaway", "profile": "quick",
    "config": {"points": 50, "profile": {"name": "quick"}, "claims": [{"id": "T1"}]},
    "command": "tdabench run reproduction=throwaway profile=quick", "data": {"letters": "a" * 64, "digits": "absent"},
    "fingerprint": "f1", "own": False, "variant": False, "status": "finished", "reason": "", "rows": [ROW],
    "measurements": {"number": 3, "runs": [{"1,1": 0.5}]}, "wall_s": 1.5, "peak_rss_mib": 80.0,
    "commit": "0123456789ab", "id": "j1", "started": 1.8e9,
}  # fmt: skip


def ended(**keys):
    """A job that has ended, with these keys of its file."""
    return Job.read(JOB | keys)


@pytest.fixture
def write(record, tmp_path):
    """write(**keys): one job in the record, with one file of its own."""
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "log.txt").write_text("all is well")
    return lambda **keys: record.write(ended(**{"started": time.time() - 2} | keys), folder)


def run_of(record, job):
    return MlflowClient(record.uri).get_run(job.run_id)


def test_a_job_is_found_by_its_fingerprint_as_it_was_written(record, write):
    written = write()
    found = record.find("f1")
    assert found == written
    assert found.write() == JOB | {"recorded": found.recorded, "started": found.started}
    assert record.find("f2") is None


def test_an_empty_record_holds_nothing(record):
    assert record.jobs() == []
    assert record.find("f1") is None


@pytest.mark.parametrize("status", ["failed", "not run"])
def test_only_a_finished_job_counts_as_measured(record, write, status):
    write(status=status, reason="over its time limit")
    assert record.find("f1") is None
    assert [job.status for job in record.jobs()] == [status]
    write()
    assert record.find("f1").status == "finished"


def test_the_newest_comes_first(record, write):
    numbers = [write(measurements={"number": number}).measurements["number"] for number in (1, 2, 3)]
    assert [job.measurements["number"] for job in record.jobs()] == numbers[::-1]
    assert record.find("f1").measurements["number"] == 3


def test_a_run_shows_parameters_measurements_verdicts_and_data(record, write):
    run = run_of(record, write())
    assert run.data.params == {"points": "50", "profile.name": "quick"}
    assert run.data.metrics.items() >= {"number": 3.0, "wall_s": 1.5, "peak_rss_mib": 80.0, "runs/b1": 1.0}.items()
    assert run.data.tags["tdabench.verdict.T1"] == "reproduced"
    assert run.data.tags["tdabench.command"] == JOB["command"]
    assert {entry.dataset.name: entry.dataset.digest for entry in run.inputs.dataset_inputs} == {
        "letters": "a" * 32,
        "digits": "absent",
    }
    assert (run.info.run_name, run.info.status) == ("throwaway", "FINISHED")
    assert run.info.end_time - run.info.start_time >= 2000


def test_nested_numbers_are_metrics_by_their_paths(record, write):
    measured = {"k15": {"graph": {"b1": 5}, "runs": [{"1,5": 0.5}]}, "off": {"not_run": "no data"}}
    metrics = run_of(record, write(measurements=measured)).data.metrics
    assert {name: value for name, value in metrics.items() if name.startswith(("k15", "off"))} == {"k15.graph.b1": 5.0}


def test_a_failed_job_is_a_failed_run_with_its_reason(record, write):
    job = write(status="failed", reason="out of memory", measurements={}, wall_s=None, peak_rss_mib=None)
    run = run_of(record, job)
    assert run.info.status == "FAILED"
    assert run.data.tags["tdabench.reason"] == "out of memory"


def test_what_a_job_left_is_kept(record, write):
    job = write()
    assert record.artefact(job, "log.txt").read_text() == "all is well"
    assert json.loads(record.artefact(job, "job.json").read_text())["fingerprint"] == "f1"


def test_a_job_whose_files_somebody_removed_is_not_seen(record, write):
    gone, here = write(), write()
    record.artefact(gone, "job.json").unlink()
    assert record.jobs() == [here]
    record.artefact(here, "job.json").unlink()
    assert record.find("f1") is None


def test_reading_leaves_no_copies(record, write, monkeypatch, tmp_path):
    job = write()
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "copies"))
    record.jobs(), record.find("f1"), record.artefact(job, "log.txt")
    assert not list((tmp_path / "copies").iterdir())


def test_names_and_numbers_of_any_kind_are_recorded(record, write):
    measurements = {"k=300, p=30 %": 1, "X(300,30) über R⁴": 2.5, "inf": float("inf"), "nan": float("nan"), "a" * 60: 0}
    config = {"LLE, 5 neighbours": {"share+, %": 5}}
    job = write(measurements=measurements, rows=[ROW | {"id": "P1-P4@gudhi"}], reason="long " * 2000, config=config)
    told = run_of(record, job).data
    numbers = [name for name in told.metrics if not name.startswith(("claims/", "verdicts/"))]
    assert len(numbers) == len(measurements) + 2
    assert told.params == {"LLE_ 5 neighbours.share__ _": "5"}
    assert record.find("f1").measurements["X(300,30) über R⁴"] == 2.5


def test_a_job_of_many_claims_and_numbers_is_recorded(record, write):
    rows = [ROW | {"id": f"T{number}"} for number in range(250)]
    write(rows=rows, measurements={f"m{number}": number for number in range(1500)})
    assert len(record.find("f1").rows) == 250


def statuses(record):
    client = MlflowClient(record.uri)
    runs = client.search_runs([client.get_experiment_by_name("tdabench").experiment_id])
    return [run.info.status for run in runs]


def test_a_run_that_was_interrupted_while_being_written_is_gone(record, write, monkeypatch):
    monkeypatch.setattr(MlflowClient, "log_artifacts", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write()
    monkeypatch.undo()
    assert Record(record.folder).jobs() == [] and statuses(record) == []
    assert not list(record.folder.glob("artifacts/*"))


@pytest.mark.parametrize("last", ["log_batch", "log_artifacts", "set_tag", "set_terminated"])
def test_what_a_killed_writer_left_is_removed_or_made_whole_by_the_next(record, write, monkeypatch, last):
    """A writer that is killed has no time to clear up after itself."""
    monkeypatch.setattr(MlflowClient, last, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    monkeypatch.setattr(Record, "_remove", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        write(fingerprint="f0")
    monkeypatch.undo()
    assert statuses(record) == ["RUNNING"]
    job = write()
    assert set(statuses(record)) == {"FINISHED"}
    whole = 2 if last == "set_terminated" else 1  # it was written but for its last line
    assert len(Record(record.folder).jobs()) == len(list((record.folder / "artifacts").iterdir())) == whole
    assert record.find("f1") == job


def test_a_job_is_known_by_its_id(record, write):
    write()
    assert record.holds("j1") and not record.holds("j2")


@pytest.mark.parametrize(
    "error, said",
    [
        (OSError(28, "No space left on device"), "the disk is full"),
        (MlflowException("(sqlite3.OperationalError) attempt to write a readonly database"), "read-only"),
        (MlflowException("(sqlite3.OperationalError) unable to open database file"), "cannot be opened"),
        (MlflowException("(sqlite3.DatabaseError) database disk image is malformed"), "damaged"),
        (MlflowException("something else"), "something else"),
    ],
)
def test_a_record_that_cannot_be_used_says_why_and_what_to_do(record, write, monkeypatch, error, said):
    monkeypatch.setattr(MlflowClient, "log_artifacts", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(RecordUnusable, match=said) as told:
        write()
    assert str(record.folder) in str(told.value) and "MLFLOW_TRACKING_URI" in str(told.value)


def test_a_database_that_is_none_is_told_so(record):
    (record.folder / "mlflow.db").write_bytes(b"<html>not a database</html>" * 100)
    with pytest.raises(RecordUnusable, match="damaged"):
        Record(record.folder).jobs()


HOSTILE = ["</script><script>alert(1)</script>", "a\x00b\x1b[31m", "\u202egnp.exe", "../../etc/passwd",
           "'; drop table runs; --", "x" * 9000, "", " ", ".", "..", "a/../b", "`${jndi:ldap://x}`",
           "\N{FAMILY}" * 300, "line\nbreak"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_comes_from_data_is_recorded_whole_and_shown_as_text(record, write, text):
    rows = [ROW | {"id": text}, ROW | {"id": f"{text}!"}, ROW | {"id": f"{text}?"}]
    job = write(
        rows=rows, reason=text, measurements={text: 11, f"{text}!": 12, f"{text}?": 13}, data={text or "a": "b" * 64},
        config={"key": text, f"k{text}": [text], "claims": []},
    )  # fmt: skip
    assert record.jobs() == [job]
    told = run_of(record, job).data
    assert {1.5, 11, 12, 13} <= set(told.metrics.values())  # none in the place of another
    assert not [value for value in [*told.tags.values(), *told.params.values()] if INVISIBLE.search(value)]


def test_a_job_on_a_server_has_an_address(monkeypatch):
    server = Record()
    def recorded(**keys):
        return Recorded(**vars(ended()), recorded=1.8e9, **keys)

    server.uri, server._opened, server._experiment = "http://127.0.0.1:9/", object(), "4"
    assert server.link(recorded(run_id="ab")) == "http://127.0.0.1:9/#/experiments/4/runs/ab"
    assert server.link(recorded(run_id="reference/paper/x", reference=True)) is None
    server.uri = "sqlite:///here.db"
    assert server.link(recorded(run_id="ab")) is None


def test_a_record_is_there_for_the_next_process(record, write):
    job = write()
    assert Record(record.folder).jobs() == [job]


def test_the_jobs_of_a_suite_hang_together(record, write):
    suite = record.open_suite("-m reproduction=glob(*)")
    assert run_of(record, write(suite=suite)).data.tags["mlflow.parentRunId"] == suite
    assert [job.name for job in record.jobs()] == ["throwaway"]


def test_an_interrupted_suite_is_gone_on_with_and_a_finished_one_is_not(record):
    suite = record.open_suite("-m reproduction=glob(*)")
    assert record.open_suite("-m reproduction=glob(*)") != suite  # somebody is at it
    record.close_suite(suite, interrupted=True)
    assert "RUNNING" not in statuses(record)[1:]
    assert record.open_suite("-m seeds=1,2") != suite
    record.close_suite(suite)
    assert record.open_suite("-m reproduction=glob(*)") != suite


def test_the_suite_of_a_killed_process_does_not_run_for_ever(record, monkeypatch):
    monkeypatch.setattr("tdabench.record.writer.myself", lambda: f"{platform.node()} {2**22 + 1} 1")
    killed, another = record.open_suite("-m a=1,2"), record.open_suite("-m b=1,2")
    monkeypatch.undo()
    assert record.open_suite("-m a=1,2") == killed
    assert statuses(record).count("RUNNING") == 1
    assert MlflowClient(record.uri).get_run(another).info.status == "KILLED"
    monkeypatch.setattr("tdabench.record.writer.myself", lambda: "another-host 1 1")
    elsewhere = record.open_suite("-m c=1,2")
    monkeypatch.undo()
    record.open_suite("-m d=1,2")
    assert MlflowClient(record.uri).get_run(elsewhere).info.status == "RUNNING"


# Where it is


def test_left_alone_the_record_is_a_folder_of_the_checkout(record):
    assert record.folder == paths.RECORD
    assert record.uri == f"sqlite:///{paths.RECORD / 'mlflow.db'}"


def test_all_of_a_record_lies_beside_its_database(monkeypatch, tmp_path, empty_database):
    place = tmp_path / "some where"
    place.mkdir()
    (place / "mine.db").write_bytes(empty_database.read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{place / 'mine.db'}")
    record = Record()
    folder = tmp_path / "left"
    folder.mkdir()
    job = record.write(ended(), folder)
    assert record.folder == place
    assert place in record.artefact(job, "job.json").parents
    assert not paths.RECORD.exists()


def test_a_relative_address_is_one_of_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mine.db")
    assert Record().folder == tmp_path


def test_a_server_has_its_own_place_and_only_the_work_is_here(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert (Record().uri, Record().folder) == ("http://127.0.0.1:9", paths.RECORD)


def test_a_folder_that_is_named_is_the_one(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///other.db")
    assert Record(tmp_path).uri == f"sqlite:///{tmp_path / 'mlflow.db'}"


def test_processes_that_write_at_once_take_turns_on_a_fresh_record(tmp_path):
    """Nothing is there at first: who comes first makes the database, and all jobs arrive."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["mlflow", "tdabench.record.runs"])
    together = processes.Barrier(4)
    writers = [processes.Process(target=write_two, args=(tmp_path, name, together)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    jobs = Record(tmp_path / "record").jobs()
    assert sorted(job.fingerprint for job in jobs) == [f"{name}{number}" for name in "abcd" for number in "12"]


def write_two(place, name, together):
    left = place / name
    left.mkdir()
    together.wait()
    for number in "12":
        Record(place / "record").write(ended(fingerprint=name + number), left)


# A record outlives a move, a damaged file and a bad server


def moved(record, place):
    """The record's folder elsewhere, opened anew."""
    record.folder.rename(place)
    return Record(place)


def test_a_record_that_was_moved_is_found_whole_and_written_where_it_is(record, write, tmp_path, capsys):
    job = write()
    there = record.folder
    here = moved(record, tmp_path / "else where")
    assert here.jobs() == [job] and here.artefact(job, "log.txt").read_text() == "all is well"
    here.write(ended(fingerprint="f2"), tmp_path / "left")
    assert not there.exists() and len(here.jobs()) == len(list((here.folder / "artifacts").iterdir())) == 2
    assert f"the record was in {there}" in capsys.readouterr().err
    uri = MlflowClient(here.uri).get_run(job.run_id).info.artifact_uri
    assert uri == f"{(here.folder / 'artifacts').as_uri()}/{job.run_id}/artifacts"


def test_a_copy_reads_and_writes_its_own_files_and_leaves_the_original_alone(record, write, tmp_path):
    job = write()
    shutil.copytree(record.folder, tmp_path / "copy")
    copy = Record(tmp_path / "copy")
    assert copy.artefact(job, "log.txt").is_relative_to(copy.folder)
    copy.write(ended(fingerprint="f2"), tmp_path / "left")
    assert len(copy.jobs()) == 2 and record.jobs() == [job] and len(list((record.folder / "artifacts").iterdir())) == 1


def test_runs_whose_files_did_not_come_along_are_counted_and_said(record, write, tmp_path, capsys):
    write(), write(), write()
    (tmp_path / "copy").mkdir()
    shutil.copy(record.folder / "mlflow.db", tmp_path / "copy")
    assert Record(tmp_path / "copy").jobs() == []
    place = tmp_path / "copy" / "artifacts"
    said = f"3 of 3 runs on record are left out: their files are not in {place}, beside the database"
    assert said in capsys.readouterr().err


def test_a_place_of_artefacts_that_the_user_chose_is_kept(tmp_path):
    (tmp_path / "record").mkdir()
    record, chosen = Record(tmp_path / "record"), tmp_path / "large disk"
    record._make_database()
    MlflowClient(record.uri).create_experiment("tdabench", chosen.as_uri())
    (tmp_path / "left").mkdir()
    job = record.write(ended(), tmp_path / "left")
    assert record.artefact(job, "job.json").is_relative_to(chosen) and Record(tmp_path / "record").jobs() == [job]


@pytest.mark.parametrize("text", ["{", "[]", "{}", "", "null", '{"rows": 3}', None])
def test_a_damaged_job_is_named_and_the_rest_is_shown(record, write, text, capsys):
    bad, good = write(fingerprint="f0"), write()
    file = record.artefact(bad, "job.json")
    altered = file.read_text()[:-9] + "}" if text is None else text
    file.write_text(altered)
    assert record.jobs() == [good] and record.find("f0") is None and record.find("f1") == good
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(file) in said and "a run of throwaway is left out" in said


@pytest.mark.parametrize("text", ["{", "[]", "{}", "null"])
def test_a_damaged_job_of_a_record_without_seals_is_named_too(record, write, text, capsys, monkeypatch):
    monkeypatch.setattr("tdabench.record.runs.seal", lambda folder: "")
    bad, good = write(fingerprint="f0"), write()
    assert record.jobs() == [good, bad]
    record.artefact(bad, "job.json").write_text(text)
    assert record.jobs() == [good] and "a run of throwaway is left out" in capsys.readouterr().err


def test_a_file_that_was_altered_added_or_removed_is_not_given(record, write, tmp_path):
    (tmp_path / "left" / "figures").mkdir()
    (tmp_path / "left" / "figures" / "a.png").write_bytes(b"a")
    job = write()
    figures = record.artefact(job, "figures")
    for alter in (lambda: (figures / "b.png").write_bytes(b"b"), lambda: (figures / "a.png").unlink(),
                  lambda: (figures / "a.png").write_bytes(b"b")):  # fmt: skip
        alter()
        with pytest.raises(BadInput, match="altered after the job had been recorded|no such file"):
            record.artefact(job, "figures")
        (figures / "b.png").unlink(missing_ok=True)
    (figures / "a.png").write_bytes(b"a")
    assert record.artefact(job, "figures") == figures


def test_a_record_that_is_removed_while_it_is_in_use_is_told(record, write, capfd):
    write()
    shutil.rmtree(record.folder)
    with pytest.raises(RecordUnusable, match="was removed while it was in use; run the same command again"):
        write()
    assert "Traceback" not in capfd.readouterr().err


def test_an_empty_file_is_not_taken_for_a_new_record(tmp_path):
    (tmp_path / "mlflow.db").touch()
    record = Record(tmp_path)
    for use in (record.entries, lambda: record.open_suite("-m a=1,2")):
        with pytest.raises(RecordUnusable, match="mlflow.db: is empty; .*remove it to begin a new record"):
            use()


def test_another_database_is_not_taken_for_a_record(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        connection.execute("create table runs (a)")
    with pytest.raises(RecordUnusable, match="no record of MLflow's"):
        Record(tmp_path).entries()


def test_reading_makes_nothing(tmp_path):
    assert Record(tmp_path / "none").jobs() == [] and not (tmp_path / "none").exists()


def test_a_record_that_cannot_be_written_to_is_read(record, write, monkeypatch):
    """SQLite opens for reading what it may not write; nothing else of ours needs to write in order to read."""
    job = write()
    refuse = lambda *_: (_ for _ in ()).throw(PermissionError(13, "no"))  # noqa: E731
    monkeypatch.setattr("tdabench.record.connection.FileLock", refuse)
    for file in (record.folder / "mlflow.db", record.folder):
        file.chmod(0o555 if file.is_dir() else 0o444)
    try:
        assert Record(record.folder).jobs() == [job]
        with pytest.raises(RecordUnusable, match=str(record.folder)):
            Record(record.folder).open_suite("-m a=1,2")
    finally:
        record.folder.chmod(0o755)


def test_old_tags_are_enough(record, write, monkeypatch):
    """Records of before this suite kept fewer tags."""
    new = ("tdabench.own", "tdabench.variant", "tdabench.recorded", "tdabench.seal", "tdabench.question")
    batch = MlflowClient.log_batch
    monkeypatch.setattr(MlflowClient, "log_batch", lambda self, run, metrics, params, tags: batch(
        self, run, metrics, params, [tag for tag in tags if tag.key not in new]))  # fmt: skip
    job = write(variant=True)
    (entry,) = record.entries()
    assert (entry.variant, entry.own, entry.recorded) == (True, False, job.recorded)
    assert record.jobs() == [job]


@pytest.fixture
def server(monkeypatch):
    """server(answer): the address of a server that answers every request so; answer(handler)."""
    servers = []

    def serve(answer):
        handler = type("Handler", (BaseHTTPRequestHandler,), {
            "do_GET": answer, "do_POST": answer, "log_message": lambda *_: None,
        })  # fmt: skip
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://ada:hunter2@127.0.0.1:{servers[-1].server_port}"

    yield serve
    for each in servers:
        each.shutdown()
        each.server_close()


def hang(handler):
    time.sleep(3)


def fail(handler):
    handler.send_error(500)


@pytest.mark.parametrize("answer, said", [(hang, "no answer within 1 s"), (fail, "error 500"), (None, "refused")])
def test_a_server_that_is_down_hangs_or_fails_is_told_soon_and_without_its_password(server, answer, said, monkeypatch):
    monkeypatch.setattr("tdabench.record.server.CONTACT_S", 1)
    address = server(answer) if answer else "http://ada:hunter2@127.0.0.1:9"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    with pytest.raises(RecordUnusable, match=said) as told:
        Record().entries()
    assert "127.0.0.1" in str(told.value) and "hunter2" not in str(told.value) and "ada" not in str(told.value)


def test_waiting_for_a_server_is_said(server, monkeypatch, capsys):
    monkeypatch.setattr("tdabench.record.server.SILENT_S", 0.1)
    monkeypatch.setattr("tdabench.record.server.CONTACT_S", 1)
    record = Record(uri=server(hang).replace("ada:hunter2@", ""))
    with pytest.raises(RecordUnusable):
        record.entries()
    assert re.search(r"http://127.0.0.1:\d+ has not answered for 0.1 s; it is tried", capsys.readouterr().err)


def test_the_user_part_of_an_address_is_never_shown_and_found_again_where_it_was_given(monkeypatch):
    secret = "postgresql://ada:hunter2@db.example:5432/tdabench"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", secret)
    record = Record()
    assert record.address == "postgresql://db.example:5432/tdabench"
    assert Record(uri=record.address).uri == record.uri == secret
    assert "hunter2" not in str(RecordUnusable(f"{secret}: cannot be used; password ada:hunter2@ is wrong"))
    assert Record(uri="http://other.example").uri == "http://other.example"


@pytest.mark.parametrize(
    "address",
    ["http://bob:hun'ter6@127.0.0.1:9", 'http://bob:hun"ter6@127.0.0.1:9', "http://bob:hun/ter6@127.0.0.1:9",
     "http://bob:hun ter6@127.0.0.1:9", "http://bob:hun@ter6@127.0.0.1:9", "bob:hunter6@127.0.0.1:9",
     "postgresql://127.0.0.1:9/db?user=bob&password=hunter6", "http://bob:hun%27ter6@127.0.0.1:9"],
)  # fmt: skip
def test_whatever_marks_a_password_has_it_is_not_shown(address, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    record = Record()
    said = [record.address, str(RecordUnusable(f"{address}: cannot be used")), str(RecordUnusable(repr(address)))]
    assert not [text for text in said if "ter6" in text or "bob" in text], said
    assert Record(uri=record.address).uri == address


def test_a_path_with_an_at_sign_is_a_path(tmp_path):
    (tmp_path / "a@b").mkdir()
    assert Record(tmp_path / "a@b").address.endswith("a@b/mlflow.db")


def trickle(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        handler.wfile.write(b"X")
        time.sleep(0.2)


def nothing(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"{}")


@pytest.mark.parametrize("answer, said", [(trickle, "no answer within 1 s"), (nothing, "no server of MLflow's")])
def test_a_server_that_trickles_or_is_another_is_told(server, answer, said, monkeypatch):
    monkeypatch.setattr("tdabench.record.server.CONTACT_S", 1)
    with pytest.raises(RecordUnusable, match=said):
        Record(uri=server(answer).replace("ada:hunter2@", "")).entries()


def test_a_driver_that_is_not_installed_is_told():
    with pytest.raises(RecordUnusable, match="its driver is not installed: pip install pymysql"):
        Record(uri="mysql+pymysql://127.0.0.1:9/db").entries()


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_record_that_would_be_nowhere_is_refused(uri, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(RecordUnusable, match="names no file"):
        Record()


def test_a_pipe_in_the_place_of_a_file_is_named_and_does_not_hang(record, write, capsys):
    bad, good = write(fingerprint="f0"), write()
    manifest = record.artefact(bad, "manifest.json")
    manifest.unlink()
    os.mkfifo(manifest)
    assert record.jobs() == [good] and str(manifest) in capsys.readouterr().err


@pytest.mark.parametrize("name", ["p%20a", "100 %", "a?b", "a#b;c'[1]*", "größe"])
def test_a_folder_of_any_name_holds_a_record(name, tmp_path, empty_database, monkeypatch):
    (tmp_path / name).mkdir()
    shutil.copy(empty_database, tmp_path / name / "mlflow.db")
    (tmp_path / "left").mkdir()
    job = Record(tmp_path / name).write(ended(), tmp_path / "left")
    assert Record(tmp_path / name).jobs() == [job] and (tmp_path / name / "artifacts").is_dir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", Record(tmp_path / name).uri)
    assert Record().jobs() == [job]


def test_a_link_to_a_database_is_the_record_that_it_leads_to(record, write, tmp_path):
    job = write()
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "mlflow.db").symlink_to(record.folder / "mlflow.db")
    link = Record(tmp_path / "link")
    assert link.folder == record.folder and link.jobs() == [job]
    link.write(ended(fingerprint="f2"), tmp_path / "left")
    assert len(record.jobs()) == 2 and not (tmp_path / "link" / "artifacts").exists()


@pytest.mark.parametrize("key", ["tdabench.recorded", "tdabench.wall_s", "tdabench.own", "mlflow.runName"])
@pytest.mark.parametrize("value", ["abc", b"\xff\xfe"])
def test_an_edited_tag_is_no_traceback(record, write, key, value):
    write()
    with contextlib.closing(sqlite3.connect(record.folder / "mlflow.db")) as connection, connection:
        connection.execute("update tags set value = cast(? as text) where key = ?", [value, key])
    assert len(record.entries()) == 1 and len(record.jobs()) == 1

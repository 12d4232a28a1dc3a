"""Scratch folders: held while their process lives, taken in or removed afterwards, and never the end of a run."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tdabench import paths
from tdabench.errors import RecordUnusable
from tdabench.jobs import scratch as folders
from tdabench.jobs.scratch import abandoned, scratch
from tdabench.record.runs import Record

COUNT = "open(config.counter, 'a').write('measured\\n')\n"


def work_is_gone():
    return not list((paths.RECORD / "work").glob("*"))


HOLD = """
import sys, time
from pathlib import Path
from tdabench.jobs.scratch import scratch
with scratch(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "here").touch()
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder():
    """holder(label): a process that holds a scratch folder of that label, and the folder."""
    started = []

    def start(label):
        words = [sys.executable, "-c", HOLD, str(paths.RECORD / "work"), label]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1], Path(started[-1].stdout.readline().strip())

    yield start
    for process_ in started:
        process_.kill()
        process_.communicate()


def test_the_scratch_folders_of_dead_processes_are_removed_and_those_of_living_ones_kept(reproduction, run, holder):
    dead, left = holder("dead")
    _, held = holder("living")
    old = paths.RECORD / "work" / f"{os.getppid()}-without-a-lock"
    old.mkdir()
    dead.kill()
    dead.wait()
    run(reproduction("return {'number': 3}"))
    assert (left.exists(), old.exists(), (held / "here").exists()) == (False, False, True)
    assert {path.stem for path in held.parent.iterdir()} == {held.name}


def test_who_measures_what_another_process_is_measuring_waits_for_it(record, holder):
    other, folder = holder("the-same")
    entered = []

    def wait():
        with scratch(folder.parent, "the-same"):
            entered.append(folder.exists())

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(1)
    assert waiting.is_alive()
    other.communicate("done\n")
    waiting.join(20)
    assert entered == [False]


def test_a_job_that_had_ended_when_all_was_killed_is_recorded_once(reproduction, run, record, monkeypatch, tmp_path):
    body = "open(config.counter, 'a').write('measured')\nbench.keep('draws', points=[1.0])\nreturn {'number': 3}"
    config = reproduction(body, counter=str(tmp_path / "counter"))
    with monkeypatch.context() as patched:
        patched.setattr(Record, "write", lambda *_: (_ for _ in ()).throw(RecordUnusable("the disk is full.")))
        with pytest.raises(RecordUnusable, match="full. What throwaway has measured is kept in .*work/.* until then"):
            run(config)
    assert record.jobs() == [] and not work_is_gone()
    job = run(config)
    assert job.recorded_before and (tmp_path / "counter").read_text() == "measured" and len(record.jobs()) == 1
    assert record.artefact(job, "raw/draws.npz").exists() and work_is_gone()

    left = paths.RECORD / "work" / "killed-after-the-record"
    left.mkdir()
    shutil.copy(record.artefact(job, "job.json"), left)
    run(config)
    assert len(record.jobs()) == 1 and work_is_gone()


def test_a_folder_that_cannot_be_written_to_is_told(reproduction, run, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RecordUnusable, match="work: cannot be written to .Read-only file system.; make room"):
        with scratch(paths.RECORD / "work", "job"):
            pass


LEFT = {
    "no JSON": "{",
    "a list": "[]",
    "nothing": "{}",
    "no id": '{"id": 3}',
    "a quote for an id": json.dumps({"id": "'; drop table runs"}),
    "an id alone": json.dumps({"id": "0" * 32}),
    "what nests": "[" * 10**6,
}


@pytest.mark.parametrize("kind", LEFT)
def test_what_cannot_be_read_is_put_aside_and_stops_nothing(reproduction, run, record, capsys, kind):
    left = paths.RECORD / "work" / "damaged"
    left.mkdir(parents=True)
    (left / "job.json").write_text(LEFT[kind])
    assert run(reproduction("return {'number': 3}")).status == "finished"
    assert "unread/damaged: what a job left here cannot be read" in capsys.readouterr().err
    assert (paths.RECORD / "unread" / "damaged" / "job.json").read_text() == LEFT[kind]
    assert work_is_gone() and len(record.jobs()) == 1


def test_whatever_else_lies_there_is_removed(tmp_path):
    work = tmp_path / "work"
    (work / "a.folder.with.dots").mkdir(parents=True)
    (work / "a.folder.with.dots" / "file").touch()
    (work / "a.lock").mkdir()
    (work / "file").touch()
    (work / "elsewhere").symlink_to(tmp_path)
    assert len(list(abandoned(work))) >= 3
    assert {path.name for path in work.iterdir()} == {"a.lock"}, "nobody can lock that"
    assert tmp_path.exists()


def test_what_cannot_be_removed_is_looked_at_once(tmp_path, monkeypatch):
    (tmp_path / "work" / "of another user").mkdir(parents=True)
    monkeypatch.setattr(folders, "_unlink", lambda path: None)
    assert [folder.name for folder in abandoned(tmp_path / "work")] == ["of another user"]


def test_what_was_started_by_a_job_that_was_killed_ends_when_its_folder_is_found(reproduction, run):
    left = paths.RECORD / "work" / "killed"
    left.mkdir(parents=True)
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(words, env=os.environ | {"TMPDIR": str(left / "tmp")}, start_new_session=True) as started:
        run(reproduction("return {'number': 3}"))
        assert started.wait(10) == -9


@pytest.mark.parametrize("file", ["job.json", "config.yaml", "task.json"])
def test_a_disk_that_is_full_is_told_and_keeps_what_it_can(reproduction, run, record, monkeypatch, file):
    def full(path, *_, true=Path.write_text, **__):
        if file in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return true(path, *_, **__)

    monkeypatch.setattr(Path, "write_text", full)
    if file == "config.yaml":
        monkeypatch.setattr("tdabench.jobs.job.OmegaConf.save", lambda _, path: path.write_text(""))
    with pytest.raises(RecordUnusable, match="throwaway cannot be run there .No space left on device.; make room"):
        run(reproduction("return {'number': 3}"))
    assert record.jobs() == [] and work_is_gone()


def test_room_is_held_for_the_result_and_not_recorded(reproduction, run, record):
    body = "return {'number': os.path.getsize(bench.folder / 'reserve')}"
    job = run(reproduction(body))
    assert job.measurements["number"] >= 2**20
    assert not record.artefact(job, "reserve").exists()

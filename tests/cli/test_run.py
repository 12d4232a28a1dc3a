"""What the verb run promises whatever happens: signals while it cleans up, mistakes of ours, readers that go away."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from tdabench.cli import run
from tdabench.jobs import job as jobs


@pytest.fixture
def interrupt(monkeypatch):
    """An interrupt that listens, and press(number): what a signal does to it."""
    clock = [100.0]
    monkeypatch.setattr(run.time, "monotonic", lambda: clock[0])
    heard = run._Interrupt()
    with heard.listening():
        yield heard, clock


def test_once_it_ends_at_once_it_is_not_disturbed_while_it_cleans_up(interrupt):
    heard, clock = interrupt
    with pytest.raises(KeyboardInterrupt):
        heard(signal.SIGTERM, None)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        heard(number, None)
    clock[0] += run.CLEANING_S + 1  # it hangs, and somebody wants it to end
    with pytest.raises(KeyboardInterrupt):
        heard(signal.SIGINT, None)


def test_the_first_interruption_of_a_job_waits_and_the_second_does_not(interrupt, capsys):
    heard, _ = interrupt
    with heard.patience():
        heard(signal.SIGINT, None)
        assert heard.asked and "Ctrl-C again ends it now" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            heard(signal.SIGINT, None)


def test_a_mistake_of_ours_costs_one_job_and_not_the_suite(pages, record, tdabench, monkeypatch):
    true = jobs.run_job
    monkeypatch.setattr(jobs, "run_job", lambda config, *rest: 1 / 0 if config.name == "crash" else true(config, *rest))
    code, out, err = tdabench("run", "-m", "reproduction=crash,fine")
    assert code == 1
    assert "ZeroDivisionError" in err and "crash is not on record; please report" in err
    assert [job.name for job in record.jobs()] == ["fine"]


@pytest.mark.parametrize("words", [["a='b'", "\udcff", "\\"], ["x" * 10_000]])
def test_a_suite_of_any_words_is_opened_and_gone_on_with(record, words):
    suite = record.open_suite(" ".join(words))
    record.close_suite(suite, interrupted=True)
    assert record.open_suite(" ".join(words)) == suite


def test_a_run_whose_reader_goes_away_says_that_it_was_interrupted(tmp_path, empty_database):
    """tdabench run ... | head -0"""
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    words = [sys.executable, "-m", "tdabench", "run", "reproduction=shapes", "points=50", "seeds=1"]
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}"},
    )  # fmt: skip
    child.stdout.close()
    assert "Traceback" not in child.stderr.read()
    assert child.wait() == 130


def test_what_a_job_is_told_of_its_suite_is_not_part_of_it(pages, record, tdabench):
    """Neither its address, which may hold a password, nor the folders of this machine."""
    assert tdabench("run", "-m", "reproduction=fine", "points=3,4")[0] == 0
    for job in record.jobs():
        assert "suite" not in job.config and "suite" not in job.command
        assert "suite" not in record.artefact(job, "config.yaml").read_text()
        assert "points=" in job.command


def test_switches_that_exclude_one_another_are_a_sentence(pages, record, tdabench):
    code, _, err = tdabench("run", "-m", "--cfg", "job", "reproduction=fine")
    assert code == 2 and "Only one of" in err and "Traceback" not in err


def test_a_launcher_that_is_none_is_told_in_a_sentence(pages, tdabench):
    code, _, err = tdabench("run", "-m", "reproduction=fine", "hydra.launcher._target_=os.system")
    assert code == 2 and "Invalid plugin 'os.system'" in err and "Traceback" not in err


def test_what_a_job_is_told_of_the_record_holds_no_password(pages, tdabench, monkeypatch, record):
    """It is in the job's overrides, which Hydra prints when a job goes wrong."""
    overrides = []
    monkeypatch.setattr("tdabench.cli.run._hydra", lambda words, scratch, suite: overrides.append(suite))
    monkeypatch.setattr("tdabench.record.runs.Record.address", "http://db.example")
    tdabench("run", "reproduction=fine")
    assert overrides[0]["record"] == "http://db.example"


def test_a_value_that_refers_to_another_key_is_recorded_as_it_was_typed(pages, record, tdabench):
    assert tdabench("run", "reproduction=fine", "points=${profile.seeds}")[0] == 0
    (job,) = record.jobs()
    assert job.config["points"] == 5 and job.command.endswith("'points=${profile.seeds}'")

"""Suites: several jobs at once, time measured alone, progress, and what is said when data is missing."""

import contextlib
import json
import re
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
import yaml
from omegaconf import OmegaConf

from tdabench import paths
from tdabench.cli import run
from tdabench.errors import BadRequest, RecordUnusable
from tdabench.jobs import bar, process, suite
from tdabench.processes import limits, progress
from tdabench.record.durations import HERE, REFERENCE, durations
from tdabench.record.job import Ended, Entry, Row
from tdabench.report.terminal import duration, suite_lines, waiting_for

CONFIG = {"name": "a", "threads": None, "jobs": 2, "limits": {"memory_gib": None, "time_s": 9},
          "profile": {"name": "quick"}}  # fmt: skip


def tasks(*names, alone=(), **keys):
    configs = [CONFIG | {"name": name, "schedule": {"alone": name in alone}} | keys for name in names]
    return [suite.Task(OmegaConf.create(config), [], number) for number, config in enumerate(configs)]


@pytest.fixture
def measured(monkeypatch):
    """measured(tasks, seconds): runs them; the names in the order in which they began, and how many ran at most."""
    monkeypatch.setattr(limits, "cores", lambda: 4)
    monkeypatch.setattr(limits, "memory_limit", lambda gib: 8 * 2**30)
    began, running, most, lock = [], set(), {}, threading.Lock()

    def measure(task):
        with lock:
            began.append(task)
            running.add(task.config.name)
            for name in running:
                most[name] = max(most.get(name, 0), len(running))
        time.sleep(0.05)
        with lock:
            running.discard(task.config.name)

    def call(tasks, seconds=()):
        known = {(name, "quick"): (spent, HERE) for name, spent in dict(seconds).items()}
        suite.Suite(measure, lambda: False, tasks).run(known)
        return began, most

    return call


def test_so_many_run_at_once_as_are_asked_for_and_each_has_its_share(measured):
    began, most = measured(tasks("a", "b", "c", "d"))
    assert max(most.values()) == 2 and len(began) == 4
    assert {(task.config.threads, task.config.limits.memory_gib) for task in began} == {(2, 4.0)}
    assert {task.config.limits.time_s for task in began} == {9}


def test_one_after_the_other_is_the_usual_way_and_takes_the_machine(measured):
    began, most = measured(tasks("a", "b", "c", jobs=1), {"c": 100})
    assert max(most.values()) == 1 and [task.config.name for task in began] == ["a", "b", "c"]
    assert {(task.config.threads, task.config.limits.memory_gib) for task in began} == {(None, None)}


def test_the_longest_comes_first_and_what_measures_time_last_and_alone(measured):
    began, most = measured(tasks("a", "b", "clock", "c", alone=["clock"]), {"b": 9, "c": 5, "clock": 99})
    assert {task.config.name for task in began[:2]} == {"b", "c"} and began[-1].config.name == "clock"
    assert most["clock"] == 1 and began[-1].config.threads is None


@pytest.mark.parametrize("jobs", [0, -1, 1.5, "two", None, True])
def test_a_number_of_jobs_that_is_none_is_told(jobs):
    with pytest.raises(BadRequest, match="jobs: a whole number from 1 on is needed"):
        suite.Suite(print, lambda: False, tasks("a", jobs=jobs)).run({})


def test_what_is_given_is_not_shared_out():
    (task,) = tasks("a", threads=3, limits={"memory_gib": 1, "time_s": 9})
    shared = suite.shared(task, 2)
    assert (shared.config.threads, shared.config.limits.memory_gib) == (3, 1)


def test_an_error_that_concerns_all_ends_the_suite():
    asked = []

    def measure(task):
        asked.append(task)
        raise RecordUnusable("the disk is full")

    with pytest.raises(RecordUnusable, match="disk is full"):
        suite.Suite(measure, lambda: False, tasks("a", "b", "c", jobs=1)).run({})
    assert len(asked) == 1


def test_once_stopped_nothing_more_is_begun():
    asked = []
    suite.Suite(asked.append, lambda: bool(asked), tasks("a", "b", "c", jobs=1)).run({})
    assert len(asked) == 1


def test_two_jobs_of_a_suite_are_measured_at_the_same_time(pages, record, tdabench, tmp_path, reproduction):
    """Each waits until the other is there."""
    meet = (
        "import time\nopen(f'{config.here}/{config.name}', 'w').close()\n"
        "while len(os.listdir(config.here)) < 2:\n    time.sleep(0.01)\n"
        "return {'number': int(os.environ['OMP_NUM_THREADS'])}"
    )
    (tmp_path / "meet").mkdir()
    for name in ("one", "two"):
        claim = OmegaConf.to_container(reproduction(meet, name).claims[0]) | {"id": name}
        page = {"name": name, "title": name, "source": "this test", "seeds": 1, "here": str(tmp_path / "meet")}
        page["claims"] = [claim]
        text = "# @package _global_\n" + yaml.safe_dump(page)
        (paths.CONF / "reproduction" / f"{name}.yaml").write_text(text)
    code, out, err = tdabench("run", "-m", "reproduction=one,two", "jobs=2", "limits.time_s=60")
    assert code == 0 and "2 claims registered, 2 with a verdict" in out
    assert {job.measurements["number"] for job in record.jobs()} == {max(1, limits.cores() // 2)}
    assert re.search(r"2 of 2, \d+:\d\d ", err)


def test_how_a_job_was_run_is_no_part_of_it(pages, record, tdabench):
    tdabench("run", "-m", "reproduction=fine", "jobs=2")
    (job,) = record.jobs()
    assert "jobs" not in job.config and not job.variant
    assert "already on record" in tdabench("run", "reproduction=fine")[1]


def test_the_core_suite_and_all_of_it_are_written_out(monkeypatch):
    pages = [SimpleNamespace(name="a", own=False, core=True), SimpleNamespace(name="b", own=False, core=False),
             SimpleNamespace(name="mine", own=True, core=False)]  # fmt: skip
    monkeypatch.setattr("tdabench.claims.pages.reproductions", lambda: pages)
    monkeypatch.setattr(limits, "cores", lambda: 2)
    assert run._expanded(["--core", "seeds=1"]) == (["-m", "reproduction=a", "jobs=2", "seeds=1"], [pages[1]])
    assert run._expanded(["-m", "--all", "jobs=1"]) == (["reproduction=a,b", "-m", "jobs=1"], [])
    assert run._expanded(["reproduction=a"]) == (["reproduction=a"], [])
    for words in (["--core", "--all"], ["--core", "reproduction=a"]):
        with pytest.raises(BadRequest, match="run: "):
            run._expanded(words)


def test_the_core_suite_ends_with_what_is_shown_from_the_reference(pages, tdabench):
    page = paths.CONF / "reproduction" / "fine.yaml"
    page.write_text(page.read_text() + "schedule: {core: true}\n")
    code, out, _ = tdabench("run", "--core")
    assert code == 0 and "fine: finished" in out and "crash: failed" not in out
    assert "  crash: nobody has run it yet; tdabench run reproduction=crash" in out


def test_how_long_a_page_takes_says_where_and_that_networks_were_stored():
    page = SimpleNamespace(name="a", trains=True)
    known = {("a", "quick"): (3.2, HERE), ("a", "paper"): (60.0, REFERENCE)}
    said = "quick 0:03 here, paper 1:00 on the reference machine, once its networks are trained"
    assert duration(known, page) == said and duration({}, page) == "nobody has run it yet"


# Progress


def test_steps_are_told_from_time_to_time(monkeypatch):
    clock, told = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    for item in progress.steps(range(5), "seeds", told.append):
        clock[0] += 30 if item == 2 else 3
    assert told == ["seeds: 2 of 5, 0:06, about 0:09 left", "seeds: 3 of 5, 0:36, about 0:24 left"]


@pytest.mark.parametrize("seconds, shown", [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3725, "1:02:05")])
def test_a_clock(seconds, shown):
    assert progress.clock(seconds) == shown


def test_in_a_log_a_suite_is_lines_with_what_is_left(capsys):
    with bar.jobs(["a", "b", "c"], {"a": 60, "b": 30}, 1) as ended:
        ended("a")
        ended("b")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["3 jobs, about 2:15 expected", "1 of 3, 0:00, about 1:15 left (a)",
                     "2 of 3, 0:00, about 0:45 left (b)"]  # fmt: skip


def test_on_a_terminal_it_is_one_bar_with_the_lines_above_it(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with bar.jobs(["a", "b"], {"a": 60, "b": 30}, 1) as ended:
        progress.say("a: half way")
        ended("a")
    said = capsys.readouterr().err
    assert "a: half way\n" in said and "1 of 2 jobs" in said and "about 0:30 left" in said


def test_how_long_a_page_takes_is_known_from_the_record_and_else_from_the_reference():
    (paths.REFERENCE / "quick").mkdir(parents=True)
    (paths.REFERENCE / "paper" / "b").mkdir(parents=True)
    quick = {"name": "a", "profile": "quick", "provenance": {"wall_s": 7.0}}
    (paths.REFERENCE / "quick" / "a.json").write_text(json.dumps(quick))
    (paths.REFERENCE / "quick" / "broken.json").write_text("{")
    paper = {"name": "b", "profile": "paper", "wall_s": 99}
    (paths.REFERENCE / "paper" / "b" / "job.json").write_text(json.dumps(paper))
    entry = Entry("a", "quick", "finished", "f", "q", "tdabench run", 1.8e9, 3.0, False, False, "r")
    assert durations([]) == {("a", "quick"): (7.0, REFERENCE), ("b", "paper"): (99, REFERENCE)}
    others = [replace(entry, variant=True), replace(entry, status="failed"), replace(entry, wall_s=None)]
    assert durations([*others, entry, replace(entry, wall_s=9.0)])["a", "quick"] == (3.0, HERE)


# Data that is missing


def job(status="not run", verdict="not run", reason="mnist is not here: ...", rows=1, missing=("mnist",)):
    same = {"verdict": verdict, "published": 3, "reason": reason}
    listed = [Row(**dict.fromkeys(Row.__dataclass_fields__) | same | {"id": f"T{number}"}) for number in range(rows)]
    return Ended(status, listed, {name: f"{name}: not here; fetch it" for name in missing})


@pytest.mark.parametrize(
    "given, names",
    [
        (job(), {"mnist": 1}), (job("finished"), {"mnist": 1}), (job("finished", reason="too small"), {}),
        (job("finished", "reproduced"), {}), (job("failed", "failed"), {}), (job(missing=()), {}),
        (Ended("refused"), {}),
    ],
)  # fmt: skip
def test_a_claim_waits_for_data_when_that_is_why_it_was_not_run(given, names):
    assert waiting_for(given) == names


def test_a_missing_set_is_one_line_however_many_claims_wait_for_it():
    lines = suite_lines([job(rows=5), job()], False, [], {})
    assert lines == ["  mnist: not here; fetch it", "6 claims wait for data: 6 for mnist."]


def test_a_single_run_without_its_data_says_so_and_ends_with_what_help_says(pages, tdabench):
    code, out, err = tdabench("run", "reproduction=absent")
    assert code == 1 and out.count("kodak: not here") == 1 and out.splitlines()[-1].endswith("1 for kodak.")
    assert "absent: not run, kodak not here; claims that wait: T-absent" in out and "Traceback" not in err


def test_a_job_that_waits_for_its_record_does_not_keep_an_interrupted_suite(monkeypatch, capsys):
    """No signal reaches it: the process ends, and what was measured is taken in by the next run."""
    waiting, codes = threading.Event(), []

    def interrupted(*_):
        raise KeyboardInterrupt

    def leave(code):
        codes.append(code)
        waiting.set()

    monkeypatch.setattr(suite, "jobs", lambda *_: contextlib.nullcontext(interrupted))
    monkeypatch.setattr(suite, "ENDING_S", 0.1)
    monkeypatch.setattr(suite.os, "_exit", leave)
    monkeypatch.setattr(process, "ENDING", threading.Event())
    with pytest.raises(KeyboardInterrupt):
        suite.Suite(lambda task: waiting.wait(30), lambda: False, tasks("a", jobs=1)).run({})
    assert codes == [130] and "waiting for its record" in capsys.readouterr().err

"""The verbs: exit codes, what is said to whom, and one true run in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml
from mlflow import MlflowClient
from PIL import Image

from tdabench import paths
from tdabench.record.runs import Record

ROW_KEYS = {
    "id", "reproduction", "says", "source", "evidence", "published", "measured", "interval", "verdict", "control",
    "reason", "seeds", "profile", "data", "wall_s", "peak_rss_mib", "command", "reference",
}  # fmt: skip


# Asked for nothing, or for what does not exist


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help_shows_every_verb(tdabench, words):
    code, out, err = tdabench(*words)
    assert (code, err) == (0, "")
    for verb in ("list", "run", "fetch", "results"):
        assert f"tdabench {verb}" in out


@pytest.mark.parametrize("words", [[], ["run"]])
def test_nothing_asked_is_help_and_a_bad_request(tdabench, words):
    code, out, _ = tdabench(*words)
    assert code == 2 and "tdabench run" in out


@pytest.mark.parametrize(
    "words", [["lst"], ["list", "shapes"], ["results", "--jsn"], ["run", "--no-such"], ["fetch", "--no-such"]]
)
def test_a_verb_or_switch_that_does_not_exist(tdabench, words):
    code, out, err = tdabench(*words)
    assert code == 2
    assert "tdabench" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (["reproduction=nowhere"], ["nowhere", "fine", "crash"]),
        (["reproduction=fine", "profile=fast"], ["fast", "quick", "paper"]),
        (["reproduction=fine", "ponits=5"], ["ponits"]),
        (["points=5"], ["reproduction"]),
        (["reproduction=fine", "points"], ["points"]),
        (["reproduction=fine", "seeds=-1"], ["seeds", "-1"]),
        (["reproduction=fine", "points=abc"], ["points", "a number", "abc"]),
        (["reproduction=fine", "blur=true"], ["blur", "a number", "True"]),
        (["reproduction=fine", "points=null"], ["points", "a number"]),
        (["reproduction=fine", "claims=none"], ["claims", "a list"]),
        (["reproduction=fine", "threads=some"], ["threads", "some"]),
        (["reproduction=fine", "limits.time_s=soon"], ["limits.time_s", "soon"]),
        (["reproduction=own"], ["path=mine.csv"]),
    ],
)
def test_a_bad_request_is_answered_in_a_sentence(pages, record, tdabench, request_, said):
    code, out, err = tdabench("run", *request_)
    assert code == 2
    for word in said:
        assert word in err
    assert "Traceback" not in err
    assert out == "" and record.jobs() == []


def test_numbers_may_be_overridden_by_numbers(pages, tdabench):
    code, out, _ = tdabench("run", "reproduction=fine", "points=4", "blur=1", "seeds=1", "+remark=mine")
    assert code == 0
    assert "NOT REPRODUCED" in out and "published 3, measured 4" in out


@pytest.mark.parametrize("words", [["--cfg", "job", "reproduction=fine", "points=7"],
                                   ["reproduction=fine", "--cfg", "job", "points=7"],
                                   ["reproduction=fine", "points=7", "-c", "job"]])  # fmt: skip
def test_a_configuration_can_be_read_without_a_run(pages, record, tdabench, words):
    code, out, _ = tdabench("run", *words)
    assert code == 0
    assert yaml.safe_load(out)["points"] == 7
    assert record.jobs() == []


# One job, a suite, and what is on record


def test_a_job_is_run_once_and_then_read_from_the_record(pages, tdabench):
    code, out, _ = tdabench("run", "reproduction=fine")
    assert (code, out.count("REPRODUCED"), "on record" in out) == (0, 1, False)
    code, again, _ = tdabench("run", "reproduction=fine")
    assert code == 0
    assert "already on record" in again
    assert again.splitlines()[1:] == out.splitlines()[1:]


def test_a_suite_goes_on_after_a_failure_and_says_so_at_its_end(pages, record, tdabench):
    code, out, err = tdabench("run", "-m", "reproduction=glob(*)")
    assert code == 1
    assert {job.name: job.status for job in record.jobs()} == {
        "fine": "finished",
        "crash": "failed",
        "absent": "not run",
    }
    assert "3 claims registered, 2 with a verdict: 1 reproduced, 1 not run, 1 failed." in out
    assert "own: left out, it needs path" in err
    assert "Traceback" not in err

    code, out, _ = tdabench("run", "-m", "reproduction=fine,absent")
    assert code == 1 and "1 claim waits for data: 1 for kodak." in out
    assert "already on record" in out


def test_a_sweep_over_a_parameter_is_a_suite_too(pages, record, tdabench):
    assert tdabench("run", "reproduction=fine", "-m", "points=3,4")[0] == 0
    assert sorted(job.measurements["number"] for job in record.jobs()) == [3, 4]


def test_results_are_a_list_of_rows_with_all_their_keys(pages, tdabench):
    code, out, _ = tdabench("results", "--json")
    assert code == 0
    rows = {row["id"]: row for row in json.loads(out)}
    assert all(ROW_KEYS <= set(row) for row in rows.values())
    assert {row["verdict"] for row in rows.values()} == {"not run"}

    tdabench("run", "reproduction=fine")
    tdabench("run", "reproduction=crash")
    rows = {row["id"]: row for row in json.loads(tdabench("results", "--json")[1])}
    assert all(ROW_KEYS <= set(row) for row in rows.values())
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "T-fine": "reproduced",
        "T-crash": "failed",
        "T-absent": "not run",
    }
    assert rows["T-fine"]["measured"] == 3 and rows["T-fine"]["wall_s"] > 0
    assert "exit code 3" in rows["T-crash"]["reason"]

    code, out, _ = tdabench("results")
    assert code == 0
    for row in rows.values():
        assert row["id"] in out and row["verdict"].upper() in out


def test_a_broken_page_is_found_before_anything_is_started(pages, record, tdabench):
    (paths.CONF / "reproduction" / "broken.yaml").write_text("name: broken\n")
    for words in (["run", "reproduction=fine"], ["list"]):
        code, _, err = tdabench(*words)
        assert code == 2
        assert "conf/reproduction/broken.yaml: lacks title" in err
    assert record.jobs() == []


# Freezing


def test_a_paper_run_is_frozen_and_shown_where_nothing_is_on_record(pages, record, tdabench, monkeypatch, tmp_path):
    tdabench("run", "reproduction=fine", "profile=paper", "seeds=1")  # a variant
    code, out, err = tdabench("check", "--profile", "paper", "--freeze", "fine")
    assert (code, out) == (1, "") and "fine: left as it was, not on record" in err

    tdabench("run", "reproduction=fine", "profile=paper")
    code, out, err = tdabench("check", "--profile", "paper", "--freeze", "fine")
    assert (code, out) == (0, "") and "is in reference/paper/fine now" in err
    shutil.rmtree(record.folder / "artifacts")
    tdabench("run", "reproduction=fine")  # in the quick profile
    rows = {row["id"]: row for row in json.loads(tdabench("results", "--json")[1])}
    assert {id: row["reference"] for id, row in rows.items()} == {"T-fine": True, "T-crash": False, "T-absent": False}
    assert (rows["T-fine"]["profile"], rows["T-fine"]["verdict"]) == ("paper", "reproduced")
    assert [row["reference"] for row in json.loads(tdabench("results", "--all", "--json")[1])] == [False, True]

    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert tdabench("results", "--write")[0] == 0
    assert "reference record of 20" in (tmp_path / "RESULTS.md").read_text()
    assert "reference/paper/fine" in (paths.REPORT / "index.html").read_text()
    assert "(reference)" in (paths.REPORT / "claims" / "T-fine.html").read_text()


def test_freezing_all_takes_what_there_is(pages, tdabench):
    tdabench("run", "-m", "reproduction=fine,crash", "profile=paper")
    code, _, err = tdabench("check", "--profile", "paper", "--freeze")
    assert code == 0
    assert "fine: the job of" in err
    assert "crash: left as it was, its run of the paper profile ended as 'failed': its process ended" in err
    assert "absent: left as it was, not on record" in err and "own:" not in err
    assert [path.name for path in (paths.REFERENCE / "paper").iterdir()] == ["fine"]


def test_only_a_quick_run_is_not_enough(pages, tdabench):
    tdabench("run", "reproduction=fine")
    code, _, err = tdabench("check", "--profile", "paper", "--freeze", "fine")
    assert code == 1
    assert "only a run of the quick profile is on record; tdabench run reproduction=fine profile=paper" in err
    assert not paths.REFERENCE.exists()


@pytest.mark.parametrize("name", ["nowhere", "own", "../fine"])
def test_freezing_what_is_not_published_is_a_bad_request(pages, tdabench, name):
    code, out, err = tdabench("check", "--profile", "paper", "--freeze", "fine", name)
    assert (code, out) == (2, "")
    assert f"{name}: no published reproduction has this name; there are " in err


def test_a_damaged_reference_is_told_in_a_sentence_and_can_be_frozen_again(pages, tdabench):
    tdabench("run", "reproduction=fine", "profile=paper")
    tdabench("check", "--profile", "paper", "--freeze", "fine")
    (paths.REFERENCE / "paper" / "fine" / "job.json").write_text("{")
    code, out, err = tdabench("results")
    assert (code, out) == (2, "") and "reference/paper/fine/job.json cannot be read" in err
    assert tdabench("check", "--profile", "paper", "--freeze", "fine", "--json")[0] == 0


# list and fetch


def test_list_names_every_reproduction_its_claims_and_its_data(pages, tdabench, monkeypatch, tmp_path):
    code, out, _ = tdabench("list")
    assert code == 0
    for name in ("fine", "crash", "absent", "own"):
        assert f"{name}: " in out
        assert f"T-{name}" in out or name == "own"  # of a user's own data nothing is claimed
    assert "tdabench run reproduction=own path=mine.csv" in out
    assert "needs kodak: not here; put files ending in" in out
    (tmp_path / "kodak").mkdir()
    Image.new("L", (3, 3)).save(tmp_path / "kodak" / "a.png")
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path))
    assert "needs kodak: here, 1 files" in tdabench("list")[1]


def test_fetch_without_a_network_says_where_from_and_where_to(tdabench, monkeypatch, tmp_path):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "data"))
    for protocol in ("http", "https"):
        monkeypatch.setenv(f"{protocol}_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    code, out, err = tdabench("fetch", "natural_patches", "kodak", "shipped_photographs")
    assert code == 1
    assert "shipped_photographs: here" in out
    for word in ("github.com/appliedtopology/javaplex", "n50000Dct.mat", str(tmp_path / "data" / "natural_patches")):
        assert word in err
    assert str(tmp_path / "data" / "kodak") in err
    assert "Traceback" not in err
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_fetch_is_content_with_what_is_here(tdabench):
    assert tdabench("fetch", "shipped_photographs")[0] == 0


def test_fetch_of_an_unknown_data_set_names_those_that_exist(tdabench):
    code, _, err = tdabench("fetch", "mnsit")
    assert code == 2
    assert "mnsit" in err and "natural_patches" in err


# Completion


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("tdabench ", {"list", "run", "fetch", "results"}),
        ("tdabench re", {"results"}),
        ("tdabench run repro", {"reproduction="}),
        ("tdabench run reproduction=f", {"reproduction=fine"}),
        ("tdabench run reproduction=fine prof", {"profile="}),
        ("tdabench run reproduction=fine poi", {"points="}),
        ("tdabench list ", set()),
    ],
)
def test_the_shell_completes_verbs_pages_and_keys(pages, tdabench, monkeypatch, line, choices):
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    code, out, err = tdabench("-sc", "query=bash")
    assert (code, err) == (0, "")
    found = {choice.split("=")[0] + "=" if choices == {"points="} else choice for choice in out.split()}
    assert choices <= found if choices else not found


# In a process of its own


def test_a_true_run_is_recorded_where_the_user_wants_it_and_found_again(command, tmp_path):
    words = ["run", "reproduction=shapes", "seeds=1", "points=1500"]
    first = command(*words)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("shapes: finished, ")
    for claim in ("P1", "P2", "P3", "P4", "P5"):
        assert f"  {claim} " in first.stdout
    assert "klein_bottle: 1 seeds" in first.stderr
    assert "mlflow" not in first.stderr and "Downloading" not in first.stderr

    elsewhere = tmp_path / "elsewhere"
    assert {"mlflow.db", "artifacts"} <= {path.name for path in elsewhere.iterdir()}
    assert not list((elsewhere / "work").iterdir())
    (job,) = Record(elsewhere).jobs()
    assert job.command == "tdabench run reproduction=shapes profile=quick seeds=1 points=1500"
    for artefact in ("raw/torus.npz", "figures/torus.png", "tables/complexes.json"):
        assert Record(elsewhere).artefact(job, artefact).stat().st_size > 0
    known = [row.verdict for row in job.rows if row.id in ("P1", "P2", "P3", "P4", "P5")]
    assert known == ["reproduced"] * 5

    second = command(*words)
    assert second.returncode == 0
    assert second.stdout.startswith("shapes: finished (already on record), ")
    assert len(Record(elsewhere).jobs()) == 1


def test_a_bad_request_in_a_process_of_its_own(command):
    ended = command("run", "reproduction=nowhere")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "nowhere" in ended.stderr and "shapes" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def started(tmp_path, empty_database):
    """started(*words): a run in a process of its own that has begun to measure, and its worker."""
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    processes = []

    def as_from_a_terminal():  # whoever runs the tests in the background ignores these, and children inherit that
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    def start(*words):
        run = subprocess.Popen(
            [sys.executable, "-m", "tdabench", "run", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=as_from_a_terminal,
            env=os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}"},
        )  # fmt: skip
        processes.append(run)
        while "disc: " not in (line := run.stderr.readline()):
            assert line, "the run ended by itself"
        (worker,) = psutil.Process(run.pid).children()
        return run, worker

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]], ids=str)
def test_a_run_that_is_ended_takes_its_worker_along(started, tmp_path, numbers):
    """By a time limit, a shutdown, a terminal that is closed, or by Ctrl-C twice."""
    run, worker = started("-m", "reproduction=shapes", "seeds=50")
    for number in numbers:
        run.send_signal(number)
        time.sleep(0.2)  # signals of one kind that wait count once
    _, err = run.communicate(timeout=120)
    assert ended(worker)
    assert run.returncode == 130
    assert "interrupted" in err and "Traceback" not in err
    assert not list(Path(tmp_path / "work").iterdir())
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (suite,) = client.search_runs([client.get_experiment_by_name("tdabench").experiment_id])
    assert suite.info.status == "KILLED"


def test_after_a_run_signals_are_what_they_were(pages, tdabench):
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    assert tdabench("run", "reproduction=fine")[0] == 0
    assert [signal.getsignal(number) for number in numbers] == before


def test_one_interruption_waits_for_the_record_of_the_current_job(started, tmp_path):
    run, worker = started("-m", "reproduction=shapes", "seeds=1,2", "points=1500")
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 130 and ended(worker)
    assert "ends when what is running has been recorded; Ctrl-C again ends it now" in err and "Traceback" not in err
    assert out.count("shapes: finished") == 1
    (job,) = Record(tmp_path).jobs()
    assert (job.status, job.config["seeds"]) == ("finished", 1)
    assert not list(Path(tmp_path / "work").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker looks for its parent once a second")
def test_the_worker_of_a_killed_run_does_not_live_on(started, tmp_path):
    run, worker = started("reproduction=shapes", "seeds=50")
    run.kill()
    run.communicate(timeout=120)
    psutil.wait_procs([worker], timeout=60)
    assert ended(worker)


def test_a_reader_that_goes_away_is_no_error():
    """tdabench list | head -0"""
    run = subprocess.Popen(
        [sys.executable, "-m", "tdabench", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    run.stdout.close()
    assert run.stderr.read() == ""
    assert run.wait() == 0

"""Jobs: measured in a process of their own, recorded whole, not measured twice, and never the end of a suite."""

import json
import re
import shutil
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import psutil
import pytest
from mlflow import MlflowClient
from omegaconf import OmegaConf
from PIL import Image

from tdabench import paths, provenance
from tdabench.data import catalogue
from tdabench.data.dataset import sha256
from tdabench.errors import BadRequest
from tdabench.jobs.job import origin
from tdabench.processes import limits

CLAIM = {
    "id": "T1", "says": "Three", "source": "nowhere", "evidence": "own check", "published": 3, "measurement": "number",
    "test": "equals", "margin": {}, "why": "a count",
}  # fmt: skip
COUNT = "open(config.counter, 'a').write('measured\\n')\n"


@pytest.fixture
def counter(tmp_path):
    """The path of a file to which COUNT adds a line, and how many lines it has."""
    path = tmp_path / "counter"
    path.touch()
    return {"counter": str(path)}, lambda: len(path.read_text().splitlines())


@pytest.fixture
def photographs(tmp_path, monkeypatch):
    """A folder of data with one photograph in kodak."""
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "data"))
    folder = tmp_path / "data" / "kodak"
    folder.mkdir(parents=True)
    Image.new("L", (5, 4), 100).save(folder / "a.png")
    return folder


def work_is_gone():
    return not list((paths.RECORD / "work").glob("*"))


# A job that ends well


def test_a_job_is_measured_judged_and_recorded_with_all_it_left(reproduction, run, record, photographs):
    config = reproduction(
        "import numpy as np\n"
        "from matplotlib.figure import Figure\n"
        "grey = bench.data('kodak')['a']\n"
        "bench.keep('draws', points=np.arange(6).reshape(3, 2))\n"
        "bench.figure('curve', Figure(), 'An empty figure.')\n"
        "bench.table('sizes', 'Sizes', [{'size': 1}])\n"
        "bench.progress('half way')\n"
        "runs = [{'1,1': np.float32(0.5)}]\n"
        "return {'number': np.float64(3.25), 'grey': grey.max(), 'runs': runs, 'n': config.points}",
        data={"needs": ["kodak"]},
        points=50,
    )
    job = run(config, "reproduction=throwaway", "points=50", "threads=1")
    assert (job.status, job.reason, job.variant) == ("finished", "", True)
    assert job.measurements == {"number": 3.25, "grey": 100.0, "runs": [{"1,1": 0.5}], "n": 50}
    assert job.command == "tdabench run reproduction=throwaway profile=quick points=50"
    assert {"python", "numpy", "gudhi", "cpu", "threads"} <= set(job.environment)
    (row,) = job.rows
    assert (row.id, row.verdict, row.measured, row.published) == ("T1", "reproduced", 3.25, 3)
    assert (row.reproduction, row.seeds, row.profile) == ("throwaway", 1, "quick")
    assert row.data == f"kodak:{job.data['kodak'][:12]}"
    assert 0 < row.wall_s < 60 and row.peak_rss_mib > 20
    assert record.jobs() == [job]

    shown = MlflowClient(record.uri).get_run(job.run_id)
    assert shown.data.params["points"] == "50" and shown.data.params["data.needs"] == "['kodak']"
    assert shown.data.metrics["number"] == 3.25
    assert [entry.dataset.digest for entry in shown.inputs.dataset_inputs] == [job.data["kodak"][:32]]

    assert np.load(record.artefact(job, "raw/draws.npz"))["points"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert Image.open(record.artefact(job, "figures/curve.png")).size > (0, 0)
    assert record.artefact(job, "figures/curve.txt").read_text() == "An empty figure."
    table = json.loads(record.artefact(job, "tables/sizes.json").read_text())
    assert table == {"title": "Sizes", "rows": [{"size": 1}]}
    assert "half way" in record.artefact(job, "log.txt").read_text()
    assert work_is_gone()


def test_a_job_reads_what_the_user_named_from_where_the_user_is(reproduction, run, tmp_path, monkeypatch):
    (tmp_path / "user" / "relative" / "kodak").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "user")
    monkeypatch.setenv("TDABENCH_DATA", "relative")
    Image.new("L", (5, 4), 3).save("relative/kodak/a.png")
    Path("mine.txt").write_text("4")
    Path("json.py").write_text("raise SystemExit('a module of the user, imported in place of the true one')")
    body = "return {'number': bench.data('kodak')['a'].max(), 'mine': open('mine.txt').read()}"
    job = run(reproduction(body, data={"needs": ["kodak"], "files": ["mine.txt"]}))
    assert (job.reason, job.measurements) == ("", {"number": 3.0, "mine": "4"})
    assert set(job.data) == {"kodak", "mine.txt"}


def test_threads_are_pinned(reproduction, run):
    body = "return {'number': int(os.environ['OMP_NUM_THREADS']), 'bench': bench.threads}"
    assert run(reproduction(body, threads=3)).measurements == {"number": 3, "bench": 3}


# Not measured twice


def test_a_finished_job_is_not_measured_twice(reproduction, run, record, counter):
    keys, count = counter
    config = reproduction(COUNT + "return {'number': 3}", **keys)
    first = run(config)
    assert not first.recorded_before
    for same in (config, OmegaConf.merge(config, {"threads": 2, "limits": {"time_s": 50}})):
        again = run(same)
        assert again == replace(first, recorded_before=True)
    assert count() == len(record.jobs()) == 1
    run(OmegaConf.merge(config, {"again": True}))
    assert count() == len(record.jobs()) == 2


def test_another_parameter_or_other_code_is_another_job(reproduction, run, counter):
    keys, count = counter
    body = COUNT + "return {'number': config.points}"
    run(reproduction(body, points=3, **keys))
    assert run(reproduction(body, points=4, **keys)).measurements == {"number": 4}
    assert count() == 2
    assert run(reproduction(body.replace("}", " + 2}"), points=3, **keys)).measurements == {"number": 5}
    assert count() == 3


def test_two_files_of_one_name_are_two(reproduction, run, counter, tmp_path):
    keys, count = counter
    files = [tmp_path / folder / "mine.csv" for folder in "ab"]
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_text(f"{number}")
    config = reproduction(COUNT + "return {'number': 3}", data={"files": [str(file) for file in files]}, **keys)
    assert len(set(run(config).data.values())) == 2
    files[0].write_text("2")
    run(config)
    assert count() == 2


def test_other_data_is_another_job(reproduction, run, photographs, counter, tmp_path):
    keys, count = counter
    own = tmp_path / "own.csv"
    own.write_text("1,2\n")
    body = COUNT + "return {'number': len(bench.data('kodak'))}"
    config = reproduction(body, data={"needs": ["kodak"], "files": [str(own)]}, **keys)
    run(config), run(config)
    assert count() == 1
    shutil.copy(photographs / "a.png", photographs / "b.png")
    assert run(config).measurements == {"number": 2}
    own.write_text("1,3\n")
    run(config)
    assert count() == 3


def test_a_job_counts_the_readers_of_its_own_data_and_of_no_other(reproduction, monkeypatch):
    reproduction("return {}")
    config, without = {"name": "throwaway"}, origin({"name": "throwaway"}, {})
    code = origin(config, {"mnist": "a" * 64}).code
    assert set(code) - set(without.code) >= {"tdabench.data.labelled_images"}
    assert "tdabench.data.ratings" not in code and "tdabench.data.catalogue" not in code
    other = replace(catalogue.CATALOGUE["mnist"], forms=(replace(catalogue.CATALOGUE["mnist"].forms[0], read=str),))
    before = origin(config, {"mnist": "a" * 64})
    monkeypatch.setitem(catalogue.CATALOGUE, "mnist", other)
    assert origin(config, {"mnist": "a" * 64}).fingerprint != before.fingerprint


def test_another_version_is_measured_again_and_said(reproduction, run, counter, monkeypatch, capsys):
    keys, count = counter
    config = reproduction("import gudhi\n" + COUNT + "return {'number': 3}", **keys)
    run(config)
    version = metadata.version("gudhi")
    monkeypatch.setattr(provenance, "_versions", lambda name: {name: "3.11.0"})
    capsys.readouterr()
    run(config)
    assert f"gudhi {version}" in (said := capsys.readouterr().err) and "measured again" in said and "3.11.0" in said
    assert count() == 2
    monkeypatch.undo()


def test_changed_code_is_measured_again_and_said_and_a_comment_is_not(reproduction, run, counter, capsys):
    keys, count = counter
    body = COUNT + "return {'number': 3}"
    config = reproduction(body, **keys)
    run(config)
    reproduction("# no change\n" + body, **keys)
    assert run(config).recorded_before and count() == 1
    capsys.readouterr()
    reproduction(body.replace("3}", "4}"), **keys)
    assert run(config).measurements["number"] == 4
    said = capsys.readouterr().err
    assert "throwaway: measured before a change of reproductions.throwaway: measured again" in said


@pytest.mark.parametrize("value", ["${oc.env:SECRET}", ["a", "${oc.env:SECRET,none}"], "${oc.decode:${oc.env:SECRET}}",
                                   [["${oc.env:SECRET}"]], [{"a": ["${oc.env:SECRET}"]}]])
def test_a_variable_of_the_environment_does_not_get_into_the_record(reproduction, run, record, value, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    config = reproduction("return {'number': 3}", env={"deep": value})
    with pytest.raises(BadRequest, match=r"env.deep[.\w]*: .*environment") as told:
        run(config)
    assert "hunter2" not in str(told.value) and record.jobs() == []


@pytest.mark.parametrize("value", ["http://bob:hunter2@host.example/x", [["postgresql://h/d?user=bob&password=hunter2"]]])
def test_an_address_with_a_password_does_not_get_into_the_record(reproduction, run, record, value):
    with pytest.raises(BadRequest, match="note[.0]*: an address with user or password") as told:
        run(reproduction("return {'number': 3}", note=value))
    assert "hunter2" not in str(told.value) and record.jobs() == []
    assert run(reproduction("return {'number': 3}", note="https://host.example/a@b")).status == "finished"


# A job that ends badly

FAILURES = {
    "an exception": ("return {'number': 1 / 0}", r"ZeroDivisionError in throwaway.py:6: division by zero"),
    "an error of this package": (
        "from tdabench.validation import as_points\nas_points([[float('nan')]], 'draws')",
        r"draws: 1 values are not finite",
    ),
    "too much memory": ("return {'number': len(bytearray(3 * 2**30))}", r"out of memory: more than 2.0 GiB"),
    "no memory": ("raise MemoryError", r"out of memory"),
    "an exit": ("os._exit(3)", r"exit code 3 and no result"),
    "a polite exit": ("raise SystemExit", r"exit code 0 and no result"),
    "an exit with a word": ("raise SystemExit('enough')", r"exit code 1 and no result: enough"),
    "a crash": ("import ctypes\nctypes.string_at(0)", r"crashed \(SIGSEGV\) in __init__.py:\d+"),
    "an abort": ("os.abort()", r"crashed \(SIGABRT\) in throwaway.py:6"),
    "an engine without memory": (
        "bench.progress(\"terminate called after throwing an instance of 'std::bad_alloc'\")\nos.abort()",
        r"out of memory: more than 2.0 GiB",
    ),
    "torch without memory": ("import torch\ntorch.zeros(2**30)", r"out of memory: more than 2.0 GiB"),
    "a full disk": ("raise OSError(28, 'No space left on device')", r"No space left on device"),
    "a kill from outside": ("os.kill(os.getpid(), 9)", r"killed from outside.*memory"),
    "no end": ("import time\ntime.sleep(60)", r"over its time limit of 1.5 s \(limits.time_s\)"),
    "no measurements": ("return None", r"must return a mapping, not NoneType"),
    "what is no measurement": ("return {'number': {3}}", r"numbers, texts, lists and mappings, not set"),
    "a name with a dot": ("return {'k15': {'graph.b1': 5}}", r"the name 'graph.b1' under k15 holds a dot"),
    "an array": ("import numpy\nreturn {'number': numpy.ones(3)}", r"ValueError in .*"),
    "no such module": ("import nowhere", r"No module named 'nowhere'"),
    "a result of its own": (
        "(bench.folder / 'result.json').write_text('[1]')\nos._exit(0)",
        r"exit code 0 and no result",
    ),
    "half of a result": (
        "(bench.folder / 'result.json').write_text('{\"status\": \"finished\", \"reason\": \"\"}')\nos._exit(0)",
        r"exit code 0 and no result",
    ),
    "a result that nests": (
        "(bench.folder / 'result.json').write_text('[' * 10**6)\nos._exit(0)",
        r"exit code 0 and no result",
    ),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_job_that_fails_is_a_row_with_a_reason(reproduction, run, record, kind):
    body, words = FAILURES[kind]
    limits = {"memory_gib": 2, "time_s": 1.5 if kind == "no end" else 60}
    job = run(reproduction("bench.progress('so far')\n" + body, limits=limits))
    assert job.status == "failed"
    assert re.search(words, job.reason), job.reason
    (row,) = job.rows
    assert (row.id, row.verdict, row.measured, row.published) == ("T1", "failed", None, 3)
    assert row.reason == job.reason
    assert record.jobs() == [job]
    assert "so far" in record.artefact(job, "log.txt").read_text()
    assert work_is_gone()


def test_what_a_job_started_ends_with_it(reproduction, run, tmp_path):
    body = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(config.pid, 'w').write(str(child.pid))\n"
        "os._exit(1)"
    )
    run(reproduction(body, pid=str(tmp_path / "pid")))
    status = Path(f"/proc/{(tmp_path / 'pid').read_text()}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_a_daemon_ends_with_the_job_that_started_it(reproduction, run, tmp_path):
    """It has a session and a parent of its own."""
    daemon = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    shell = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {daemon!r}], start_new_session=True)"
    body = (
        f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {shell!r}], start_new_session=True)\n"
        "while not os.path.exists(config.pid) or not open(config.pid).read():\n    time.sleep(0.1)\n"
        "return {'number': 3}"
    )
    assert run(reproduction(body, pid=str(tmp_path / "pid"))).status == "finished"
    status = Path(f"/proc/{(tmp_path / 'pid').read_text()}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_what_a_job_started_counts_as_its_memory(reproduction, run):
    """Each of them is within the limit, together they are not."""
    body = (
        "import subprocess, sys, time\n"
        "hold = [sys.executable, '-c', 'import time; held = bytearray(b\"x\" * 250 * 2**20); time.sleep(60)']\n"
        "held = [subprocess.Popen(hold) for _ in range(3)]\n"
        "time.sleep(60)"
    )
    job = run(reproduction(body, limits={"memory_gib": 0.6, "time_s": 60}))
    assert "it and what it started held more than 0.6 GiB (limits.memory_gib)" in job.reason
    assert job.rows[0].peak_rss_mib > 0.6 * 2**10


def test_left_alone_a_job_may_take_three_quarters_of_what_there_is(monkeypatch, tmp_path):
    total = psutil.virtual_memory().total
    monkeypatch.setattr(limits, "GROUPS", (tmp_path / "none", tmp_path / "memory.max"))
    (tmp_path / "memory.max").write_text("max\n")
    assert limits.memory_limit(None) == int(0.75 * total)
    (tmp_path / "memory.max").write_text(f"{2**30}\n")
    assert limits.memory_limit(None) == 0.75 * 2**30  # of a container
    assert limits.memory_limit(3.5) == 3.5 * 2**30


def test_a_failed_job_is_tried_again_next_time(reproduction, run, record, counter):
    keys, count = counter
    config = reproduction(COUNT + "raise ValueError('not yet')", **keys)
    run(config), run(config)
    assert count() == len(record.jobs()) == 2


def test_a_measurement_that_is_not_a_number_fails_its_claim_and_no_other(reproduction, run):
    config = reproduction("return {'number': float('nan'), 'good': 3}")
    config.claims.append(OmegaConf.merge(config.claims[0], {"id": "T2", "measurement": "good"}))
    job = run(config)
    assert job.status == "finished"
    assert [row.verdict for row in job.rows] == ["failed", "reproduced"]
    assert "finite number" in job.rows[0].reason


# Data that is not here


def elsewhere(monkeypatch, name, **changes):
    """The data set of that name, with another origin or other files."""
    monkeypatch.setitem(catalogue.CATALOGUE, name, replace(catalogue.CATALOGUE[name], **changes))


def test_data_that_it_needs_is_downloaded_from_its_origin(reproduction, run, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "data"))
    (tmp_path / "origin").mkdir()
    file = tmp_path / "origin" / "n.mat"
    file.write_text("patches")
    files = {"n.mat": sha256(file)}
    elsewhere(monkeypatch, "natural_patches", url=(tmp_path / "origin").as_uri() + "/", files=files)
    job = run(reproduction("return {'number': 3}", data={"needs": ["natural_patches"]}))
    assert job.status == "finished"
    assert (tmp_path / "data" / "natural_patches" / "n.mat").read_text() == "patches"


def test_without_the_data_it_needs_nothing_is_started(reproduction, run, counter, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "nothing"))
    elsewhere(monkeypatch, "natural_patches", url="file:///nowhere/at/all/")
    keys, count = counter
    job = run(reproduction(COUNT, data={"needs": ["kodak", "natural_patches"]}, **keys))
    assert count() == 0
    assert (job.status, job.rows[0].verdict) == ("not run", "not run")
    for word in ("kodak is not here", "could not be downloaded", "tdabench fetch", str(tmp_path / "nothing")):
        assert word in job.rows[0].reason
    assert job.rows[0].data == "kodak:absent, natural_patches:absent"


def test_without_data_that_it_can_use_a_job_runs(reproduction, run, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "nothing"))
    body = "data, why = bench.data_or_reason('kodak')\nreturn {'number': 3 * (data is None and 'not here' in why)}"
    job = run(reproduction(body, data={"uses": ["kodak"]}))
    assert (job.status, job.rows[0].verdict) == ("finished", "reproduced")


def test_data_found_missing_while_measuring_is_not_run(reproduction, run, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "nothing"))
    job = run(reproduction("bench.data('kodak')"))
    assert (job.status, job.rows[0].verdict) == ("not run", "not run")
    assert "kodak is not here" in job.reason


def test_what_was_not_run_is_run_once_the_data_is_here(reproduction, run, photographs):
    config = reproduction("return {'number': len(bench.data('kodak')) + 2}", data={"needs": ["kodak"]})
    (photographs / "a.png").rename(photographs / "a.old")
    assert run(config).status == "not run"
    (photographs / "a.old").rename(photographs / "a.png")
    assert run(config).rows[0].verdict == "reproduced"


def test_altered_data_fails_the_job_that_needs_it(reproduction, run, tmp_path, monkeypatch):
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path))
    (tmp_path / "natural_patches").mkdir()
    for name in ("n50000Dct.mat", "nk15c30Dct.mat", "nk300c30Dct.mat"):
        (tmp_path / "natural_patches" / name).write_text("altered")
    job = run(reproduction("return {'number': 3}", data={"needs": ["natural_patches"]}))
    assert (job.status, job.rows[0].verdict) == ("failed", "failed")
    assert "truncated or altered" in job.reason


# Bad requests


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("seeds: a whole number from 1 on is needed, not -1", {"seeds": -1}),
        ("seeds: .* not 0", {"seeds": 0}),
        ("seeds: a whole number from 1 on is needed, not 'many'", {"seeds": "many"}),
        ("seeds: .* not True", {"seeds": True}),
        ("threads: a whole number from 1 on is needed, not 0", {"threads": 0}),
        ("threads: .* not 1.5", {"threads": 1.5}),
        ("limits.time_s: a number above 0 is needed, not None", {"limits": {"memory_gib": None, "time_s": None}}),
        ("limits.memory_gib: a number above 0 is needed, not 'lots'", {"limits": {"memory_gib": "lots", "time_s": 1}}),
        ("limits: keys with values are needed, such as limits.memory_gib, not 3", {"limits": 3}),
        ("again: true or false is needed, not 'perhaps'", {"again": "perhaps"}),
        ("needs path=..., for example path=mine.csv", {"required": {"path": "path=mine.csv"}, "path": None}),
        ("there is no such file or folder", {"data": {"files": ["nowhere/mine.csv"]}}),
        ("there is no data set 'mnsit'", {"data": {"needs": ["mnsit"]}}),
        ("claim T1: a text is needed as source", {"claims": [{**CLAIM, "source": 2008}]}),
        ("not complete", {"points": "${nowhere}"}),
        ("not complete", {"points": "???"}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_not_recorded(reproduction, run, record, words, keys):
    with pytest.raises(BadRequest, match=words):
        run(reproduction("return {'number': 3}", **keys))
    assert record.jobs() == []


# What is recorded is what was measured


def test_code_that_changed_while_it_ran_fails_the_job(reproduction, run):
    body = "open(__file__, 'a').write('X = 1\\n')\nreturn {'number': 3}"
    job = run(reproduction(body))
    assert job.status == "failed" and "changed while it ran" in job.reason
    assert {row.verdict for row in job.rows} == {"failed"}


def test_a_key_of_the_profile_makes_a_variant(reproduction, run):
    job = run(reproduction("return {'number': 3}"), "profile=quick", "profile.seeds=1", "limits.time_s=50")
    assert job.variant and job.command.endswith("profile=quick profile.seeds=1")

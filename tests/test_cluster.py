"""A suite on a cluster: two nodes of Ray and MLflow's server on PostgreSQL, all of it on this machine."""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
import yaml

from tdabench import paths
from tdabench.cli import run
from tdabench.errors import BadInput, BadRequest
from tdabench.processes import pool
from tdabench.record.job import Ended
from tdabench.record.runs import Record
from tests.conftest import CLAIM

# Persistence of a random cloud; it takes long enough to be killed in the middle.
BODY = """
import time

import numpy as np

from reproductions.bauer_2021_engines.textbook_reduction import bars_by_reduction


def measure(config, bench):
    points = np.random.default_rng(config.points).normal(size=(config.points, 2))
    time.sleep(1)
    components, _ = bars_by_reduction(np.linalg.norm(points[:, None] - points, axis=2), 1)
    return {"number": config.points, "deaths": components[:, 1].tolist()}
"""
PAGES = ("one", "two", "three")
WAIT_S = 120


@pytest.fixture
def checkout(tmp_path):
    """A copy of the library with pages of its own, in which started() runs a suite."""
    folder = tmp_path / "checkout"
    for part in ("tdabench", "conf"):
        shutil.copytree(paths.ROOT / part, folder / part, ignore=shutil.ignore_patterns("reproduction", "__pycache__"))
    (folder / "conf" / "reproduction").mkdir()
    (folder / "reproductions").mkdir()
    (folder / "reproductions" / "__init__.py").touch()
    for number, name in enumerate(PAGES):
        page = {
            "name": name, "title": name, "source": "this test", "points": 20 + number, "seeds": 1,
            "claims": [CLAIM | {"id": f"T-{name}", "published": 20 + number}],
        }  # fmt: skip
        (folder / "reproductions" / f"{name}.py").write_text(BODY)
        text = "# @package _global_\n" + yaml.safe_dump(page)
        (folder / "conf" / "reproduction" / f"{name}.yaml").write_text(text)
    return folder


def path_with(folder: Path) -> str:
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


def started(folder, words, environment=None, log=None) -> subprocess.Popen:
    own = {"PYTHONPATH": path_with(folder), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tdabench", "run", "-m", f"reproduction={','.join(PAGES)}", *words],
        cwd=folder, env=os.environ | own | (environment or {}), stdout=log, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        return urlopen(address, timeout=5).status == 200
    return False


def is_said(text: str, log: Path) -> bool:
    return text in log.read_text()


def wait_for(condition, what: str, child: subprocess.Popen | None = None):
    until = time.monotonic() + WAIT_S
    while not (found := condition()):
        assert time.monotonic() < until and (child is None or child.poll() is None), f"no {what}"
        time.sleep(0.1)
    return found


def ended(child: subprocess.Popen) -> None:
    """End a daemon and all that it started, and nobody else's."""
    started = psutil.Process(child.pid).children(recursive=True) if child.poll() is None else []
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(20)
    for process in [*started, *([child] if child.poll() is None else [])]:
        with contextlib.suppress(psutil.Error):
            process.kill()


@pytest.fixture
def serial(checkout, tmp_path) -> dict:
    """What a serial run measures there."""
    with open(tmp_path / "serial.log", "w+") as log:
        assert started(checkout, [], log=log).wait(WAIT_S) == 0, (tmp_path / "serial.log").read_text()
    return measured(Record(checkout / "record"))


@pytest.fixture
def postgresql():
    """The address of an empty database of Debian's PostgreSQL, which refuses to be run by root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or not find_spec("psycopg"):
        pytest.skip("PostgreSQL or psycopg is not installed: apt-get install postgresql, pip install -e '.[cluster]'")
    binaries, folder, port = found[-1].parent, Path(f"/tmp/tdabench-{secrets.token_hex(4)}"), free_port()
    folder.mkdir()
    user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    subprocess.run([*user, binaries / "initdb", "-A", "trust", "-U", "tdabench", "-N", folder / "data"],
                   check=True, capture_output=True, cwd="/")  # fmt: skip
    server = subprocess.Popen(
        [*user, binaries / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    try:
        ready = [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
        wait_for(lambda: subprocess.run(ready, capture_output=True).returncode == 0, "PostgreSQL", server)
        yield f"postgresql://tdabench@127.0.0.1:{port}/postgres"
    finally:
        ended(server)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(postgresql, tmp_path):
    """The address of an MLflow server on it."""
    port = free_port()
    words = ["--backend-store-uri", postgresql, "--artifacts-destination", tmp_path / "artifacts", "--workers", "1"]
    with open(tmp_path / "mlflow.log", "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *words],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), "MLflow server", child)
        yield f"http://127.0.0.1:{port}"
    finally:
        ended(child)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The environment in which a driver finds two nodes of one core each."""
    if not find_spec("ray") or not find_spec("hydra_plugins.hydra_ray_launcher"):
        pytest.skip("Ray or its launcher is not installed: pip install -e '.[cluster]'")
    port = free_port()
    shared = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    folder = Path(f"/tmp/tdabench-{secrets.token_hex(4)}")  # sockets have short names
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--node-ip-address=127.0.0.1",
             "--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats"]  # fmt: skip
    head = [*start, "--head", f"--port={port}", f"--temp-dir={folder}", "--include-dashboard=false"]
    nodes, logs = [], [tmp_path_factory.mktemp("nodes") / "head.log", tmp_path_factory.mktemp("nodes") / "node.log"]
    environment = os.environ | shared | {"PYTHONPATH": path_with(paths.ROOT)}
    try:
        for words, place in zip((head, [*start, f"--address=127.0.0.1:{port}"]), logs, strict=True):
            with open(place, "wb") as log:
                nodes.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
            wait_for(partial(is_said, "Ray runtime started", place), "node of Ray", nodes[-1])
        yield shared | {"RAY_ADDRESS": f"127.0.0.1:{port}"}
    finally:
        for node in reversed(nodes):
            ended(node)
        shutil.rmtree(folder, ignore_errors=True)


def measured(record: Record) -> dict:
    """What stands on record of each page, but for when, where and how fast."""
    jobs = record.jobs()
    assert len(jobs) == len(PAGES)
    kept = ("measurements", "fingerprint", "status", "config")
    rows = ("id", "verdict", "measured")
    return {job.name: [getattr(job, key) for key in kept] + [[getattr(row, key) for key in rows] for row in job.rows]
            for job in jobs}  # fmt: skip


def ray_worker(checkout: Path):
    """The process of Ray in which a job of a checkout is being measured."""
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.Error):
            words = process.info["cmdline"] or [""]
            if "tdabench.jobs.worker" in words and words[-1].startswith(str(checkout)):
                parent = process.parent()
                if "ray::" in " ".join(parent.cmdline()):
                    return parent
    return None


@pytest.mark.slow
def test_two_nodes_and_a_killed_worker_leave_what_a_serial_run_leaves(serial, checkout, server, cluster, tmp_path):
    with open(tmp_path / "ray.run.log", "w+") as log:
        words = ["hydra/launcher=ray", "+hydra.launcher.ray.init.object_store_memory=null"]
        driver = started(checkout, words, cluster | {"MLFLOW_TRACKING_URI": server}, log)
        wait_for(lambda: ray_worker(checkout), "job on Ray", driver).kill()
        code = driver.wait(WAIT_S)
        log.seek(0)
        said = log.read()
    assert code == 0, said
    assert "3 claims registered, 3 with a verdict: 3 reproduced" in said
    record = Record(uri=server)
    assert measured(record) == serial
    assert len(set(re.findall(r"_run_job pid=(\d+)", said))) >= 3  # of two nodes, and in place of the killed one
    suites = {job.suite for job in record.jobs()}
    assert len(suites) == 1 and None not in suites


@pytest.mark.slow
def test_joblib_on_one_machine_leaves_what_a_serial_run_leaves(serial, checkout, tmp_path):
    if not find_spec("hydra_plugins.hydra_joblib_launcher"):
        pytest.skip("hydra-joblib-launcher is not installed: pip install -e '.[cluster]'")
    with open(tmp_path / "joblib.log", "w+") as log:
        words = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
        place = {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/other/mlflow.db"}
        assert started(checkout, words, place, log).wait(WAIT_S) == 0
    assert measured(Record(uri=place["MLFLOW_TRACKING_URI"])) == serial


SPREADING = """
import numpy as np
from tdabench.patches.density import codensity
from tdabench.processes import pool
points = [np.random.default_rng(number).normal(size=(200, 3)) for number in range(4)]
found = dict(pool.run(codensity, [(each, 5) for each in points], 1, pool.RAY))
assert all((found[number] == codensity(points[number], 5)).all() for number in range(4)) and len(found) == 4
print("the same")
"""


def test_work_that_is_spread_over_nodes_is_what_it_is_here(cluster):
    environment = os.environ | cluster | {"PYTHONPATH": path_with(paths.ROOT)}
    child = subprocess.run([sys.executable, "-c", SPREADING], env=environment, capture_output=True, text=True, cwd="/")
    assert child.stdout.endswith("the same\n"), child.stderr


def test_work_is_spread_over_processes_and_bad_places_are_named(monkeypatch):
    assert dict(pool.run(pow, [(2, 3), (3, 2)], 2)) == {0: 8, 1: 9}
    assert list(pool.run(pow, [], 2)) == []
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for over, said in (("ray", "RAY_ADDRESS does not say|ray is not installed"), ("mars", "here or ray is needed")):
        with pytest.raises(BadInput, match=said):
            list(pool.run(pow, [(2, 3)], 1, over))


def test_a_node_with_other_code_is_refused(tdabench, pages, record, monkeypatch):
    class Suite:
        host, commit = "another-machine", "0123456789ab"

    monkeypatch.setattr("tdabench.provenance.commit", lambda: "ba9876543210")
    with pytest.raises(BadRequest, match="checkout is at ba9876543210, that of another-machine at 0123456789ab"):
        run._same_checkout(Suite)
    Suite.commit = "ba9876543210"
    run._same_checkout(Suite)


@pytest.mark.parametrize("text", ["plain", "with space", "a,b=c", "it's", "back\\slash", "ends\\", "\\'", "é{}[]()"])
def test_a_text_reaches_hydra_as_it_is(text):
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from tdabench.claims.escapes import quoted

    parsed = OverridesParser.create().parse_override(f"suite.folder={quoted(text)}")
    assert parsed.value() == text


def test_jobs_tell_how_they_ended(record, tmp_path):
    suite = record.open_suite("-m reproduction=glob(*)")
    for number in (11, 2):
        record.tell(suite, tmp_path, number, Ended("finished", missing={"mnist": f"{number}"}))
    assert [job.missing for job in record.told(suite, tmp_path)] == [{"mnist": "2"}, {"mnist": "11"}]
    assert json.loads((tmp_path / "000002.job").read_text())["status"] == "finished"

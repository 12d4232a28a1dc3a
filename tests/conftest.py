"""What several tests share: a record of their own, throw-away reproductions, and the command itself."""

import os

# Before NumPy: the processes of the suite share the cores. Numba compiles UMAP anew in each, and twice as fast so.
os.environ.setdefault("NUMBA_OPT", "0")
os.environ.update(dict.fromkeys((f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")), "1"))

import shutil
import subprocess
import sys

import pytest
import yaml
from hypothesis import settings
from omegaconf import OmegaConf

from tdabench import paths
from tdabench.cli import main
from tdabench.jobs.job import run_job
from tdabench.processes.limits import cores
from tdabench.record.runs import Record

# The same examples every time, however slow the machine.
settings.register_profile("tdabench", deadline=None, derandomize=True)
settings.load_profile("tdabench")

MOST_WORKERS = 4  # a container may grant less time than it shows cores, and each worker imports everything


@pytest.hookimpl(optionalhook=True)  # -p no:xdist
def pytest_xdist_auto_num_workers(config):
    """The whole suite runs on the cores there are; files that are named run here, at once. -n overrules both."""
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    return min(cores(), MOST_WORKERS) if whole else 0


def pytest_make_parametrize_id(val, argname):
    """Bytes are numbered: those that hold a date would have another name in each worker, which xdist refuses."""
    return argname if isinstance(val, bytes) else None


CLAIM = {
    "id": "T1", "says": "The number is three", "source": "nowhere", "evidence": "own check", "published": 3,
    "measurement": "number", "test": "equals", "margin": {"within": 0.5}, "why": "half a unit",
}  # fmt: skip
CONFIG = {
    "title": "A throw-away", "source": "this test", "again": False, "threads": 1, "seeds": 1, "claims": [CLAIM],
    "profile": {"name": "quick", "seeds": 1}, "limits": {"memory_gib": None, "time_s": 60},
}  # fmt: skip

BODIES = {
    "fine": "return {'number': config.points}",
    "crash": "os._exit(3)",
    "absent": "return {'number': 3}",
    "own": "return {'number': 3}",
}


@pytest.fixture(autouse=True)
def nothing_is_written_into_the_checkout(monkeypatch, tmp_path):
    """Whatever a test records, reports or freezes goes to a temporary folder, and frozen jobs are read from there."""
    monkeypatch.setattr(paths, "RECORD", tmp_path / "record")
    monkeypatch.setattr(paths, "REPORT", tmp_path / "report")
    monkeypatch.setattr(paths, "PAGES", tmp_path / "explore")
    monkeypatch.setattr(paths, "REFERENCE", tmp_path / "reference")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A SQLite file with MLflow's tables and nothing in them: making one takes seconds, copying it none."""
    from mlflow import MlflowClient

    database = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowClient(f"sqlite:///{database}").search_experiments()
    return database


@pytest.fixture
def record(empty_database):
    """An empty record, the one that this test's jobs go to."""
    paths.RECORD.mkdir()
    shutil.copy(empty_database, paths.RECORD / "mlflow.db")
    return Record()


@pytest.fixture
def reproduction(monkeypatch, tmp_path):
    """reproduction(body, **keys): a throw-away reproduction whose `measure` has that body; its configuration."""
    folder = tmp_path / "reproductions"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(paths, "REPRODUCTIONS", folder)

    def write(body, name="throwaway", **keys):
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        (folder / f"{name}.py").write_text(f"import os\n\n\ndef measure(config, bench):\n{lines}")
        return OmegaConf.create(CONFIG | {"name": name} | keys)

    return write


@pytest.fixture
def pages(reproduction, record, monkeypatch, tmp_path):
    """A configuration with four throw-away pages: one is fine, one crashes, one lacks its data, one its user's."""
    shutil.copytree(paths.CONF, tmp_path / "conf", ignore=shutil.ignore_patterns("reproduction"))
    monkeypatch.setattr(paths, "CONF", tmp_path / "conf")
    monkeypatch.setenv("TDABENCH_DATA", str(tmp_path / "nothing"))
    (paths.CONF / "reproduction").mkdir()
    for name, body in BODIES.items():
        written = reproduction(body, name)
        claim = OmegaConf.to_container(written.claims[0])
        claim |= {"id": f"T-{name}", "published": None if name == "own" else 3}
        page = {
            "name": name, "title": name, "source": "this test", "points": 3, "blur": 0.5, "seeds": "${profile.seeds}",
            "claims": [claim],
        }  # fmt: skip
        page |= {"data": {"needs": ["kodak"]}} if name == "absent" else {}
        page |= {"own": True, "path": None, "required": {"path": "path=mine.csv"}} if name == "own" else {}
        if name == "own":
            claim |= {"test": "betti", "measurement": "runs", "margin": {}}
        text = "# @package _global_\n" + yaml.safe_dump(page)
        (paths.CONF / "reproduction" / f"{name}.yaml").write_text(text)


@pytest.fixture
def run(record):
    """run(config, *overrides): the job as it was recorded."""
    return lambda config, *overrides: run_job(config, list(overrides), record)


@pytest.fixture
def tdabench(capsys):
    """tdabench(*words): the command within this process; its exit code, standard output and standard error."""

    def call(*words):
        capsys.readouterr()
        code = main.main(list(words))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


@pytest.fixture
def command(tmp_path, empty_database):
    """command(*words, **environment): the command in a process of its own, in another folder, with another record."""
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(empty_database, tmp_path / "elsewhere" / "mlflow.db")
    uri = f"sqlite:///{tmp_path / 'elsewhere' / 'mlflow.db'}"

    def call(*words, **environment):
        return subprocess.run(
            [sys.executable, "-m", "tdabench", *words], capture_output=True, text=True, cwd=tmp_path, timeout=300,
            env=os.environ | {"MLFLOW_TRACKING_URI": uri} | environment,
        )  # fmt: skip

    return call


def _missing(reason):
    """Skips, or fails where a browser is required."""
    (pytest.fail if os.environ.get("TDABENCH_BROWSER") == "required" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    program = os.environ.get("TDABENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        _missing("No Chromium here: install chromium, or name it in TDABENCH_CHROMIUM.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed: pip install playwright.")
    with sync_playwright() as driver:
        # Chromium refuses its sandbox to root, which is who runs tests in a container.
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()

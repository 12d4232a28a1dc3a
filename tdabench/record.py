"""The record: MLflow, and nothing else here that knows MLflow.

A job is written once it has ended, so what a killed suite leaves is whole jobs only. A local record is one SQLite file
with artefacts beside it; a file lock lets suites that run at once take turns. Set MLFLOW_TRACKING_URI for another
place or a server.
"""

import contextlib
import json
import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from filelock import FileLock

from tdabench import paths

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
for noisy in ("alembic", "mlflow"):
    logging.getLogger(noisy).setLevel(logging.WARNING)

EXPERIMENT = "tdabench"
LOCAL = "sqlite:///"


class Record:
    """All jobs ever recorded at one place."""

    def __init__(self, folder: Path | None = None):
        """The record in `folder`; left out: the one at $MLFLOW_TRACKING_URI, else the checkout's."""
        uri = None if folder else os.environ.get("MLFLOW_TRACKING_URI")
        if uri and uri.startswith(LOCAL):  # artefacts, lock and work lie beside the database, wherever that is
            folder = Path(uri.removeprefix(LOCAL).split("?")[0]).parent
        self.folder = Path(folder or paths.RECORD).resolve()
        self.uri = uri or f"{LOCAL}{self.folder / 'mlflow.db'}"
        self._opened = None
        self._copies = None

    def find(self, fingerprint: str) -> dict | None:
        """The newest finished job with this fingerprint; failed and unfinished ones never count."""
        runs = self._search(f"tags.`tdabench.fingerprint` = '{fingerprint}' and tags.`tdabench.status` = 'finished'")
        return next(filter(None, map(self._job, runs)), None)

    def jobs(self) -> list[dict]:
        """Every recorded job, newest first."""
        return list(filter(None, map(self._job, self._search("tags.`tdabench.status` LIKE '%'"))))

    def artefact(self, job: dict, path: str) -> Path:
        """A local path of one of the job's artefacts."""
        return self._path(self._client().get_run(job["run_id"]), path)

    def write(self, job: dict, folder: Path, started: float) -> dict:
        """Record one ended job with what it left in `folder`. Returns it with `run_id` and `recorded` (seconds)."""
        from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

        tags = {
            "mlflow.runName": job["name"],
            "mlflow.source.name": "tdabench",
            "mlflow.source.git.commit": job["commit"],
            "tdabench.fingerprint": job["fingerprint"],
            "tdabench.profile": job["profile"],
            "tdabench.command": job["command"],
            "tdabench.reason": job["reason"][:4000],
        }
        if suite := os.environ.get("TDABENCH_SUITE"):
            tags["mlflow.parentRunId"] = suite
        now = time.time()
        metrics = {"wall_s": job.get("wall_s"), "peak_rss_mib": job.get("peak_rss_mib")}
        for row in job["rows"]:
            tags[f"tdabench.verdict.{_plain(row['id'])}"] = row["verdict"]
        for name, value in job.get("measurements", {}).items():
            if isinstance(value, int | float):
                metrics[_plain(name)] = value
        parameters = {_plain(key): str(value)[:500] for key, value in _flat(job["config"]).items()}
        job |= {"recorded": now}
        (folder / "job.json").write_text(json.dumps(job))
        with self._turn() as client:
            run = client.create_run(self._experiment, start_time=int(started * 1000), run_name=job["name"])
            job["run_id"] = run.info.run_id
            client.log_batch(
                job["run_id"],
                metrics=[Metric(k, float(v), int(now * 1000), 0) for k, v in metrics.items() if v is not None],
                params=[Param(key, value) for key, value in parameters.items()],
                tags=[RunTag(key, str(value)) for key, value in tags.items()],
            )
            inputs = [
                DatasetInput(
                    Dataset(name, digest[:32], "tdabench", json.dumps({"sha256": digest})),
                    tags=[InputTag("mlflow.data.context", "reproduction")],
                )
                for name, digest in job["data"].items()
            ]
            if inputs:
                client.log_inputs(job["run_id"], datasets=inputs)
            client.log_artifacts(job["run_id"], str(folder))
            # The status comes last: a run that was cut off while being written has none, and is not seen.
            client.set_tag(job["run_id"], "tdabench.status", job["status"])
            client.set_terminated(job["run_id"], "FAILED" if job["status"] == "failed" else "FINISHED")
        return job

    def open_suite(self, name: str) -> str:
        """The run that the jobs of a suite are nested under: an unfinished one of the same name, else a new one."""
        with self._turn() as client:
            open_ones = client.search_runs(
                [self._experiment], f"tags.`tdabench.suite` = '{name}' and attributes.status = 'RUNNING'"
            )
            if open_ones:
                return open_ones[0].info.run_id
            return client.create_run(self._experiment, tags={"tdabench.suite": name}, run_name="suite").info.run_id

    def close_suite(self, run_id: str) -> None:
        with self._turn() as client:
            client.set_terminated(run_id, "FINISHED")

    def _search(self, condition: str) -> list:
        with self._turn() as client:
            found, token = [], None
            while True:
                page = client.search_runs(
                    [self._experiment], condition, order_by=["attributes.end_time DESC"], page_token=token
                )
                found, token = found + list(page), page.token
                if not token:
                    return found

    def _job(self, run) -> dict | None:
        """What was written of a job; None when somebody has removed its artefacts."""
        path = self._path(run, "job.json")
        return json.loads(path.read_text()) | {"run_id": run.info.run_id} if path.exists() else None

    def _path(self, run, path: str) -> Path:
        """The artefact itself; of one on a server a copy, which is gone when this process ends."""
        place = urlparse(run.info.artifact_uri)
        if place.scheme in ("", "file"):  # MLflow would leave a copy in the temporary folder each time
            return Path(url2pathname(place.path)) / path
        self._copies = self._copies or tempfile.TemporaryDirectory(prefix="tdabench-")
        copies = Path(self._copies.name) / run.info.run_id
        copies.mkdir(exist_ok=True)
        return Path(self._client().download_artifacts(run.info.run_id, path, str(copies)))

    @contextlib.contextmanager
    def _turn(self):
        """The client, while no other process of ours writes to the same local record."""
        if not self.uri.startswith(LOCAL):
            yield self._client()
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield self._client()

    def _client(self):
        if self._opened is None:
            from mlflow import MlflowClient

            client = MlflowClient(tracking_uri=self.uri)
            known = client.get_experiment_by_name(EXPERIMENT)
            local = (self.folder / "artifacts").as_uri() if self.uri.startswith(LOCAL) else None
            self._experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT, local)
            self._opened = client
        return self._opened


def commit() -> str:
    """The checkout's commit, with a + when files differ from it."""
    def git(*words):
        return subprocess.run(["git", "-C", paths.ROOT, *words], capture_output=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except OSError:
        return "unknown"


def _flat(config: dict, prefix: str = "") -> dict:
    """Parameters as MLflow lists them: a.b.c -> value; claims and prose stay in job.json."""
    flat = {}
    for key, value in config.items():
        if prefix or key not in ("claims", "title", "source"):
            flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _plain(name: str) -> str:
    """A name as MLflow accepts it."""
    return "".join(mark if mark.isalnum() or mark in "_-. /" else "_" for mark in name)

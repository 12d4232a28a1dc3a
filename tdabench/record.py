"""The record: MLflow, and nothing else here that knows MLflow.

A job is written once it has ended, and a run that was cut off while being written is removed by whoever writes next, so
what a killed suite leaves is whole jobs only. A local record is one SQLite file with artefacts beside it; a file lock
lets suites that run at once take turns. Set MLFLOW_TRACKING_URI for another place or a server.
"""

import contextlib
import json
import logging
import math
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import psutil
from filelock import FileLock

from tdabench import paths
from tdabench.data.files import read_json
from tdabench.errors import RecordUnusable
from tdabench.unseen import seen

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
for noisy in ("alembic", "mlflow"):
    logging.getLogger(noisy).setLevel(logging.WARNING)

EXPERIMENT = "tdabench"
LOCAL = "sqlite:///"
WRITER = "tdabench.writer"  # tag: host, process and the moment it was started, of whoever holds a run open


class Record:
    """All jobs ever recorded at one place."""

    def __init__(self, folder: Path | None = None, uri: str | None = None):
        """The record in `folder`, or at `uri`; left out: the one at $MLFLOW_TRACKING_URI, else the checkout's."""
        uri = uri or (None if folder else os.environ.get("MLFLOW_TRACKING_URI"))
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

    def holds(self, id: str) -> bool:
        """Whether the job of that id (a job has one of its own, unlike its fingerprint) has been recorded."""
        return bool(self._search(f"tags.`tdabench.job` = '{id}' and tags.`tdabench.status` LIKE '%'"))

    def link(self, job: dict) -> str | None:
        """The address of the job's run on the record's server; None when the record is no server."""
        if not self.uri.startswith(("http://", "https://")) or job.get("reference") or not job.get("run_id"):
            return None
        self._client()
        return f"{self.uri.rstrip('/')}/#/experiments/{self._experiment}/runs/{job['run_id']}"

    def write(self, job: dict, folder: Path) -> dict:
        """Record one ended job (see tdabench.job) with what it left in `folder`. Returns it with `run_id` and the time
        at which it was `recorded` (seconds)."""
        tags = {
            "tdabench.job": job["id"],
            WRITER: _myself(),
            "mlflow.runName": job["name"],
            "mlflow.source.name": "tdabench",
            "mlflow.source.git.commit": job["commit"],
            "tdabench.fingerprint": job["fingerprint"],
            "tdabench.profile": job["profile"],
            "tdabench.command": job["command"],
            "tdabench.reason": job["reason"],
        }
        if job.get("suite"):
            tags["mlflow.parentRunId"] = job["suite"]
        metrics = {key: job[key] for key in ("wall_s", "peak_rss_mib") if job.get(key) is not None}
        for row in job["rows"]:
            tags[free_name(f"tdabench.verdict.{_plain(row['id'])}", tags)] = row["verdict"]
        for name, value in job.get("measurements", {}).items():
            if isinstance(value, int | float):
                metrics[free_name(_plain(name), metrics)] = value
        parameters: dict[str, str] = {}
        for key, value in _flat(job["config"]).items():
            parameters[free_name(_plain(key), parameters)] = _told(value, 500)
        job |= {"recorded": time.time()}
        paths.write_whole(folder / "job.json", json.dumps(job))
        with self._turn() as client:
            self._remove_cut_off(client)
            run = client.create_run(
                self._experiment, start_time=int(job["started"] * 1000), run_name=job["name"], tags={WRITER: _myself()}
            )
            job["run_id"] = run.info.run_id
            try:
                self._fill(client, job, folder, metrics, parameters, tags)
            except BaseException:
                self._remove(client, run)
                raise
        return job

    def open_suite(self, name: str) -> str:
        """The run that the jobs of a suite are nested under: an interrupted one of the same name, else a new one."""
        name = _told(name, 4000).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").replace("\\", "/")  # of filters
        with self._turn() as client:
            known = [self._experiment], f"tags.`tdabench.suite` = '{name}'"
            for run in client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
                if "tdabench.suite" in run.data.tags and _ended(run.data.tags.get(WRITER, "")):
                    client.set_terminated(run.info.run_id, "KILLED")
            if (newest := client.search_runs(*known, max_results=1)) and newest[0].info.status == "KILLED":
                client.set_tag(newest[0].info.run_id, WRITER, _myself())
                client.update_run(newest[0].info.run_id, status="RUNNING")
                return newest[0].info.run_id
            tags = {"tdabench.suite": name, WRITER: _myself()}
            return client.create_run(self._experiment, tags=tags, run_name="suite").info.run_id

    def close_suite(self, run_id: str, interrupted: bool = False) -> None:
        with self._turn() as client:
            client.set_terminated(run_id, "KILLED" if interrupted else "FINISHED")

    def tell(self, suite: str | None, folder: Path, number: int, how: dict) -> None:
        """How a job ended, to whoever started it: into its folder, or, from anywhere, to the server of both."""
        name = f"{number:06d}.job"
        if suite and not self.uri.startswith(LOCAL):
            with self._turn() as client:
                client.log_text(suite, json.dumps(how), f"jobs/{name}")
        else:
            paths.write_whole(folder / name, json.dumps(how))

    def told(self, suite: str | None, folder: Path) -> list[dict]:
        """What the jobs have told, in their order."""
        if suite and not self.uri.startswith(LOCAL):
            with self._turn() as client:
                if client.list_artifacts(suite, "jobs"):
                    folder = Path(client.download_artifacts(suite, "jobs", str(folder)))
        return [json.loads(path.read_text()) for path in sorted(folder.glob("*.job"))]

    def _fill(self, client, job: dict, folder: Path, metrics: dict, parameters: dict, tags: dict) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

        now = int(job["recorded"] * 1000)  # milliseconds
        client.log_batch(
            job["run_id"],
            metrics=[Metric(key, _float(value), now, 0) for key, value in metrics.items()],
            params=[Param(key, value) for key, value in parameters.items()],
            tags=[RunTag(key, _told(value, 4000)) for key, value in tags.items()],
        )
        inputs = [
            DatasetInput(
                Dataset(_told(name, 200), digest[:32], "tdabench", json.dumps({"sha256": digest})),
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

    def _remove_cut_off(self, client) -> None:
        """Remove runs whose writer ended before they were whole. In a local record, where writers take turns, that is
        every one without a status; on a server those of dead processes of this machine."""
        for run in client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            tags = run.data.tags
            if "tdabench.suite" in tags or not (self.uri.startswith(LOCAL) or _ended(tags.get(WRITER, ""))):
                continue
            if status := tags.get("tdabench.status"):  # whole, but for its last line
                client.set_terminated(run.info.run_id, "FAILED" if status == "failed" else "FINISHED")
            else:
                self._remove(client, run)

    def _remove(self, client, run) -> None:
        place = urlparse(run.info.artifact_uri)
        if place.scheme in ("", "file"):
            shutil.rmtree(Path(url2pathname(place.path)).parent, ignore_errors=True)
        client.delete_run(run.info.run_id)

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
        return read_json(path) | {"run_id": run.info.run_id} if path.exists() else None

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
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            if not self.uri.startswith(LOCAL):
                yield self._client()
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock"):
                yield self._client()
        except (OSError, MlflowException, SQLAlchemyError) as error:
            raise RecordUnusable(f"{self.uri}: {_trouble(error)}; {RecordUnusable.REMEDY}") from error

    def _make_database(self) -> None:
        """A new database appears whole: MLflow cannot go on with one that was killed while its tables were made."""
        from mlflow import MlflowClient

        database = Path(self.uri.removeprefix(LOCAL).split("?")[0]).resolve()
        if database.exists():
            return
        partial = database.with_name(f".{database.name}.partial")
        for left in partial.parent.glob(f"{partial.name}*"):
            left.unlink()
        MlflowClient(tracking_uri=f"{LOCAL}{partial}").search_experiments()
        partial.rename(database)

    def _client(self):
        if self._opened is None:
            from mlflow import MlflowClient

            if self.uri.startswith(LOCAL):
                self._make_database()
            client = MlflowClient(tracking_uri=self.uri)
            known = client.get_experiment_by_name(EXPERIMENT)
            local = (self.folder / "artifacts").as_uri() if self.uri.startswith(LOCAL) else None
            self._experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT, local)
            self._opened = client
        return self._opened


def _myself() -> str:
    return f"{platform.node()} {os.getpid()} {psutil.Process().create_time():.0f}"


def _ended(writer: str) -> bool:
    """Whether a process of this machine that held a run open is there no more."""
    host, pid, started = (writer.rsplit(" ", 2) + ["", ""])[:3]
    if host != platform.node():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > 2
    except psutil.NoSuchProcess:
        return True


def _trouble(error: Exception) -> str:
    """What is wrong with the place of the record, in words."""
    said = str(error)
    if "disk is full" in said or "No space left" in said:
        return "the disk is full, so nothing can be recorded"
    if "readonly database" in said or "Read-only file system" in said or "Permission denied" in said:
        return "the record cannot be written to (read-only)"
    if "unable to open database" in said:
        return "the record's database cannot be opened or made"
    if "malformed" in said or "not a database" in said:
        return "the record's database is damaged; a copy of the file, or `sqlite3 mlflow.db .recover`, brings it back"
    return f"the record cannot be used ({' '.join(said.split())[:300]})"


def _told(value, length: int) -> str:
    """A text as MLflow keeps it and every page may show it: no unseen characters, and no longer than that."""
    return seen(str(value))[:length]


def _float(value: float) -> float:
    """A number as MLflow keeps it; one that is too large for a float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def free_name(name: str, taken: dict) -> str:
    """The name, with a number where it is taken already."""
    number = 2
    whole = name
    while name in taken:
        name, number = f"{whole} {number}", number + 1
    return name


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
    """A name as MLflow accepts it: of letters and few marks, no path that leads elsewhere, no longer than 200."""
    plain = "".join(mark if mark.isalnum() or mark in "_-. /" else "_" for mark in name)
    plain = "/".join(part.lstrip(".") for part in plain.split("/") if part.strip(". ")) or "_"
    return plain[:200]

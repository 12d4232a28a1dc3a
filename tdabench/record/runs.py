"""The record: MLflow, and nothing else here that knows MLflow.

A job is written once it has ended, and a run that was cut off while being written is removed by whoever writes next, so
what a killed suite leaves is whole jobs only. A local record is one SQLite file with artefacts beside it; a file lock
lets suites that run at once take turns. It is read without MLflow (tdabench.record.database), in milliseconds. Set
MLFLOW_TRACKING_URI for another place or a server.
"""

import contextlib
import json
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import psutil
from filelock import FileLock

from tdabench import paths
from tdabench.credentials import masked, public, whole
from tdabench.data.files import read_json
from tdabench.errors import BadInput, RecordUnusable
from tdabench.record import database, live
from tdabench.record.locks import held
from tdabench.record.metrics import Summary, run_name, summary
from tdabench.record.mlflow_text import shown
from tdabench.record.seal import MANIFEST, seal, verify
from tdabench.record.server import REMEDY, answering, first_contact, trouble

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
for noisy in ("alembic", "mlflow"):
    logging.getLogger(noisy).setLevel(logging.WARNING)
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # what it logs with a traceback, it raises, too

EXPERIMENT = "tdabench"
LOCAL = "sqlite:///"
WRITER = "tdabench.writer"  # tag: host, process and the moment it was started, of whoever holds a run open
STATUS = "tdabench.status"  # tag: a run that has it is a job, and whole
LEFT_OUT: set[str] = set()  # runs that this process has said something about
KIND = "mlflow.experimentKind", "custom_model_development"  # MLflow shows training runs, and no evaluations of agents
JOB = {
    "name": str, "profile": str, "config": dict, "command": str, "data": dict, "status": str, "reason": str,
    "rows": list, "fingerprint": str, "own": bool, "variant": bool, "recorded": int | float,
}  # fmt: skip


class Record:
    """All jobs ever recorded at one place."""

    def __init__(self, folder: Path | None = None, uri: str | None = None):
        """The record in `folder`, or at `uri`; left out: the one at $MLFLOW_TRACKING_URI, else the checkout's."""
        uri = uri or (None if folder else os.environ.get("MLFLOW_TRACKING_URI"))
        if uri and uri.startswith("sqlite") and not database.named(uri):
            raise RecordUnusable(f"MLFLOW_TRACKING_URI: {uri} names no file; sqlite:////FOLDER/mlflow.db does.")
        self.uri = whole(uri) if uri else database.address(Path(folder or paths.RECORD).resolve() / "mlflow.db")
        # Artefacts, lock and work lie beside the database itself, not beside a link to it.
        self.folder = self.file.parent if self.file else paths.RECORD.resolve()
        self._opened = None
        self._copies = None

    @property
    def address(self) -> str:
        """What may be shown of where it is."""
        return public(self.uri)

    @property
    def file(self) -> Path | None:
        """The database of a local record; None when the record is on a server."""
        return database.named(self.uri).resolve() if self.uri.startswith(LOCAL) else None

    def entries(self) -> list[dict]:
        """What the record knows of every job without opening its files, newest first: name, profile, status, command,
        fingerprint, question, own, variant, recorded (seconds), wall_s, run_id. `read` gives the job itself."""
        return self._entries(STATUS)

    def read(self, entry: dict) -> dict | None:
        """The job of an entry, whole; None when its files are damaged or were altered, which is said once. A frozen job
        (tdabench.record.baseline) is one already."""
        if entry.get("reference"):
            return entry
        try:
            path = self._file(entry["run_id"], "job.json")
            return _checked(read_json(path), path) | {"run_id": entry["run_id"]}
        except BadInput as error:
            if entry["run_id"] not in LEFT_OUT:
                LEFT_OUT.add(entry["run_id"])
                remedy = f"measure it again ({entry['command']} again=true), or bring back a copy"
                print(f"tdabench: a run of {entry['name']} is left out: {error} {remedy}.", file=sys.stderr)
            return None

    def find(self, fingerprint: str) -> dict | None:
        """The newest finished job with this fingerprint; failed and unfinished ones never count."""
        return self._newest_finished("tdabench.fingerprint", fingerprint)

    def asked_before(self, question: str) -> dict | None:
        """The newest finished job that was asked for the same with the same data, whatever code and versions it ran."""
        return self._newest_finished("tdabench.question", question)

    def jobs(self) -> list[dict]:
        """Every recorded job, newest first."""
        return list(filter(None, map(self.read, self.entries())))

    def artefact(self, job: dict, path: str) -> Path:
        """A local path of one of the job's artefacts, a file or a folder. BadInput when it was altered."""
        return self._file(job["run_id"], path)

    def holds(self, id: str) -> bool:
        """Whether the job of that id (a job has one of its own, unlike its fingerprint) has been recorded."""
        return bool(self._entries("tdabench.job", id))

    def link(self, job: dict) -> str | None:
        """The address of the job's run on the record's server; None when the record is no server."""
        if not self.uri.startswith(("http://", "https://")) or job.get("reference") or not job.get("run_id"):
            return None
        self._client()
        return f"{self.address.rstrip('/')}/#/experiments/{self._experiment}/runs/{job['run_id']}"

    def write(self, job: dict, folder: Path, run: live.Open | None = None) -> dict:
        """Record one ended job (see tdabench.jobs.job) with what it left in `folder`. Returns it with `run_id` and the
        time at which it was `recorded` (seconds). run: where its series were shown while it ran."""
        about = summary(job)
        job |= {"recorded": time.time()}
        paths.write_whole(folder / "job.json", json.dumps(job))
        about.tags.update({"tdabench.recorded": repr(job["recorded"]), "tdabench.seal": seal(folder)})
        if job.get("wall_s") is not None:
            about.tags["tdabench.wall_s"] = repr(job["wall_s"])
        with self._turn() as client:
            run = run if run and self._is_there(client, run) else live.Open(started=job["started"])
            self._remove_cut_off(client, folder.name, run)
            try:
                tags = self._begin(client, job, folder, run)
                job["run_id"] = run.run_id
                self._fill(client, job, folder, about, run, tags)
            except BaseException:
                self._remove(client, run.run_id)
                raise
        return job

    def pass_on(self, task: dict, folder: Path, run: live.Open) -> None:
        """Show what a job that still runs has written into its series, see tdabench.record.live."""
        with self._turn() as client:
            live.pass_on(client, self._experiment, task, folder, run, self._begin(client, task, folder, run))

    def drop(self, run: live.Open) -> None:
        """Remove the run of a job that came to nothing."""
        if run.run_id:
            with self._turn() as client:
                self._remove(client, run.run_id)

    def clear(self) -> None:
        """Remove what killed processes have left of jobs that came to nothing."""
        with self._turn() as client:
            self._remove_cut_off(client, "", live.Open())

    def open_suite(self, name: str) -> str:
        """The run that the jobs of a suite are nested under: an interrupted one of the same name, else a new one."""
        name = shown(name, 4000).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").replace("\\", "/")  # of filters
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
            return live.open_run(client, self._experiment, commit(), f"suite {name}"[:250], tags)

    def close_suite(self, run_id: str, interrupted: bool = False) -> None:
        with self._turn() as client:
            client.set_terminated(run_id, "KILLED" if interrupted else "FINISHED")

    def tell(self, suite: str | None, folder: Path, number: int, how: dict) -> None:
        """How a job ended, to whoever started it: into its folder, or, from anywhere, to the server of both."""
        name = f"{number:06d}.job"
        if suite and not self.file:
            with self._turn() as client:
                client.log_text(suite, json.dumps(how), f"jobs/{name}")
        else:
            paths.write_whole(folder / name, json.dumps(how))

    def told(self, suite: str | None, folder: Path) -> list[dict]:
        """What the jobs have told, in their order."""
        if suite and not self.file:
            with self._turn() as client:
                if client.list_artifacts(suite, "jobs"):
                    folder = Path(client.download_artifacts(suite, "jobs", str(folder)))
        return [json.loads(path.read_text()) for path in sorted(folder.glob("*.job"))]

    def _begin(self, client, job: dict, folder: Path, run: live.Open) -> dict[str, str]:
        """Open the run of a job, unless it is open; tags for all runs of that job, which say who is at it."""
        tags = {WRITER: _myself(), live.LIVE: folder.name}
        tags |= {"tdabench.reproduction": job["name"], "tdabench.profile": job["profile"]}
        if not run.run_id:
            suite = {live.PARENT: job["suite"]} if job.get("suite") else {}
            run.run_id = live.open_run(
                client, self._experiment, job["commit"], run_name(job), tags | suite, run.started
            )
        return tags

    def _is_there(self, client, run: live.Open) -> bool:
        """Whether nobody has removed any of it; who looks on in the browser may."""
        return bool(run.run_id) and all(client.get_run(id).info.lifecycle_stage == "active" for id in run.runs)

    def _fill(self, client, job: dict, folder: Path, about: Summary, run: live.Open, alive: dict) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

        now = int(job["recorded"] * 1000)  # milliseconds
        tags = [RunTag(key, shown(value, 4000)) for key, value in about.tags.items()]
        client.log_batch(
            job["run_id"],
            metrics=[Metric(point.name, point.value, now, point.step) for point in about.points],
            params=[Param(key, value) for key, value in about.parameters.items()],
            tags=[*tags, RunTag("mlflow.note.content", about.note)],
        )
        inputs = [
            DatasetInput(
                Dataset(shown(name, 200), digest[:32], "tdabench", json.dumps({"sha256": digest})),
                tags=[InputTag("mlflow.data.context", "reproduction")],
            )
            for name, digest in job["data"].items()
        ]
        if inputs:
            client.log_inputs(job["run_id"], datasets=inputs)
        live.finish(client, self._experiment, job, folder, run, alive)
        client.log_artifacts(job["run_id"], str(folder))
        # The status comes last: a run that was cut off while being written has none, and is not seen.
        client.set_tag(job["run_id"], STATUS, job["status"])
        client.set_terminated(job["run_id"], "FAILED" if job["status"] == "failed" else "FINISHED")

    def _remove_cut_off(self, client, folder: str, own: live.Open) -> None:
        """Remove runs whose writer ended before they were whole, but for one's own.

        In a local record, where writers take turns, that is every one without a status, unless somebody holds the
        folder of its job, another one than `folder`; on a server those of dead processes of this machine.
        """
        for run in client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            tags = run.data.tags
            if "tdabench.suite" in tags or run.info.run_id in own.runs or self._at_work(tags, folder):
                continue
            if status := tags.get(STATUS):  # whole, but for its last line
                client.set_terminated(run.info.run_id, "FAILED" if status == "failed" else "FINISHED")
            else:
                self._remove(client, run.info.run_id)

    def _at_work(self, tags: dict[str, str], folder: str) -> bool:
        if not self.file:
            return not _ended(tags.get(WRITER, ""))
        name = tags.get(live.LIVE, folder)
        return name != folder and held(self.folder / "work" / f"{name}.lock")

    def _remove(self, client, run_id: str) -> None:
        """Remove a run, those below it, and what they trained."""
        if not run_id:
            return
        while below := client.search_runs([self._experiment], f"tags.`{live.PARENT}` = '{run_id}'"):
            for part in below:
                self._remove(client, part.info.run_id)
        for model in client.search_logged_models([self._experiment], f"source_run_id = '{run_id}'"):
            _unlink(model.artifact_location)
            client.delete_logged_model(model.model_id)
        _unlink(client.get_run(run_id).info.artifact_uri)
        client.delete_run(run_id)

    def _newest_finished(self, tag: str, value: str) -> dict | None:
        entries = (entry for entry in self._entries(tag, value) if entry["status"] == "finished")
        return next(filter(None, map(self.read, entries)), None)

    def _entries(self, tag: str, value: str | None = None) -> list[dict]:
        """The entries of runs with that tag, newest first; those whose files are gone are counted and said once."""
        entries, lost = [], []
        for run in self._runs(tag, value):
            if STATUS not in run.tags:
                continue
            if run.folder and not (run.folder / "job.json").is_file():
                lost.append(run)
            elif entry := self._entry(run):
                entries.append(entry)
        if unsaid := [run for run in lost if run.id not in LEFT_OUT]:
            LEFT_OUT.update(run.id for run in unsaid)
            said = f"{len(unsaid)} of {len(unsaid) + len(entries)} runs on record are left out"
            print(f"tdabench: {said}: their files are not in {unsaid[0].folder.parent.parent}, beside the database; "
                  "a record is moved as a whole folder.", file=sys.stderr)  # fmt: skip
        return entries

    def _entry(self, run: database.Run) -> dict | None:
        keys = ("profile", "status", "fingerprint", "question", "command", "recorded", "own", "variant")
        name = run.tags.get("tdabench.reproduction") or run.tags.get("mlflow.runName", "")  # the latter in old records
        entry = {key: run.tags.get(f"tdabench.{key}", "") for key in keys} | {"name": name, "run_id": run.id}
        if entry["recorded"]:
            own, variant = (entry[key] == "True" for key in ("own", "variant"))
            spent = run.tags.get("tdabench.wall_s")
            told = {"recorded": run.recorded, "wall_s": database.seconds(spent)}
            return entry | told | {"own": own, "variant": variant}
        job = self.read(entry)  # of a record that had fewer tags
        return job and entry | {key: job.get(key) for key in ("recorded", "wall_s", "own", "variant")}

    def _runs(self, tag: str, value: str | None = None) -> list[database.Run]:
        if self.file:
            database.check(self.file)
            return database.runs(self.file, EXPERIMENT, tag, value)
        condition = f"tags.`{tag}` LIKE '%'" if value is None else f"tags.`{tag}` = '{value}'"
        with self._turn() as client:
            runs, token = [], None
            while True:
                page = client.search_runs(
                    [self._experiment], condition, order_by=["attributes.end_time DESC"], page_token=token
                )
                runs, token = runs + list(page), page.token
                if not token:
                    break
        return [database.Run(run.info.run_id, (run.info.end_time or 0) / 1000, run.data.tags, None) for run in runs]

    def _file(self, run_id: str, path: str) -> Path:
        """The file or folder itself, which may not be there; of one on a server a copy, which is gone when this process
        ends. BadInput when it was altered since it was sealed."""
        run = self._run(run_id)
        folder = run.folder or self._copy(run_id, path)
        if sealed := run.tags.get("tdabench.seal"):  # runs of older records have none
            if run.folder is None:
                self._copy(run_id, MANIFEST)
            verify(folder, path, sealed)
        return folder / path

    def _run(self, run_id: str) -> database.Run:
        if self.file:
            return database.run(self.file, run_id)
        with self._turn() as client:
            run = client.get_run(run_id)
        return database.Run(run_id, 0.0, run.data.tags, None)

    def _copy(self, run_id: str, path: str) -> Path:
        """The folder with a copy of a run's file."""
        from mlflow.exceptions import MlflowException

        self._copies = self._copies or tempfile.TemporaryDirectory(prefix="tdabench-")
        copies = Path(self._copies.name) / run_id
        copies.mkdir(exist_ok=True)
        with answering(self.address, self._opened is not None):
            try:
                self._client().download_artifacts(run_id, path, str(copies))
            except (MlflowException, OSError) as error:
                raise BadInput(f"{run_id}/{path}: cannot be had from {self.address} ({masked(str(error))}).") from None
        return copies

    @contextlib.contextmanager
    def _turn(self):
        """The client, while no other process of ours writes to the same local record."""
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            if not self.file:
                with answering(self.address, self._opened is not None):
                    yield self._client()
                return
            if self._opened and not self.file.exists():
                raise RecordUnusable(f"{self.file}: was removed while it was in use; run the same command again.")
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock"):
                yield self._client()
        except (OSError, ImportError, MlflowException, SQLAlchemyError) as error:
            if self.file:
                raise RecordUnusable(f"{self.file}: {database.trouble(str(error))}; {RecordUnusable.REMEDY}") from error
            raise RecordUnusable(f"{self.address}: {trouble(str(error))}; {REMEDY}.") from error

    def _make_database(self) -> None:
        """A new database appears whole: MLflow cannot go on with one that was killed while its tables were made."""
        from mlflow import MlflowClient

        if self.file.exists():
            database.check(self.file)
            if before := database.follow(self.file, EXPERIMENT):
                said = f"the record was in {before}; its addresses are those of {self.folder} now"
                print(f"tdabench: {said}.", file=sys.stderr)
            return
        partial = self.file.with_name(f".{self.file.name}.partial")
        for left in partial.parent.glob(f"{partial.name}*"):
            left.unlink()
        MlflowClient(tracking_uri=database.address(partial)).delete_experiment("0")  # "Default", which stays empty
        partial.rename(self.file)

    def _client(self):
        if self._opened is None:
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException

            if self.file:
                self._make_database()
            if self.file:
                client = MlflowClient(tracking_uri=database.address(self.file))
                known = client.get_experiment_by_name(EXPERIMENT)
            else:
                client, known = first_contact(self.address, lambda: _experiment(MlflowClient(tracking_uri=self.uri)))
            local = (self.folder / database.ARTEFACTS).as_uri() if self.file else None
            self._experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT, local)
            if self._experiment and KIND[0] not in (known.tags if known else {}):
                with contextlib.suppress(MlflowException):  # of a server that lets one read only
                    client.set_experiment_tag(self._experiment, *KIND)
            if not self._experiment:  # it answers, but not as MLflow does
                raise RecordUnusable(f"{self.address}: is no server of MLflow's; name another in MLFLOW_TRACKING_URI.")
            self._opened = client
        return self._opened


def _experiment(client):
    return client, client.get_experiment_by_name(EXPERIMENT)


def _checked(job, path: Path) -> dict:
    """What a job's file says. BadInput when it is no job: a file that was cut, or something else."""
    lacking = [key for key, kind in JOB.items() if not isinstance(job, dict) or not isinstance(job.get(key), kind)]
    if lacking or not all(isinstance(row, dict) and "id" in row and "verdict" in row for row in job["rows"]):
        raise BadInput(f"{path}: is no recorded job, it lacks {', '.join(lacking) or 'id or verdict in a row'}.")
    return job


def _unlink(address: str) -> None:
    """Remove a folder of artefacts with the folder around it, where it is one of this machine."""
    place = urlparse(address)
    if place.scheme in ("", "file"):
        shutil.rmtree(Path(url2pathname(place.path)).parent, ignore_errors=True)


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


def commit() -> str:
    """The checkout's commit, with a + when files differ from it."""

    def git(*words):
        return subprocess.run(["git", "-C", paths.ROOT, *words], capture_output=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except OSError:
        return "unknown"

"""The record: every job is a run of MLflow's, and no other part of the project knows MLflow.

A job is written once it has ended, and a run that was cut off while being written is removed by whoever writes next, so
what a killed suite leaves is whole jobs only. A local record is read without MLflow (tdabench.record.database), in
milliseconds. Set MLFLOW_TRACKING_URI for another place or a server.
"""

import json
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from tdabench import paths
from tdabench.credentials import masked
from tdabench.data.files import read_json
from tdabench.errors import BadInput
from tdabench.record import database, live, writer
from tdabench.record.connection import EXPERIMENT
from tdabench.record.job import Entry, Job, Recorded
from tdabench.record.locks import held
from tdabench.record.metrics import Summary, run_name, summary
from tdabench.record.mlflow_text import shown
from tdabench.record.seal import MANIFEST, seal, verify
from tdabench.record.server import answering
from tdabench.record.suites import Suites
from tdabench.record.writer import WRITER
from tdabench.structure import Misfit

STATUS = "tdabench.status"  # tag: a run that has it is a job, and whole
LEFT_OUT: set[str] = set()  # runs that this process has said something about


class Record(Suites):
    """All jobs ever recorded at one place."""

    _copies: tempfile.TemporaryDirectory | None = None  # of files on a server

    def entries(self) -> list[Entry]:
        """What the record knows of every job without opening its files, newest first. `read` gives the job itself."""
        return self._entries(STATUS)

    def read(self, entry: Entry | Recorded) -> Recorded | None:
        """The job of an entry, whole; None when its files are damaged or were altered, which is said once. A job, such
        as a frozen one (tdabench.record.baseline), is whole already."""
        if isinstance(entry, Recorded):
            return entry
        try:
            path = self._file(entry.run_id, "job.json")
            return replace(_read(path), run_id=entry.run_id)
        except BadInput as error:
            if entry.run_id not in LEFT_OUT:
                LEFT_OUT.add(entry.run_id)
                remedy = f"measure it again ({entry.command} again=true), or bring back a copy"
                print(f"tdabench: a run of {entry.name} is left out: {error} {remedy}.", file=sys.stderr)
            return None

    def find(self, fingerprint: str) -> Recorded | None:
        """The newest finished job with this fingerprint; failed and unfinished ones never count."""
        return self._newest_finished("tdabench.fingerprint", fingerprint)

    def answered(self, question: str) -> Recorded | None:
        """The newest finished job of the same question, whatever code and versions answered it."""
        return self._newest_finished("tdabench.question", question)

    def jobs(self) -> list[Recorded]:
        """Every recorded job, newest first."""
        return list(filter(None, map(self.read, self.entries())))

    def artefact(self, job: Entry | Recorded, path: str) -> Path:
        """A local path of one of the job's artefacts, a file or a folder. BadInput when it was altered."""
        return self._file(job.run_id, path)

    def holds(self, id: str) -> bool:
        """Whether the job of that id (a job has one of its own, unlike its fingerprint) has been recorded."""
        return bool(self._entries("tdabench.job", id))

    def link(self, job: Recorded) -> str | None:
        """The address of the job's run on the record's server; None when the record is no server."""
        if not self.uri.startswith(("http://", "https://")) or job.reference or not job.run_id:
            return None
        self._client()
        return f"{self.address.rstrip('/')}/#/experiments/{self._experiment}/runs/{job.run_id}"

    def write(self, job: Job, folder: Path, run: live.Open | None = None) -> Recorded:
        """Record one ended job with what it left in `folder`. run: where its series were shown while it ran."""
        about = summary(job.write())
        job = Recorded(**vars(job), recorded=time.time())
        paths.write_atomic(folder / "job.json", json.dumps(job.write()))
        about.tags.update({"tdabench.recorded": repr(job.recorded), "tdabench.seal": seal(folder)})
        if job.wall_s is not None:
            about.tags["tdabench.wall_s"] = repr(job.wall_s)
        with self._turn() as client:
            run = run if run and self._is_there(client, run) else live.Open(started=job.started)
            self._remove_cut_off(client, folder.name, run)
            try:
                tags = self._begin(client, job, folder, run)
                job = replace(job, run_id=run.run_id)
                self._fill(client, job, folder, about, run, tags)
            except BaseException:
                self._remove(client, run.run_id)
                raise
        return job

    def pass_on(self, job: Job, folder: Path, run: live.Open) -> None:
        """Show what a job that still runs has written into its series, see tdabench.record.live."""
        with self._turn() as client:
            live.pass_on(client, self._experiment, job, folder, run, self._begin(client, job, folder, run))

    def drop(self, run: live.Open) -> None:
        """Remove the run of a job that came to nothing."""
        if run.run_id:
            with self._turn() as client:
                self._remove(client, run.run_id)

    def clear(self) -> None:
        """Remove what killed processes have left of jobs that came to nothing."""
        with self._turn() as client:
            self._remove_cut_off(client, "", live.Open())

    def _begin(self, client, job: Job, folder: Path, run: live.Open) -> dict[str, str]:
        """Open the run of a job, unless it is open; tags for all runs of that job, which say who is at it."""
        tags = {WRITER: writer.myself(), live.LIVE: folder.name}
        tags |= {"tdabench.reproduction": job.name, "tdabench.profile": job.profile}
        if not run.run_id:
            suite = {live.PARENT: job.suite} if job.suite else {}
            name = run_name(job.name, job.profile, job.command)
            run.run_id = live.open_run(client, self._experiment, job.commit, name, tags | suite, run.started)
        return tags

    def _is_there(self, client, run: live.Open) -> bool:
        """Whether nobody has removed any of it; who looks on in the browser may."""
        return bool(run.run_id) and all(client.get_run(id).info.lifecycle_stage == "active" for id in run.runs)

    def _fill(self, client, job: Recorded, folder: Path, about: Summary, run: live.Open, alive: dict) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

        now = int(job.recorded * 1000)  # milliseconds
        tags = [RunTag(key, shown(value, 4000)) for key, value in about.tags.items()]
        client.log_batch(
            job.run_id,
            metrics=[Metric(point.name, point.value, now, point.step) for point in about.points],
            params=[Param(key, value) for key, value in about.parameters.items()],
            tags=[*tags, RunTag("mlflow.note.content", about.note)],
        )
        inputs = [
            DatasetInput(
                Dataset(shown(name, 200), digest[:32], "tdabench", json.dumps({"sha256": digest})),
                tags=[InputTag("mlflow.data.context", "reproduction")],
            )
            for name, digest in job.data.items()
        ]
        if inputs:
            client.log_inputs(job.run_id, datasets=inputs)
        live.finish(client, self._experiment, job, folder, run, alive)
        client.log_artifacts(job.run_id, str(folder))
        # The status comes last: a run that was cut off while being written has none, and is not seen.
        client.set_tag(job.run_id, STATUS, job.status)
        client.set_terminated(job.run_id, "FAILED" if job.status == "failed" else "FINISHED")

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
            return not writer.ended(tags.get(WRITER, ""))
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

    def _newest_finished(self, tag: str, value: str) -> Recorded | None:
        entries = (entry for entry in self._entries(tag, value) if entry.status == "finished")
        return next(filter(None, map(self.read, entries)), None)

    def _entries(self, tag: str, value: str | None = None) -> list[Entry]:
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

    def _entry(self, run: database.Run) -> Entry | None:
        texts = ("profile", "status", "fingerprint", "question", "command")
        entry = Entry(
            name=run.tags.get("tdabench.reproduction") or run.tags.get("mlflow.runName", ""),  # the latter: old records
            **{key: run.tags.get(f"tdabench.{key}", "") for key in texts},
            recorded=run.recorded,
            wall_s=database.seconds(run.tags.get("tdabench.wall_s")),
            own=run.tags.get("tdabench.own") == "True",
            variant=run.tags.get("tdabench.variant") == "True",
            run_id=run.id,
        )
        if run.tags.get("tdabench.recorded"):
            return entry
        job = self.read(entry)  # of a record that had fewer tags
        rest = ("recorded", "wall_s", "own", "variant")
        return job and replace(entry, **{key: getattr(job, key) for key in rest})

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


def _unlink(address: str) -> None:
    """Remove a folder of artefacts with the folder around it, where it is one of this machine."""
    place = urlparse(address)
    if place.scheme in ("", "file"):
        shutil.rmtree(Path(url2pathname(place.path)).parent, ignore_errors=True)


def _read(path: Path) -> Recorded:
    """The job in a file. BadInput when it is no job: a file that was cut, or something else."""
    try:
        return Recorded.read(read_json(path))
    except Misfit as error:
        raise BadInput(f"{path}: is no recorded job, it {error}.") from None

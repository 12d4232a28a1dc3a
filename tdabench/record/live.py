"""Series of a job, such as learning curves, in MLflow: while it runs, and whole once it has ended.

Each series is a run of its own below that of the job, so that curves of several networks lie in one chart. The run of
a job that has not ended bears the tag LIVE, the name of its folder, and no status: nobody takes it for a result. It
ends with Record.write, or is removed, by Record.drop or, where its process was killed, by whoever writes next.
"""

import contextlib
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tdabench.errors import RecordUnusable
from tdabench.processes.series import FOLDER
from tdabench.record.job import Job, Recorded
from tdabench.record.mlflow_text import flat, number, plain, shown
from tdabench.text import free_name, is_number

EVERY_S = 5.0  # between two looks at what a job has written
LIVE = "tdabench.live"
MODEL, VERSION = "network", "version"  # kinds of logged models
PARENT = "mlflow.parentRunId"
REFUSED = re.compile(r"[/:.%\"']")  # in the name of a logged model


@dataclass
class Part:
    """A series in MLflow: its run, how many bytes of its file are there, and what its last line says."""

    run_id: str
    bytes: int = 0
    end: dict | None = None


@dataclass
class Open:
    """The run of a job that may not have ended. run_id: empty until something was written; parts: by file name;
    started: seconds since 1970."""

    run_id: str = ""
    started: float = field(default_factory=time.time)
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def runs(self) -> set[str]:
        return {self.run_id, *(part.run_id for part in self.parts.values())} - {""}


@contextlib.contextmanager
def watched(record, job: Job, folder: Path) -> Iterator[Open]:
    """While a job works in `folder`, pass its series on, from a thread of its own: a slow server delays no limit.

    The run is removed when the job leaves by an exception.
    """
    run, stop = Open(), threading.Event()
    thread = threading.Thread(target=_watch, args=(record, job, folder, run, stop), daemon=True)
    thread.start()
    try:
        yield run
    except BaseException:
        stop.set()
        thread.join()
        with contextlib.suppress(RecordUnusable):
            record.drop(run)
        raise
    stop.set()
    thread.join()


def _watch(record, job: Job, folder: Path, run: Open, stop: threading.Event) -> None:
    own = type(record)(uri=record.uri)  # a client for this thread
    while not stop.wait(EVERY_S):
        if not any(_news(path, run) for path in _files(folder)):
            continue
        try:
            own.pass_on(job, folder, run)
        except RecordUnusable as error:  # the job goes on; Record.write says it again, or writes all of it
            print(f"tdabench: {job.name}: its curves are not shown yet: {error}", file=sys.stderr)
            return


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.jsonl"))


def _news(path: Path, run: Open) -> bool:
    return path.stat().st_size > (run.parts[path.name].bytes if path.name in run.parts else 0)


def pass_on(client, experiment: str, job: Job, folder: Path, run: Open, tags: dict[str, str]) -> None:
    """Write what is new in the series of a job below its run. tags: of each new run."""
    from mlflow.entities import Metric

    for path in _files(folder):
        if path.name not in run.parts and (began := _begun(client, experiment, job, path, tags | {PARENT: run.run_id})):
            run.parts[path.name] = began
        if (part := run.parts.get(path.name)) is None:
            continue
        lines, size = _lines(path, part.bytes)
        metrics = [
            Metric(plain(key), number(value), int(line["time"] * 1000), line["step"])
            for line in lines if "step" in line for key, value in line["values"].items()
        ]  # fmt: skip
        client.log_batch(part.run_id, metrics=metrics)
        part.bytes, part.end = size, next((line for line in lines if "end" in line), part.end)


def _begun(client, experiment: str, job: Job, path: Path, tags: dict[str, str]) -> Part | None:
    """The run of a series, as soon as the first line of its file says what it is."""
    from mlflow.entities import Param

    lines, _ = _lines(path, 0)
    if not lines or not isinstance(lines[0].get("name"), str) or not isinstance(lines[0].get("about"), dict):
        return None
    name = shown(lines[0]["name"], 250)
    run_id = open_run(client, experiment, job.commit, name, tags | {"tdabench.series": name})
    parameters: dict[str, str] = {}
    for key, value in flat(lines[0]["about"]).items():
        parameters[free_name(plain(key), parameters)] = shown(value, 500)
    client.log_batch(run_id, params=[Param(key, value) for key, value in parameters.items()])
    return Part(run_id)


def _lines(path: Path, done: int) -> tuple[list[dict], int]:
    """The whole lines after the first `done` bytes, and up to where they go: the last one may not be written yet."""
    with open(path, "rb") as file:
        file.seek(done)
        text = file.read()
    text = text[: text.rfind(b"\n") + 1]
    return [line for line in map(_line, text.splitlines()) if line], done + len(text)


def _line(text: bytes) -> dict | None:
    """A line of a series; None for one that is none: whatever a job starts can write into its folder."""
    try:
        line = json.loads(text)
        numbers = line.get("values", {}).values()
        whole = "end" not in line or isinstance(line["end"], str)
        steps = "step" not in line or (isinstance(line["step"], int) and is_number(line["time"]))
        return line if whole and steps and all(map(is_number, numbers)) else None
    except (ValueError, RecursionError, AttributeError, KeyError):
        return None


def version(client, experiment: str, commit: str) -> str:
    """The logged model that stands for the code of a commit, as MLflow keeps versions of an application.

    Each run has it as an output, not for its own sake: without any model MLflow lists a run as an evaluation of agents.
    """
    from mlflow.entities import LoggedModelStatus

    name = f"tdabench {commit}"
    condition = f"name = '{name}' AND model_type = '{VERSION}'"
    if known := client.search_logged_models([experiment], condition, max_results=1):
        return known[0].model_id
    tags = {"mlflow.model.isExternal": "true", "mlflow.source.git.commit": commit}
    model = client.create_logged_model(experiment, name, tags=tags, model_type=VERSION)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    return model.model_id


def open_run(
    client, experiment: str, commit: str, name: str, tags: dict[str, str], started: float | None = None
) -> str:
    """Open a run of ours; its id. started: seconds since 1970, left out: now."""
    from mlflow.entities import LoggedModelOutput

    model = version(client, experiment, commit)
    source = {"mlflow.source.name": "tdabench", "mlflow.source.git.commit": commit}
    began = client.create_run(experiment, started and int(started * 1000), source | tags, name)
    client.log_outputs(began.info.run_id, [LoggedModelOutput(model, 0)])
    return began.info.run_id


def finish(client, experiment: str, job: Recorded, folder: Path, run: Open, tags: dict[str, str]) -> None:
    """All series of an ended job, each run ended: finished, failed with its reason, or killed where it has no end.
    What was trained becomes a logged model."""
    pass_on(client, experiment, job, folder, run, tags)
    for part in run.parts.values():
        end = part.end or {"end": "the job ended before"}
        if end["end"]:
            client.set_tag(part.run_id, "tdabench.reason", shown(end["end"], 4000))
        else:
            _end(client, experiment, job, part.run_id, end)
        client.set_terminated(part.run_id, "FINISHED" if not end["end"] else "FAILED" if part.end else "KILLED")


def _end(client, experiment: str, job: Recorded, run_id: str, end: dict) -> None:
    """The numbers of the end, and the logged model: its weights as safetensors, which nothing runs that reads it."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric

    model_id, weights = None, Path(end.get("weights") or "")
    if weights.suffix == ".safetensors" and weights.is_file():
        of = client.get_run(run_id)
        model = client.create_logged_model(
            experiment, REFUSED.sub("_", of.info.run_name) or "network", run_id, model_type=MODEL,
            params=of.data.params, tags={"tdabench.reproduction": job.name, "tdabench.profile": job.profile},
        )  # fmt: skip
        model_id = model.model_id
        client.log_model_artifact(model_id, str(weights))
        client.finalize_logged_model(model_id, LoggedModelStatus.READY)
        client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])
    now = int(job.recorded * 1000)
    values = end.get("values", {})
    metrics = [Metric(plain(key), number(value), now, 0, model_id=model_id) for key, value in values.items()]
    client.log_batch(run_id, metrics=metrics)

"""One job: from a resolved configuration to a recorded verdict. The measuring happens in a process of its own."""

import json
import math
import shlex
import sys
import time
import uuid
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from tdabench import paths, provenance
from tdabench.claims.judge import FAILED, NOT_RUN, judge, unjudged
from tdabench.credentials import has_secret
from tdabench.data.catalogue import dataset
from tdabench.data.dataset import files_digest
from tdabench.data.fetch import fetch
from tdabench.data.files import read_json
from tdabench.data.readers import image_files
from tdabench.errors import BadInput, BadRequest, DataMissing, RecordUnusable
from tdabench.jobs import process
from tdabench.jobs.scratch import abandoned, scratch
from tdabench.processes import progress
from tdabench.record.origin import ABSENT, HOW, REFUSED, origin
from tdabench.record.runs import Record
from tdabench.text import free_name

CHANGED = "the code or a library changed while it ran, so that nobody knows what was measured: run it again"
RESERVED = 4 * 2**20  # bytes on the disk, so that a job which finds it full can still be written down


def run_job(config: DictConfig, overrides: list[str], record: Record) -> dict:
    """Run one reproduction, or find it in the record; return the recorded job (see Record.write)."""
    asked = OmegaConf.to_container(config, resolve=False)
    _no_secrets({name: value for name, value in asked.items() if name not in HOW})
    try:
        resolved = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except Exception as error:
        raise BadRequest(f"the configuration is not complete: {str(error).splitlines()[0]}") from None
    _check(resolved)
    measured = {key: value for key, value in resolved.items() if key not in HOW}
    digests, unable = data_digests(resolved)
    missing = {name: dataset(name).brief() for name, digest in digests.items() if digest == ABSENT}
    task = {
        "name": resolved["name"],
        "profile": resolved["profile"]["name"],
        "config": measured,
        "command": command(resolved, overrides),
        "data": digests,
        "missing": missing,
        **origin(measured, digests),
        "own": bool(resolved.get("own", False)),
        "variant": bool(_parameters(overrides)),
        "commit": provenance.commit(),
        "suite": (resolved.get("suite") or {}).get("run"),
    }
    take_in(record)
    if known := _known(resolved, task, record):
        return known
    # The folder's label is the job's fingerprint: who measures the same at the same time waits, and finds it then.
    label = uuid.uuid4().hex[:16] if resolved["again"] else task["fingerprint"][:16]
    with scratch(record.folder / "work", label, keep=_ended) as folder:
        if known := _known(resolved, task, record):
            return known
        if not resolved["again"] and (why := _differs(task, record)):
            progress.say(f"{task['name']}: {why}: measured again")
        job = _measure(task, unable, resolved, folder)
        try:
            return record.write(job, folder)
        except RecordUnusable as error:
            raise RecordUnusable(f"{error} What {job['name']} has measured is kept in {folder} until then.") from error


def _measure(task: dict, unable: dict | None, resolved: dict, folder: Path) -> dict:
    """The ended job, which is written down in its folder. RecordUnusable when that cannot be."""
    started = time.time()
    reserve = folder / process.RESERVE
    try:
        kept = {key: value for key, value in resolved.items() if key != "suite"}  # an address may hold a password
        OmegaConf.save(OmegaConf.create(kept), folder / "config.yaml")
        reserve.write_bytes(bytes(RESERVED))
        result = unable or process.run(task, resolved["limits"], resolved["threads"], folder)
        if not unable and origin(task["config"], task["data"])["fingerprint"] != task["fingerprint"]:
            spent = {key: result.get(key) for key in ("wall_s", "peak_rss_mib")}
            result = {"status": "failed", "reason": CHANGED} | spent
        reserve.unlink(missing_ok=True)
        job = task | result | {"id": uuid.uuid4().hex, "started": started, "rows": _rows(task, result)}
        paths.write_whole(folder / "job.json", json.dumps(job))
    except OSError as error:
        said = f"{task['name']} cannot be run there ({error.strerror or error})"
        raise RecordUnusable(f"{folder}: {said}; {RecordUnusable.REMEDY}") from None
    return job


def take_in(record: Record) -> None:
    """Record what had ended in the scratch folders of dead processes and was not recorded; the rest of them goes, and
    what cannot be read is put aside."""
    for folder in abandoned(record.folder / "work"):
        process.end_left(folder)
        if not _ended(folder):
            continue
        try:
            job = read_json(folder / "job.json")
            if not record.holds(uuid.UUID(job["id"]).hex):
                record.write(job, folder)
        except RecordUnusable:
            raise
        except Exception as error:  # damaged, or of another version: no reason to measure nothing more
            aside = record.folder / "unread" / folder.name
            aside.parent.mkdir(exist_ok=True)
            folder.rename(aside)
            print(f"tdabench: {aside}: what a job left here cannot be read ({error!r}).", file=sys.stderr)


def _known(resolved: dict, task: dict, record: Record) -> dict | None:
    known = None if resolved["again"] else record.find(task["fingerprint"])
    return known and known | {"recorded_before": True}


def _differs(task: dict, record: Record) -> str:
    """What differs from the run that answered the same before, or else from the newest one of this page; empty where
    there is none."""
    if before := record.asked_before(task["question"]):
        return provenance.differences(before, task)
    like = [entry for entry in record.entries() if entry["name"] == task["name"] and entry["status"] == "finished"
            and entry["profile"] == task["profile"] and not (entry["variant"] or task["variant"] or task["own"])]
    before = next(filter(None, map(record.read, like)), None)
    if before is None:
        return ""
    keys = [f"{what}.{key}" for what in ("config", "data") for key in sorted(before[what] | task[what])
            if before[what].get(key) != json.loads(json.dumps(task[what])).get(key)]  # fmt: skip
    return f"measured before a change of {', '.join(keys)}" if keys else ""


def _ended(folder: Path) -> bool:
    """Whether a job has ended in that folder, with all that a record needs."""
    return (folder / "job.json").exists()


def command(resolved: dict, overrides: list[str]) -> str:
    """The one command that runs this job again."""
    rest = [shlex.quote(override) for override in _parameters(overrides)]
    page = f"reproduction={resolved['name']} profile={resolved['profile']['name']}"
    return " ".join(["tdabench run", page, *rest])


def data_digests(resolved: dict) -> tuple[dict[str, str], dict | None]:
    """Digest of every data set and file that the job reads; the result when it cannot be run with them, else None."""
    data = resolved.get("data") or {}
    digests, missing, refused = {}, [], []
    for name in [*data.get("needs", []), *data.get("uses", [])]:
        try:
            fetch(dataset(name))  # from its origin, if it is not here and has one
            digests[name] = dataset(name).digest()
        except DataMissing as error:
            digests[name] = ABSENT
            if name in data.get("needs", []):
                missing.append(str(error))
        except BadInput as error:  # truncated or altered: a failure of this job, not the end of the suite
            digests[name] = REFUSED
            refused.append(str(error))
    for given in data.get("files", []):
        if given:
            path = Path(given).expanduser()
            files = image_files(path) if path.is_dir() else [path]
            if not path.exists():
                raise BadRequest(f"{path}: there is no such file or folder.")
            digests[free_name(path.name, digests)] = files_digest(files)
    if refused:
        return digests, {"status": "failed", "reason": " ".join(refused)}
    return digests, {"status": "not run", "reason": " ".join(missing)} if missing else None


def _no_secrets(config: dict | list, key: str = "") -> None:
    """BadRequest for what the record would keep and should not: a value that is read from the environment, which may be
    a password, and an address that holds one."""
    for name, value in config.items() if isinstance(config, dict) else enumerate(config):
        place = f"{key}.{name}" if key else str(name)
        if isinstance(value, dict | list):
            _no_secrets(value, place)
        elif isinstance(value, str) and "oc.env" in value:
            raise BadRequest(f"{place}: {value} would write a variable of the environment into the record; "
                             "give the value itself, or leave it out.")  # fmt: skip
        elif isinstance(value, str) and has_secret(value):
            raise BadRequest(f"{place}: an address with user or password would go into the record; leave these out.")


def _check(resolved: dict) -> None:
    """What is asked for is there and makes sense, before anything is started."""
    for key in resolved.get("required", []):
        if OmegaConf.select(OmegaConf.create(resolved), key) is None:
            raise BadRequest(f"{resolved['name']} needs {key}=..., for example {resolved['required'][key]}.")
    if type(resolved["seeds"]) is not int or resolved["seeds"] < 1:
        raise BadRequest(f"seeds: a whole number from 1 on is needed, not {resolved['seeds']}.")
    limits = {f"limits.{key}": value for key, value in resolved["limits"].items()}
    for key, value in {"threads": resolved["threads"], **limits}.items():
        if value is None and key != "limits.time_s":
            continue
        if type(value) not in (int, float) or not 0 < value < math.inf or (key == "threads" and value % 1):
            raise BadRequest(f"{key}: a positive number is needed, not {value}.")


def _parameters(overrides: list[str]) -> list[str]:
    """The overrides that change what is measured."""
    keys = [entry.lstrip("+~").split("=")[0] for entry in overrides]
    how = [key in ("reproduction", "profile") or key.split(".")[0] in HOW for key in keys]
    return [entry for entry, no in zip(overrides, how, strict=True) if not no]


def _rows(task: dict, result: dict) -> list[dict]:
    """One row per claim: the verdict and all it must carry."""
    shared = {
        "reproduction": task["name"],
        "seeds": task["config"]["seeds"],
        "profile": task["profile"],
        "data": ", ".join(f"{name}:{digest[:12]}" for name, digest in task["data"].items()) or "generated",
        "wall_s": result.get("wall_s"),
        "peak_rss_mib": result.get("peak_rss_mib"),
        "command": task["command"],
    }
    rows = []
    for claim in task["config"]["claims"]:
        if result["status"] == "finished":
            verdict = judge(claim, result["measurements"])
        else:
            verdict = unjudged(claim, NOT_RUN if result["status"] == "not run" else FAILED, result["reason"])
        rows.append(verdict.row() | shared)
    return rows

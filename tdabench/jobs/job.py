"""One job: from a resolved configuration to a recorded verdict. The measuring happens in a process of its own."""

import json
import shlex
import sys
import time
import uuid
from dataclasses import replace
from functools import reduce
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from tdabench import paths, provenance
from tdabench.claims import options
from tdabench.claims.judge import FAILED, NOT_RUN, check_claim, judge, unjudged
from tdabench.claims.overrides import keys, plain
from tdabench.credentials import has_secret
from tdabench.data.catalogue import dataset
from tdabench.data.dataset import files_digest
from tdabench.data.fetch import fetch
from tdabench.data.files import read_json
from tdabench.data.readers import image_files
from tdabench.errors import BadInput, BadRequest, DataMissing, RecordUnusable
from tdabench.jobs import process
from tdabench.jobs.answer import Answer
from tdabench.jobs.parts import check_targets
from tdabench.jobs.scratch import abandoned, scratch
from tdabench.processes import progress
from tdabench.processes.series import FOLDER
from tdabench.record import live
from tdabench.record.job import Job, Recorded, Row
from tdabench.record.origin import ABSENT, HOW, REFUSED, origin
from tdabench.record.runs import Record
from tdabench.text import free_name

CHANGED = "the code or a library changed while it ran, so that nobody knows what was measured: run it again"
RESERVED = 4 * 2**20  # bytes on the disk, so that a job which finds it full can still be written down


def run_job(config: DictConfig, overrides: list[str], record: Record) -> Recorded:
    """Run one reproduction, or find it in the record; return the recorded job."""
    written = OmegaConf.to_container(config, resolve=False)
    _no_secrets({name: value for name, value in written.items() if name not in HOW})
    try:
        resolved = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except Exception as error:
        raise BadRequest(f"the configuration is not complete: {str(error).splitlines()[0]}") from None
    _check(resolved)
    measured = {key: value for key, value in resolved.items() if key not in HOW}
    digests, unable = data_digests(resolved)
    missing = {name: dataset(name).brief() for name, digest in digests.items() if digest == ABSENT}
    job = Job(
        name=resolved["name"],
        profile=resolved["profile"]["name"],
        config=measured,
        command=command(resolved, overrides),
        data=digests,
        missing=missing,
        **vars(origin(measured, digests)),
        own=bool(resolved.get("own", False)),
        variant=bool(_parameters(overrides)),
        commit=provenance.commit(),
        suite=(resolved.get("suite") or {}).get("run"),
        status=NOT_RUN,
        reason="",
        id=uuid.uuid4().hex,
    )
    take_in(record)
    if before := _before(resolved, job, record):
        return before
    # The folder's label is the job's fingerprint: who measures the same at the same time waits, and finds it then.
    label = uuid.uuid4().hex[:16] if resolved["again"] else job.fingerprint[:16]
    with scratch(record.folder / "work", label, keep=_ended) as folder:
        if before := _before(resolved, job, record):
            return before
        if not resolved["again"] and (why := _differs(job, record)):
            progress.say(f"{job.name}: {why}: measured again")
        with live.watched(record, job, folder) as run:
            job = _measured(job, unable, resolved, folder)
        try:
            return record.write(job, folder, run)
        except RecordUnusable as error:
            raise RecordUnusable(f"{error} What {job.name} has measured is kept in {folder} until then.") from error


def _measured(job: Job, unable: Answer | None, resolved: dict, folder: Path) -> Job:
    """The ended job, which is written down in its folder. RecordUnusable when that cannot be."""
    started = time.time()
    reserve = folder / process.RESERVE
    try:
        shown = {key: value for key, value in resolved.items() if key != "suite"}  # an address may hold a password
        OmegaConf.save(OmegaConf.create(shown), folder / "config.yaml")
        reserve.write_bytes(bytes(RESERVED))
        answer = unable or process.run(job.name, job.config, resolved["limits"], resolved["threads"], folder)
        if not unable and origin(job.config, job.data).fingerprint != job.fingerprint:
            answer = Answer(FAILED, CHANGED, wall_s=answer.wall_s, peak_rss_mib=answer.peak_rss_mib)
        reserve.unlink(missing_ok=True)
        job = replace(job, **vars(answer), started=started)
        job = replace(job, rows=_rows(job))
        paths.write_atomic(folder / "job.json", json.dumps(job.write()))
    except OSError as error:
        said = f"{job.name} cannot be run there ({error.strerror or error})"
        raise RecordUnusable(f"{folder}: {said}; {RecordUnusable.REMEDY}") from None
    return job


def take_in(record: Record) -> None:
    """Record what had ended in the scratch folders of dead processes and was not recorded; the rest of them goes, and
    what cannot be read is put aside."""
    watched = False
    for folder in abandoned(record.folder / "work"):
        process.end_left(folder)
        watched = watched or (folder / FOLDER).exists()
        if not _ended(folder):
            continue
        try:
            job = Job.read(read_json(folder / "job.json"))
            if not record.holds(uuid.UUID(job.id).hex):
                record.write(job, folder)
        except RecordUnusable:
            raise
        except Exception as error:  # damaged, or of another version: no reason to measure nothing more
            aside = record.folder / "unread" / folder.name
            aside.parent.mkdir(exist_ok=True)
            folder.rename(aside)
            print(f"tdabench: {aside}: what a job left here cannot be read ({error!r}).", file=sys.stderr)
    if watched:
        record.clear()


def _before(resolved: dict, job: Job, record: Record) -> Recorded | None:
    """The same job, where it is on record."""
    before = None if resolved["again"] else record.find(job.fingerprint)
    return before and replace(before, recorded_before=True)


def _differs(job: Job, record: Record) -> str:
    """What differs from the run that answered the same before, or else from the newest one of this page; empty where
    there is none."""
    if before := record.answered(job.question):
        return provenance.differences(before, job)
    like = [entry for entry in record.entries() if (entry.name, entry.profile) == (job.name, job.profile)
            and entry.status == "finished" and not (entry.variant or job.variant or job.own)]  # fmt: skip
    before = next(filter(None, map(record.read, like)), None)
    if before is None:
        return ""
    pairs = {"config": (before.config, json.loads(json.dumps(job.config))), "data": (before.data, job.data)}
    keys = [f"{what}.{key}" for what, (old, new) in pairs.items() for key in sorted(old | new)
            if old.get(key) != new.get(key)]  # fmt: skip
    return f"measured before a change of {', '.join(keys)}" if keys else ""


def _ended(folder: Path) -> bool:
    """Whether a job has ended in that folder, with all that a record needs."""
    return (folder / "job.json").exists()


def command(resolved: dict, overrides: list[str]) -> str:
    """The one command that runs this job again."""
    rest = [shlex.quote(plain(override, resolved["name"])) for override in _parameters(overrides)]
    page = f"reproduction={resolved['name']} profile={resolved['profile']['name']}"
    return " ".join(["tdabench run", page, *rest])


def data_digests(resolved: dict) -> tuple[dict[str, str], Answer | None]:
    """Digest of every data set and file that the job reads; the answer when it cannot be run with them, else None."""
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
    for name in data.get("files", []):
        if name:
            path = paths.expanded(name)
            files = image_files(path) if path.is_dir() else [path]
            if not path.exists():
                raise BadRequest(f"{path}: there is no such file or folder.")
            digests[free_name(path.name, digests)] = files_digest(files)
    if refused:
        return digests, Answer(FAILED, " ".join(refused))
    return digests, Answer(NOT_RUN, " ".join(missing)) if missing else None


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
    for claim in resolved["claims"]:
        check_claim(claim, resolved["name"])
    for key in resolved.get("required", []):
        if reduce(lambda section, name: (section or {}).get(name), key.split("."), resolved) is None:
            raise BadRequest(f"{resolved['name']} needs {key}=..., for example {resolved['required'][key]}.")
    options.check(resolved)
    check_targets(resolved)


def _parameters(overrides: list[str]) -> list[str]:
    """The overrides that change what is measured."""
    how = [key in ("reproduction", "profile") or key.split(".")[0] in HOW for key in keys(overrides)]
    return [entry for entry, no in zip(overrides, how, strict=True) if not no]


def _rows(job: Job) -> list[Row]:
    """One row per claim: the verdict and all it must carry."""
    shared = {
        "reproduction": job.name,
        "seeds": job.config["seeds"],
        "profile": job.profile,
        "data": ", ".join(f"{name}:{digest[:12]}" for name, digest in job.data.items()) or "generated",
        "wall_s": job.wall_s,
        "peak_rss_mib": job.peak_rss_mib,
        "command": job.command,
    }
    rows = []
    for claim in job.config["claims"]:
        if job.status == "finished":
            verdict = judge(claim, job.measurements)
        else:
            verdict = unjudged(claim, NOT_RUN if job.status == NOT_RUN else FAILED, job.reason)
        rows.append(Row(**vars(verdict), **shared))
    return rows

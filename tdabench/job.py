"""One job: from a resolved configuration to a recorded verdict. The measuring happens in a process of its own."""

import hashlib
import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from omegaconf import DictConfig, OmegaConf

from tdabench import paths
from tdabench.claims import FAILED, NOT_RUN, judge, unjudged
from tdabench.data.catalogue import dataset, files_digest
from tdabench.data.fetch import fetch
from tdabench.data.readers import image_files
from tdabench.errors import BadInput, BadRequest, DataMissing
from tdabench.record import Record, commit
from tdabench.worker import peak_rss_mib

# Keys of the configuration that say how a job is run and held to the reference, not what it measures.
HOW = ("again", "limits", "threads", "hydra", "bands")


def run_job(config: DictConfig, overrides: list[str], record: Record) -> dict:
    """Run one reproduction, or find it in the record; return the recorded job (see Record.write)."""
    try:
        resolved = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except Exception as error:
        raise BadRequest(f"the configuration is not complete: {str(error).splitlines()[0]}") from None
    _check(resolved)
    measured = {key: value for key, value in resolved.items() if key not in HOW}
    digests, unable = data_digests(resolved)
    task = {
        "name": resolved["name"],
        "profile": resolved["profile"]["name"],
        "config": measured,
        "command": command(resolved, overrides),
        "data": digests,
        "fingerprint": fingerprint(measured, digests),
        "own": bool(resolved.get("own", False)),
        "variant": bool(_parameters(overrides)),
        "commit": commit(),
    }
    known = None if resolved["again"] else record.find(task["fingerprint"])
    if known:
        return known | {"recorded_before": True}
    started = time.time()
    with _folder(record) as folder:
        OmegaConf.save(OmegaConf.create(resolved), folder / "config.yaml")
        result = unable or _in_own_process(task, resolved, folder)
        job = task | result | {"rows": _rows(task, result)}
        return record.write(job, folder, started)


def fingerprint(config: dict, digests: dict) -> str:
    """Names what a job measures: resolved configuration, data digests, code of the reproduction and the methods."""
    library = paths.ROOT / "tdabench"
    methods = [path for path in sorted(library.glob("*/**/*.py")) if path.parent.name != "report"]
    judging = [library / "claims.py", library / "predicates.py"]
    code = [paths.REPRODUCTIONS / f"{config['name']}.py", *judging, library / "arrays.py", *methods]
    whole = hashlib.sha256(json.dumps([config, digests], sort_keys=True).encode())
    for path in code:
        whole.update(path.read_bytes())
    return whole.hexdigest()


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
            digests[name] = "absent"
            if name in data.get("needs", []):
                missing.append(str(error))
        except BadInput as error:  # truncated or altered: a failure of this job, not the end of the suite
            digests[name] = "refused"
            refused.append(str(error))
    for given in data.get("files", []):
        if given:
            path = Path(given).expanduser()
            files = image_files(path) if path.is_dir() else [path]
            if not path.exists():
                raise BadRequest(f"{path}: there is no such file or folder.")
            digests[path.name] = files_digest(files)
    if refused:
        return digests, {"status": "failed", "reason": " ".join(refused)}
    return digests, {"status": "not run", "reason": " ".join(missing)} if missing else None


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
    keys = ("reproduction", "profile", *HOW)
    return [entry for entry in overrides if entry.lstrip("+~").split("=")[0].split(".")[0] not in keys]


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


class _folder:
    """A scratch folder beside the record, gone when the job has been recorded; those of dead processes go too."""

    def __init__(self, record: Record):
        self.parent = record.folder / "work"

    def __enter__(self) -> Path:
        self.parent.mkdir(parents=True, exist_ok=True)
        for old in self.parent.glob("*-*"):
            owner = old.name.split("-")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(old, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.parent))
        return self.path

    def __exit__(self, *_) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _in_own_process(task: dict, resolved: dict, folder: Path) -> dict:
    """Run the worker under its limits; whatever becomes of it, a result comes back."""
    limits = resolved["limits"]
    memory = int((limits["memory_gib"] or 0.75 * psutil.virtual_memory().total / 2**30) * 2**30)
    threads = int(resolved["threads"] or _cores())
    order = folder / "task.json"
    order.write_text(json.dumps(task | {"memory_bytes": memory, "threads": threads}))
    pinned = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")}
    path = os.pathsep.join(filter(None, [str(paths.REPRODUCTIONS.parent), os.environ.get("PYTHONPATH")]))
    with open(folder / "log.txt", "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "tdabench.worker", str(folder)],  # -P: no module of the user's folder
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env=os.environ | pinned | {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "PYTHONPATH": path},
        )  # fmt: skip
    started, peak, in_time = time.monotonic(), None, True
    try:
        with open(folder / "log.txt", errors="replace") as shown:
            while child.poll() is None:
                peak = peak_rss_mib(child.pid) or peak
                sys.stderr.write(shown.read())
                if time.monotonic() - started > limits["time_s"]:
                    in_time = False
                    break
                time.sleep(0.05)
            sys.stderr.write(shown.read())
    finally:
        _end(child)
        order.unlink()
    answer = folder / "result.json"
    if answer.exists():
        result = json.loads(answer.read_text())
        answer.unlink()  # job.json in the record says all of it
        return result
    wall = round(time.monotonic() - started, 3)
    reason = _cause(child.returncode) if in_time else f"over its time limit of {limits['time_s']:g} s (limits.time_s)"
    return {"status": "failed", "reason": reason, "wall_s": wall, "peak_rss_mib": peak}


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end(child: subprocess.Popen) -> None:
    """End the worker and whatever it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def _cause(code: int) -> str:
    if code >= 0:
        return f"its process ended with exit code {code} and no result"
    name = signal.Signals(-code).name
    if name == "SIGKILL":
        return "its process was killed from outside, most often by the system for lack of memory"
    return f"its process crashed ({name}): an engine failed; the log is in the record"

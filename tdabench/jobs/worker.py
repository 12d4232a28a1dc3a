"""The process of one job: `python -m tdabench.jobs.worker FOLDER`. Started by tdabench.jobs.process, never by hand.

Reads FOLDER/task.json, runs the reproduction, writes FOLDER/result.json last and whole. It knows nothing of the record.
"""

import faulthandler
import importlib
import os
import platform
import sys
import time
import traceback
from importlib import metadata
from pathlib import Path

from tdabench.jobs.answer import Answer
from tdabench.processes import child
from tdabench.processes.limits import peak_rss_mib
from tdabench.structure import write

PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-image", "gudhi", "ripser", "kmapper", "torch", "matplotlib",
            "pillow")  # fmt: skip


def main(folder: Path) -> None:
    faulthandler.enable()
    task = child.begin(folder)
    started = time.perf_counter()
    answer = _measured(task, folder)
    answer.wall_s = round(time.perf_counter() - started, 3)
    answer.peak_rss_mib = peak_rss_mib(os.getpid())
    answer.environment = environment(task["threads"])
    (folder / "reserve").unlink(missing_ok=True)  # tdabench.jobs.process.RESERVE; its room is for the result
    child.answer(folder, write(answer))


def _measured(task: dict, folder: Path) -> Answer:
    from omegaconf import OmegaConf

    from tdabench.claims.escapes import literal
    from tdabench.claims.measurements import check
    from tdabench.errors import DataMissing, TdabenchError
    from tdabench.jobs.bench import Bench, plain
    from tdabench.processes.memory import ran_out

    try:
        module = importlib.import_module(f"reproductions.{task['name']}")
        config = OmegaConf.create(literal(task["config"]))
        bench = Bench(folder, task["threads"], memory_bytes=task["memory_bytes"])
        measurements = module.measure(config, bench)
        if not isinstance(measurements, dict):
            raise TypeError(f"measure() must return a mapping, not {type(measurements).__name__}")
        return Answer("finished", "", check(plain(measurements)))
    except DataMissing as error:
        return Answer("not run", str(error))
    except TdabenchError as error:
        return Answer("failed", str(error))
    except Exception as error:
        if ran_out(error):
            limit = f"{task['memory_bytes'] / 2**30:.1f} GiB"
            return Answer("failed", f"out of memory: more than {limit} asked for (limits.memory_gib)")
        traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return Answer("failed", f"{type(error).__name__} in {where}: {error}")


def installed() -> dict[str, str]:
    """Versions of Python and of the packages by which a reader knows a number."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES}


def environment(threads: int) -> dict:
    """Versions, processor and threads: what a reader needs to judge a number."""
    return installed() | {"cpu": _cpu(), "cores": os.cpu_count(), "threads": threads}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

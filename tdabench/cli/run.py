"""The verb run: from a command line through Hydra to jobs, alone or as a suite; and completion in the shell.

Ctrl-C once: the current job is measured and recorded, and then no more. Twice, or SIGTERM, or SIGHUP: at once.
"""

import contextlib
import math
import os
import platform
import signal
import sys
import tempfile
import time
import traceback
import uuid
from pathlib import Path

from tdabench import paths
from tdabench.cli import VERBS
from tdabench.errors import BadRequest, RecordUnusable, TdabenchError
from tdabench.jobs import process
from tdabench.processes import limits, progress

OK, JOB_FAILED, BAD_REQUEST = 0, 1, 2


CLEANING_S = 10


class _Interrupt:
    """What Ctrl-C does: `asked` once it has been pressed while a job was `measuring`; `ended`: when (monotonic seconds)
    it was told to end at once, after which it may clean up for CLEANING_S without being disturbed."""

    asked = measuring = False
    ended = -math.inf

    @contextlib.contextmanager
    def listening(self):
        """While a run lasts; afterwards a signal is what it was before."""
        self.asked, self.measuring, self.ended = False, False, -math.inf
        process.ENDING.clear()
        numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        before = {number: signal.getsignal(number) for number in numbers}
        for number in numbers:
            if before[number] != signal.SIG_IGN:  # nohup ignores SIGHUP, and so do we then
                signal.signal(number, self)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, before[number])

    def __call__(self, number, frame) -> None:
        if time.monotonic() < self.ended + CLEANING_S:
            return
        if number != signal.SIGINT or self.asked or not self.measuring:
            self.ended = time.monotonic()
            raise KeyboardInterrupt
        self.asked = True
        progress.say("tdabench: ends when what is running has been recorded; Ctrl-C again ends it now.")

    @contextlib.contextmanager
    def patience(self):
        """While a job is measured and recorded, the first Ctrl-C waits for it."""
        self.measuring = True
        try:
            yield
        finally:
            self.measuring = False

    def pause(self) -> None:
        """KeyboardInterrupt if it was asked for."""
        if self.asked:
            raise KeyboardInterrupt


INTERRUPT = _Interrupt()
SUITES: list = []  # the suite whose jobs Hydra composes in this process; a launcher's processes have none


def run(words: list[str]) -> int:
    """One Hydra job, or with -m several; the exit code says how they ended."""
    from tdabench.claims import pages
    from tdabench.cli import help
    from tdabench.cli.complaints import lone_words
    from tdabench.jobs.scratch import scratch
    from tdabench.jobs.suite import Suite
    from tdabench.provenance import commit
    from tdabench.record.durations import durations
    from tdabench.record.runs import Record
    from tdabench.report.terminal import suite_lines, waiting_for

    pages.reproductions()  # a broken page is found before anything is started
    if {"-h", "--help"} & set(words):
        print(help.asked(words), end="")
        return OK
    words, left_out = _expanded(words)
    lone_words(words)
    several, record = bool({"-m", "--multirun"} & set(words)), Record()
    label = f"suite-{uuid.uuid4().hex[:8]}"
    with INTERRUPT.listening(), scratch(record.folder / "work", label) as folder:
        with _suite(words, several, record) as opened:
            place = {"record": record.address, "folder": str(folder), "host": platform.node(), "commit": commit()}
            SUITES.append(suite := Suite(_measure, lambda: INTERRUPT.asked))
            try:
                _hydra(words, str(folder), place | opened)
                with INTERRUPT.patience():
                    suite.run(known := durations(record.entries()) if several else {})
            finally:
                SUITES.clear()
            INTERRUPT.pause()
            ended = record.told(opened.get("run"), folder)
    if lines := suite_lines(ended, several, left_out, known):
        print("\n".join(lines), flush=True)
    states = {job.status for job in ended}
    waiting = any(map(waiting_for, ended))
    return BAD_REQUEST if "refused" in states else JOB_FAILED if "failed" in states or waiting else OK


def _expanded(words: list[str]) -> tuple[list[str], list]:
    """The words with --core and --all written out, and the pages that --core leaves out."""
    from tdabench.claims import pages

    asked = {"--core", "--all"} & set(words)
    if not asked:
        return words, []
    if len(asked) > 1:
        raise BadRequest("run: --core and --all exclude one another.")
    rest = [word for word in words if word not in asked]
    if any(word.startswith("reproduction=") for word in rest):
        raise BadRequest(f"run: {asked.pop()} chooses the reproductions; leave out reproduction=.")
    published = [entry for entry in pages.reproductions() if not entry.own]
    chosen = [entry.name for entry in published if entry.core or "--all" in asked]
    at_once = [] if any(word.startswith("jobs=") for word in rest) else [f"jobs={limits.cores()}"]
    switch = [] if {"-m", "--multirun"} & set(rest) else ["-m"]
    written = [*switch, f"reproduction={','.join(chosen)}", *at_once, *rest]
    return written, [entry for entry in published if entry.name not in chosen]


def _hydra(words: list[str], scratch: str, suite: dict | None = None) -> None:
    """Hand the words to Hydra; its complaints come back as one BadRequest. suite: of conf/config.yaml, for the jobs."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from tdabench.claims.escapes import literal, quoted
    from tdabench.claims.overrides import rewritten
    from tdabench.cli.complaints import sentence

    own = {"hydra.run.dir": scratch, "hydra.sweep.dir": scratch}
    own |= {f"suite.{key}": value for key, value in (suite or {}).items()}
    overrides = [word for word in rewritten(words) if word.startswith("~") or ("=" in word and word[0] != "-")]
    # argparse wants what belongs together in one row
    switches = [word for word in words if not word.startswith("~") and ("=" not in word or word[0] == "-")]
    told = [f"{key}={quoted(literal(text))}" for key, text in own.items()]
    before, sys.argv = sys.argv, ["tdabench", *switches, *overrides, *told]
    with _environment(HYDRA_FULL_ERROR="1"):  # the exception itself, not Hydra's own print and exit
        try:
            hydra.main(version_base="1.3", config_path=str(paths.CONF), config_name="config")(_job)()
        except (HydraException, OmegaConfBaseException) as error:
            raise BadRequest(sentence(error, words)) from None
        except ValueError as error:  # of two switches that exclude one another
            if "Only one of" not in str(error):
                raise
            raise BadRequest(f"{error}.") from None
        except RuntimeError as error:  # of a launcher that is none
            raise BadRequest(f"{error}.") from None
        except SystemExit as stop:
            if stop.code:
                raise BadRequest("the command line could not be read; see tdabench --help.") from None
        finally:
            sys.argv = before


def _job(config) -> None:
    """What Hydra calls for each job: here, where the suite collects it, or in a process of its launcher, on this or on
    another machine."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from omegaconf import OmegaConf

    from tdabench.jobs.suite import Task

    INTERRUPT.pause()
    hydra = HydraConfig.get()
    several = hydra.mode == RunMode.MULTIRUN
    if several and (lacking := [key for key in config.get("required", {}) if _selected(config, key) is None]):
        print(f"{config.name}: left out, it needs {', '.join(lacking)}.", file=sys.stderr)
        return
    typed = OmegaConf.to_container(hydra.overrides.task, resolve=False)
    task = Task(config, typed, hydra.job.num if several else 0, several)
    if SUITES:
        SUITES[-1].tasks.append(task)
    else:
        _measure(task)


def _measure(task) -> None:
    """Run one job, print its verdicts, and tell the suite how it ended."""
    from tdabench.claims import overrides
    from tdabench.jobs.job import run_job
    from tdabench.record.job import Ended
    from tdabench.record.runs import Record
    from tdabench.report.terminal import verdict_table

    config = task.config
    progress.say(f"{config.name} ({config.profile.name})")
    record = Record(uri=config.suite.record)
    try:
        overrides.check(config, task.overrides)
        _same_checkout(config.suite)
        job = run_job(config, task.overrides, record)
        progress.show(verdict_table(job))
    except (RecordUnusable, BrokenPipeError):  # whatever else would be measured would be lost, or seen by nobody
        raise
    except TdabenchError as error:  # Hydra would print more about it than a person wants to read
        job = Ended("refused")
        progress.say(f"tdabench: {config.name}: {error}")
    except Exception:  # a mistake of ours, which shall not cost the rest of the suite
        progress.say(traceback.format_exc())
        progress.say(f"tdabench: {config.name} is not on record; please report what stands above.")
        job = Ended("failed")
    ended = Ended(job.status, job.rows, job.missing)
    record.tell(config.suite.run, Path(config.suite.folder), task.number, ended)


def _same_checkout(suite) -> None:
    """BadRequest on a machine of a cluster whose code is not that of the machine that started the suite."""
    from tdabench.provenance import commit

    if suite.host != platform.node() and suite.commit != commit():
        told = f"its checkout is at {commit()}, that of {suite.host} at {suite.commit}"
        raise BadRequest(f"{platform.node()}: {told}; bring both to the same commit.")


def _selected(config, key: str):
    from omegaconf import OmegaConf

    return OmegaConf.select(config, key)


@contextlib.contextmanager
def _suite(words: list[str], several: bool, record):
    """The parent run of a suite: opened before its jobs, closed after the last one, or as killed by an interruption."""
    if not several or {"--cfg", "-c", "--info", "-i"} & set(words):
        yield {}
        return
    suite = record.open_suite(" ".join(words))
    try:
        yield {"run": suite}
    except BaseException:
        with contextlib.suppress(RecordUnusable):
            record.close_suite(suite, interrupted=True)
        raise
    record.close_suite(suite)


@contextlib.contextmanager
def _environment(**variables):
    before = {key: os.environ.get(key) for key in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)


def complete(words: list[str]) -> int:
    """Shell completion: Hydra completes what follows `tdabench run`, the verbs are completed here."""
    line = os.environ.get("COMP_LINE", "")
    given = line.split()
    if given[1:2] != ["run"] or line == "tdabench run":
        if len(given) <= 1 or (len(given) == 2 and not line.endswith(" ")):
            print("\n".join(verb for verb in VERBS if verb.startswith(given[1] if len(given) > 1 else "")))
        return OK
    point = int(os.environ.get("COMP_POINT", len(line))) - len(" run")
    with _environment(COMP_LINE=line.replace(" run", "", 1), COMP_POINT=str(point)):
        _hydra(words, tempfile.gettempdir())
    return OK

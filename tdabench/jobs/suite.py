"""The jobs of a suite in this process: several at once, those that measure time alone, the longest first.

A job measures in a process of its own (tdabench.jobs.process), so that a thread here does nothing but wait for it.
"""

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock

from omegaconf import DictConfig, OmegaConf, open_dict

from tdabench.errors import BadRequest
from tdabench.jobs import process
from tdabench.jobs.bar import jobs
from tdabench.processes import limits, progress

LOOK_S = 0.2  # a signal is heard between two waits
ENDING_S = 5  # for the processes of jobs to be ended, and their folders removed
INTERRUPTED = 130


@dataclass(frozen=True)
class Task:
    """A job that is asked for: its configuration, the overrides that it was asked by, its number in the suite."""

    config: DictConfig
    overrides: list[str]
    number: int = 0
    several: bool = False

    @property
    def alone(self) -> bool:
        """Whether no other job may run beside it: it measures time, or keeps all cores busy by itself."""
        return bool(OmegaConf.select(self.config, "schedule.alone", default=False))


@dataclass
class Suite:
    """Collects tasks while Hydra composes them, and runs them afterwards.

    measure: what is done with each; stopped: whether no further one shall be begun.
    """

    measure: Callable[[Task], None]
    stopped: Callable[[], bool]
    tasks: list[Task] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def run(self, durations: dict) -> None:
        """Run all tasks; durations: of tdabench.record.durations. Raises the first error of a task that ends the
        suite; after a KeyboardInterrupt here the processes of running jobs are ended first."""
        if not self.tasks:
            return
        profile = self.tasks[0].config.profile.name
        seconds = {name: spent for (name, of), (spent, _) in durations.items() if of == profile}
        at_once = self.tasks[0].config.get("jobs", 1)
        if type(at_once) is not int or at_once < 1:
            raise BadRequest(f"jobs: a whole number from 1 on is needed, not {at_once}.")
        at_once = min(at_once, len(self.tasks))
        order = self.tasks if at_once == 1 else sorted(self.tasks, key=lambda task: -seconds.get(task.config.name, 0.0))
        together = [task for task in order if at_once > 1 and not task.alone]
        alone = [task for task in order if at_once == 1 or task.alone]
        names = [task.config.name for task in [*together, *alone]]
        expected = {name: seconds[name] for name in names if name in seconds}
        with jobs(names, expected, at_once) as ended:
            self._run([shared(task, at_once) for task in together], at_once, ended)
            self._run(alone, 1, ended)
        if self.errors:
            raise self.errors[0]

    def _run(self, tasks: list[Task], lanes: int, ended: Callable[[str | None], None]) -> None:
        with ThreadPoolExecutor(lanes) as pool:
            waiting = {pool.submit(self._one, task): task for task in tasks}
            try:
                while waiting:
                    done, _ = wait(waiting, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                    ended(None)
                    for future in done:
                        name = waiting.pop(future).config.name
                        if future.result():
                            ended(name)
            except BaseException:  # of a signal, here in the main thread
                process.ENDING.set()
                for future in waiting:
                    future.cancel()
                _, late = wait([future for future in waiting if not future.cancelled()], timeout=ENDING_S)
                if late:  # it waits for the record, which no signal reaches; the next run takes in what was measured
                    progress.say("tdabench: ended while a job was waiting for its record.")
                    os._exit(INTERRUPTED)
                raise

    def _one(self, task: Task) -> bool:
        """Whether it was begun."""
        if self.stopped() or self.errors or process.ENDING.is_set():
            return False
        try:
            self.measure(task)
        except BaseException as error:  # the record cannot be used, or nobody reads: the rest would be lost
            with self.lock:
                self.errors.append(error)
        return True


def shared(task: Task, at_once: int) -> Task:
    """A task with its share of the machine, where the configuration leaves that open."""
    config = task.config.copy()
    with open_dict(config):
        if config.threads is None:
            config.threads = max(1, limits.cores() // at_once)
        if config.limits.memory_gib is None:
            config.limits.memory_gib = round(limits.memory_limit(None) / at_once / 2**30, 3)
    OmegaConf.set_readonly(config, True)
    return Task(config, task.overrides, task.number, task.several)

"""One function on many inputs, side by side: on the cores of this machine, or on a cluster of Ray."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from tdabench.errors import BadInput
from tdabench.processes.limits import end_with, pinned

HERE, RAY = "here", "ray"
TICK_S = 1.0


def run(
    work: Callable,
    inputs: list[tuple],
    workers: int,
    backend: str = HERE,
    prepare: tuple = (),
    tick: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, object]]:
    """Call a function on every input. The processes end when the loop over the results is left.

    Parameters
    ----------
    work
        Function of a module that every process can import.
    inputs
        Arguments of each call.
    workers
        Processes on this machine, of one thread each.
    backend
        HERE, or RAY for the cluster at $RAY_ADDRESS, which repeats the work of a process or node that died.
    prepare
        (function, *arguments), called first in each process on this machine.
    tick
        Called in this process every TICK_S, on this machine only.

    Yields
    ------
    number, result
        Number of the input and work(*input), as soon as it is done.
    """
    if backend == HERE:
        yield from _here(work, inputs, workers, prepare, tick)
    elif backend == RAY:
        yield from _on_ray(work, inputs)
    else:
        raise BadInput(f"spread: {HERE} or {RAY} is needed, not {backend!r}.")


def _here(work, inputs, workers, prepare, tick) -> Iterator[tuple[int, object]]:
    context = multiprocessing.get_context("spawn")  # the threads of libraries do not survive a fork
    with ProcessPoolExecutor(workers, context, _begin, (os.getpid(), *prepare)) as pool:
        waiting = {pool.submit(work, *arguments): number for number, arguments in enumerate(inputs)}
        try:
            while waiting:
                done, _ = wait(waiting, timeout=TICK_S, return_when=FIRST_COMPLETED)
                tick()
                for future in done:
                    yield waiting.pop(future), future.result()
        except BaseException:  # a signal, or work that failed: nobody waits for the rest
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            raise


def _begin(parent: int, prepare: Callable | None = None, *arguments) -> None:
    """Limit each process to one thread, since the processes share the cores. Then call `prepare`."""
    end_with(parent)
    os.environ.update(pinned(1))
    import numpy  # noqa: F401  the limit applies to loaded libraries
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if prepare:
        prepare(*arguments)


def _on_ray(work: Callable, inputs: list[tuple]) -> Iterator[tuple[int, object]]:
    try:
        import ray
    except ImportError:
        raise BadInput("spread: ray is not installed; pip install -e '.[cluster]'.") from None
    if not os.environ.get("RAY_ADDRESS"):
        raise BadInput("spread: RAY_ADDRESS does not say where the cluster is; see docs/cluster.md.")
    ray.init(log_to_driver=False, logging_level="warning")
    try:
        remote = ray.remote(work)
        waiting = {remote.remote(*arguments): number for number, arguments in enumerate(inputs)}
        while waiting:
            done, _ = ray.wait(list(waiting))
            yield waiting.pop(done[0]), ray.get(done[0])
    finally:
        ray.shutdown()

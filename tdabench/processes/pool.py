"""One piece of work for many inputs, side by side: on the cores of this machine, or over a cluster of Ray."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from tdabench.errors import BadInput
from tdabench.processes.limits import end_with

HERE, RAY = "here", "ray"
TICK_S = 1.0
POOLS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")


def run(
    work: Callable,
    inputs: list[tuple],
    workers: int,
    over: str = HERE,
    prepare: tuple = (),
    tick: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, object]]:
    """Pairs (number of the input, work(*input)), each as soon as it is there; the processes go when the loop is left.

    work: a function of a module, which every process can import; workers: processes of this machine, each of one
    thread; over: HERE, or RAY, the cluster at $RAY_ADDRESS, which runs the work of a dead process or node again;
    prepare: (function, *arguments), called first in each process here; tick: called here every TICK_S.
    """
    if over == HERE:
        yield from _here(work, inputs, workers, prepare, tick)
    elif over == RAY:
        yield from _over_ray(work, inputs)
    else:
        raise BadInput(f"spread: {HERE} or {RAY} is needed, not {over!r}.")


def _here(work, inputs, workers, prepare, tick) -> Iterator[tuple[int, object]]:
    context = multiprocessing.get_context("spawn")  # threads of libraries do not survive a fork
    with ProcessPoolExecutor(workers, context, _begin, (os.getpid(), *prepare)) as pool:
        waiting = {pool.submit(work, *each): number for number, each in enumerate(inputs)}
        try:
            while waiting:
                done, _ = wait(waiting, timeout=TICK_S, return_when=FIRST_COMPLETED)
                tick()
                for future in done:
                    yield waiting.pop(future), future.result()
        except BaseException:  # of a signal, or of work that failed: nobody waits for the rest
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            raise


def _begin(parent: int, prepare: Callable | None = None, *arguments) -> None:
    """The cores are shared out among processes; pools of threads in each would be in each other's way."""
    end_with(parent)
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in POOLS})
    import numpy  # noqa: F401  what is limited must be loaded
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if prepare:
        prepare(*arguments)


def _over_ray(work: Callable, inputs: list[tuple]) -> Iterator[tuple[int, object]]:
    try:
        import ray
    except ImportError:
        raise BadInput("spread: ray is not installed; pip install -e '.[cluster]'.") from None
    if not os.environ.get("RAY_ADDRESS"):
        raise BadInput("spread: RAY_ADDRESS does not say where the cluster is; see docs/cluster.md.")
    ray.init(log_to_driver=False, logging_level="warning")
    try:
        remote = ray.remote(work)
        waiting = {remote.remote(*each): number for number, each in enumerate(inputs)}
        while waiting:
            done, _ = ray.wait(list(waiting))
            yield waiting.pop(done[0]), ray.get(done[0])
    finally:
        ray.shutdown()

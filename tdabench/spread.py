"""One piece of work for many inputs, side by side: on the cores of this machine, or over a cluster of Ray."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tdabench.errors import BadInput

HERE, RAY = "here", "ray"


def spread(work: Callable, inputs: list[tuple], workers: int, over: str = HERE) -> Iterator[tuple[int, object]]:
    """Pairs (number of the input, work(*input)), each as soon as it is there.

    work: a function of a module, which every node can import; workers: processes of this machine; over: HERE, or RAY,
    the cluster at $RAY_ADDRESS, which runs the work of a dead process or node again.
    """
    if over == HERE:
        with ProcessPoolExecutor(workers, initializer=_on_one_thread) as pool:
            waiting = {pool.submit(work, *each): number for number, each in enumerate(inputs)}
            for done in as_completed(waiting):
                yield waiting[done], done.result()
    elif over == RAY:
        yield from _over_ray(work, inputs)
    else:
        raise BadInput(f"spread: {HERE} or {RAY} is needed, not {over!r}.")


def _on_one_thread() -> None:
    """The cores are shared out among processes; pools of threads in each would be in each other's way."""
    import numpy  # noqa: F401  what is limited must be loaded
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


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

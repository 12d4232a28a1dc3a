"""The memory that this process may still take. A file that needs more is an error that does not blame the file."""

import errno
import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tdabench.errors import BadInput, TdabenchError
from tdabench.processes.limits import memory_limit

# pyarrow, which pandas imports, reads this when it starts. Its own allocator reserves 1 GiB, and the limit counts that.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# Messages of torch, pandas, the C++ library and the system, which raise other errors than MemoryError.
MESSAGES = re.compile(
    r"(can't|cannot|unable to) allocate|bad_alloc|(out of|not enough) memory|MemoryError", re.IGNORECASE
)
IN_A_JOB = "allow more with limits.memory_gib=..."
IN_A_VERB = "three quarters of the machine's memory may be used: take a machine with more"
IN_A_CALL = "allow more with max_memory_gib"
_remedy = IN_A_JOB


class OutOfMemory(BadInput):
    """There is not enough memory. The file may be sound."""


def ran_out(error: BaseException) -> bool:
    """Whether an exception, of any library, means that memory ran out."""
    if isinstance(error, TdabenchError):
        return isinstance(error, OutOfMemory)
    return (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or bool(MESSAGES.search(str(error)))
    )


def limit_and_left() -> tuple[float, float]:
    """The limit on this process's memory, and what is left of it, in bytes.

    Under a limit of the kernel, as in every job on Linux, the process's data count. Otherwise its resident memory
    counts, and the limit is the default of a job.
    """
    usage, limit = psutil.Process().memory_info(), _of_kernel()
    if limit == resource.RLIM_INFINITY:
        limit = memory_limit(None)
        return limit, limit - usage.rss
    return limit, limit - usage.data


def _of_kernel() -> int:
    return resource.getrlimit(resource.RLIMIT_DATA)[0] if sys.platform == "linux" else resource.RLIM_INFINITY


class Room:
    """A context for reading one file, in which every lack of memory becomes OutOfMemory, in one sentence.

    Parameters
    ----------
    path
        The file, or another name of what may be too large.
    less
        What to save instead, for the error.
    doing
        What takes the memory, for the error.
    most
        Limit in bytes, where it is lower than that of the process.

    Attributes
    ----------
    need : float or None
        Estimated need in bytes.
    """

    def __init__(self, path, less: str = "a part of it", doing: str = "reading it", most: float | None = None):
        self.path, self.less, self.doing, self._most = path, less, doing, most
        self.need: float | None = None

    def takes(self, need: float) -> None:
        """Raise OutOfMemory, before anything is read, when fewer than `need` bytes are left."""
        self.need = need
        limit, left, advice = self._bounds()
        if need > left:
            raise OutOfMemory(
                f"{self.path}: {self.doing} would take about {in_words(need)} of memory, and {in_words(max(left, 0))} "
                f"are left of the limit of {in_words(limit)}; {advice}, or save {self.less} and "
                "read that."
            )

    def __enter__(self) -> "Room":
        return self

    def __exit__(self, kind, error, trace) -> None:
        if error is None or isinstance(error, TdabenchError) or not ran_out(error):
            return
        message = " ".join(str(error).split())[:120]
        details = "; ".join(filter(None, [f"about {in_words(self.need)} by estimate" if self.need else "", message]))
        limit, _, advice = self._bounds()
        raise OutOfMemory(
            f"{self.path}: {self.doing} takes more memory than is left of the limit of {in_words(limit)}"
            f"{f' ({details})' if details else ''}; {advice}, or save {self.less} and read that."
        ) from None

    def _bounds(self) -> tuple[float, float, str]:
        """The limit, what is left of it (bytes), and how to allow more."""
        limit, left = limit_and_left()
        if self._most is not None and self._most < left:
            return self._most, self._most, IN_A_CALL
        return limit, left, _remedy


@contextmanager
def share_of_machine(what: str) -> Iterator[None]:
    """A context with a job's limit on memory, for a verb that works in this process. what: the work, for an error."""
    global _remedy
    before = resource.getrlimit(resource.RLIMIT_DATA)
    finite = [limit for limit in before if limit != resource.RLIM_INFINITY]
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (min([memory_limit(None), *finite]), before[1]))
    _remedy = IN_A_VERB
    try:
        with Room(what, "a sample of its rows, or fewer columns,", "what is asked for"):
            yield
    finally:
        _remedy = IN_A_JOB
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, before)


def in_words(count: float) -> str:
    """A number of bytes in GiB or MiB, for a sentence."""
    return f"{count / 2**30:.1f} GiB" if count >= 0.1 * 2**30 else f"{count / 2**20:.3g} MiB"

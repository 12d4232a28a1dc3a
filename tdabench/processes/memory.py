"""The memory that this process may take, and one sentence when a file needs more: never that the file is damaged."""

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

# Read when pyarrow, which comes with pandas, begins; its own allocator reserves 1 GiB, and a limit on data counts that.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# Of what raises another error than MemoryError: torch, pandas, the C++ library, the system.
WORDS = re.compile(r"(can't|cannot|unable to) allocate|bad_alloc|(out of|not enough) memory|MemoryError", re.IGNORECASE)
IN_A_JOB = "allow more with limits.memory_gib=..."
IN_A_VERB = "three quarters of the machine's memory may be used: take a machine with more"
IN_A_CALL = "allow more with max_memory_gib"
_remedy = IN_A_JOB


class OutOfMemory(BadInput):
    """Memory does not suffice, whatever the file is like."""


def ran_out(error: BaseException) -> bool:
    """Whether an exception of any library says that there is no more memory."""
    if isinstance(error, TdabenchError):
        return isinstance(error, OutOfMemory)
    return (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or bool(WORDS.search(str(error)))
    )


def limit_and_left() -> tuple[float, float]:
    """Bytes that this process may hold, and those of them that it does not hold yet.

    Under a limit of the kernel's, as in every job on Linux, its data count; else the resident memory, out of the share
    of the machine that a job has.
    """
    held, limit = psutil.Process().memory_info(), _of_kernel()
    if limit == resource.RLIM_INFINITY:
        limit = memory_limit(None)
        return limit, limit - held.rss
    return limit, limit - held.data


def _of_kernel() -> int:
    return resource.getrlimit(resource.RLIMIT_DATA)[0] if sys.platform == "linux" else resource.RLIM_INFINITY


class Room:
    """A context in which one file is read: every error of lack of memory inside becomes OutOfMemory, in one sentence.

    path: of the file, or another name of what may be too large; less: what to save instead; doing: what takes the
    memory; most: bytes that may be taken, when that is less than the process may. need: bytes, once they are known.
    """

    def __init__(self, path, less: str = "a part of it", doing: str = "reading it", most: float | None = None):
        self.path, self.less, self.doing, self._most = path, less, doing, most
        self.need: float | None = None

    def takes(self, need: float) -> None:
        """OutOfMemory, before anything is read, when so many bytes are not left."""
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
        said = " ".join(str(error).split())[:120]
        known = "; ".join(filter(None, [f"about {in_words(self.need)} by estimate" if self.need else "", said]))
        limit, _, advice = self._bounds()
        raise OutOfMemory(
            f"{self.path}: {self.doing} takes more memory than is left of the limit of {in_words(limit)}"
            f"{f' ({known})' if known else ''}; {advice}, or save {self.less} and read that."
        ) from None

    def _bounds(self) -> tuple[float, float, str]:
        """The limit, what is left of it, and how to have more."""
        limit, left = limit_and_left()
        if self._most is not None and self._most < left:
            return self._most, self._most, IN_A_CALL
        return limit, left, _remedy


@contextmanager
def share_of_machine(what: str) -> Iterator[None]:
    """The memory of a job for a verb that works in this process; beyond it, a sentence about `what`."""
    global _remedy
    before = resource.getrlimit(resource.RLIMIT_DATA)
    given = [limit for limit in before if limit != resource.RLIM_INFINITY]
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (min([memory_limit(None), *given]), before[1]))
    _remedy = IN_A_VERB
    try:
        with Room(what, "a sample of its rows, or fewer columns,", "what is asked for"):
            yield
    finally:
        _remedy = IN_A_JOB
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, before)


def in_words(count: float) -> str:
    """Bytes, as a sentence has them."""
    return f"{count / 2**30:.1f} GiB" if count >= 0.1 * 2**30 else f"{count / 2**20:.3g} MiB"

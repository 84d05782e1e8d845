"""Limit a worker process's time and memory, so that no architecture can block or fill the machine.

The judge checks every architecture's cost before it builds and runs it (see `architecture`). The
watchdog is for costs that those checks do not foresee: the worker process ends, the scheduler
starts another one, and the submission is tried once more before its status becomes `ungraded`.
Where memory runs out in an orderly way, `OutOfMemory` says so, and the process goes on.
"""

from __future__ import annotations

import faulthandler
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 300.0  # for one question to the judge; most take less than a second
MEMORY = 8 << 30  # most bytes beyond those that the worker maps when it starts to judge
LEAST = 2 << 30  # fewest such bytes: the largest network that is allowed needs about this much


class OutOfMemory(RuntimeError):
    """The judge lacked memory for a question, which says nothing about the answer."""


def raise_if_out_of_memory(error: BaseException) -> None:
    """Raise `OutOfMemory` if `error` came because memory ran out."""
    from tensorflow.errors import ResourceExhaustedError

    if isinstance(error, OutOfMemory):
        raise error
    if isinstance(error, MemoryError | ResourceExhaustedError):
        raise OutOfMemory("the judge ran out of memory") from error


def share_of_memory(workers: int) -> int:
    """Return how many bytes each worker may take if this machine runs `workers` of them."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MEMORY, max(LEAST, machine // workers))


def bound_memory(workers: int = 1) -> None:
    """Limit this process's address space to its current size plus its share.

    A second call can only lower the limit.

    Args:
        workers: how many workers this machine runs.
    """
    from grading.sandbox.isolation import mapped_bytes

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = mapped_bytes() + share_of_memory(workers)
    limits = [limit for limit in (soft, hard, bound) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """End this process if the `with` block takes longer than `seconds`; None: never."""
    if seconds is None:
        yield
        return
    with open(os.devnull, "w") as nowhere:
        # faulthandler's timer is a C thread that does not need the interpreter lock, so it also
        # ends a process that hangs inside TensorFlow. A Python thread or signal handler would not.
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

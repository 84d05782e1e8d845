"""Let a worker process end rather than hang, or fill the machine, over an architecture.

What comes out of the sandbox is measured before it is built and before it is run (`architecture`).
This is for what that has not foreseen: the worker ends, the scheduler starts another one, and the
submission is tried once more before it is `ungraded`.
"""

from __future__ import annotations

import faulthandler
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 300.0  # for one question to the judge; most take less than one
MEMORY = 8 << 30  # bytes beyond what the worker maps when it starts to judge, at most
LEAST = 2 << 30  # and at least: the largest network that is judged takes about as much


def share_of_memory(workers: int) -> int:
    """Bytes that one of so many workers on this machine may take."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MEMORY, max(LEAST, machine // workers))


def bound_memory(workers: int = 1) -> None:
    """Refuse this process more than its share beyond what it maps now; call it once.

    Args:
        workers: how many there are on this machine.
    """
    from grading.sandbox.isolation import mapped_bytes

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mapped_bytes() + share_of_memory(workers)
    limits = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """End this process, whatever it is doing, when the block takes longer; None: never."""
    if seconds is None:
        yield
        return
    with open(os.devnull, "w") as nowhere:
        # A thread below Python: it also ends what never comes back from TensorFlow.
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

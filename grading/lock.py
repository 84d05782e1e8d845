"""One grader at a time in a results folder: two would mark the same students twice.

The kernel holds the lock for the process, and lets go of it however that process ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.results import ResultsError

NAME = ".grading.lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)  # some network file systems have none


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Raises:
        ResultsError: another process holds it; the message says which.
    """
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 200, 0).decode(errors="replace").strip()
            raise ResultsError(
                f"{folder}: another grader is marking into it ({holder or 'unknown process'}); "
                "wait until it is done, or stop it and run this again"
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(file)

"""One grader at a time in a results folder: two would mark the same students twice.

The kernel holds the lock for the process, and lets go of it however that process ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grading.results.records import ResultsError

NAME = ".grading.results.lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)  # some network file systems have none


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Raises:
        ResultsError: another process holds it, and the message says which; or nothing can be
            written there.
    """
    try:
        file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ResultsError(
            f"{folder}: cannot keep results there ({error.strerror}); make room, let this user "
            "write there, or name another folder"
        ) from error
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
        with suppress(OSError):  # a full disk: a second grader is told of an unknown process
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(file)

"""Lock a results folder for one grader: two would mark the same students twice.

The operating system holds the lock and releases it when the process ends, however it ends.
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
    """Hold the folder's lock within the `with` block.

    Raises:
        ResultsError: another process holds it (the message says which), or the folder is not
            writable.
    """
    try:
        file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ResultsError(
            f"{folder}: cannot store results there ({error.strerror}); free some disk space, allow "
            "this user to write there, or give another folder"
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 200, 0).decode(errors="replace").strip()
            raise ResultsError(
                f"{folder}: another grader is using this folder ({holder or 'unknown process'}); "
                "wait until it has finished, or stop it and run this command again"
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        with suppress(OSError):  # if the disk is full, a second grader will name an unknown process
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(file)

"""Access to system calls that Python has no function for, through the C library."""

from __future__ import annotations

import ctypes
import errno
import os

from grading.errors import GradingError

libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


class IsolationError(GradingError):
    """This machine cannot isolate a process; the message says which step failed and why."""


def check(what: str, result: int) -> None:
    """Raise IsolationError, with the call's name and errno, unless its result is 0."""
    if result != 0:
        code = ctypes.get_errno()
        raise IsolationError(f"{what}: {os.strerror(code)} ({errno.errorcode.get(code, code)})")

"""Show only the grader's own lines in the terminal, and send the output of libraries to a log.

TensorFlow's C++ code and Dask write to file descriptors 1 and 2, in this process and in its child
processes, which inherit them. So the descriptors themselves are redirected to a log, and the grader
writes its own lines to copies of the original ones.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

MAX_BYTES = 1 << 20  # of a log; a submission may make a library complain endlessly
_POLL_SECONDS = 0.1


class Log:
    """A file with the first `MAX_BYTES` that were written to a pipe; created with the first byte.

    Args:
        path: the file; the log of an earlier run is replaced.

    Attributes:
        pipe: the file descriptor to write to.
        size: the number of bytes written so far, including those not kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._read, self.pipe = os.pipe()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write the rest of the pipe and end; later output of other processes is lost."""
        os.close(self.pipe)
        self._done.set()
        self._thread.join()
        os.close(self._read)
        if not self.size:
            with suppress(OSError):
                self.path.unlink()

    def _copy(self) -> None:
        while True:
            if select.select([self._read], [], [], _POLL_SECONDS)[0]:
                if not (piece := os.read(self._read, 65536)):
                    return
                self._keep(piece)
            elif self._done.is_set():
                return

    def _keep(self, piece: bytes) -> None:
        kept = piece[: max(0, MAX_BYTES - self.size)]
        with suppress(OSError):  # if the disk is full, do without the log
            with self.path.open("ab" if self.size else "wb") as file:
                file.write(kept)
        self.size += len(piece)


@dataclass(frozen=True)
class Terminal:
    """The streams for the grader's own lines.

    Attributes:
        out, err: the original standard output and standard error.
        log: the log of everything else; None if the descriptors could not be redirected.
    """

    out: TextIO
    err: TextIO
    log: Log | None = None


@contextmanager
def own_lines_only(path: Path) -> Iterator[Terminal]:
    """Within the `with` block, redirect descriptors 1 and 2 to a log at `path`."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    try:
        copies = [os.dup(number) for number in (1, 2)]
    except OSError:  # a service may be started with both closed
        yield Terminal(sys.stdout, sys.stderr)
        return
    log = Log(path)
    with ExitStack() as undo:
        undo.callback(log.close)
        for number, copy in zip((1, 2), copies, strict=True):
            undo.callback(_restore, number, copy)
            os.dup2(log.pipe, number)
        out, err = (
            _own(*arguments)
            for arguments in ((sys.stdout, 1, copies[0]), (sys.stderr, 2, copies[1]))
        )
        yield Terminal(out, err, log)


def _own(stream: TextIO, number: int, copy: int) -> TextIO:
    """Return a stream to the original descriptor; `stream` itself if it uses another one."""
    try:
        if stream.fileno() != number:
            return stream
    except OSError:  # a stream in memory has no descriptor
        return stream
    # A student's name that the terminal cannot show must not stop a batch.
    encoding, errors = stream.encoding, "backslashreplace"
    return open(copy, "w", buffering=1, encoding=encoding, errors=errors, closefd=False)


def _restore(number: int, copy: int) -> None:
    with suppress(OSError, ValueError):
        (sys.stdout if number == 1 else sys.stderr).flush()
    os.dup2(copy, number)
    os.close(copy)

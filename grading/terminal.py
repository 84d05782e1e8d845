"""The grader's terminal shows its own lines only; what libraries write goes to a log.

TensorFlow's C++ code and Dask write to file descriptors 1 and 2, in this process and in those that
it starts and that inherit them. So the descriptors themselves lead to a log, and the grader keeps
what they were for its own lines.
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

MAX_BYTES = 1 << 20  # of a log; a submission may have a library complain without end
_POLL_SECONDS = 0.1


class Log:
    """A file that holds what was written to a pipe, up to `MAX_BYTES`; begun with the first byte.

    Args:
        path: an earlier run's log there is replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._read, self.pipe = os.pipe()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is still in the pipe; whoever else holds its end may go on, unheard."""
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
        with suppress(OSError):  # a full disk: marks do not depend on the log
            with self.path.open("ab" if self.size else "wb") as file:
                file.write(kept)
        self.size += len(piece)


@dataclass(frozen=True)
class Terminal:
    """Where the grader's own lines go.

    Attributes:
        out, err: what standard output and standard error were.
        log: where everything else goes; None where the descriptors cannot be led elsewhere.
    """

    out: TextIO
    err: TextIO
    log: Log | None = None


@contextmanager
def own_lines_only(path: Path) -> Iterator[Terminal]:
    """Lead descriptors 1 and 2, and so every library's lines, to a log at `path`."""
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
            undo.callback(_lead_back, number, copy)
            os.dup2(log.pipe, number)
        out, err = (_own(*of) for of in ((sys.stdout, 1, copies[0]), (sys.stderr, 2, copies[1])))
        yield Terminal(out, err, log)


def _own(stream: TextIO, number: int, copy: int) -> TextIO:
    """A stream like this one to where its descriptor led; itself, if it has another one."""
    try:
        if stream.fileno() != number:
            return stream
    except OSError:  # it goes into memory
        return stream
    # A name that the terminal cannot show must not end a batch.
    encoding, errors = stream.encoding, "backslashreplace"
    return open(copy, "w", buffering=1, encoding=encoding, errors=errors, closefd=False)


def _lead_back(number: int, copy: int) -> None:
    with suppress(OSError, ValueError):
        (sys.stdout if number == 1 else sys.stderr).flush()
    os.dup2(copy, number)
    os.close(copy)

"""What lies in a folder on disk, each file opened only when it is asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from grading.submissions.places import MAX_FILE_BYTES, NOTEBOOK, Item, kind, passed_by
from grading.submissions.unread import SubmissionError, reason

MAX_DEPTH = 60


def items(folder: Path) -> Iterator[Item]:
    """The files of a folder and of those in it, those nearest to the top first."""
    waiting = [(folder, "")]
    while waiting:
        at, place = waiting.pop(0)
        try:
            found = sorted(os.scandir(at), key=lambda item: item.name)
        except OSError as error:
            yield Item(f"{place}/", why=reason(error))
            continue
        for item in found:
            path = f"{place}/{item.name}" if place else item.name
            if item.is_symlink():
                yield Item(path, why="a link, not followed")
            elif not item.is_dir():
                yield Item(path, lambda at=item.path: closing(opened(Path(at))))
            elif path.count("/") >= MAX_DEPTH:
                yield Item(f"{path}/", why="too deep in folders, not looked into")
            else:
                yield Item(f"{path}/")
                if _is_looked_into(path):
                    waiting.append((Path(item.path), path))


def _is_looked_into(folder: str) -> bool:
    """Whether a notebook in the folder would be spoken of."""
    passed = passed_by(f"{folder}/x.ipynb")
    return passed is None or passed[0] == f"{folder}/x.ipynb"


def opened(path: Path) -> BinaryIO:
    """Open a file that is no link, device or pipe; opening it never waits for anybody.

    Raises:
        OSError: it cannot be opened.
        SubmissionError: it is not a regular file, or too large a notebook.
    """
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise SubmissionError("not a regular file")
    if kind(path.name) == NOTEBOOK and status.st_size > MAX_FILE_BYTES:
        os.close(fd)
        raise SubmissionError(f"larger than {MAX_FILE_BYTES >> 20} MB")
    return os.fdopen(fd, "rb")

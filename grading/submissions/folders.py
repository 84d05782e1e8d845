"""List the files of a folder on disk; each file is opened only when its turn comes."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from grading.submissions.file_kinds import MAX_FILE_BYTES, NOTEBOOK, Item, kind, passed_by
from grading.submissions.unread import SubmissionError, reason

MAX_DEPTH = 60


def items(folder: Path) -> Iterator[Item]:
    """Yield the files of a folder and its subfolders, those nearest to the top first."""
    waiting = deque([(folder, "")])
    while waiting:
        folder_path, prefix = waiting.popleft()
        try:
            children = sorted(os.scandir(folder_path), key=lambda item: item.name)
        except OSError as error:
            yield Item(f"{prefix}/", why=reason(error))
            continue
        for item in children:
            path = f"{prefix}/{item.name}" if prefix else item.name
            if item.is_symlink():
                yield Item(path, why="a link, not followed")
            elif not item.is_dir():
                yield Item(path, lambda folder_path=item.path: closing(opened(Path(folder_path))))
            elif path.count("/") >= MAX_DEPTH:
                yield Item(f"{path}/", why="nested too deep, not searched")
            else:
                yield Item(f"{path}/")
                if _is_searched(path):
                    waiting.append((Path(item.path), path))


def _is_searched(folder: str) -> bool:
    """Return whether a notebook in the folder would be read or reported by itself."""
    skipped = passed_by(f"{folder}/x.ipynb")
    return skipped is None or skipped[0] == f"{folder}/x.ipynb"


def opened(path: Path) -> BinaryIO:
    """Open a regular file without following links; a pipe or device never blocks.

    Raises:
        OSError: it cannot be opened.
        SubmissionError: it is not a regular file, or it is a notebook that is too large.
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

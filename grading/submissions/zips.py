"""What lies in a zip, each file opened only when it is asked for."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from grading.submissions.places import MAX_FILE_BYTES, Item
from grading.submissions.unread import SubmissionError

MAX_LIST_BYTES = 32 << 20  # the list of 50,000 files takes 5 to 12 MB


def items(file: BinaryIO) -> Iterator[Item]:
    """The files of a zip, those nearest to the top first.

    Raises:
        SubmissionError: its list of files is too long.
        Exception: it is damaged.
    """
    with zipfile.ZipFile(_Bounded(file)) as archive:
        members = [(place(member.filename), member) for member in archive.infolist()]
        copies = Counter(path for path, _ in members)
        for path, member in sorted(members, key=lambda pair: (pair[0].count("/"), pair[0])):
            copies[path] -= 1
            yield _item(archive, path, member, is_last=not copies[path])


def place(name: str) -> str:
    """A name in an archive as a path that leads nowhere else."""
    parts = re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/")
    path = "/".join(part for part in parts if part not in {"", ".", ".."})
    return f"{path}/" if parts[-1] == "" else path


def _item(archive: zipfile.ZipFile, path: str, member: zipfile.ZipInfo, is_last: bool) -> Item:
    if not is_last:  # as when a zip is unpacked, the last one replaces the others
        return Item(path, why="the zip holds it again further down, which counts", lost=False)
    if stat.S_ISLNK(member.external_attr >> 16):
        return Item(path, why="a link, not followed")
    return Item(path, lambda: opened_zip(archive, member))


def opened_zip(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> AbstractContextManager[BinaryIO]:
    """Open one file of a zip.

    Raises:
        SubmissionError: it is too large, locked, or packed by a method that cannot be bounded.
        Exception: it is damaged.
    """
    if member.flag_bits & 1:
        raise SubmissionError("it is locked with a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError("it is packed by a method that is not read; expected deflate")
    if member.file_size > MAX_FILE_BYTES:
        raise SubmissionError(f"larger than {MAX_FILE_BYTES >> 20} MB")
    return archive.open(member)


class _Bounded(io.BufferedReader):
    """A file of which nobody gets much at once: zipfile reads the list of files in one piece."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > MAX_LIST_BYTES:
            raise SubmissionError("its list of files is too long")
        return super().read(MAX_LIST_BYTES if size is None or size < 0 else size)

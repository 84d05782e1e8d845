"""List the files of a zip; each file is opened only when its turn comes."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from grading.submissions.file_kinds import MAX_FILE_BYTES, Item
from grading.submissions.unread import SubmissionError

MAX_LIST_BYTES = 12 << 20  # a list of 50,000 files takes 5 to 12 MB


def items(file: BinaryIO) -> Iterator[Item]:
    """Yield the files of a zip, those nearest to the top first.

    Raises:
        SubmissionError: its list of files is too long.
        Exception: it is damaged.
    """
    with zipfile.ZipFile(_Bounded(file)) as archive:
        members = [(relative_path(member.filename), member) for member in archive.infolist()]
        copies = Counter(path for path, _ in members)
        for path, member in sorted(members, key=lambda pair: (pair[0].count("/"), pair[0])):
            copies[path] -= 1
            yield _item(archive, path, member, is_last=not copies[path])


def relative_path(name: str) -> str:
    """Return a name in an archive as a relative path that cannot leave the archive."""
    parts = re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/")
    path = "/".join(part for part in parts if part not in {"", ".", ".."})
    return f"{path}/" if parts[-1] == "" else path


def _item(archive: zipfile.ZipFile, path: str, member: zipfile.ZipInfo, is_last: bool) -> Item:
    if not is_last:  # as in an unpacked zip, the last file replaces the others
        return Item(
            path, why="the zip has this file again further down; that one counts", lost=False
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        return Item(path, why="a link, not followed")
    return Item(path, lambda: opened_zip(archive, member))


def opened_zip(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> AbstractContextManager[BinaryIO]:
    """Open one file of a zip.

    Raises:
        SubmissionError: it is too large, has a password, or uses a method without a size limit.
        Exception: it is damaged.
    """
    if member.flag_bits & 1:
        raise SubmissionError("it is protected by a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError("its compression method is not supported; expected deflate")
    if member.file_size > MAX_FILE_BYTES:
        raise SubmissionError(f"larger than {MAX_FILE_BYTES >> 20} MB")
    return archive.open(member)


class _Bounded(io.BufferedReader):
    """A file that refuses to read much at once: zipfile reads the list of files in one piece."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > MAX_LIST_BYTES:
            raise SubmissionError("its list of files is too long")
        return super().read(MAX_LIST_BYTES if size is None or size < 0 else size)

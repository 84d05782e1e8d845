"""List the files of a tar, with or without gzip, in one pass from beginning to end."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import BinaryIO

from grading.submissions.file_kinds import Item
from grading.submissions.unread import SubmissionError
from grading.submissions.zips import relative_path

MAX_HEADER_BYTES = 1 << 20


def items(file: BinaryIO, passing: Callable[[int], None]) -> Iterator[Item]:
    """Yield the files of a tar; each can be read only until the next one is requested.

    Args:
        passing: called with the number of bytes just unpacked, whether they are used or not.

    Raises:
        SubmissionError: a file's header is too long, or the end of the tar is missing.
        Exception: it is damaged, or `passing` raised it.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    stream = _Metered(gzip.GzipFile(fileobj=file) if packed else file, passing)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # tarfile would keep all of them in memory
            data = archive.extractfile(member) if member.isreg() else None
            stream.left = None
            yield Item(
                relative_path(member.name) + ("/" if member.isdir() else ""),
                data and (lambda data=data: nullcontext(data)),
                "" if data else "a link or a device, not followed",
            )
            # Not by reading: the holes of a sparse file would yield zeros almost for ever.
            archive.fileobj.seek(archive.offset)
            stream.left = MAX_HEADER_BYTES


class _Header(tarfile.TarInfo):
    """A header that raises an error if it is damaged; tarfile would take it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> tarfile.TarInfo:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise tarfile.ReadError(str(error)) from None
            raise  # a block of zeros marks the end


class _Metered:
    """A stream that counts the bytes read, and raises an error at its end.

    A complete tar has an end mark, so nothing reads up to the end of the stream. Without the error,
    tarfile would read on and on in a file that claims to have 2^60 bytes.

    Attributes:
        left: how many bytes may be read until this is set again; None for no limit.
    """

    def __init__(self, file: BinaryIO, passing: Callable[[int], None]) -> None:
        self._file = file
        self._passing = passing
        self.left: int | None = MAX_HEADER_BYTES

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        if not piece:
            raise SubmissionError("cut short: its end is missing")
        self._passing(len(piece))
        if self.left is not None:
            self.left -= len(piece)
            if self.left < 0:
                raise SubmissionError("the header of one of its files is too long")
        return piece

"""What lies in a tar, packed with gzip or not, read once from its beginning to its end."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import BinaryIO

from grading.submissions.places import Item
from grading.submissions.unread import SubmissionError
from grading.submissions.zips import place

MAX_HEADER_BYTES = 1 << 20
_PIECE = 1 << 20


def items(file: BinaryIO, passing: Callable[[int], None]) -> Iterator[Item]:
    """The files of a tar; each can be read until the next one is asked for.

    Args:
        passing: called with the number of bytes that had to be unpacked, wanted or not.

    Raises:
        SubmissionError: what describes a file is too long, or the tar's end is missing.
        Exception: it is damaged, or `passing` raised it.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    stream = _Metered(gzip.GzipFile(fileobj=file) if packed else file, passing)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # else it keeps every one
            data = archive.extractfile(member) if member.isreg() else None
            stream.left = None
            yield Item(
                place(member.name) + ("/" if member.isdir() else ""),
                data and (lambda data=data: nullcontext(data)),
                "" if data else "a link or a device, not followed",
            )
            while data and data.read(_PIECE):
                pass
            stream.left = MAX_HEADER_BYTES


class _Header(tarfile.TarInfo):
    """What describes a file; tarfile takes a damaged one, unless it is the first, for the end."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> tarfile.TarInfo:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise tarfile.ReadError(str(error)) from None
            raise  # a block of zeros: this is the end


class _Metered:
    """A stream that counts what is read of it, and ends with an error.

    (A tar says itself where it ends. And tarfile goes on asking where a file claims to be of 2^60
    bytes.)

    Attributes:
        left: how much may be read before this is set again; None for all.
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
                raise SubmissionError("what it says of one of its files is too long")
        return piece

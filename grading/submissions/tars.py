"""List the files of a tar, with or without gzip, in one pass from beginning to end."""

from __future__ import annotations

import gzip
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import BinaryIO

from grading.submissions.file_kinds import Item
from grading.submissions.unread import SubmissionError
from grading.submissions.zips import relative_path

MAX_HEADER_BYTES = 1 << 20
MAX_GLOBAL = 100  # records that apply to all files; `git archive` writes one
_RECORD = re.compile(rb"(\d{1,7}) [^=\n]{1,1000}=")  # of an extended header, up to its value
_DIGITS = re.compile(rb"(?<!\d)\d{41}")


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
            if len(archive.pax_headers) > MAX_GLOBAL:  # tarfile copies them for each file
                raise SubmissionError("its global header is too long")
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

    def _proc_pax(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        """Check an extended header before tarfile reads it.

        Before Python 3.11.10 and 3.12.6, tarfile takes hours for a header full of digits, and all
        memory for one whose records have no value.
        """
        file = archive.fileobj
        block = file.read(self._block(self.size))
        _check_pax(block[: self.size])
        archive.fileobj = _Again(block, file)
        try:
            return super()._proc_pax(archive)
        finally:
            archive.fileobj = file


def _check_pax(header: bytes) -> None:
    """Raise ReadError unless the header consists of records such as `17 path=a.ipynb\n`."""
    position = 0
    while position < len(header) and header[position]:
        record = _RECORD.match(header, position)
        end = position + int(record[1]) if record else 0
        if not record or not record.end() < end <= len(header) or header[end - 1 : end] != b"\n":
            raise tarfile.ReadError("an extended header is damaged")
        position = end
    if _DIGITS.search(header):
        raise tarfile.ReadError("an extended header has a number of more than 40 digits")


class _Again:
    """A stream of which one block has been read already; its first read returns that block."""

    def __init__(self, block: bytes, file: BinaryIO) -> None:
        self._block: bytes | None = block
        self._file = file

    def read(self, size: int) -> bytes:
        block, self._block = self._block, None
        return self._file.read(size) if block is None else block

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


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

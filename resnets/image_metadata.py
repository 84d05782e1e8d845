"""A picture's file without what only describes the picture.

Browsers pass over damaged or oversized metadata and show the picture; Pillow refuses some of it.
Who calls it: `resnets.images`, when Pillow cannot open a file as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# How long a PNG's list of transparent colours may be, by colour type: grey, RGB, palette.
_TRANSPARENCY = {b"\0": range(2, 3), b"\2": range(6, 7), b"\3": range(1, 257)}
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
_COLOURS = (b"JFIF\0", b"Adobe")  # how a JPEG's colours are to be read
_SHORTEST = 12  # bytes of any of these that can be used


def without_metadata(data: bytes, keep_exif: bool = True) -> bytes:
    """A PNG or JPEG with nothing but what makes the picture; any other file as it is.

    Args:
        keep_exif: EXIF says which way up the picture is; without it nothing is turned.
    """
    if data.startswith(_PNG):
        return b"".join(_png(data, (b"tRNS", b"eXIf") if keep_exif else (b"tRNS",)))
    if data.startswith(_JPEG):
        return b"".join(_jpeg(data, (b"Exif\0\0", *_COLOURS) if keep_exif else _COLOURS))
    return data


def _png(data: bytes, kept: tuple[bytes, ...]) -> Iterator[bytes]:
    """The signature, every critical chunk, and of the others those to keep that are whole."""
    yield _PNG
    place, kind = len(_PNG), b""
    while place + 12 <= len(data) and kind != b"IEND":
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        end = place + 12 + length
        is_critical = not kind[0] & 0x20  # a capital as first letter
        if is_critical or kind in kept and _is_whole(data[place + 4 : end], data[25:26]):
            yield data[place:end]
        place = end


def _is_whole(chunk: bytes, colours: bytes) -> bool:
    """Whether a chunk, from its name to its checksum, can be used."""
    if chunk.startswith(b"tRNS") and len(chunk) - 8 not in _TRANSPARENCY.get(colours, ()):
        return False
    return zlib.crc32(chunk[:-4]) == int.from_bytes(chunk[-4:])


def _jpeg(data: bytes, kept: tuple[bytes, ...]) -> Iterator[bytes]:
    """All but comments and the application segments that do not begin with what is to be kept.

    As other decoders do, it looks for the next marker where a segment is longer than it says.
    """
    yield data[:2]
    place = 2
    while 0 <= place < len(data) - 1 and data[place + 1] != _START_OF_SCAN:
        marker = data[place + 1]
        if marker in (0x00, 0xFF) or marker in _WITHOUT_LENGTH:
            end = place + 1
        else:
            end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
            about = 0xE0 <= marker <= 0xEF or marker == 0xFE
            content = data[place + 4 : end]
            if not about or content.startswith(kept) and len(content) >= _SHORTEST:
                yield data[place:end]
        place = data.find(b"\xff", end)
    if place >= 0:
        yield data[place:]

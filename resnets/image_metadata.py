"""Removes metadata from image files.

Browsers ignore damaged or oversized metadata and show the image; Pillow rejects some of it.
Who calls it: `resnets.images`, when Pillow cannot open a file as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# Allowed lengths of a PNG's list of transparent colours by colour type: grey, RGB, palette.
_TRANSPARENCY = {b"\0": range(2, 3), b"\2": range(6, 7), b"\3": range(1, 257)}
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
_COLOURS = (b"JFIF\0", b"Adobe")  # these segments say how to read a JPEG's colours
_SHORTEST = 12  # bytes of the shortest valid segment of these kinds


def without_metadata(data: bytes, keep_exif: bool = True) -> bytes:
    """A PNG or JPEG with only what is needed to show the image; any other file as it is.

    Args:
        data: the bytes of the file.
        keep_exif: whether to keep EXIF, which says which way up the image is.
    """
    if data.startswith(_PNG):
        return b"".join(_png(data, (b"tRNS", b"eXIf") if keep_exif else (b"tRNS",)))
    if data.startswith(_JPEG):
        return b"".join(_jpeg(data, (b"Exif\0\0", *_COLOURS) if keep_exif else _COLOURS))
    return data


def _png(data: bytes, kept: tuple[bytes, ...]) -> Iterator[bytes]:
    """The signature, every critical chunk, and undamaged chunks of the kinds in `kept`."""
    yield _PNG
    position, kind = len(_PNG), b""
    while position + 12 <= len(data) and kind != b"IEND":
        length, kind = (
            int.from_bytes(data[position : position + 4]),
            data[position + 4 : position + 8],
        )
        end = position + 12 + length
        is_critical = not kind[0] & 0x20  # a capital as first letter
        if is_critical or kind in kept and _is_whole(data[position + 4 : end], data[25:26]):
            yield data[position:end]
        position = end


def _is_whole(chunk: bytes, colours: bytes) -> bool:
    """Whether a chunk, from its name to its checksum, is undamaged."""
    if chunk.startswith(b"tRNS") and len(chunk) - 8 not in _TRANSPARENCY.get(colours, ()):
        return False
    return zlib.crc32(chunk[:-4]) == int.from_bytes(chunk[-4:])


def _jpeg(data: bytes, kept: tuple[bytes, ...]) -> Iterator[bytes]:
    """Everything except comments and application segments that do not begin as in `kept`.

    If a segment is longer than its length field says, the next marker is searched for, as other
    decoders do.
    """
    yield data[:2]
    position = 2
    while 0 <= position < len(data) - 1 and data[position + 1] != _START_OF_SCAN:
        marker = data[position + 1]
        if marker in (0x00, 0xFF) or marker in _WITHOUT_LENGTH:
            end = position + 1
        else:
            end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
            is_metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
            content = data[position + 4 : end]
            if not is_metadata or content.startswith(kept) and len(content) >= _SHORTEST:
                yield data[position:end]
        position = data.find(b"\xff", end)
    if position >= 0:
        yield data[position:]

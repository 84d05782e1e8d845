"""Odd metadata in a file is no reason to refuse the image, and needs no memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

import resnets_utils as utils
from resnets import images
from resnets.images import ImageError

IMAGE = Image.effect_mandelbrot((120, 90), (-3, -2.5, 2, 2.5), 100).convert("RGB")


def encoded(kind: str, image: Image.Image = IMAGE, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


PNG, JPEG = encoded("PNG"), encoded("JPEG", quality=95)
BOMB = zlib.compress(bytes(64 << 20), 9)  # 64 KB that are 64 MB
# EXIF that says that the image is upside down, and EXIF whose resolution is not a number.
ORIENTATION = struct.pack("<HHII", 0x0112, 3, 1, 3)
HEAD_DOWN = b"II*\0" + struct.pack("<IH", 8, 1) + ORIENTATION + bytes(4)
RESOLUTION = struct.pack("<HHII", 0x011A, 7, 1, 0) + struct.pack("<HHII", 0x0128, 3, 1, 2)
NO_RESOLUTION = b"II*\0" + struct.pack("<IH", 8, 3) + ORIENTATION + RESOLUTION + bytes(4)


def chunk(kind: bytes, data: bytes = b"", checksum: int | None = None) -> bytes:
    """A PNG's chunk, by default with the right checksum."""
    checksum = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png_with(chunks: bytes, before: bytes = b"IDAT", png: bytes = PNG) -> bytes:
    position = png.index(before) - 4
    return png[:position] + chunks + png[position:]


def jpeg_with(marker: int, data: bytes, says: int | None = None) -> bytes:
    """A JPEG with one more segment, which may say another length than it has."""
    says = len(data) + 2 if says is None else says
    return JPEG[:2] + bytes([0xFF, marker]) + struct.pack(">H", says) + data + JPEG[2:]


@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
@pytest.mark.parametrize(
    "chunks",
    [
        chunk(b"tEXt", b"Comment\0" + b"x" * (3 << 20)),
        chunk(b"zTXt", b"Comment\0\0" + BOMB),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 20))) * 100,
        chunk(b"zTXt", b"Comment\0\0no zlib at all"),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB),
        chunk(b"iTXt", b"\xff\0\0\0\0\0\xff\xfe"),
        chunk(b"iCCP", b"sRGB\0\0" + BOMB),
        chunk(b"iCCP", b"sRGB"),
        chunk(b"gAMA", b"\0"),
        chunk(b"cHRM", b"short"),
        chunk(b"pHYs"),
        chunk(b"sRGB"),
        chunk(b"tRNS", b"\0"),
        chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
        chunk(b"acTL", b"\0"),
        chunk(b"tEXt", b"Comment\0checksum", checksum=1),
        chunk(b"iCCP", b"checksum", checksum=1),
        chunk(b"eXIf", b"checksum", checksum=1),
        chunk(b"prVt", b"checksum", checksum=1),
    ],
)
def test_odd_metadata_does_not_change_a_png(chunks, before):
    np.testing.assert_array_equal(utils.load_image(png_with(chunks, before)), utils.load_image(PNG))


def test_data_after_a_png_are_ignored():
    for rest in (b"garbage", PNG, bytes(100_000), chunk(b"IDAT", b"more")):
        np.testing.assert_array_equal(utils.load_image(PNG + rest), utils.load_image(PNG))


ODD = chunk(b"gAMA", b"\0")  # Pillow cannot open the file as it is


def test_metadata_that_changes_the_image_of_a_png_is_kept():
    palette = Image.new("P", (100, 100), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.paste(1, (50, 0, 100, 100))
    png = png_with(ODD, png=encoded("PNG", palette, transparency=0))
    assert (utils.load_image(png)[:, :28] == 255).all()  # white behind what is transparent
    turned = utils.load_image(png_with(ODD + chunk(b"eXIf", HEAD_DOWN)))
    np.testing.assert_array_equal(turned, utils.load_image(PNG)[::-1, ::-1])
    animation = encoded("PNG", save_all=True, append_images=[Image.new("RGB", (120, 90), "red")])
    np.testing.assert_array_equal(
        utils.load_image(png_with(ODD, png=animation)), utils.load_image(PNG)
    )


@pytest.mark.parametrize(
    "png",
    [
        PNG.replace(b"IDAT", b"IDAU"),
        PNG[: PNG.index(b"IDAT") + 40] + b"\xff" + PNG[PNG.index(b"IDAT") + 41 :],
        PNG[:20] + b"\xff" + PNG[21:],  # the size, in IHDR
        PNG[:-12],  # no IEND
        png_with(chunk(b"PLTE", b"\0\0\0", checksum=1)),
        PNG[:33] + struct.pack(">I", 1 << 30) + PNG[37:],  # a length that lies
    ],
)
@pytest.mark.parametrize("odd", [b"", ODD])
def test_a_png_that_is_damaged_itself_is_refused(png, odd):
    with pytest.raises(ImageError, match=r"damaged or cut short|its start is damaged"):
        utils.load_image(png[:33] + odd + png[33:])


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"JFIF",
        b"Adobe",
        b"Exif\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
        b"MPF\0II*\0",
        b"MPF\0MM\0*\0\0\0\x08\0\1\xb0\1\0\4\0\0\0\1\0\0\0\2",
        b"ICC_PROFILE\0",
        b"ICC_PROFILE\0\x05\x02xx",
        b"Photoshop 3.0\0008BIM",
        b"FPXR\0",
        b"x" * 60_000,
    ],
)
def test_odd_metadata_does_not_change_a_jpeg(marker, data):
    np.testing.assert_array_equal(utils.load_image(jpeg_with(marker, data)), utils.load_image(JPEG))


@pytest.mark.parametrize("says", [0, 2, 20])
def test_segment_longer_than_it_says_does_not_change_a_jpeg(says):
    odd = jpeg_with(0xE5, b"x" * 50 + b"\xff\0" + b"x" * 50, says)
    np.testing.assert_array_equal(utils.load_image(odd), utils.load_image(JPEG))


def test_metadata_that_changes_the_image_of_a_jpeg_is_kept():
    upright = utils.load_image(JPEG)
    odd = jpeg_with(0xEE, b"Adobe")
    exif = jpeg_with(0xE1, b"Exif\0\0" + HEAD_DOWN)[: 2 - len(JPEG)]
    turned = exif + odd[2:]
    np.testing.assert_array_equal(utils.load_image(turned), upright[::-1, ::-1])
    # EXIF that Pillow cannot read at all turns nothing, and costs nothing else.
    unreadable = jpeg_with(0xE1, b"Exif\0\0" + NO_RESOLUTION)
    np.testing.assert_array_equal(utils.load_image(unreadable), upright)
    # Adobe's word on colours: they are RGB and not to be converted.
    assert JPEG[6:10] == b"JFIF"
    raw = JPEG[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + JPEG[20:]
    odd = raw[:2] + b"\xff\xe0\0\6JFIF" + raw[2:]
    np.testing.assert_array_equal(utils.load_image(odd), utils.load_image(raw))
    assert (utils.load_image(raw) != upright).any()


def test_compressed_metadata_is_not_unpacked():
    for data in (
        png_with(chunk(b"zTXt", b"k\0\0" + BOMB) * 20),
        png_with(chunk(b"iCCP", b"k\0\0" + BOMB) * 20, b"IEND"),
    ):
        tracemalloc.start()
        utils.load_image(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < (10 << 20)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "hand.png"
    with path.open("wb") as file:
        file.truncate(images.LARGEST_FILE + 1)  # sparse: it takes no space
    with pytest.raises(ImageError, match=r"hand.png is far too large: 500 MB, at most 500 MB"):
        utils.load_image(path)

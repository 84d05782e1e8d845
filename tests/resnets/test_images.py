"""Images of any size and kind become the network's input; other files are refused with a reason."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import resnets_utils as utils
from resnets.images import ImageError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters(size: int = 200) -> Image.Image:
    """Red and green above, blue and white below."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize((size, size), Image.Resampling.NEAREST)


def corners(image: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(map(int, image[y, x])) for y in (8, 56) for x in (8, 56)]


def test_path_bytes_and_upload_give_the_same_image(tmp_path):
    data = encoded(quarters())
    path = tmp_path / "my hand.png"
    path.write_bytes(data)
    expected = utils.load_image(path)
    assert expected.shape == (64, 64, 3) and expected.dtype == np.uint8
    assert corners(expected) == [RED, GREEN, BLUE, WHITE]
    upload = {"name": "old.png", "content": memoryview(encoded(Image.new("RGB", (9, 9))))}
    last = {"name": "hand.png", "type": "image/png", "content": memoryview(data)}
    for source in (str(path), data, bytearray(data), memoryview(data), (upload, last)):
        np.testing.assert_array_equal(utils.load_image(source), expected)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (64, 64), (1, 400), (5000, 40)])
def test_images_of_any_size_are_loaded(size):
    image = utils.load_image(encoded(Image.new("RGB", size, (10, 120, 200))))
    assert image.shape == (64, 64, 3) and (image == (10, 120, 200)).all()


def test_the_centre_square_is_kept():
    wide = Image.new("RGB", (300, 100), BLUE)
    wide.paste(quarters(100), (100, 0))
    assert corners(utils.load_image(encoded(wide))) == [RED, GREEN, BLUE, WHITE]
    tall = Image.new("RGB", (100, 300), BLUE)
    tall.paste(quarters(100), (0, 100))
    assert corners(utils.load_image(encoded(tall))) == [RED, GREEN, BLUE, WHITE]


def test_shrinking_smooths():
    stripes = np.zeros((640, 640, 3), np.uint8)
    stripes[:, ::2] = 255  # every second column: any decimation without smoothing is flat 0 or 255
    inner = utils.load_image(encoded(Image.fromarray(stripes)))[4:-4, 4:-4]
    assert 118 <= inner.min() and inner.max() <= 138


def test_fifty_megapixel_jpeg_is_decoded_small(monkeypatch):
    data = encoded(quarters(1000).resize((8000, 6250)), "JPEG", quality=60)
    decoded: list[tuple[int, int]] = []
    crop = Image.Image.crop
    monkeypatch.setattr(Image.Image, "crop", lambda i, box: decoded.append(i.size) or crop(i, box))
    image = utils.load_image(data)
    assert decoded[0] == (1000, 782)  # an eighth of each side: what makes it quick
    assert np.abs(np.subtract(corners(image), [RED, GREEN, BLUE, WHITE])).max() <= 6


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "PNG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("I;16", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "JPEG"),
        ("LAB", "TIFF"),
        ("F", "TIFF"),
        ("I", "TIFF"),
    ],
)
def test_any_mode_shows_light_and_dark(mode, kind):
    half = Image.new("L", (80, 80), 255)
    half.paste(0, (0, 0, 40, 80))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(half).astype(np.uint16) * 257)
    elif mode == "LAB":
        neutral = Image.new("L", half.size, 128)
        image = Image.merge("LAB", (half, neutral, neutral))
    elif mode == "F":
        image = Image.fromarray(np.asarray(half).astype(np.float32) / 255)
    elif mode == "CMYK":
        image = half.convert("RGB").convert("CMYK")
    else:
        image = half.convert(mode)
    loaded = utils.load_image(encoded(image, kind)).astype(int)
    assert loaded[:, :28].max() <= 12 and loaded[:, 36:].min() >= 243


def test_sixteen_bit_grey_is_scaled_not_clipped():
    values = np.full((70, 70), 128 * 257, np.uint16)
    assert (utils.load_image(encoded(Image.fromarray(values))) == 128).all()


def test_transparent_parts_become_white():
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (50, 0, 100, 100))
    loaded = utils.load_image(encoded(image))
    assert (loaded[:, :28] == 255).all() and (loaded[:, 36:] == RED).all()
    palette = Image.new("P", (100, 100), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.paste(1, (50, 0, 100, 100))
    image = utils.load_image(encoded(palette, transparency=0))
    assert (image[:, :28] == 255).all() and (image[:, 36:] == RED).all()
    half = Image.new("LA", (10, 10), (0, 51))
    assert (utils.load_image(encoded(half)) == 204).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_image_is_turned_upright(orientation):
    """For every orientation, the stored pixels give the same upright image."""
    stored = quarters()
    undo = {
        2: "FLIP_LEFT_RIGHT",
        3: "ROTATE_180",
        4: "FLIP_TOP_BOTTOM",
        5: "TRANSPOSE",
        6: "ROTATE_90",
        7: "TRANSVERSE",
        8: "ROTATE_270",
    }
    if orientation in undo:
        stored = stored.transpose(Image.Transpose[undo[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = utils.load_image(encoded(stored, "PNG", exif=exif))
    assert corners(image) == [RED, GREEN, BLUE, WHITE]


def test_image_with_damaged_exif_is_loaded():
    data = encoded(quarters(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff", quality=95)
    assert utils.load_image(data).shape == (64, 64, 3)


def test_first_frame_of_an_animation_is_loaded():
    frames = [Image.new("RGB", (70, 70), colour) for colour in (GREEN, RED)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (utils.load_image(data) == GREEN).all()


def error_of(source) -> str:
    with pytest.raises(ImageError) as caught:
        utils.load_image(source)
    return str(caught.value)


def test_paths_that_are_not_images_are_refused(tmp_path):
    assert "is a folder" in error_of(tmp_path)
    missing = error_of(tmp_path / "hand.jpg")
    assert "There is no file" in missing and "relative to the notebook's folder" in missing
    (tmp_path / "empty.jpg").touch()
    assert "empty.jpg is empty (0 bytes)" in error_of(tmp_path / "empty.jpg")
    assert "not a regular file" in error_of("/dev/null")


def test_uploads_that_are_not_images_are_refused():
    assert "No file has been chosen yet" in error_of(())
    assert "got int" in error_of(3) and "got tuple" in error_of(("hand.jpg",))
    assert "hand.txt is not an image" in error_of([{"name": "hand.txt", "content": b"hello"}])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"hello, world" * 20, "of an unknown kind"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'<?xml version="1.0"?><svg/>', "an SVG drawing"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(40), "HEIC"),
    ],
)
def test_other_kinds_of_file_are_named(data, expected):
    message = error_of(data)
    assert expected in message and "save it again as JPEG or PNG" in message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_file_cut_short_is_refused(kind):
    noise = np.random.RandomState(0).randint(0, 256, (99, 99, 3)).astype(np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    message = error_of(data[: len(data) // 2])
    assert "damaged or cut short" in message or "is not an image that can be opened" in message
    assert "Try another image" in message


def test_file_damaged_inside_is_refused():
    data = bytearray(encoded(quarters(), "PNG"))
    data[60:80] = b"\xff" * 20
    assert "damaged or cut short" in error_of(bytes(data))


def test_image_that_is_too_large_is_refused():
    assert "12000 by 9000 pixels are 108 megapixels, at most 100" in error_of(
        encoded(Image.new("1", (12000, 9000)))
    )
    assert "far too large" in error_of(encoded(Image.new("1", (20000, 18000))))


def test_lack_of_memory_is_reported(monkeypatch):
    def refuse(*args):
        raise MemoryError

    monkeypatch.setattr(Image.Image, "crop", refuse)
    assert "needs more memory than this machine has" in error_of(encoded(quarters()))


def test_input_is_float_between_0_and_1():
    x = utils.to_input(utils.load_image(encoded(quarters())))
    assert x.shape == (1, 64, 64, 3) and x.dtype == np.float32
    assert x.min() == 0 and x.max() == 1
    np.testing.assert_allclose(utils.to_input(np.full((64, 64, 3), 51, np.uint8)), 0.2)


@pytest.mark.parametrize(
    "image", [np.zeros((1, 64, 64, 3), np.uint8), np.zeros((64, 64, 3)), np.zeros((9, 9, 3), "u1")]
)
def test_input_of_another_shape_or_type_is_refused(image):
    with pytest.raises(ImageError, match=r"\(64, 64, 3\), dtype uint8, got .* with load_image"):
        utils.to_input(image)

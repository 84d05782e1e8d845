"""Turns any image file into the 64 by 64 input of the model.

Who calls it: lessons 4 and 6, with a path or the value of an upload button.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resnets.image_metadata import without_metadata

SIZE = 64
# Limit for the whole decoded image: 100 megapixels are 400 MB as RGBA.
LARGEST_PIXELS = 100_000_000
LARGEST_FILE = 500_000_000  # bytes
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ADVICE = "Try another image, or open it in an image program and save it again as JPEG or PNG."


class ImageError(ValueError):
    """A file cannot be used as an image; the message says why and what to do."""


def load_image(source: Any) -> np.ndarray:
    """Load an image of any size and kind as the network sees it: uint8 of shape (64, 64, 3).

    The image is turned upright (EXIF orientation), cropped to the square in its centre and shrunk
    with anti-aliasing; transparent parts become white.

    Args:
        source: a path, the bytes of a file, or the value of an ipywidgets `FileUpload` (its last
            file is taken).

    Raises:
        ImageError: the file is missing, empty, not an image, damaged or too large.
    """
    return _decoded(source, _to_square_rgb)


def load_upright(source: Any, longest: int = 480) -> np.ndarray:
    """The whole image, turned upright and shrunk, to show beside the network's input.

    Args:
        source: as for `load_image`.
        longest: limit for the longer side, in pixels.

    Returns:
        uint8 of shape (h, w, 3).

    Raises:
        ImageError: as `load_image`.
    """
    return _decoded(source, lambda image, name: _to_upright_rgb(image, name, longest))


def to_input(image: np.ndarray) -> np.ndarray:
    """The model's input for one image: float32 of shape (1, 64, 64, 3) with values in [0, 1].

    Raises:
        ImageError: `image` is not uint8 of shape (64, 64, 3).
    """
    image = np.asarray(image)
    if image.shape != (SIZE, SIZE, 3) or image.dtype != np.uint8:
        raise ImageError(
            f"to_input: expected one image of shape (64, 64, 3), dtype uint8, got shape "
            f"{image.shape}, dtype {image.dtype}. Load it with load_image."
        )
    return (image[np.newaxis] / 255.0).astype(np.float32)


def _decoded(source: Any, convert: Callable[[Image.Image, str], np.ndarray]) -> np.ndarray:
    """Open `source` and convert it; any failure becomes an ImageError."""
    data, name = _read(source)
    try:
        return _converted_despite_metadata(data, name, convert)
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is far too large: {error} Shrink it first.") from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(_not_an_image(data, name)) from error
    except MemoryError as error:
        raise ImageError(
            f"{name} needs more memory than this machine has. Shrink it first."
        ) from error
    except Exception as error:
        raise ImageError(
            f"{name} is damaged or cut short and cannot be decoded ({error}). {_ADVICE}"
        ) from error


def _converted_despite_metadata(data: bytes, name: str, convert: Callable) -> np.ndarray:
    """Open and convert; if that fails, try again without the file's metadata."""
    attempts = (lambda: data, lambda: without_metadata(data), lambda: without_metadata(data, False))
    failure: Exception = ImageError(_not_an_image(data, name))
    for attempt in attempts:
        try:
            return _converted(attempt(), name, convert)
        except (ImageError, Image.DecompressionBombError, MemoryError):
            raise
        except Exception as error:  # Pillow's decoders raise nearly any exception on damaged files
            failure = error
    raise failure


def _converted(data: bytes, name: str, convert: Callable) -> np.ndarray:
    with warnings.catch_warnings():
        # Pillow warns of large images, but `_draft` has a limit of its own.
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            image.verify()  # a PNG's checksums: decoding ignores them
        with Image.open(io.BytesIO(data)) as image:
            return convert(image, name)


def _read(source: Any) -> tuple[bytes, str]:
    """The bytes of the file, and its name in messages."""
    if isinstance(source, str | os.PathLike):
        return _read_file(Path(source).expanduser())
    if isinstance(source, bytes | bytearray | memoryview):
        return _not_empty(bytes(source), "The image")
    if isinstance(source, tuple | list):  # FileUpload.value: a dictionary for each file
        if not source:
            raise ImageError("No file has been chosen yet. Press the upload button first.")
        upload = source[-1]
        if hasattr(upload, "get") and upload.get("content") is not None:
            return _not_empty(bytes(upload["content"]), str(upload.get("name", "The upload")))
    raise ImageError(
        f"load_image: expected a path, the bytes of a file or the value of a FileUpload, got "
        f"{type(source).__name__}. Write for example load_image('my_hand.jpg')."
    )


def _read_file(path: Path) -> tuple[bytes, str]:
    if path.is_dir():
        raise ImageError(f"{path} is a folder. Give the path of an image in it.")
    if not path.exists():
        raise ImageError(
            f"There is no file {path}. A path is relative to the notebook's folder, {Path.cwd()}."
        )
    if not path.is_file():
        raise ImageError(f"{path} is not a regular file. Give the path of an image.")
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise ImageError(
                f"{path} is far too large: {size / 1e6:,.0f} MB, at most "
                f"{LARGEST_FILE / 1e6:.0f} MB can be read. Shrink the image first."
            )
        return _not_empty(path.read_bytes(), path.name)
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}.") from error


def _not_empty(data: bytes, name: str) -> tuple[bytes, str]:
    if not data:
        raise ImageError(f"{name} is empty (0 bytes). Copy or download it again.")
    return data, name


def _not_an_image(data: bytes, name: str) -> str:
    start = data[:512].lstrip().lower()
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        kind = (
            "a HEIC image, which cannot be read here (an iPhone saves JPEG after a choice of "
            "Settings, Camera, Formats, Most Compatible)"
        )
    elif data[4:8] == b"ftyp":
        kind = "probably a video"
    elif start.startswith((b"<svg", b"<?xml")):
        kind = "probably an SVG drawing"
    elif start.startswith((b"<!doctype", b"<html")):
        kind = "a web page"
    elif start.startswith(b"%pdf"):
        kind = "a PDF document"
    else:
        kind = "of an unknown kind, or its start is damaged"
    return f"{name} is not an image that can be opened: it is {kind}. {_ADVICE}"


def _to_square_rgb(image: Image.Image, name: str) -> np.ndarray:
    _draft(image, name, 4 * SIZE)  # four times the final size is kept, for the anti-aliasing
    width, height = image.size
    turn = _TURNS.get(_orientation(image))
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    square = _to_plain_mode(image.crop((left, top, left + side, top + side)))
    small = square.resize((SIZE, SIZE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if turn is not None:
        small = small.transpose(turn)
    return np.asarray(_on_white(small), dtype=np.uint8)


def _to_upright_rgb(image: Image.Image, name: str, longest: int) -> np.ndarray:
    _draft(image, name, longest)
    turn = _TURNS.get(_orientation(image))
    plain = _to_plain_mode(image)
    plain.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    upright = _on_white(plain)
    return np.asarray(upright if turn is None else upright.transpose(turn), dtype=np.uint8)


def _draft(image: Image.Image, name: str, side: int) -> None:
    """Choose a coarse decoding where possible; refuse what would not fit into memory."""
    # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size at once: a phone's photograph then
    # takes milliseconds.
    full_width, full_height = image.size
    image.draft("RGB", (side, side))
    width, height = image.size
    if width * height > LARGEST_PIXELS:
        raise ImageError(
            f"{name} is too large: {full_width} by {full_height} pixels are "
            f"{full_width * full_height / 1e6:.0f} megapixels, at most "
            f"{LARGEST_PIXELS // 1_000_000} can be read. Shrink it first."
        )


def _on_white(image: Image.Image) -> Image.Image:
    """RGB, with white behind transparent parts."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # a damaged EXIF block is no reason to refuse the image
        return 1


def _to_plain_mode(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where a pixel may be transparent."""
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of more than 8 bits, or floats, scaled to the range 0 to 255."""
    values = np.asarray(image, dtype=np.float64)
    if image.mode == "F" and values.max() <= 1:
        values = values * 255
    elif image.mode.startswith("I;16") or values.max() > 255:
        values = values / 257  # 65535 becomes 255
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))

"""Lesson 6 shows the image that the network gets, upright and whole."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from resnets.images import ImageError, load_image, load_upright
from resnets.plots.model_input import show_input

RED, BLUE = (200, 20, 20), (20, 20, 200)


def _two_halves(width=300, height=600):
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def _as_file(image, kind="PNG", **options):
    memory = io.BytesIO()
    image.save(memory, kind, **options)
    return memory.getvalue()


def _is_upright(array):
    return abs(array[0].mean(0) - RED).max() < 9 and abs(array[-1].mean(0) - BLUE).max() < 9


def test_whole_image_keeps_its_shape():
    whole = load_upright(_as_file(_two_halves()), longest=100)
    assert whole.shape == (100, 50, 3) and whole.dtype == np.uint8
    assert _is_upright(whole)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_turned_image_is_shown_upright(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    data = _as_file(_two_halves().rotate(90, expand=True), kind, exif=exif)
    whole = load_upright(data, longest=100)
    assert whole.shape == (100, 50, 3)
    assert _is_upright(whole) and _is_upright(load_image(data))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
def test_any_mode_is_shown(mode):
    data = _as_file(
        _two_halves().convert("L").convert(mode)
        if mode[0] in "IF1"
        else _two_halves().convert(mode),
        "TIFF",
    )
    assert load_upright(data, longest=64).shape == (64, 32, 3)


def test_transparent_parts_are_white():
    assert (load_upright(_as_file(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))) == 255).all()


def test_small_image_is_not_enlarged():
    assert load_upright(_as_file(Image.new("RGB", (1, 1), RED))).tolist() == [[list(RED)]]


def test_figure_shows_the_exact_input_and_frames_it():
    data = _as_file(_two_halves(400, 200))
    figure = show_input(data)
    left, right = figure.axes
    np.testing.assert_array_equal(right.images[0].get_array(), load_image(data))
    frame = left.patches[0]
    assert frame.get_width() == frame.get_height() == 200
    assert frame.get_x() == pytest.approx(99.5) and frame.get_y() == pytest.approx(-0.5)
    assert "64 by 64" in figure.alt


def test_damaged_file_is_refused_with_a_reason():
    with pytest.raises(ImageError, match="damaged|not an image"):
        show_input(_as_file(_two_halves())[:60])

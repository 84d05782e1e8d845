"""How wide text is: the advance widths of DejaVu Sans, from the font files in matplotlib.

DejaVu Sans is the widest font of the stack that the figures ask for (see `style.FONT`). Text laid
out with its widths therefore has room to spare in Helvetica, Arial or Liberation Sans. The font
file comes with matplotlib, so that the layout is the same on every machine. Called by
`canvas.Canvas`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_UNITS = 2048  # the font's grid has this many units per font size: at this size nothing is rounded


@cache
def _face(name: str) -> ImageFont.FreeTypeFont:
    basic = ImageFont.Layout.BASIC  # the other engine is not part of every build of Pillow
    return ImageFont.truetype(str(_FOLDER / f"{name}.ttf"), _UNITS, layout_engine=basic)


@cache
def _thousandths(char: str, name: str) -> int:
    """Width of a character in thousandths of the font size."""
    return round(_face(name).getlength(char) * 1000 / _UNITS)


def text_width(text: str, size: float, bold: bool = False, mono: bool = False) -> float:
    """Width of `text` in pixels at font size `size`, without kerning."""
    name = "DejaVuSansMono" if mono else "DejaVuSans-Bold" if bold else "DejaVuSans"
    return sum(_thousandths(char, name) for char in text) * size / 1000

"""Figures as text, to compare them with the stored drawings in `tests/drawings/`.

    python -m tests.support.drawings    # store the figures as they are drawn now

A stored drawing is an SVG file, so that a reviewer sees in a diff, and on the page, what a change
does to a figure. Another machine may place something a fraction of a pixel away; that is no
difference.
"""

from __future__ import annotations

import base64
import html
import io
import itertools
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image

from resnets.plots.model_diagram import ModelDiagram
from resnets.plots.style import LessonFigure

FOLDER = Path(__file__).resolve().parent.parent / "drawings"
COMMAND = "python -m tests.support.drawings"
# Text stays text, and the same figure has the same names inside.
_TEXT = {"svg.fonttype": "none", "svg.hashsalt": "drawings", "svg.image_inline": True}
_NO_ORIGIN = {"Date": None, "Creator": None, "Type": None, "Format": None}
_NUMBER = re.compile(r"(?<![\w#.-])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
_IMAGE = re.compile(r'xlink:href="data:image/png;base64,([^"]+)"')


def as_text(figure: LessonFigure | ModelDiagram) -> str:
    """Return a figure as an SVG with short numbers, and its text alternative as the description.

    An image becomes its size and the mean colours of its quarters: PNG files of the same pixels
    differ between versions of the library that writes them.
    """
    if isinstance(figure, ModelDiagram):
        return _NUMBER.sub(_shorter, figure.svg).replace("><", ">\n<") + "\n"
    buffer = io.StringIO()
    with mpl.rc_context(_TEXT):
        figure.savefig(buffer, format="svg", metadata=_NO_ORIGIN)
    drawing = _NUMBER.sub(_shorter, _IMAGE.sub(_colours, buffer.getvalue()))
    lines = [line.strip() for line in drawing.splitlines()]
    description = f"<desc>{html.escape(figure.description())}</desc>"
    start = next(row for row, line in enumerate(lines) if line.startswith("<defs"))
    return "\n".join([*lines[:start], description, *lines[start:]]) + "\n"


def _shorter(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _colours(image: re.Match) -> str:
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image[1]))).convert("RGB"), float)
    quarters = [part for half in np.array_split(pixels, 2) for part in np.array_split(half, 2, 1)]
    means = [f"{value:.0f}" for part in quarters for value in part.mean(axis=(0, 1))]
    return f'data-pixels="{pixels.shape[1]} {pixels.shape[0]}" data-colours="{" ".join(means)}"'


def first_difference(stored: str, drawn: str) -> str | None:
    """Return the first line in which two drawings differ, stored and as it is now, or None."""
    pairs = itertools.zip_longest(stored.splitlines(), drawn.splitlines(), fillvalue="(nothing)")
    for number, (old, new) in enumerate(pairs, start=1):
        if not _same(old, new):
            return f"line {number}\n  stored: {old[:300]}\n  drawn:  {new[:300]}"
    return None


def _same(old: str, new: str) -> bool:
    if old == new:
        return True
    if _NUMBER.sub("0", old) != _NUMBER.sub("0", new):
        return False
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    return all(abs(float(a) - float(b)) <= 0.06 + 0.002 * abs(float(a)) for a, b in pairs)


def difference_from_stored(name: str, figure: LessonFigure | ModelDiagram) -> str | None:
    """Return how a figure differs from the stored drawing of this name, or None."""
    path = FOLDER / f"{name}.svg"
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    return first_difference(stored, as_text(figure))


def store() -> None:
    """Write all drawings, and delete those that no test draws any more."""
    from tests.support.plots_to_draw import PLOTS
    from tests.support.widgets_to_draw import WIDGETS

    figures = {**PLOTS, **WIDGETS}
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.svg"):
        if path.stem not in figures:
            path.unlink()
    for name, draw in figures.items():
        (FOLDER / f"{name}.svg").write_text(as_text(draw()), encoding="utf-8")
    print(f"{len(figures)} drawings are stored in {FOLDER}.")


if __name__ == "__main__":
    store()

"""A sheet of the SIGNS data set: examples of each class with its label and one-hot code.

Called by `python -m images`.
"""

from __future__ import annotations

from resnets.data import CLASSES

from . import photos
from .canvas import Canvas
from .geometry import Box
from .style import GREY, MARGIN, RULE, SMALL, WIDTH, Font

ROWS = 4
TILE, GAP_X, GAP_Y, TOP = 112, 9.6, 10, 106


def draw() -> Canvas:
    """The figure."""
    images, labels = photos.signs()
    side = images.shape[1]
    canvas = Canvas(
        WIDTH,
        TOP + ROWS * (TILE + GAP_Y) + 42,
        "The SIGNS data set",
        f"Six columns of hands, one for each label from 0 to 5, {ROWS} images each.",
    )
    canvas.heading(
        "SIGNS: six classes, the number that the hand shows",
        f"{len(labels)} rendered images, {side}×{side} pixels; below: the label as one-hot code.",
    )
    for label in range(CLASSES):
        left = MARGIN + label * (TILE + GAP_X)
        canvas.text(left + TILE / 2, TOP - 17, f"y = {label}", Font(16, bold=True), "middle")
        for row, index in enumerate(photos.examples(label, ROWS)):
            top = TOP + row * (TILE + GAP_Y)
            box = Box(left, top, left + TILE, top + TILE)
            canvas.jpeg(box, photos.jpeg(index))
            canvas.rect(box, "none", stroke=RULE, width=1, radius=0)
        code = " ".join("1" if k == label else "0" for k in range(CLASSES))
        y = TOP + ROWS * (TILE + GAP_Y) + 12
        canvas.text(left + TILE / 2, y, f"[{code}]", Font(SMALL, mono=True, color=GREY), "middle")
    return canvas

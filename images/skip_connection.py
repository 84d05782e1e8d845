"""A plain path beside a path with shortcuts, and how the gradient comes back through each.

Called by `python -m images`.
"""

from __future__ import annotations

from .canvas import Canvas
from .geometry import Box
from .style import BOLD, GRADIENT, GREY, MARGIN, RULE, SHORTCUT, SMALL_TEXT, WIDTH, Font

LAYER, HIGH = 62, 52
FORWARD, BACK = -11, 13  # the two directions' distance from the axis
BLOCKS = 3


def draw() -> Canvas:
    """The figure."""
    canvas = Canvas(
        WIDTH,
        484,
        "A plain path and a path with shortcuts",
        "Above: six layers in a row; the gradient arrow from the loss back to x gets thinner at "
        "every layer. Below: the same layers with a shortcut over every two; along the shortcuts "
        "the gradient keeps its size.",
    )
    canvas.heading("On the way back, a shortcut passes the gradient on undiminished")
    _legend(canvas, 54)
    _plain(canvas, 150)
    canvas.line([(MARGIN, 236), (WIDTH - MARGIN, 236)], RULE, 1)
    _residual(canvas, 356)
    return canvas


def _legend(canvas: Canvas, y: float) -> None:
    canvas.arrow([(MARGIN, y), (MARGIN + 30, y)])
    x = canvas.text(MARGIN + 38, y, "forward", SMALL_TEXT).right + 24
    canvas.arrow([(x, y), (x + 30, y)], SHORTCUT, 3, size=11)
    x = canvas.text(x + 38, y, "shortcut, forward", SMALL_TEXT).right + 24
    canvas.arrow([(x + 34, y), (x, y)], GRADIENT, 6, size=15)
    canvas.text(x + 42, y, "gradient, backward; thickness: its size (sketch)", SMALL_TEXT)


def _layer(canvas: Canvas, x: float, axis: float) -> None:
    box = Box(x, axis - HIGH / 2, x + LAYER, axis + HIGH / 2)
    canvas.rect(box, RULE, 0.4, GREY)
    canvas.text(box.cx, box.cy, "layer", anchor="middle", within=box)


def _plain(canvas: Canvas, axis: float) -> None:
    canvas.text(MARGIN, axis - 52, "Plain", Font(16, bold=True))
    canvas.text(MARGIN + 2, axis, "x", Font(17, bold=True, italic=True))
    gap, x = 42, MARGIN + 62
    layers = 2 * BLOCKS
    for index in range(layers + 1):
        canvas.arrow([(x - gap, axis + FORWARD), (x, axis + FORWARD)])
        width = 9 * 0.62 ** (layers - index)
        canvas.arrow(
            [(x, axis + BACK), (x - gap, axis + BACK)], GRADIENT, width, size=max(7, 2.2 * width)
        )
        if index < layers:
            _layer(canvas, x, axis)
            x += LAYER + gap
    canvas.text(x + 8, axis, "loss", BOLD)
    canvas.text(
        MARGIN,
        axis + 58,
        "y = F(x), so ∂L/∂x = ∂L/∂y · F′(x): each layer multiplies one more factor in.",
    )


def _residual(canvas: Canvas, axis: float) -> None:
    canvas.text(MARGIN, axis - 88, "With shortcuts", Font(16, bold=True))
    canvas.text(MARGIN + 2, axis, "x", Font(17, bold=True, italic=True))
    x = MARGIN + 20
    for _ in range(BLOCKS):
        x = _residual_block(canvas, x, axis)
    canvas.arrow([(x, axis + FORWARD), (x + 30, axis + FORWARD)])
    canvas.arrow([(x + 30, axis + BACK), (x, axis + BACK)], GRADIENT, 9, size=18)
    canvas.text(x + 38, axis, "loss", BOLD)
    canvas.text(
        MARGIN,
        axis + 96,
        "y = F(x) + x, so ∂L/∂x = ∂L/∂y · F′(x) + ∂L/∂y: the last term has no factor.",
    )


def _residual_block(canvas: Canvas, x: float, axis: float) -> float:
    """Draw a block of two layers that starts at `x`; returns the x of its right end."""
    gap, node = 21, 24
    start = x
    for _ in range(2):
        canvas.arrow([(x, axis + FORWARD), (x + gap, axis + FORWARD)])
        canvas.arrow([(x + gap, axis + BACK), (x, axis + BACK)], GRADIENT, 2, size=7)
        _layer(canvas, x + gap, axis)
        x += gap + LAYER
    plus = x + gap + node / 2
    canvas.arrow([(x, axis + FORWARD), (x + gap, axis + FORWARD)])
    canvas.arrow([(x + gap, axis + BACK), (x, axis + BACK)], GRADIENT, 2, size=7)
    over, under = axis - 52, axis + 56
    canvas.arrow(
        [(start + 4, axis + FORWARD), (start + 4, over), (plus, over), (plus, axis - node / 2)],
        SHORTCUT,
        3,
        size=11,
    )
    canvas.arrow(
        [(plus, axis + node / 2), (plus, under), (start + 4, under), (start + 4, axis + BACK)],
        GRADIENT,
        9,
        size=18,
    )
    canvas.plus(plus, axis, node / 2)
    return plus + node / 2

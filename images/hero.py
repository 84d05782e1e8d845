"""The README's image: hands, a residual network, six probabilities.

The hands are from the test set. The probabilities of the framed hand come from hero.json, which
measure_hero.py writes with the course's trained model. Called by `python -m images`.
"""

from __future__ import annotations

import json
from pathlib import Path

from . import photos
from .canvas import Canvas
from .geometry import Box, number
from .style import GREEN, NIGHT, ORANGE, PURPLE, RULE, SKY, VERMILLION, WHITE, YELLOW, Font

RESULT = Path(__file__).resolve().parent / "hero.json"
WIDE, HIGH = 960, 452
CAPTION = 424
HIGHLIGHT = ORANGE
AXIS = 262  # height of the network's main path
TILE, GAP = 84, 8
TILES = (18, 69, 37, 6, 8, 60, 96, 45, 113)  # test images, row by row
SHOWN = 60  # the image that enters the network
# stage: blocks, colour, height and width of a block, as the feature maps shrink and deepen
STAGES = ((3, SKY, 188, 13), (4, GREEN, 138, 15), (6, YELLOW, 96, 17), (3, PURPLE, 60, 20))


def draw() -> Canvas:
    """The figure."""
    canvas = Canvas(
        WIDE,
        HIGH,
        "Residual networks, hands on",
        "Images of hands on the left enter a residual network, drawn as sixteen blocks with a "
        "shortcut over each; on the right, six bars give the probability of each number.",
        card=False,
    )
    canvas.add(f'<rect width="{WIDE}" height="{HIGH}" rx="16" fill="{NIGHT}"/>')
    canvas.text(36, 48, "Residual networks, hands on", Font(32, bold=True, color=WHITE))
    canvas.text(
        36, 86, "From the vanishing gradient to a photo of your own hand", Font(18, color=RULE)
    )
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    edge = _hands(canvas)
    end = _network(canvas, edge)
    _bars(canvas, end, result["probabilities"])
    return canvas


def _hands(canvas: Canvas) -> float:
    """Nine hands, with a frame around that which enters the network; returns the right edge."""
    left, top = 36, AXIS - 1.5 * TILE - GAP
    for position, index in enumerate(TILES):
        x, y = left + position % 3 * (TILE + GAP), top + position // 3 * (TILE + GAP)
        box = Box(x, y, x + TILE, y + TILE)
        canvas.jpeg(box, photos.jpeg(index, "test"))
        if index == SHOWN:
            canvas.rect(box, "none", stroke=HIGHLIGHT, width=5, radius=3)
    edge = left + 3 * TILE + 2 * GAP
    canvas.text((left + edge) / 2, CAPTION, "64×64 pixels each", Font(16, color=RULE), "middle")
    return edge


def _network(canvas: Canvas, left: float) -> float:
    """Sixteen blocks on the main path, a shortcut over each; returns the x of the path's end."""
    first = left + 40
    step = 8
    x = first
    shapes: list[tuple[float, float, str, float]] = []
    for blocks, color, high, wide in STAGES:
        for _ in range(blocks):
            shapes.append((x, wide, color, high))
            x += wide + step
        x += 5
    end = x + 18
    canvas.arrow([(left + 4, AXIS), (end, AXIS)], RULE, 3, size=13)
    for at, wide, color, high in shapes:
        top = AXIS - high / 2
        canvas.bar(at, top, wide, high, color, ' rx="3"')
        _hop(canvas, at - step / 2, at + wide + step / 2, top)
    middle = (first + shapes[-1][0]) / 2
    canvas.text(middle, CAPTION, "16 blocks, a shortcut over each", Font(16, color=RULE), "middle")
    return end


def _hop(canvas: Canvas, left: float, right: float, top: float) -> None:
    """The shortcut over one block, as an arc."""
    foot, rise = top + 4, top - 24
    canvas.add(
        f'<path d="M{number(left)} {number(foot)} C{number(left)} {number(rise)}'
        f' {number(right)} {number(rise)} {number(right)} {number(foot)}" fill="none"'
        f' stroke="{VERMILLION}" stroke-width="3" stroke-linecap="round"/>'
    )


def _bars(canvas: Canvas, left: float, probabilities: list[float]) -> None:
    """A horizontal bar for each class; the most probable has another colour."""
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    longest = WIDE - 36 - (left + 42)
    for label, value in enumerate(probabilities):
        y = AXIS + (label - 2.5) * 44
        color = HIGHLIGHT if label == best else SKY
        canvas.text(left + 20, y, str(label), Font(20, bold=label == best, color=WHITE), "middle")
        x = left + 42
        canvas.bar(x, y - 14, longest, 28, WHITE, ' rx="4" fill-opacity="0.1"')
        canvas.bar(x, y - 14, max(3, value * longest), 28, color, ' rx="4"')
    middle = left + 42 + longest / 2
    canvas.text(middle, CAPTION, "probability", Font(16, color=RULE), "middle")

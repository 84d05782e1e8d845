"""What lesson 5's fast training brings: the first step and each later one, as measured.

Draws the numbers that `make bench` stored in benchmarks/speed.json. Called by
`python -m images`.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from .canvas import Canvas
from .style import BLUE, GREY, MARGIN, ORANGE, SMALL_TEXT, WIDTH, Font

STORED = Path(__file__).resolve().parents[1] / "benchmarks" / "speed.json"
WAYS = {
    "keras": "Keras as it comes",
    "float32": "fast training, float32",
    "bfloat16": "fast training, bfloat16",
}
PANELS = {"The first training step": "The first step", "A training step": "Each later step"}
LEFT, RIGHT, TOP = 210, WIDTH - 150, 108
BAR, STEP, PANEL = 22, 30, 142


def seconds() -> dict[str, dict[str, float]]:
    """The stored medians in seconds: by comparison, then by way; ways without one are left out."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    by_name = {one["name"]: one["values"] for one in stored}
    return {
        name: {way: median(by_name[name][way]) for way in WAYS if way in by_name[name]}
        for name in PANELS
    }


def draw() -> Canvas:
    """The figure."""
    measured = seconds()
    said = "; ".join(
        f"{PANELS[name].lower()}: "
        + ", ".join(f"{WAYS[way]} {_text(value)}" for way, value in values.items())
        for name, values in measured.items()
    )
    canvas = Canvas(WIDTH, TOP + 2 * PANEL - 14, "What fast training brings", f"Measured: {said}.")
    canvas.heading(
        "The same network, and less waiting",
        "ResNet-50 on batches of 32 images, two cores, medians; shorter bars are better.",
    )
    for number, (name, values) in enumerate(measured.items()):
        _panel(canvas, TOP + number * PANEL, PANELS[name], values)
    return canvas


def _panel(canvas: Canvas, top: float, title: str, values: dict[str, float]) -> None:
    canvas.text(MARGIN, top - 8, title, Font(bold=True))
    longest = max(values.values())
    for row, (way, value) in enumerate(values.items()):
        y = top + 12 + row * STEP
        width = value / longest * (RIGHT - LEFT)
        canvas.text(LEFT - 10, y + BAR / 2, WAYS[way], SMALL_TEXT, "end")
        canvas.bar(LEFT, y, width, BAR, GREY if way == "keras" else _colour(way))
        share = "" if way == "keras" else f"  ({value / values['keras']:.0%})"
        canvas.text(LEFT + width + 8, y + BAR / 2, f"{_text(value)}{share}", SMALL_TEXT)


def _colour(way: str) -> str:
    return ORANGE if way == "float32" else BLUE


def _text(value: float) -> str:
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"

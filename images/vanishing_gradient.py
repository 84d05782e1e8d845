"""Gradient norm of every layer of a plain deep network as training proceeds, as measured.

Draws the numbers that measure_gradients.py stored in vanishing_gradient.json. Called by
`python -m images`.
"""

from __future__ import annotations

import json
from math import ceil, floor, log10
from statistics import median

from .canvas import Canvas
from .measure_gradients import RESULT
from .style import BLUE, GREY, MARGIN, RULE, SMALL_TEXT, VERMILLION, WIDTH, Font

LABELLED = (1, 5, 10, 15, 20)
LEFT, RIGHT, TOP, BOTTOM = 74, WIDTH - 92, 106, 392


def measured() -> dict:
    """The stored measurement: setting, losses, and norms as steps x layers."""
    return json.loads(RESULT.read_text(encoding="utf-8"))


def decades_lost(norms: list[list[float]], depth: int) -> float:
    """Powers of ten between the median norms of the last and the first convolution."""
    last, first = (median(step[layer] for step in norms) for layer in (depth - 1, 0))
    return log10(last / first)


def draw() -> Canvas:
    """The figure."""
    data = measured()
    norms, depth = data["norms"], data["setting"]["depth"]
    lost = decades_lost(norms, depth)
    canvas = Canvas(
        WIDTH,
        446,
        "Vanishing gradients, measured",
        f"Gradient norms of {depth} layers over {len(norms)} training steps on a logarithmic "
        f"scale. From layer {depth} to layer 1 the norm falls by a factor of about "
        f"10 to the power {lost:.0f}, at every step.",
    )
    canvas.heading(
        "In a plain deep network the first layers get next to no gradient",
        f"Measured on SIGNS, {depth} sigmoid convolutions: each layer further back, about"
        f" {10 ** (lost / (depth - 1)):.0f} times less.",
    )
    used = [value for step in norms for value in step[:depth]]
    low, high = floor(log10(min(used))), ceil(log10(max(used)))
    _axes(canvas, low, high, len(norms))
    for layer in sorted(range(depth), key=lambda index: index + 1 in LABELLED):
        _curve(canvas, [step[layer] for step in norms], layer + 1, low, high)
    return canvas


def _height(value: float, low: int, high: int) -> float:
    return BOTTOM - (log10(value) - low) / (high - low) * (BOTTOM - TOP)


def _axes(canvas: Canvas, low: int, high: int, steps: int) -> None:
    canvas.text(MARGIN, TOP - 25, "gradient norm of the layer's kernel (log scale)", SMALL_TEXT)
    for power in range(high, low - 1, -1):
        if (high - power) % 3:
            continue
        y = _height(10.0**power, low, high)
        canvas.line([(LEFT, y), (RIGHT, y)], RULE, 1)
        label = "1" if power == 0 else f"10^{{{power}}}".replace("-", "−")
        canvas.text(LEFT - 10, y, label, SMALL_TEXT, "end")
    canvas.line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], GREY, 1.25)
    for step in range(0, steps + 1, 10):
        x = LEFT + step / steps * (RIGHT - LEFT)
        canvas.line([(x, BOTTOM), (x, BOTTOM + 5)], GREY, 1.25)
        canvas.text(x, BOTTOM + 16, str(step), SMALL_TEXT, "middle")
    middle = (LEFT + RIGHT) / 2
    canvas.text(middle, BOTTOM + 37, "training step (one batch of 32 images)", SMALL_TEXT, "middle")


def _curve(canvas: Canvas, values: list[float], layer: int, low: int, high: int) -> None:
    """The norm of a layer; labelled layers have thicker lines than the others."""
    width = (RIGHT - LEFT) / len(values)
    points = [
        (LEFT + (step + 0.5) * width, _height(value, low, high))
        for step, value in enumerate(values)
    ]
    if layer not in LABELLED:
        canvas.line(points, BLUE, 0.9)
        return
    color = VERMILLION if layer == 1 else BLUE
    canvas.line(points, color, 2.75)
    x, y = points[-1]
    canvas.dot(x, y, color)
    canvas.text(x + 12, y, f"layer {layer}", Font(bold=layer == 1))

"""Why a shortcut: with nested function classes a larger network cannot be further from the goal.

The idea is that of function classes in Zhang et al., Dive into Deep Learning, section 8.6; the
drawing is our own. Distances in it are computed from the drawn shapes. Called by
`python -m images`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, radians, sin

from .canvas import Canvas
from .geometry import Point
from .style import BLUE, GREY, INK, MARGIN, RULE, SMALL_TEXT, VERMILLION, WIDTH, Font


@dataclass(frozen=True)
class Ellipse:
    """A function class, as a shape: centre, half axes, and its turn in degrees."""

    cx: float
    cy: float
    rx: float
    ry: float
    turn: float = 0.0

    def outline(self, steps: int = 720) -> list[Point]:
        """`steps` points of the outline, in order."""
        c, s = cos(radians(self.turn)), sin(radians(self.turn))
        points = []
        for step in range(steps):
            u, v = self.rx * cos(2 * pi * step / steps), self.ry * sin(2 * pi * step / steps)
            points.append((self.cx + c * u - s * v, self.cy + s * u + c * v))
        return points

    def nearest(self, goal: Point) -> Point:
        """The outline's nearest point to `goal`, which must lie outside."""
        return min(self.outline(), key=lambda p: hypot(p[0] - goal[0], p[1] - goal[1]))

    def holds(self, point: Point) -> bool:
        """Whether `point` lies inside."""
        c, s = cos(radians(self.turn)), sin(radians(self.turn))
        x, y = point[0] - self.cx, point[1] - self.cy
        return ((c * x + s * y) / self.rx) ** 2 + ((c * y - s * x) / self.ry) ** 2 <= 1


GOAL = (300, 42)
APART = [
    Ellipse(216, 76, 40, 27, -12),
    Ellipse(82, 74, 66, 40, 12),
    Ellipse(232, 176, 92, 46, -10),
    Ellipse(112, 150, 110, 74, 8),
]
NESTED = [
    Ellipse(92, 166, 44, 22, -6),
    Ellipse(140, 158, 96, 38, -7),
    Ellipse(142, 138, 122, 68, -6),
    Ellipse(152, 124, 146, 92, -10),
]
LABELS_APART = [(208, 74), (64, 58), (274, 178), (84, 176)]
LABELS_NESTED = [(90, 168), (176, 160), (148, 96), (140, 52)]
PANEL_TOP, CHART_TOP, CHART_HEIGHT = 92, 354, 76


def distances(classes: list[Ellipse]) -> list[float]:
    """Distance from the goal to the nearest function of each class, in pixels."""
    near = [shape.nearest(GOAL) for shape in classes]
    return [hypot(x - GOAL[0], y - GOAL[1]) for x, y in near]


def draw() -> Canvas:
    """The figure."""
    canvas = Canvas(
        WIDTH,
        472,
        "Nested function classes",
        "Left: four growing function classes that do not contain one another; the distance to "
        "the wanted function f* goes up and down. Right: four nested classes; the distance only "
        "falls.",
    )
    canvas.heading(
        "A larger class helps for sure only if it contains the smaller one",
        "A block that can be the identity makes a deeper network contain the shallower one.",
    )
    middle = WIDTH / 2
    canvas.line([(middle, 76), (middle, 452)], RULE, 1)
    _panel(canvas, MARGIN, "Not nested", APART, LABELS_APART)
    _panel(canvas, middle + MARGIN, "Nested", NESTED, LABELS_NESTED)
    return canvas


def _panel(
    canvas: Canvas, left: float, title: str, classes: list[Ellipse], labels: list[Point]
) -> None:
    canvas.text(left, 86, title, Font(16, bold=True))
    goal = (left + GOAL[0], PANEL_TOP + GOAL[1])
    for shape in reversed(classes):
        points = [(left + x, PANEL_TOP + y) for x, y in shape.outline(72)]
        canvas.polygon(points, BLUE, f' fill-opacity="0.12" stroke="{BLUE}" stroke-width="1.5"')
        canvas.guard(points)
    for index, (shape, label) in enumerate(zip(classes, labels, strict=True), start=1):
        x, y = shape.nearest(GOAL)
        near = (left + x, PANEL_TOP + y)
        canvas.line([near, goal], VERMILLION, 1.25, dash="4 3")
        canvas.dot(*near, VERMILLION)
        canvas.text(
            left + label[0], PANEL_TOP + label[1], f"C_{{{index}}}", Font(15, bold=True), "middle"
        )
    _star(canvas, goal)
    canvas.text(goal[0] + 14, goal[1] - 4, "f*", Font(17, bold=True, italic=True))
    _chart(canvas, left, distances(classes))


def _star(canvas: Canvas, center: Point) -> None:
    points = []
    for corner in range(10):
        angle = pi * corner / 5 - pi / 2
        r = 10 if corner % 2 == 0 else 4.5
        points.append((center[0] + r * cos(angle), center[1] + r * sin(angle)))
    canvas.polygon(points, INK)


def _chart(canvas: Canvas, left: float, values: list[float]) -> None:
    """The distance of every class to the goal, as bars."""
    base = CHART_TOP + CHART_HEIGHT
    canvas.text(
        left, CHART_TOP - 12, "distance from f* to the best function in the class", SMALL_TEXT
    )
    canvas.line([(left, base), (left + 320, base)], GREY, 1.25)
    scale = CHART_HEIGHT / 236
    for index, value in enumerate(values):
        x = left + 24 + index * 80
        canvas.bar(x, base - value * scale, 34, value * scale, VERMILLION)
        canvas.text(x + 17, base + 16, f"C_{{{index + 1}}}", Font(15, bold=True), "middle")

"""The one visual language of the course's figures, and the canvas that every script draws on.

Okabe-Ito colours, one font stack, one stroke, one arrowhead. A canvas remembers where it put
text and lines, so that `Canvas.problems()` can say whether a text overflows its box, leaves the
picture, or collides with another text or line. Called by the figure scripts beside this file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from itertools import combinations

from .metrics import text_width

# Okabe and Ito's colours, told apart by colour-blind readers (Color Universal Design, 2008).
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"
INK, GREY, RULE, WHITE = "#1A1A1A", "#595959", "#D0D0D0", "#FFFFFF"
NIGHT = "#0B2239"  # the hero's background
PALETTE = (
    ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE, BLACK, INK, GREY, RULE, WHITE, NIGHT,
)  # fmt: skip

# What a colour means, in every figure.
CONV, NORM, RELU, POOL, DENSE = BLUE, GREEN, ORANGE, SKY, PURPLE
SHORTCUT, GRADIENT = VERMILLION, PURPLE
TINT = 0.2  # opacity of a layer's fill over white: text on it stays black and readable

WIDTH = 760  # pixels; JupyterLab shows a figure at 700 or more
MARGIN = 20
TITLE, BODY, SMALL = 18, 14, 13  # font sizes
STROKE = 1.75
ROUND = 6
HEAD = 8  # length of an arrowhead

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MONO = "Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

_SCRIPT = re.compile(r"([_^])\{([^}]*)\}")  # _{subscript} and ^{superscript}
_SCRIPT_SCALE = 0.75
_SHIFT = {"_": 0.22, "^": -0.35}  # of the font size, downwards


def number(value: float) -> str:
    """`value` with at most two decimals and no trailing zeros, the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain(text: str) -> str:
    """`text` without the markup of subscripts and superscripts."""
    return _SCRIPT.sub(r"\2", text)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def cx(self) -> float:
        return (self.left + self.right) / 2

    @property
    def cy(self) -> float:
        return (self.top + self.bottom) / 2

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def contains(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


def crosses(box: Box, a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether the line from `a` to `b` enters `box` (Liang-Barsky clipping)."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    enter, leave = 0.0, 1.0
    for p, q in (
        (-dx, a[0] - box.left),
        (dx, box.right - a[0]),
        (-dy, a[1] - box.top),
        (dy, box.bottom - a[1]),
    ):
        if p == 0:
            if q <= 0:
                return False
            continue
        if p < 0:
            enter = max(enter, q / p)
        else:
            leave = min(leave, q / p)
    return enter < leave


class Canvas:
    """An SVG picture of `width` x `height` pixels on a white rounded card.

    `title` and `desc` become the SVG's own `<title>` and `<desc>`, read aloud by screen readers.
    """

    def __init__(self, width: float, height: float, title: str, desc: str, card: bool = True):
        self.width, self.height = width, height
        self.title_text, self.desc = title, desc
        self.parts: list[str] = []
        self.texts: list[tuple[Box, str, Box | None]] = []
        self.lines: list[tuple[tuple[float, float], tuple[float, float]]] = []
        if card:
            self.add(
                f'<rect x="0.5" y="0.5" width="{number(width - 1)}" height="{number(height - 1)}"'
                f' rx="10" fill="{WHITE}" stroke="{RULE}"/>'
            )

    def add(self, markup: str) -> None:
        """Append raw markup. It takes no part in the layout checks."""
        self.parts.append(markup)

    # Lines

    def line(
        self,
        points: list[tuple[float, float]],
        color: str = INK,
        width: float = STROKE,
        dash: str = "",
        guard: bool = True,
    ) -> None:
        """A polyline through `points`. `guard` keeps texts off it (see problems)."""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(
            f'<polyline points="{path}" fill="none" stroke="{color}"'
            f' stroke-width="{number(width)}" stroke-linejoin="round"{dashed}/>'
        )
        if guard:
            self.guard(points)

    def guard(self, points: list[tuple[float, float]]) -> None:
        """Keep texts off the line through `points`, drawn elsewhere (see problems)."""
        self.lines += list(zip(points, points[1:], strict=False))

    def head(
        self,
        tip: tuple[float, float],
        toward: tuple[float, float],
        color: str = INK,
        size: float = HEAD,
    ) -> None:
        """An arrowhead with its point at `tip`, pointing along the unit vector `toward`."""
        (x, y), (u, v) = tip, toward
        half = size * 0.45
        corners = [
            (x, y),
            (x - size * u - half * v, y - size * v + half * u),
            (x - size * u + half * v, y - size * v - half * u),
        ]
        path = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
        self.add(f'<polygon points="{path}" fill="{color}"/>')

    def arrow(
        self,
        points: list[tuple[float, float]],
        color: str = INK,
        width: float = STROKE,
        dash: str = "",
        size: float = HEAD,
    ) -> None:
        """A polyline that ends in an arrowhead at its last point."""
        (x0, y0), (x1, y1) = points[-2], points[-1]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        u, v = (x1 - x0) / length, (y1 - y0) / length
        shaft_end = (x1 - 0.8 * size * u, y1 - 0.8 * size * v)
        self.line([*points[:-1], shaft_end], color, width, dash)
        self.head((x1, y1), (u, v), color, size)

    # Shapes

    def rect(
        self,
        box: Box,
        fill: str = WHITE,
        opacity: float = 1.0,
        stroke: str | None = INK,
        width: float = STROKE,
        radius: float = ROUND,
    ) -> None:
        """A rounded rectangle; its outline, where it has one, keeps texts off."""
        shade = f' fill-opacity="{number(opacity)}"' if opacity < 1 else ""
        outline = f' stroke="{stroke}" stroke-width="{number(width)}"' if stroke else ""
        self.add(
            f'<rect x="{number(box.left)}" y="{number(box.top)}"'
            f' width="{number(box.right - box.left)}" height="{number(box.bottom - box.top)}"'
            f' rx="{number(radius)}" fill="{fill}"{shade}{outline}/>'
        )
        if stroke:
            corners = [
                (box.left, box.top),
                (box.right, box.top),
                (box.right, box.bottom),
                (box.left, box.bottom),
            ]
            self.lines += list(zip(corners, corners[1:] + corners[:1], strict=True))

    def layer(self, box: Box, color: str, *labels: str, size: float = SMALL) -> None:
        """A layer: a tinted box whose first label is bold, the others regular."""
        self.rect(box, color, TINT, color)
        step = size * 1.25
        top = box.cy - step * (len(labels) - 1) / 2
        for row, label in enumerate(labels):
            self.text(box.cx, top + row * step, label, size, "middle", bold=row == 0, within=box)

    def jpeg(self, box: Box, data: bytes) -> None:
        """A photograph, given as the bytes of a JPEG file, stretched to `box`."""
        coded = b64encode(data).decode("ascii")
        self.add(
            f'<image x="{number(box.left)}" y="{number(box.top)}"'
            f' width="{number(box.right - box.left)}" height="{number(box.bottom - box.top)}"'
            f' href="data:image/jpeg;base64,{coded}"/>'
        )

    def plus(self, x: float, y: float, radius: float = 13) -> None:
        """The node where main path and shortcut are added."""
        self.add(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{WHITE}"'
            f' stroke="{INK}" stroke-width="{STROKE}"/>'
        )
        arm = radius * 0.5
        self.line([(x - arm, y), (x + arm, y)], width=2)
        self.line([(x, y - arm), (x, y + arm)], width=2)

    def bracket(self, left: float, right: float, y: float, depth: float = 6) -> None:
        """A bracket that opens upwards and spans `left` to `right`, its bar at `y`."""
        self.line([(left, y - depth), (left, y), (right, y), (right, y - depth)], GREY, 1.25)

    # Text

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY,
        anchor: str = "start",
        bold: bool = False,
        italic: bool = False,
        mono: bool = False,
        color: str = INK,
        within: Box | None = None,
        unchecked: bool = False,
    ) -> Box:
        """Text whose middle line is at `y`; returns its box.

        `_{1}` in it sets a subscript, `^{1}` a superscript.
        `within` is the box it must fit; `unchecked` leaves it out of the collision checks.
        """
        wide = text_width(plain(text), size, bold, mono)
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        box = Box(left, y - 0.42 * size, left + wide, y + 0.42 * size)
        style = f' text-anchor="{anchor}"' if anchor != "start" else ""
        style += ' font-weight="bold"' if bold else ""
        style += ' font-style="italic"' if italic else ""
        style += f' font-family="{MONO}"' if mono else ""
        self.add(
            f'<text x="{number(x)}" y="{number(y + 0.35 * size)}" font-size="{number(size)}"'
            f' fill="{color}"{style}>{self._spans(text, size)}</text>'
        )
        if not unchecked:
            self.texts.append((box, plain(text), within))
        return box

    @staticmethod
    def _spans(text: str, size: float) -> str:
        small = number(_SCRIPT_SCALE * size)
        pieces = _SCRIPT.split(text)
        out = escape(pieces[0], quote=False)
        for kind, script, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            shift = _SHIFT[kind] * size
            script = escape(script, quote=False)
            out += f'<tspan dy="{number(shift)}" font-size="{small}">{script}</tspan>'
            if rest:
                out += f'<tspan dy="{number(-shift)}">{escape(rest, quote=False)}</tspan>'
        return out

    def heading(self, title: str, subtitle: str = "") -> None:
        """The figure's headline, which says what to see, and a quieter second line."""
        self.text(MARGIN, 28, title, TITLE, bold=True)
        if subtitle:
            self.text(MARGIN, 51, subtitle, BODY, color=GREY)

    # Output

    def problems(self) -> list[str]:
        """What is wrong with the layout, one sentence each; empty when nothing is."""
        found = []
        card = Box(8, 8, self.width - 8, self.height - 8)
        for box, text, within in self.texts:
            if not card.contains(box):
                found.append(f"{text!r} leaves the picture")
            if within and not (within.left + 3 <= box.left and box.right <= within.right - 3):
                found.append(f"{text!r} overflows its box")
            found += [f"a line crosses {text!r}" for a, b in self.lines if crosses(box, a, b)]
        for (one, text, _), (other, second, _) in combinations(self.texts, 2):
            if one.overlaps(other):
                found.append(f"{text!r} collides with {second!r}")
        return found

    def svg(self) -> str:
        """The picture as SVG source."""
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        view = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img"'
                f' aria-labelledby="title desc" font-family="{FONT}">',
                f'<title id="title">{escape(self.title_text, quote=False)}</title>',
                f'<desc id="desc">{escape(self.desc, quote=False)}</desc>',
                *self.parts,
                "</svg>",
                "",
            ]
        )

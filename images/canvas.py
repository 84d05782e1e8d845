"""The canvas that every figure script draws on: an SVG image that checks its own layout.

`Canvas.problems()` says whether a text overflows its box, leaves the image, or collides with
another text or line.
"""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from itertools import combinations

from .font_metrics import text_width
from .geometry import Box, Point, crosses, number
from .style import (
    FONT,
    GREY,
    HEAD,
    INK,
    MARGIN,
    MONO,
    PLAIN,
    ROUND,
    RULE,
    SMALL,
    STROKE,
    TINT,
    TITLE,
    WHITE,
    Font,
)

_SCRIPT = re.compile(r"([_^])\{([^}]*)\}")  # _{subscript} and ^{superscript}
_SCRIPT_SCALE = 0.75
_SHIFT = {"_": 0.22, "^": -0.35}  # of the font size, downwards


def plain(text: str) -> str:
    """`text` without the markup of subscripts and superscripts."""
    return _SCRIPT.sub(r"\2", text)


def _path(points: list[Point]) -> str:
    """The value of an SVG element's `points`."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


class Canvas:
    """An SVG image of `width` x `height` pixels on a white rounded card.

    `title` and `desc` become the SVG's own `<title>` and `<desc>`, which screen readers read aloud.
    A canvas remembers where it put text and lines, so that `problems` can say what collides.
    """

    def __init__(self, width: float, height: float, title: str, desc: str, card: bool = True):
        self.width, self.height = width, height
        self.title_text, self.desc = title, desc
        self.parts: list[str] = []
        self.texts: list[tuple[Box, str, Box | None]] = []
        self.lines: list[tuple[Point, Point]] = []
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
        points: list[Point],
        color: str = INK,
        width: float = STROKE,
        dash: str = "",
        guard: bool = True,
    ) -> None:
        """A polyline through `points`. `guard` keeps texts off it (see `problems`)."""
        path = _path(points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(
            f'<polyline points="{path}" fill="none" stroke="{color}"'
            f' stroke-width="{number(width)}" stroke-linejoin="round"{dashed}/>'
        )
        if guard:
            self.guard(points)

    def guard(self, points: list[Point]) -> None:
        """Keep texts off the line through `points`, which is drawn elsewhere (see `problems`)."""
        self.lines += list(zip(points, points[1:], strict=False))

    def arrow(
        self, points: list[Point], color: str = INK, width: float = STROKE, size: float = HEAD
    ) -> None:
        """A polyline that ends in an arrowhead at its last point."""
        (x0, y0), (x, y) = points[-2:]
        length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
        u, v = (x - x0) / length, (y - y0) / length
        self.line([*points[:-1], (x - 0.8 * size * u, y - 0.8 * size * v)], color, width)
        half = size * 0.45
        head = [
            (x, y),
            (x - size * u - half * v, y - size * v + half * u),
            (x - size * u + half * v, y - size * v - half * u),
        ]
        self.polygon(head, color)

    # Shapes; `more` is markup of further attributes. Only `rect` takes part in the layout checks.

    def polygon(self, corners: list[Point], fill: str, more: str = "") -> None:
        """A filled polygon."""
        path = _path(corners)
        self.add(f'<polygon points="{path}" fill="{fill}"{more}/>')

    def dot(self, x: float, y: float, color: str) -> None:
        """A small filled circle."""
        self.add(f'<circle cx="{number(x)}" cy="{number(y)}" r="4" fill="{color}"/>')

    def bar(
        self, x: float, y: float, width: float, height: float, fill: str, more: str = ""
    ) -> None:
        """A filled rectangle with its upper left corner at (x, y)."""
        size = f'width="{number(width)}" height="{number(height)}"'
        self.add(f'<rect x="{number(x)}" y="{number(y)}" {size}{more} fill="{fill}"/>')

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
            font = Font(size, bold=row == 0)
            self.text(box.cx, top + row * step, label, font, "middle", within=box)

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

    # Text

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: Font = PLAIN,
        anchor: str = "start",
        within: Box | None = None,
    ) -> Box:
        """Draw text whose middle line is at `y`; returns its box.

        Args:
            x, y: the start, middle or end of the text, as `anchor` says, and its middle line.
            text: `_{1}` in it sets a subscript, `^{1}` a superscript.
            font: how it looks.
            anchor: "start", "middle" or "end".
            within: the box that the text must fit into (see `problems`).
        """
        size = font.size
        width = text_width(plain(text), size, font.bold, font.mono)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        box = Box(left, y - 0.42 * size, left + width, y + 0.42 * size)
        style = f' text-anchor="{anchor}"' if anchor != "start" else ""
        style += ' font-weight="bold"' if font.bold else ""
        style += ' font-style="italic"' if font.italic else ""
        style += f' font-family="{MONO}"' if font.mono else ""
        self.add(
            f'<text x="{number(x)}" y="{number(y + 0.35 * size)}" font-size="{number(size)}"'
            f' fill="{font.color}"{style}>{self._spans(text, size)}</text>'
        )
        self.texts.append((box, plain(text), within))
        return box

    @staticmethod
    def _spans(text: str, size: float) -> str:
        """The text as SVG, subscripts and superscripts as spans."""
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
        self.text(MARGIN, 28, title, Font(TITLE, bold=True))
        if subtitle:
            self.text(MARGIN, 51, subtitle, Font(color=GREY))

    # Output

    def problems(self) -> list[str]:
        """What is wrong with the layout, one sentence each; empty when nothing is."""
        problems = []
        card = Box(8, 8, self.width - 8, self.height - 8)
        for box, text, within in self.texts:
            if not card.contains(box):
                problems.append(f"{text!r} leaves the image")
            if within and not (within.left + 3 <= box.left and box.right <= within.right - 3):
                problems.append(f"{text!r} overflows its box")
            problems += [f"a line crosses {text!r}" for a, b in self.lines if crosses(box, a, b)]
        for (box, text, _), (other_box, other_text, _) in combinations(self.texts, 2):
            if box.overlaps(other_box):
                problems.append(f"{text!r} collides with {other_text!r}")
        return problems

    def svg(self) -> str:
        """The image as SVG source."""
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

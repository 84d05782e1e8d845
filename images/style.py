"""The visual language of the course's figures: colours, sizes and fonts.

Okabe-Ito colours, one font stack, one stroke, one arrowhead. Used by `canvas` and by the figure
scripts beside this file.
"""

from __future__ import annotations

from typing import NamedTuple

# Okabe and Ito's colours, told apart by colour-blind readers (Color Universal Design, 2008).
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"
INK, GREY, RULE, WHITE = "#1A1A1A", "#595959", "#D0D0D0", "#FFFFFF"
NIGHT = "#0B2239"  # the hero's background

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


class Font(NamedTuple):
    """How a text looks; `size` is in pixels."""

    size: float = BODY
    bold: bool = False
    italic: bool = False
    mono: bool = False
    color: str = INK


PLAIN, BOLD = Font(), Font(bold=True)
SMALL_TEXT, SMALL_GREY = Font(SMALL), Font(SMALL, color=GREY)

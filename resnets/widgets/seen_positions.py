"""Lesson 3's figure to move: which positions of its input an output of the block sees.

Who calls it: lesson 3. Nothing is built; the positions follow from kernel, stride and padding.
"""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Rectangle

from resnets.plots.style import BLUE, GREEN, VERMILLION, LessonFigure, new_figure, styled
from resnets.widgets.movable import Control, movable

SIZE = 16
"""Rows and columns of the block's input."""
FIRST, MIDDLE = "the first 1×1", "the middle f×f"
_SEEN_BY_SOME = "#CDEBE2"  # a light green: an output sees it, but not the chosen one


def explore_seen_positions() -> None:
    """Show what an output of the convolutional block sees, for any kernel, stride and position."""
    places = tuple(range(8))
    controls = {
        "f": Control((1, 3, 5), 3, "f, the middle kernel"),
        "s": Control((1, 2, 3), 2, "s, the stride"),
        "where": Control((FIRST, MIDDLE), FIRST, "the stride is in"),
        "down": Control(places, 3, "from top to bottom"),
        "right": Control(places, 4, "from left to right"),
    }
    movable(lambda f, s, where, down, right: plot_seen(f, s, where, (down, right)), controls)


def seen_along(f: int, s: int, where: str, position: int) -> list[int]:
    """The rows (or columns) that the main path of the block uses for one row of its output.

    Args:
        f: the kernel of the middle convolution, whose padding is "same".
        s: the stride.
        where: the convolution with the stride, `FIRST` or `MIDDLE`.
        position: the row of the output.
    """
    rows = -(-SIZE // s)
    stride, inside = (s, SIZE) if where == MIDDLE else (1, rows)
    before = max((rows - 1) * stride + f - inside, 0) // 2  # TensorFlow's padding "same"
    first = position * stride - before
    window = [row for row in range(first, first + f) if 0 <= row < inside]
    return window if where == MIDDLE else [row * s for row in window]


@styled
def plot_seen(f: int, s: int, where: str, position: tuple[int, int]) -> LessonFigure:
    """The input's positions: those that the chosen output sees, and those that any output sees.

    Args:
        f, s, where: as for `seen_along`.
        position: row and column of the output; limited to the output's size.
    """
    last = -(-SIZE // s) - 1
    row, column = (min(place, last) for place in position)
    used = sorted({p for o in range(last + 1) for p in seen_along(f, s, where, o)})
    main = [seen_along(f, s, where, place) for place in (row, column)]
    fig = new_figure(8.4, 4.4)
    ax = fig.subplots()
    for top, left in np.ndindex(SIZE, SIZE):
        colour = _SEEN_BY_SOME if top in used and left in used else "white"
        if top in main[0] and left in main[1]:
            colour = BLUE
        ax.add_patch(Rectangle((left, top), 1, 1, facecolor=colour, edgecolor="#BBBBBB"))
    corner = (column * s + 0.14, row * s + 0.14)
    ax.add_patch(Rectangle(corner, 0.72, 0.72, fill=False, edgecolor=VERMILLION, linewidth=3))
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=BLUE, label="seen through the main path"),
        Rectangle(
            (0, 0), 1, 1, fill=False, edgecolor=VERMILLION, lw=3, label="seen through the shortcut"
        ),
        Rectangle(
            (0, 0), 1, 1, facecolor=_SEEN_BY_SOME, edgecolor=GREEN, label="seen by other outputs"
        ),
        Rectangle((0, 0), 1, 1, facecolor="white", edgecolor="#BBBBBB", label="seen by none"),
    ]
    fig.legend(handles=handles, loc="outside right center")
    ax.set_aspect("equal")
    ax.set_xlim(0, SIZE)
    ax.set_ylim(SIZE, 0)
    ax.grid(False)
    ax.set_xlabel(f"{SIZE} columns of the input")
    ax.set_ylabel(f"{SIZE} rows of the input")
    share = len(used) ** 2 / SIZE**2
    count = len(main[0]) * len(main[1])
    ax.set_title(f"Output ({row}, {column}) sees {count} positions; the block uses {share:.0%}")
    fig.alt = (
        f"With f = {f}, and stride {s} in {where}, the output in row {row} and column {column} "
        f"sees the rows {_listed(main[0])} and the columns {_listed(main[1])} of the input through "
        f"the main path, and row {row * s}, column {column * s} through the shortcut. All outputs "
        f"together use {share:.0%} of the input."
    )
    return fig


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))

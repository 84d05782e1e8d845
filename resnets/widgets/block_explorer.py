"""The block of lessons 2 and 3 to move: the shape at every arrow, its parameters, and what breaks.

Who calls it: lessons 2 and 3. Nothing is built; shapes and numbers are counted from the sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from resnets.plots.style import BLACK, BLUE, VERMILLION, LessonFigure, new_figure, styled
from resnets.sizes import Convolution, block_convolutions
from resnets.widgets.movable import Control, movable

CHANNELS = 16
"""Channels of the block's input."""
_BOX = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": BLUE, "linewidth": 1.5}
_UPPER, _LOWER = 0.68, 0.16  # heights of the main path and of the shortcut
_BOXES = (0.27, 0.48, 0.69)  # where the three convolutions stand, from left to right
_FIRST, _SUM, _LAST = 0.05, 0.83, 0.95
_HALF_BOX, _HALF_SUM = 0.062, 0.018  # half the width of a box, and of the sum


@dataclass(frozen=True)
class Block:
    """A block's three convolutions, and the one on its shortcut or None."""

    main: tuple[Convolution, Convolution, Convolution]
    shortcut: Convolution | None

    @property
    def input(self) -> tuple[int, int]:
        """Rows and channels of its input."""
        return self.main[0].size, self.main[0].inputs

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and channels at the end of the main path, and at the end of the shortcut."""
        last, past = self.main[2], self.shortcut
        return (last.output, last.filters), (past.output, past.filters) if past else self.input

    @property
    def convolutions(self) -> list[Convolution]:
        """All of them."""
        return [*self.main, *([self.shortcut] if self.shortcut else [])]


def explore_block(kind: str) -> None:
    """Show a block whose sizes can be chosen.

    Args:
        kind: "identity" (lesson 2) or "convolutional" (lesson 3).

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in ("identity", "convolutional"):
        raise ValueError(f"explore_block: expected 'identity' or 'convolutional', got {kind!r}.")
    is_convolutional = kind == "convolutional"

    def draw(f: int, padding: str, F1: int, F2: int, F3: int, size: int, s: int = 1):
        return plot_block(make_block((f, padding), (F1, F2, F3), s, size, is_convolutional))

    filters = (4, 8, 16, 32, 64)
    controls = {
        "f": Control((1, 2, 3, 5), 3, "f, the middle kernel"),
        "padding": Control(("same", "valid"), "same", "its padding"),
        "F1": Control(filters, 8, "F1"),
        "F2": Control(filters, 8, "F2"),
        "F3": Control(filters, 32 if is_convolutional else CHANNELS, "F3"),
        "size": Control((4, 8, 15, 16), 8, "rows of the input"),
    }
    if is_convolutional:
        controls["s"] = Control((1, 2, 3), 2, "s, the stride")
    movable(draw, controls)


def make_block(
    middle: tuple[int, str],
    filters: tuple[int, int, int],
    stride: int,
    size: int,
    is_convolutional: bool,
) -> Block:
    """The block with these sizes.

    Args:
        middle: the middle convolution's kernel and padding, "same" or "valid".
        filters: F1, F2 and F3.
        stride: s.
        size: rows (and columns) of the input, which has `CHANNELS` channels.
        is_convolutional: whether a convolution stands on the shortcut.
    """
    kernel, padding = middle
    shortcut, first, second, third = block_convolutions(kernel, filters, stride, CHANNELS, size)
    if padding == "valid":
        second = replace(second, same=False)
        third = replace(third, size=second.output)
    return Block((first, second, third), shortcut if is_convolutional else None)


@styled
def plot_block(block: Block) -> LessonFigure:
    """A drawing of the block with its shapes, and its numbers or what breaks in the title."""
    fig = new_figure(9, 2.8)
    ax = fig.subplots()
    ax.axis("off")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    trouble = _what_breaks(block)
    shapes = [block.input, *((layer.output, layer.filters) for layer in block.main)]
    for place, layer in zip(_BOXES, block.main, strict=True):
        _draw_box(ax, place, _UPPER, layer)
    starts = (_FIRST, *(place + _HALF_BOX for place in _BOXES))
    ends = (*(place - _HALF_BOX for place in _BOXES), _SUM - _HALF_SUM)
    for shape, left, right in zip(shapes, starts, ends, strict=True):
        _draw_arrow(ax, (left, _UPPER), (right, _UPPER), _words(shape))
    colour = VERMILLION if trouble else BLACK
    ax.plot([_FIRST + 0.07] * 2, [_UPPER, _LOWER], color=colour, linewidth=1)
    ax.plot([_FIRST + 0.07, _SUM], [_LOWER] * 2, color=colour, linewidth=1)
    ax.text(0.72, _LOWER + 0.05, _words(block.ends[1]), ha="center", color=colour)
    if block.shortcut:
        _draw_box(ax, _BOXES[1], _LOWER, block.shortcut)
    _draw_arrow(ax, (_SUM, _LOWER), (_SUM, _UPPER - 0.09), "", colour)
    ax.text(
        _SUM,
        _UPPER,
        "no sum" if trouble else "+",
        ha="center",
        va="center",
        color=colour,
        bbox={**_BOX, "edgecolor": colour},
    )
    if not trouble:
        _draw_arrow(ax, (_SUM + _HALF_SUM, _UPPER), (_LAST, _UPPER), "ReLU")
    parameters = sum(layer.parameters for layer in block.convolutions)
    work = sum(layer.multiplications for layer in block.convolutions)
    title = trouble or f"{parameters:,} parameters, {work:,} multiplications for one image"
    ax.set_title(title)
    path = ", ".join(map(_words, shapes))
    fig.alt = f"{title}. Shapes on the main path: {path}; shortcut: {_words(block.ends[1])}."
    return fig


def _what_breaks(block: Block) -> str:
    """Why `Add` refuses the two paths, or an empty text."""
    if block.main[1].output < 1:
        return "The middle kernel is larger than its input, so that no window fits"
    (rows, channels), (past_rows, past_channels) = block.ends
    if channels != past_channels:
        return f"Add refuses: F3 gives {channels} channels, the shortcut carries {past_channels}"
    if rows != past_rows:
        return f"Add refuses: the main path has {rows} rows, the shortcut {past_rows}"
    return ""


def _draw_box(ax, x: float, y: float, layer: Convolution) -> None:
    stride = f", stride {layer.stride}" if layer.stride > 1 else ""
    words = f"{layer.kernel}×{layer.kernel}{stride}\n{layer.parameters:,} parameters"
    ax.text(x, y, words, ha="center", va="center", fontsize=9, bbox=_BOX, zorder=3)


def _draw_arrow(ax, start: tuple, end: tuple, words: str, colour: str = BLACK) -> None:
    arrow = {"arrowstyle": "->", "color": colour, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)
    if words:
        ax.text((start[0] + end[0]) / 2, start[1] + 0.13, words, ha="center", fontsize=10)


def _words(shape: tuple[int, int]) -> str:
    rows, channels = shape
    return f"{rows}×{rows}×{channels}"

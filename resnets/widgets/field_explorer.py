"""Lesson 4's receptive-field explorer: what one value of a stage sees of an image.

Who calls it: lesson 4, with the learner's own function for the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.patches import Rectangle

from resnets.plots.style import BLUE, LessonFigure, new_figure, styled
from resnets.sizes import NetworkSizes, path_to
from resnets.widgets.movable import Control, movable

_PLACES = 15  # of the controls for row and column: as many as stage 2 has rows
_DIMMED = 0.25  # brightness of what a value does not see


def explore_receptive_field(
    receptive_field: Callable[..., Sequence[int]], image: np.ndarray
) -> None:
    """Show which part of an image a value of ResNet-50 sees, for any stage and position.

    Args:
        receptive_field: takes the layers' (kernel, stride, padding), a position, and the image's
            size, and returns top, bottom, left and right of the window.
        image: uint8 of shape (64, 64, 3).
    """

    def draw(stage: int, down: int, right: int) -> LessonFigure:
        rows = _rows_after(stage, len(image))
        position = tuple(round(place / (_PLACES - 1) * (rows - 1)) for place in (down, right))
        window = receptive_field(list(path_to(stage)), position, len(image))
        return plot_field(image, stage, rows, position, tuple(window))

    places = tuple(range(_PLACES))
    controls = {
        "stage": Control((2, 3, 4, 5), 3, "stage"),
        "down": Control(places, 0, "from top to bottom"),
        "right": Control(places, 0, "from left to right"),
    }
    movable(draw, controls)


def _rows_after(stage: int, size: int) -> int:
    """How many rows of values the output of a stage has."""
    layers = NetworkSizes(size=size).convolutions
    return next(layer.output for layer in reversed(layers) if layer.stage == stage)


@styled
def plot_field(
    image: np.ndarray,
    stage: int,
    rows: int,
    position: tuple[int, int],
    window: tuple[int, int, int, int],
) -> LessonFigure:
    """Left the values of a stage with one of them marked, right what this value sees.

    Args:
        image: uint8 of shape (size, size, 3).
        stage: the stage's number.
        rows: its rows of values.
        position: row and column of the value.
        window: top, bottom, left and right of what it sees.
    """
    top, bottom, left, right = window
    seen = np.zeros(image.shape[:2], bool)
    seen[top:bottom, left:right] = True
    fig = new_figure(7.6, 3.6)
    grid, view = fig.subplots(1, 2)
    marked = np.zeros((rows, rows))
    marked[position] = 1
    grid.pcolormesh(marked, cmap="Blues", edgecolors="#BBBBBB", linewidth=0.6, vmax=1.4)
    grid.set_aspect("equal")
    grid.invert_yaxis()
    grid.set_xlabel(f"{rows} columns of values")
    grid.set_ylabel(f"{rows} rows of values")
    grid.set_title(f"stage {stage}: row {position[0]}, column {position[1]}")
    for ticks in (grid.set_xticks, grid.set_yticks):
        ticks([])
    view.imshow((image * np.where(seen, 1, _DIMMED)[..., np.newaxis]).astype(np.uint8))
    corner = (left - 0.5, top - 0.5)
    frame = Rectangle(corner, right - left, bottom - top, fill=False, color=BLUE, linewidth=3)
    view.add_patch(frame)
    view.set_xlabel("columns of the image (pixels)")
    view.set_ylabel("rows of the image (pixels)")
    view.grid(False)
    view.set_title(f"it sees {seen.mean():.0%} of the image")
    fig.alt = (
        f"Stage {stage} has {rows} × {rows} values. The one in row {position[0]} and column "
        f"{position[1]} sees the rows {top} to {bottom - 1} and the columns {left} to "
        f"{right - 1} of the image, {seen.mean():.0%} of it."
    )
    return fig

"""A figure that a learner moves: controls above it, and the figure drawn anew at every move.

    movable(draw, {"filters": Control((16, 32, 64), 64), ...})

Who calls it: the modules of the figures beside it, and lessons. Without a notebook, and while
outputs are stored or compared, the figure is drawn once, at the controls' start.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.display import display

from resnets.plots.style import LessonFigure
from resnets.training.progress import in_notebook, view_of
from resnets.training.stored import outputs_are_stored


@dataclass(frozen=True)
class Control:
    """What can be chosen at one control.

    Attributes:
        values: the values, from left to right.
        start: the one at the start.
        label: what stands before the control.
    """

    values: Sequence[Any]
    start: Any
    label: str


def movable(draw: Callable[..., LessonFigure], controls: Mapping[str, Control]) -> None:
    """Show a figure under controls; each move draws it again.

    Args:
        draw: takes a value for each control by its name, and returns a figure.
        controls: the controls from top to bottom, by the name of the value.
    """
    first = draw(**{name: control.start for name, control in controls.items()})
    if outputs_are_stored() or not in_notebook():
        display(first)
        return
    from resnets.widgets.sliders import Sliders

    sliders = Sliders(draw, controls, first)
    show_view(sliders, first, "Run this cell to move the figure.")


def show_view(widget: Any, figure: LessonFigure, text: str) -> None:
    """Show a widget; a page without widgets shows the figure and the text in its place."""
    fallback = f"{figure.as_html()}<p>{html.escape(text)}</p>"
    display({**view_of(widget), "text/html": fallback, "text/plain": text}, raw=True)

"""The sliders of a figure to move, and the figure below them, in the browser.

Who calls it: `movable`. They are an anywidget with a small module of our own, because the sliders
of ipywidgets have no names for a screen reader, and send every position on the way of the hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import anywidget
import traitlets

from resnets.plots.style import LessonFigure
from resnets.widgets.browser_module import FOLDER, browser_module

if TYPE_CHECKING:
    from resnets.widgets.movable import Control


class Sliders(anywidget.AnyWidget):
    """A slider for each control, and the figure for their values.

    Attributes:
        controls: for each slider its label, and its values as text.
        values: for each slider the index of its value.
        figure: the figure as HTML.
    """

    _esm = browser_module("parts.js", "sliders.js")
    _css = FOLDER / "sliders.css"
    controls = traitlets.List().tag(sync=True)
    values = traitlets.List().tag(sync=True)
    figure = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., LessonFigure],
        controls: Mapping[str, Control],
        first: LessonFigure,
    ) -> None:
        """Make the sliders; `draw` and `controls` are those of `movable`.

        Args:
            first: the figure at the controls' start.
        """
        self._draw, self._chosen = draw, controls
        super().__init__(
            controls=[
                {"label": control.label, "options": [*map(str, control.values)]}
                for control in controls.values()
            ],
            values=[list(control.values).index(control.start) for control in controls.values()],
            figure=first.as_html(),
        )
        self.on_msg(lambda _, content, buffers: self.move(content["values"]))

    def move(self, values: list[int]) -> None:
        """Draw the figure for other values, and tell the browser when it is drawn.

        Args:
            values: for each slider the index of its value.
        """
        chosen = {
            name: control.values[index]
            for (name, control), index in zip(self._chosen.items(), values, strict=True)
        }
        try:
            self.figure = self._draw(**chosen).as_html()
        except Exception as error:  # of a learner's function, which a figure may call
            self.send({"message": f"{type(error).__name__}: {error}"})
            return
        self.values = values
        self.send({"message": ""})

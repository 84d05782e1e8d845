"""The style of all plots in the lessons, and their text alternative.

Who calls it: the modules beside it. Colours are those of Okabe and Ito (2008), which people with
any kind of colour vision can tell apart; continuous values are drawn in viridis.
"""

from __future__ import annotations

import base64
import functools
import html
import io
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resnets.plots.values import values_in_words
from resnets.training.stored import outputs_are_stored

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, SKY, ORANGE, BLACK = "#CC79A7", "#56B4E9", "#E69F00", "#000000"
LINE_COLOURS = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK]
LINE_MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
GREY = "#6B6B6B"
FRAME = "#999999"
COLOUR_MAP = "viridis"

_DPI = 144  # finer than on the screen, which has 100 pixels for an inch
_SCREEN_DPI = 100
_STYLE = {
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "lines.linewidth": 2,
    "lines.markersize": 5,
    "figure.facecolor": "white",
    "figure.dpi": _SCREEN_DPI,
}


class LessonFigure(Figure):
    """A matplotlib figure with a text alternative.

    A notebook shows it as an image with `alt` as its alternative text, and the same text under it.
    In a learner's notebook the values follow, and the image is HTML: JupyterLab drops the
    alternative text of other images. In stored outputs there are no values, which may depend on the
    machine, and the image is a PNG, which the notebooks' rules look at.
    """

    alt: str = ""

    def set_title(self, title: str) -> None:
        """Put a title above all axes, at the left edge."""
        self.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")

    def description(self) -> str:
        """The text alternative with the values that are drawn."""
        return " ".join(filter(None, (self.alt, values_in_words(self))))

    def png(self) -> bytes:
        """The figure as a PNG file."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=_DPI)
        return buffer.getvalue()

    def as_html(self) -> str:
        """The figure as an image with its values as the alternative text, and a caption."""
        kind = "lesson-images" if any(ax.images for ax in self.axes) else "lesson-plot"
        return (
            f'<img class="{kind}" alt="{html.escape(self.description())}" width="{self._width()}" '
            f'style="max-width:100%" src="data:image/png;base64,{self._base64()}">{self._caption()}'
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not outputs_are_stored():
            bundle = {"text/html": self.as_html(), "text/plain": self.description()}
            display(bundle, raw=True)
            return
        display(
            {"image/png": self._base64(), "text/plain": "<a figure, described below>"},
            metadata={"image/png": {"alt": self.alt, "width": self._width()}},
            raw=True,
        )
        display({"text/html": self._caption(), "text/plain": self.alt}, raw=True)

    def _caption(self) -> str:
        style = "max-width:52em;color:var(--jp-ui-font-color2,#555)"
        return f'<div style="{style}">{html.escape(self.alt)}</div>'

    def _base64(self) -> str:
        return base64.b64encode(self.png()).decode()

    def _width(self) -> int:
        """In pixels of the screen."""
        return round(self.get_figwidth() * _SCREEN_DPI)


def frame(ax: Axes) -> None:
    """Put a thin frame around an image, so that a white one can be told from the page."""
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set(visible=True, color=FRAME, linewidth=0.8)


def styled(plot: Callable[..., LessonFigure]) -> Callable[..., LessonFigure]:
    """Let a plot use the lessons' style, without changes to the reader's matplotlib settings."""

    @functools.wraps(plot)
    def drawn(*args, **kwargs) -> LessonFigure:
        with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE}):
            return plot(*args, **kwargs)

    return drawn


def new_figure(width: float, height: float) -> LessonFigure:
    """An empty figure of this size in inches of 100 pixels; a notebook is about 8 wide."""
    return LessonFigure(figsize=(width, height), layout="constrained")

"""Say in words which values a figure shows, for readers who cannot see it.

Who calls it: `style.LessonFigure`. Bars are listed; a line is told by its ends and its extremes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_MOST_LINES = 8  # more would be read out for minutes


def values_in_words(figure: Figure) -> str:
    """Return the values of all bars and lines in a figure as sentences; "" without any."""
    sentences = [text for ax in figure.axes if ax.get_visible() for text in _sentences(ax)]
    return " ".join(sentences[:_MOST_LINES])


def _sentences(ax: Axes) -> Iterator[str]:
    for bars in (c for c in ax.containers if isinstance(c, BarContainer)):
        name = bars.get_label()
        lead = f"{name}: " if name and not name.startswith("_") else ""
        yield f"{lead}{', '.join(_bars(ax, bars))}."
    for line in ax.get_lines():
        if not line.get_label().startswith("_") and len(line.get_xdata()) > 1:
            yield _line(line)


def _bars(ax: Axes, bars: BarContainer) -> list[str]:
    upright = bars.orientation == "vertical"
    ticks = ax.get_xticks() if upright else ax.get_yticks()
    labels = ax.get_xticklabels() if upright else ax.get_yticklabels()
    names = [label.get_text() for label in labels]
    words = []
    for patch in bars:
        centre = patch.get_x() + patch.get_width() / 2
        if not upright:
            centre = patch.get_y() + patch.get_height() / 2
        value = patch.get_height() if upright else patch.get_width()
        words.append(f"{names[int(np.abs(np.asarray(ticks) - centre).argmin())]} {value:.3g}")
    return words


def _line(line: Line2D) -> str:
    x, y = (np.asarray(data, float) for data in line.get_data())
    text = f"{line.get_label()}: from {y[0]:.3g} at {x[0]:g} to {y[-1]:.3g} at {x[-1]:g}"
    if y.min() < min(y[0], y[-1]):
        text += f", lowest {y.min():.3g} at {x[y.argmin()]:g}"
    if y.max() > max(y[0], y[-1]):
        text += f", highest {y.max():.3g} at {x[y.argmax()]:g}"
    return text + "."

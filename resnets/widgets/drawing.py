"""Draw a guess into the plot of its measurement, and a lesson's guesses into one figure.

Who calls it: `predictions`. A guess is dashed and black everywhere, a measurement is solid.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from resnets.plots.style import BLACK, BLUE, LessonFigure, new_figure, styled
from resnets.widgets.questions import CERTAIN, Choice, Curve, Number

_DASHED = {"color": BLACK, "linestyle": (0, (5, 3)), "linewidth": 2}
_SOLID = {"color": BLUE, "linestyle": "-", "linewidth": 2}
_TITLE_WIDTH = 44  # letters in a line
_OPTION_WIDTH = 38  # the same, beside the marks


@styled
def draw_guess(ax: Axes, question: Choice | Number | Curve, guess: Any, label: str) -> None:
    """Draw a guess into the axes of the measurement; a choice is a line of text only."""
    if isinstance(question, Curve):
        ax.plot(question.x, guess, **_DASHED, zorder=5)
    elif isinstance(question, Number):
        (ax.axvline if question.axis == "x" else ax.axhline)(guess, **_DASHED, zorder=5)
    style = {"linestyle": ""} if isinstance(question, Choice) else _DASHED
    handles = [Line2D([], [], **style)]
    ax.legend(handles, [label], loc="best", frameon=True, framealpha=0.9)


@styled
def draw_overview(lesson: int, pairs: list[tuple]) -> LessonFigure:
    """A figure with a plot for each pair of a question and its prediction (None: not asked yet)."""
    columns = min(2, len(pairs))
    rows = math.ceil(len(pairs) / columns)
    fig = new_figure(4.6 * columns, 2.9 * rows + 0.7)
    axes = list(fig.subplots(rows, columns, squeeze=False).flat)
    parts = []
    for ax, (question, prediction) in zip(axes, pairs, strict=False):
        guess = None if prediction is None else prediction.value
        measured = None if prediction is None else prediction.measured
        _DRAW[question.kind](ax, question, guess, measured)
        ax.set_title("\n".join(textwrap.wrap(question.title, _TITLE_WIDTH)), fontsize="small")
        if guess is None and measured is None:
            ax.text(0.5, 0.5, "not measured yet", ha="center", transform=ax.transAxes)
        parts.append(_in_words(question, prediction))
    for ax in axes[len(pairs) :]:
        ax.set_visible(False)
    title = f"Lesson {lesson}: {_score([prediction for _, prediction in pairs])}"
    fig.set_title(title)
    handles = [Line2D([], [], **_DASHED), Line2D([], [], **_SOLID)]
    fig.legend(handles, ["your prediction", "measured"], loc="outside lower center", ncols=2)
    fig.alt = f"{title}. {' '.join(parts)}"
    return fig


def _score(predictions: list) -> str:
    made = [p for p in predictions if p is not None and p.value is not None]
    if not made:
        return "no predictions were made"
    judged = [p for p in made if p.is_right is not None]
    if not judged:
        return f"{len(made)} predictions, not measured yet"
    right = sum(p.is_right for p in judged)
    text = f"{right} of {len(judged)} predictions right"
    certain = [p for p in judged if p.confidence == CERTAIN]
    if certain:
        text += f"; of the {len(certain)} you were certain of, {sum(p.is_right for p in certain)}"
    return text


def _in_words(question: Choice | Number | Curve, prediction: Any) -> str:
    if prediction is None or prediction.value is None:
        return f"{question.title} Skipped."
    measured = ""
    if prediction.measured is not None:
        measured = f", measured {question.measured_words(prediction.measured)}"
    return f"{question.title} Predicted {question.words(prediction.value)}{measured}."


def _draw_curve(ax: Axes, question: Curve, guess: Any, measured: Any) -> None:
    for values, style in ((measured, _SOLID), (guess, _DASHED)):
        if values is not None:
            ax.plot(question.x, values, **style)
    if question.log:
        ax.set_yscale("log")
    ax.set_xlim(question.x[0] - 0.5, question.x[-1] + 0.5)
    ax.set_ylim(question.low, question.high)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(question.xlabel)
    ax.set_ylabel(question.ylabel)


def _draw_number(ax: Axes, question: Number, guess: Any, measured: Any) -> None:
    for value, style in ((measured, _SOLID), (guess, _DASHED)):
        if value is not None:
            ax.axvline(value, **style)
    if question.log:
        ax.set_xscale("log")
    ax.set_xlim(question.low, question.high)
    ax.set_yticks([])
    ax.set_xlabel(question.unit + (" (log scale)" if question.log else ""))


def _draw_choice(ax: Axes, question: Choice, guess: Any, measured: Any) -> None:
    """The options as rows: a filled dot at the measured one, an open diamond at the guess."""
    for row, option in enumerate(question.options):
        text = "\n".join(textwrap.wrap(option.text, _OPTION_WIDTH))
        ax.text(0.28, row, text, va="center", fontsize="small")
        if measured is not None and option.when(measured):
            ax.plot([0.07], [row], "o", color=BLUE, markersize=9)
        if guess == row:
            ax.plot([0.2], [row], "D", markersize=9, markerfacecolor="none", color=BLACK)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(question.options) - 0.5, -0.5)
    ax.set_xticks([0.07, 0.2], ["measured", "you"], rotation=30, ha="right", fontsize="small")
    ax.set_yticks([])
    ax.grid(False)


_DRAW = {"curve": _draw_curve, "number": _draw_number, "choice": _draw_choice}

"""Lesson 1's gradient norms to move: depth, activation, initial weights and BatchNorm.

Who calls it: lesson 1, with the learner's own measurement. A few lines drawn before stay, pale, so
that networks can be compared.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.ticker import NullLocator

from resnets.plots.style import BLUE, GREY, LessonFigure, new_figure, styled
from resnets.widgets.movable import Control, movable

_EARLIER = 3
"""How many earlier lines stay."""
_LEAST, _MOST = 1e-24, 1e3


def explore_gradients(measure: Callable[[int, str, str, bool], np.ndarray]) -> None:
    """Show the gradient norms of a network whose depth, activation and start can be chosen.

    Args:
        measure: takes the depth, the activation's name, the initialiser's name, and whether there
            is BatchNorm; returns the norm of each layer, from input to output.
    """
    measured: dict[tuple, np.ndarray] = {}

    def draw(depth: int, activation: str, start: str, batch_norm: str) -> LessonFigure:
        chosen = depth, activation, start, batch_norm
        norms = measured.pop(chosen, None)
        if norms is None:
            norms = measure(depth, activation, start, batch_norm == "yes")
        measured[chosen] = norms  # the newest one is the last
        return plot_chosen(measured)

    controls = {
        "depth": Control(tuple(range(4, 41, 4)), 12, "layers"),
        "activation": Control(("sigmoid", "tanh", "relu"), "relu", "activation"),
        "start": Control(("glorot_uniform", "he_normal"), "he_normal", "initial weights"),
        "batch_norm": Control(("no", "yes"), "no", "BatchNorm"),
    }
    movable(draw, controls)


@styled
def plot_chosen(measured: dict[tuple, np.ndarray]) -> LessonFigure:
    """The norms of the network chosen last, and pale those of the few before it.

    Args:
        measured: the norms by depth, activation, start and BatchNorm ("yes" or "no"); the last
            entry is the newest.
    """
    *earlier, (chosen, norms) = measured.items()
    fig = new_figure(8, 3.8)
    ax = fig.subplots()
    for label, line in earlier[-_EARLIER:]:
        ax.plot(*_points(line), color=GREY, alpha=0.5, label=_in_words(label))
    title = _in_words(chosen)
    ax.plot(*_points(norms), "o-", color=BLUE, label=title)
    ax.set_yscale("log")
    ax.set_ylim(_LEAST, _MOST)
    ax.set_xlim(0, 41)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("layer, from input (left) to output (right)")
    ax.set_ylabel("gradient norm (log scale)")
    ax.set_title(title)
    ax.legend(loc="lower right", fontsize=9)
    fig.alt = (
        f"Line plot: gradient norm of every layer, from input to output, {title}: "
        f"{norms[0]:.0e} at the first layer, {norms[-1]:.0e} at the last."
    )
    return fig


def _points(norms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Layers and norms; a norm of 0, which has no place on a logarithmic scale, is left out."""
    norms = np.asarray(norms, float)
    return np.arange(1, len(norms) + 1), np.where(norms > 0, norms, np.nan)


def _in_words(chosen: tuple) -> str:
    depth, activation, start, batch_norm = chosen
    words = f"{depth} layers, {activation}, {start}"
    return f"{words}, BatchNorm" if batch_norm == "yes" else words

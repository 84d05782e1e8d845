"""Plots of a training: gradient norms, loss and accuracy.

Who calls it: lessons 1, 5 and 8. Each function returns a figure that a notebook shows with a
description under it; `alt` replaces the description where a lesson can say more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from resnets.plots.style import (
    BLUE,
    LINE_COLOURS,
    LINE_MARKERS,
    VERMILLION,
    LessonFigure,
    new_figure,
    styled,
)


@styled
def plot_gradient_norms(
    norms_by_name: Mapping[str, Sequence[float] | np.ndarray],
    title: str | None = None,
    alt: str | None = None,
) -> LessonFigure:
    """Gradient norm of every layer, from input to output, as a line for each network.

    Args:
        norms_by_name: for each network the norms as `gradient_norms` returns them.
        title, alt: replace the usual title and description.
    """
    fig = new_figure(8, 4)
    ax = fig.subplots()
    longest = max(map(len, norms_by_name.values()), default=0)
    for i, (name, norms) in enumerate(norms_by_name.items()):
        norms = np.asarray(norms, dtype=float)
        ax.plot(
            np.arange(1, len(norms) + 1),
            np.where(norms > 0, norms, np.nan),
            color=LINE_COLOURS[i % len(LINE_COLOURS)],
            marker=LINE_MARKERS[i % len(LINE_MARKERS)],
            markersize=5 if longest <= 24 else 3,
            label=name,
        )
    ax.set_yscale("log")
    ax.set_xlim(0, longest + 1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("layer, from input (left) to output (right)")
    ax.set_ylabel("gradient norm (log scale)")
    ax.set_title(title or "Does the gradient still reach the first layers?")
    fig.legend(loc="outside lower center", ncols=3)
    fig.alt = alt or (
        "Line plot: gradient norm of every layer, from input to output, on a logarithmic scale; "
        f"one line each for {'; '.join(norms_by_name)}."
    )
    return fig


@styled
def plot_history(history: Any, title: str | None = None, alt: str | None = None) -> LessonFigure:
    """Loss and accuracy after each epoch.

    Args:
        history: what `model.fit` returns, or a dictionary such as its `.history`.
        title, alt: replace the usual title and description.

    Raises:
        ValueError: `history` has no losses.
    """
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping) or "loss" not in values:
        raise ValueError(
            "plot_history: expected what model.fit returns, with 'loss' in it, got "
            f"{type(history).__name__}. Write history = model.fit(...)."
        )
    shown = [name for name in ("loss", "accuracy") if name in values]
    fig = new_figure(4 * len(shown), 3.4)
    for ax, name in zip(fig.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        for key, label, colour, line in (
            (name, "training", BLUE, "o-"),
            (f"val_{name}", "test", VERMILLION, "s--"),
        ):
            if key in values:
                ax.plot(
                    np.arange(1, len(values[key]) + 1), values[key], line, color=colour, label=label
                )
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss (cross-entropy, nats)" if name == "loss" else "accuracy")
        if name == "accuracy":
            ax.set_ylim(0, 1.02)
        ax.set_title("Loss: lower is better" if name == "loss" else "Accuracy: higher is better")
        ax.legend()
    if title:
        fig.set_title(title)
    epochs = len(values["loss"])
    fig.alt = alt or f"Line plot: {' and '.join(shown)} after each epoch, from 1 to {epochs}."
    return fig

"""The plots that the lessons share.

Who calls it: lessons 1, 5 and 6. Each function returns a figure that a notebook shows with a
description under it; `alt` replaces the description where a lesson can say more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from PIL import Image

from resnets.plots.style import (
    BLUE,
    COLOUR_MAP,
    GREY,
    LINE_COLOURS,
    LINE_MARKERS,
    ORANGE,
    LessonFigure,
    new_figure,
    styled,
)

_MOST_IMAGES = 64


@styled
def show_images(
    X: np.ndarray,
    labels: Sequence | np.ndarray | None = None,
    predicted: Sequence | np.ndarray | None = None,
    columns: int = 8,
    title: str | None = None,
    alt: str | None = None,
) -> LessonFigure:
    """Pictures in a grid, each under its label.

    Args:
        X: shape (m, h, w, 3), uint8, or float in [0, 1]; at most 64 are shown.
        labels: m labels, of shape (m,) or (1, m).
        predicted: m predictions; a wrong one is written in orange beside the label.
        columns: pictures a row.
        title, alt: replace the usual title and description.

    Raises:
        ValueError: X is not a batch of pictures, or the labels do not fit.
    """
    X = np.asarray(X)
    if X.ndim != 4 or X.shape[-1] != 3 or len(X) == 0:
        raise ValueError(
            f"show_images: expected pictures of shape (m, h, w, 3), got {X.shape}. "
            "For one picture write X[i:i+1]."
        )
    labels = _one_each(labels, len(X), "labels")
    predicted = _one_each(predicted, len(X), "predicted")
    count = min(len(X), _MOST_IMAGES)
    columns = min(columns, count)
    rows = -(-count // columns)
    size = min(1.0, 8 / columns) if columns > 4 else 1.6
    under = 0.36 if labels is not None or predicted is not None else 0.08
    fig = new_figure(max(size * columns, 3.4), (size + under) * rows + 0.3)
    axes = fig.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for i, ax in enumerate(axes[:count]):
        ax.imshow(X[i], interpolation="nearest")
        caption, colour = _image_caption(labels, predicted, i)
        ax.set_title(caption, loc="center", color=colour, pad=4, fontweight="normal")
    pictures = "One picture" if count == 1 else f"{count} pictures"
    title = title or pictures + (" with labels" if labels is not None else "")
    fig.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")
    fig.alt = alt or (
        f"{title}. {pictures} in a grid"
        + ("" if labels is None else f", labelled {', '.join(map(str, labels[:count]))}")
        + ("." if predicted is None else f", predicted {', '.join(map(str, predicted[:count]))}.")
    )
    return fig


def _one_each(values: Any, count: int, name: str) -> np.ndarray | None:
    if values is None:
        return None
    values = np.asarray(values).reshape(-1)
    if len(values) != count:
        raise ValueError(
            f"show_images: expected {count} {name}, one a picture, got {len(values)}. "
            "Cut both in the same way, such as X[:8] and Y[0, :8]."
        )
    return values


def _image_caption(labels, predicted, i: int) -> tuple[str, str]:
    if labels is None:
        return ("" if predicted is None else f"says {predicted[i]}"), "black"
    if predicted is None or predicted[i] == labels[i]:
        return str(labels[i]), "black"
    return f"{labels[i]}, not {predicted[i]}", ORANGE


@styled
def plot_gradient_norms(
    norms_by_name: Mapping[str, Sequence[float] | np.ndarray],
    title: str | None = None,
    alt: str | None = None,
) -> LessonFigure:
    """Gradient norm of every layer, input to output, one line for each network.

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
            (f"val_{name}", "test", ORANGE, "s--"),
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
        fig.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")
    epochs = len(values["loss"])
    fig.alt = alt or f"Line plot: {' and '.join(shown)} after each epoch, from 1 to {epochs}."
    return fig


@styled
def plot_confusion(
    matrix: np.ndarray, classes: Sequence, title: str | None = None, alt: str | None = None
) -> LessonFigure:
    """How often each class was taken for each other.

    Args:
        matrix: counts, shape (classes, classes); rows are the true classes.
        classes: their names, in the same order.
        title, alt: replace the usual title and description.
    """
    matrix = np.asarray(matrix)
    n = len(classes)
    if matrix.shape != (n, n):
        raise ValueError(
            f"plot_confusion: expected a matrix of shape {(n, n)} for {n} classes, got "
            f"{matrix.shape}."
        )
    fig = new_figure(5.4, 4.6)
    ax = fig.subplots()
    picture = ax.imshow(matrix, cmap=COLOUR_MAP, vmin=0)
    bright = matrix > matrix.max() * 0.6
    for (i, j), count in np.ndenumerate(matrix):
        ax.text(
            j, i, f"{count:g}", ha="center", va="center", color="black" if bright[i, j] else "white"
        )
    ax.set_xticks(range(n), [str(name) for name in classes])
    ax.set_yticks(range(n), [str(name) for name in classes])
    ax.grid(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.set_title(title or "Mistakes lie off the diagonal")
    fig.colorbar(picture, label="pictures", ticks=MaxNLocator(integer=True))
    fig.alt = alt or (
        f"Confusion matrix of {n} classes: rows are the true classes, columns the predicted "
        "ones, each field the number of pictures."
    )
    return fig


@styled
def plot_probabilities(
    probs: Sequence[float] | np.ndarray,
    classes: Sequence,
    title: str | None = None,
    alt: str | None = None,
) -> LessonFigure:
    """The network's probability for each class, as bars.

    Args:
        probs: shape (classes,) or (1, classes), summing to 1.
        classes: their names, in the same order.
        title, alt: replace the usual title and description.
    """
    probs = np.asarray(probs, dtype=float).reshape(-1)
    if len(probs) != len(classes) or abs(probs.sum() - 1) > 1e-3 or probs.min() < 0:
        raise ValueError(
            f"plot_probabilities: expected {len(classes)} probabilities that sum to 1, got "
            f"{len(probs)} that sum to {probs.sum():.4g}. Pass model.predict(x)[0]."
        )
    best = int(probs.argmax())
    fig = new_figure(6, 0.42 * len(classes) + 1.1)
    ax = fig.subplots()
    colours = [BLUE if i == best else GREY for i in range(len(classes))]
    bars = ax.barh([str(name) for name in classes], probs, color=colours)
    ax.bar_label(bars, [f"{p:.1%}" for p in probs], padding=4)
    ax.set_xlim(0, 1.12)
    ax.set_xticks(np.linspace(0, 1, 6), [f"{p:.0%}" for p in np.linspace(0, 1, 6)])
    ax.spines["bottom"].set_bounds(0, 1)
    ax.grid(axis="y", visible=False)
    ax.invert_yaxis()
    ax.set_xlabel("probability")
    ax.set_ylabel("class")
    ax.set_title(title or f"The most probable class is {classes[best]}")
    fig.alt = alt or (
        f"Bar chart: the probability of each of {len(classes)} classes; the highest is that of "
        f"class {classes[best]}."
    )
    return fig


@styled
def plot_gradcam(
    image: np.ndarray, heat: np.ndarray, title: str | None = None, alt: str | None = None
) -> LessonFigure:
    """A picture, and beside it where it spoke for the class.

    Args:
        image: shape (h, w, 3) or (1, h, w, 3), uint8, or float in [0, 1].
        heat: what `compute_gradcam` returns; values in [0, 1].
        title, alt: replace the usual title and description.
    """
    image = np.asarray(image)
    image = image[0] if image.ndim == 4 else image
    if image.ndim != 3 or np.ndim(heat) != 2:
        raise ValueError(
            f"plot_gradcam: expected a picture (h, w, 3) and a map (h, w), got {image.shape} and "
            f"{np.shape(heat)}."
        )
    heat = np.asarray(heat, dtype=np.float32)
    smooth = Image.fromarray(heat).resize(image.shape[1::-1], Image.Resampling.BICUBIC)
    fig = new_figure(7.2, 3.6)
    left, right = fig.subplots(1, 2)
    left.imshow(image)
    left.set_title("what the network sees")
    right.imshow(image)
    shown = right.imshow(np.clip(smooth, 0, 1), cmap=COLOUR_MAP, alpha=0.6, vmin=0, vmax=1)
    right.set_title(title or "yellow: what speaks for the class")
    for ax in (left, right):
        ax.axis("off")
    fig.colorbar(shown, ax=right, label="weight (1 is the strongest)")
    fig.alt = alt or (
        "Two pictures: left the input, right the same with a map laid over it, from purple where "
        "nothing speaks for the class to yellow where most does."
    )
    return fig

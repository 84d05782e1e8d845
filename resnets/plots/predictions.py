"""Plots of what a network answers: mistakes, probabilities, and where it looks.

Who calls it: lessons 5 and 6, and the camera of lesson 6. Each function returns a figure that a
notebook shows with a description under it; `alt` replaces the description where a lesson can say
more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from PIL import Image

from resnets.plots.style import BLUE, COLOUR_MAP, GREY, LessonFigure, frame, new_figure, styled
from resnets.training.stored import outputs_are_stored


@styled
def plot_confusion(
    matrix: np.ndarray, classes: Sequence, title: str | None = None, alt: str | None = None
) -> LessonFigure:
    """A confusion matrix: how often each class was taken for each other class.

    Args:
        matrix: counts, shape (classes, classes); rows are the true classes.
        classes: their names, in the same order.
        title, alt: replace the usual title and description.

    Raises:
        ValueError: the matrix is not of this shape.
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
    cells = ax.imshow(matrix, cmap=COLOUR_MAP, vmin=0)
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
    fig.colorbar(cells, label="images", ticks=MaxNLocator(integer=True))
    fig.alt = alt or (
        f"Confusion matrix of {n} classes: rows are the true classes, columns the predicted "
        "ones, each cell the number of images."
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

    Raises:
        ValueError: `probs` are not the probabilities of these classes.
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
    _draw_probabilities(ax, probs, classes)
    ax.set_title(title or f"The most probable class is {classes[best]}")
    fig.alt = alt or (
        f"Bar chart: the probability of each of {len(classes)} classes; the highest is that of "
        f"class {classes[best]}."
    )
    return fig


def _draw_probabilities(ax: Axes, probs: np.ndarray, classes: Sequence) -> None:
    best = int(probs.argmax())
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


def _brightest(heat: np.ndarray) -> str:
    """Where the map is brightest, in words; stored outputs must not depend on the machine."""
    if not heat.any():
        return "The map is purple everywhere: nothing in this layer speaks for the class."
    if outputs_are_stored():
        return ""
    rows, columns = heat.shape
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return f"It is brightest in row {row + 1} of {rows}, column {column + 1} of {columns}."


@styled
def plot_gradcam(
    image: np.ndarray,
    heat: np.ndarray,
    title: str | None = None,
    alt: str | None = None,
    label: str = "weight (1 is the strongest)",
) -> LessonFigure:
    """An image, and beside it the parts of it that spoke for the class.

    Args:
        image: shape (h, w, 3) or (1, h, w, 3), uint8, or float in [0, 1].
        heat: a map of the image's positions, such as Grad-CAM's; values in [0, 1].
        title, alt: replace the usual title and description.
        label: what the values are.

    Raises:
        ValueError: `image` or `heat` has another shape.
    """
    image, heat = np.asarray(image), np.asarray(heat)
    image = image[0] if image.ndim == 4 else image
    if image.ndim != 3 or np.ndim(heat) != 2:
        raise ValueError(
            f"plot_gradcam: expected an image (h, w, 3) and a map (h, w), got {image.shape} and "
            f"{np.shape(heat)}."
        )
    fig = new_figure(7.2, 3.6)
    left, right = fig.subplots(1, 2)
    left.imshow(image)
    left.set_title("what the network sees")
    shown = _draw_heat(right, image, heat)
    if not heat.any():
        right.set_title("nothing in this layer speaks for the class")
    else:
        right.set_title(title or "yellow: what speaks for the class")
    for ax in (left, right):
        frame(ax)
    fig.colorbar(shown, ax=right, label=label)
    fig.alt = (
        alt
        or (
            "Two images: left the input, right the same with a map laid over it, from purple where "
            f"nothing speaks for the class to yellow where most does. {_brightest(heat)}"
        ).strip()
    )
    return fig


@styled
def plot_live_answer(image: np.ndarray, heat: np.ndarray, probs: np.ndarray) -> LessonFigure:
    """An image under the map of what speaks for the answer, beside the answer's probabilities.

    Args:
        image: uint8 of shape (h, w, 3).
        heat: what `compute_gradcam` returns; values in [0, 1].
        probs: shape (classes,), summing to 1.
    """
    best = int(np.argmax(probs))
    fig = new_figure(8, 3.2)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.4])
    _draw_heat(left, image, heat)
    left.axis("off")
    left.set_title("yellow: what speaks for the answer")
    _draw_probabilities(right, np.asarray(probs), range(len(probs)))
    right.set_title(f"The answer is {best}")
    fig.alt = (
        "A still example: left the image with a map laid over it, from purple where nothing speaks "
        f"for the answer to yellow where most does; right the probability of each class. The "
        f"answer is {best}."
    )
    return fig


def _draw_heat(ax: Axes, image: np.ndarray, heat: np.ndarray) -> AxesImage:
    """Draw the image, and the map over it; return the map."""
    heat = np.asarray(heat, dtype=np.float32)
    smooth = Image.fromarray(heat).resize(image.shape[1::-1], Image.Resampling.BICUBIC)
    ax.imshow(image)
    return ax.imshow(np.clip(smooth, 0, 1), cmap=COLOUR_MAP, alpha=0.6, vmin=0, vmax=1)

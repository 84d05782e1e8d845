"""Images in a grid with their labels.

Who calls it: lessons 1, 5 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from resnets.plots.style import VERMILLION, LessonFigure, frame, new_figure, styled

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
    """Images in a grid, each under its label.

    Args:
        X: shape (m, h, w, 3), uint8, or float in [0, 1]; at most 64 are shown.
        labels: m labels, of shape (m,) or (1, m).
        predicted: m predictions; a wrong one is written in orange beside the label.
        columns: images in each row.
        title, alt: replace the usual title and description.

    Raises:
        ValueError: X is not a batch of images, or the number of labels is not that of the images.
    """
    X = np.asarray(X)
    if X.ndim != 4 or X.shape[-1] != 3 or len(X) == 0:
        raise ValueError(
            f"show_images: expected images of shape (m, h, w, 3), got {X.shape}. "
            "For one image write X[i:i+1]."
        )
    labels = _flat(labels, len(X), "labels")
    predicted = _flat(predicted, len(X), "predicted")
    count = min(len(X), _MOST_IMAGES)
    columns = min(columns, count)
    rows = -(-count // columns)
    size = min(1.0, 8 / columns) if columns > 4 else 1.6
    under = 0.36 if labels is not None or predicted is not None else 0.08
    fig = new_figure(max(size * columns, 3.4), (size + under) * rows + 0.3)
    axes = fig.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[count:]:
        ax.axis("off")
    for i, ax in enumerate(axes[:count]):
        ax.imshow(X[i], interpolation="nearest")
        frame(ax)
        caption, colour = _image_caption(labels, predicted, i)
        ax.set_title(caption, loc="center", color=colour, pad=4, fontweight="normal")
    counted = "One image" if count == 1 else f"{count} images"
    title = title or counted + (" with labels" if labels is not None else "")
    fig.set_title(title)
    fig.alt = alt or (
        f"{title}. {counted} in a grid"
        + ("" if labels is None else f", labelled {', '.join(map(str, labels[:count]))}")
        + ("." if predicted is None else f", predicted {', '.join(map(str, predicted[:count]))}.")
    )
    return fig


def _flat(values: Any, count: int, name: str) -> np.ndarray | None:
    """`values` in one dimension, or None; they must be `count`."""
    if values is None:
        return None
    values = np.asarray(values).reshape(-1)
    if len(values) != count:
        raise ValueError(
            f"show_images: expected {count} {name}, one for each image, got {len(values)}. "
            "Cut both in the same way, such as X[:8] and Y[0, :8]."
        )
    return values


def _image_caption(labels, predicted, i: int) -> tuple[str, str]:
    """The text over image `i`, and its colour."""
    if labels is None:
        return ("" if predicted is None else f"says {predicted[i]}"), "black"
    if predicted is None or predicted[i] == labels[i]:
        return str(labels[i]), "black"
    return f"{labels[i]}, not {predicted[i]}", VERMILLION

"""The reference for `occlusion_map`, in parts that a mistake can replace."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from grading.catalogue.mistake import changed

GREY = 0.5


def probabilities(model: keras.Model, images: list[np.ndarray] | np.ndarray) -> np.ndarray:
    """Return a model's probabilities for some images, shape (images, classes)."""
    return np.asarray(model(np.stack(images).astype("float32"), training=False), "float64")


def best(p: np.ndarray) -> int:
    """Return the most probable class."""
    return int(p.argmax())


def inside(length: int, size: int, step: int) -> range:
    """Return where squares begin that lie inside the image."""
    return range(0, length - size + 1, step)


def cover(image: np.ndarray, row: int, column: int, size: int) -> np.ndarray:
    """Return a copy of the image with a grey square."""
    covered = image.copy()
    covered[row : row + size, column : column + size] = GREY
    return covered


def falls(before: np.ndarray, after: np.ndarray, answer: int) -> np.ndarray:
    """Return by how much the answer's probability falls in each covered image."""
    return before[answer] - after[:, answer]


def reference(
    model: keras.Model,
    image: np.ndarray,
    size: int,
    step: int,
    starts: Callable = inside,
    covered: Callable = cover,
    measure: Callable = falls,
    answer: Callable = best,
) -> np.ndarray:
    """Return by how much the answer's probability falls for each covered square, as a table.

    The keywords serve to build mistakes in.
    """
    height, width = image.shape[:2]
    rows, columns = starts(height, size, step), starts(width, size, step)
    images = [covered(image, row, column, size) for row in rows for column in columns]
    before = probabilities(model, [image])[0]
    values = measure(before, probabilities(model, images), answer(before))
    return np.reshape(values, (len(rows), len(columns)))


with_ = changed(reference)

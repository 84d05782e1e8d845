"""Small networks with random weights, on which exercises about a trained network are tested."""

from __future__ import annotations

import keras
import numpy as np

_POSITIVE = ("gamma", "moving_variance")


def draw_weights(model: keras.Model, rng: np.random.Generator) -> None:
    """Give a model random weights, of a size that keeps its activations near 1."""
    model.set_weights([_weight(weight, rng) for weight in model.weights])


def _weight(weight: keras.Variable, rng: np.random.Generator) -> np.ndarray:
    name = weight.path.split("/")[-1]
    if name in _POSITIVE:
        return rng.uniform(0.5, 1.5, weight.shape)
    if name == "kernel":
        return rng.normal(0, 1.5 / np.sqrt(np.prod(weight.shape[:-1])), weight.shape)
    return rng.normal(0, 0.3, weight.shape)


def draw_images(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return an array of this shape with values from 0 to 1, like an image divided by 255."""
    return rng.uniform(size=shape).astype("float32")

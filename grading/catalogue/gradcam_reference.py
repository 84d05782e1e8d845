"""The reference for `gradcam`, in parts that a mistake can replace."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from grading.catalogue.mistake import changed


def best(scores):
    """Return the score of the most probable class; `scores` has shape (classes,)."""
    return scores[int(tf.argmax(scores))]


def mean_slope(slopes: np.ndarray) -> np.ndarray:
    """Return a weight for each channel: the mean of its slopes over all positions."""
    return slopes.mean(axis=(0, 1))


def weighted_sum(
    features: np.ndarray, slopes: np.ndarray, weights: Callable = mean_slope
) -> np.ndarray:
    """Return the sum of the channels, each multiplied by its weight, `weights(slopes)`."""
    return (weights(slopes) * features).sum(axis=-1)


def positive(heat: np.ndarray) -> np.ndarray:
    """Return the map without its negative part."""
    return np.maximum(heat, 0)


def scaled(heat: np.ndarray) -> np.ndarray:
    """Return the map with 1 at its maximum; a map of zeros stays as it is."""
    return heat / heat.max() if heat.max() > 0 else heat


def reference(
    model: keras.Model,
    x: np.ndarray,
    layer: str,
    score: Callable = best,
    combined: Callable = weighted_sum,
    kept: Callable = positive,
    finished: Callable = scaled,
    bias: float = 1,
) -> np.ndarray:
    """Return Grad-CAM's map of the answer, shape (h, w) as the layer's output.

    The keywords serve to build mistakes in; `score` gets the scores before the softmax.
    """
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, before = parts(x, training=False)
        value = score((tf.matmul(before, last.kernel) + bias * last.bias)[0])
    slopes = np.asarray(tape.gradient(value, features))[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return finished(kept(combined(np.asarray(features)[0], slopes)))


with_ = changed(reference)

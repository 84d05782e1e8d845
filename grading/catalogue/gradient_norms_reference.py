"""The reference for `gradient_norms`, in parts that a mistake can replace."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf


def norm(g) -> float:
    """Return the L2 norm of all elements of an array."""
    return float(np.sqrt(np.sum(np.square(g))))


def kernels(model: keras.Model) -> list:
    """Return the kernels of a model's layers, from input to output."""
    return [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]


def mean_cross_entropy(y, p):
    """Return the categorical cross-entropy, averaged over the batch."""
    return tf.reduce_mean(keras.losses.categorical_crossentropy(y, p))


def reference(
    model,
    x,
    y,
    training: bool = True,
    loss: Callable = mean_cross_entropy,
    variables: Callable = kernels,
    measure: Callable = norm,
) -> np.ndarray:
    """Return the L2 norm of the loss's gradient with respect to each kernel.

    The keywords serve to build mistakes in.
    """
    chosen = variables(model)
    with tf.GradientTape() as tape:
        value = loss(tf.constant(y), model(x, training=training))
    return np.array([measure(np.asarray(g)) for g in tape.gradient(value, chosen)])

"""The numeric exercise: small networks with known weights, and what the right norms are.

`gradient_norms(model, X, Y)` returns numbers, not an architecture. So the judge draws networks,
weights, pictures and labels that nobody could foresee, hands them to the sandbox, and compares the
numbers that come back with those it computes itself.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

RELATIVE_TOLERANCE = 1e-3


def problem(draw: dict) -> dict:
    """A network as JSON, its weights, a batch and one-hot labels, as plain lists.

    Args:
        draw: from `draws.numeric`: batch_norm, filters, classes, batch, size, seed.
    """
    rng = np.random.default_rng(draw["seed"])
    model = _network(draw)
    weights = [_values(w.path.split("/")[-1], w.shape, rng) for w in model.weights]
    pictures = rng.uniform(size=(draw["batch"], draw["size"], draw["size"], 3))
    labels = np.eye(draw["classes"])[rng.integers(draw["classes"], size=draw["batch"])]
    return {
        "model": model.to_json(),
        "weights": [w.tolist() for w in weights],
        "X": pictures.tolist(),
        "Y": labels.tolist(),
    }


def expected(asked: dict) -> np.ndarray:
    """The norm of d loss / d kernel for every layer with a kernel, input to output, float64."""
    model = keras.models.model_from_json(asked["model"])
    model.set_weights([np.asarray(w, "float32") for w in asked["weights"]])
    pictures, labels = np.asarray(asked["X"], "float32"), np.asarray(asked["Y"], "float32")
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    with tf.GradientTape() as tape:
        outputs = model(pictures, training=True)
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, outputs))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.asarray([float(tf.norm(g)) for g in gradients], "float64")


def agrees(claim: object, wanted: np.ndarray) -> bool:
    """Whether a list of numbers from the sandbox is the right one."""
    try:
        given = np.asarray(claim, dtype="float64")
    except (TypeError, ValueError):
        return False
    return given.shape == wanted.shape and np.allclose(
        given, wanted, rtol=RELATIVE_TOLERANCE, atol=1e-9
    )


def _network(draw: dict) -> keras.Model:
    start = keras.Input((draw["size"], draw["size"], 3))
    x = start
    for filters in draw["filters"]:
        x = keras.layers.Conv2D(filters, 3, padding="same")(x)
        if draw["batch_norm"]:
            x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("tanh")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(5, activation="tanh")(x)
    return keras.Model(start, keras.layers.Dense(draw["classes"], activation="softmax")(x))


def _values(name: str, shape: tuple, rng: np.random.Generator) -> np.ndarray:
    if name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.4, shape)

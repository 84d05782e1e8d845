"""The networks and batches on which the check and the grader test `gradient_norms`."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from grading.catalogue.gradient_norms_reference import reference
from resnets.checks.fingerprint import draw_input
from resnets.checks.graph import assign_weights


def _stored(
    inner: Callable[[], list[keras.Layer]],
    shape: tuple,
    classes: int,
    batch: int,
    seed: int,
    functional: bool = False,
) -> Callable[[], dict[str, object]]:
    """Return a function that makes the arguments of one of the check's calls.

    The arguments are a new model, X of shape (batch, *shape) and one-hot Y of (batch, classes).

    Args:
        inner: makes the layers between the input and the last dense layer.
        seed: determines the weights and X.
        functional: whether the model is functional, so that its layers begin with the input.
    """

    def arguments() -> dict[str, object]:
        last = layers.Dense(classes, activation="softmax")
        model = keras.Sequential([keras.Input(shape), *inner(), last])
        if functional:
            x = start = keras.Input(shape)
            for layer in model.layers:
                x = layer(x)
            model = keras.Model(start, x)
        assign_weights(model, seed)
        x = draw_input((None, *shape), seed, batch)
        y = np.eye(classes, dtype=np.float32)[np.arange(batch) % classes]
        return {"model": model, "X": x, "Y": y}

    return arguments


def _three_dense() -> list[keras.Layer]:
    return [layers.Dense(5, activation="relu"), layers.Dense(4, activation="tanh")]


def _two_convolutions() -> list[keras.Layer]:
    return [
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Conv2D(5, 2),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Flatten(),
    ]


def _one_convolution() -> list[keras.Layer]:
    return [
        layers.Conv2D(6, 2),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(7, activation="relu"),
    ]


STORED = {
    "a model of three dense layers": _stored(_three_dense, (6,), 3, 5, 41),
    "a model of two convolutions with BatchNorm and a dense layer": _stored(
        _two_convolutions, (7, 6, 2), 4, 6, 42
    ),
    "a model of a convolution, BatchNorm and two dense layers": _stored(
        _one_convolution, (5, 5, 3), 5, 4, 43, functional=True
    ),
}


def draw(rng: np.random.Generator) -> list[dict]:
    """Draw the numbers that describe two networks: one without and one with BatchNorm.

    The second one is a Sequential model, whose layers do not begin with the input.
    """
    return [
        {
            "batch_norm": batch_norm,
            "filters": rng.integers(2, 6, size=int(rng.integers(2, 5))).tolist(),
            "classes": int(rng.integers(2, 7)),
            "batch": int(rng.integers(3, 7)),
            "size": int(rng.integers(5, 9)),
            "seed": int(rng.integers(1 << 31)),
        }
        for batch_norm in (False, True)
    ]


def arguments(drawn: dict) -> dict[str, object]:
    """Return the network, X and one-hot Y for a draw.

    Weights and images are drawn again until the right norms both rise and fall from layer to layer.
    In norms that only rise, a student's mistake of sorting them would not show; in norms that only
    fall, it would look like the mistake of reversing them.
    """
    rng = np.random.default_rng(drawn["seed"])
    model = _drawn_network(drawn)
    while True:
        model.set_weights([_values(w.path.split("/")[-1], w.shape, rng) for w in model.weights])
        x = rng.uniform(size=(drawn["batch"], drawn["size"], drawn["size"], 3)).astype("float32")
        labels = rng.integers(drawn["classes"], size=drawn["batch"])
        y = np.eye(drawn["classes"], dtype="float32")[labels]
        if {-1, 1} <= set(np.sign(np.diff(reference(model, x, y)))):
            return {"model": model, "X": x, "Y": y}


def _drawn_network(drawn: dict) -> keras.Model:
    inner: list[keras.Layer] = []
    for filters in drawn["filters"]:
        inner.append(layers.Conv2D(filters, 3, padding="same"))
        if drawn["batch_norm"]:
            inner.append(layers.BatchNormalization())
        inner.append(layers.Activation("tanh"))
    inner += [layers.Flatten(), layers.Dense(5, activation="tanh")]
    inner.append(layers.Dense(drawn["classes"], activation="softmax"))
    start = keras.Input((drawn["size"], drawn["size"], 3))
    if drawn["batch_norm"]:
        return keras.Sequential([start, *inner])
    x = start
    for layer in inner:
        x = layer(x)
    return keras.Model(start, x)


def _values(name: str, shape: tuple, rng: np.random.Generator) -> np.ndarray:
    if name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.4, shape)

"""The networks and batches that `gradient_norms` is tried on.

Who calls it: the check, and the command that stores the reference's norms for them.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from resnets.checks.fingerprint import draw_input
from resnets.checks.graph import assign_weights

# name: (input shape, classes, images in the batch, seed)
CASES = {
    "three dense layers": ((6,), 3, 5, 41),
    "two convolutions with BatchNorm and a dense layer": ((7, 6, 2), 4, 6, 42),
    "a convolution, BatchNorm and two dense layers": ((5, 5, 3), 5, 4, 43),
}


def make_case(name: str) -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """A fresh model with weights of its own, X and one-hot Y (m, classes)."""
    shape, classes, batch, seed = CASES[name]
    model = keras.Sequential([keras.Input(shape), *_LAYERS[name](), layers.Dense(classes,
                              activation="softmax")])  # fmt: skip
    assign_weights(model, seed)
    x = draw_input((None, *shape), seed, batch)
    y = np.eye(classes, dtype=np.float32)[np.arange(batch) % classes]
    return model, x, y


_LAYERS = {
    "three dense layers": lambda: [
        layers.Dense(5, activation="relu"),
        layers.Dense(4, activation="tanh"),
    ],
    "two convolutions with BatchNorm and a dense layer": lambda: [
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Conv2D(5, 2),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Flatten(),
    ],
    "a convolution, BatchNorm and two dense layers": lambda: [
        layers.Conv2D(6, 2),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(7, activation="relu"),
    ],
}

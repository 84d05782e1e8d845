"""Measure what vanishing_gradient.svg shows: `python -m images.measure_gradients`.

Trains a plain network of 20 convolutions on SIGNS for 60 steps, records the gradient norm of
each layer at each step, and writes vanishing_gradient.json beside this file, from which the
figure is drawn. Takes about half a minute on two cores. Needs datasets/train_signs.h5, or another
file of that format in the folder that the environment variable SIGNS_DIR names.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

DEPTH = 20  # convolutions, before the final dense layer
FILTERS = 16
STEPS = 60
BATCH = 32
RATE = 0.01
SEED = 1
FOLDER = Path(__file__).resolve().parent
RESULT = FOLDER / "vanishing_gradient.json"


def plain_network(activation: str):
    """A plain network: 20 convolutions, no BatchNorm, no shortcut, then a dense softmax layer."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(SEED)
    x = inputs = layers.Input((64, 64, 3))
    for depth in range(1, DEPTH + 1):
        strides = 2 if depth in (1, 2, 3) else 1
        x = layers.Conv2D(FILTERS, 3, strides, "same", activation=activation)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(6, activation="softmax")(x))


def measure(activation: str) -> dict:
    """Gradient norms of the 20 kernels at every step, and the losses, while training by SGD."""
    import keras
    import tensorflow as tf

    from resnets.data import load_dataset

    images, labels, *_ = load_dataset()
    x, y = images.astype("float32") / 255, labels[0]
    model = plain_network(activation)
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    optimizer = keras.optimizers.SGD(RATE, momentum=0.9)
    order = np.random.default_rng(SEED)
    loss_of = keras.losses.SparseCategoricalCrossentropy()

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(images, training=True))
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        by_id = {id(v): g for v, g in zip(variables, gradients, strict=True)}
        return loss, [tf.norm(by_id[id(kernel)]) for kernel in kernels]

    norms, losses = [], []
    for _ in range(STEPS):
        batch = order.choice(len(x), BATCH, replace=False)
        loss, each = step(x[batch], y[batch])
        losses.append(float(loss))
        norms.append([float(value) for value in each])
    return {"norms": norms, "losses": losses}


def main() -> None:
    """Measure and write the result, every number to four significant digits."""
    run = measure("sigmoid")
    run["norms"] = [[float(f"{value:.3e}") for value in step] for step in run["norms"]]
    run["losses"] = [float(f"{value:.4f}") for value in run["losses"]]
    setting = {"depth": DEPTH, "filters": FILTERS, "batch": BATCH, "rate": RATE, "seed": SEED}
    lines = ",\n".join(json.dumps(step) for step in run["norms"])
    RESULT.write_text(
        f'{{"setting": {json.dumps(setting)},\n"losses": {json.dumps(run["losses"])},\n'
        f'"norms": [\n{lines}\n]}}\n',
        encoding="utf-8",
    )
    print(f"{RESULT.name}: {len(run['norms'])} steps, loss {run['losses'][-1]}")


if __name__ == "__main__":
    main()

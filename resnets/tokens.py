"""A small task for transformers, sorting numbers; how to train on it, and how alike tokens are.

Who calls it: lesson 8.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

BATCH = 64


def sorting_task(
    count: int, length: int = 12, values: int = 16, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of random whole numbers, and the same rows sorted, both as one-hot vectors.

    Args:
        count: number of rows.
        length: numbers in a row; each is a token.
        values: the numbers are 0 to `values` - 1.
        seed: of the random numbers.

    Returns:
        Inputs of shape (count, length, values + length): for each token a 1 at its number, and a
        1 at its place in the row. Answers of shape (count, length, values). Both are float32.

    Raises:
        ValueError: `count`, `length` or `values` is below 1.
    """
    if min(count, length, values) < 1:
        raise ValueError(
            "sorting_task: expected count, length and values of 1 or more, got "
            f"count={count}, length={length}, values={values}."
        )
    numbers = np.random.default_rng(seed).integers(values, size=(count, length))
    number_codes, place_codes = (np.eye(n, dtype="float32") for n in (values, length))
    places = np.broadcast_to(place_codes, (count, length, length))
    inputs = np.concatenate([number_codes[numbers], places], axis=-1)
    return inputs, number_codes[np.sort(numbers, axis=1)]


def train_to_sort(
    model: keras.Model,
    epochs: int = 8,
    steps: int = 50,
    seed: int = 1,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[float]:
    """Train a network on rows that it sees once each, with Adam at 0.001 and batches of 64.

    Args:
        model: gets inputs like those of `sorting_task`, and returns a softmax for each token.
        epochs, steps: `epochs` times `steps` batches; after each epoch, 512 other rows are sorted.
        seed: of the rows.

    Returns:
        After each epoch, the share of the tokens of these other rows that is right.
    """
    inputs, answers = sorting_task(BATCH * steps * epochs, seed=seed)
    model.compile(_adam(model), "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        inputs,
        answers,
        batch_size=BATCH,
        epochs=epochs,
        steps_per_epoch=steps,  # each epoch goes on where the one before ended
        shuffle=False,
        validation_data=sorting_task(512, seed=0),
        verbose=0,
        callbacks=list(callbacks),
    )
    return history.history["val_accuracy"]


def _adam(model: keras.Model) -> keras.optimizers.Optimizer:
    """Return an optimizer that is built already; otherwise Keras builds its graph twice."""
    adam = keras.optimizers.Adam(1e-3)
    adam.build(model.trainable_variables)
    return adam


def token_similarity(stream: np.ndarray) -> float:
    """Return the mean cosine of the angle between different tokens of the same row.

    Args:
        stream: shape (rows, tokens, width).
    """
    stream = np.asarray(stream)
    tokens = stream.shape[1]
    unit = stream / np.linalg.norm(stream, axis=-1, keepdims=True)
    sums = np.square(unit.sum(axis=1)).sum(axis=-1)  # over all pairs, each token with itself too
    return float(np.mean((sums - tokens) / (tokens * (tokens - 1))))

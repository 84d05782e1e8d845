"""Reduce the function that a model computes to a few numbers: its fingerprint.

Who calls it: the checks (on the learner's build) and the command that stores the fingerprints of
the reference and of the known mistakes. A fingerprint summarises the outputs for given inputs, with
weights set by role. Two builds have the same one when they compute the same function, up to float32
rounding, in inference and in training mode.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from resnets.checks.graph import assign_weights, source_input

MODES = ("inference", "training")
_NUMBERS = 6
_LARGER = 4
# The effects of float32 rounding, another instruction set or another thread order stay well below
# this fraction of an output's size; two different functions with random weights differ by more.
TOLERANCE = 2e-3


def draw_input(shape: Sequence[int | None], seed: int, batch: int = 2) -> np.ndarray:
    """Return a normally distributed float32 array (batch, ...) for a keras.Input (None, ...)."""
    rng = np.random.Generator(np.random.SFC64(seed))
    return rng.standard_normal((batch, *shape[1:]), dtype=np.float32)


def draw_images(shape: Sequence[int | None], seed: int) -> np.ndarray:
    """Return two random images; the second has larger values, so that a limit as in relu6 shows."""
    images = draw_input(shape, seed)
    images[1] *= _LARGER
    return images


def summarise(values: np.ndarray) -> list[float]:
    """Return a few numbers that stand for an array, rounded to seven digits.

    Returns:
        [root mean square, six random projections, the first three elements]
    """
    flat = np.asarray(values, np.float64).ravel()
    rng = np.random.Generator(np.random.SFC64(flat.size))
    signs = rng.choice([-1.0, 1.0], (_NUMBERS, flat.size)) / np.sqrt(flat.size)
    size = float(np.sqrt(np.mean(flat**2)))
    numbers = [size, *(signs @ flat), *flat[:3]]
    return [float(f"{number:.7g}") for number in numbers]


def same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Return whether two summaries stand for the same array, up to rounding."""
    if len(a) != len(b):
        return False
    size = max(abs(a[0]), abs(b[0]), 1e-12)
    return bool(np.all(np.abs(np.subtract(a, b)) <= TOLERANCE * size))


def evaluate(model: keras.Model, x: np.ndarray, mode: str) -> list[np.ndarray]:
    """Return the values of all outputs of `model` for input `x`.

    In inference mode the model is called as learners call it, `model(x)`, without `training=False`:
    so a `training=True` that was written into a layer's call has an effect and is noticed.
    """
    outputs = model(x, training=True) if mode == "training" else model(x)
    # Keras returns a single output by itself, even if the model was made with a list of one.
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return [keras.ops.convert_to_numpy(output) for output in outputs]


def fingerprint_tensors(tensors: Sequence[keras.KerasTensor], x: np.ndarray, seed: int) -> list:
    """Return shape and summaries of each of `tensors` in both modes, with weights drawn by role."""
    if not tensors:
        return []
    model = keras.Model(source_input(tensors[0]), list(tensors))
    assign_weights(model, seed)
    by_mode = {mode: evaluate(model, x, mode) for mode in MODES}
    return [
        {
            "shape": list(by_mode["inference"][i].shape),
            **{mode: summarise(by_mode[mode][i]) for mode in MODES},
        }
        for i in range(len(tensors))
    ]


def same_tensors(a: list, b: list) -> bool:
    """Return whether two fingerprints agree; the order of tensors does not matter."""
    rest = list(b)
    for one in a:
        match = next((other for other in rest if _same_tensor(one, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _same_tensor(a: dict, b: dict) -> bool:
    return a["shape"] == b["shape"] and all(same(a[mode], b[mode]) for mode in MODES)

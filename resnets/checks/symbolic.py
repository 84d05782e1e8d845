"""Turn the symbolic tensor that a learner's function returns into numbers.

Who calls it: the attempt at a numeric exercise whose function builds layers. The weights are drawn
here, by role (see `graph`), so that equal functions give equal numbers whatever weights they
started from.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

import keras
import numpy as np

from resnets.checks.attempt import Attempt, State
from resnets.checks.errors import call_safely
from resnets.checks.fingerprint import evaluate
from resnets.checks.given import Symbolic
from resnets.checks.graph import (
    DEFAULT_EPSILON,
    LARGEST_EPSILON,
    assign_weights,
    tensors_before,
    unique_names,
)
from resnets.checks.unwrap import closed_layers, open_up

_SCALE = 0.5  # large enough that attention clearly prefers some tokens to others


def attempt_symbolic(function: Callable, values: list[object]) -> Attempt:
    """Call `function` with a `keras.Input` for its `Symbolic`, and compute what it returns.

    In state ARRAY, the attempt's `returned` is a 1-D array with the returned tensor's values in
    inference mode. In state TENSOR there are none, because layers cannot be looked into.

    Args:
        values: the arguments, by position; exactly one is a `Symbolic`.
    """
    (given,) = [value for value in values if isinstance(value, Symbolic)]
    start = keras.Input(given.values.shape[1:])
    call = [start if value is given else value for value in values]
    returned, error = call_safely(lambda: function(*call))
    if error is not None:
        return Attempt(State.ERROR, start, error=error)
    if returned is None:
        return Attempt(State.NOTHING, start)
    if not isinstance(returned, keras.KerasTensor):
        return Attempt(State.OTHER, start, returned)
    if not any(tensor is start for tensor in tensors_before([returned])):
        return Attempt(State.FOREIGN, start, returned)
    start, returned = open_up(start, returned)
    if closed_layers(returned):
        return Attempt(State.TENSOR, start, returned)
    numbers, error = call_safely(lambda: _numbers(start, returned, given.values))
    if error is not None:
        return Attempt(State.CANNOT_RUN, start, error=error)
    return Attempt(State.ARRAY, returned=numbers)


def _numbers(start: keras.KerasTensor, end: keras.KerasTensor, x: np.ndarray) -> np.ndarray:
    """Return the values of `end` for the input `x`, with weights that depend on `x` alone."""
    unique_names([end])
    seed = zlib.crc32(x.tobytes())
    model = keras.Model(start, [end])
    for layer, role in assign_weights(model, seed).items():
        names = [weight.name for weight in layer.weights]
        if len(set(names)) < len(names):
            _draw_parts(layer, f"{seed} {role}")
        if isinstance(layer, keras.layers.LayerNormalization) and layer.epsilon <= LARGEST_EPSILON:
            layer.epsilon = DEFAULT_EPSILON
    return np.asarray(evaluate(model, x, "inference")[0], np.float64).ravel()


def _draw_parts(layer: keras.Layer, role: str) -> None:
    """Draw the weights of a layer with layers inside it, such as attention, each differently."""
    for weight in layer.weights:
        if not weight.dtype.startswith(("float", "bfloat")):
            continue
        part = "/".join(weight.path.split("/")[-2:])  # such as query/kernel
        key = hashlib.blake2b(f"{role} {part}".encode(), digest_size=8).digest()
        rng = np.random.Generator(np.random.SFC64(int.from_bytes(key)))
        weight.assign(_SCALE * rng.standard_normal(weight.shape, dtype=np.float32))

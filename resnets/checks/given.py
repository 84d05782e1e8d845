"""Turn the arguments of a numeric exercise into JSON data and back, models and arrays included.

Who calls it: the check of a numeric exercise, whose arguments are stored, and the grader, which
passes them to the sandbox and accepts nothing but numbers from it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import keras
import numpy as np

_ARRAY, _MODEL, _SYMBOLIC, _TUPLE = "array", "model", "symbolic", "tuple"


@dataclass(frozen=True, eq=False)
class Symbolic:
    """Stands for a symbolic tensor: the function gets a `keras.Input` and returns a tensor.

    The exercise's numbers are then those that the returned tensor has for `values`.

    Attributes:
        values: a float32 array (batch, ...).
    """

    values: np.ndarray


def pack(arguments: dict[str, object]) -> dict[str, object]:
    """Return the arguments as JSON data.

    Args:
        arguments: by name; models, arrays, `Symbolic`s, tuples, or anything that JSON can hold.
    """
    return {name: _packed(value) for name, value in arguments.items()}


def unpack(packed: dict[str, object]) -> dict[str, object]:
    """Return the arguments that `pack` got: new models with the same weights, equal arrays."""
    return {name: _unpacked(value) for name, value in packed.items()}


def _packed(value: object) -> object:
    if isinstance(value, keras.Model):
        weights = [_numbers(weight) for weight in value.get_weights()]
        return {_MODEL: value.to_json(), "weights": weights}
    if isinstance(value, Symbolic):
        return {_SYMBOLIC: _numbers(value.values)}
    if isinstance(value, np.ndarray):
        return {_ARRAY: _numbers(value), "dtype": str(value.dtype)}
    if isinstance(value, tuple):  # a function may use one as a key, which a list cannot be
        return {_TUPLE: [_packed(item) for item in value]}
    return [_packed(item) for item in value] if isinstance(value, list) else value


def _numbers(array: np.ndarray) -> list:
    """Return nested lists of numbers; nine digits restore every float32 exactly."""
    if array.dtype.kind != "f":
        return array.tolist()
    rounded = [float(f"{number:.9g}") for number in array.ravel().tolist()]
    return np.reshape(np.array(rounded, object), array.shape).tolist()


def _unpacked(value: object) -> object:
    if isinstance(value, list):  # the function's own: it may reverse or empty it
        return [_unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _TUPLE in value:
        return tuple(_unpacked(item) for item in value[_TUPLE])
    if _ARRAY in value:
        return np.asarray(value[_ARRAY], value["dtype"])
    if _SYMBOLIC in value:
        return Symbolic(np.asarray(value[_SYMBOLIC], "float32"))
    return _model(value[_MODEL], [np.asarray(weight, "float32") for weight in value["weights"]])


def _model(architecture: str, weights: list[np.ndarray]) -> keras.Model:
    """Return a model with these weights.

    In a `StatelessScope` Keras creates the variables only at the end, so that each can start with
    its weight. Drawing a start value first and replacing it takes twice as long.
    """
    with keras.StatelessScope():
        model = keras.models.model_from_json(architecture)
        # An initializer that failed would do so at the end of every later scope, so look before.
        shapes = [tuple(variable.shape) for variable in model.weights]
        if shapes != [weight.shape for weight in weights]:
            raise ValueError(f"expected weights of the shapes {shapes}")
        for variable, weight in zip(model.weights, weights, strict=True):
            variable._initializer = functools.partial(_start_value, weight)
    return model


def _start_value(weight: np.ndarray, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return `weight`; Keras calls it as an initializer."""
    return weight.astype(dtype)

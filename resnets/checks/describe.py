"""A layer as a learner would write it: `Conv2D(8, 1, strides=2, padding='same')`.

Who calls it: the checks, when they say what a learner's build has at some place.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import keras

from resnets.checks.graph import producer
from resnets.checks.unwrap import is_keras

_NOT_TOLD = ("name", "dtype", "data_format", "momentum", "epsilon", "seed")
_NOT_TOLD_ENDINGS = ("_initializer", "_regularizer", "_constraint")


def describe(tensor: keras.KerasTensor) -> str:
    """The layer or operation that puts `tensor` out, with those settings that are not usual."""
    operation = producer(tensor).operation
    kind = type(operation).__name__
    has_settings = isinstance(operation, keras.Layer) and not isinstance(operation, keras.Model)
    if not has_settings or not is_keras(operation):
        return kind
    return f"{kind}({', '.join(_settings(operation))})"


def _settings(layer: keras.Layer) -> Iterator[str]:
    config = layer.get_config()
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        if name not in config or name in _NOT_TOLD or name.endswith(_NOT_TOLD_ENDINGS):
            continue
        value = _plain(config[name])
        if parameter.default is inspect.Parameter.empty:
            yield repr(value)
        elif value != _plain(parameter.default):
            yield f"{name}={value!r}"
    if not layer.trainable:
        yield "trainable=False"


def _plain(value: object) -> object:
    """One spelling for what means the same: (3, 3) is 3, 'linear' is no activation."""
    if isinstance(value, list | tuple):
        parts = [_plain(part) for part in value]
        return parts[0] if parts and all(part == parts[0] for part in parts) else tuple(parts)
    return None if value == "linear" else value

"""Write a layer as a learner would: `Conv2D(8, 1, strides=2, padding='same')`.

Who calls it: the checks, when they say which layer a learner's build has at some step.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import keras

from resnets.checks.graph import producer
from resnets.checks.unwrap import is_keras

_HIDDEN = ("name", "dtype", "data_format", "momentum", "epsilon", "seed")
_HIDDEN_ENDINGS = ("_initializer", "_regularizer", "_constraint")


def describe(tensor: keras.KerasTensor) -> str:
    """Return the layer or operation that computes `tensor`, with its non-default settings."""
    operation = producer(tensor).operation
    kind = type(operation).__name__
    has_settings = isinstance(operation, keras.Layer) and not isinstance(operation, keras.Model)
    if not has_settings or not is_keras(operation):
        return kind
    return f"{kind}({', '.join(_settings(operation))})"


def _settings(layer: keras.Layer) -> Iterator[str]:
    config = layer.get_config()
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        if name not in config or name in _HIDDEN or name.endswith(_HIDDEN_ENDINGS):
            continue
        value = _plain(config[name])
        if parameter.default is inspect.Parameter.empty:
            yield repr(value)
        elif value != _plain(parameter.default):
            yield f"{name}={value!r}"
    if not layer.trainable:
        yield "trainable=False"


def _plain(value: object) -> object:
    """Return one spelling for equal settings: (3, 3) becomes 3, 'linear' no activation."""
    if isinstance(value, list | tuple):
        parts = [_plain(part) for part in value]
        return parts[0] if parts and all(part == parts[0] for part in parts) else tuple(parts)
    return None if value == "linear" else value

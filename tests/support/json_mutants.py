"""Mutants of a network's JSON, each with one changed key or value, and networks to mutate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import keras
from keras import layers, ops

from grading.judge.references import reference_text
from grading.programs import spellings
from grading.sandbox.block_placeholder import placeholder_for
from resnets.checks.attempt import attempt_block, called_with

SMALL = {
    "identity_block": {
        "input": [4, 5, 4], "seed": 5, "f": 3, "filters": [2, 3, 4], "stage": 2, "block": "b",
    },
    "convolutional_block": {
        "input": [5, 6, 3], "seed": 6, "f": 2, "filters": [2, 3, 4], "stage": 3, "block": "a",
        "s": 2,
    },
}  # fmt: skip
# Parts that the judge never builds, so they may contain values that Keras cannot read.
NOT_BUILT = ("build_config", "compile_config", "shape", "seed", "dtype")
_WAYS = ["no biases", "maximum with 0", "keras.activations.relu", "plus", "ops.pad and valid",
         "a nested Sequential", "a strided slice for the stride",
         "subtract the negative"]  # fmt: skip
_HOSTILE = {
    "registered_name": "grading>BlockPlaceholder",
    "compile_config": {"optimizer": {"module": "os", "class_name": "system", "config": {}}},
    "build_config": {"input_shape": [None, 1 << 40]},
    "shared_object_id": 1,
    "module": "builtins",
    "class_name": "__lambda__",
    "name": "model",
}


def written(start: keras.KerasTensor, out: keras.KerasTensor) -> str:
    """Return the JSON of the network between two tensors."""
    return keras.Model(start, out).to_json()


def spelled(exercise: str, spelling: str) -> str:
    """Return a right block in one of the spellings, as JSON."""
    makers = spellings.make_identity, spellings.make_convolutional
    maker = dict(zip(SMALL, makers, strict=True))[exercise]
    arguments = SMALL[exercise]
    function = maker(**spellings.SPELLINGS[spelling])
    attempt = attempt_block(function, arguments["input"], called_with(arguments))
    return written(attempt.start, attempt.tensors)


def _with_placeholders() -> str:
    start = keras.Input((6, 6, 4))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(start))
    x = placeholder_for("identity_block", None)(layers.Activation("relu")(x), 3, [2, 3, 4], 2, "b")
    x = placeholder_for("convolutional_block", None)(x, 2, [2, 3, 5], stage=3, block="a")
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    return written(start, layers.Dense(3, activation="softmax")(x))


def _of_many_kinds() -> str:
    start = keras.Input((6, 6, 4))
    shared = layers.BatchNormalization(momentum=0.5)
    x = shared(layers.SeparableConv2D(4, 3, padding="same", activation=layers.ReLU())(start))
    x = layers.Add(dtype="float16")([shared(x, training=True), start])
    x = layers.Dropout(0.3)(ops.concatenate([x, ops.relu(start)], axis=-1))
    x = layers.GroupNormalization(2)(layers.PReLU(shared_axes=[1, 2])(x))
    flat = layers.BatchNormalization(axis=-1)(layers.Flatten()(x))
    return written(start, ops.maximum(layers.Dense(3)(flat), 0) + ops.mean(flat))


def networks() -> dict[str, str]:
    """JSON of small networks: the references, other spellings, placeholders, other layers."""
    keras.backend.clear_session()  # else the layers' names depend on what was built before
    texts = {name: reference_text(name, arguments, False) for name, arguments in SMALL.items()}
    texts |= {way: spelled("convolutional_block", way) for way in _WAYS}
    return {**texts, "placeholders": _with_placeholders(), "many kinds": _of_many_kinds()}


@dataclass(frozen=True)
class Mutant:
    """A network's JSON with one key removed, added or given another value.

    Attributes:
        path: the keys that lead to the place.
        original: the JSON without the change.
        value: the value there; `_REMOVED` if the key is gone.
    """

    path: tuple
    original: str
    value: object

    @property
    def text(self) -> str:
        """The changed JSON; it is written only here, because proofs take a sample of mutants."""
        top = json.loads(self.original)
        *before, last = self.path
        holder = _at(top, before)
        if self.value is _REMOVED:
            del holder[last]
        else:
            holder[last] = self.value
        return json.dumps(top)


_REMOVED = object()


def mutants(text: str) -> list[Mutant]:
    """Return a mutant for every key removed, key added and value replaced."""
    top = json.loads(text)
    made = []
    for path in _paths(top):
        value = _at(top, path)
        changes = [(path, change) for change in (*_others(value), _REMOVED)]
        if isinstance(value, dict):
            changes += [((*path, key), more) for key, more in _HOSTILE.items()]
        made += [Mutant(place, text, change) for place, change in changes]
    return made


def _paths(value: object, path: tuple = ()) -> Iterator[tuple]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from _paths(part, (*path, key))


def _at(value, path):
    for key in path:
        value = value[key]
    return value


def _others(value: object) -> list:
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [value + 1, -value - 1, None, str(value)]
    if isinstance(value, float):
        return [value / 2 + 0.001, 0.5, -1.0, None]
    if isinstance(value, str):
        return [f"{value}x", "same", "relu", "float16", None]
    if isinstance(value, list):
        return [[], [*value, *value[-1:]], value[::-1], None]
    return [1, True, "x", {}] if value is None else [{}, None]

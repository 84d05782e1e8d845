"""Names for the reference's steps in the check's trace: where they are and what they are."""

from __future__ import annotations

_PLACES = {
    "2a": "first step of the main path",
    "2b": "second step of the main path",
    "2c": "third step of the main path",
    "1": "shortcut",
    "_out": "after the addition",
}
_KINDS = {"conv": "convolution", "bn": "BatchNorm", "relu": "ReLU"}
_WHOLE = {
    "add": "addition of main path and shortcut",
    "zero_padding": "zero-padding",
    "conv_stem": "convolution, stage 1",
    "bn_stem": "BatchNorm, stage 1",
    "relu_stem": "ReLU, stage 1",
    "max_pool": "max pooling, stage 1",
    "average_pool": "average pooling",
    "flatten": "Flatten",
    "dense": "dense layer with softmax",
    "squeeze": "average over all positions",
    "reduce": "first dense layer, with ReLU",
    "expand": "second dense layer, with sigmoid",
    "scale": "multiplication of the input by the factors",
}


def step_label(name: str) -> str:
    """Return a step's name in words: for `bn2a`, "BatchNorm, first component of the main path".

    A prefix such as "stage 2a: " is put into words too. For an unknown kind of step, underscores
    become spaces.
    """
    where, _, step = name.rpartition(": ")
    kind = next((kind for kind in _KINDS if step.startswith(kind)), "")
    place = _PLACES.get(step.removeprefix(kind))
    text = f"{_KINDS[kind]}, {place}" if kind and place else step.replace("_", " ")
    return f"{where_text(where)}{_WHOLE.get(step, text)}"


def where_text(where: str) -> str:
    """Return a block's position in words: for "stage 2a", the text "stage 2, block a: "."""
    return f"{where[:-1]}, block {where[-1]}: " if where else ""

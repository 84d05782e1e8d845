"""The reference's steps in words, for the trace: where they stand and what they are.

Who calls it: the command that stores fingerprints.
"""

from __future__ import annotations

_PLACES = {
    "2a": "first component of the main path",
    "2b": "second component of the main path",
    "2c": "third component of the main path",
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
}


def step_label(name: str) -> str:
    """`bn2a` is "BatchNorm, first component of the main path"; a place "stage 2a: " may lead.

    A step with a name of another kind is called by it, with blanks for underscores.
    """
    where, _, step = name.rpartition(": ")
    kind = next((kind for kind in _KINDS if step.startswith(kind)), "")
    place = _PLACES.get(step.removeprefix(kind))
    text = f"{_KINDS[kind]}, {place}" if kind and place else step.replace("_", " ")
    return f"{where_text(where)}{_WHOLE.get(step, text)}"


def where_text(where: str) -> str:
    """ "stage 2a" is "stage 2, block a: "."""
    return f"{where[:-1]}, block {where[-1]}: " if where else ""

"""A placeholder layer for a block that a network calls; it records the call's arguments.

A ResNet50 is marked for its own code, not a second time for the blocks that it calls. So the
sandbox can call placeholders instead of the student's blocks. They appear in the architecture's
JSON as layers, and the judge, where no student code runs, puts the reference's blocks in their
places. The sandbox itself contains no part of the reference.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import keras
import numpy as np

from resnets.exercises import EXERCISES

# The blocks that some network's exercise calls.
BLOCKS = tuple(dict.fromkeys(name for entry in EXERCISES.values() for name in entry.calls))
_KNOWN = ("f", "filters", "stage", "block", "s")


@keras.saving.register_keras_serializable(package="grading")
class BlockPlaceholder(keras.Layer):
    """A layer that stands for one call of a block.

    Args:
        kind: the block's name, one of `BLOCKS`.
        arguments: f, filters and, if they were given, stage, block and s.

    Raises:
        ValueError: a block cannot be called with these arguments; the message names the wrong one.
    """

    def __init__(self, kind: str, arguments: dict, **kwargs) -> None:
        super().__init__(**kwargs)
        if kind not in BLOCKS:
            raise ValueError(f"expected one of {BLOCKS}, got {kind!r}")
        self.kind = kind
        self.arguments = {name: _plain(name, value) for name, value in arguments.items()}
        if missing := {"f", "filters"} - set(self.arguments):
            raise ValueError(f"{kind} was called without {' and '.join(sorted(missing))}")
        if "s" in self.arguments and "s" not in EXERCISES[kind].defaults:
            raise ValueError(f"{kind} was called with s, which it does not have")

    def compute_output_spec(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the shape that the block's output would have: sides divided by s, rounded up."""
        batch, height, width, _ = x.shape
        stride = self.arguments.get("s", EXERCISES[self.kind].defaults.get("s", 1))
        down, right = stride if isinstance(stride, list) else (stride, stride)
        height, width = (
            None if size is None else -(-size // step)
            for size, step in ((height, down), (width, right))
        )
        return keras.KerasTensor((batch, height, width, self.arguments["filters"][2]), x.dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "kind": self.kind, "arguments": self.arguments}


def placeholder_for(kind: str, own: Callable | None) -> Callable:
    """Return a function that puts a placeholder instead of the block `kind`.

    Args:
        own: the student's own block, or None. Its signature is used, because its parameters may be
            in another order than the lesson's.
    """
    signature = _signature(own) or EXERCISES[kind].call_signature

    def block(*args, **kwargs):
        bound = signature.bind(*args, **kwargs).arguments
        x = bound.pop(next(iter(bound)))
        return BlockPlaceholder(kind, {name: bound[name] for name in _KNOWN if name in bound})(x)

    return block


def _signature(own: Callable | None) -> inspect.Signature | None:
    try:
        signature = inspect.signature(own)
    except (TypeError, ValueError):
        return None
    return signature if {"f", "filters"} <= set(list(signature.parameters)[1:]) else None


def _plain(name: str, value: object) -> object:
    """Return an argument in a form that JSON can store: whole numbers, lists of them, short texts.

    Raises:
        ValueError: it is anything else.
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and name != "filters":
        return _small_int(name, value)
    if name in ("stage", "block") and isinstance(value, str) and len(value) <= 40:
        return value
    length = {"filters": 3, "f": 2, "s": 2}.get(name)
    if length and isinstance(value, list | tuple | np.ndarray) and len(value) == length:
        return [_small_int(name, part) for part in value]
    raise ValueError(f"a block was called with a wrong argument: {name}={str(value)[:60]!r}")


def _small_int(name: str, value: object) -> int:
    """Return a whole number from 0 to 65,535 as a Python int; others raise ValueError."""
    if not isinstance(value, int | np.integer) or not 0 <= value < 1 << 16:
        raise ValueError(f"a block was called with a wrong argument: {name}={str(value)[:60]!r}")
    return int(value)

"""A placeholder for a block that a network calls: it records what the block was called with.

A ResNet50 is marked for what it does itself, not a second time for the blocks that it is built
from. So the sandbox can put placeholders where the student's blocks would be. They go into the
architecture's JSON as layers, and the judge, where no student's code runs, puts the reference's
blocks in their places. Nothing of the reference is in the sandbox.
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
    """Stands for one call of a block.

    Args:
        kind: which block.
        arguments: f, filters and, where they were given, stage, block and s.

    Raises:
        ValueError: no block can be called like that; the message names the argument.
    """

    def __init__(self, kind: str, arguments: dict, **more) -> None:
        super().__init__(**more)
        if kind not in BLOCKS:
            raise ValueError(f"expected one of {BLOCKS}, got {kind!r}")
        self.kind = kind
        self.arguments = {name: _plain(name, value) for name, value in arguments.items()}
        if missing := {"f", "filters"} - set(self.arguments):
            raise ValueError(f"{kind}: called without {' and '.join(sorted(missing))}")
        if "s" in self.arguments and "s" not in EXERCISES[kind].defaults:
            raise ValueError(f"{kind}: takes no s")

    def compute_output_spec(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """The shape that the block would put out."""
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
    """A function to call in place of the block `kind`, which records the call.

    Args:
        own: the student's block, whose parameters may stand in another order; None without one.
    """
    signature = _signature(own) or EXERCISES[kind].call_signature

    def block(*given, **named):
        bound = signature.bind(*given, **named).arguments
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
    """The argument as it can stand in JSON: whole numbers, lists of them, short texts."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and name != "filters":
        return _small(name, value)
    if name in ("stage", "block") and isinstance(value, str) and len(value) <= 40:
        return value
    length = {"filters": 3, "f": 2, "s": 2}.get(name)
    if length and isinstance(value, list | tuple | np.ndarray) and len(value) == length:
        return [_small(name, part) for part in value]
    raise ValueError(f"a block was called with {name}={str(value)[:60]!r}")


def _small(name: str, value: object) -> int:
    if not isinstance(value, int | np.integer) or not 0 <= value < 1 << 16:
        raise ValueError(f"a block was called with {name}={str(value)[:60]!r}")
    return int(value)

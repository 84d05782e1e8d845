"""Find out whether the layers of a block have names with which Keras can build a network.

Who calls it: the checks, and the grader, which reads Keras's complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import keras

from resnets.checks.attempt import Attempt, bound_call
from resnets.checks.errors import call_safely

_TWICE = re.compile(r'name "(.+?)" is used')


def names_twice(text: str) -> bool:
    """Return whether `text` is Keras's complaint that two layers of a model share a name."""
    return "names should be unique" in text or "times in the model" in text


def doubled_name(
    function: Callable, block: Attempt, input_shape: list[int], arguments: dict
) -> str | None:
    """Return a layer name that occurs twice in a network of three blocks; None if there is none.

    The three blocks are one, another of the same stage, and one of the next stage.

    Args:
        block: the first of the three, as `function` built it with these arguments.
    """
    calls = [{**arguments, "block": "z"}, {**arguments, "stage": arguments["stage"] + 1}]
    _, error = call_safely(lambda: _network(function, block, input_shape, calls))
    if error is None or not names_twice(str(error)):
        return None
    named = _TWICE.search(str(error))
    return named[1] if named else ""


def _network(
    function: Callable, block: Attempt, input_shape: list[int], calls: list[dict]
) -> keras.Model:
    """Return a model with `block` and one block for each call, each with an input of its own."""
    starts = [keras.Input(tuple(input_shape)) for _ in calls]
    ends = [bound_call(function, x, call)() for x, call in zip(starts, calls, strict=True)]
    return keras.Model([block.start, *starts], [*block.tensors, *ends])

"""The first line of a learner's function: other defaults, another edition's arguments.

Who calls it: the checks, and the grader inside its sandbox.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from resnets.words import CHANGED_DEFAULT

# What the exercises' first lines say where a call leaves an argument out.
DEFAULTS = {
    "convolutional_block": {"s": 2},
    "ResNet50": {"input_shape": (64, 64, 3), "classes": 6},
}
# The arguments of a later edition of the assignment, where the course's have stage and block.
_OTHER_EDITION = {"training", "initializer"}


def changed_default(exercise: str, function: Callable) -> dict | None:
    """What is to be said where a default is not the exercise's; None where all are."""
    parameters = _parameters(function)
    for name, expected in DEFAULTS.get(exercise, {}).items():
        if name in parameters and not _same(parameters[name].default, expected):
            return CHANGED_DEFAULT[exercise]
    return None


def _same(value: object, expected: object) -> bool:
    if isinstance(expected, tuple):
        return isinstance(value, list | tuple) and tuple(value) == expected
    return type(value) is type(expected) and value == expected


def is_other_edition(function: Callable) -> bool:
    """Whether the function takes `training` or `initializer` where stage and block are meant."""
    parameters = _parameters(function)
    return not _OTHER_EDITION.isdisjoint(parameters) and "stage" not in parameters


def about_the_edition(function: Callable) -> str:
    """What to do about another edition's first line; empty for any other."""
    if not is_other_edition(function):
        return ""
    return (
        "`training` and `initializer` stand where this exercise has `stage` and `block`: this is "
        "the first line of another edition of the assignment. Keep your steps, write the first "
        "line as this course gives it, and name the layers after stage and block."
    )


def _parameters(function: Callable) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}

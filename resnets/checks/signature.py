"""Read the first line of a learner's function: changed defaults, another edition's arguments.

Who calls it: the checks, and the grader inside its sandbox.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from resnets.exercises import EXERCISES

# A later edition of the assignment has these arguments instead of stage and block.
_OTHER_EDITION = {"training", "initializer"}


def changed_defaults(exercise: str, function: Callable) -> list[str]:
    """Return the arguments whose default differs from the exercise's."""
    parameters = _parameters(function)
    return [
        name
        for name, expected in EXERCISES[exercise].defaults.items()
        if name in parameters and not _same(parameters[name].default, expected)
    ]


def _same(value: object, expected: object) -> bool:
    if isinstance(expected, tuple):
        return isinstance(value, list | tuple) and tuple(value) == expected
    return type(value) is type(expected) and value == expected


def is_other_edition(function: Callable) -> bool:
    """Return whether the function takes `training` or `initializer` instead of stage and block."""
    parameters = _parameters(function)
    return not _OTHER_EDITION.isdisjoint(parameters) and "stage" not in parameters


def about_the_edition(function: Callable) -> str:
    """Return advice if the first line is that of another edition, otherwise ""."""
    if not is_other_edition(function):
        return ""
    return (
        "`training` and `initializer` stand where this exercise has `stage` and `block`: this is "
        "the first line of another edition of the assignment. Keep your steps, use this course's "
        "first line, and name the layers after stage and block."
    )


def _parameters(function: Callable) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}

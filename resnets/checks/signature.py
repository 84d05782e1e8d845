"""The first line of a learner's function: other defaults, another edition's arguments.

Who calls it: the checks, and the grader inside its sandbox.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from resnets.exercises import EXERCISES

# The arguments of a later edition of the assignment, where the course's have stage and block.
_OTHER_EDITION = {"training", "initializer"}


def changed_defaults(exercise: str, function: Callable) -> list[str]:
    """The arguments whose default is not the exercise's."""
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

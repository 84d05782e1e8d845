"""Exercises whose answer is numbers: what the function is given, and which numbers are right.

Such a function returns no architecture. So the judge draws arguments that nobody could foresee,
hands them to the sandbox, and compares the numbers that come back with those it computes itself.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grading.catalogue.entries import CATALOGUE
from resnets.checks.given import pack, unpack
from resnets.checks.numbers import array_attempt, numbers_record, same_numbers

RELATIVE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Problem:
    """What a student's function is given, and what it should return.

    Attributes:
        arguments: packed (see `resnets.checks.given`).
        wanted: the right numbers, 1-D.
    """

    arguments: dict[str, object]
    wanted: np.ndarray


def problem(exercise: str, draw: dict) -> Problem:
    """The problem that a draw of `sampling.calls` stands for; equal ones are made once."""
    return _problem(exercise, json.dumps(draw))


@functools.lru_cache(maxsize=512)  # more than the pools of a class hold
def _problem(exercise: str, draw: str) -> Problem:
    entry = CATALOGUE[exercise]
    arguments = pack(entry.arguments(json.loads(draw)))
    wanted = np.atleast_1d(np.asarray(entry.reference(*unpack(arguments).values()), "float64"))
    return Problem(arguments, wanted)


def mistake(exercise: str, answers: list[object], problems: list[Problem]) -> str | None:
    """The id of the catalogue's first mistake that gives these numbers for all the problems."""
    if not all(_is_numbers(answer) for answer in answers):
        return None
    for entry in CATALOGUE[exercise].mistakes:
        for variant in entry.variants:
            # The first problem rules out almost every variant, so the second is rarely needed.
            pairs = zip(answers, problems, strict=True)
            if all(same_numbers(answer, _numbers_of(variant, given)) for answer, given in pairs):
                return entry.id
    return None


def _numbers_of(variant: Callable, given: Problem) -> list[float] | None:
    returned = variant(*unpack(given.arguments).values())
    return numbers_record(array_attempt(np.asarray(returned, "float64")))


def _is_numbers(answer: object) -> bool:
    return isinstance(answer, list) and all(
        isinstance(value, float | int) and -1e300 < value < 1e300 for value in answer
    )


def agrees(answer: object, wanted: np.ndarray) -> bool:
    """Whether a list of numbers from the sandbox is the right one."""
    try:
        given = np.asarray(answer, dtype="float64")
    except (TypeError, ValueError, OverflowError):
        return False
    return given.shape == wanted.shape and np.allclose(
        given, wanted, rtol=RELATIVE_TOLERANCE, atol=1e-9
    )

"""Problems and right results for exercises whose function returns numbers.

Such a function returns no architecture to rebuild. So the judge draws arguments that nobody can
foresee, sends them to the sandbox, and compares the returned numbers with its own.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from grading.catalogue.entries import CATALOGUE
from resnets.checks.given import pack, unpack
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers
from resnets.exercises import EXERCISES, Outcome


@dataclass(frozen=True, eq=False)  # hashable: equal draws share one object
class Problem:
    """The arguments for a student's function and the numbers that it should return.

    Attributes:
        arguments: packed (see `resnets.checks.given`).
        wanted: the right numbers, a 1-D float64 array; 2-D for a table.
    """

    arguments: dict[str, object]
    wanted: np.ndarray


def problem(exercise: str, draw: dict) -> Problem:
    """Return the problem for a draw of `sampling.calls`; equal draws share one object."""
    return _problem(exercise, json.dumps(draw))


@functools.lru_cache(maxsize=512)  # a class's pools need fewer
def _problem(exercise: str, draw: str) -> Problem:
    entry = CATALOGUE[exercise]
    arguments = pack(entry.arguments(json.loads(draw)))
    right = attempt_numbers(entry.reference, unpack(arguments), EXERCISES[exercise].outcome)
    return Problem(arguments, np.atleast_1d(right.returned))


def mistake(exercise: str, answers: list[object], problems: list[Problem]) -> str | None:
    """Return the id of the first catalogued mistake that gives these numbers for all problems."""
    if not all(_is_numbers(answer) for answer in answers):
        return None
    for entry in CATALOGUE[exercise].mistakes:
        for variant in entry.variants:
            # The first problem rules out almost every variant, so the second is rarely needed.
            pairs = zip(answers, problems, strict=True)
            if all(
                same_numbers(answer, numbers_of(exercise, variant, posed))
                for answer, posed in pairs
            ):
                return entry.id
    return None


@functools.lru_cache(maxsize=1 << 14)  # a class shares its problems, and many students err
def numbers_of(exercise: str, variant: Callable, posed: Problem) -> list[float] | None:
    """Return the numbers that a variant of a mistake gives for a problem; None if it gives none."""
    outcome = EXERCISES[exercise].outcome
    if outcome is Outcome.CHANGED_MODEL:
        return numbers_record(attempt_numbers(variant, unpack(posed.arguments), outcome))
    arguments = _arguments(posed)
    models = [value for value in arguments.values() if isinstance(value, keras.Model)]
    weights = [model.get_weights() for model in models]
    try:
        return numbers_record(attempt_numbers(variant, arguments, outcome))
    finally:
        # In training mode, BatchNorm changes its moving statistics, which the next variant may use.
        for model, before in zip(models, weights, strict=True):
            model.set_weights(before)


@functools.lru_cache(maxsize=16)  # to build a model from its JSON takes longer than most variants
def _arguments(posed: Problem) -> dict[str, object]:
    """The arguments of a problem, shared by all variants: they are to be left as they were."""
    return unpack(posed.arguments)


def _is_numbers(answer: object) -> bool:
    """Return whether a value from the sandbox is a list of numbers, or of rows of equal length."""
    if not isinstance(answer, list):
        return False
    if answer and all(isinstance(row, list) for row in answer):
        is_table = len(set(map(len, answer))) == 1
        return is_table and all(_is_number(value) for row in answer for value in row)
    return all(map(_is_number, answer))


def _is_number(value: object) -> bool:
    # JSON allows whole numbers of any length, which would overflow float64. A mistake may divide by
    # 0, so NaN and infinity are numbers here.
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 1e300)


def agrees(answer: object, wanted: np.ndarray) -> bool:
    """Return whether a value from the sandbox is a list of the right numbers.

    They may differ by as much as in the notebook's check, so that whatever passes there is paid.
    """
    return _is_numbers(answer) and same_numbers(answer, wanted.tolist())

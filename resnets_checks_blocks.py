"""The checks of the two residual blocks.

Who calls it: `resnets_checks`.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from resnets_checks_arguments import ARGUMENT_SETS, called_with
from resnets_checks_attempt import BROKEN, Attempt, attempt_block, record_safely
from resnets_checks_compare import (
    fingerprints,
    is_reference,
    matching_mistakes,
    same_record,
)
from resnets_checks_graph import assign_weights
from resnets_checks_messages import (
    broken,
    closed_remarks,
    double_remarks,
    known_mistake,
    name_remarks,
    passed,
    unfinished,
    unknown_mistake,
)
from resnets_checks_result import CheckResult
from resnets_checks_trace import first_difference
from resnets_checks_unused import with_unused


def check_block(exercise: str, function: Callable) -> CheckResult:
    """Compare a block with the reference and the catalogue for every set of arguments."""
    sets = ARGUMENT_SETS[exercise]
    attempts = []
    records = []
    for arguments in sets:
        attempt = attempt_block(function, arguments["input"], called_with(arguments))
        early = unfinished(exercise, function, attempt)
        if early is not None:
            return early
        attempts.append(attempt)
        records.append(record_safely(attempt, arguments["input"], arguments["seed"]))
    if is_reference(exercise, records):
        expected = fingerprints(exercise)["components"][0]
        roles = roles_of(attempts[0])
        remarks = [*closed_remarks(attempts[0].returned), *double_remarks(roles)]
        return passed(exercise, [*remarks, *name_remarks(roles, expected)])
    mistakes = matching_mistakes(exercise, records)
    if mistakes:
        return with_unused(known_mistake(exercise, mistakes), function, attempts[0])
    return _unknown(exercise, function, attempts, records)


def roles_of(attempt: Attempt) -> dict:
    """Each of the learner's layers that has weights, with its role."""
    return assign_weights(keras.Model(attempt.start, attempt.tensors), 0)


def _unknown(
    exercise: str, function: Callable, attempts: list[Attempt], records: list[dict]
) -> CheckResult:
    known = fingerprints(exercise)
    index = next(
        i for i, made in enumerate(records) if not same_record(made, known["reference"][i])
    )
    attempt = attempts[index]
    arguments = ARGUMENT_SETS[exercise][index]
    difference = first_difference(
        attempt, known["components"][index], arguments["input"], arguments["seed"]
    )
    if attempt.state in BROKEN:
        return broken(exercise, function, attempt, arguments, difference)
    result = unknown_mistake(exercise, arguments, difference, attempt)
    return with_unused(result, function, attempt)

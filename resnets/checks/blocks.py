"""Check a residual block.

Who calls it: `resnets.checks`.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from resnets.checks.attempt import (
    BROKEN,
    Attempt,
    BuildRecord,
    attempt_architecture,
    called_with,
    closed_kinds,
    record_safely,
)
from resnets.checks.compare import (
    fingerprints,
    is_reference,
    matching_mistakes,
    same_record,
    stored_calls,
)
from resnets.checks.graph import layer_roles
from resnets.checks.locate import first_difference
from resnets.checks.messages import (
    broken,
    cannot_look_into,
    default_remarks,
    finding,
    initializer_remarks,
    known_mistake,
    name_remarks,
    passed,
    unknown_mistake,
)
from resnets.checks.names import doubled_name
from resnets.checks.partial import half_built, other_exercise
from resnets.checks.result import CheckResult
from resnets.checks.unfinished import unfinished
from resnets.checks.unused import with_unused
from resnets.checks.unwrap import closed_layers
from resnets.exercises import EXERCISES


def check_block(exercise: str, function: Callable) -> CheckResult:
    """Compare a block with the reference and with all known mistakes, for all stored arguments."""
    attempts = []
    records = []
    for arguments in stored_calls(exercise):
        attempt = attempt_architecture(exercise, function, arguments)
        early = unfinished(exercise, function, attempt)
        if early is not None:
            return early
        attempts.append(attempt)
        records.append(record_safely(attempt, arguments))
    right = is_reference(exercise, records)
    if kinds := closed_kinds(attempts[0]):
        return cannot_look_into(exercise, kinds, _so_far(exercise, attempts[0], records, right))
    if right:
        if (doubled := _doubled(exercise, function, attempts[0])) is not None:
            return doubled
        expected = fingerprints(exercise).components[0]
        roles = roles_of(attempts[0])
        remarks, mistake = default_remarks(exercise, function)
        remarks += name_remarks(roles, expected)
        if EXERCISES[exercise].first_weights:
            remarks += initializer_remarks(roles)
        return passed(exercise, remarks, mistake)
    mistakes = matching_mistakes(exercise, records)
    if mistakes:
        return with_unused(known_mistake(exercise, mistakes), function, attempts[0])
    arguments = stored_calls(exercise)[0]
    difference = first_difference(attempts[0], fingerprints(exercise).components[0], arguments)
    if (half := half_built(exercise, attempts[0], arguments, difference)) is not None:
        return half
    return _unknown(exercise, function, attempts, records)


def _doubled(exercise: str, function: Callable, first: Attempt) -> CheckResult | None:
    """Return the result for a right block whose layer names a network cannot have; or None."""
    arguments = stored_calls(exercise)[0]
    name = doubled_name(function, first, arguments["input"], called_with(arguments))
    if name is None:
        return None
    where = [("The name", f"`{name}`")] if name else []
    return finding(exercise, "layer_names_twice", where)


def _so_far(exercise: str, attempt: Attempt, records: list[BuildRecord], right: bool) -> str:
    """Return what the outputs show although some layers are closed; "" if those have weights.

    Weights inside a closed layer have no role, so no known values can be given to them.
    """
    if any(layer.weights for layer in closed_layers(attempt.returned)):
        return ""
    if right:
        return "it computes the right function."
    mistakes = matching_mistakes(exercise, records)
    return mistakes[0].title if mistakes else "it computes another function."


def roles_of(attempt: Attempt) -> dict:
    """Return the role of each of the learner's layers that has weights."""
    return layer_roles(keras.Model(attempt.start, attempt.tensors))


def _unknown(
    exercise: str, function: Callable, attempts: list[Attempt], records: list[BuildRecord]
) -> CheckResult:
    stored = fingerprints(exercise)
    index = next(
        i
        for i, result_record in enumerate(records)
        if not same_record(result_record, stored.reference[i])
    )
    if (other := other_exercise(exercise, function)) is not None:
        return other
    attempt = attempts[index]
    arguments = stored_calls(exercise)[index]
    difference = first_difference(attempt, stored.components[index], arguments)
    if attempt.state in BROKEN:
        return broken(exercise, function, attempt, arguments, difference)
    result = unknown_mistake(exercise, arguments, difference, attempt)
    return with_unused(result, function, attempt)

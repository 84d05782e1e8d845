"""Check a whole network.

Who calls it: `resnets.checks`. The network is built for an unusual input shape and number of
classes first, and for those of the lessons only if that was right: each build takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable

from resnets.checks.attempt import (
    BROKEN,
    Attempt,
    BuildRecord,
    State,
    attempt_architecture,
    closed_kinds,
    record_safely,
)
from resnets.checks.blocks import roles_of
from resnets.checks.compare import (
    KnownMistake,
    fingerprints,
    matching_mistakes,
    same_record,
    stored_calls,
)
from resnets.checks.locate import first_difference
from resnets.checks.messages import (
    broken,
    cannot_look_into,
    default_remarks,
    finding,
    is_automatic,
    known_mistake,
    name_remarks,
    passed,
    unexplained,
    unknown_mistake,
)
from resnets.checks.names import names_twice
from resnets.checks.partial import half_built
from resnets.checks.result import CheckResult
from resnets.checks.unfinished import unfinished
from resnets.checks.unused import with_unused
from resnets.exercises import EXERCISES
from resnets.words import words


def check_network(exercise: str, function: Callable) -> CheckResult:
    """Compare a network with the reference and with all known mistakes."""
    records: list[BuildRecord] = []
    attempt = Attempt(State.NOTHING)
    for index, arguments in enumerate(stored_calls(exercise)):
        attempt = attempt_architecture(exercise, function, arguments)
        early = unfinished(exercise, function, attempt)
        if early is not None:
            return early
        if kinds := closed_kinds(attempt):
            return cannot_look_into(exercise, kinds, "")
        records.append(record_safely(attempt, arguments))
        if not same_record(records[-1], fingerprints(exercise).reference[index]):
            return _wrong(exercise, function, attempt, records)
    return _right(exercise, function, attempt)


def _right(exercise: str, function: Callable, attempt: Attempt) -> CheckResult:
    """Return the result for a right network.

    Layer names that differ are the mistake "names", which does not fail the check; missing names
    only get a remark. Where names earn no points, neither is mentioned.
    """
    remarks, changed = default_remarks(exercise, function)
    if not EXERCISES[exercise].names_count:
        return passed(exercise, remarks, changed)
    expected = fingerprints(exercise).components[-1]
    roles = roles_of(attempt)
    wrong_names = name_remarks(roles, expected)
    names = {entry["name"] for entry in expected if "name" in entry}
    wrong = [layer.name for layer in roles if layer.name not in names]
    named_wrong = bool(wrong_names) and not all(is_automatic(name) for name in wrong)
    return passed(exercise, [*remarks, *wrong_names], "names" if named_wrong else changed)


def _wrong(
    exercise: str, function: Callable, attempt: Attempt, records: list[BuildRecord]
) -> CheckResult:
    if names_twice(str(attempt.error)):
        return finding(exercise, "layer_names_twice")
    index = len(records) - 1
    arguments = stored_calls(exercise)[index]
    mistakes = matching_mistakes(exercise, records)
    if not EXERCISES[exercise].says_where:
        return _without_place(exercise, function, attempt, arguments, mistakes)
    components = fingerprints(exercise).components[index]
    difference = first_difference(attempt, components, arguments)
    if mistakes:
        return with_unused(known_mistake(exercise, mistakes), function, attempt)
    if (half := half_built(exercise, attempt, arguments, difference)) is not None:
        return half
    if attempt.state in BROKEN:
        return broken(exercise, function, attempt, arguments, difference)
    result = unknown_mistake(exercise, arguments, difference, attempt)
    if difference is not None and difference.inside is not None:
        block = EXERCISES[difference.inside]
        check = f"checks.{block.check}({block.name})"
        result.details.append(("Try", _IN_A_BLOCK.format(check=check)))
    return with_unused(result, function, attempt)


def _without_place(
    exercise: str,
    function: Callable,
    attempt: Attempt,
    arguments: dict,
    mistakes: list[KnownMistake],
) -> CheckResult:
    """Return the result for an exercise in which the learner has to find the place.

    Neither the first step that differs nor a layer that nothing uses is shown.
    """
    if mistakes:
        return known_mistake(exercise, mistakes)
    if attempt.state in BROKEN:
        return broken(exercise, function, attempt, arguments, None)
    return unexplained(exercise, [("Try", words(exercise, "unknown").hint)])


_IN_A_BLOCK = (
    "This step is inside a block. Compare the arguments in the call of that block with the "
    "exercise; if they are right, check the block by itself: `{check}`."
)

"""Say what a block or a network is that is not the exercise's, but right as far as it goes.

Who calls it: the checks, when no catalogued mistake explains what they see.
"""

from __future__ import annotations

from collections.abc import Callable

from resnets.checks.attempt import Attempt, State, attempt_architecture, record_safely
from resnets.checks.compare import is_reference, stored_calls
from resnets.checks.locate import Difference
from resnets.checks.messages import call_text
from resnets.checks.result import CheckResult
from resnets.exercises import EXERCISES

_FEWEST_MISSING = 2  # one missing step has a name of its own in the catalogue


def half_built(
    exercise: str, attempt: Attempt, arguments: dict, difference: Difference | None
) -> CheckResult | None:
    """Return the result for a build that is right as far as it goes; None for any other."""
    if attempt.state not in (State.TENSOR, State.MODEL, State.NOTHING) or difference is None:
        return None
    if not difference.begun or difference.extra or difference.missing < _FEWEST_MISSING:
        return None
    where, _, step = difference.label.rpartition(": ")
    details = [
        ("Next", f"{where or step}."),
        ("It was called with", call_text(exercise, arguments)),
    ]
    if attempt.state == State.NOTHING:
        details.append(("It returns", "nothing: it needs a `return` at its end, too"))
    last = f" Your last step is: {difference.after}." if difference.after else ""
    title = f"Right so far, but not finished.{last}"
    return CheckResult(exercise, False, None, title, details)


def other_exercise(exercise: str, function: Callable) -> CheckResult | None:
    """Return the result for a function that solves another exercise of this kind; or None."""
    kind = EXERCISES[exercise].kind
    for other, entry in EXERCISES.items():
        if other == exercise or entry.kind is not kind:
            continue
        records = []
        for arguments in stored_calls(other):
            attempt = attempt_architecture(other, function, arguments)
            records.append(record_safely(attempt, arguments))
            if attempt.state not in (State.TENSOR, State.MODEL):
                break
        else:
            if is_reference(other, records):
                return _is_other(exercise, other)
    return None


def _is_other(exercise: str, other: str) -> CheckResult:
    lesson = EXERCISES[other].lesson
    title = f"This is the function of lesson {lesson}: it computes what {other} should."
    how = (
        f"Compare your steps with the table of this exercise: what does {exercise} have that "
        f"{other} does not have?"
    )
    return CheckResult(exercise, False, None, title, [("Try", how)])

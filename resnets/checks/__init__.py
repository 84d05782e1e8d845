"""Check an exercise: passed, or what is wrong, why it matters and what to try.

    result = checks.check_identity_block(identity_block)
    result

A check calls the learner's function with arguments that the learner did not see, sets the weights
by role and compares the outputs with stored fingerprints: those of the reference, and those of the
reference with each known mistake built in. It compares functions, not text, so a right function
passes however it is written. No check raises an exception because of the learner's code.

Importing this module in IPython also makes cells that begin with `# needs: identity_block` wait
for that exercise (see `resnets.checks.cell_gate`).
"""

from __future__ import annotations

import os
from collections.abc import Callable

import resnets_utils  # noqa: F401 - loads TensorFlow quietly
from resnets import stand_ins
from resnets.checks.blocks import check_block
from resnets.checks.cell_gate import note, register
from resnets.checks.network import check_network
from resnets.checks.numbers import check_numbers
from resnets.checks.result import CheckResult
from resnets.checks.unread import not_read, syntax_error
from resnets.exercises import EXERCISES, Exercise, Kind

_COMPARE = {
    Kind.BLOCK: check_block,
    Kind.NETWORK: check_network,
    Kind.NUMBERS: check_numbers,
}


class ExerciseNotPassed(AssertionError):
    """An exercise failed its check under nbgrader, where only an error in a cell costs points."""


def _lent_result(name: str) -> CheckResult:
    how = f"Write your own {name}, run its cell, then run this check again."
    title = "This is the course's own function, which you use for now. It does not count."
    return CheckResult(name, False, None, title, [("Try", how)], status="unfinished")


def _check_of(exercise: Exercise) -> Callable[[Callable], CheckResult]:
    def check(function: Callable) -> CheckResult:
        if (error := syntax_error(exercise.name)) is not None:
            result = not_read(exercise.name, error)
        elif stand_ins.is_lent(function):
            result = _lent_result(exercise.name)
        else:
            result = _COMPARE[exercise.kind](exercise.name, function)
        note(exercise.name, result.passed)
        # nbgrader sets this variable in the kernels of its autograder and of its Validate button.
        if not result.passed and os.environ.get("NBGRADER_EXECUTION"):
            raise ExerciseNotPassed(result.message)
        return result

    check.__name__ = check.__qualname__ = exercise.check
    check.__doc__ = f"Check `{exercise.signature}`."
    return check


# check_identity_block, check_resnet50 ...: one for each exercise of the registry.
globals().update({exercise.check: _check_of(exercise) for exercise in EXERCISES.values()})

__all__ = [
    "CheckResult",
    # The grader imports these modules, so that notebook and mark use the same comparison.
    "attempt",
    "compare",
    "fingerprint",
    "given",
    "graph",
    "known_layers",
    "names",
    "network",
    "numbers",
    "signature",
]
__all__ += [exercise.check for exercise in EXERCISES.values()]

register()

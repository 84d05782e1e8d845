"""What the lessons call after an exercise: passed, or what is wrong, why it matters, what to try.

    result = checks.check_identity_block(identity_block)
    result

A check builds the learner's function for arguments that the learner did not see, gives weights by
role and compares what it computes with stored fingerprints: of the reference, and of the reference
with each known mistake built in. Functions are compared, not text, so every spelling of a right
function passes. No check raises because of the learner's code.

Importing this module in IPython also makes cells that begin with `# needs: identity_block` wait
for that exercise (see `resnets.checks.cell_gate`).
"""

from __future__ import annotations

import os
from collections.abc import Callable

import resnets_utils  # noqa: F401 - loads TensorFlow quietly
from resnets.checks.blocks import check_block
from resnets.checks.cell_gate import note, register
from resnets.checks.network import check_network
from resnets.checks.numbers import check_numbers
from resnets.checks.result import CheckResult
from resnets.exercises import EXERCISES, Exercise, Kind

_COMPARE = {
    Kind.BLOCK: check_block,
    Kind.NETWORK: check_network,
    Kind.NUMBERS: check_numbers,
}


class ExerciseNotPassed(AssertionError):
    """Raised under nbgrader only, where nothing but an error in a check cell costs its points."""


def _check_of(exercise: Exercise) -> Callable[[Callable], CheckResult]:
    def check(function: Callable) -> CheckResult:
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
    # Modules that the grader compares with, too.
    "attempt",
    "compare",
    "fingerprint",
    "given",
    "graph",
    "network",
    "numbers",
    "signature",
]
__all__ += [exercise.check for exercise in EXERCISES.values()]

register()

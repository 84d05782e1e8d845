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
from resnets.checks.gradients import check_norms
from resnets.checks.resnet50 import check_network
from resnets.checks.result import CheckResult

__all__ = [
    "CheckResult",
    "check_convolutional_block",
    "check_gradient_norms",
    "check_identity_block",
    "check_resnet50",
    # Modules that the grader compares with, too.
    "arguments",
    "attempt",
    "cases",
    "compare",
    "fingerprint",
    "gradients",
    "graph",
    "resnet50",
    "signature",
]


def check_gradient_norms(function: Callable) -> CheckResult:
    """Check `gradient_norms(model, X, Y)`."""
    return _noted(check_norms(function))


def check_identity_block(function: Callable) -> CheckResult:
    """Check `identity_block(X, f, filters, stage, block)`."""
    return _noted(check_block("identity_block", function))


def check_convolutional_block(function: Callable) -> CheckResult:
    """Check `convolutional_block(X, f, filters, stage, block, s=2)`."""
    return _noted(check_block("convolutional_block", function))


def check_resnet50(function: Callable) -> CheckResult:
    """Check `ResNet50(input_shape=(64, 64, 3), classes=6)`."""
    return _noted(check_network(function))


class ExerciseNotPassed(AssertionError):
    """Raised under nbgrader only, where nothing but an error in a check cell costs its points."""


def _noted(result: CheckResult) -> CheckResult:
    note(result.exercise, result.passed)
    # nbgrader sets this variable in the kernels of its autograder and of its Validate button.
    if not result.passed and os.environ.get("NBGRADER_EXECUTION"):
        raise ExerciseNotPassed(result.message)
    return result


register()

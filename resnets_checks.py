"""What the lessons call after an exercise: passed, or what is wrong, why it matters, what to try.

    result = checks.check_identity_block(identity_block)
    result

A check builds the learner's function for arguments that the learner did not see, gives weights by
role and compares what it computes with stored fingerprints: of the reference, and of the reference
with each known mistake built in. Functions are compared, not text, so every spelling of a right
function passes. No check raises because of the learner's code.

Importing this module in IPython also makes cells that begin with `# needs: identity_block` wait
for that exercise (see `resnets_checks_waiting`).
"""

from __future__ import annotations

from collections.abc import Callable

import resnets_utils  # noqa: F401 - loads TensorFlow quietly
from resnets_checks_blocks import check_block
from resnets_checks_result import CheckResult
from resnets_checks_waiting import note, register

__all__ = [
    "CheckResult",
    "check_convolutional_block",
    "check_identity_block",
]


def check_identity_block(function: Callable) -> CheckResult:
    """Check `identity_block(X, f, filters, stage, block)`."""
    return _noted(check_block("identity_block", function))


def check_convolutional_block(function: Callable) -> CheckResult:
    """Check `convolutional_block(X, f, filters, stage, block, s=2)`."""
    return _noted(check_block("convolutional_block", function))


def _noted(result: CheckResult) -> CheckResult:
    note(result.exercise, result.passed)
    return result


register()

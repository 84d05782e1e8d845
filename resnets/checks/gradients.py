"""The check of `gradient_norms`: the learner's numbers for networks that they did not see.

Who calls it: `resnets.checks`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import keras
import numpy as np

from resnets.checks.attempt import Attempt
from resnets.checks.cases import CASES, make_case
from resnets.checks.compare import fingerprints
from resnets.checks.errors import call_safely
from resnets.checks.messages import broken, known_mistake, passed, unfinished
from resnets.checks.result import CheckResult

EXERCISE = "gradient_norms"
TOLERANCE = 2e-3
# What is 0 on paper (the gradient of a bias before BatchNorm, the mean over a softmax's kernel)
# comes out as rounding, a millionth of the other numbers and another one with every thread order.
ROUNDING = 1e-5


def attempt_norms(function: Callable, case: str) -> Attempt:
    """`function(model, X, Y)` for one case; state "array" holds a 1-D float array."""
    model, x, y = make_case(case)
    if not callable(function):
        return Attempt("signature", returned=function)
    try:
        inspect.signature(function).bind(model, x, y)
    except TypeError:
        return Attempt("signature", returned=function)
    except ValueError:
        pass  # a callable without a readable signature: try it
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]
    returned, error = call_safely(lambda: function(model, x, y))
    if error is not None:
        return Attempt("error", error=error)
    if returned is None:
        return Attempt("nothing")
    after = [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]
    if not all(map(np.array_equal, before, after)):
        return Attempt("changed")
    array = as_array(returned)
    return Attempt("other", returned=returned) if array is None else Attempt("array", None, array)


def as_array(returned: object) -> np.ndarray | None:
    """A learner's result as a 1-D array, if it is one, a list or a tensor; else None."""
    if isinstance(returned, dict | str | keras.Model | keras.KerasTensor | Callable):
        return None
    try:
        array = np.asarray(
            [float(v) for v in returned] if isinstance(returned, list | tuple) else returned,
            np.float64,
        )
    except (TypeError, ValueError):
        return None
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    return array if array.ndim <= 1 else None


def norms_record(attempt: Attempt) -> list | None:
    """The numbers as data; None if there are none."""
    if attempt.state != "array":
        return None
    return [float(f"{v:.7g}") for v in np.atleast_1d(attempt.returned)]


def same_norms(a: list | None, b: list | None) -> bool:
    """Whether two results are the same numbers, up to rounding."""
    if a is None or b is None or len(a) != len(b):
        return False
    if not np.isfinite([*a, *b]).all():
        return a == b
    largest = max(map(abs, (*a, *b)), default=0.0)
    return bool(np.allclose(a, b, rtol=TOLERANCE, atol=ROUNDING * largest))


def check_norms(function: Callable) -> CheckResult:
    """Compare the learner's norms with the reference's and with every known mistake's."""
    known = fingerprints(EXERCISE)
    records = []
    for index, case in enumerate(CASES):
        attempt = attempt_norms(function, case)
        early = unfinished(EXERCISE, function, attempt)
        if early is not None:
            return early
        if attempt.state != "array":
            return _no_numbers(function, attempt, case, known["reference"][index])
        records.append(norms_record(attempt))
    if all(map(same_norms, records, known["reference"])):
        return passed(EXERCISE, [])
    mistakes = [
        mistake
        for mistake in known["mistakes"]
        if any(all(map(same_norms, records, variant)) for variant in mistake["variants"])
    ]
    return known_mistake(EXERCISE, mistakes) if mistakes else _unknown(records, known["reference"])


def _no_numbers(function: Callable, attempt: Attempt, case: str, right: list) -> CheckResult:
    if attempt.state == "nothing":
        return CheckResult(
            EXERCISE, False, "returns_nothing", "The function returns nothing.",
            [
                ("Why it matters", "A Python function without `return` gives None."),
                ("Try", "End the function with `return` and the array of norms."),
            ],
        )  # fmt: skip
    if attempt.state == "changed":
        return CheckResult(
            EXERCISE, False, "weights_changed", "The function changes the model's weights.",
            [
                ("Why it matters", "It is a measurement: the model has to be the same after it."),
                ("Try", "Compute the gradients but apply none of them: no fit, no optimizer."),
            ],
        )  # fmt: skip
    if attempt.state == "other":
        kind = type(attempt.returned).__name__
        return CheckResult(
            EXERCISE, False, "wrong_return",
            f"It returns something of type `{kind}` that is no list of numbers.",
            [
                ("Expected", f"for {case}: {len(right)} numbers, one for each kernel, input first"),
                ("Try", "Return `np.array(norms)`, where norms is a list of one number a layer."),
            ],
        )  # fmt: skip
    return broken(EXERCISE, function, attempt, {"case": case}, None)


def _unknown(records: list, reference: list) -> CheckResult:
    index = next(i for i, pair in enumerate(zip(records, reference, strict=True))
                 if not same_norms(*pair))  # fmt: skip
    case, yours, right = list(CASES)[index], records[index], reference[index]
    result = CheckResult(
        EXERCISE, False, None,
        "The numbers differ from the right ones, and not by one mistake known here.",
        [("Tried on", case)],
    )  # fmt: skip
    if len(yours) != len(right):
        result.details.append(
            ("Where", f"{len(right)} layers have a kernel, so there should be {len(right)} "
             f"numbers; yours are {len(yours)}.")
        )  # fmt: skip
    rows = [["kernel", "expected", "yours", "yours / expected"]]
    for i in range(max(len(yours), len(right))):
        a = right[i] if i < len(right) else None
        b = yours[i] if i < len(yours) else None
        ratio = f"{b / a:.4g}" if a and b is not None else ""
        rows.append([str(i + 1), _number(a), _number(b), ratio])
    result.table = rows
    return result


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"

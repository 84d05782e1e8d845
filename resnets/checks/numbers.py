"""Check a numeric exercise: a function that takes values and returns a 1-D array.

Who calls it: `resnets.checks`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import keras
import numpy as np

from resnets.checks.attempt import BROKEN, Attempt, State, closed_kinds
from resnets.checks.compare import fingerprints, stored_calls
from resnets.checks.errors import call_safely
from resnets.checks.given import Symbolic, unpack
from resnets.checks.messages import (
    broken,
    cannot_look_into,
    finding,
    known_mistake,
    passed,
    unexplained,
    unfinished,
)
from resnets.checks.result import CheckResult
from resnets.checks.symbolic import attempt_symbolic
from resnets.exercises import EXERCISES

TOLERANCE = 2e-3
# A number that is 0 on paper (the gradient of a bias before BatchNorm, the mean over a softmax's
# kernel) comes out as a rounding error: about a millionth of the other numbers, and different with
# every thread order.
ROUNDING = 1e-5
_SHOWN = 8  # values of a tensor


def attempt_numbers(
    function: Callable, arguments: dict[str, object], in_place: bool = False
) -> Attempt:
    """Call `function(*arguments)`, by position, and return the attempt.

    In state ARRAY its `returned` is a 1-D float array (0-D for a single number). If an argument is
    a `Symbolic`, these are the values of the tensor that the function returns.

    Args:
        in_place: whether the numbers are those of the model in the arguments (see
            `batch_norm_numbers`), and not what the function returns.
    """
    values = list(arguments.values())
    if not callable(function):
        return Attempt(State.SIGNATURE, returned=function)
    try:
        inspect.signature(function).bind(*values)
    except TypeError:
        return Attempt(State.SIGNATURE, returned=function)
    except ValueError:
        pass  # some built-in callables have no readable signature: call them all the same
    if any(isinstance(value, Symbolic) for value in values):
        return attempt_symbolic(function, values)
    models = [value for value in values if isinstance(value, keras.Model)]
    before = _trainable_weights(models)
    returned, error = call_safely(lambda: function(*values))
    if error is not None:
        return Attempt(State.ERROR, error=error)
    if returned is None and not in_place:
        return Attempt(State.NOTHING)
    if not all(map(np.array_equal, before, _trainable_weights(models))):
        return Attempt(State.CHANGED)
    if in_place:
        returned, error = call_safely(lambda: batch_norm_numbers(models[0]))
        if error is not None:  # for example a momentum that is not a number
            return Attempt(State.ERROR, error=error)
    array = as_array(returned)
    return Attempt(State.OTHER, returned=returned) if array is None else array_attempt(array)


def batch_norm_numbers(model: keras.Model) -> np.ndarray:
    """Return moving mean and variance of each BatchNorm layer, then the layers' momentums."""
    norms = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    moving = [v for norm in norms for v in (norm.moving_mean, norm.moving_variance)]
    momentums = [float(norm.momentum) for norm in norms]
    return np.concatenate([*map(keras.ops.convert_to_numpy, moving), momentums])


def array_attempt(array: np.ndarray) -> Attempt:
    """Return the attempt of a function that returned these numbers."""
    return Attempt(State.ARRAY, returned=array)


def _trainable_weights(models: list[keras.Model]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(w) for model in models for w in model.trainable_weights]


def as_array(returned: object) -> np.ndarray | None:
    """Return a number, or a list, table, array or tensor of numbers as a float array; else None.

    A table is returned row by row, as a 1-D array.
    """
    if isinstance(returned, dict | str | keras.Model | keras.KerasTensor | Callable):
        return None
    several = isinstance(returned, list | tuple)
    if several and any(value is None for value in returned):  # numpy would make it NaN
        return None
    try:
        # One by one, because a list may hold tensors; rows of different length raise.
        values = [np.asarray(value, np.float64) for value in returned] if several else returned
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return None
    if array.ndim == 2:
        array = array.ravel()
    return array if array.ndim <= 1 else None


def numbers_record(attempt: Attempt) -> list | None:
    """Return the numbers as a list with seven digits each; None if there are no numbers."""
    if attempt.state != State.ARRAY:
        return None
    return [float(f"{v:.7g}") for v in np.atleast_1d(attempt.returned)]


def same_numbers(a: list | None, b: list | None) -> bool:
    """Return whether two results are the same numbers, up to rounding."""
    if a is None or b is None or len(a) != len(b):
        return False
    rounding = ROUNDING * max((abs(x) for x in (*a, *b) if math.isfinite(x)), default=0.0)
    return all(_same_number(x, y, rounding) for x, y in zip(a, b, strict=True))


def _same_number(x: float, y: float, rounding: float) -> bool:
    if math.isfinite(x) and math.isfinite(y):
        return abs(x - y) <= rounding + TOLERANCE * abs(y)
    return x == y or (math.isnan(x) and math.isnan(y))


def check_numbers(exercise: str, function: Callable) -> CheckResult:
    """Compare the learner's numbers with those of the reference and of all known mistakes."""
    stored = fingerprints(exercise)
    in_place = EXERCISES[exercise].in_place
    calls = stored_calls(exercise)
    records = []
    for call, right in zip(calls, stored.reference, strict=True):
        attempt = attempt_numbers(function, unpack(call["arguments"]), in_place)
        early = unfinished(exercise, function, attempt)
        if early is not None:
            return early
        if attempt.state != State.ARRAY:
            return _no_numbers(exercise, function, attempt, call, right)
        records.append(numbers_record(attempt))
    if all(map(same_numbers, records, stored.reference)):
        return passed(exercise, [])
    mistakes = [
        mistake
        for mistake in stored.mistakes
        if any(all(map(same_numbers, records, variant)) for variant in mistake.variants)
    ]
    if mistakes:
        return known_mistake(exercise, mistakes)
    return _unknown(exercise, calls, records, stored.reference)


def _no_numbers(
    exercise: str, function: Callable, attempt: Attempt, call: dict, right: list
) -> CheckResult:
    if attempt.state == State.CHANGED:
        return finding(exercise, "weights_changed")
    if kinds := closed_kinds(attempt):
        return cannot_look_into(exercise, kinds, "")
    if attempt.start is not None and attempt.state in BROKEN:  # it builds layers
        return broken(exercise, function, attempt, call, None)
    if attempt.state in (State.NOTHING, State.OTHER):
        shape = getattr(attempt.returned, "shape", None)
        kind = type(attempt.returned).__name__
        yours = "nothing" if attempt.state == State.NOTHING else f"something of type `{kind}`"
        yours += "" if shape is None else f" of shape {tuple(shape)}"
        wanted = f"for {call['title']}: {len(right)} numbers, {EXERCISES[exercise].returns}"
        details = [("Expected", wanted), ("It returns", yours)]
        return finding(exercise, "wrong_return", details)
    return broken(exercise, function, attempt, call, None)


def _unknown(exercise: str, calls: list[dict], records: list, reference: list) -> CheckResult:
    index = next(
        i for i, pair in enumerate(zip(records, reference, strict=True)) if not same_numbers(*pair)
    )
    yours, right = records[index], reference[index]
    part = EXERCISES[exercise].part or "number"
    result = unexplained(exercise, [("Tried on", calls[index]["title"])])
    given = unpack(calls[index]["arguments"]).values()
    shown = max(len(yours), len(right))
    if symbolic := any(isinstance(value, Symbolic) for value in given):
        shown = min(shown, _SHOWN)
        told = "the values of the tensor that you return, for weights that the check has drawn"
        result.details.append(("The numbers", f"{told}; the first {shown} of them"))
        if len(yours) != len(right):
            sizes = f"It has {len(yours)} values instead of {len(right)}, so its shape is wrong."
            result.details.append(("Your tensor", sizes))
    if not symbolic and len(yours) != len(right):
        wanted = f"There should be {len(right)} numbers, {EXERCISES[exercise].returns}"
        result.details.append(("Where", f"{wanted}; you return {len(yours)}."))
    if EXERCISES[exercise].in_place:
        result.details.append(("The numbers", f"{EXERCISES[exercise].returns}, in this order"))
    rows = [[part, "expected", "yours", "yours / expected"]]
    for i in range(shown):
        a = right[i] if i < len(right) else None
        b = yours[i] if i < len(yours) else None
        ratio = f"{b / a:.4g}" if a and b is not None else ""
        rows.append([str(i + 1), _number(a), _number(b), ratio])
    result.table = rows
    return result


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"

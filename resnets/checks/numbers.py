"""Check a numeric exercise: a function that takes values and gives numbers.

Who calls it: `resnets.checks`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import keras
import numpy as np

from resnets.checks.attempt import BROKEN, Attempt, State, closed_kinds
from resnets.checks.compare import fingerprints, stored_calls
from resnets.checks.errors import call_safely
from resnets.checks.given import unpack
from resnets.checks.messages import (
    broken,
    cannot_look_into,
    finding,
    known_mistake,
    passed,
    unexplained,
)
from resnets.checks.result import CheckResult
from resnets.checks.symbolic import attempt_symbolic
from resnets.checks.unfinished import unfinished
from resnets.exercises import EXERCISES, Outcome

TOLERANCE = 2e-3
# A number that is 0 on paper (the gradient of a bias before BatchNorm, the mean over a softmax's
# kernel) comes out as a rounding error: about a millionth of the other numbers, and different with
# every thread order.
ROUNDING = 1e-5
_HALF = 0.49  # between two whole numbers
INPUTS = "inputs"  # among the arguments: not passed on; the models are run on them afterwards
_SHOWN = 8  # values of a tensor


def attempt_numbers(
    function: Callable, arguments: dict[str, object], outcome: Outcome = Outcome.RETURNED
) -> Attempt:
    """Call `function(*arguments)`, by position, and return the attempt.

    In state ARRAY its `returned` is a float array (0-D for a single number, 2-D for a table).

    Args:
        outcome: where the numbers come from: what the function returns, the model in the arguments
            (see `batch_norm_numbers`), the model that it returns (see `outputs`; the arguments then
            hold INPUTS too), or the symbolic tensor that it returns (see `attempt_symbolic`).
    """
    values = [value for name, value in arguments.items() if name != INPUTS]
    if not callable(function):
        return Attempt(State.SIGNATURE, returned=function)
    try:
        inspect.signature(function).bind(*values)
    except TypeError:
        return Attempt(State.SIGNATURE, returned=function)
    except ValueError:
        pass  # some built-in callables have no readable signature: call them all the same
    if outcome is Outcome.RETURNED_TENSOR:
        return attempt_symbolic(function, values)
    models = [value for value in values if isinstance(value, keras.Model)]
    before = _trainable_weights(models)
    returned, error = call_safely(lambda: function(*values))
    if error is not None:
        return Attempt(State.ERROR, error=error)
    if returned is None and outcome is not Outcome.CHANGED_MODEL:
        return Attempt(State.NOTHING)
    if outcome is Outcome.RETURNED_MODEL:
        if not isinstance(returned, keras.Model):
            return Attempt(State.OTHER, returned=returned)
        # A change of the model that it got shows in that model's outputs.
        return _read(lambda: outputs([returned, *models], arguments[INPUTS]))
    if not all(map(np.array_equal, before, _trainable_weights(models))):
        return Attempt(State.CHANGED)
    if outcome is Outcome.CHANGED_MODEL:
        return _read(lambda: batch_norm_numbers(models[0]))
    array = as_array(returned)
    return Attempt(State.OTHER, returned=returned) if array is None else array_attempt(array)


def _read(numbers: Callable[[], np.ndarray]) -> Attempt:
    """Return the attempt with numbers that are read from a model in the learner's hands."""
    array, error = call_safely(numbers)  # it fails if, for example, a momentum is not a number
    return Attempt(State.ERROR, error=error) if error is not None else array_attempt(array)


def outputs(models: list[keras.Model], inputs: np.ndarray) -> np.ndarray:
    """Return what the models compute in inference mode, one model after the other."""
    values = [model(inputs, training=False) for model in models]
    return np.concatenate([keras.ops.convert_to_numpy(value).ravel() for value in values])


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
    """Return a number, or a list, table, array or tensor of numbers as a float array; else None."""
    if isinstance(returned, dict | str | keras.Model | keras.KerasTensor | Callable):
        return None
    several = isinstance(returned, list | tuple)
    if several and any(value is None for value in returned):  # numpy would make it NaN
        return None
    try:
        # One by one, because a list may hold tensors; rows of different length raise.
        values = [_floats(value) for value in returned] if several else returned
        array = _floats(values)
    except (TypeError, ValueError):
        return None
    return array if array.ndim <= 2 else None


def _floats(value: object) -> np.ndarray:
    """Return numbers as float64.

    Raises:
        TypeError, ValueError: these are not numbers; a text such as "3" is none, either.
    """
    array = np.asarray(value)
    if array.dtype.kind in "US":
        raise TypeError("expected numbers, got text")
    return array.astype(np.float64)


def numbers_record(attempt: Attempt) -> list | None:
    """Return the numbers with seven digits each, a table as a list of rows; None without any."""
    if attempt.state != State.ARRAY:
        return None
    array = np.atleast_1d(attempt.returned)
    rounded = [float(f"{v:.7g}") for v in array.ravel()]
    return np.reshape(rounded, array.shape).tolist()


def same_numbers(yours: list | None, right: list | None) -> bool:
    """Return whether a result is the right one, up to rounding; a table has to have its shape."""
    if yours is None or right is None:
        return False
    a, b = np.asarray(yours, np.float64), np.asarray(right, np.float64)
    if not _same_shape(a.shape, b.shape):
        return False
    a, b = a.ravel(), b.ravel()
    finite = np.isfinite(a) & np.isfinite(b)
    sizes = np.abs(np.concatenate([a, b]))
    allowed = ROUNDING * sizes[np.isfinite(sizes)].max(initial=0.0) + TOLERANCE * np.abs(b)
    # Counts are exact: of 17,298 weights not one may be missing.
    allowed = np.where(b == np.round(b), np.minimum(allowed, _HALF), allowed)
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        near = np.abs(a - b) <= allowed
    return bool(np.all(np.where(finite, near, (a == b) | (np.isnan(a) & np.isnan(b)))))


def _same_shape(yours: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Return whether a result has the right shape; a list may also be one row or one column."""
    if len(right) == 2:
        return yours == right
    return [n for n in yours if n != 1] == [n for n in right if n != 1]


def check_numbers(exercise: str, function: Callable) -> CheckResult:
    """Compare the learner's numbers with those of the reference and of all known mistakes."""
    stored = fingerprints(exercise)
    outcome = EXERCISES[exercise].outcome
    calls = stored_calls(exercise)
    records = []
    for call, right in zip(calls, stored.reference, strict=True):
        attempt = attempt_numbers(function, unpack(call["arguments"]), outcome)
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
    titles = [call["title"] for call in calls]
    return _unknown(exercise, titles, records, stored.reference)


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
        wanted = f"for {call['title']}: {_wanted(exercise, right)}"
        details = [("Expected", wanted), ("It returns", yours)]
        return finding(exercise, "wrong_return", details)
    return broken(exercise, function, attempt, call, None)


def _wanted(exercise: str, right: list) -> str:
    returns = EXERCISES[exercise].returns
    counted = (Outcome.RETURNED, Outcome.CHANGED_MODEL)
    return f"{_amount(right)}, {returns}" if EXERCISES[exercise].outcome in counted else returns


def _amount(numbers: list) -> str:
    """Return how many numbers these are, in words."""
    shape = np.shape(numbers)
    return f"{shape[0]} rows of {shape[1]} numbers" if len(shape) == 2 else f"{shape[0]} numbers"


def _meaning(exercise: str) -> str:
    if EXERCISES[exercise].outcome is Outcome.RETURNED_MODEL:
        return "the outputs of the model that you return, then those of the model that you got"
    if EXERCISES[exercise].outcome is Outcome.RETURNED_TENSOR:
        return "the values of the tensor that you return, for weights that the check has drawn"
    return EXERCISES[exercise].returns


def _unknown(exercise: str, titles: list[str], records: list, reference: list) -> CheckResult:
    index = next(
        i for i, pair in enumerate(zip(records, reference, strict=True)) if not same_numbers(*pair)
    )
    yours, right = records[index], reference[index]
    part = EXERCISES[exercise].part or "number"
    result = unexplained(exercise, [("Tried on", titles[index])])
    if not _same_shape(np.shape(yours), np.shape(right)):
        wanted = f"There should be {_amount(right)}, {_meaning(exercise)}"
        result.details.append(("Where", f"{wanted}; yours are {_amount(yours)}."))
    yours, right = np.ravel(yours).tolist(), np.ravel(right).tolist()
    if EXERCISES[exercise].outcome is not Outcome.RETURNED:
        result.details.append(("The numbers", f"{_meaning(exercise)}, in this order"))
    is_tensor = EXERCISES[exercise].outcome is Outcome.RETURNED_TENSOR
    shown = min(max(len(yours), len(right)), _SHOWN if is_tensor else len(yours) + len(right))
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

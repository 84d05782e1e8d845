"""Call a learner's function on symbolic input and record the outcome, whatever it is.

Who calls it: the checks, and the command that stores the fingerprints of reference and mistakes.
Nothing that the learner's code does raises an exception here, not even `sys.exit()` or endless
recursion. Only Ctrl-C is passed on.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

import keras
import numpy as np

from resnets.checks.errors import LONGEST_MESSAGE, call_safely
from resnets.checks.fingerprint import draw_images, fingerprint_tensors
from resnets.checks.graph import open_ends, source_input, tensors_before, unique_names
from resnets.checks.known_layers import unknown_kinds
from resnets.checks.signature import is_other_edition
from resnets.checks.unwrap import closed_layers, open_up
from resnets.exercises import EXERCISES, Kind


class State(StrEnum):
    """The outcome of a call of the learner's function."""

    TENSOR = "tensor"  # it returned a tensor, as a block should
    MODEL = "model"  # it returned a model, as a network should
    ARRAY = "array"  # it returned numbers, as a numeric exercise should
    NOTHING = "nothing"  # it returned None
    FOREIGN = "foreign"  # it returned a tensor that is not computed from the input
    OTHER = "other"  # it returned something else
    ERROR = "error"  # it raised an exception
    SIGNATURE = "signature"  # it cannot be called with these arguments
    CHANGED = "changed"  # it changed the weights of the model in its arguments
    CANNOT_RUN = "cannot run"  # what it built raises on real numbers


# The state after a call of a right function, for each kind of exercise.
EXPECTED = {Kind.BLOCK: State.TENSOR, Kind.NETWORK: State.MODEL, Kind.NUMBERS: State.ARRAY}
# States that leave no result to compare.
BROKEN = (State.ERROR, State.SIGNATURE, State.OTHER, State.FOREIGN, State.CANNOT_RUN)


@dataclass
class Attempt:
    """The outcome of one call of the learner's function.

    Attributes:
        state: how the call went.
        start: the keras.Input that the build starts from; None where it is unknown.
        returned: the return value.
        error: the exception that it raised, or None.
    """

    state: State
    start: keras.KerasTensor | None = None
    returned: object = None
    error: BaseException | None = None

    @property
    def tensors(self) -> list[keras.KerasTensor]:
        """The returned tensor, the model's outputs, or the open ends of an unfinished build."""
        if self.state == State.TENSOR:
            return [self.returned]
        if self.state == State.MODEL:
            return list(self.returned.outputs)
        return open_ends(self.start) if self.start is not None else []


def closed_kinds(attempt: Attempt) -> list[str]:
    """Return the class names of the layers that the check cannot look into; often [].

    These are layers with code of the learner's own that cannot be followed, or else layers and
    operations of Keras that the grader does not compare (see `known_layers`).
    """
    if attempt.state not in (State.TENSOR, State.MODEL):
        return []
    closed = {type(layer).__name__ for t in attempt.tensors for layer in closed_layers(t)}
    return sorted(closed) or unknown_kinds(attempt.tensors)


NOT_PASSED_ON = ("input", "seed")  # of the stored arguments: only the check itself needs them


def called_with(arguments: dict) -> dict:
    """Return the arguments that the learner's function gets besides X.

    JSON has no tuples, so a shape is stored as a list; it becomes a tuple again here, because a
    learner's code may rely on that.
    """
    passed_on = {key: value for key, value in arguments.items() if key not in NOT_PASSED_ON}
    return {key: _as_written(key, value) for key, value in passed_on.items()}


def _as_written(key: str, value: object) -> object:
    """Return a copy of a list (the learner's code may change it), a tuple for a shape."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(value) if key.endswith("shape") else list(value)


def attempt_architecture(exercise: str, function: Callable, arguments: dict) -> Attempt:
    """Call a block or a network with one set of arguments.

    Args:
        arguments: those of the function, plus "input": the shape (height, width, channels) of X.
    """
    if EXERCISES[exercise].kind is Kind.BLOCK:
        return attempt_block(function, arguments["input"], called_with(arguments))
    return attempt_network(function, called_with(arguments))


def attempt_block(function: Callable, input_shape: list[int], arguments: dict) -> Attempt:
    """Call `function(X, f=, filters=, ...)` with X = keras.Input(input_shape)."""
    start = keras.Input(tuple(input_shape))
    call = bound_call(function, start, arguments)
    if isinstance(call, Attempt):
        return call
    returned, error = call_safely(call)
    if error is not None:
        return Attempt(State.ERROR, start, error=error)
    if returned is None:
        return Attempt(State.NOTHING, start)
    if isinstance(returned, list | tuple) and len(returned) == 1:
        returned = returned[0]
    if not isinstance(returned, keras.KerasTensor):
        return Attempt(State.OTHER, start, returned)
    if not any(t is start for t in tensors_before([returned])):
        return Attempt(State.FOREIGN, start, returned)
    return Attempt(State.TENSOR, *open_up(start, returned))


def attempt_network(function: Callable, arguments: dict) -> Attempt:
    """Call `function(input_shape=, classes=)`, which should return a functional model."""
    call = bound_call(function, None, arguments)
    if isinstance(call, Attempt):
        return call
    returned, error = call_safely(call)
    if error is not None:
        return Attempt(State.ERROR, _start_in(error.__traceback__), error=error)
    if returned is None:
        return Attempt(State.NOTHING)
    if isinstance(returned, keras.Model) and getattr(returned, "inputs", None):
        if len(returned.inputs) == len(returned.outputs) == 1:
            start, end = open_up(returned.inputs[0], returned.outputs[0])
            opened = end is not returned.outputs[0]
            return Attempt(State.MODEL, start, keras.Model(start, end) if opened else returned)
    if isinstance(returned, keras.KerasTensor):
        return Attempt(State.OTHER, source_input(returned), returned)
    return Attempt(State.OTHER, None, returned)


def bound_call(function: Callable, x, arguments: dict) -> Callable | Attempt:
    """Return the call, ready to run, or the attempt that ends here because nothing fits.

    Arguments are passed by the classic's names; by position where the function uses other names.
    """
    leading = () if x is None else (x,)
    if not callable(function):
        return Attempt(State.SIGNATURE, x, function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return lambda: function(*leading, **arguments)
    spellings = [(leading, arguments), ((*leading, *arguments.values()), {})]
    if is_other_edition(function):  # by position it would take the block letter as an initializer
        spellings = spellings[:1]
    for positional, named in spellings:
        try:
            signature.bind(*positional, **named)
        except TypeError:
            continue
        return lambda p=positional, n=named: function(*p, **n)
    return Attempt(State.SIGNATURE, x, function)


def _start_in(traceback: TracebackType | None) -> keras.KerasTensor | None:
    """Return the keras.Input behind the local variables of a function that raised, or None."""
    start = None
    while traceback is not None:
        for value in list(traceback.tb_frame.f_locals.values()):
            if start is None and isinstance(value, keras.KerasTensor):
                start = source_input(value)
        traceback = traceback.tb_next
    return start


@dataclass(frozen=True)
class BuildRecord:
    """What an attempt built; `compare.same_record` compares two of them.

    Attributes:
        state: as in `Attempt`.
        ended: the exception's kind and the shapes in its message (see `how_it_ended`).
        tensors: the fingerprints of the tensors that it built (see `fingerprint_tensors`).
        input: the shape of the input that they were computed for; None if there are no tensors.
    """

    state: str
    ended: list
    tensors: list[dict] = field(default_factory=list)
    input: list[int] | None = None

    def to_json(self) -> dict:
        """Return the record as JSON data, without an input that is None."""
        return {name: value for name, value in vars(self).items() if value is not None}


def record(attempt: Attempt, arguments: dict) -> BuildRecord:
    """Return the attempt's record: state, ending and the fingerprint of what it built.

    The weights are drawn by role from the arguments' "seed"; unknown sizes of the input are taken
    from their "input".
    """
    tensors = attempt.tensors
    ended = how_it_ended(attempt.error)
    if not tensors:
        return BuildRecord(attempt.state, ended)
    unique_names(tensors)
    x = input_for(attempt.start, arguments)
    fingerprints = fingerprint_tensors(tensors, x, arguments["seed"])
    return BuildRecord(attempt.state, ended, fingerprints, list(x.shape[1:]))


def record_safely(attempt: Attempt, arguments: dict) -> BuildRecord:
    """Return `record(...)`; a build that raises on real numbers gets the state "cannot run"."""
    result, error = call_safely(lambda: record(attempt, arguments))
    if error is None:
        return result
    attempt.state, attempt.error = State.CANNOT_RUN, error
    return BuildRecord(attempt.state, how_it_ended(error))


def input_for(start: keras.KerasTensor, arguments: dict) -> np.ndarray:
    """Return an array for the input `start`: its own shape where fixed, otherwise "input"."""
    shape = list(start.shape[1:])
    if len(shape) == len(arguments["input"]):
        shape = [a or b for a, b in zip(shape, arguments["input"], strict=True)]
    return draw_images([None, *(size or 8 for size in shape)], arguments["seed"])


def how_it_ended(error: BaseException | None) -> list:
    """Return [kind of exception, shapes in its message ...], or [] if nothing was raised.

    Shapes are the same for everyone who makes the same mistake; the wording and layer names of the
    message are not.
    """
    if error is None:
        return []
    text = str(error)[:LONGEST_MESSAGE]
    shapes = {
        tuple(int(n) for n in re.findall(r"\d+", group))[-3:]
        for group in re.findall(r"[\[(]((?:None|\d+)(?:, *(?:None|\d+))+)[\])]", text)
    }
    kind = "shapes" if isinstance(error, ValueError) and shapes else type(error).__name__
    return [kind, *sorted(map(list, shapes))]

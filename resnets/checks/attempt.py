"""Call a learner's function on symbolic input and record what came of it, whatever that is.

Who calls it: the checks, and the command that stores the fingerprints of reference and mistakes.
An attempt never raises for what the learner's code does, `sys.exit()` and endless recursion
included; only Ctrl-C goes through.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

import keras
import numpy as np

from resnets.checks.errors import call_safely
from resnets.checks.fingerprint import draw_images, fingerprint_tensors
from resnets.checks.graph import open_ends, source_input, tensors_before, unique_names
from resnets.checks.signature import is_other_edition
from resnets.checks.unwrap import closed_layers, open_up
from resnets.exercises import EXERCISES, Kind


class State(StrEnum):
    """What came of a call of the learner's function."""

    TENSOR = "tensor"  # what a block should return
    MODEL = "model"  # what a network should return
    ARRAY = "array"  # what a function of numbers should return
    NOTHING = "nothing"  # it returned None
    FOREIGN = "foreign"  # it returned a tensor that is not computed from the input
    OTHER = "other"  # it returned something else
    ERROR = "error"  # it raised
    SIGNATURE = "signature"  # it does not take these arguments
    CHANGED = "changed"  # it changed the weights of a model that it was given
    CANNOT_RUN = "cannot run"  # what it built raises on real numbers


# What a right function of each kind gives.
EXPECTED = {Kind.BLOCK: State.TENSOR, Kind.NETWORK: State.MODEL, Kind.NUMBERS: State.ARRAY}
# States without a result that could be compared.
BROKEN = (State.ERROR, State.SIGNATURE, State.OTHER, State.FOREIGN, State.CANNOT_RUN)


@dataclass
class Attempt:
    """What a call of the learner's function gave.

    Attributes:
        state: what came of it.
        start: the input of what was built; None where that is not known.
        returned: what the function returned.
        error: what it raised, if it did.
    """

    state: State
    start: keras.KerasTensor | None = None
    returned: object = None
    error: BaseException | None = None

    @property
    def tensors(self) -> list[keras.KerasTensor]:
        """The returned tensor, the model's outputs, or the open ends of what was begun."""
        if self.state == State.TENSOR:
            return [self.returned]
        if self.state == State.MODEL:
            return list(self.returned.outputs)
        return open_ends(self.start) if self.start is not None else []


def closed_kinds(attempt: Attempt) -> list[str]:
    """The classes of the layers in a result whose code cannot be looked into; empty without any."""
    if attempt.state not in (State.TENSOR, State.MODEL):
        return []
    return sorted({type(layer).__name__ for t in attempt.tensors for layer in closed_layers(t)})


NOT_PASSED_ON = ("input", "seed")


def called_with(arguments: dict) -> dict:
    """What a function is called with beside X: the arguments without what only the check needs.

    JSON knows no tuples, so a shape comes as a list; a learner's code may rely on the tuple.
    """
    passed_on = {key: value for key, value in arguments.items() if key not in NOT_PASSED_ON}
    return {key: _as_written(key, value) for key, value in passed_on.items()}


def _as_written(key: str, value: object) -> object:
    """A list is copied, since a learner's code may change it."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(value) if key.endswith("shape") else list(value)


def attempt_architecture(exercise: str, function: Callable, arguments: dict) -> Attempt:
    """An attempt at a block or a network with one set of arguments.

    Args:
        arguments: the function's own, and "input" (height, width, channels) of X.
    """
    if EXERCISES[exercise].kind is Kind.BLOCK:
        return attempt_block(function, arguments["input"], called_with(arguments))
    return attempt_network(function, called_with(arguments))


def attempt_block(function: Callable, input_shape: list[int], arguments: dict) -> Attempt:
    """`function(X, f=, filters=, ...)` with X = keras.Input(input_shape)."""
    start = keras.Input(tuple(input_shape))
    call = _bound_call(function, start, arguments)
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
    """`function(input_shape=, classes=)`, which should return a functional model."""
    call = _bound_call(function, None, arguments)
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


def _bound_call(function: Callable, x, arguments: dict) -> Callable | Attempt:
    """The call by the classic's argument names, by position where those names differ."""
    first = () if x is None else (x,)
    if not callable(function):
        return Attempt(State.SIGNATURE, x, function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return lambda: function(*first, **arguments)
    ways = [(first, arguments), ((*first, *arguments.values()), {})]
    if is_other_edition(function):  # which by position would take a letter for an initializer
        ways = ways[:1]
    for positional, named in ways:
        try:
            signature.bind(*positional, **named)
        except TypeError:
            continue
        return lambda p=positional, n=named: function(*p, **n)
    return Attempt(State.SIGNATURE, x, function)


def _start_in(traceback: TracebackType | None) -> keras.KerasTensor | None:
    """The keras.Input of what a function had built when it raised, from its local variables."""
    found = None
    while traceback is not None:
        for value in list(traceback.tb_frame.f_locals.values()):
            if found is None and isinstance(value, keras.KerasTensor):
                found = source_input(value)
        traceback = traceback.tb_next
    return found


def record(attempt: Attempt, arguments: dict) -> dict:
    """The attempt as data: its state, why it ended, and the fingerprint of what it built.

    Two records are compared by `same_record`. Weights are drawn by role from the arguments' "seed";
    unknown sizes of the input are filled in from their "input".
    """
    tensors = attempt.tensors
    made = {"state": attempt.state, "ended": how_it_ended(attempt.error), "tensors": []}
    if not tensors:
        return made
    unique_names(tensors)
    x = input_for(attempt.start, arguments)
    made["input"] = list(x.shape[1:])
    made["tensors"] = fingerprint_tensors(tensors, x, arguments["seed"])
    return made


def record_safely(attempt: Attempt, arguments: dict) -> dict:
    """`record`; what was built and raises on real numbers gets the state "cannot run"."""
    made, error = call_safely(lambda: record(attempt, arguments))
    if error is None:
        return made
    attempt.state, attempt.error = State.CANNOT_RUN, error
    return {"state": attempt.state, "ended": how_it_ended(error), "tensors": []}


def input_for(start: keras.KerasTensor, arguments: dict) -> np.ndarray:
    """Values for the input `start`: of its own shape where that is fixed, else of "input"."""
    shape = list(start.shape[1:])
    if len(shape) == len(arguments["input"]):
        shape = [a or b for a, b in zip(shape, arguments["input"], strict=True)]
    return draw_images([None, *(size or 8 for size in shape)], arguments["seed"])


def how_it_ended(error: BaseException | None) -> list:
    """What kind of exception ended an attempt and which shapes did not fit, if that was it."""
    if error is None:
        return []
    text = str(error)
    shapes = {
        tuple(int(n) for n in re.findall(r"\d+", group))[-3:]
        for group in re.findall(r"[\[(]((?:None|\d+)(?:, *(?:None|\d+))+)[\])]", text)
    }
    kind = "shapes" if isinstance(error, ValueError) and shapes else type(error).__name__
    return [kind, *sorted(map(list, shapes))]

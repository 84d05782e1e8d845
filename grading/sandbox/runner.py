"""The program inside the sandbox: it loads a student's functions and makes the judge's calls.

This code shares a process with the student's code, which could change anything in it. So its output
is only a claim. For each call it writes one JSON line: the architecture that the student's function
built, or an array of numbers, or what went wrong. The judge checks every claim itself.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import replace

# Modules that the lessons import. The zygote imports them once, and every fork has them.
import ipywidgets  # noqa: F401
import keras
import matplotlib.pyplot  # noqa: F401
import numpy as np
import numpy.random  # numpy itself would import it when it is first used
import tensorflow  # noqa: F401

from grading.sandbox.answer_schema import Answer
from grading.sandbox.block_placeholder import placeholder_for
from grading.sandbox.job import Call, Job, call_id
from grading.sandbox.loader import BrokenCell, Loader, NotThere
from resnets import (
    checks,  # noqa: F401
    lessons,
)
from resnets.checks.attempt import (
    EXPECTED,
    Attempt,
    State,
    attempt_block,
    attempt_network,
    called_with,
    closed_kinds,
    how_it_ended,
)
from resnets.checks.given import unpack
from resnets.checks.graph import unique_names
from resnets.checks.numbers import attempt_numbers
from resnets.checks.signature import about_the_edition, changed_defaults
from resnets.exercises import EXERCISES, Kind
from resnets.reader.notebooks import Notebook

MAX_NUMBERS = 10_000  # in one answer
_MOST_NOTES, _LONGEST_NOTE = 20, 300  # notes on the notebooks of one function; letters of a note
# A job is interrupted when it has used this share of its time. The rest is enough to report which
# line was running; when all of it is over, the guard kills the job.
_SHARE = 0.95


def run(job_fd: int, answer_fd: int) -> None:
    """Read a job, make its calls, and write each answer as soon as it is ready.

    Args:
        job_fd: a file descriptor to read the job from (see `Job`).
        answer_fd: a file descriptor to write the answers to, one line each (see `Answer`).
    """
    with os.fdopen(job_fd, "rb") as job_file:
        job = Job.from_json(job_file.read())
    _interrupt_after(_SHARE * job.seconds)
    loader = Loader([Notebook(code.name, code.cells, code.path) for code in job.notebooks])
    lessons.fetch_with(loader.fetch)
    for index, call in enumerate(job.calls):
        answer = _attempt(loader, call)
        os.write(answer_fd, answer.to_line(call_id(index)))
        if answer.error == "timeout":
            signal.pause()  # until the guard kills this process and reports the timeout


class _OutOfTime(BaseException):
    """The time is nearly over. As a BaseException it passes a student's `except Exception`."""


def _interrupt_after(seconds: float) -> None:
    """Raise `_OutOfTime` in the code that is running after this time."""

    def interrupt(*_: object) -> None:
        raise _OutOfTime

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _attempt(loader: Loader, call: Call) -> Answer:
    """Return the answer to one call; it never raises."""
    return _answer_of(loader, lambda: _source(loader, call) if call.source else _made(loader, call))


def _source(loader: Loader, call: Call) -> Answer:
    """Return the function's source code, and why it cannot be loaded if the code shows that."""
    name = call.function
    problem = _answer_of(loader, lambda: loader.notebook_of(name) and Answer())
    notes = [note[:_LONGEST_NOTE] for note in loader.notes(name)[:_MOST_NOTES]]
    return replace(problem, source=loader.source(name), notes=notes)


def _made(loader: Loader, call: Call) -> Answer:
    """Return what the function builds or computes.

    Raises:
        Exception: the function cannot be loaded.
    """
    # Resets layers' names and open Keras scopes, because no call may depend on an earlier one.
    keras.backend.clear_session(free_memory=False)
    if EXERCISES[call.function].kind is not Kind.NUMBERS:
        # In this scope layers create no weights: the judge needs the architecture only.
        with keras.StatelessScope(initialize_variables=False):
            answer = _build(loader, call)
        if answer.model is not None or answer.error == "timeout":
            return answer
        keras.backend.clear_session(free_memory=False)
    # Functions that return numbers need weights with values. So may a function that failed
    # above, for example because it reads a weight, so it is called again.
    return _build(loader, call)


def _answer_of(loader: Loader, work: Callable[[], Answer]) -> Answer:
    """Return the answer that `work` gives, or the answer for what it raises."""
    try:
        return work()
    except NotThere as error:
        return Answer(error="missing", detail=str(error))
    except BrokenCell as error:
        return Answer(error="syntax", detail=str(error), line=error.place)
    except BaseException as error:
        return _error_answer(error, loader)


def _function(loader: Loader, call: Call) -> Callable:
    """Return the student's function; with `placeholders`, it calls placeholders for its blocks."""
    if not call.placeholders:
        return loader.load(call.function)
    blocks = EXERCISES[call.function].calls
    return loader.load(
        call.function, {kind: placeholder_for(kind, _own_block(loader, kind)) for kind in blocks}
    )


def _own_block(loader: Loader, kind: str) -> Callable | None:
    """Return the student's own block, or None if it cannot be loaded."""
    try:
        return loader.load(kind)
    except BaseException:  # noqa: BLE001 - a placeholder does not need the student's block
        return None


def _build(loader: Loader, call: Call) -> Answer:
    """Load the function, call it and return what it built, or what went wrong.

    Raises:
        Exception: the function cannot be loaded.
    """
    function = _function(loader, call)
    kind = EXERCISES[call.function].kind
    if kind is Kind.NUMBERS:
        outcome = EXERCISES[call.function].outcome
        return _numbers_answer(attempt_numbers(function, unpack(call.given), outcome), loader)
    arguments = called_with(call.arguments)
    if kind is Kind.BLOCK:
        attempt = attempt_block(function, call.input_shape, arguments)
    else:
        attempt = attempt_network(function, arguments)
        if attempt.state == State.MODEL:
            attempt.returned = _with_fixed_sizes(attempt.returned, arguments["input_shape"])
    answer = _architecture_answer(attempt, EXPECTED[kind], loader)
    if answer.model is not None and (changed := changed_defaults(call.function, function)):
        return replace(answer, changed=changed)
    return answer


def _with_fixed_sizes(model: keras.Model, shape: tuple) -> keras.Model:
    """Return the same network for images of this shape if it takes images of any size.

    The judge only builds networks whose cost is known.
    """
    given = model.inputs[0].shape[1:]
    fits = len(given) == len(shape) and all(
        a in (None, b) for a, b in zip(given, shape, strict=False)
    )
    if None not in given or not fits:
        return model
    return keras.models.clone_model(model, input_tensors=keras.Input(shape))


def _numbers_answer(attempt: Attempt, loader: Loader) -> Answer:
    """Return an attempt's numbers, or the error if it has none."""
    if attempt.state == State.ARRAY and attempt.returned.size <= MAX_NUMBERS:
        return Answer(numbers=np.atleast_1d(attempt.returned).tolist())
    if kinds := closed_kinds(attempt):
        return Answer(error="closed", detail=", ".join(kinds)[:200])
    if attempt.state == State.CHANGED:
        return Answer(error="weights_changed")
    if attempt.state == State.FOREIGN:
        return Answer(error="not_from_input")
    if attempt.state == State.SIGNATURE:
        return Answer(error="signature", detail=about_the_edition(attempt.returned))
    if attempt.error is not None:
        return _error_answer(attempt.error, loader)
    return Answer(error="wrong_return", detail=_type(attempt.returned))


def _type(returned: object) -> str:
    """Return a value's type and shape in words."""
    shape = getattr(returned, "shape", None)
    return type(returned).__name__ + ("" if shape is None else f" of shape {tuple(shape)}")


def _drop_regularizers(model: keras.Model) -> None:
    """Leave out what only training needs: a student's own regularizer may have no config."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _drop_regularizers(layer)
        for name in [name for name in vars(layer) if name.endswith("_regularizer")]:
            setattr(layer, name, None)


def _architecture_answer(attempt: Attempt, expected: State, loader: Loader) -> Answer:
    """Return an attempt's architecture as JSON, or the error and the part that had been built."""
    if kinds := closed_kinds(attempt):
        return Answer(error="closed", detail=", ".join(kinds)[:200])
    if attempt.state == expected:
        model = attempt.returned
        if expected == State.TENSOR:
            unique_names(attempt.tensors)
            model = keras.Model(attempt.start, attempt.returned)
        _drop_regularizers(model)
        return Answer(model=model.to_json())
    if attempt.error is not None:
        answer = _error_answer(attempt.error, loader)
    elif attempt.state == State.SIGNATURE:
        answer = Answer(error="signature", detail=about_the_edition(attempt.returned))
    elif attempt.state == State.FOREIGN:
        answer = Answer(error="not_from_input")
    else:
        answer = Answer(error="wrong_return", detail=type(attempt.returned).__name__)
    ended = how_it_ended(attempt.error)
    return replace(answer, state=attempt.state, ended=ended, begun=_partial_model(attempt))


def _partial_model(attempt: Attempt) -> str | None:
    """Return a model up to the unconnected tensors of an attempt that broke off, or None."""
    try:
        unique_names(attempt.tensors)
        return keras.Model(attempt.start, attempt.tensors).to_json()
    except Exception:
        return None


def _error_answer(error: BaseException, loader: Loader) -> Answer:
    """Return the answer for an exception in the student's code.

    A missing name is often the consequence of an earlier statement that failed. The line is then
    that of the statement, and the detail names its exception too.
    """
    line = _students_line(error)
    if isinstance(error, _OutOfTime):
        return Answer(error="timeout", detail="", line=line)
    if isinstance(error, NotImplementedError) and _is_students_own(error):
        return Answer(error="unfinished", detail=_message(error), line=line)
    detail = _text(error)
    failure = loader.failures.get(error.name) if isinstance(error, NameError) else None
    if failure is not None:
        detail, line = f"{detail}, since its line raised {_text(failure.error)}", failure.place
    return Answer(error="exception", detail=detail, line=line)


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {_message(error)}"[:2000]


def _message(error: BaseException) -> str:
    """Return the exception's text; "" if the student's class does not give one."""
    try:
        return str(error)
    except BaseException:  # it is the student's code
        return ""


def _is_students_own(error: BaseException) -> bool:
    """Return whether a notebook or the course raised the exception, and not a library."""
    frames = traceback.extract_tb(error.__traceback__)
    return not frames or "site-packages" not in frames[-1].filename


def _students_line(error: BaseException) -> str | None:
    """Return the innermost notebook line in an exception's traceback, or None."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("<") and "code cell" in frame.filename:
            return f"{frame.filename[1:-1]}, line {frame.lineno}"
    return None

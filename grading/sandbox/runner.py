"""The program inside the sandbox: it loads a student's functions and makes the judge's calls.

This code shares a process with the student's code, which could change anything in it. So its output
is only a claim. For each call it writes one JSON line: the architecture that the student's function
built, or an array of numbers, or what went wrong. The judge checks every claim itself.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable

# Modules that the lessons import. The zygote imports them once, and every fork has them.
import ipywidgets  # noqa: F401
import keras
import matplotlib.pyplot  # noqa: F401
import numpy as np
import tensorflow  # noqa: F401

from grading.sandbox.block_placeholder import placeholder_for
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

MAX_NUMBERS = 10_000  # in one answer
# A job is interrupted when it has used this share of its time. The rest is enough to report which
# line was running; when all of it is over, the guard kills the job.
_SHARE = 0.95


def run(job_fd: int, answer_fd: int) -> None:
    """Read a job, make its calls, and write each answer as soon as it is ready.

    A job is `{"notebooks": [{"name": str, "path": str, "cells": [str, ...]}], "calls": [call, ...],
    "seconds": float}`. Shortly before the seconds are over, the running code is interrupted.

    A call is `{"id": str, "function": str, ...}` with the arguments described at `_build`. With
    "kind": "source" nothing is run: the answer is the function's source code and notes on the
    notebook that it comes from (see `Loader.source` and `Loader.notes`).

    Args:
        job_fd: a file descriptor to read the job from, as JSON.
        answer_fd: a file descriptor to write the answers to, one JSON line each.
    """
    with os.fdopen(job_fd, "rb") as job_file:
        job = json.loads(job_file.read())
    _interrupt_after(_SHARE * job["seconds"])
    loader = Loader(job["notebooks"])
    lessons.fetch_with(loader.fetch)
    for call in job["calls"]:
        answer = _attempt(loader, call)
        os.write(answer_fd, (json.dumps({"id": call["id"], **answer}) + "\n").encode())
        if answer.get("error") == "timeout":
            signal.pause()  # until the guard kills this process and reports the timeout


class _OutOfTime(BaseException):
    """The time is nearly over. As a BaseException it passes a student's `except Exception`."""


def _interrupt_after(seconds: float) -> None:
    """Raise `_OutOfTime` in the code that is running after this time."""

    def interrupt(*_: object) -> None:
        raise _OutOfTime

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _attempt(loader: Loader, call: dict) -> dict:
    """Return the answer to one call; it never raises."""
    try:
        name = call["function"]
        if call.get("kind") == "source":
            return {"source": loader.source(name), "notes": loader.notes(name)}
        # Resets layers' names and open Keras scopes, because no call may depend on an earlier one.
        keras.backend.clear_session(free_memory=False)
        if EXERCISES[name].kind is not Kind.NUMBERS:
            # In this scope layers create no weights: the judge needs the architecture only.
            with keras.StatelessScope(initialize_variables=False):
                answer = _build(_function(loader, call), call)
            if "model" in answer or answer.get("error") == "timeout":
                return answer
            keras.backend.clear_session(free_memory=False)
        # Functions that return numbers need weights with values. So may a function that failed
        # above, for example because it reads a weight, so it is called again.
        return _with_cause(_build(_function(loader, call), call), loader)
    except NotThere as error:
        return {"error": "missing", "detail": str(error)}
    except BrokenCell as error:
        return {"error": "syntax", "detail": str(error), "line": error.place}
    except BaseException as error:
        return _with_cause(_error_answer(error), loader)


def _with_cause(answer: dict, loader: Loader) -> dict:
    """Return the answer, which names the real cause of a NameError if there is one.

    A missing name is often the consequence of an earlier statement that failed. The detail and line
    are then those of that statement.
    """
    failure = loader.failures.get(answer.pop("nameless", None))
    if failure is None:
        return answer
    because = f"{answer['detail']}, since its line raised {_text(failure.error)}"
    return {**answer, "detail": because, "line": failure.place}


def _function(loader: Loader, call: dict) -> Callable:
    """Return the student's function; with "placeholders", it calls placeholders for its blocks."""
    if not call.get("placeholders"):
        return loader.load(call["function"])
    blocks = EXERCISES[call["function"]].calls
    return loader.load(
        call["function"], {kind: placeholder_for(kind, _own_block(loader, kind)) for kind in blocks}
    )


def _own_block(loader: Loader, kind: str) -> Callable | None:
    """Return the student's own block, or None if it cannot be loaded."""
    try:
        return loader.load(kind)
    except BaseException:  # noqa: BLE001 - a placeholder does not need the student's block
        return None


def _build(function, call: dict) -> dict:
    """Make one call and return its result as an answer.

    A block is called as `function(X, **arguments)` on a symbolic X of "input_shape"; a network as
    `function(**arguments)`. Both give {"model": JSON of a Keras model}. A function that returns
    numbers is called as `function(*given)` with "given" unpacked (see `resnets.checks.given`) and
    gives {"numbers": list}. If something goes wrong, the answer has "error" instead.
    """
    name = call["function"]
    kind = EXERCISES[name].kind
    if kind is Kind.NUMBERS:
        return _numbers_answer(attempt_numbers(function, unpack(call["given"])))
    arguments = called_with(call["arguments"])
    if kind is Kind.BLOCK:
        attempt = attempt_block(function, call["input_shape"], arguments)
    else:
        attempt = attempt_network(function, arguments)
    answer = _architecture_answer(attempt, EXPECTED[kind])
    if "model" in answer and (changed := changed_defaults(name, function)):
        answer["changed"] = changed
    return answer


def _numbers_answer(attempt: Attempt) -> dict:
    """Return an attempt's numbers, or the error if it has none."""
    if attempt.state == State.ARRAY and attempt.returned.size <= MAX_NUMBERS:
        return {"numbers": np.atleast_1d(attempt.returned).tolist()}
    if attempt.state == State.CHANGED:
        return {"error": "weights_changed"}
    if attempt.state == State.SIGNATURE:
        return {"error": "signature", "detail": about_the_edition(attempt.returned)}
    if attempt.error is not None:
        return _error_answer(attempt.error)
    return {"error": "wrong_return", "detail": _type(attempt.returned)}


def _type(returned: object) -> str:
    """Return a value's type and shape in words."""
    shape = getattr(returned, "shape", None)
    return type(returned).__name__ + ("" if shape is None else f" of shape {tuple(shape)}")


def _architecture_answer(attempt: Attempt, expected: State) -> dict:
    """Return an attempt's architecture as JSON, or the error and the part that had been built."""
    if kinds := closed_kinds(attempt):
        return {"error": "closed", "detail": ", ".join(kinds)[:200]}
    if attempt.state == expected:
        model = attempt.returned
        if expected == State.TENSOR:
            unique_names(attempt.tensors)
            model = keras.Model(attempt.start, attempt.returned)
        return {"model": model.to_json()}
    ended = {"state": attempt.state, "ended": how_it_ended(attempt.error)}
    if attempt.error is not None:
        return {**_error_answer(attempt.error), **ended, **_partial_model(attempt)}
    if attempt.state == State.SIGNATURE:
        error = {"error": "signature", "detail": about_the_edition(attempt.returned)}
    elif attempt.state == State.FOREIGN:
        error = {"error": "not_from_input"}
    else:
        error = {"error": "wrong_return", "detail": type(attempt.returned).__name__}
    return {**error, **ended, **_partial_model(attempt)}


def _partial_model(attempt: Attempt) -> dict:
    """Return a model up to the unconnected tensors of an attempt that broke off, or {}."""
    try:
        unique_names(attempt.tensors)
        return {"begun": keras.Model(attempt.start, attempt.tensors).to_json()}
    except Exception:
        return {}


def _error_answer(error: BaseException) -> dict:
    """Return the answer for an exception in the student's code."""
    line = _students_line(error)
    if isinstance(error, _OutOfTime):
        return {"error": "timeout", "detail": "", "line": line}
    if isinstance(error, NotImplementedError) and _is_students_own(error):
        return {"error": "unfinished", "detail": str(error), "line": line}
    nameless = {"nameless": error.name} if isinstance(error, NameError) else {}
    return {"error": "exception", "detail": _text(error), "line": line, **nameless}


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


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

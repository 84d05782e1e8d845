"""What runs inside the sandbox: a student's definitions, and the calls that the judge asks for.

Everything here shares a process with the student's code and is trusted by nobody. It hands out
claims, one JSON line for each call: the architecture that the student's function built, or an
array of numbers, or what went wrong. The judge draws its own conclusions.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable

# What the lessons import is imported here, so that every fork has it.
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

MAX_NUMBERS = 10_000
_SHARE = 0.95  # of its time that a job has used up when it is interrupted


def run(job_fd: int, answer_fd: int) -> None:
    """Read a job, run the definitions, answer each call as soon as its answer is there.

    A job: `{"notebooks": [{"name": str, "path": str, "cells": [str, ...]}], "calls": [call, ...],
    "seconds": float}`. When the seconds are nearly over, the line that runs is interrupted.
    A call: `{"id": str, "function": str, ...}` with the arguments described at `_build`. With
    "kind": "source" nothing runs: the answer is the function's text and what is to be said about
    where it stands (see `Loader.source` and `Loader.notes`).
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
            signal.pause()  # until the guard ends this process and says that its time was over


class _OutOfTime(BaseException):
    """The time is nearly over; no `except Exception` of a student's stops it."""


def _interrupt_after(seconds: float) -> None:
    """Raise `_OutOfTime` in whatever runs then."""

    def interrupt(*_: object) -> None:
        raise _OutOfTime

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _attempt(loader: Loader, call: dict) -> dict:
    try:
        name = call["function"]
        if call.get("kind") == "source":
            return {"source": loader.source(name), "notes": loader.notes(name)}
        # What one call leaves behind must not help the next. This ends a scope that is open, too.
        keras.backend.clear_session(free_memory=False)
        if EXERCISES[name].kind is not Kind.NUMBERS:
            with keras.StatelessScope(initialize_variables=False):
                answer = _build(_function(loader, call), call)
            if "model" in answer or answer.get("error") == "timeout":
                return answer
            keras.backend.clear_session(free_memory=False)
        # What measures, and what failed, gets weights with values: some functions look at them.
        return _with_cause(_build(_function(loader, call), call), loader)
    except NotThere as error:
        return {"error": "missing", "detail": str(error)}
    except BrokenCell as error:
        return {"error": "syntax", "detail": str(error), "line": error.place}
    except BaseException as error:
        return _with_cause(_raised(error), loader)


def _with_cause(answer: dict, loader: Loader) -> dict:
    """The answer; where a name is missing whose statement failed, with that statement instead."""
    failure = loader.failures.get(answer.pop("nameless", None))
    if failure is None:
        return answer
    because = f"{answer['detail']}, since its line raised {_text(failure.error)}"
    return {**answer, "detail": because, "line": failure.place}


def _function(loader: Loader, call: dict) -> Callable:
    """The student's function; with "placeholders", its calls of blocks are recorded, not made."""
    if not call.get("placeholders"):
        return loader.load(call["function"])
    blocks = EXERCISES[call["function"]].calls
    return loader.load(
        call["function"], {kind: placeholder_for(kind, _own(loader, kind)) for kind in blocks}
    )


def _own(loader: Loader, kind: str) -> Callable | None:
    try:
        return loader.load(kind)
    except BaseException:  # noqa: BLE001 - without a block, a placeholder does all the same
        return None


def _build(function, call: dict) -> dict:
    """Make one call and turn what it returns into JSON.

    A block: `function(X, **arguments)` on a symbolic X of "input_shape" -> "model" JSON.
    A network: `function(**arguments)` returns a Keras model -> "model" JSON.
    Numbers: `function(*given)` with "given" unpacked (see `resnets.checks.given`) -> "numbers".
    """
    name = call["function"]
    kind = EXERCISES[name].kind
    if kind is Kind.NUMBERS:
        return _measured(attempt_numbers(function, unpack(call["given"])))
    arguments = called_with(call["arguments"])
    if kind is Kind.BLOCK:
        attempt = attempt_block(function, call["input_shape"], arguments)
    else:
        attempt = attempt_network(function, arguments)
    answer = _handed_out(attempt, EXPECTED[kind])
    if "model" in answer and (changed := changed_defaults(name, function)):
        answer["changed"] = changed
    return answer


def _measured(attempt: Attempt) -> dict:
    """The numbers of an attempt, or what came instead of them."""
    if attempt.state == State.ARRAY and attempt.returned.size <= MAX_NUMBERS:
        return {"numbers": np.atleast_1d(attempt.returned).tolist()}
    if attempt.state == State.CHANGED:
        return {"error": "weights_changed"}
    if attempt.state == State.SIGNATURE:
        return {"error": "signature", "detail": about_the_edition(attempt.returned)}
    if attempt.error is not None:
        return _raised(attempt.error)
    return {"error": "wrong_return", "detail": _type(attempt.returned)}


def _type(returned: object) -> str:
    shape = getattr(returned, "shape", None)
    return type(returned).__name__ + ("" if shape is None else f" of shape {tuple(shape)}")


def _handed_out(attempt: Attempt, wanted: State) -> dict:
    """The architecture, or what came instead of it, with what had been built until then."""
    if kinds := closed_kinds(attempt):
        return {"error": "closed", "detail": ", ".join(kinds)[:200]}
    if attempt.state == wanted:
        model = attempt.returned
        if wanted == State.TENSOR:
            unique_names(attempt.tensors)
            model = keras.Model(attempt.start, attempt.returned)
        return {"model": model.to_json()}
    ended = {"state": attempt.state, "ended": how_it_ended(attempt.error)}
    if attempt.error is not None:
        return {**_raised(attempt.error), **ended, **_begun(attempt)}
    if attempt.state == State.SIGNATURE:
        told = {"error": "signature", "detail": about_the_edition(attempt.returned)}
    elif attempt.state == State.FOREIGN:
        told = {"error": "not_from_input"}
    else:
        told = {"error": "wrong_return", "detail": type(attempt.returned).__name__}
    return {**told, **ended, **_begun(attempt)}


def _begun(attempt: Attempt) -> dict:
    """The open ends of an attempt that broke off; empty where there are none."""
    try:
        unique_names(attempt.tensors)
        return {"begun": keras.Model(attempt.start, attempt.tensors).to_json()}
    except Exception:
        return {}


def _raised(error: BaseException) -> dict:
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
    """Whether a notebook's line raised it, or our loader for one; not a library called there."""
    frames = traceback.extract_tb(error.__traceback__)
    return not frames or "site-packages" not in frames[-1].filename


def _students_line(error: BaseException) -> str | None:
    """The place in a notebook that an exception passed through last, if any."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("<") and "code cell" in frame.filename:
            return f"{frame.filename[1:-1]}, line {frame.lineno}"
    return None

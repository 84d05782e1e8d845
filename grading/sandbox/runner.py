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

from grading.sandbox.block_placeholder import BLOCKS, noting
from grading.sandbox.loader import BrokenCell, Loader, NotThere
from resnets import (
    checks,  # noqa: F401
    lessons,
)
from resnets.checks.attempt import (
    Attempt,
    attempt_block,
    attempt_model,
    closed_kinds,
    how_it_ended,
)
from resnets.checks.gradients import as_array
from resnets.checks.graph import unique_names
from resnets.checks.signature import about_the_edition, changed_default

MAX_NUMBERS = 10_000
_SHARE = 0.95  # of its time that a job has used up when it is interrupted


def run(job_fd: int, answer_fd: int) -> None:
    """Read a job, run the definitions, answer each call as soon as its answer is there.

    A job: `{"notebooks": [{"name": str, "path": str, "cells": [str, ...]}], "calls": [call, ...],
    "seconds": float}`. When the seconds are nearly over, the line that runs is interrupted.
    A call: `{"id": str, "function": str,
    "kind": "layers" | "model" | "numbers" | "source", ...}` with the arguments described at
    `_build`; "source" runs nothing and answers with the function's text and with what is to be said
    about where it stands (see `Loader.source` and `Loader.notes`).
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
        if call["kind"] == "source":
            name = call["function"]
            return {"source": loader.source(name), "notes": loader.notes(name)}
        # What one call leaves behind must not help the next. This ends a scope that is open, too.
        keras.backend.clear_session(free_memory=False)
        if call["kind"] != "numbers":
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
    """The student's function; with "noted", its calls of blocks are noted instead of made."""
    if not call.get("noted"):
        return loader.load(call["function"])
    return loader.load(
        call["function"], {kind: noting(kind, _own(loader, kind)) for kind in BLOCKS}
    )


def _own(loader: Loader, kind: str) -> Callable | None:
    try:
        return loader.load(kind)
    except BaseException:  # noqa: BLE001 - without a block, its call can be noted all the same
        return None


def _build(function, call: dict) -> dict:
    """Make one call and turn what it returns into JSON.

    kind "layers": `function(X, **arguments)` on a symbolic X of `input_shape` -> "model" JSON.
    kind "model": `function(**arguments)` returns a Keras model -> "model" JSON.
    kind "numbers": `function(model, X, Y)` with the model rebuilt here from `model` (JSON) and
        `weights` -> "numbers".
    """
    arguments = call.get("arguments", {})
    if call["kind"] == "numbers":
        return _measured(function, call)
    if call["kind"] == "layers":
        answer = _handed_out(attempt_block(function, call["input_shape"], arguments), "tensor")
    else:
        if "input_shape" in arguments:
            arguments = {**arguments, "input_shape": tuple(arguments["input_shape"])}
        answer = _handed_out(attempt_model(function, arguments), "model")
    if "model" in answer and (changed := changed_default(call["function"], function)):
        answer["detail"] = changed["id"]
    return answer


def _measured(function: Callable, call: dict) -> dict:
    """The numbers that `function(model, X, Y)` returns, or what came instead of them."""
    model = keras.models.model_from_json(call["model"])
    weights = [np.asarray(w, "float32") for w in call["weights"]]
    model.set_weights(weights)
    returned = function(model, np.asarray(call["X"], "float32"), np.asarray(call["Y"], "float32"))
    trainable = {id(weight) for weight in model.trainable_weights}
    for weight, before in zip(model.weights, weights, strict=True):
        if id(weight) in trainable and not np.array_equal(weight.numpy(), before):
            return {"error": "weights_changed"}
    array = None if returned is None else as_array(returned)
    if array is None or array.size > MAX_NUMBERS:
        return {"error": "not the numbers", "detail": _kind(returned)}
    return {"numbers": np.atleast_1d(array).tolist()}


def _kind(returned: object) -> str:
    shape = getattr(returned, "shape", None)
    return type(returned).__name__ + ("" if shape is None else f" of shape {tuple(shape)}")


def _handed_out(attempt: Attempt, wanted: str) -> dict:
    """The architecture, or what came instead of it, with what had been built until then."""
    if kinds := closed_kinds(attempt):
        return {"error": "closed", "detail": ", ".join(kinds)[:200]}
    if attempt.state == wanted:
        model = attempt.returned
        if wanted == "tensor":
            unique_names(attempt.tensors)
            model = keras.Model(attempt.start, attempt.returned)
        return {"model": model.to_json()}
    ended = {"state": attempt.state, "ended": how_it_ended(attempt.error)}
    if attempt.error is not None:
        return {**_raised(attempt.error), **ended, **_begun(attempt)}
    detail = type(attempt.returned).__name__
    if attempt.state == "signature":
        detail = about_the_edition(attempt.returned)
    elif attempt.state == "foreign":
        detail = "a tensor that is not computed from X"
    kind = "signature" if attempt.state == "signature" else f"not a {wanted}"
    return {"error": kind, "detail": detail, **ended, **_begun(attempt)}


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

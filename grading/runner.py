"""What runs inside the sandbox: a student's definitions, and the calls that the judge asks for.

Everything here shares a process with the student's code and is trusted by nobody. It hands out
claims, one JSON line for each call: the architecture that the student's function built, or an
array of numbers, or what went wrong. The judge draws its own conclusions.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import keras
import numpy as np
import tensorflow  # noqa: F401  (imported here so that every fork has it)

from grading.loader import Loader, NotThere


def run(job_fd: int, answer_fd: int) -> None:
    """Read a job, run the definitions, answer each call as soon as its answer is there.

    A job: `{"notebooks": [{"name": str, "cells": [str, ...]}], "calls": [call, ...]}`.
    A call: `{"id": str, "function": str,
    "kind": "layers" | "model" | "numbers" | "source", ...}` with the arguments described at
    `_build`; "source" runs nothing and answers with the function's text (see `Loader.source`).
    """
    with os.fdopen(job_fd, "rb") as job_file:
        job = json.loads(job_file.read())
    loader = Loader(job["notebooks"])
    for call in job["calls"]:
        line = json.dumps({"id": call["id"], **_attempt(loader, call)}) + "\n"
        os.write(answer_fd, line.encode())


def _attempt(loader: Loader, call: dict) -> dict:
    try:
        if call["kind"] == "source":
            return {"source": loader.source(call["function"])}
        keras.backend.clear_session()
        # A fresh scope for each call: what one call leaves behind must not help the next.
        return _build(loader.load(call["function"]), call)
    except NotThere as error:
        return {"error": "missing", "detail": str(error)}
    except NotImplementedError as error:
        return {"error": "unfinished", "detail": str(error), "line": _students_line()}
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        return {"error": "exception", "detail": text[:2000], "line": _students_line()}


def _build(function, call: dict) -> dict:
    """Make one call and turn what it returns into JSON.

    kind "layers": `function(X, **arguments)` on a symbolic X of `input_shape` -> "model" JSON.
    kind "model": `function(**arguments)` returns a Keras model -> "model" JSON.
    kind "numbers": `function(model, X, Y)` with the model rebuilt here from `model` (JSON) and
        `weights` -> "numbers".
    """
    arguments = call.get("arguments", {})
    if call["kind"] == "layers":
        inputs = keras.Input(tuple(call["input_shape"]), dtype="float32")
        outputs = function(inputs, **arguments)
        if not isinstance(outputs, keras.KerasTensor):
            return {"error": "not a tensor", "detail": type(outputs).__name__}
        return {"model": keras.Model(inputs, outputs).to_json()}
    if call["kind"] == "model":
        if "input_shape" in arguments:
            arguments = {**arguments, "input_shape": tuple(arguments["input_shape"])}
        model = function(**arguments)
        if not isinstance(model, keras.Model):
            return {"error": "not a model", "detail": type(model).__name__}
        return {"model": model.to_json()}
    model = keras.models.model_from_json(call["model"])
    model.set_weights([np.asarray(w, "float32") for w in call["weights"]])
    numbers = np.asarray(
        function(model, np.asarray(call["X"], "float32"), np.asarray(call["Y"], "float32")),
        dtype="float64",
    )
    if numbers.size > 10_000:
        return {"error": "not the numbers", "detail": f"an array of {numbers.size} numbers"}
    return {"numbers": numbers.tolist()}


def _students_line() -> str | None:
    """The place in a notebook that the current exception passed through last, if any."""
    for frame in reversed(traceback.extract_tb(sys.exc_info()[2])):
        if frame.filename.startswith("<") and "code cell" in frame.filename:
            return f"{frame.filename[1:-1]}, line {frame.lineno}"
    return None

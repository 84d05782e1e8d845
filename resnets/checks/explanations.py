"""Explain an exception in a learner's code: its usual cause and what to do about it.

Who calls it: the checks, when the learner's function raised an exception. The patterns match the
messages of the pinned versions of Python, Keras and TensorFlow; the tests provoke each of them.
"""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from collections.abc import Callable, Iterable

import keras

from resnets.checks.errors import call_safely


def explanation(error: BaseException) -> str | None:
    """Return what such an exception usually means and what to do about it, or None."""
    text = f"{type(error).__name__}: {error}"
    for pattern, meaning in _EXPLANATIONS:
        if match := re.search(pattern, text, re.DOTALL):
            return meaning if isinstance(meaning, str) else meaning(error, match)
    return None


def _unknown_name(error: BaseException, match: re.Match) -> str:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    names = {*frame.f_builtins, *frame.f_globals, *frame.f_locals}
    if match[1] in _IMPORTS:
        return f"It has not been imported. Run this line first: `{_IMPORTS[match[1]]}`."
    if inspect.isclass(getattr(keras.layers, match[1], None)):
        line = f"`from keras.layers import {match[1]}`"
        if "layers" in names:
            return f"It is a layer of Keras. Write `layers.{match[1]}`, or run {line} first."
        return f"It is a layer of Keras that has not been imported. Run this line first: {line}."
    return (
        "Python does not know this name here. Is it spelled as in its definition, and has that "
        f"cell (or import) been run?{_did_you_mean(match[1], names)}"
    )


def _unknown_attribute(error: BaseException, match: re.Match) -> str:
    names, _ = call_safely(lambda: dir(error.obj))
    meant = _did_you_mean(match[1], names or ())
    if error.obj is None:  # code that raised the exception itself has not said which object
        return f"The object has no attribute `{match[1]}`.{meant}"
    return (
        f"Something else was expected here than a value of type `{type(error.obj).__name__}`, "
        f"which has no attribute `{match[1]}`.{meant}"
    )


def _unknown_keyword(error: BaseException, match: re.Match) -> str:
    kind, name = match["kind"], match["name"]
    known = getattr(keras.layers, kind, None)
    names = inspect.signature(known).parameters if known else ()
    return f"`{kind}` has no argument `{name}`.{_did_you_mean(name, names)}"


_IMPORTS = {
    "glorot_uniform": "from resnets_utils import glorot_uniform",
    "keras": "import keras",
    "layers": "from keras import layers",
    "np": "import numpy as np",
    "ops": "from keras import ops",
    "tf": "import tensorflow as tf",
}
"""For a name that many programs use, the line that brings it in."""


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    by_letters = {known.lower(): known for known in sorted(names)}
    close = difflib.get_close_matches(name.lower(), by_letters, n=1, cutoff=0.6)
    return f" Did you mean `{by_letters[close[0]]}`?" if close else ""


# Pairs of a pattern in "TypeName: text" and an explanation, or a function that returns one. The
# first match wins, so the specific patterns stand before the general ones.
_EXPLANATIONS: list[tuple[str, str | Callable[[BaseException, re.Match], str]]] = [
    (
        r"AveragePooling2D.*missing 1 required positional argument: 'pool_size'",
        "In Keras 2, `AveragePooling2D()` used a pool_size of 2; Keras 3 has no default: write "
        "`AveragePooling2D((2, 2))` or `AveragePooling2D(pool_size=2)`.",
    ),
    (
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "X is a symbolic tensor here, and TensorFlow's own functions (`tf.nn...`) do not accept "
        "it. Use a Keras layer or a function from `keras.ops` instead.",
    ),
    (
        r"All (operation|layer) names should be unique|used \d+ times in the model",
        "Two layers have the same name. In ResNet50 every block of a stage needs its own letter: "
        "'a', 'b', 'c' ...",
    ),
    (
        r"^UnboundLocalError.*'(\w+)'",
        lambda error, match: (
            f"`{match[1]}` is used before the function assigns a value to it. "
            "Is the line that assigns it missing, or does it come later?"
        ),
    ),
    (r"^NameError: name '(\w+)'", _unknown_name),
    (
        r"^SystemExit",
        "The function ends Python instead of returning. Remove the exit call.",
    ),
    (
        r"^RecursionError",
        "The function calls itself endlessly. Does it use its own name where you mean another "
        "layer or block?",
    ),
    (
        r"Unrecognized keyword arguments passed to (?P<kind>\w+): \{'(?P<name>\w+)'",
        _unknown_keyword,
    ),
    (
        r"(?P<kind>\w+)\.__init__\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        _unknown_keyword,
    ),
    (
        r"Only input tensors may be passed as positional arguments.*: <\w+ name=",
        "A layer stands where a tensor is expected: some line makes a layer but does not call it. "
        "`Activation('relu')` is a layer; `Activation('relu')(X)` is its output for X.",
    ),
    (
        r"Only input tensors may be passed as positional arguments",
        "A layer is called on something that is not a tensor. The first pair of brackets takes the "
        "layer's settings, the second pair takes the tensor: `Conv2D(F1, (1, 1))(X)`.",
    ),
    (
        r"should be called on a list|called on a list of at least|too many positional arguments"
        r"|Merge\.__init__\(\) takes 1 positional argument",
        "A layer with several inputs takes them as one list, in a second pair of brackets: "
        "`Add()([X, X_shortcut])`.",
    ),
    (
        r"can only concatenate str",
        "Python cannot join text and a number with +. Turn the number into text, `str(stage)`, or "
        "use an f-string.",
    ),
    (
        r"(too many|not enough) values to unpack",
        "There have to be as many names on the left as there are values on the right. `filters`, "
        "for example, holds three numbers: `F1, F2, F3 = filters`.",
    ),
    (
        r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)",
        lambda error, match: (
            f"This layer expects a tensor with {match[1]} axes, counting the batch, "
            f"but gets one with {match[2]}. Images have 4 (batch, height, width, channels); after "
            "Flatten there are 2 left."
        ),
    ),
    (
        r"not connected to `?inputs",
        "The model's output is not computed from what `inputs=` names. Give it the tensor that "
        "Input returned: if you have called that X too, X is another tensor by now, so keep the "
        "input under a name of its own, such as X_input. Otherwise some layer does not start from "
        "the layer before it.",
    ),
    (
        r"Computed output size would be (zero|negative)|negative dimension size",
        "The kernel or the pooling window is larger than what is left of the image: there may be "
        "one stride or one pooling too many before it, or a missing padding.",
    ),
    (
        r"initialize variables must be fully-defined",
        "This layer would need weights for an axis without a fixed size, such as the batch "
        "(axis 0). The channels are axis 3 (or -1).",
    ),
    (
        r"incompatible shapes|could not be broadcast|matching shapes|broadcastable",
        "Two tensors of different shapes cannot be added. If height and width differ, look for a "
        "stride or a padding; if the last number differs, for the number of filters of the last "
        "convolution on one of the two paths.",
    ),
    (
        r"'KerasTensor' object is not callable",
        "A tensor is called as if it were a layer: there is one pair of brackets too many, or a "
        "tensor has taken the name of a layer or function.",
    ),
    (
        r"'(\w+)' object is not callable",
        lambda error, match: (
            f"Something of type `{match[1]}` is called as if it were a function. "
            "Is a comma missing before a bracket, or has a value taken the name of a function?"
        ),
    ),
    (
        r"Attempt to convert a value \(None\)",
        "The tape found no path between the two and returned None. Everything from the model's "
        "call to the loss or score has to be inside `with tf.GradientTape()`, and the model "
        "has to be called as a function, as in `model(X)`: the tape does not record `predict`.",
    ),
    (
        r"non-persistent GradientTape can only be used",
        "A tape can be asked only once. Ask for all gradients together: "
        "`tape.gradient(loss, kernels)` takes the whole list and returns a list.",
    ),
    (
        r"must call `compile\(\)`",
        "The function does not train: it needs neither `compile` nor `fit`.",
    ),
    (
        r"object has no attribute '_id'",
        "A tape differentiates by what it has recorded: by tensors that were computed inside "
        "`with tf.GradientTape()` by calling the model, as in `model(x)`. It records neither "
        "`predict` nor numpy, and `layer.output` is only symbolic.",
    ),
    (
        r"unexpected keyword argument '(?:axes|dims?)'",
        "numpy, TensorFlow and Keras call this argument `axis`. It can be a tuple: `axis=(1, 2)`.",
    ),
    (
        r"AxisError|too many indices|Invalid reduction dimension|dimension in the range \[-",
        "The array has fewer axes than that. Print its `.shape`: the first axis is number 0, and "
        "an index such as `[0]` removes one.",
    ),
    (
        r"expected shape=\(None, (.*?)\), found shape=\(\1\)",
        "A model takes a batch of images. Give a single image a first axis of length 1: "
        "`image[None]` or `image[np.newaxis]`.",
    ),
    (
        r"NoneType|None values|got None\b|received:? None\b",
        "Something is None at this point: a line before it may still be unfinished (`X = None`), "
        "or a function that should return something does not.",
    ),
    (r"^AttributeError: .*has no attribute '(\w+)'", _unknown_attribute),
    (
        r"^IndexError: list index",
        "Python counts from 0, and the last place of a list is one less than its length: the three "
        "numbers of `filters`, for example, are filters[0], filters[1] and filters[2].",
    ),
]

"""What usually lies behind an exception in a learner's code, in a sentence or two.

Who calls it: the checks, when a call of the learner's function raised.
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
    """What such an exception usually means and what to do about it, or None."""
    text = f"{type(error).__name__}: {error}"
    for pattern, meaning in _EXPLANATIONS:
        if found := re.search(pattern, text, re.DOTALL):
            return meaning if isinstance(meaning, str) else meaning(error, found)
    return None


def _unknown_name(error: BaseException, found: re.Match) -> str:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    names = {*frame.f_builtins, *frame.f_globals, *frame.f_locals}
    return (
        "Python does not know this name here. Is it spelled as where it was made, and was its cell "
        f"(or its import) run?{_did_you_mean(found[1], names)}"
    )


def _unknown_attribute(error: BaseException, found: re.Match) -> str:
    names, _ = call_safely(lambda: dir(error.obj))
    return f"There is no `{found[1]}` there.{_did_you_mean(found[1], names or ())}"


def _unknown_keyword(error: BaseException, found: re.Match) -> str:
    kind, name = found["kind"], found["name"]
    known = getattr(keras.layers, kind, None)
    names = inspect.signature(known).parameters if known else ()
    return f"`{kind}` has no argument `{name}`.{_did_you_mean(name, names)}"


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    by_letters = {known.lower(): known for known in sorted(names)}
    close = difflib.get_close_matches(name.lower(), by_letters, n=1, cutoff=0.6)
    return f" Did you mean `{by_letters[close[0]]}`?" if close else ""


# (pattern in "TypeName: text", what to say or a function that says it), the first that fits
_EXPLANATIONS: list[tuple[str, str | Callable[[BaseException, re.Match], str]]] = [
    (
        r"AveragePooling2D.*missing 1 required positional argument: 'pool_size'",
        "In Keras 2 `AveragePooling2D()` meant a pool_size of 2; Keras 3 wants it said: "
        "`AveragePooling2D((2, 2))` or `AveragePooling2D(pool_size=2)`.",
    ),
    (
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "X is symbolic here, and TensorFlow's own functions (`tf.nn...`) do not take it. Use a "
        "Keras layer or a function of `keras.ops` instead.",
    ),
    (
        r"All (operation|layer) names should be unique|used \d+ times in the model",
        "Two layers have the same name. In ResNet50 every block of a stage needs a letter of its "
        "own: 'a', 'b', 'c' ...",
    ),
    (
        r"^UnboundLocalError.*'(\w+)'",
        lambda error, found: (
            f"`{found[1]}` is used before the function has given it a value. "
            "Has the line that makes it been skipped, or does it come later?"
        ),
    ),
    (r"^NameError: name '(\w+)'", _unknown_name),
    (
        r"^SystemExit",
        "The function ends Python instead of returning. Take the exit call out.",
    ),
    (
        r"^RecursionError",
        "The function calls itself without end. Does it use its own name where another layer or "
        "block is meant?",
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
        "`Activation('relu')` is a layer; `Activation('relu')(X)` is what it gives for X.",
    ),
    (
        r"Only input tensors may be passed as positional arguments",
        "A layer is called on something that is no tensor. The first pair of brackets takes the "
        "layer's settings, the second one the tensor: `Conv2D(F1, (1, 1))(X)`.",
    ),
    (
        r"should be called on a list|called on a list of at least|too many positional arguments",
        "A layer that takes several tensors takes them as one list: `Add()([X, X_shortcut])`.",
    ),
    (
        r"can only concatenate str",
        "Text and a number cannot be joined with +. Turn the number into text, `str(stage)`, or "
        "use an f-string.",
    ),
    (
        r"(too many|not enough) values to unpack",
        "`filters` holds three numbers: `F1, F2, F3 = filters`.",
    ),
    (
        r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)",
        lambda error, found: (
            f"This layer wants a tensor with {found[1]} axes, counting the batch, "
            f"and gets one with {found[2]}. An image has 4 (batch, height, width, channels); after "
            "Flatten there are 2 left."
        ),
    ),
    (
        r"not connected to `?inputs",
        "The model's output is not computed from its input. The first layer has to start from "
        "what Input gave, and every other one from the layer before it.",
    ),
    (
        r"Computed output size would be (zero|negative)|negative dimension size",
        "The kernel or the pooling window is larger than what is left of the image: there is a "
        "stride or a pooling too many before it, or a padding is missing.",
    ),
    (
        r"initialize variables must be fully-defined",
        "A layer would need weights for an axis without a fixed size, such as the batch: axis 0. "
        "The channels are axis 3 (or -1).",
    ),
    (
        r"incompatible shapes|could not be broadcast|matching shapes|broadcastable",
        "Two tensors that do not have the same shape cannot be added.",
    ),
    (
        r"'KerasTensor' object is not callable",
        "A tensor is called as if it were a layer: there is a pair of brackets too many, or a "
        "tensor has the name that a layer or function should have.",
    ),
    (
        r"'(\w+)' object is not callable",
        lambda error, found: (
            f"Something of type `{found[1]}` is called as if it were a function. "
            "Is a comma missing before a bracket, or has a function's name been given to a value?"
        ),
    ),
    (
        r"Attempt to convert a value \(None\)",
        "The tape found no way from the loss to these weights, and gave None. Everything from the "
        "model's call to the loss has to stand inside `with tf.GradientTape()`, and the model has "
        "to be called as `model(X, training=True)`: `predict` leaves no trace.",
    ),
    (
        r"non-persistent GradientTape can only be used",
        "A tape answers once. Ask for all gradients together: `tape.gradient(loss, kernels)` takes "
        "the whole list and gives a list back.",
    ),
    (
        r"must call `compile\(\)`",
        "The function only measures: it needs neither `compile` nor `fit`.",
    ),
    (
        r"NoneType|None values|got None\b|received:? None\b",
        "Something is None at this point: a line before it may still be unfinished (`X = None`), "
        "or a function that should return something does not.",
    ),
    (r"^AttributeError: .*has no attribute '(\w+)'", _unknown_attribute),
    (
        r"^IndexError: list index",
        "Python counts from 0: the three numbers of `filters` are filters[0], filters[1] and "
        "filters[2].",
    ),
]

"""The check of ResNet50.

Who calls it: `resnets.checks`. The network is built for one unusual input shape and number of
classes, and only if that is right a second time for the lessons' own, so that a check takes a few
seconds.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from resnets.checks.arguments import ARGUMENT_SETS, called_with
from resnets.checks.attempt import BROKEN, Attempt, attempt_model, closed_kinds, record_safely
from resnets.checks.compare import fingerprints, matching_mistakes, same_record
from resnets.checks.graph import assign_weights
from resnets.checks.locate import first_difference
from resnets.checks.messages import (
    broken,
    cannot_look_into,
    default_remarks,
    is_automatic,
    known_mistake,
    name_remarks,
    passed,
    unfinished,
    unknown_mistake,
)
from resnets.checks.result import CheckResult
from resnets.checks.unused import with_unused
from resnets.words import LAYER_NAMES_TWICE

EXERCISE = "ResNet50"


def check_network(function: Callable) -> CheckResult:
    """Compare the network with the reference and the catalogue."""
    records: list[dict] = []
    attempt = Attempt("nothing")
    for index, arguments in enumerate(ARGUMENT_SETS[EXERCISE]):
        attempt = attempt_model(function, called_with(arguments))
        early = unfinished(EXERCISE, function, attempt)
        if early is not None:
            return early
        if kinds := closed_kinds(attempt):
            return cannot_look_into(EXERCISE, kinds, "")
        records.append(record_safely(attempt, arguments["input"], arguments["seed"]))
        if not same_record(records[-1], fingerprints(EXERCISE)["reference"][index]):
            return _wrong(function, attempt, records, index)
    return _right(function, attempt)


def _right(function: Callable, attempt: Attempt) -> CheckResult:
    """Passed; wrong layer names are named as a mistake that costs nothing, none are a remark."""
    expected = fingerprints(EXERCISE)["components"][-1]
    roles = assign_weights(keras.Model(attempt.start, attempt.tensors), 0)
    wrong_names = name_remarks(roles, expected)
    names = {entry["name"] for entry in expected if "name" in entry}
    wrong = [layer.name for layer in roles if layer.name not in names]
    named_wrong = bool(wrong_names) and not all(is_automatic(name) for name in wrong)
    remarks, changed = default_remarks(EXERCISE, function)
    return passed(EXERCISE, [*remarks, *wrong_names], "layer_names" if named_wrong else changed)


def _wrong(function: Callable, attempt: Attempt, records: list[dict], index: int) -> CheckResult:
    if names_twice(str(attempt.error)):
        return known_mistake(EXERCISE, [LAYER_NAMES_TWICE])
    mistakes = matching_mistakes(EXERCISE, records)
    if mistakes:
        return with_unused(known_mistake(EXERCISE, mistakes), function, attempt)
    arguments = ARGUMENT_SETS[EXERCISE][index]
    difference = first_difference(
        attempt,
        fingerprints(EXERCISE)["components"][index],
        arguments["input"],
        arguments["seed"],
    )
    if attempt.state in BROKEN:
        return broken(EXERCISE, function, attempt, arguments, difference)
    result = unknown_mistake(EXERCISE, arguments, difference, attempt)
    if difference is not None and ", block " in difference.label:
        block = "convolutional_block" if ", block a:" in difference.label else "identity_block"
        result.details.append(("Try", _IN_A_BLOCK.format(block=block)))
    return with_unused(result, function, attempt)


_IN_A_BLOCK = (
    "This step is inside a block. Compare the arguments of its call with the exercise; if they are "
    "right, check the block by itself: `checks.check_{block}({block})`."
)


def names_twice(text: str) -> bool:
    """Whether Keras says in `text` that two layers of a model share a name."""
    return "names should be unique" in text or "times in the model" in text

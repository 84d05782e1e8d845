"""The words for everything that can be wrong: one text for the notebook and the student's page.

A mistake of the catalogue has its words in `mistakes.json`, which
`python -m grading.catalogue.fingerprints` writes. What no fingerprint can tell has them here.
Who calls it: the checks, and the grader's pages and exports.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from resnets.exercises import EXERCISES

FILE = Path(__file__).with_name("mistakes.json")


@dataclass(frozen=True)
class Words:
    """What a learner is told; texts may hold `code`.

    Attributes:
        title: what is wrong, in one sentence.
        why: why it matters; may be empty.
        hint: what to try, without the solution's code; may be empty.
    """

    title: str
    why: str = ""
    hint: str = ""


# Braces name attributes of the exercise: {name}, {lesson}, {signature}, {returns} ...
_FINDINGS: dict[str, Words] = {
    "missing": Words(
        "This exercise is not in your submission.",
        "Only notebooks (.ipynb) are read, and a function is found by its name.",
        "Hand in the notebook of lesson {lesson}, saved, with a function called `{name}`.",
    ),
    "unfinished": Words(
        "This exercise, or a part of it, is still empty.",
        "",
        "Replace `raise NotImplementedError()`, and whatever is still `None`, by your own lines. "
        "Run the cell, then the check below it, and save the notebook.",
    ),
    "syntax": Words(
        "The cell that should define it has a syntax error.",
        "Python cannot read the cell, so the function does not exist.",
        "Run the cell in JupyterLab and correct the line that it points at, then run the lesson's "
        "check.",
    ),
    "signature": Words(
        "It cannot be called with the exercise's arguments.",
        "It is called with the names that stand in the exercise's first line.",
        "Restore that line, `{signature}`; what your function does can stay as it is.",
    ),
    "exception": Words(
        "Your code raised an exception.",
        "",
        "Run the lesson's check: it shows the same exception with its line. A name that only "
        "exists after other cells have run has to be made inside the function.",
    ),
    "timeout": Words(
        "Your code timed out.",
        "Building takes a second or two. What runs much longer is a loop without an end, or a "
        "training inside the function.",
        "Run the lesson's check. If it does not come back either, interrupt it: the last line of "
        "the traceback shows where your code was.",
    ),
    "memory": Words(
        "Your code used more memory than is allowed.",
        "The function only has to build layers; that takes a few megabytes.",
        "Look for a list or an array that grows, or a number of filters or units that is far too "
        "large.",
    ),
    "processes": Words(
        "Your code started more processes than are allowed.",
        "Building layers needs none.",
        "Take out what starts processes or threads.",
    ),
    "ended": Words(
        "Your code ended the whole process instead of returning.",
        "What comes after an exit call is never reached, so there was nothing to mark.",
        "Take out `exit`, `quit` or `os._exit`, and end the function with `return`.",
    ),
    "wrong_return": Words(
        "It does not return {returns}.",
        "What comes next in the lesson goes on from what this function returns.",
        "{how_to_return}",
    ),
    "not_from_input": Words(
        "What the block returns is not computed from its input X.",
        "A block is a piece of a larger network: it has to go on from the tensor that it is given.",
        "Start the first layer from the argument X, and make no Input inside the block.",
    ),
    "weights_changed": Words(
        "It changes the model's weights.",
        "It is a measurement: the model has to be the same after it.",
        "Compute the gradients but apply none of them: no fit, no optimizer.",
    ),
    "layer_names_twice": Words(
        "Two layers of the network have the same name, and Keras needs unique names.",
        "A layer's name is made from stage and block letter; it is how weights are found again "
        "in a file.",
        "Give every block of a stage a letter of its own ('a', 'b', 'c' ...), and every stage its "
        "number.",
    ),
    "closed": Words(
        "A part of it cannot be looked into, so it cannot be marked as it is.",
        "Check and grader compare what each step computes. They can look into Keras's layers, "
        "into functions of `keras.ops` and the usual ones of TensorFlow, and into your own layers "
        "and `Lambda`s that are made of these. They cannot follow code that needs real numbers "
        "(`.numpy()`, `if` on a tensor), that makes weights of its own (`add_weight`, "
        "`Variable`), or that calls other libraries.",
        "Write that step with Keras's layers, or with functions of `keras.ops`.",
    ),
    # It costs nothing: the function is right for the arguments that it is given.
    "changed_default": Words(
        "A default in the function's first line is not the exercise's.",
        "The lessons, and old notebooks, leave that argument out and rely on its default.",
        "Restore the first line: `{signature}`.",
    ),
    "hard_coded": Words(
        "It is right for the arguments of the lesson, wrong for others.",
        "A function is used again with other sizes. A number that should come from the arguments "
        "is probably written into yours.",
        "Go through your function line by line, and ask of each number which argument it is.",
    ),
    "names": Words(
        "Its layers do not carry the lesson's names.",
        "Trained weights, and whoever looks into the network, find a layer by its name.",
        "Give each layer with weights the `name` that the exercise asks for.",
    ),
    "unknown": Words(
        "It computes something else, and no single known mistake explains the difference.",
        "",
        "Run the lesson's check: it compares your function step by step and names the first step "
        "that differs.",
    ),
}  # fmt: skip
NOT_THERE = ("missing", "unfinished")


def words(exercise: str, mistake: str) -> Words:
    """The words for a mistake of an exercise.

    Raises:
        KeyError: there is no such mistake.
    """
    catalogued = mistakes()[exercise].get(mistake)
    if catalogued is not None:
        return Words(**catalogued)
    texts = _FINDINGS[mistake]
    names = _Attributes(EXERCISES[exercise])
    return Words(*(text.format_map(names) for text in (texts.title, texts.why, texts.hint)))


class _Attributes(dict):
    """What a text's braces stand for."""

    def __init__(self, exercise: object) -> None:
        self._exercise = exercise

    def __missing__(self, name: str) -> object:
        return getattr(self._exercise, name)


def findings() -> tuple[str, ...]:
    """The ids of what can be wrong with any exercise."""
    return tuple(_FINDINGS)


@functools.cache
def mistakes() -> dict[str, dict[str, dict[str, str]]]:
    """The catalogued mistakes of each exercise, the simplest first: title, why and hint by id."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: stored.get(name, {}) for name in EXERCISES}

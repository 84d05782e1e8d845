"""The words for each mistake, the same in the notebook and on the student's page.

The words for a catalogued mistake come from `mistakes.json`, which
`python -m grading.catalogue.fingerprints` writes. Those for everything else that can go wrong, such
as a syntax error or a timeout, are here.
Who calls it: the checks, and the grader's pages and exports.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path

from resnets.exercises import EXERCISES

FILE = Path(__file__).with_name("mistakes.json")


@dataclass(frozen=True)
class Words:
    """What a learner reads about a mistake; `code` is marked by backticks.

    Attributes:
        title: what is wrong, in one sentence.
        why: why it matters; may be empty.
        hint: what to try, without giving away the solution; may be empty.
    """

    title: str
    why: str = ""
    hint: str = ""


# Braces are replaced by attributes of the exercise (see `resnets.exercises`).
_FINDINGS: dict[str, Words] = {
    "missing": Words(
        "This exercise is not in your submission.",
        "The grader reads only notebooks (.ipynb) and looks for a function by its name.",
        "Save the notebook of lesson {exercise.lesson}, with a function called "
        "`{exercise.name}`, and hand it in.",
    ),
    "unfinished": Words(
        "This exercise, or a part of it, is still empty.",
        "",
        "Replace `raise NotImplementedError()`, and every `None` that is still there, with your "
        "own code. Run the cell, then the check below it, and save the notebook.",
    ),
    "syntax": Words(
        "The cell that should define this function has a syntax error.",
        "Python cannot read the cell, so the function does not exist.",
        "Run the cell in JupyterLab, correct the line that the error points at, then run the "
        "lesson's check.",
    ),
    "signature": Words(
        "The function cannot be called with the exercise's arguments.",
        "The check and the grader call it with the argument names in the exercise's first line.",
        "Restore that line, `{exercise.signature}`; the rest of your function can stay as it is.",
    ),
    "exception": Words(
        "Your code raised an exception.",
        "",
        "Run the lesson's check: it shows the same exception and its line. A name that only exists "
        "after you have run other cells has to be defined inside the function.",
    ),
    "timeout": Words(
        "Your code timed out.",
        "Building the layers takes a second or two. The usual reasons for taking much longer are "
        "an endless loop and training inside the function.",
        "Run the lesson's check. If it does not finish either, interrupt it: the last line of the "
        "traceback shows where your code was.",
    ),
    "memory": Words(
        "Your code used more memory than is allowed.",
        "The function only has to build layers; that takes a few megabytes.",
        "Look for a list or an array that keeps growing, or for a number of filters or units that "
        "is far too large.",
    ),
    "processes": Words(
        "Your code started more processes than are allowed.",
        "Building layers does not need any.",
        "Remove the code that starts processes or threads.",
    ),
    "ended": Words(
        "Your code ended the whole process instead of returning.",
        "Code after an exit call never runs, so there was nothing to mark.",
        "Remove `exit`, `quit` or `os._exit`, and end the function with `return`.",
    ),
    "wrong_return": Words(
        "The function does not return {exercise.returns}.",
        "The next steps of the lesson use what this function returns.",
        "{exercise.how_to_return}",
    ),
    "not_from_input": Words(
        "The block's output is not computed from its input.",
        "A block is a piece of a larger network: it has to start from the tensor that it is given.",
        "Start the first layer from the first argument, and do not make an Input inside the block.",
    ),
    "weights_changed": Words(
        "The function changes the model's weights.",
        "Kernels, biases, gammas and betas have to be the same afterwards.",
        "Use no fit and no optimizer. If you compute gradients, do not apply them.",
    ),
    "layer_names_twice": Words(
        "Two layers have the same name, and Keras cannot build a network with them.",
        "Weights in a file are found by the layer's name. It consists of the stage, the block's "
        "letter and the step: `res2a_branch2b`.",
        "Inside a block, compare the `name` of each layer with the table of its steps; `stage` and "
        "`block` belong in every name. In a network, give each block of a stage its own letter.",
    ),
    "closed": Words(
        "The check cannot look into a part of this function, so it cannot be marked as it is.",
        "The check and the grader compare what each step computes. They know the usual layers of "
        "Keras, the usual functions of `keras.ops` and TensorFlow, and your own layers, "
        "activations and `Lambda`s that consist of these. They do not know rare layers, or "
        "operations that multiply matrices or sort. They cannot follow code that "
        "needs real numbers (`.numpy()`, `if` on a tensor), that makes its own weights "
        "(`add_weight`, `Variable`), or that calls other libraries.",
        "Write that step with the layers that the exercise names, or with simple functions of "
        "`keras.ops`.",
    ),
    # This one costs no points: the function is right for the arguments that it is given.
    "changed_default": Words(
        "A default value in the function's first line differs from the exercise.",
        "The lessons, and older notebooks, leave that argument out and rely on its default.",
        "Restore the first line: `{exercise.signature}`.",
    ),
    "hard_coded": Words(
        "The function is right for the arguments of the lesson, but wrong for others.",
        "The function is used again with other sizes. Yours probably contains a fixed number that "
        "should come from an argument.",
        "Go through your function line by line, and check for each number whether it should come "
        "from an argument.",
    ),
    "names": Words(
        "The layers do not have the lesson's names.",
        "Trained weights, and people who read the network's summary, find a layer by its name.",
        "Give each layer with weights the `name` that the exercise asks for.",
    ),
    "unknown": Words(
        "The function computes something else, and no single known mistake explains it.",
        "",
        "Run the lesson's check: it compares your function step by step and names the first step "
        "that differs.",
    ),
}  # fmt: skip
_UNKNOWN_PLACE = replace(
    _FINDINGS["unknown"],
    hint=(
        "Finding the place is the exercise, so the check does not say where it is. Begin again "
        "with the function that the lesson gives, change one thing at a time, and run the lesson's "
        "check after each change: it counts the faults that are left."
    ),
)
"""The words for exercises in which finding the place is the task (see `Exercise.says_where`)."""
NOT_THERE = ("missing", "unfinished")


def words(exercise: str, mistake: str) -> Words:
    """Return the words for a mistake of an exercise.

    Args:
        mistake: its id, such as "no_shortcut" or "timeout".

    Raises:
        KeyError: there is no such mistake.
    """
    catalogued = mistakes()[exercise].get(mistake)
    if catalogued is not None:
        return Words(**catalogued)
    entry = EXERCISES[exercise]
    texts = _FINDINGS[mistake]
    if mistake == "unknown" and not entry.says_where:
        texts = _UNKNOWN_PLACE
    parts = (texts.title, texts.why, texts.hint)
    return Words(*(text.format(exercise=entry) for text in parts))


def findings() -> tuple[str, ...]:
    """Return the ids of the mistakes that can happen in any exercise."""
    return tuple(_FINDINGS)


@functools.cache
def mistakes() -> dict[str, dict[str, dict[str, str]]]:
    """Return title, why and hint of each catalogued mistake, by exercise and id, simplest first."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: stored.get(name, {}) for name in EXERCISES}

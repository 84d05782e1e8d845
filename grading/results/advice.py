"""The words of a mark: what a mistake is called, why it matters, what to try next.

Catalogued mistakes bring their own words, from the file that the lessons' checks compare with.
What else can go wrong with a submission has them here. Who calls it: the rooms `reports` and
`exports`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from resnets import words
from resnets.reader.notebooks import LESSON_OF
from resnets.words import CHANGED_DEFAULT, CLOSED, LAYER_NAMES_TWICE

NOT_THERE = ("missing", "unfinished")
ASPECTS = {
    "function": "Right for the arguments that the lesson shows",
    "generality": "Right for other arguments too",
    "names": "Layers with the lesson's names",
}


_OF_NUMBERS = {
    "function": "Right for a plain network",
    "generality": "Right for a network with BatchNorm too",
}


@dataclass(frozen=True)
class Advice:
    """What a student is told about a mistake; texts may hold `code`."""

    title: str
    why: str = ""
    hint: str = ""


OTHERS = {
    "missing": Advice(
        "This exercise is not in your submission.",
        "Only notebooks (.ipynb) are read, and a function is found by its name.",
        "Hand in the notebook of lesson {lesson}, saved, with a function that is called "
        "`{exercise}`.",
    ),
    "unfinished": Advice(
        "This exercise is still empty.",
        "",
        "Open lesson {lesson}, replace `raise NotImplementedError()` by your own lines, run the "
        "check below it, and save the notebook before you hand it in.",
    ),
    "timeout": Advice(
        "Your code did not come to an end in the time that it has.",
        "Building takes a second or two. What runs much longer is a loop without an end, or a "
        "training inside the function.",
        "Run the lesson's check. If it does not come back either, interrupt it: the last line of "
        "the traceback shows where your code was.",
    ),
    "syntax": Advice(
        "The cell that should define it has a syntax error.",
        "Python cannot read the cell, so the function does not exist.",
        "Run the cell in JupyterLab and correct the line that it points at, then run the lesson's "
        "check.",
    ),
    "memory": Advice(
        "Your code took more memory than it may.",
        "The function only has to build layers; that takes a few megabytes.",
        "Look for a list or an array that grows, or a number of filters or units that is far too "
        "large.",
    ),
    "processes": Advice(
        "Your code started more processes than it may.",
        "Building layers needs none.",
        "Take out what starts processes or threads.",
    ),
    "exception": Advice(
        "Your code raised an exception.",
        "",
        "Run the lesson's check: it shows the same exception with its line. A name that only "
        "exists after other cells have run has to be made inside the function.",
    ),
    "ended": Advice(
        "Your code ended the whole process instead of returning.",
        "What comes after an exit call is never reached, so there was nothing to mark.",
        "Take out `exit`, `quit` or `os._exit`, and end the function with `return`.",
    ),
    "not a tensor": Advice(
        "Your function did not return the tensor that its last layer gives.",
        "The next block starts from what this one returns.",
        "End the function with `return X`.",
    ),
    "not a model": Advice(
        "Your function did not return a Keras model.",
        "The lessons train what `ResNet50()` returns.",
        "Make a `Model` from the input and the last tensor, and return it.",
    ),
    "not the numbers": Advice(
        "Your function did not return one number for each layer.",
        "The plot of lesson 1 needs one norm for every layer that has a kernel.",
        "Return a NumPy array with one element for each kernel, from the input to the output.",
    ),
    "signature": Advice(
        "Your function does not take the arguments that the exercise names.",
        "It is called with the names that stand in the exercise's first line.",
        "Restore that line from the lesson; what your function does can stay as it is.",
    ),
    "weights_changed": Advice(
        "Your function changes the model's weights.",
        "Measuring a gradient must not train: the next measurement would see another network.",
        "Take the optimizer, or the call of `fit`, out of the function.",
    ),
    "hard_coded": Advice(
        "Right for the arguments of the lesson, wrong for others.",
        "A function is used again with other sizes. A number that should come from the arguments "
        "is probably written into yours.",
        "Go through your function line by line, and ask of each number which argument it is.",
    ),
    "names": Advice(
        "Its layers do not carry the lesson's names.",
        "Trained weights, and whoever looks into the network, find a layer by its name.",
        "Give each layer with weights the `name` that the exercise asks for.",
    ),
    "unknown": Advice(
        "It computes something else, in a way that is not one of the known mistakes.",
        "",
        "Run the lesson's check: it compares your function step by step and names the first one "
        "that differs.",
    ),
    **{
        words["id"]: Advice(words["title"], words["why"], words["hint"])
        for words in (LAYER_NAMES_TWICE, CLOSED, *CHANGED_DEFAULT.values())
    },
}  # fmt: skip


def advice(exercise: str, mistake: str) -> Advice:
    """The words for a mistake; one that nobody knows is called by its id."""
    entry = _catalogue().get((exercise, mistake))
    if entry is not None:
        return entry
    found = OTHERS.get(mistake, Advice(mistake.replace("_", " ").capitalize() + "."))
    hint = found.hint.format(exercise=exercise, lesson=LESSON_OF.get(exercise, "?"))
    return Advice(found.title, found.why, hint)


def mistakes(exercise: str) -> list[str]:
    """The ids of what can be wrong with an exercise that was handed in."""
    of_catalogue = [mistake for name, mistake in _catalogue() if name == exercise]
    return [*of_catalogue, *(word for word in OTHERS if word not in NOT_THERE)]


def by_rubric(mistake: str, share: float) -> str:
    """That a share for the mistake made up the points; empty when it did not."""
    return f"{mistake}: {100 * share:g} % by the rubric" if share else ""


def aspect(exercise: str, name: str) -> str:
    """What an aspect of the rubric means in an exercise."""
    return (_OF_NUMBERS if exercise == "gradient_norms" else ASPECTS).get(name, name)


@functools.cache
def _catalogue() -> dict[tuple[str, str], Advice]:
    return {
        (exercise, name): Advice(**text)
        for exercise, mistakes in words.mistakes().items()
        for name, text in mistakes.items()
    }

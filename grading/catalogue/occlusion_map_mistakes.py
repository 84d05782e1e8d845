"""Known mistakes in `occlusion_map`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.mistake import Mistake
from grading.catalogue.occlusion_map_reference import falls, reference, with_
from grading.catalogue.occlusion_map_squares import SQUARES


def _of_map(change: Callable) -> Callable:
    """Return a function that changes the right map."""
    return lambda model, image, size, step: change(reference(model, image, size, step))


def _logarithms(before, after, answer) -> np.ndarray:
    return np.log(before[answer]) - np.log(after[:, answer])


_VALUES: list[Mistake] = [
    Mistake(
        "sign",
        "The sign is the wrong way round.",
        "The map says by how much the probability *falls*. A square that costs much should have a "
        "large positive value.",
        "Subtract the probability with the square from the one without it.",
        (with_(measure=lambda before, after, answer: -falls(before, after, answer)),),
    ),
    Mistake(
        "probability_itself",
        "The map holds the probabilities of the covered images, not by how much they fall.",
        "Such a map is low where something important is covered, and its level depends on how sure "
        "the network was before.",
        "Subtract them from the probability of the image as it is.",
        (
            with_(measure=lambda before, after, answer: after[:, answer]),
            with_(measure=lambda before, after, answer: 1 - after[:, answer]),
        ),
    ),
    Mistake(
        "absolute",
        "The size of the change is returned, without its sign.",
        "If a square hides something that spoke *against* the answer, the probability rises. The "
        "map should show that with a negative value.",
        "Leave out `abs`.",
        (_of_map(np.abs),),
    ),
    Mistake(
        "negative_cut",
        "Negative values are replaced by 0.",
        "If a square hides something that spoke *against* the answer, the probability rises. That "
        "is worth knowing; only Grad-CAM leaves it out.",
        "Leave out the maximum with 0.",
        (_of_map(lambda heat: np.maximum(heat, 0)),),
    ),
    Mistake(
        "relative",
        "The fall is divided by the probability, or probabilities are divided.",
        "The function returns differences of probabilities.",
        "Subtract, and divide by nothing.",
        (
            with_(measure=lambda before, after, answer: 1 - after[:, answer] / before[answer]),
            with_(measure=lambda before, after, answer: after[:, answer] / before[answer]),
            with_(measure=lambda before, after, answer: before[answer] / after[:, answer]),
        ),
    ),
    Mistake(
        "normalised",
        "The map is scaled so that its maximum is 1.",
        "How far the probability falls is the point of the map: 0.9 and 0.01 mean different "
        "things, and after scaling both are 1.",
        "Return the differences as they are; `plot` functions can scale them.",
        (
            _of_map(lambda heat: heat / heat.max()),
            _of_map(lambda heat: (heat - heat.min()) / (heat.max() - heat.min())),
            _of_map(lambda heat: np.maximum(heat, 0) / heat.max()),
        ),
    ),
    Mistake(
        "logarithms",
        "Logarithms of the probabilities are compared.",
        "The function compares the probabilities themselves.",
        "Leave out the logarithm.",
        (
            with_(measure=_logarithms),
            with_(measure=lambda before, after, answer: -np.log(after[:, answer])),
        ),
    ),
    Mistake(
        "highest_of_covered",
        "The highest probability of each covered image is used, whatever class it belongs to.",
        "If the answer changes, the highest probability belongs to another class and may be as "
        "high as before. Then the most important square looks harmless.",
        "Find the class of the answer once, on the image as it is, and use this class for all "
        "covered images.",
        (
            with_(measure=lambda before, after, answer: before.max() - after.max(axis=1)),
        ),
    ),
    Mistake(
        "one_class",
        "The same class is explained for every image.",
        "`argmax(axis=0)` looks for the highest value in each column: in a batch of one image it "
        "is always at place 0.",
        "Take the probabilities of the one image, `[0]`, and then their `argmax`; or `axis=1`.",
        (with_(answer=lambda p: 0), with_(answer=lambda p: len(p) - 1)),
    ),
    Mistake(
        "least_probable",
        "The least probable class is explained.",
        "The answer is the class with the highest probability.",
        "Use `argmax`, not `argmin`; a sorted list has the highest value at its end.",
        (with_(answer=lambda p: int(p.argmin())),),
    ),
    Mistake(
        "all_classes",
        "The changes of all classes are added up.",
        "Only the probability of the answer counts.",
        "Choose one column of the probabilities: that of the answer.",
        (
            with_(measure=lambda before, after, answer: np.abs(before - after).sum(axis=1)),
            with_(measure=lambda before, after, answer: ((before - after) ** 2).sum(axis=1)),
        ),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the map are exchanged.",
        "Laid over the image, the map would be mirrored at the diagonal.",
        "Let the row of the square change from row to row of the map.",
        (_of_map(np.transpose),),
    ),
    Mistake(
        "one_number",
        "Only one number is returned.",
        "The function returns a map: a number for each square.",
        "Collect the numbers of all squares. A `return` inside a loop ends the function in the "
        "first pass of the loop.",
        (
            _of_map(np.max),
            _of_map(np.argmax),
            _of_map(lambda heat: heat[0, 0]),
            _of_map(lambda heat: heat[-1, -1]),
        ),
    ),
    Mistake(
        "one_row",
        "Only the first or the last row of the map is returned.",
        "There is a row of the map for each row of squares.",
        "Begin a new list for each row, and collect these lists in another one.",
        (_of_map(lambda heat: heat[0]), _of_map(lambda heat: heat[-1])),
    ),
]  # fmt: skip

MISTAKES = [*SQUARES, *_VALUES]

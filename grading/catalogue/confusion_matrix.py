"""`confusion_matrix`: its reference, its mistakes, and the answers that it counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.distinct_draws import until_distinct
from grading.catalogue.entry import Numbers
from grading.catalogue.mistake import Mistake


def reference(truth: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Return how often each true class (row) got each answer (column)."""
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (truth, answers), 1)
    return matrix


def _matrix(change: Callable[[np.ndarray], object]) -> Callable:
    """Return a function that changes the right matrix."""
    return lambda truth, answers, classes: change(reference(truth, answers, classes))


def _counted(change: Callable) -> Callable:
    """Return a function that counts other arguments rightly; `change` returns them."""
    return lambda truth, answers, classes: reference(*change(truth, answers, classes))


def _divided(axis: int | None, factor: int = 1) -> Callable:
    return _matrix(
        lambda matrix: factor * matrix / np.maximum(matrix.sum(axis=axis, keepdims=True), 1)
    )


def _from_data(truth: np.ndarray, answers: np.ndarray, classes: int) -> tuple:
    return truth, answers, 1 + max(truth.max(), answers.max())


MISTAKES: list[Mistake] = [
    Mistake(
        "transposed",
        "Rows and columns are exchanged.",
        "In this course, as in scikit-learn, a row belongs to a true class and a column to an "
        "answer. Otherwise you would read that 4s are taken for 5s where it is the other way "
        "round.",
        "Put the true class first: `matrix[truth, answer]`.",
        (_matrix(np.transpose),),
    ),
    Mistake(
        "repeats_lost",
        "A pair of classes that occurs several times is counted once.",
        "`matrix[truth, answers] += 1` with arrays reads all cells, adds 1, and writes them back. "
        "A cell that occurs twice in the list gets the same value twice.",
        "Use `np.add.at(matrix, (truth, answers), 1)`, or a loop over the images.",
        (_matrix(lambda matrix: np.minimum(matrix, 1)),),
    ),
    Mistake(
        "counted_in_a_copy",
        "All counts are 0.",
        "`matrix[truth]` with an array of classes is a copy of these rows. What you write into it, "
        "as in `matrix[truth][answers] += 1`, never reaches the matrix.",
        "Use one pair of brackets: `np.add.at(matrix, (truth, answers), 1)`, or a loop over the "
        "images with `matrix[t, a] += 1`.",
        (_matrix(np.zeros_like),),
    ),
    Mistake(
        "one_list_for_all_rows",
        "All rows of the matrix are one and the same list.",
        "`[[0] * n] * n` holds the same inner list n times, so a count in one row is in all rows.",
        "Use `np.zeros((classes, classes), int)`, or make each row by itself: "
        "`[[0] * n for _ in range(n)]`.",
        (_matrix(lambda matrix: np.tile(matrix.sum(axis=0), (len(matrix), 1))),),
    ),
    Mistake(
        "normalised",
        "The counts are divided, for example by the sum of their row.",
        "Shares are useful to compare classes of different size. But here counts are asked for: "
        "they also say how many images there are.",
        "Return the counts as they are.",
        (
            _divided(1),
            _divided(0),
            _divided(None),
            _divided(1, 100),
            _divided(None, 100),
            _matrix(lambda matrix: matrix / matrix.max()),
        ),
    ),
    Mistake(
        "right_answers_only",
        "Only the right answers are counted.",
        "They are the diagonal. The reason for the matrix is everything beside it: it says what "
        "is taken for what.",
        "Count every image, whether its answer is right or not.",
        (_matrix(lambda matrix: np.diag(np.diag(matrix))),),
    ),
    Mistake(
        "wrong_answers_only",
        "Only the wrong answers are counted.",
        "Without the diagonal nobody can see how large a class is, and which share of it is wrong.",
        "Count every image, whether its answer is right or not.",
        (_matrix(lambda matrix: matrix - np.diag(np.diag(matrix))),),
    ),
    Mistake(
        "one_of_the_two",
        "Only the true classes or only the answers are used.",
        "An image belongs to the cell in the row of its true class and in the column of its "
        "answer.",
        "Use both: `matrix[truth[i], answers[i]]`.",
        (
            _counted(lambda truth, answers, classes: (truth, truth, classes)),
            _counted(lambda truth, answers, classes: (answers, answers, classes)),
        ),
    ),
    Mistake(
        "size_from_the_data",
        "The size of the matrix is taken from the classes that occur.",
        "If nobody shows the last sign, its row and column are still part of the matrix; they "
        "hold zeros. Otherwise two matrices cannot be compared.",
        "Make the matrix of shape (classes, classes).",
        (_counted(_from_data),),
    ),
    Mistake(
        "one_too_large",
        "The matrix has one row and one column too many.",
        "The classes are counted from 0, so the last of six classes is class 5.",
        "Make the matrix of shape (classes, classes).",
        (_counted(lambda truth, answers, classes: (truth, answers, classes + 1)),),
    ),
    Mistake(
        "counted_from_one",
        "The classes are shifted by one.",
        "Class 0 belongs in row 0 and column 0. With `- 1`, it lands in the last row, because "
        "numpy counts negative indices from the end.",
        "Use the classes themselves as indices.",
        (
            _matrix(lambda matrix: np.roll(matrix, (-1, -1), (0, 1))),
            _matrix(lambda matrix: np.roll(matrix, (1, 1), (0, 1))),
        ),
    ),
    Mistake(
        "flipped",
        "The rows are in the reverse order.",
        "Class 0 stands in the first row; then the right answers lie on the diagonal that begins "
        "at the top left.",
        "Do not flip the matrix.",
        (
            _matrix(lambda matrix: matrix[::-1]),
            _matrix(lambda matrix: matrix[:, ::-1]),
            _matrix(lambda matrix: matrix[::-1, ::-1]),
        ),
    ),
    Mistake(
        "image_left_out",
        "The first or the last image is left out.",
        "The sum of the matrix has to be the number of images.",
        "Check where the loop begins and ends.",
        (
            _counted(lambda truth, answers, classes: (truth[1:], answers[1:], classes)),
            _counted(lambda truth, answers, classes: (truth[:-1], answers[:-1], classes)),
        ),
    ),
    Mistake(
        "images_paired_with_all",
        "Every true class is combined with the answers to all the images.",
        "A loop inside a loop pairs each image with each other image. An answer belongs to its own "
        "image only.",
        "Go through both lists together: `zip(truth, answers)`.",
        (_matrix(lambda matrix: np.outer(matrix.sum(axis=1), matrix.sum(axis=0))),),
    ),
    Mistake(
        "accuracy",
        "The accuracy is returned, of all images or of each class.",
        "That is one number for each class at most. The matrix says in addition what is taken for "
        "what.",
        "Return the whole matrix of counts.",
        (
            _matrix(lambda matrix: [np.trace(matrix) / matrix.sum()]),
            _matrix(lambda matrix: np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)),
            _matrix(lambda matrix: np.diag(matrix) / np.maximum(matrix.sum(axis=0), 1)),
            _matrix(np.diag),
        ),
    ),
]


def _arguments(draw: dict) -> dict[str, object]:
    return {
        "truth": np.array(draw["truth"]),
        "answers": np.array(draw["answers"]),
        "classes": draw["classes"],
    }


def _answers(rng: np.random.Generator, classes: int, used: int) -> dict:
    """Draw true classes and answers, two of three right, among the first `used` classes."""
    truth = rng.integers(used, size=int(rng.integers(14, 25)))
    right = rng.random(truth.size) < 2 / 3
    answers = np.where(right, truth, rng.integers(used, size=truth.size))
    return {"truth": truth.tolist(), "answers": answers.tolist(), "classes": classes}


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw answers among all classes, and others in which the last class does not occur."""
    classes = int(rng.integers(3, 6))
    return [_answers(rng, classes, classes), _answers(rng, classes + 1, classes)]


def _stored(seed: int, classes: int, used: int) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_answers(np.random.default_rng(seed), classes, used))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "some answers in three classes": _stored(1, 3, 3),
        "some answers in five classes": _stored(2, 5, 5),
        "some answers in five classes, of which the last does not occur": _stored(3, 5, 4),
    },
    arguments=_arguments,
    draw=until_distinct(_draw, _arguments, reference, MISTAKES),
)

"""`coverage_accuracy`: its reference, its mistakes, and the answers that it is asked about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.distinct_draws import until_distinct
from grading.catalogue.entry import Numbers
from grading.catalogue.mistake import Mistake, changed

# Probabilities and thresholds are multiples of 1/32, which every float type holds exactly. So a
# probability can equal a threshold, whatever type a student computes with.
PARTS = 32


def highest(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return how sure each answer is: its probability."""
    return probabilities.max(axis=1)


def both(coverage: np.ndarray, accuracy: np.ndarray) -> list[np.ndarray]:
    """Return the two rows of the answer."""
    return [coverage, accuracy]


def reference(
    probabilities: np.ndarray,
    truth: np.ndarray,
    thresholds: list[float],
    sure: Callable = highest,
    keeps: Callable = np.greater_equal,
    nothing: float = 1.0,
    answer: Callable = both,
) -> np.ndarray:
    """Return the share of the answers that reach each threshold, and the accuracy among them.

    The keywords serve to build mistakes in.
    """
    right = probabilities.argmax(axis=1) == truth
    kept = [keeps(sure(probabilities, truth), threshold) for threshold in thresholds]
    coverage = np.array([one.mean() for one in kept])
    accuracy = np.array([right[one].mean() if one.any() else nothing for one in kept])
    return np.array(answer(coverage, accuracy))


_with = changed(reference)


def _counts(probabilities: np.ndarray, truth: np.ndarray, thresholds: list[float]) -> np.ndarray:
    """Return how many answers are kept, and how many of these are right."""
    coverage, accuracy = reference(probabilities, truth, thresholds)
    return len(truth) * np.array([coverage, coverage * accuracy])


def _of_truth(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(truth)), truth]


def _margin(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    return first - second


def _every_entry(probabilities, truth, thresholds, of_all: int) -> np.ndarray:
    """Count every probability that reaches a threshold, not only the answer's."""
    _, accuracy = reference(probabilities, truth, thresholds)
    shares = [(probabilities >= threshold).sum() / of_all for threshold in thresholds]
    return np.array([shares, accuracy])


MISTAKES: list[Mistake] = [
    Mistake(
        "greater_than",
        "An answer that equals the threshold is not kept.",
        "To reach a threshold means to be as high or higher. With a threshold of 1, `>` would "
        "keep no answer at all.",
        "Compare with `>=`.",
        (_with(keeps=np.greater),),
    ),
    Mistake(
        "below",
        "The answers below the threshold are kept, instead of those that reach it.",
        "The threshold removes unsure answers. As it rises, fewer answers are left, and they "
        "should be better ones.",
        "Keep the answers whose highest probability is `>=` the threshold.",
        (
            _with(keeps=np.less),
            _with(keeps=np.less_equal),
            _with(answer=lambda coverage, accuracy: [1 - coverage, accuracy]),
        ),
    ),
    Mistake(
        "divided_by_all",
        "The right answers among the kept are divided by the number of all images.",
        "That number falls with every answer that is left out, however good the kept ones are. "
        "The accuracy asks: how many of the answers that are given are right?",
        "Divide by the number of kept answers, or take the mean over the kept ones.",
        (_with(nothing=0.0, answer=lambda coverage, accuracy: [coverage, coverage * accuracy]),),
    ),
    Mistake(
        "nothing_kept",
        "A threshold that no answer reaches does not get the accuracy 1.",
        "If no answer is given, none is wrong. The lesson counts that as an accuracy of 1, so that "
        "the curve does not fall to 0 at its end. (The mean of no numbers is NaN.)",
        "Treat this case by itself, before you divide: the accuracy is then 1.",
        (_with(nothing=0.0), _with(nothing=0.5), _with(nothing=float("nan"))),
    ),
    Mistake(
        "probability_of_the_truth",
        "The probability of the true class is compared with the threshold.",
        "Nobody knows the truth when the network is used. A threshold can only look at what the "
        "network says: the probability of its answer, the highest one.",
        "Take `probabilities.max(axis=1)`.",
        (_with(sure=_of_truth),),
    ),
    Mistake(
        "margin",
        "The distance between the two highest probabilities is compared with the threshold.",
        "That is another measure of how sure a network is. Here the highest probability itself "
        "decides.",
        "Take `probabilities.max(axis=1)`.",
        (_with(sure=_margin),),
    ),
    Mistake(
        "threshold_ignored_in_accuracy",
        "The accuracy is that of all the answers, not of the kept ones.",
        "It is then the same for every threshold, and says nothing about what a threshold brings.",
        "Choose the kept answers first: `right[kept]`.",
        (
            lambda probabilities, truth, thresholds: np.array([
                reference(probabilities, truth, thresholds)[0],
                [np.mean(probabilities.argmax(axis=1) == truth)] * len(thresholds),
            ]),
        ),
    ),
    Mistake(
        "every_probability",
        "All probabilities are compared with the threshold, not only the highest of each image.",
        "An image has one answer. With a threshold below 0.5, it could otherwise count twice.",
        "Take the maximum over the classes first: `probabilities.max(axis=1)`.",
        (
            lambda p, truth, thresholds: _every_entry(p, truth, thresholds, len(truth)),
            lambda p, truth, thresholds: _every_entry(p, truth, thresholds, p.size),
        ),
    ),
    Mistake(
        "counts",
        "Numbers of images are returned instead of shares.",
        "Only shares can be compared between test sets of different size.",
        "Divide the kept by all, and the right ones among the kept by the kept.",
        (
            _counts,
            lambda p, truth, thresholds: reference(p, truth, thresholds) * [[len(truth)], [1]],
        ),
    ),
    Mistake(
        "percent",
        "The shares are given in percent.",
        "The function returns shares between 0 and 1, like all accuracies of this course.",
        "Leave out the factor 100.",
        (
            lambda p, truth, thresholds: 100 * reference(p, truth, thresholds),
        ),
    ),
    Mistake(
        "errors",
        "The share of the wrong answers is returned instead of the right ones.",
        "The accuracy is the share that is right; the two add up to 1.",
        "Compare with `==`, not with `!=`.",
        (
            _with(answer=lambda coverage, accuracy: [coverage, 1 - accuracy]),
            _with(nothing=0.0, answer=lambda coverage, accuracy: [coverage, 1 - accuracy]),
        ),
    ),
    Mistake(
        "order_exchanged",
        "Coverage and accuracy are in the wrong order.",
        "The first row is the coverage, the share of the answers that are kept.",
        "Exchange them in the `return`.",
        (_with(answer=lambda coverage, accuracy: [accuracy, coverage]),),
    ),
    Mistake(
        "pairs",
        "There is a pair for each threshold, instead of a row for each of the two measures.",
        "The lesson draws each of them over the thresholds, so it needs two rows.",
        "Collect coverage and accuracy in two lists, and return both.",
        (_with(answer=lambda coverage, accuracy: np.transpose([coverage, accuracy])),),
    ),
    Mistake(
        "one_threshold",
        "Only one of the thresholds is used.",
        "There should be a number for each threshold.",
        "A `return` inside a loop ends the function in the first pass of the loop.",
        (
            _with(answer=lambda coverage, accuracy: [coverage[0], accuracy[0]]),
            _with(answer=lambda coverage, accuracy: [coverage[-1], accuracy[-1]]),
        ),
    ),
    Mistake(
        "one_measure",
        "Only the coverage or only the accuracy is returned.",
        "A high accuracy is worth little if hardly any answer is left: you need both.",
        "Return both: `return coverage, accuracy`.",
        (
            _with(answer=lambda coverage, accuracy: coverage),
            _with(answer=lambda coverage, accuracy: accuracy),
        ),
    ),
]  # fmt: skip


def _arguments(draw: dict) -> dict[str, object]:
    return {
        "probabilities": np.array(draw["parts"]) / PARTS,
        "truth": np.array(draw["truth"]),
        "thresholds": [part / PARTS for part in draw["thresholds"]],
    }


def _answers(rng: np.random.Generator, above: bool) -> dict:
    """Draw the probabilities of some images, each with one highest class, and thresholds.

    Args:
        above: whether the last threshold lies above all the answers. The others are the
            probabilities of some answers, so that `>` and `>=` differ.
    """
    classes, images = int(rng.integers(3, 6)), int(rng.integers(9, 15))
    parts: list[list[int]] = []
    while len(parts) < images:
        row = rng.multinomial(PARTS, rng.dirichlet(np.full(classes, 0.6))).tolist()
        if sorted(row)[-1] > sorted(row)[-2] and max(row) < PARTS:
            parts.append(row)
    truth = np.argmax(parts, axis=1)
    truth = np.where(rng.random(images) < 0.6, truth, rng.integers(classes, size=images))
    reached = sorted({max(row) for row in parts})
    lowest = sorted(rng.choice(reached, size=min(3, len(reached)), replace=False).tolist())
    thresholds = [*lowest, PARTS] if above else lowest
    return {"parts": parts, "truth": truth.tolist(), "thresholds": thresholds}


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw thresholds that some answers reach, and others of which the last is above them all."""
    return [_answers(rng, above=False), _answers(rng, above=True)]


def _stored(seed: int, above: bool) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_answers(np.random.default_rng(seed), above))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "some images, and thresholds that some answers reach": _stored(1, False),
        "some images, and thresholds of which no answer reaches the last": _stored(2, True),
    },
    arguments=_arguments,
    draw=until_distinct(_draw, _arguments, reference, MISTAKES),
)

"""Known mistakes in `gradcam`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from grading.catalogue.gradcam_reference import best, mean_slope, reference, weighted_sum, with_
from grading.catalogue.gradcam_weights import WEIGHTS
from grading.catalogue.mistake import Mistake


def _of_map(change: Callable) -> Callable:
    """Return a function that changes the right map."""
    return lambda model, x, layer: change(reference(model, x, layer))


def _other_layer(choose: Callable) -> Callable:
    """Return a function that explains another layer; it chooses among those with positions."""

    def function(model, x, layer):
        maps = [one for one in model.layers if len(one.output.shape) == 4]
        names = [one.name for one in maps[1:]]  # without the input
        return reference(model, x, choose(names, layer))

    return function


def _as_given(heat: np.ndarray) -> np.ndarray:
    return heat


def _by_maximum(heat: np.ndarray) -> np.ndarray:
    return heat / heat.max()


def _between_extremes(heat: np.ndarray) -> np.ndarray:
    return (heat - heat.min()) / (heat.max() - heat.min())


def _enlarged(heat: np.ndarray) -> np.ndarray:
    return np.kron(heat, np.ones((2, 2)))


def _share(change: Callable) -> Callable:
    """Return a score that is computed from the softmax of the scores."""
    return lambda scores: change(best(tf.nn.softmax(scores)))


_REST: list[Mistake] = [
    Mistake(
        "softmax_for_score",
        "The gradient is that of the probability, not of the score before the softmax.",
        "A probability also rises when the *other* classes' scores fall, and near 1 it hardly "
        "rises at all: its slopes are tiny and mixed. The score belongs to the answer alone.",
        "Compute the last layer's scores without its softmax, and take the gradient of the score "
        "of the answer.",
        (with_(score=_share(lambda p: p)), with_(score=_share(tf.math.log))),
    ),
    Mistake(
        "loss_for_score",
        "The gradient is that of the loss, not of the score.",
        "The loss falls when the probability rises, so its slopes have the other sign; and it "
        "depends on all classes. Grad-CAM asks what raises the score of the answer.",
        "Take the gradient of the answer's score before the softmax, without logarithm or loss.",
        (with_(score=_share(lambda p: -tf.math.log(p))),),
    ),
    Mistake(
        "class_over_batch",
        "The answer is looked for along the batch, so the same class is explained for each image.",
        "The scores have the shape (1, classes). `argmax` without an axis, or with `axis=0`, "
        "compares the images of the batch: with one image, the result is always 0.",
        "Take the scores of the one image first, `scores[0]`, and then their `argmax`.",
        (with_(score=lambda scores: scores[0]), with_(score=lambda scores: scores[-1])),
    ),
    Mistake(
        "all_classes",
        "The scores of all classes are added up.",
        "`tape.gradient` of several numbers is the gradient of their sum. Then the map shows what "
        "speaks for any class at all.",
        "Choose one score, that of the answer, inside the tape.",
        (with_(score=tf.reduce_sum), with_(score=tf.reduce_mean)),
    ),
    Mistake(
        "least_probable",
        "The least probable class is explained.",
        "The map is asked for the network's answer: the class with the highest score.",
        "Use `argmax`; a sorted list has the highest value at its end.",
        (with_(score=tf.reduce_min),),
    ),
    Mistake(
        "bias_forgotten",
        "The bias of the last layer is left out, and another class becomes the answer.",
        "A score is the matrix product plus the bias. The bias has no slope, but it can decide "
        "which score is the highest.",
        "Add `last.bias`.",
        (with_(bias=0),),
    ),
    Mistake(
        "no_relu",
        "The negative part of the map is not removed.",
        "A negative value says that this place speaks *against* the answer. Grad-CAM shows what "
        "speaks for it; and scaled by its maximum, a map with negative values leaves the range "
        "from 0 to 1.",
        "Replace the negative values by 0 after the sum over the channels, before you scale.",
        (
            with_(kept=_as_given),
            with_(kept=_as_given, finished=_by_maximum),
            with_(kept=_as_given, finished=_between_extremes),
        ),
    ),
    Mistake(
        "absolute",
        "The sign is removed with `abs`.",
        "What speaks against the answer then looks like what speaks for it.",
        "Replace the negative values by 0: `np.maximum(heat, 0)` or `tf.nn.relu(heat)`.",
        (with_(kept=np.abs), with_(kept=np.abs, finished=_by_maximum), with_(kept=np.square)),
    ),
    Mistake(
        "not_scaled",
        "The map is not scaled to a maximum of 1.",
        "The slopes have no scale of their own. With 1 at the maximum, maps can be drawn and "
        "compared.",
        "Divide by the maximum, if it is greater than 0.",
        (
            with_(finished=_as_given),
            with_(
                finished=_as_given,
                combined=lambda f, g: weighted_sum(f, g, lambda one: one.sum(axis=(0, 1))),
            ),
        ),
    ),
    Mistake(
        "scaled_otherwise",
        "The map is divided by something other than its maximum.",
        "The largest value should be 1.",
        "Divide by `heat.max()`.",
        (
            with_(finished=lambda heat: heat / heat.sum() if heat.any() else heat),
            with_(finished=lambda heat: heat / heat.mean() if heat.any() else heat),
            with_(finished=lambda heat: heat / np.linalg.norm(heat) if heat.any() else heat),
            with_(finished=lambda heat: heat / heat.sum()),
            with_(finished=lambda heat: heat / heat.mean()),
            with_(finished=lambda heat: heat / np.linalg.norm(heat)),
            with_(finished=lambda heat: 255 * heat / heat.max() if heat.any() else heat),
        ),
    ),
    Mistake(
        "division_by_zero",
        "If no place speaks for the answer, the function divides by 0.",
        "After the ReLU, such a map is 0 everywhere, and so is its maximum: 0 / 0 is NaN, and a "
        "plot of NaN is empty.",
        "Divide only if the maximum is greater than 0; otherwise return the zeros.",
        (with_(finished=_by_maximum), with_(finished=_between_extremes)),
    ),
    Mistake(
        "ones_for_nothing",
        "If no place speaks for the answer, the map is not 0.",
        "Nothing speaks for the answer: the map should say so.",
        "Return the map of zeros as it is if its maximum is 0.",
        (
            with_(finished=lambda heat: heat / heat.max() if heat.any() else heat + 1),
        ),
    ),
    Mistake(
        "another_layer",
        "The map belongs to another layer.",
        "The layer is an argument: an early one has many positions, a late one few.",
        "Use `model.get_layer(layer).output`.",
        (
            _other_layer(lambda names, layer: names[-1]),
            _other_layer(lambda names, layer: names[0]),
            _other_layer(lambda names, layer: names[names.index(layer) - 1]),
            _other_layer(lambda names, layer: names[min(names.index(layer) + 1, len(names) - 1)]),
        ),
    ),
    Mistake(
        "scaled_again",
        "The image is divided by 255 once more.",
        "The function gets an image with values from 0 to 1. Divided again, it is nearly black.",
        "Leave the values as they are.",
        (lambda model, x, layer: reference(model, x / 255, layer),),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the map are exchanged.",
        "Laid over the image, the map would be mirrored at the diagonal.",
        "Leave the order of the axes as it is.",
        (_of_map(np.transpose),),
    ),
    Mistake(
        "enlarged",
        "The map is enlarged to the size of the image.",
        "The function returns the map with the layer's own positions. The plot enlarges it.",
        "Return the map before it is resized.",
        (
            _of_map(_enlarged),
            _of_map(lambda heat: _enlarged(_enlarged(heat))),
        ),
    ),
    Mistake(
        "one_number",
        "Only one number is returned, or one for each channel.",
        "The map has a value for each position of the layer.",
        "Add up over the last axis only, `axis=-1`: that of the channels.",
        (
            _of_map(np.max),
            _of_map(np.sum),
            _of_map(np.argmax),
            with_(combined=lambda f, g: (mean_slope(g) * f).sum(axis=(0, 1))),
            with_(combined=lambda f, g: (mean_slope(g) * f).sum()),
            with_(combined=lambda f, g: mean_slope(g)),
        ),
    ),
]  # fmt: skip

MISTAKES = [*_REST, *WEIGHTS]

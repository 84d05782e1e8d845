"""Known mistakes in `reestimate`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.mistake import Mistake, changed
from grading.catalogue.reestimate_reference import norms_of, reference

_with = changed(reference)


def _moving_average(momentum: Callable[[int], float]) -> Callable:
    """Return an average that begins at the initial value; `momentum(k)` is that of batch k."""

    def average(rows: np.ndarray, initial: np.ndarray) -> np.ndarray:
        moving = initial
        for k, row in enumerate(rows):
            moving = momentum(k) * moving + (1 - momentum(k)) * row
        return moving

    return average


def _of_its_own(model, x, batches) -> None:
    """Run the batches through the model as it is."""
    for part in np.array_split(x, batches):
        model(part, training=True)


def _some_layers(choose: Callable) -> Callable:
    """Return a function that sets the momentum of some layers; the others keep theirs."""

    def function(model, x, batches) -> None:
        norms = choose(norms_of(model))
        before = [norm.momentum for norm in norms]
        for k, part in enumerate(np.array_split(x, batches)):
            for norm in norms:
                norm.momentum = k / (k + 1)
            model(part, training=True)
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum

    return function


def _no_change(model, x, batches) -> None:
    """Leave the statistics as they are."""


def _sliced(size: Callable[[np.ndarray, int], int], count: Callable[[int], int | None]) -> Callable:
    """Return a split into parts of `size(x, batches)` images, `count(batches)` of them."""

    def parts(x, batches) -> list:
        every = [x[i : i + size(x, batches)] for i in range(0, len(x), size(x, batches))]
        return every[: count(batches)]

    return parts


def _equal_parts(x, batches) -> int:
    return len(x) // batches


MISTAKES: list[Mistake] = [
    Mistake(
        "nothing_changed",
        "The moving statistics are what they were before.",
        "BatchNorm updates them only with `training=True`. In inference, as in `predict`, it uses "
        "them and leaves them alone. Setting all weights back restores them, too: they are "
        "weights that are not trained.",
        "Call `model(batch, training=True)`, and restore nothing but the momentum.",
        (_no_change,),
    ),
    Mistake(
        "momentum_not_used",
        "The layers keep their momentum while the batches are run.",
        "With a momentum of 0.99, a few batches leave most of the old statistics in place: that is "
        "the riddle of this lesson.",
        "Set each layer's momentum before each batch, so that the average becomes a plain one.",
        (
            _of_its_own,
            _with(average=_moving_average(lambda k: 0.99)),
            _with(average=_moving_average(lambda k: 0.9)),
        ),
    ),
    Mistake(
        "last_batch_only",
        "Only the last batch, or only the first, is left in the statistics.",
        "With a momentum of 0, each batch replaces what the batches before it have left. A single "
        "batch is a small sample.",
        "Let batch k count as much as the others: the momentum has to grow with k.",
        (
            _with(average=lambda rows, initial: rows[-1]),
            _with(average=lambda rows, initial: rows[0]),
        ),
    ),
    Mistake(
        "initial_value_counted",
        "The old statistics count like a batch.",
        "They are what should be replaced. The first batch has to replace them entirely, with a "
        "momentum of 0.",
        "Count the batches from 0 in k/(k+1).",
        (
            _with(average=_moving_average(lambda k: (k + 1) / (k + 2))),
            _with(average=lambda rows, initial: (initial + rows.mean(axis=0)) / 2),
        ),
    ),
    Mistake(
        "momentum_exchanged",
        "The momentum is taken for the share of the new batch.",
        "In Keras, the momentum multiplies what was there before, and 1 - momentum the batch.",
        "Before batch k, there are k batches in the average, and one is added: which share of the "
        "result is the old average?",
        (
            _with(average=_moving_average(lambda k: 1 / (k + 1))),
            _with(average=_moving_average(lambda k: 1 / (k + 2))),
        ),
    ),
    Mistake(
        "momentum_constant",
        "The momentum is the same for all batches.",
        "Then later batches count more than earlier ones, and the start is still in the average.",
        "Let the momentum grow from batch to batch: 0, 1/2, 2/3 ...",
        (
            _with(average=_moving_average(lambda k: 0.5)),
            lambda model, x, batches: reference(
                model, x, batches, average=_moving_average(lambda k: (batches - 1) / batches)
            ),
            lambda model, x, batches: reference(
                model, x, batches, average=_moving_average(lambda k: 1 / batches)
            ),
        ),
    ),
    Mistake(
        "momentum_left",
        "The momentum is not what it was before.",
        "The statistics are right, but when the model is trained further, they hardly move any "
        "more, or jump from batch to batch.",
        "Note each layer's momentum at the start, and restore it at the end.",
        (
            _with(momentum=lambda before, batches: (batches - 1) / batches),
            _with(momentum=lambda before, batches: 0.0),
            _with(momentum=lambda before, batches: batches / (batches + 1)),
            _with(momentum=lambda before, batches: 1.0),
        ),
    ),
    Mistake(
        "momentum_of_keras",
        "All layers end with a momentum of 0.99.",
        "That is the value that Keras chooses. A layer may have been made with another one, and "
        "should have it again.",
        "Note each layer's own momentum at the start.",
        (_with(momentum=lambda before, batches: 0.99),),
    ),
    Mistake(
        "one_batch",
        "All images are run as one batch.",
        "That is not an average over batches: deeper layers see images that were normalised "
        "together. And with many images, it needs a lot of memory.",
        "Split the images into `batches` parts.",
        (_with(parts=lambda x, batches: [x]),),
    ),
    Mistake(
        "batches_as_size",
        "`batches` is taken for the number of images in a batch.",
        "It is the number of batches; each has len(X) / batches images.",
        "Use `np.array_split(X, batches)`.",
        (_with(parts=_sliced(lambda x, batches: batches, lambda batches: None)),),
    ),
    Mistake(
        "other_split",
        "The batches do not hold the right images.",
        "The images are split in their order: the first batch has the first images, and every "
        "image is in one batch.",
        "Use `np.array_split(X, batches)`.",
        (
            _with(parts=lambda x, batches: [x[i::batches] for i in range(batches)]),
            _with(parts=lambda x, batches: [x[i : i + 1] for i in range(batches)]),
            _with(parts=lambda x, batches: [x[i : i + 1] for i in range(len(x))]),
            _with(parts=_sliced(_equal_parts, lambda batches: -1)),
            _with(parts=lambda x, batches: np.array_split(x, batches)[1:]),
        ),
    ),
    Mistake(
        "variance_of_means",
        "The moving variance is the variance of the batches' means.",
        "That says how much batches differ from each other. BatchNorm needs how much the values "
        "within a batch differ: the average of the batches' variances.",
        "Average the variances, as you average the means.",
        (
            _with(statistics=lambda m, v, initial, average: (m.mean(axis=0), m.var(axis=0))),
            _with(
                statistics=lambda m, v, initial, average: (
                    m.mean(axis=0), v.mean(axis=0) + m.var(axis=0)
                )
            ),
            _with(statistics=lambda m, v, initial, average: (m.mean(axis=0), v.var(axis=0))),
        ),
    ),
    Mistake(
        "standard_deviations",
        "Standard deviations are averaged or stored, instead of variances.",
        "The layer stores a variance, and takes the square root itself.",
        "Average the variances themselves.",
        (
            _with(
                statistics=lambda m, v, initial, average: (
                    m.mean(axis=0), np.sqrt(v).mean(axis=0) ** 2
                )
            ),
            _with(
                statistics=lambda m, v, initial, average: (m.mean(axis=0), np.sqrt(v.mean(axis=0)))
            ),
        ),
    ),
    Mistake(
        "means_only",
        "Only the means or only the variances are estimated anew.",
        "BatchNorm subtracts the mean and divides by the root of the variance; it needs both.",
        "Treat `moving_variance` as you treat `moving_mean`.",
        (
            _with(statistics=lambda m, v, initial, average: (m.mean(axis=0), initial[1])),
            _with(statistics=lambda m, v, initial, average: (initial[0], v.mean(axis=0))),
        ),
    ),
    Mistake(
        "exchanged",
        "Mean and variance are exchanged.",
        "A layer lists its weights as gamma, beta, moving mean, moving variance.",
        "Look at the names of the weights, or use `moving_mean` and `moving_variance`.",
        (_with(statistics=lambda m, v, initial, average: (v.mean(axis=0), m.mean(axis=0))),),
    ),
    Mistake(
        "summed",
        "The batches' statistics are added up, but not divided by their number.",
        "An average is a sum divided by the number of batches.",
        "Divide by `batches`.",
        (
            _with(average=lambda rows, initial: rows.sum(axis=0)),
            _with(average=lambda rows, initial: initial + rows.sum(axis=0)),
            _with(average=lambda rows, initial: rows.sum(axis=0) / (len(rows) - 1)),
            _with(average=lambda rows, initial: rows.sum(axis=0) / (len(rows) + 1)),
        ),
    ),
    Mistake(
        "one_layer",
        "Not all BatchNorm layers are treated.",
        "Each of them has statistics of its own, and one wrong layer spoils what comes after it.",
        "Go through all layers of the model; a `return` or `break` in the loop ends it early.",
        (
            _with(chosen=lambda norms: norms[:1]),
            _with(chosen=lambda norms: norms[-1:]),
            _some_layers(lambda norms: norms[:1]),
            _some_layers(lambda norms: norms[-1:]),
        ),
    ),
]  # fmt: skip

"""Known mistakes in `gradient_norms`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from grading.catalogue.gradient_norms_reference import kernels, norm, reference
from grading.catalogue.mistake import Mistake, changed


def _of_layers(model) -> list[list]:
    return [layer.trainable_weights for layer in model.layers if layer.trainable_weights]


def _per_layer(model, x, y, with_norm_layers: bool) -> np.ndarray:
    groups = _of_layers(model)
    if not with_norm_layers:
        groups = [group for group in groups if len(group[0].shape) > 1]
    squares = reference(model, x, y, variables=lambda m: sum(groups, []), measure=_square)
    ends = np.cumsum([len(group) for group in groups])
    return np.sqrt([part.sum() for part in np.split(squares, ends[:-1])])


def _square(g) -> float:
    return float(np.sum(np.square(g)))


def _activations(model, x, y) -> np.ndarray:
    values, out = [], tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(out)
        for layer in model.layers:
            if isinstance(layer, keras.layers.InputLayer):
                continue
            if isinstance(layer, keras.layers.BatchNormalization):
                out = layer(out, training=True)
            else:
                out = layer(out)
            if hasattr(layer, "kernel"):
                values.append(out)
        value = -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(out), axis=-1))
    return np.array([norm(g) for g in tape.gradient(value, values)])


def _sum_loss(y, p):
    return tf.reduce_sum(keras.losses.categorical_crossentropy(y, p))


def _squared_error(y, p):
    return tf.reduce_mean(tf.square(y - p))


def _squared_error_summed(y, p):
    return tf.reduce_mean(tf.reduce_sum(tf.square(y - p), axis=-1))


def _exchanged(y, p):
    return tf.reduce_mean(keras.losses.categorical_crossentropy(p, y))


def _logits(y, p):
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, p))


def _binary(y, p):
    return tf.reduce_mean(keras.losses.binary_crossentropy(y, p))


with_ = changed(reference)


def _of_kind(kind: str) -> Callable:
    return lambda model: [layer.kernel for layer in model.layers if type(layer).__name__ == kind]


MISTAKES: list[Mistake] = [
    Mistake(
        "training_false",
        "The model is called without `training=True`.",
        "BatchNorm then does not use the statistics of this batch, but averages that it collects "
        "during training. At the start they say nothing about the data, so the gradients are not "
        "those of training.",
        "Call `model(X, training=True)`.",
        (with_(training=False),),
    ),
    Mistake(
        "squared_norm",
        "The square root of the norm is missing.",
        "The squared norm exaggerates every ratio: a gradient ten times smaller looks a hundred "
        "times smaller.",
        "The L2 norm is the square root of the sum of squares.",
        (with_(measure=_square),),
    ),
    Mistake(
        "mean_absolute",
        "The mean of the absolute values is taken instead of the L2 norm.",
        "The number of weights in a kernel affects a mean differently from a norm, and the "
        "lesson's curves compare norms.",
        "Square, sum over all elements, take the square root.",
        (with_(measure=lambda g: float(np.mean(np.abs(g)))),),
    ),
    Mistake(
        "sum_absolute",
        "The absolute values are summed (the L1 norm) instead of taking the L2 norm.",
        "The L1 norm grows much faster with the number of weights; layers of different size "
        "cannot be compared with it.",
        "Square, sum over all elements, take the square root.",
        (with_(measure=lambda g: float(np.sum(np.abs(g)))),),
    ),
    Mistake(
        "root_mean_square",
        "The squares are averaged instead of summed.",
        "It is the norm divided by the square root of the number of weights (or its square): a "
        "sensible number, but a different one.",
        "Sum the squares over all elements before the square root.",
        (
            with_(measure=lambda g: float(np.sqrt(np.mean(np.square(g))))),
            with_(measure=lambda g: float(np.mean(np.square(g)))),
        ),
    ),
    Mistake(
        "largest",
        "The largest absolute value is taken instead of the L2 norm.",
        "Then a single weight decides; the norm takes all of them into account.",
        "Square, sum over all elements, take the square root.",
        (
            with_(measure=lambda g: float(np.max(np.abs(g)))),
            with_(measure=lambda g: float(np.max(g))),
        ),
    ),
    Mistake(
        "signed_mean",
        "The gradients are averaged or summed with their signs.",
        "Positive and negative entries cancel, so a large gradient can look like none.",
        "Square the entries first, which removes their signs.",
        (
            with_(measure=lambda g: float(np.mean(g))),
            with_(measure=lambda g: float(np.sum(g))),
            with_(measure=lambda g: float(np.abs(np.mean(g)))),
            with_(measure=lambda g: float(np.abs(np.sum(g)))),
        ),
    ),
    Mistake(
        "spectral_norm",
        "A matrix norm is taken instead of the norm of all elements.",
        "The spectral norm is the largest singular value; it leaves the other directions out.",
        "Flatten the gradient first, or sum the squares of all elements.",
        (with_(measure=lambda g: float(np.linalg.norm(g.reshape(-1, g.shape[-1]), 2))),),
    ),
    Mistake(
        "log_norm",
        "The logarithm of the norm is returned.",
        "The plot has a logarithmic axis already.",
        "Return the norms as they are.",
        (
            with_(measure=lambda g: float(np.log10(norm(g)))),
            with_(measure=lambda g: float(np.log(norm(g)))),
        ),
    ),
    Mistake(
        "summed_loss",
        "The loss is summed over the batch instead of averaged.",
        "All norms are then multiplied by the number of images, so they change with batch size.",
        "Take the mean of the cross-entropy over the batch.",
        (with_(loss=_sum_loss),),
    ),
    Mistake(
        "other_loss",
        "The loss is not the categorical cross-entropy.",
        "Another loss has other gradients; the network is trained with the cross-entropy.",
        "Use keras.losses.categorical_crossentropy(Y, predictions), in this order.",
        (
            with_(loss=_squared_error),
            with_(loss=_squared_error_summed),
            with_(loss=_exchanged),
            with_(loss=_binary),
        ),
    ),
    Mistake(
        "softmax_twice",
        "The loss takes the model's probabilities for logits.",
        "The model ends with softmax; a second softmax flattens everything and makes the "
        "gradients too small.",
        "Leave from_logits at False.",
        (with_(loss=_logits),),
    ),
    Mistake(
        "biases_included",
        "Biases or BatchNorm's gamma and beta are included.",
        "Only kernels can be compared from layer to layer; a bias or a gamma has another size "
        "and another role.",
        "Take layer.kernel of the layers that have one, and nothing else.",
        (
            with_(variables=lambda model: model.trainable_weights),
            lambda model, x, y: _per_layer(model, x, y, True),
            lambda model, x, y: _per_layer(model, x, y, False),
            with_(variables=lambda m: [w for w in m.trainable_weights if w.name != "bias"]),
            with_(variables=lambda m: [layer.weights[0] for layer in m.layers if layer.weights]),
            with_(
                variables=lambda m: [
                    w
                    for layer in m.layers
                    if hasattr(layer, "kernel")
                    for w in (layer.kernel, layer.bias)
                ]
            ),
        ),
    ),  # fmt: skip
    Mistake(
        "reversed_order",
        "The norms are in reverse order.",
        "The first number should belong to the layer next to the input: that is where gradients "
        "vanish, and where the plot begins.",
        "Go through model.layers from the first to the last.",
        (lambda model, x, y: reference(model, x, y)[::-1],),
    ),
    Mistake(
        "sorted_norms",
        "The norms are sorted by size.",
        "Their order is the point: it shows where in the network the gradient is small.",
        "Keep the order of model.layers.",
        (
            lambda model, x, y: np.sort(reference(model, x, y)),
            lambda model, x, y: np.sort(reference(model, x, y))[::-1],
        ),
    ),
    Mistake(
        "layers_left_out",
        "Some layers that have a kernel are left out.",
        "Convolutions and dense layers both have kernels, and both belong in the plot.",
        "Ask each layer whether it has a kernel; do not choose layers by type or position.",
        (
            with_(variables=_of_kind("Conv2D")),
            with_(variables=_of_kind("Dense")),
            with_(variables=lambda model: kernels(model)[1:]),
            with_(variables=lambda model: kernels(model)[:-1]),
        ),
    ),
    Mistake(
        "of_activations",
        "The gradient is taken with respect to the layers' outputs instead of their kernels.",
        "That is the signal that flows back; training changes the kernels.",
        "Ask the tape for the gradient with respect to the kernels.",
        (_activations,),
    ),
    Mistake(
        "weights_measured",
        "The norms are those of the kernels themselves, not of their gradients.",
        "A kernel's size says nothing about how much it is about to learn.",
        "Take the norm of what tape.gradient returns.",
        (lambda model, x, y: np.array([norm(np.asarray(k)) for k in kernels(model)]),),
    ),
    Mistake(
        "relative",
        "The norms are divided by the kernels' own norms, or by the largest of the norms.",
        "That is a sensible number too, but the lesson's plot and its reading are about the "
        "norms themselves.",
        "Return the norms as they are.",
        (
            lambda model, x, y: (
                reference(model, x, y) / [norm(np.asarray(k)) for k in kernels(model)]
            ),
            lambda model, x, y: reference(model, x, y) / reference(model, x, y).max(),
        ),
    ),
    Mistake(
        "one_image",
        "Only one image of the batch is used.",
        "The gradient of one image is noise; training takes the mean over the batch.",
        "Give the model all of X and the loss all of Y.",
        (lambda model, x, y: reference(model, x[:1], y[:1]),),
    ),
    Mistake(
        "first_only",
        "Only the first layer's norm is returned.",
        "Where the gradient vanishes can only be seen layer by layer.",
        "A `return` inside a loop ends the function in the first pass of the loop.",
        (lambda model, x, y: reference(model, x, y)[:1],),
    ),
    Mistake(
        "one_number",
        "There is one number for the whole model instead of one for each layer.",
        "Where the gradient vanishes can only be seen layer by layer.",
        "Collect one norm for each kernel.",
        (
            lambda model, x, y: np.array([norm(reference(model, x, y))]),
            lambda model, x, y: np.array([reference(model, x, y).mean()]),
            lambda model, x, y: np.array(
                [norm(reference(model, x, y, variables=lambda m: m.trainable_weights))]
            ),
        ),
    ),  # fmt: skip
]

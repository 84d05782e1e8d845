"""check_gradient_norms passes right functions and names mistakes."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.gradient_norms import reference
from resnets import checks
from resnets.checks.numbers import same_numbers

pytestmark = pytest.mark.slow

VARIANTS = [
    pytest.param(entry.id, variant, id=f"{entry.id}-{index}")
    for entry in CATALOGUE["gradient_norms"].mistakes
    for index, variant in enumerate(entry.variants)
]


@pytest.mark.parametrize(("mistake", "function"), VARIANTS)
def test_a_mistake_is_refused_and_named(mistake, function):
    result = checks.check_gradient_norms(function)
    assert not result.passed
    assert result.mistake == mistake, result.message


def by_layer(model, X, Y):  # noqa: N803
    norms = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            with tf.GradientTape() as tape:
                losses = keras.losses.categorical_crossentropy(Y, model(X, training=True))
                loss = tf.reduce_mean(losses)
            norms.append(tf.norm(tape.gradient(loss, layer.kernel)))
    return norms


def by_loss_class(model, X, Y):  # noqa: N803
    with tf.GradientTape() as tape:
        loss = keras.losses.CategoricalCrossentropy()(Y, model(X, training=True))
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    return tuple(float(np.linalg.norm(g)) for g in tape.gradient(loss, kernels))


def by_hand(model, X, Y):  # noqa: N803
    with tf.GradientTape() as tape:
        p = tf.clip_by_value(model(X, training=True), 1e-7, 1 - 1e-7)
        loss = -tf.reduce_mean(tf.reduce_sum(Y * tf.math.log(p), axis=1))
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    return tf.stack([tf.sqrt(tf.reduce_sum(g**2)) for g in tape.gradient(loss, kernels)])


@pytest.mark.parametrize("function", [reference, by_layer, by_loss_class, by_hand])
def test_right_functions_pass(function):
    result = checks.check_gradient_norms(function)
    assert result.passed, result.message


def test_an_unknown_mistake_shows_expected_and_returned_numbers():
    result = checks.check_gradient_norms(lambda model, X, Y: 3 * reference(model, X, Y))
    assert not result.passed and result.mistake is None
    assert "yours / expected" in result.message and "3" in result.table[1][3]


def trains(model, X, Y):  # noqa: N803
    model.trainable_weights[0].assign_add(model.trainable_weights[0])
    return reference(model, X, Y)


def stub(model, X, Y):  # noqa: N803
    raise NotImplementedError()


def raises(model, X, Y):  # noqa: N803
    return model.no_such_thing


@pytest.mark.parametrize(
    ("function", "mistake", "text"),
    [
        (trains, "weights_changed", "changes the model's weights"),
        (stub, "unfinished", "raise NotImplementedError"),
        (raises, None, "return model.no_such_thing"),
        (lambda model, X, Y: {"a": 1.0}, "wrong_return", "`dict`"),
        (lambda model, X, Y: "0.1", "wrong_return", "`str`"),
        (lambda model: [], "signature", "gradient_norms(model, X, Y)"),
        (max, None, "raised"),
    ],
)
def test_any_other_function_gets_an_explanation(function, mistake, text):
    result = checks.check_gradient_norms(function)
    assert not result.passed
    assert result.mistake == mistake, result.message
    assert text in result.message


def test_rounding_errors_of_a_zero_do_not_count_as_a_difference():
    assert same_numbers([0.1, 0.2, 6e-10], [0.1, 0.2, -7e-8])
    assert not same_numbers([0.1, 0.2, 1e-4], [0.1, 0.2, 2e-4])
    assert not same_numbers([0.1, 0.2, float("inf")], [0.1, 0.2, 0.3])

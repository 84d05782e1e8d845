"""A learner's own code inside layers becomes part of the graph, and his or her layers stay."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from resnets.checks.unwrap import closed_layers, open_up


def twice_at_least_1(x):
    return 2 * tf.maximum(x, 1.0)


def opened(layer, shape=(5, 4, 3), times=1):
    """Return input and output of a layer, called several times, after it has been opened."""
    start = end = keras.Input(shape)
    for _ in range(times):
        end = layer(end)
    return open_up(start, end)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Activation(twice_at_least_1),
        layers.Lambda(twice_at_least_1),
        keras.Sequential([keras.Sequential([layers.Activation(twice_at_least_1)])]),
        keras.Sequential([layers.ReLU(), layers.Lambda(twice_at_least_1)]),
    ],
    ids=["activation", "lambda", "nested", "nested, after another layer"],
)
def test_the_operations_compute_what_the_layer_does(layer):
    start, end = opened(layer)
    assert closed_layers(end) == []
    x = np.random.default_rng(0).normal(0, 2, (2, 5, 4, 3)).astype("float32")
    np.testing.assert_allclose(keras.Model(start, end)(x), 2 * np.maximum(x, 1))


@pytest.mark.parametrize(
    "kind", [lambda **a: layers.Conv2D(3, 1, **a), lambda **a: layers.Dense(3, **a)]
)
def test_a_layer_keeps_its_activation_and_a_copy_does_without(kind):
    layer = kind(activation=twice_at_least_1, kernel_initializer="ones")
    start, end = opened(layer, times=2)
    assert layer.activation is twice_at_least_1 and closed_layers(end) == []
    model = keras.Model(start, end)
    x = np.random.default_rng(0).normal(0, 2, (2, 5, 4, 3)).astype("float32")
    np.testing.assert_allclose(model(x), layer(layer(x)), rtol=1e-6)
    assert len(model.weights) == 2  # one copy for both calls


class Threes(keras.initializers.Initializer):
    """An initializer that a student wrote, with settings that no config has."""

    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None, **options):
        return tf.fill(shape, self.value)


class Decay(keras.regularizers.Regularizer):
    """A regularizer that a student wrote, without a config."""

    def __call__(self, x):
        return 0.1 * tf.reduce_sum(x)


def test_a_copy_has_the_initializers_and_regularizers_of_ones_own():
    settings = {"kernel_initializer": Threes(3.0), "kernel_regularizer": Decay()}
    layer = layers.Conv2D(3, 1, activation=tf.identity, **settings)
    start, end = opened(layer)
    (copy,) = (one for one in keras.Model(start, end).layers if one.weights)
    assert copy is not layer and copy.name == layer.name
    for one in (copy, layer):
        assert np.array_equal(one.kernel, np.full((1, 1, 3, 3), 3.0))
        assert {name: getattr(one, name) for name in settings} == settings


def test_keras_s_own_activations_stay_where_they_are():
    for activation in ("relu", keras.activations.relu, layers.ReLU(), None):
        start = keras.Input((5, 4, 3))
        end = layers.Conv2D(3, 1, activation=activation)(start)
        assert open_up(start, end) == (start, end)


def test_what_cannot_be_opened_stays_closed():
    layer = layers.Activation(lambda x: np.maximum(x, 0))
    start, end = opened(layer)
    assert closed_layers(end) == [layer]

"""A model that was packed comes back with its weights, ready to run, change and train."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
from keras import layers

from resnets.checks.given import pack, unpack


def convolutions():
    start = keras.Input((9, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(start)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.SeparableConv2D(5, 3)(layers.ReLU()(x))
    x = layers.GroupNormalization(5)(layers.DepthwiseConv2D(2)(x))
    return keras.Model(start, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


def frozen():
    model = convolutions()
    model.layers[1].trainable = False
    return model


def attention():
    start = keras.Input((6, 8))
    x = layers.MultiHeadAttention(2, 4, dropout=0.1)(start, start)
    x = layers.Dropout(0.3)(layers.LayerNormalization()(x))
    return keras.Model(start, x)


def nested():
    start = keras.Input((9, 8, 3))
    return keras.Model(start, layers.Activation("tanh")(convolutions()(start)))


def without_weights():
    start = keras.Input((4,))
    return keras.Model(start, layers.ReLU()(start))


MODELS = [convolutions, frozen, attention, nested, without_weights]


def test_lists_and_tuples_come_back_as_they_were_and_are_the_functions_own():
    given = {"layers": [(7, 2, 3), (3, 2, 0)], "position": (0, 4), "sizes": [[1], 2.5]}
    packed = json.loads(json.dumps(pack(given)))
    first = unpack(packed)
    assert first == given and {first["position"]: 1, first["layers"][0]: 2}
    first["layers"].clear()
    first["sizes"][0].append(2)
    assert unpack(packed) == given


def filled(make):
    """A model whose weights are all drawn, those that Keras starts with 0 or 1 as well."""
    model, rng = make(), np.random.default_rng(3)
    model.set_weights([rng.uniform(0.2, 1, weight.shape) for weight in model.get_weights()])
    return model


def inputs_of(model):
    return np.random.default_rng(5).normal(size=(2, *model.inputs[0].shape[1:])).astype("float32")


def copied(model):
    return unpack(json.loads(json.dumps(pack({"model": model}))))["model"]


@pytest.mark.parametrize("make", MODELS)
def test_a_model_comes_back_with_the_same_weights_and_outputs(make):
    model = filled(make)
    copy = copied(model)
    for weight, expected in zip(copy.weights, model.weights, strict=True):
        assert np.array_equal(weight, expected)
        assert (weight.name, weight.dtype, weight.trainable) == (
            (expected.name, expected.dtype, expected.trainable)
        )
    x = inputs_of(model)
    assert np.array_equal(copy(x, training=False), model(x, training=False))


@pytest.mark.parametrize("make", [convolutions, frozen, attention, nested])
def test_a_model_that_came_back_trains_as_the_first_one_does(make):
    model = filled(make)
    trained = []
    for one in (copied(model), model):
        one.compile(keras.optimizers.SGD(0.1), "mse")
        x = inputs_of(one)
        keras.utils.set_random_seed(7)
        one.train_on_batch(x, np.zeros(one(x).shape))
        trained.append(one.get_weights())
    if make is not attention:  # its dropout has a seed of its own
        for weight, expected in zip(*trained, strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)
    before = filled(make).get_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(trained[0], before, strict=True))


def test_a_change_of_one_copy_leaves_the_others_alone():
    packed = pack({"model": filled(convolutions)})
    first, second = (unpack(packed)["model"] for _ in range(2))
    first.get_layer("norm").gamma.assign(np.zeros(4))
    assert np.all(second.get_layer("norm").gamma.numpy() > 0)
    assert np.all(unpack(packed)["model"].get_layer("norm").gamma.numpy() > 0)


@pytest.mark.parametrize("weights", [[], [[1.0, 2.0]], [[1.0]] * 3])
def test_weights_that_do_not_fit_are_refused(weights):
    start = keras.Input((1,))
    packed = pack({"model": keras.Model(start, layers.Dense(1)(start))})
    packed["model"]["weights"] = weights
    with pytest.raises(ValueError, match="expected weights of the shapes"):
        unpack(packed)
    assert filled(convolutions).count_params() > 0  # Keras can go on creating variables

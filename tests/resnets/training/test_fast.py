"""Faster training: the same model and numbers as plain Keras, with other operations."""

from __future__ import annotations

import numpy as np
import pytest
from proof_sizes import sampled

import resnets_utils as utils

import keras  # isort: skip
import tensorflow as tf  # isort: skip
from resnets.training import fast

pytestmark = pytest.mark.slow

Norm = keras.layers.BatchNormalization


@pytest.fixture(autouse=True)
def plain_again():
    yield
    utils.fast_training(False)


@pytest.fixture
def float32(monkeypatch):
    monkeypatch.setattr(fast, "processor_has_bfloat16", lambda: False)


def data(m=64):
    random = np.random.default_rng(0)
    X = random.normal(size=(m, 8, 8, 3)).astype("float32")
    return X, np.eye(4, dtype="float32")[random.integers(0, 4, m)]


def network(optimizer="adam"):
    """A small residual network, compiled; its weights and names are the same in each call."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    X = inputs = keras.Input((8, 8, 3))
    for _ in range(3):
        # No bias: BatchNorm subtracts it, so its gradient is rounding error, which Adam enlarges.
        shortcut = X = keras.layers.Conv2D(16, 3, padding="same", use_bias=False)(X)
        X = keras.layers.Activation("relu")(Norm()(X))
        X = keras.layers.Conv2D(16, 3, padding="same", use_bias=False)(X)
        X = keras.layers.Add()([Norm()(X), shortcut])
    X = keras.layers.Dense(4, activation="softmax")(keras.layers.GlobalAveragePooling2D()(X))
    model = keras.Model(inputs, X)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(optimizer="adam"):
    """The network after six steps, and its losses."""
    model = network(optimizer)
    X, Y = data()
    return model, model.fit(X, Y, batch_size=32, epochs=3, shuffle=False, verbose=0).history["loss"]


def operations(layer, x):
    """Names of the operations of a layer in training."""
    graph = tf.function(lambda: layer(x, training=True)).get_concrete_function().graph
    return {operation.type for operation in graph.get_operations()}


def test_float32_agrees_with_plain_keras(float32):
    plain, losses = trained()
    assert repr(utils.fast_training()).startswith("Fast training is on")
    model, fast_losses = trained()
    np.testing.assert_allclose(fast_losses, losses, rtol=1e-4)
    for ours, theirs in zip(model.variables, plain.variables, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-4, err_msg=theirs.path)


KINDS = {
    "schedule": {"learning_rate": keras.optimizers.schedules.CosineDecay(3e-3, 6)},
    "constants": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-4},
    "amsgrad": {"amsgrad": True},
    "clipping and decay": {"global_clipnorm": 0.1, "weight_decay": 0.1},
    "ema": {"use_ema": True, "ema_momentum": 0.5},
    "accumulation": {"gradient_accumulation_steps": 2},
}


@pytest.mark.parametrize("kind", sampled(["schedule", "clipping and decay"], KINDS))
def test_every_kind_of_adam_agrees_with_plain_keras(float32, kind):
    settings = KINDS[kind]
    plain, losses = trained(keras.optimizers.Adam(**settings))
    utils.fast_training()
    model, fast_losses = trained(keras.optimizers.Adam(**settings))
    np.testing.assert_allclose(fast_losses, losses, rtol=1e-4)
    for ours, theirs in zip(model.optimizer.variables, plain.optimizer.variables, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-4, err_msg=theirs.path)


def adam_operations(optimizer, dtype="float32"):
    """How often TensorFlow's fused Adam is in the graph of an update of two variables."""
    weights = [keras.Variable([[1.0, 2.0]], dtype=dtype), keras.Variable([3.0], dtype=dtype)]
    optimizer.build(weights)
    gradients = [tf.ones_like(weight.value) for weight in weights]
    update = tf.function(lambda: optimizer.apply(gradients, weights))
    operations = update.get_concrete_function().graph.get_operations()
    return sum(operation.type == "ResourceApplyAdam" for operation in operations)


def test_adam_is_one_operation_for_each_variable_until_it_is_switched_off(float32):
    utils.fast_training()
    assert adam_operations(keras.optimizers.Adam()) == 2
    assert adam_operations(keras.optimizers.AdamW()) == 2
    utils.fast_training(False)
    assert adam_operations(keras.optimizers.Adam()) == 0


def test_optimizers_that_the_kernel_cannot_do_are_left_alone(float32):
    class Slower(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate / 2)

    utils.fast_training()
    assert adam_operations(keras.optimizers.Adam(amsgrad=True)) == 0
    assert adam_operations(keras.optimizers.Nadam()) == 0
    assert adam_operations(Slower()) == 0
    assert adam_operations(keras.optimizers.Adam(), "float64") == 0


@pytest.mark.skipif(not fast.processor_has_bfloat16(), reason="the processor has no bfloat16")
def test_bfloat16_is_used_and_trains_as_well():
    _, losses = trained()
    assert utils.fast_training().bfloat16
    _, fast_losses = trained()
    assert 0 < np.abs(np.subtract(fast_losses, losses)).max() < 0.05 * losses[0]


def test_batch_norm_is_one_operation_until_it_is_switched_off(float32):
    x = tf.zeros((2, 4, 4, 3))
    utils.fast_training()
    assert "FusedBatchNormV3" in operations(Norm(), x)
    assert repr(utils.fast_training(False)) == "Fast training is off."
    assert "FusedBatchNormV3" not in operations(Norm(), x)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, (6, 5)),
        ({"axis": 1}, (4, 3, 5, 5)),
        ({"scale": False}, (4, 5, 5, 3)),
        ({"center": False}, (4, 5, 5, 3)),
        ({"trainable": False}, (4, 5, 5, 3)),
        ({"renorm": True}, (4, 5, 5, 3)),
        ({"dtype": "float64"}, (4, 5, 5, 3)),
    ],
)
def test_layers_that_the_kernel_cannot_do_are_left_alone(float32, settings, shape):
    x = np.random.default_rng(2).normal(3.0, 2.0, shape).astype(settings.get("dtype", "float32"))
    plain, ours = Norm(**settings), Norm(**settings)
    expected = plain(x, training=True)
    utils.fast_training()
    np.testing.assert_array_equal(ours(x, training=True), expected)
    for left, right in zip(ours.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_model_stays_a_plain_keras_model(float32, tmp_path):
    utils.fast_training()
    model, _ = trained()
    assert model.to_json() == network().to_json()
    model.save(tmp_path / "model.keras")
    utils.fast_training(False)
    X, _ = data()
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_the_stored_sentence_is_the_same_on_every_machine():
    assert repr(fast.FastTraining(True, True)) == repr(fast.FastTraining(True, False))


def test_without_storing_the_sentence_says_what_the_processor_can_do(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert "bfloat16." in repr(fast.FastTraining(True, True))
    assert "stay in float32" in repr(fast.FastTraining(True, False))

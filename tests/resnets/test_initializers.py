"""glorot_uniform draws TensorFlow 1's numbers and reproduces the classic's printed vectors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import resnets_utils as utils

import keras  # isort: skip - after resnets_utils, which loads TensorFlow quietly
import tensorflow as tf  # isort: skip
from keras import layers  # isort: skip

# Printed by the classic assignment: element [1][1][0] of each block's output.
CLASSIC_IDENTITY = [0.94822985, 0.0, 1.16101444, 2.747859, 0.0, 1.36677003]
CLASSIC_CONVOLUTIONAL = [0.09018463, 1.23489773, 0.46822017, 0.0367176, 0.0, 0.65516603]


def _conv_bn(X, filters, size, strides=1, padding="valid"):
    initializer = utils.glorot_uniform(seed=0)
    X = layers.Conv2D(filters, size, strides, padding, kernel_initializer=initializer)(X)
    return layers.BatchNormalization(axis=3)(X)


def _block(X, f, filters, s=None):
    """Return the classic's block; its shortcut has a convolution if a stride `s` is given."""
    shortcut = X if s is None else _conv_bn(X, filters[2], 1, s)
    X = layers.Activation("relu")(_conv_bn(X, filters[0], 1, s or 1))
    X = layers.Activation("relu")(_conv_bn(X, filters[1], f, padding="same"))
    X = _conv_bn(X, filters[2], 1)
    return layers.Activation("relu")(layers.Add()([X, shortcut]))


@pytest.mark.parametrize(
    ("stride", "classic"), [(None, CLASSIC_IDENTITY), (2, CLASSIC_CONVOLUTIONAL)]
)
def test_the_classics_printed_vectors_are_reproduced(stride, classic):
    X = np.random.RandomState(1).randn(3, 4, 4, 6).astype(np.float32)
    inputs = keras.Input((4, 4, 6))
    model = keras.Model(inputs, _block(inputs, 2, [2, 4, 6], stride))
    actual = model(X, training=False).numpy()[1][1][0]
    expected = np.array(classic, dtype=np.float32)
    # Each number is a sum of terms of size about 1, so the tolerance is in units of the last place
    # at size 1. The smallest number, 0.0367176, is off by 0.2 such units (6 of its own).
    np.testing.assert_allclose(actual, expected, rtol=0, atol=3 * np.spacing(np.float32(1)))


@pytest.mark.parametrize("shape", [(1, 1, 6, 2), (2, 2, 2, 4), (7, 5), (3,), ()])
@pytest.mark.parametrize("seed", [0, 1, 2**31 + 5, -3])
def test_same_as_the_op_of_tensorflow_1_in_a_fresh_graph(shape, seed):
    fans = {(1, 1, 6, 2): 6 + 2, (2, 2, 2, 4): 8 + 16, (7, 5): 7 + 5, (3,): 3 + 3, (): 1 + 1}
    limit = math.sqrt(6 / fans[shape])
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.compat.v1.set_random_seed(87654321)
        draw = tf.compat.v1.random_uniform(shape, -limit, limit, tf.float32, seed=seed)
        expected = session.run(draw)
    actual = utils.glorot_uniform(seed=seed)(shape).numpy()
    assert actual.dtype == np.float32 and actual.shape == shape
    np.testing.assert_array_equal(actual, expected)


def test_the_numbers_fill_the_range_and_depend_on_the_seed():
    kernel = utils.glorot_uniform(seed=0)((3, 3, 64, 64)).numpy()
    limit = math.sqrt(6 / (2 * 9 * 64))
    assert -limit <= kernel.min() < -0.99 * limit and 0.99 * limit < kernel.max() < limit
    assert abs(kernel.mean()) < 0.01 * limit
    assert (kernel != utils.glorot_uniform(seed=1)((3, 3, 64, 64)).numpy()).mean() > 0.99


def test_every_kernel_gets_the_same_numbers_inside_a_graph_too():
    initializer = utils.glorot_uniform(seed=0)
    first = initializer((4, 4)).numpy()
    inside = tf.function(lambda: initializer((4, 4)))
    np.testing.assert_array_equal(first, initializer((4, 4)).numpy())
    np.testing.assert_array_equal(first, inside().numpy())


def test_half_precision_gives_the_same_numbers_rounded():
    kernel = utils.glorot_uniform(seed=0)((4, 4), dtype="float16")
    assert kernel.dtype == tf.float16
    np.testing.assert_array_equal(
        kernel.numpy(), utils.glorot_uniform(seed=0)((4, 4)).numpy().astype(np.float16)
    )


def test_a_model_with_the_initializer_can_be_saved_and_loaded(tmp_path):
    inputs = keras.Input((4,))
    dense = layers.Dense(3, kernel_initializer=utils.glorot_uniform(seed=7))
    model = keras.Model(inputs, dense(inputs))
    copy = keras.Model.from_config(model.get_config())
    assert copy.layers[1].kernel_initializer.seed == 7
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.layers[1].kernel_initializer, utils.glorot_uniform)
    config = keras.saving.serialize_keras_object(dense.kernel_initializer)
    assert config["registered_name"] == "resnets_utils>glorot_uniform"


@pytest.mark.parametrize("seed", [None, 0.5, "0", True])
def test_a_seed_that_is_not_a_whole_number_is_refused(seed):
    with pytest.raises(TypeError, match=r"expected a whole number as seed, got .*seed=0"):
        utils.glorot_uniform(seed=seed)

"""Right programs as functions, written in many ways, which checks and grader must accept."""

from __future__ import annotations

import itertools
import linecache

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from keras.layers import Activation, Add, BatchNormalization, Conv2D, ReLU, ZeroPadding2D

import resnets_utils as utils
from grading.programs.classic import CONVOLUTIONAL, IDENTITY

# The names that were in scope in the classic assignment.
CLASSIC = {
    "Conv2D": Conv2D,
    "BatchNormalization": BatchNormalization,
    "Activation": Activation,
    "Add": Add,
    "layers": layers,
    "glorot_uniform": utils.glorot_uniform,
    "K": keras.backend,
    "X": None,
}

# Each entry of SPELLINGS changes one way of writing; it is applied to this plain program.
_DEFAULT = {
    "conv1x1": lambda filters, stride: Conv2D(filters, 1, strides=stride),
    "conv": lambda filters, f: Conv2D(filters, f, padding="same"),
    "bn": lambda: BatchNormalization(axis=3),
    "relu": lambda: Activation("relu"),
    "add": lambda main, shortcut: Add()([main, shortcut]),
}


def _explicit_padding(filters, f):
    before, after = (f - 1) // 2, f // 2
    pad = ZeroPadding2D(((before, after), (before, after)))
    conv = Conv2D(filters, f, padding="valid")
    return lambda x: conv(pad(x))


def _ops_padding(filters, f):
    before, after = (f - 1) // 2, f // 2
    conv = Conv2D(filters, f)
    widths = [[0, 0], [before, after], [before, after], [0, 0]]
    return lambda x: conv(ops.pad(x, widths))


def _split_activation(filters, f):
    return keras.Sequential([Conv2D(filters, f, padding="same", activation="linear")])


def at_least_0(x):
    """A function that a student gives a layer as its activation."""
    return tf.maximum(x, 0.0)


class OwnRelu(keras.Layer):
    """A layer class that a student wrote."""

    def call(self, x):
        return ops.relu(x)


class OwnComponent(keras.Layer):
    """A layer class that a student wrote and that calls other layers."""

    def __init__(self, filters, f):
        super().__init__()
        self.conv = Conv2D(filters, f, padding="same")
        self.norm = BatchNormalization()
        self.relu = OwnRelu()

    def call(self, x, training=None):
        return self.relu(self.norm(self.conv(x), training=training))


class OwnModel(keras.Model):
    """A model class that a student wrote."""

    def __init__(self, filters, f):
        super().__init__()
        self.conv = Conv2D(filters, f, padding="same")

    def call(self, x):
        return self.conv(x)


SPELLINGS = {
    "as taught": {},
    "axis -1": {"bn": lambda: BatchNormalization(axis=-1)},
    "axis left out": {"bn": lambda: BatchNormalization()},
    "other momentum and epsilon": {"bn": lambda: BatchNormalization(momentum=0.9, epsilon=1e-5)},
    "ReLU layer": {"relu": lambda: ReLU()},
    "Activation with a function": {"relu": lambda: Activation(keras.activations.relu)},
    "Activation with tf.nn.relu": {"relu": lambda: Activation(tf.nn.relu)},
    "Activation with a function of one's own": {"relu": lambda: Activation(at_least_0)},
    "Activation with a lambda": {"relu": lambda: Activation(lambda t: tf.nn.relu(t))},
    "Activation with a layer of one's own": {"relu": lambda: Activation(OwnRelu())},
    "keras.activations.relu": {"relu": lambda: keras.activations.relu},
    "keras.ops.relu": {"relu": lambda: ops.relu},
    "keras.ops.nn.relu": {"relu": lambda: ops.nn.relu},
    "maximum with 0": {"relu": lambda: lambda x: ops.maximum(x, 0.0)},
    "maximum with a tensor": {"relu": lambda: lambda x: ops.maximum(x, tf.constant(0.0))},
    "times an array": {"add": lambda a, b: (a + b) * np.ones((1, 1, 1, 1), "float32")},
    "tf.nn.relu in a Lambda": {"relu": lambda: layers.Lambda(tf.nn.relu)},
    "tf.maximum in a Lambda": {"relu": lambda: layers.Lambda(
        lambda t: tf.maximum(t, tf.constant(0.0)))},
    "tf.add in a Lambda": {"add": lambda a, b: layers.Lambda(lambda t: tf.add(t[0], t[1]))([a, b])},
    "LeakyReLU without a leak": {"relu": lambda: layers.LeakyReLU(negative_slope=0.0)},
    "x times (x > 0)": {"relu": lambda: lambda x: x * ops.cast(x > 0, "float32")},
    "tf.keras layers": {"relu": lambda: tf.keras.layers.ReLU()},
    "Add the other way round": {"add": lambda main, shortcut: Add()([shortcut, main])},
    "layers.add": {"add": lambda main, shortcut: layers.add([main, shortcut])},
    "plus": {"add": lambda main, shortcut: main + shortcut},
    "plus the other way round": {"add": lambda main, shortcut: shortcut + main},
    "keras.ops.add": {"add": ops.add},
    "subtract the negative": {"add": lambda main, shortcut: main - (-shortcut)},
    "twice the average": {"add": lambda a, b: 2 * layers.average([a, b])},
    "1x1 with same": {"conv1x1": lambda n, s: Conv2D(n, (1, 1), strides=(s, s), padding="same")},
    "keywords everywhere": {
        "conv1x1": lambda n, s: Conv2D(filters=n, kernel_size=(1, 1), strides=(s, s)),
        "conv": lambda n, f: Conv2D(filters=n, kernel_size=(f, f), strides=(1, 1), padding="same"),
    },
    "positional everywhere": {
        "conv1x1": lambda n, s: Conv2D(n, (1, 1), (s, s), "valid"),
        "conv": lambda n, f: Conv2D(n, (f, f), (1, 1), "same"),
    },
    "capital SAME": {"conv": lambda n, f: Conv2D(n, [f, f], padding="SAME")},
    "ZeroPadding2D and valid": {"conv": _explicit_padding},
    "ops.pad and valid": {"conv": _ops_padding},
    "no biases": {"conv": lambda n, f: Conv2D(n, f, padding="same", use_bias=False)},
    "no biases anywhere": {
        "conv": lambda n, f: Conv2D(n, f, padding="same", use_bias=False),
        "conv1x1": lambda n, s: Conv2D(n, 1, s, use_bias=False),
    },
    "the course's initialiser": {
        "conv": lambda n, f: Conv2D(
            n, f, padding="same", kernel_initializer=utils.glorot_uniform(seed=0)
        )
    },
    "Keras's initialiser": {
        "conv": lambda n, f: Conv2D(
            n, f, padding="same", kernel_initializer=keras.initializers.GlorotUniform(seed=0)
        )
    },
    "a weight decay": {
        "conv": lambda n, f: Conv2D(n, f, padding="same", kernel_regularizer="l2")
    },
    "a nested Sequential": {"conv": _split_activation},
    "a nested Sequential with a Lambda": {"relu": lambda: keras.Sequential([
        layers.Lambda(lambda t: tf.nn.relu(t))])},
    "layer with an activation that does nothing": {"conv": lambda n, f: Conv2D(
        n, f, padding="same", activation=tf.identity)},
    "activation=None": {"conv": lambda n, f: Conv2D(n, f, padding="same", activation=None)},
    "a Dropout that drops nothing": {"bn": lambda: lambda x: layers.Dropout(0.0)(
        BatchNormalization()(x))},
    "Dense for a 1x1 convolution": {
        "conv1x1": lambda n, s: lambda x: layers.Dense(n)(x[:, ::s, ::s, :])
    },
    "Lambda for the sum": {"add": lambda a, b: layers.Lambda(lambda t: t[0] + t[1])([a, b])},
    "a layer class of one's own": {"relu": OwnRelu},
    "a model class of one's own": {"conv": OwnModel},
    "a strided slice for the stride": {
        "conv1x1": lambda n, s: lambda x: Conv2D(n, 1)(x[:, ::s, ::s, :])
    },
}  # fmt: skip


def make_identity(**spelling):
    """Return an identity block in this spelling."""
    way = {**_DEFAULT, **spelling}

    def identity_block(X, f, filters, stage, block):  # noqa: N803
        f1, f2, f3 = filters
        shortcut = X
        x = way["relu"]()(way["bn"]()(way["conv1x1"](f1, 1)(X)))
        x = way["relu"]()(way["bn"]()(way["conv"](f2, f)(x)))
        x = way["bn"]()(way["conv1x1"](f3, 1)(x))
        return way["relu"]()(way["add"](x, shortcut))

    return identity_block


def make_convolutional(shortcut_first: bool = False, **spelling):
    """Return a convolutional block in this spelling, with its branches in either order."""
    way = {**_DEFAULT, **spelling}

    def convolutional_block(X, f, filters, stage, block, s=2):  # noqa: N803
        def short():
            return way["bn"]()(way["conv1x1"](filters[2], s)(X))

        shortcut = short() if shortcut_first else None
        x = way["relu"]()(way["bn"]()(way["conv1x1"](filters[0], s)(X)))
        x = way["relu"]()(way["bn"]()(way["conv"](filters[1], f)(x)))
        x = way["bn"]()(way["conv1x1"](filters[2], 1)(x))
        return way["relu"]()(way["add"](x, shortcut if shortcut_first else short()))

    return convolutional_block


def make_preactivation(**spelling):
    """Return a pre-activation block in this spelling."""
    way = {**_DEFAULT, **spelling}

    def preactivation_block(X, f, filters, stage, block):  # noqa: N803
        f1, f2, f3 = filters
        x = way["conv1x1"](f1, 1)(way["relu"]()(way["bn"]()(X)))
        x = way["conv"](f2, f)(way["relu"]()(way["bn"]()(x)))
        x = way["conv1x1"](f3, 1)(way["relu"]()(way["bn"]()(x)))
        return way["add"](x, X)

    return preactivation_block


_numbers = itertools.count(1)


def function_of(source: str, **scope):
    """Return the function that `source` defines, with the classic assignment's names in scope.

    As in a notebook's cell, Python can find the function's source text.
    """
    namespace = {**CLASSIC, **scope}
    before = set(namespace)
    cell = f"<cell {next(_numbers)}>"
    linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
    exec(compile(source, cell, "exec"), namespace)
    (name,) = set(namespace) - before - {"__builtins__"}
    return namespace[name]


BLOCKS = (function_of(CONVOLUTIONAL), function_of(IDENTITY))


def network(convolutional_block, identity_block, pool=lambda: layers.AveragePooling2D((2, 2)),
            letters="abcdef"):  # fmt: skip
    """Return a learner's ResNet50 that calls these blocks."""

    def ResNet50(input_shape=(64, 64, 3), classes=6):  # noqa: N802
        start = keras.Input(input_shape)
        x = layers.ZeroPadding2D((3, 3))(start)
        x = layers.Conv2D(64, (7, 7), strides=(2, 2), name="conv1")(x)
        x = layers.BatchNormalization(axis=3, name="bn_conv1")(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
        stages = [(2, 64, 3, 1), (3, 128, 4, 2), (4, 256, 6, 2), (5, 512, 3, 2)]
        for stage, width, count, s in stages:
            filters = [width, width, 4 * width]
            x = convolutional_block(x, 3, filters, stage, letters[0], s)
            for letter in letters[1:count]:
                x = identity_block(x, 3, filters, stage, letter)
        x = pool()(x)
        x = layers.Flatten()(x)
        x = layers.Dense(classes, activation="softmax", name=f"fc{classes}")(x)
        return keras.Model(inputs=start, outputs=x)

    return ResNet50

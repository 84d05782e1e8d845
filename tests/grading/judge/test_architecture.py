"""The judge refuses architectures that would need too much time or memory."""

from __future__ import annotations

import json

import keras
import pytest
from keras import layers

from grading.judge import architecture
from grading.judge.architecture import ArchitectureError
from grading.judge.description import read


def model_json(build, shape=(8, 9, 4)) -> str:
    """Return the JSON of the model that `build` makes of an input of this shape."""
    start = keras.Input(shape)
    return keras.Model(start, build(start)).to_json()


def sliding(x):
    """Pool with a window so large that each of 4 million outputs reads a million numbers."""
    return layers.AveragePooling2D(1000, strides=1, padding="same")(layers.ZeroPadding2D(500)(x))


def pooled_by_operation(x):
    return keras.ops.max_pool(layers.ZeroPadding2D(500)(x), 1000, strides=1, padding="same")


def convolved_with_itself(x):
    flat = layers.Conv2D(1, 1)(layers.ZeroPadding2D(400)(x))
    return keras.ops.conv(flat, keras.ops.transpose(flat, (1, 2, 3, 0)), padding="same")


def multiplied(x):
    flat = keras.ops.squeeze(layers.Conv2D(1, 1)(layers.ZeroPadding2D(1000)(x)), -1)
    return keras.ops.matmul(flat, keras.ops.transpose(flat, (0, 2, 1)))


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (sliding, "too much to run"),
        (pooled_by_operation, "too much to run"),
        (convolved_with_itself, "contains 'Conv' of 'keras.src.ops.nn'"),
        (multiplied, "contains 'Matmul'"),
        (lambda x: keras.ops.sort(x, axis=1), "contains 'Sort'"),
        (lambda x: layers.Conv2D(8, 101, padding="same")(layers.ZeroPadding2D(500)(x)), "too much"),
        (layers.ZeroPadding2D(1000), "too large"),
    ],
)
def test_a_network_that_would_take_too_long_is_refused_before_it_runs(build, reason):
    with pytest.raises(ArchitectureError, match=reason):
        architecture.build(read(model_json(build)))


def test_open_sizes_are_refused_because_they_hide_the_cost():
    text = model_json(layers.ZeroPadding2D(7), (None, None, 4)).replace("7, 7", "60000, 60000")
    with pytest.raises(ArchitectureError, match="expected fixed sizes"):
        architecture.build(read(text))


def test_a_model_that_calls_itself_over_and_over_is_refused():
    start = keras.Input((8, 9, 4))
    model = keras.Model(start, layers.Activation("relu")(start))
    for _ in range(7):
        start = keras.Input((8, 9, 4))
        once = model(start)
        for _ in range(3):
            once = model(once)
        model = keras.Model(start, once)
    with pytest.raises(ArchitectureError, match="layers: expected at most|nested models"):
        architecture.build(read(model.to_json()))


def test_a_layer_called_without_a_tensor_is_refused():
    description = json.loads(model_json(lambda x: keras.ops.tile(x, (1, 1, 1, 2))))
    (tile,) = (layer for layer in description["config"]["layers"] if layer["class_name"] == "Tile")
    tile["inbound_nodes"][0]["args"] = [[[1.0] * 10]]
    with pytest.raises(ArchitectureError, match="called without a tensor"):
        architecture.build(read(json.dumps(description)))


@pytest.mark.parametrize(
    "build",
    [
        lambda x: keras.ops.relu(x + 1.0),
        lambda x: keras.ops.mean(keras.ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), axis=(1, 2)),
        lambda x: keras.Sequential([layers.Conv2D(4, 3, padding="same"), layers.ReLU()])(x) * x,
        lambda x: layers.add([x, keras.activations.relu(x)]),
        lambda x: layers.Dense(6, activation="softmax")(layers.Flatten()(layers.MaxPooling2D()(x))),
        lambda x: keras.ops.reshape(keras.ops.concatenate([x, x], -1), (-1, 8 * 9 * 8)),
    ],
)
def test_other_ways_to_write_a_network_are_accepted(build):
    assert isinstance(architecture.build(read(model_json(build))), keras.Model)

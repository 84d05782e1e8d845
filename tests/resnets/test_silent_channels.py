"""A network without its silent channels computes the same from fewer of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

import resnets_utils as utils
from resnets.silent_channels import without_silent_channels

pytestmark = pytest.mark.slow


def network(rng: np.random.Generator, **options) -> keras.Model:
    """A small residual network with random weights; `options` change single layers."""
    way = {
        "relu": lambda: layers.Activation("relu"),
        "add": lambda a, b: layers.Add()([a, b]),
        "end": lambda x: layers.Dense(7, activation="relu")(layers.GlobalAveragePooling2D()(x)),
        "bias": True,
        **options,
    }
    image = keras.Input((12, 12, 3))
    x = layers.ZeroPadding2D(1)(image)
    x = way["relu"]()(layers.BatchNormalization()(layers.Conv2D(8, 3, use_bias=way["bias"])(x)))
    x = layers.MaxPooling2D(3, 2)(x)
    for strides in (1, 2):
        y = way["relu"]()(layers.BatchNormalization()(layers.Conv2D(6, 1, strides)(x)))
        y = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(y))
        short = x if strides == 1 else layers.BatchNormalization()(layers.Conv2D(8, 1, 2)(x))
        x = way["relu"]()(way["add"](y, short))
    model = keras.Model(image, layers.Dense(6, activation="softmax")(way["end"](x)))
    for weight in model.weights:
        low = 0.5 if "variance" in weight.path else -1
        weight.assign(rng.uniform(low, 1.5, weight.shape))
    return model


def silence(model: keras.Model, rng: np.random.Generator, share: float) -> None:
    """Make a share of each convolution's output channels 0, if a BatchNorm follows there too."""
    convs = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    for conv, norm in zip(convs, norms, strict=True):
        silent = rng.random(conv.filters) < share
        for layer in (conv, norm):
            for weight in layer.weights:
                if "variance" not in weight.path:
                    weight.assign(np.where(silent, 0, weight))


KINDS = {
    "average": {},
    "all positions": {"end": layers.Flatten()},
    "operations": {"add": keras.ops.add, "relu": lambda: keras.ops.relu},
    "no bias": {"bias": False},
}


@pytest.mark.parametrize("way", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 1])
def test_the_outputs_are_the_same(way, share):
    rng = np.random.default_rng(int(10 * share))
    model = network(rng, **KINDS[way])
    silence(model, rng, share)
    narrow = without_silent_channels(model)
    assert narrow.count_params() < model.count_params()
    images = rng.random((5, 12, 12, 3), np.float32)
    np.testing.assert_allclose(narrow(images), model(images), atol=1e-5)
    norms = [layer for layer in narrow.layers if isinstance(layer, layers.BatchNormalization)]
    assert share < 1 or all(norm.gamma.shape == (1,) for norm in norms)


def test_a_channel_that_shows_a_constant_is_kept():
    rng = np.random.default_rng(0)
    model = network(rng)
    silence(model, rng, 0.5)
    (norm, *_) = (layer for layer in model.layers if isinstance(layer, layers.BatchNormalization))
    norm.beta.assign(np.full(8, 0.7))
    narrow = without_silent_channels(model)
    assert narrow.get_layer(norm.name).gamma.shape == (8,)
    images = rng.random((2, 12, 12, 3), np.float32)
    np.testing.assert_allclose(narrow(images), model(images), atol=1e-5)


def one_relu_for_all() -> dict:
    relu = layers.ReLU()
    return {"relu": lambda: relu}


@pytest.mark.parametrize(
    "options",
    [
        {},  # no silent channel
        {"relu": lambda: layers.Activation("sigmoid")},
        {"relu": lambda: layers.LayerNormalization()},
        {"relu": lambda: layers.ReLU(negative_slope=0.1, threshold=0.5)},
        {"add": lambda a, b: layers.Concatenate()([a, b])[..., :8]},
        {"add": lambda a, b: a + b[..., :1]},
        {"end": lambda x: keras.Sequential([layers.Flatten(), layers.Dense(7)])(x)},
        one_relu_for_all(),
    ],
    ids=["none", "sigmoid", "norm", "threshold", "concatenate", "broadcast", "nested", "shared"],
)
def test_a_network_of_another_kind_is_left_as_it_is(options):
    rng = np.random.default_rng(0)
    model = network(rng, **options)
    if options:
        silence(model, rng, 0.5)
    assert without_silent_channels(model) is model


def test_a_network_with_two_outputs_is_left_as_it_is():
    rng = np.random.default_rng(0)
    model = network(rng)
    silence(model, rng, 0.5)
    (norm, *_) = (layer for layer in model.layers if isinstance(layer, layers.BatchNormalization))
    two = keras.Model(model.inputs, [norm.output, *model.outputs])
    assert without_silent_channels(two) is two


def test_the_courses_network_has_a_quarter_of_its_weights_left():
    model = utils.load_network(utils.course_path("models/ResNet50.h5"))
    narrow = without_silent_channels(model)
    assert narrow.count_params() < 0.26 * model.count_params()
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    np.testing.assert_allclose(narrow(images), model(images), atol=1e-4)

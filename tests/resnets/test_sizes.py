"""The counted sizes of a network are those of the network that Keras builds."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from resnets.sizes import NetworkSizes, path_to


def convolution(x, filters, kernel=1, stride=1, padding="valid"):
    return layers.BatchNormalization()(layers.Conv2D(filters, kernel, stride, padding)(x))


def built(blocks, filters, size):
    """The network of lesson 4 with other sizes, as Keras builds it."""
    x = image = keras.Input((size, size, 3))
    x = convolution(layers.ZeroPadding2D(3)(x), 64, 7, 2)
    x = layers.MaxPooling2D(3, 2)(x)
    for number, count in enumerate(blocks):
        width = filters * 2**number
        for block in range(count):
            stride = 2 if block == 0 and number > 0 else 1
            y = convolution(x, width, 1, stride)
            y = convolution(y, width, 3, 1, "same")
            y = convolution(y, 4 * width)
            x = layers.Add()([y, convolution(x, 4 * width, 1, stride) if block == 0 else x])
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    return keras.Model(image, layers.Dense(6)(x))


@pytest.mark.parametrize(
    ("blocks", "filters", "size"), [((1, 2, 1, 1), 8, 64), ((2, 1, 1, 2), 12, 150)]
)
def test_other_sizes_are_those_of_the_built_network(blocks, filters, size):
    sizes = NetworkSizes(blocks, filters, size)
    model = built(blocks, filters, size)
    assert sizes.parameters == model.count_params()
    found = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    work = [np.prod(a.kernel.shape) * np.prod(a.output.shape[1:3]) for a in found]
    assert sizes.multiplications == sum(work)
    values = sum(np.prod(layer.output.shape[1:]) for layer in found)
    assert sizes.memory == 4 * (model.count_params() + values)


def test_the_sizes_of_resnet_50_are_the_known_ones():
    sizes = NetworkSizes()
    assert (sizes.parameters, sizes.multiplications) == (23_600_006, 308_166_656)
    assert (sizes.depth, sizes.last_size) == (50, 2)
    assert NetworkSizes(size=32).last_size == 1


def test_the_path_to_a_stage_has_three_windows_for_each_block():
    assert [len(list(path_to(stage))) for stage in (1, 2, 3, 4, 5)] == [2, 11, 23, 41, 50]
    assert list(path_to(3))[11] == (1, 2, 0)

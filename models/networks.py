"""The lessons' ResNet50, for training at any image size, and a small one for quick answers.

Layer names and weights are those of the lessons, so that what is trained here loads there. In
training, `avg_pool` averages over all positions. At 64x64 the last map is 2x2 and this is the
lessons' 2x2 average; at smaller images it lets the same weights learn at a part of the cost.
"""

from __future__ import annotations

import keras
from keras import layers

from resnets.data import CLASSES

from .fused import FusedBatchNormalization

STAGES = (
    (2, 3, (64, 64, 256), 1),
    (3, 4, (128, 128, 512), 2),
    (4, 6, (256, 256, 1024), 2),
    (5, 3, (512, 512, 2048), 2),
)


def conv_bn(x, filters: int, kernel: int, stride: int, padding: str, names: tuple[str, str], norm):
    """A convolution and a BatchNorm of the class `norm`, with the two `names`."""
    x = layers.Conv2D(filters, kernel, stride, padding=padding, name=names[0])(x)
    return norm(axis=3, name=names[1])(x)


def block(x, filters: tuple, stage: int, letter: str, stride: int, project: bool, norm):
    """Identity block, or convolutional block where `project` is set (He et al. 2015, figure 5)."""
    base = f"{stage}{letter}_branch"

    def names(part: str) -> tuple[str, str]:
        return f"res{base}{part}", f"bn{base}{part}"

    shortcut = x
    x = conv_bn(x, filters[0], 1, stride, "valid", names("2a"), norm)
    x = layers.Activation("relu")(x)
    x = conv_bn(x, filters[1], 3, 1, "same", names("2b"), norm)
    x = layers.Activation("relu")(x)
    x = conv_bn(x, filters[2], 1, 1, "valid", names("2c"), norm)
    if project:
        shortcut = conv_bn(shortcut, filters[2], 1, stride, "valid", names("1"), norm)
    return layers.Activation("relu")(layers.Add()([x, shortcut]))


def resnet50(size: int | None = 64, lesson_head: bool = True, share: float = 1.0) -> keras.Model:
    """ResNet50 of the lessons: (N, size, size, 3) in [0, 1] to (N, 6) softmax.

    Args:
        size: side of the images; None for any.
        lesson_head: 2x2 average pooling and Flatten as in the lessons; else a global average, no
            softmax (logits) and a faster BatchNorm, for training.
        share: part of the channels; fewer train faster, and `export.side_by_side` puts the
            weights into the full network, which then computes the same.
    """
    norm = layers.BatchNormalization if lesson_head else FusedBatchNormalization
    inputs = keras.Input((size, size, 3))
    x = layers.ZeroPadding2D((3, 3))(inputs)
    x = conv_bn(x, int(64 * share), 7, 2, "valid", ("conv1", "bn_conv1"), norm)
    x = layers.Activation("relu")(x)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for stage, blocks, filters, stride in STAGES:
        kept = tuple(int(count * share) for count in filters)
        for number in range(blocks):
            first = number == 0
            x = block(x, kept, stage, "abcdef"[number], stride if first else 1, first, norm)
    if lesson_head:
        x = layers.AveragePooling2D((2, 2), name="avg_pool")(x)
        x = layers.Flatten()(x)
        outputs = layers.Dense(CLASSES, activation="softmax", name=f"fc{CLASSES}")(x)
    else:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        outputs = layers.Dense(CLASSES, name=f"fc{CLASSES}")(x)
    return keras.Model(inputs, outputs, name="ResNet50")


def small(size: int | None = 64) -> keras.Model:
    """A residual network of 0.9 million parameters, for experiments that take minutes."""
    inputs = keras.Input((size, size, 3))
    x = layers.Conv2D(24, 3, 2, padding="same", use_bias=False)(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    for filters, stride in ((24, 1), (48, 2), (96, 2), (176, 2)):
        shortcut = layers.Conv2D(filters, 1, stride, use_bias=False)(x)
        shortcut = layers.BatchNormalization()(shortcut)
        x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Add()([layers.BatchNormalization()(x), shortcut])
        x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(CLASSES)(x), name="small")


def zero_init_residual(model: keras.Model) -> None:
    """Start every main path at zero, so that the network begins shallow (Goyal et al. 2017)."""
    for layer in model.layers:
        if layer.name.startswith("bn") and layer.name.endswith("branch2c"):
            layer.gamma.assign(keras.ops.zeros_like(layer.gamma))


NETWORKS = {
    "resnet50": lambda: resnet50(None, lesson_head=False),
    "resnet50-quarter": lambda: resnet50(None, lesson_head=False, share=0.25),
    "resnet50-half": lambda: resnet50(None, lesson_head=False, share=0.5),
    "small": lambda: small(None),
}

"""The convolutional block: the mistakes that only it can have, and the arguments of its calls."""

from __future__ import annotations

import numpy as np

from grading.catalogue.blocks import BLOCK_MISTAKES, draw_two
from grading.catalogue.entry import Architecture
from grading.catalogue.mistake import Mistake, drop, insert, mistake, options
from grading.catalogue.reference_blocks import LayerSpec, block_function, convolutional_spec

_WHY_STRIDE = (
    "The stride makes height and width smaller. Main path and shortcut have to do that once each "
    "and by the same factor, or they cannot be added."
)


def stride_s(arguments: dict) -> int:
    """Return the call's stride s."""
    return arguments["s"]


def _pooled_shortcut(spec, arguments: dict) -> None:
    s = stride_s(arguments)
    spec.shortcut[:] = [LayerSpec("pool1", "max_pool", {"window": s, "stride": s})]


_MISTAKES: list[Mistake] = [
    mistake(
        "relu_on_shortcut",
        "The shortcut goes through a ReLU of its own.",
        "After a ReLU the shortcut carries no negative values, so half of what it could carry is "
        "lost.",
        "The shortcut is convolution and BatchNorm; the only ReLU it meets is after the addition.",
        insert("bn1", "relu1", "relu"),
        insert("conv1", "relu1", "relu"),
    ),
    mistake(
        "no_bn_shortcut",
        "BatchNorm is missing on the shortcut.",
        "Main path and shortcut are added; without BatchNorm one may drown out the other.",
        "Follow the shortcut's convolution with BatchNormalization over the channels axis.",
        drop("bn1"),
    ),
    mistake(
        "no_conv_shortcut",
        "There is no convolution on the shortcut.",
        "The convolutional block changes height, width and channels; its shortcut has to change "
        "them too, or the two paths cannot be added.",
        "Give the shortcut a 1x1 convolution with F3 filters and stride s, then BatchNorm.",
        drop("conv1", "bn1"),
        drop("conv1"),
        _pooled_shortcut,
    ),
    mistake(
        "shortcut_from_main_path",
        "The shortcut starts from the main path instead of from the block's input.",
        "A shortcut has to carry the input past the block. This one goes through it.",
        "Call the shortcut's layers on X_shortcut, not on X.",
        options("conv1", **{"from": "main"}),
        options("bn1", **{"from": "main"}),
    ),
    mistake(
        "stride_second",
        "The stride is on the second convolution instead of the first.",
        "The result has the right shape but is another function: the weights of this network "
        "would not fit. (Some later ResNets do it this way; this one does not.)",
        "Stride s belongs to the first convolution of the main path, stride 1 to the others.",
        (options("conv2a", stride=1), options("conv2b", stride=stride_s)),
    ),
    mistake(
        "stride_third",
        "The stride is on the third convolution instead of the first.",
        "The result has the right shape but is another function: the weights of this network "
        "would not fit.",
        "Stride s belongs to the first convolution of the main path, stride 1 to the others.",
        (options("conv2a", stride=1), options("conv2c", stride=stride_s)),
    ),
    mistake(
        "stride_twice",
        "Two convolutions of the main path have the stride.",
        _WHY_STRIDE,
        "Only the first convolution of the main path has stride s.",
        options("conv2b", stride=stride_s),
        options("conv2c", stride=stride_s),
        (options("conv2b", stride=stride_s), options("conv2c", stride=stride_s)),
    ),
    mistake(
        "no_stride_main",
        "The stride is missing on the main path.",
        _WHY_STRIDE,
        "Give the first convolution of the main path strides=(s, s).",
        options("conv2a", stride=1),
    ),
    mistake(
        "no_stride_shortcut",
        "The stride is missing on the shortcut.",
        _WHY_STRIDE,
        "Give the shortcut's convolution strides=(s, s).",
        options("conv1", stride=1),
    ),
    mistake(
        "stride_ignored",
        "The argument s is ignored: the stride is a fixed number.",
        "Stage 2 of ResNet50 calls the block with s=1, the other stages with s=2.",
        "Use s in the first convolution of the main path and in the shortcut's.",
        (options("conv2a", stride=2), options("conv1", stride=2)),
        (options("conv2a", stride=1), options("conv1", stride=1)),
        options("conv2a", stride=2),
        options("conv1", stride=2),
    ),
    mistake(
        "shortcut_kernel",
        "The shortcut's convolution is not 1x1.",
        "The shortcut should change the shape and nothing else; a larger kernel mixes "
        "neighbouring pixels on it too.",
        "Give the shortcut's convolution a kernel size of 1.",
        options("conv1", kernel=lambda arguments: arguments["f"], padding="same"),
        options("conv1", kernel=lambda arguments: arguments["f"]),
        options("conv1", kernel=3, padding="same"),
    ),
    mistake(
        "shortcut_filters",
        "The shortcut's convolution does not have F3 filters.",
        "Main path and shortcut are added, so both have to end with F3 channels.",
        "Give the shortcut's convolution F3 filters.",
        options("conv1", filters=lambda arguments: arguments["filters"][0]),
        options("conv1", filters=lambda arguments: arguments["filters"][1]),
    ),
]

_STORED = [
    {"input": [9, 7, 4], "seed": 21,
     "f": 3, "filters": [3, 5, 8], "stage": 2, "block": "a", "s": 2},
    {"input": [8, 10, 6], "seed": 22,
     "f": 5, "filters": [6, 4, 7], "stage": 3, "block": "d", "s": 1},
    {"input": [10, 13, 5], "seed": 23,
     "f": 2, "filters": [5, 5, 5], "stage": 1, "block": "a", "s": 3},
    {"input": [12, 8, 7], "seed": 24,
     "f": 4, "filters": [4, 4, 9], "stage": 5, "block": "b", "s": 2},
]  # fmt: skip


def _draw(rng: np.random.Generator) -> list[dict]:
    first, second = draw_two(rng, lambda rng, filters: int(rng.integers(3, 11)))
    return [{**first, "s": 2}, {**second, "s": int(rng.choice([1, 3]))}]


ENTRY = Architecture(
    mistakes=[*BLOCK_MISTAKES, *_MISTAKES],
    reference=block_function(convolutional_spec),
    stored=_STORED,
    lesson={"input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a", "s": 2},
    draw=_draw,
)

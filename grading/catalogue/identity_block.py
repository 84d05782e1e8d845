"""The identity block: the mistakes that only it can have, and the arguments of its calls."""

from __future__ import annotations

from grading.catalogue.blocks import BLOCK_MISTAKES, draw_two
from grading.catalogue.entry import Architecture
from grading.catalogue.mistake import Mistake, mistake, options
from grading.catalogue.reference_blocks import (
    LayerSpec,
    block_function,
    component,
    identity_spec,
)


def _convolution_on_shortcut(spec, arguments: dict) -> None:
    spec.shortcut = component("1", arguments["filters"][2], 1, False, padding="valid")


def _relu_on_input(spec, arguments: dict) -> None:
    spec.shortcut.append(LayerSpec("relu1", "relu"))


_MISTAKES: list[Mistake] = [
    mistake(
        "relu_on_shortcut",
        "The shortcut goes through a ReLU.",
        "The shortcut should carry the input unchanged, negative values included.",
        "Add X_shortcut as it was saved.",
        _relu_on_input,
    ),
    mistake(
        "convolution_on_shortcut",
        "The shortcut of the identity block has a convolution.",
        "In an identity block input and output have the same shape, so the shortcut needs no "
        "layer at all: it is the identity. (The convolutional block has one.)",
        "Add X_shortcut as it was saved.",
        _convolution_on_shortcut,
    ),
    mistake(
        "stride_in_identity",
        "A convolution of the identity block has a stride of 2.",
        "A stride makes height and width smaller, so the shortcut no longer fits.",
        "All strides in the identity block are 1.",
        options("conv2a", stride=2),
        options("conv2b", stride=2),
    ),
]

_STORED = [
    {"input": [7, 6, 8], "seed": 11, "f": 3, "filters": [4, 5, 8], "stage": 2, "block": "b"},
    {"input": [8, 9, 5], "seed": 12, "f": 5, "filters": [7, 3, 5], "stage": 4, "block": "e"},
    {"input": [6, 8, 6], "seed": 13, "f": 2, "filters": [6, 6, 6], "stage": 1, "block": "a"},
    {"input": [6, 7, 12], "seed": 14, "f": 4, "filters": [3, 3, 12], "stage": 5, "block": "c"},
]  # fmt: skip

ENTRY = Architecture(
    mistakes=[*BLOCK_MISTAKES, *_MISTAKES],
    reference=block_function(identity_spec),
    stored=_STORED,
    lesson={"input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a"},
    draw=lambda rng: draw_two(rng, lambda rng, filters: filters[2]),
)

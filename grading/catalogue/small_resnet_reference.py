"""The reference of `small_resnet`, as data that a mistake can change.

The network has the form of He et al. (2015), section 4.2: a convolution, blocks of two 3x3
convolutions in three stages, an average, and a dense layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from grading.catalogue.reference_blocks import BlockSpec, Builder, LayerSpec, component, edited

_STAGES = {1: 8, 2: 16, 3: 32}  # filters by stage
_BLOCKS = "abc"


@dataclass
class SmallNetworkSpec:
    """The steps before the blocks, the blocks, and the steps after them."""

    input_shape: tuple[int, ...]
    stem: list[LayerSpec]
    blocks: list[BlockSpec]
    head: list[LayerSpec]
    returns: str = "model"

    @property
    def dense(self) -> LayerSpec:
        """The last layer with weights."""
        return next(step for step in self.head if step.kind == "dense")


def small_resnet_spec(input_shape=(16, 16, 3), classes: int = 6) -> SmallNetworkSpec:
    """Return the right network for an input (height, width, channels) and a number of classes."""
    stem = [
        LayerSpec("conv_stem", "conv",
                  {"filters": 8, "kernel": 3, "padding": "same", "name": "conv_stem"}),
        LayerSpec("bn_stem", "bn", {"axis": 3, "name": "bn_stem"}),
        LayerSpec("relu_stem", "relu"),
    ]  # fmt: skip
    blocks = [
        _block(filters, 2 if stage > 1 and letter == "a" else 1, f"{stage}{letter}")
        for stage, filters in _STAGES.items()
        for letter in _BLOCKS
    ]
    head = [
        LayerSpec("global_average_pool", "global_average_pool"),
        LayerSpec("dense", "dense", {"units": classes, "activation": "softmax"}),
    ]
    return SmallNetworkSpec(tuple(input_shape), stem, blocks, head)


def _block(filters: int, stride: int, label: str) -> BlockSpec:
    main = [
        *component("2a", filters, 3, True, padding="same", stride=stride),
        *component("2b", filters, 3, False, padding="same"),
    ]
    shortcut = component("1", filters, 1, False, padding="valid", stride=stride)
    after = [LayerSpec("relu_out", "relu")]
    return BlockSpec(main, shortcut if stride > 1 else [], after, label=label)


def reference(edits: tuple = (), builder: Builder | None = None) -> Callable:
    """Return the right function, or one with these mistakes built in."""

    def small_resnet(**arguments) -> keras.Model | None:
        return _built(edited(small_resnet_spec(**arguments), edits, arguments), builder)

    return small_resnet


def _built(spec: SmallNetworkSpec, builder: Builder | None) -> keras.Model | None:
    builder = builder or Builder()
    start = keras.Input(spec.input_shape)
    x = builder.path(start, spec.stem)
    for block in spec.blocks:
        x = builder.block(x, block, f"stage {block.label}: ")
    x = builder.path(x, spec.head)
    return keras.Model(start, x) if spec.returns == "model" else None

"""The reference for ResNet50, as data that a mistake can change.

The network is that of the classic assignment: zero-padding, one 7x7 convolution, four stages of 3,
4, 6 and 3 blocks, average pooling, one dense layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from grading.catalogue.reference_blocks import (
    BlockSpec,
    Builder,
    LayerSpec,
    StepMissing,
    convolutional_spec,
    edited,
    identity_spec,
)


@dataclass
class StageSpec:
    """One stage of `count` blocks: a convolutional block, then identity blocks."""

    number: int
    count: int
    filters: list[int]
    stride: int
    f: int = 3
    first: str = "convolutional"
    others: str = "identity"


@dataclass
class NetworkSpec:
    """A complete network: the steps before the stages, the stages, and the steps after them."""

    input_shape: tuple[int, ...]
    stem: list[LayerSpec]
    stages: list[StageSpec]
    head: list[LayerSpec]
    returns: str = "model"

    def step(self, name: str) -> LayerSpec:
        """Return a step of stem or head; raise StepMissing if it is missing."""
        for step in [*self.stem, *self.head]:
            if step.name == name:
                return step
        raise StepMissing(f"step {name}")

    def drop(self, *names: str) -> None:
        """Remove steps from stem or head."""
        for name in names:
            self.step(name)
        self.stem[:] = [s for s in self.stem if s.name not in names]
        self.head[:] = [s for s in self.head if s.name not in names]

    def insert_after(self, name: str, step: LayerSpec) -> None:
        """Insert a step after another one in stem or head."""
        for path in (self.stem, self.head):
            names = [s.name for s in path]
            if name in names:
                path.insert(names.index(name) + 1, step)
                return
        raise StepMissing(f"step {name}")

    def swap(self, a: str, b: str) -> None:
        """Exchange two steps of stem or head."""
        first, second = self.step(a), self.step(b)
        for path in (self.stem, self.head):
            path[:] = [second if s is first else first if s is second else s for s in path]

    def stage(self, number: int) -> StageSpec:
        """Return stage 2, 3, 4 or 5; raise StepMissing if it is missing."""
        for stage in self.stages:
            if stage.number == number:
                return stage
        raise StepMissing(f"stage {number}")


def resnet50_spec(input_shape=(64, 64, 3), classes: int = 6) -> NetworkSpec:
    """Return the reference for an input (height, width, channels) and a number of classes."""
    stem = [
        LayerSpec("zero_padding", "zero_padding", {"size": 3}),
        LayerSpec("conv_stem", "conv",
             {"filters": 64, "kernel": 7, "stride": 2, "padding": "valid", "name": "conv1"}),
        LayerSpec("bn_stem", "bn", {"axis": 3, "name": "bn_conv1"}),
        LayerSpec("relu_stem", "relu"),
        LayerSpec("max_pool", "max_pool", {"window": 3, "stride": 2}),
    ]  # fmt: skip
    stages = [
        StageSpec(2, 3, [64, 64, 256], 1),
        StageSpec(3, 4, [128, 128, 512], 2),
        StageSpec(4, 6, [256, 256, 1024], 2),
        StageSpec(5, 3, [512, 512, 2048], 2),
    ]
    head = [
        LayerSpec("average_pool", "average_pool", {"window": 2}),
        LayerSpec("flatten", "flatten"),
        LayerSpec("dense", "dense", {"units": classes, "activation": "softmax"}),
    ]
    return NetworkSpec(tuple(input_shape), stem, stages, head)


def build_network(spec: NetworkSpec, builder: Builder | None = None) -> keras.Model | None:
    """Return the Keras model of `spec`, and leave its steps in `builder.taps`."""
    builder = builder or Builder()
    start = keras.Input(spec.input_shape)
    x = builder.path(start, spec.stem)
    for stage in spec.stages:
        for index in range(stage.count):
            letter = chr(ord("a") + index)
            x = builder.block(x, _block(stage, index), f"stage {stage.number}{letter}: ")
    x = builder.path(x, spec.head)
    return keras.Model(start, x) if spec.returns == "model" else None


def _block(stage: StageSpec, index: int) -> BlockSpec:
    kind = stage.first if index == 0 else stage.others
    letter = chr(ord("a") + index)
    if kind == "convolutional":
        stride = stage.stride if index == 0 else 1
        block = convolutional_spec(stage.f, stage.filters, stage.number, letter, stride)
    else:
        block = identity_spec(stage.f, stage.filters, stage.number, letter)
    return block


def network_function(spec: Callable[..., NetworkSpec]) -> Callable:
    """Return the function `reference(edits, builder)` for networks `spec(**arguments)`."""

    def reference(edits: tuple = (), builder: Builder | None = None) -> Callable:
        def network(**arguments):
            return build_network(edited(spec(**arguments), edits, arguments), builder)

        return network

    return reference

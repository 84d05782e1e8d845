"""Mistakes that only the identity block can have."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, mistake, options
from grading.catalogue.reference_blocks import Step, component


def _convolution_on_shortcut(spec, arguments: dict) -> None:
    spec.shortcut = component("1", arguments["filters"][2], 1, False, padding="valid")


def _relu_on_input(spec, arguments: dict) -> None:
    spec.shortcut.append(Step("relu1", "relu"))


IDENTITY_MISTAKES: list[Mistake] = [
    mistake(
        "relu_on_shortcut",
        "The shortcut goes through a ReLU.",
        "The shortcut should hand the input on unchanged, negative values included.",
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
        "A stride makes height and width smaller, and then the shortcut does not fit any more.",
        "All strides in the identity block are 1.",
        options("conv2a", stride=2),
        options("conv2b", stride=2),
    ),
]

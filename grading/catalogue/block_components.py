"""Mistakes in a residual block: missing steps, or missing parts of them."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, drop, drop_kind, mistake

_WHY_BN = (
    "Without BatchNorm the scale of the activations is free to drift from layer to layer, and a "
    "deep network becomes slow or impossible to train."
)
_WHY_LINEAR = (
    "Two convolutions with nothing non-linear between them are together one linear map: the "
    "second one adds parameters but no power."
)


def _missing_component(id: str, number: str, name: str) -> Mistake:
    relu = () if name == "2c" else (f"relu{name}",)
    return mistake(
        id,
        f"The {number} step of the main path is missing, or its output is not used.",
        "The block is a bottleneck of three steps: 1x1 to reduce the channels, fxf to look "
        "at neighbours, 1x1 to increase the channels again. Without one it computes less.",
        f"Follow X from layer to layer: there should be three convolutions on its way. The "
        f"{number} one is not among them.",
        drop(f"conv{name}", f"bn{name}", *relu),
    )


def _missing_norm(id: str, number: str, name: str) -> Mistake:
    return mistake(
        id,
        f"BatchNorm is missing in the {number} step of the main path.",
        _WHY_BN,
        f"Follow the {number} convolution with BatchNormalization over the channels axis.",
        drop(f"bn{name}"),
    )


def _missing_relu(id: str, number: str, name: str) -> Mistake:
    return mistake(
        id,
        f"The ReLU after the {number} step's BatchNorm is missing.",
        _WHY_LINEAR,
        f"The {number} step is convolution, BatchNorm, ReLU, in this order.",
        drop(f"relu{name}"),
    )


MISSING: list[Mistake] = [
    _missing_component("no_component_2a", "first", "2a"),
    _missing_component("no_component_2b", "second", "2b"),
    _missing_component("no_component_2c", "third", "2c"),
    _missing_norm("no_bn_2a", "first", "2a"),
    _missing_norm("no_bn_2b", "second", "2b"),
    _missing_norm("no_bn_2c", "third", "2c"),
    _missing_relu("no_relu_2a", "first", "2a"),
    _missing_relu("no_relu_2b", "second", "2b"),
    mistake(
        "no_batchnorm",
        "There is no BatchNorm on the main path.",
        _WHY_BN,
        "Follow each convolution with BatchNormalization over the channels axis.",
        drop_kind("bn"),
        drop("bn2a", "bn2b", "bn2c"),
    ),
    mistake(
        "no_relu",
        "There is no ReLU between the block's convolutions.",
        "Without a non-linearity between them, the three convolutions are together one linear map "
        "of the block's input, which a single one could compute.",
        "ReLU belongs after the first and the second step, and after the addition.",
        drop_kind("relu"),
        drop("relu2a", "relu2b"),
    ),
    mistake(
        "third_from_input",
        "The third step starts from the block's input: the first two are not used.",
        "The two steps before it are computed for nothing, and nothing that they learn "
        "reaches the result.",
        "Each step starts from the output of the one before it.",
        drop("conv2a", "bn2a", "relu2a", "conv2b", "bn2b", "relu2b"),
    ),
]

"""Mistakes in ResNet50: its stem, the layers before the first block."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, drop, mistake, options, swap
from grading.catalogue.reference_blocks import LayerSpec
from grading.catalogue.reference_resnet50 import NetworkSpec

_WHY_STEM = (
    "The stem brings a 64x64 image down to 15x15 with 64 channels before the first block; "
    "everything after it starts from that."
)


def _axis(axis: int):
    def edit(spec: NetworkSpec, arguments: dict) -> None:
        spec.step("bn_stem").options["axis"] = axis

    return edit


def _rescaled(**settings):
    def edit(spec: NetworkSpec, arguments: dict) -> None:
        spec.stem.insert(0, LayerSpec("rescaling", "rescaling", settings))

    return edit


STEM: list[Mistake] = [
    mistake(
        "input_rescaled",
        "The network rescales its input.",
        "The lessons divide pixels by 255 when they load them; a second time makes all of them "
        "nearly 0.",
        "Remove the Rescaling layer: the first layer is the zero-padding.",
        _rescaled(scale=1 / 255),
        _rescaled(scale=1 / 127.5, offset=-1.0),
    ),
    mistake(
        "no_zero_padding",
        "The zero-padding before the first convolution is missing.",
        "Without it the 7x7 convolution never centres on the border's pixels, and the feature maps "
        "of the first stages are smaller than they should be.",
        "Start with ZeroPadding2D((3, 3)).",
        drop("zero_padding"),
    ),
    mistake(
        "zero_padding_size",
        "The zero-padding has the wrong size.",
        "A 7x7 kernel reaches 3 pixels to each side, so 3 is what it needs.",
        "Start with ZeroPadding2D((3, 3)).",
        *(options("zero_padding", size=size) for size in (1, 2, 4)),
    ),
    mistake(
        "stem_padding_same",
        "The first convolution pads by itself.",
        "The zero-padding before it has done that already. With 'same' instead of it, or in "
        "addition to it, the pixels are shifted or the image is too large.",
        "After ZeroPadding2D((3, 3)) the convolution needs no padding: 'valid', the default.",
        (drop("zero_padding"), options("conv_stem", padding="same")),
        options("conv_stem", padding="same"),
    ),
    mistake(
        "stem_filters",
        "The first convolution does not have 64 filters.",
        _WHY_STEM,
        "64 filters, 7x7, stride 2.",
        *(options("conv_stem", filters=n) for n in (32, 128)),
    ),
    mistake(
        "stem_kernel",
        "The first convolution is not 7x7.",
        _WHY_STEM,
        "64 filters, 7x7, stride 2.",
        *(options("conv_stem", kernel=n) for n in (3, 5)),
    ),
    mistake(
        "stem_stride",
        "The first convolution does not have stride 2.",
        _WHY_STEM,
        "64 filters, 7x7, stride 2.",
        options("conv_stem", stride=1),
    ),
    mistake(
        "no_bn_stem",
        "BatchNorm is missing after the first convolution.",
        "The first block then gets activations of any scale.",
        "Stage 1: convolution, BatchNorm, ReLU, max pooling.",
        drop("bn_stem"),
    ),
    mistake(
        "bn_axis_stem",
        "The first BatchNorm normalises over the wrong axis.",
        "Images here are (batch, height, width, channels); BatchNorm belongs to the channels.",
        "Use axis=3 (or -1).",
        _axis(1),
        _axis(2),
    ),
    mistake(
        "no_relu_stem",
        "ReLU is missing after the first BatchNorm.",
        "The max pooling is then the only non-linear step before stage 2, and negative values "
        "pass through it.",
        "Stage 1: convolution, BatchNorm, ReLU, max pooling.",
        drop("relu_stem"),
    ),
    mistake(
        "bn_after_relu_stem",
        "In stage 1 BatchNorm comes after ReLU instead of before it.",
        "BatchNorm should centre what ReLU is about to cut at zero.",
        "Stage 1: convolution, BatchNorm, ReLU, max pooling.",
        swap("bn_stem", "relu_stem"),
    ),
    mistake(
        "activation_in_stem",
        "The first convolution has an activation, in addition to the ReLU after BatchNorm.",
        "BatchNorm should centre what ReLU is about to cut at zero. An activation inside the "
        "convolution cuts it before that.",
        "Remove the argument `activation` from the first Conv2D.",
        options("conv_stem", activation="relu"),
    ),
    mistake(
        "no_max_pool",
        "The max pooling of stage 1 is missing.",
        _WHY_STEM,
        "End stage 1 with MaxPooling2D((3, 3), strides=(2, 2)).",
        drop("max_pool"),
    ),
    mistake(
        "max_pool_window",
        "The max pooling of stage 1 has the wrong window, stride or padding.",
        _WHY_STEM,
        "End stage 1 with MaxPooling2D((3, 3), strides=(2, 2)).",
        options("max_pool", window=2),
        options("max_pool", stride=None),
        options("max_pool", padding="same"),
        options("max_pool", stride=1),
    ),
    mistake(
        "average_for_max_pool",
        "Stage 1 ends with average pooling instead of max pooling.",
        "It is another function: the weights of this network would not fit.",
        "End stage 1 with MaxPooling2D((3, 3), strides=(2, 2)).",
        lambda spec, arguments: setattr(spec.step("max_pool"), "kind", "average_pool"),
    ),
]

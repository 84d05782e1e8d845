"""Mistakes in ResNet50: its stem, its stages, its head."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, drop, insert, mistake, options, swap
from grading.catalogue.reference_blocks import Step
from grading.catalogue.reference_resnet50 import Network

_WHY_DEPTH = (
    "The number of blocks per stage (3, 4, 6, 3) is what makes it ResNet50: 1 + 3 * 16 + 1 = 50 "
    "layers with weights. Trained weights for 50 layers fit no other number."
)
_WHY_STAGES = (
    "From stage to stage height and width are halved and the channels doubled, so each stage "
    "costs about the same and looks at a larger part of the image."
)
_WHY_STEM = (
    "The stem brings a 64x64 image down to 15x15 before the first block; every later shape "
    "follows from it."
)
_NAMES = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
_COUNTS = {2: (2, 4, 1), 3: (3, 5, 2), 4: (5, 7, 4), 5: (2, 4, 1)}
_FILTERS = {
    2: ([64, 64, 128], [64, 64, 64], [128, 128, 512], [64, 256, 256]),
    3: ([128, 128, 256], [64, 64, 256], [128, 128, 1024], [128, 512, 512]),
    4: ([256, 256, 512], [128, 128, 512], [256, 256, 256], [256, 256, 2048]),
    5: ([512, 512, 1024], [256, 256, 2048], [256, 256, 1024], [1024, 1024, 2048]),
}


def stage(number: int, **changes):
    """An edit of one stage: count, filters, stride, f, first, others."""

    def edit(spec: Network, arguments: dict) -> None:
        for key, value in changes.items():
            setattr(spec.stage(number), key, value)

    return edit


def every_stage(**changes):
    """An edit of all stages."""

    def edit(spec: Network, arguments: dict) -> None:
        for one in spec.stages:
            for key, value in changes.items():
                setattr(one, key, value)

    return edit


def _without_stage(number: int):
    def edit(spec: Network, arguments: dict) -> None:
        spec.stages.remove(spec.stage(number))

    return edit


def _axis(axis: int):
    def edit(spec: Network, arguments: dict) -> None:
        spec.step("bn_stem").options["axis"] = axis

    return edit


def _network(**changes):
    def edit(spec: Network, arguments: dict) -> None:
        for key, value in changes.items():
            setattr(spec, key, value)

    return edit


def _fixed_classes(number: int):
    def edit(spec: Network, arguments: dict) -> None:
        spec.step("dense").options["units"] = number

    return edit


def _stage_mistakes(number: int) -> list[Mistake]:
    right = {2: 3, 3: 4, 4: 6, 5: 3}[number]
    stride = 2 if number == 2 else 1
    say = "keeps the size (s=1): the max pooling before it has just halved it" if number == 2 else (
        "halves height and width (s=2)"
    )  # fmt: skip
    return [
        mistake(
            f"stage{number}_blocks",
            f"Stage {number} has not the right number of blocks.",
            _WHY_DEPTH,
            f"Stage {number} is one convolutional block and {right - 1} identity blocks.",
            *(stage(number, count=count) for count in _COUNTS[number]),
        ),
        mistake(
            f"stage{number}_filters",
            f"Stage {number} has not the right filters.",
            _WHY_STAGES,
            f"Look up the three numbers of filters of stage {number} in the exercise; all blocks "
            "of a stage have the same.",
            *(stage(number, filters=filters) for filters in _FILTERS[number]),
        ),
        mistake(
            f"stage{number}_stride",
            f"The convolutional block of stage {number} has the wrong stride.",
            _WHY_STAGES,
            f"The convolutional block of stage {number} {say}.",
            stage(number, stride=stride),
        ),
    ]


def _rescaled(**settings):
    def edit(spec: Network, arguments: dict) -> None:
        spec.stem.insert(0, Step("rescaling", "rescaling", settings))

    return edit


_STEM = [
    mistake(
        "input_rescaled",
        "The network rescales its input.",
        "The lessons divide pixels by 255 when they load them; a second time makes all of them "
        "nearly 0.",
        "Take the Rescaling layer out: the first layer is the zero-padding.",
        _rescaled(scale=1 / 255),
        _rescaled(scale=1 / 127.5, offset=-1.0),
    ),
    mistake(
        "no_zero_padding",
        "The zero-padding before the first convolution is missing.",
        "Without it the 7x7 convolution never centres on the border's pixels, and every later "
        "shape is smaller than it should be.",
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
        "The zero-padding before it has done that already. With 'same' instead of it, or beside "
        "it, the pixels are shifted or the image is too large.",
        "After ZeroPadding2D((3, 3)) the convolution needs no padding: 'valid', the default.",
        (drop("zero_padding"), options("conv_stem", padding="same")),
        options("conv_stem", padding="same"),
    ),
    mistake(
        "stem_filters",
        "The first convolution has not 64 filters.",
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
        "The first convolution has not stride 2.",
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
        "Two convolutions with nothing non-linear between them are together one linear map.",
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
        "The first convolution has an activation of its own, beside the ReLU after BatchNorm.",
        "BatchNorm should centre what ReLU is about to cut at zero. An activation inside the "
        "convolution cuts it before that.",
        "Take the argument `activation` out of the first Conv2D.",
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

_STAGES = [
    mistake(
        "stage_missing",
        "A whole stage is missing.",
        _WHY_DEPTH,
        "Count your stages: after stage 1 there are four, numbered 2 to 5.",
        *(_without_stage(number) for number in (2, 3, 4, 5)),
    ),
    mistake(
        "no_convolutional_block",
        "A stage begins with an identity block.",
        "The number of channels changes at the beginning of a stage, and the identity block "
        "cannot change it: its shortcut would not fit.",
        "Begin each stage with the convolutional block.",
        every_stage(first="identity"),
        *(stage(number, first="identity") for number in (3, 4, 5)),
    ),
    mistake(
        "convolutional_for_identity",
        "Convolutional blocks stand where identity blocks should.",
        "Each extra convolution on a shortcut is one more layer on the path that the gradient "
        "should have for free.",
        "In each stage only the first block is convolutional.",
        every_stage(others="convolutional"),
        *(stage(number, others="convolutional") for number in (2, 3, 4, 5)),
    ),
    mistake(
        "kernel_size",
        "The blocks' middle convolutions are not 3x3.",
        "3x3 is the smallest kernel with a centre and a neighbour on each side.",
        "Call every block with f=3.",
        *(every_stage(f=n) for n in (1, 2, 5, 7)),
        *(stage(number, f=2) for number in (2, 3, 4, 5)),
    ),
    *(entry for number in (2, 3, 4, 5) for entry in _stage_mistakes(number)),
]

_HEAD = [
    mistake(
        "no_average_pool",
        "The average pooling at the end is missing.",
        "Without it the dense layer has four times the weights, one set for each position.",
        "After stage 5 comes AveragePooling2D((2, 2)).",
        drop("average_pool"),
    ),
    mistake(
        "max_for_average_pool",
        "The pooling at the end is max pooling instead of average pooling.",
        "The average looks at all positions; the maximum hands a gradient to one of them only.",
        "After stage 5 comes AveragePooling2D((2, 2)).",
        lambda spec, arguments: setattr(spec.step("average_pool"), "kind", "max_pool"),
    ),
    mistake(
        "global_average_pool",
        "Global average pooling stands in place of AveragePooling2D((2, 2)).",
        "For a 64x64 image they are the same. For a larger one global pooling averages "
        "everything away that the 2x2 window keeps apart.",
        "Use AveragePooling2D((2, 2)) and Flatten().",
        (
            drop("flatten"),
            lambda spec, arguments: setattr(
                spec.step("average_pool"), "kind", "global_average_pool"
            ),
        ),
    ),
    mistake(
        "average_pool_window",
        "The average pooling at the end has the wrong window, stride or padding.",
        "Its window decides how many numbers reach the dense layer.",
        "After stage 5 comes AveragePooling2D((2, 2)) without padding.",
        options("average_pool", padding="same"),
        options("average_pool", window=1),
        options("average_pool", window=3),
        options("average_pool", window=7),
        options("average_pool", window=7, padding="same"),
        options("average_pool", stride=1),
    ),
    mistake(
        "no_flatten",
        "The Flatten before the dense layer is missing.",
        "A dense layer works on the last axis only, so there would be class probabilities for "
        "each position instead of for the image.",
        "Put Flatten() between the average pooling and the dense layer.",
        drop("flatten"),
    ),
    mistake(
        "no_softmax",
        "The last layer has no softmax.",
        "Its outputs are then no probabilities, and the cross-entropy loss, which expects "
        "probabilities, trains on nonsense.",
        "Give the dense layer activation='softmax'.",
        options("dense", activation=None),
    ),
    mistake(
        "wrong_output_activation",
        "The last layer has another activation than softmax.",
        "Only softmax makes the outputs probabilities that sum to 1.",
        "Give the dense layer activation='softmax'.",
        *(options("dense", activation=name) for name in ("sigmoid", "relu", "tanh")),
    ),
    mistake(
        "classes_fixed",
        "The number of classes is fixed instead of taken from `classes`.",
        "Called with another number of classes the network would still give the old one.",
        "Use the argument `classes` for the dense layer's units.",
        *(_fixed_classes(number) for number in (6, 10, 1000)),
    ),
    mistake(
        "extra_dense",
        "There is an extra layer before the last dense layer.",
        "It is no longer ResNet50, whose head is one dense layer, and its weights would not fit.",
        "After Flatten comes the last dense layer at once.",
        *(
            insert("flatten", "extra", "dense_relu", units=units)
            for units in (64, 128, 256, 512, 1024)
        ),
        insert("flatten", "extra", "dropout", rate=0.5),
    ),
    mistake(
        "input_shape_ignored",
        "The input's shape is fixed instead of taken from `input_shape`.",
        "The network then takes images of one size only, whatever it was asked for.",
        "Begin with Input(input_shape).",
        _network(input_shape=(64, 64, 3)),
        _network(input_shape=(224, 224, 3)),
    ),
    mistake(
        "returns_nothing",
        "The network is built to the end, but the function returns nothing.",
        "A Python function without `return` gives None.",
        "Make a Model from the input and the last tensor, and return it.",
        _network(returns="nothing"),
    ),
]

RESNET50_MISTAKES: list[Mistake] = [*_STEM, *_STAGES, *_HEAD]

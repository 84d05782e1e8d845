"""Mistakes in a residual block: wrong sizes, and wrong options of its layers."""

from __future__ import annotations

from itertools import product

from grading.catalogue.mistake import Mistake, every, insert, mistake, options, replace

_WHY_SIZE = (
    "The block is called again with other kernel sizes and other filters. With a fixed number it "
    "computes something else there, or its two paths no longer fit."
)
_BN_SETTINGS = ("scale", "center", "trainable")


def size_f(arguments: dict) -> int:
    """Return the call's kernel size f."""
    return arguments["f"]


def _filters(order: tuple[int, int, int]):
    """Return an edit that uses F1, F2, F3 in another order."""

    def edit(spec, arguments: dict) -> None:
        for name, index in zip(("conv2a", "conv2b", "conv2c"), order, strict=True):
            spec.step(name).options["filters"] = arguments["filters"][index]

    return edit


def _fixed_filters(f1: int, f2: int, f3: int):
    def edit(spec, arguments: dict) -> None:
        for name, value in zip(("conv2a", "conv2b", "conv2c"), (f1, f2, f3), strict=True):
            spec.step(name).options["filters"] = value
        for step in spec.shortcut:
            if step.kind == "conv":
                step.options["filters"] = f3

    return edit


OPTIONS: list[Mistake] = [
    mistake(
        "f_hard_coded",
        "The kernel size of the second convolution is a fixed number instead of f.",
        _WHY_SIZE,
        "Use the argument f in the second step's kernel size.",
        *(options("conv2b", kernel=n) for n in (1, 2, 3, 5, 7)),
    ),
    mistake(
        "f_misplaced",
        "The kernel size f is used in the wrong step.",
        "In the bottleneck only the second convolution looks at a neighbourhood; the 1x1 "
        "convolutions before and after it only change the number of channels.",
        "Kernel sizes along the main path: 1x1, fxf, 1x1.",
        (options("conv2a", kernel=size_f, padding="same"), options("conv2b", kernel=1)),
        (options("conv2c", kernel=size_f, padding="same"), options("conv2b", kernel=1)),
        options("conv2a", kernel=size_f, padding="same"),
        options("conv2c", kernel=size_f, padding="same"),
        (
            options("conv2a", kernel=size_f, padding="same"),
            options("conv2c", kernel=size_f, padding="same"),
        ),
        options("conv2a", kernel=size_f),
        options("conv2c", kernel=size_f),
    ),
    mistake(
        "filters_order",
        "F1, F2 and F3 are mixed up.",
        "The three numbers make the bottleneck: few channels inside, many at its end, and only "
        "with F3 last does the main path fit the shortcut.",
        "Step 1 has F1 filters, step 2 has F2, and step 3 has F3. Compare the three lines.",
        *(_filters(order) for order in product(range(3), repeat=3) if order != (0, 1, 2)),
    ),
    mistake(
        "filters_hard_coded",
        "The numbers of filters are fixed instead of taken from `filters`.",
        _WHY_SIZE,
        "Unpack F1, F2, F3 = filters and use them.",
        _fixed_filters(2, 4, 6),
        _fixed_filters(64, 64, 256),
    ),
    mistake(
        "valid_for_same",
        "The second convolution has padding 'valid' instead of 'same'.",
        "'valid' cuts off the border, so the main path becomes smaller than the shortcut and the "
        "two cannot be added.",
        "Give the fxf convolution padding='same'; the 1x1 convolutions need no padding.",
        options("conv2b", padding="valid"),
    ),
    mistake(
        "bn_axis",
        "BatchNorm normalises over the wrong axis.",
        "Images here are (batch, height, width, channels). Over another axis BatchNorm keeps a "
        "mean per row or column instead of per channel, and fits only one image size.",
        "Use axis=3 (or -1), the channels.",
        *(every("bn", axis=axis) for axis in (1, 2)),
        *(options(f"bn{name}", axis=axis) for name in ("2a", "2b", "2c") for axis in (1, 2)),
    ),
    mistake(
        "bn_settings",
        "BatchNorm is not set up as usual: scale, center or trainable is switched off.",
        "gamma and beta (scale and center) let each channel learn the spread and the mean that "
        "suit the next layer; with trainable=False BatchNorm never looks at the batch.",
        "Call BatchNormalization with the axis and a name, and leave the rest as it is.",
        *(every("bn", **{setting: False}) for setting in _BN_SETTINGS),
        every("bn", scale=False, center=False),
        *(
            options(f"bn{name}", **{setting: False})
            for name in ("2a", "2b", "2c")
            for setting in _BN_SETTINGS
        ),
    ),
    mistake(
        "layer_norm",
        "There is LayerNormalization in place of BatchNorm.",
        "It normalises each position over its channels; BatchNorm normalises each channel over "
        "the batch. That is another function, with other weights.",
        "Use BatchNormalization over the channels axis.",
        replace("bn", "layer_norm"),
        *(replace("bn", "layer_norm", f"bn{name}") for name in ("2a", "2b", "2c")),
    ),
    mistake(
        "layer_reused",
        "One layer object is called twice, so two places share their weights.",
        "A layer object owns its weights. Calling it again repeats the same filters (or the same "
        "statistics) instead of learning new ones.",
        "Create a new layer, with a name of its own, for each place.",
        (options("bn2a", share="bn"), options("bn2b", share="bn")),
        (
            options("bn2a", share="bn"),
            options("bn2b", share="bn"),
            options("bn2c", share="bn"),
        ),
        (options("bn2b", share="bn"), options("bn2c", share="bn")),
        (options("conv2a", share="conv"), options("conv2c", share="conv")),
    ),
    mistake(
        "training_baked_in",
        "training=True is built into BatchNorm.",
        "The block then always normalises with the current batch: a prediction for one image "
        "depends on the other images in its batch. Keras sets the flag by itself: on in fit, off "
        "in predict.",
        "Call BatchNormalization(...)(X) without the training argument.",
        every("bn", training=True),
        *(options(f"bn{name}", training=True) for name in ("2a", "2b", "2c")),
    ),
    mistake(
        "dropout_added",
        "There is a Dropout in the block.",
        "ResNet has none; together with BatchNorm it makes training and prediction differ.",
        "Remove the Dropout.",
        *(
            insert(place, "dropout", "dropout", rate=rate)
            for rate in (0.5, 0.2, 0.25, 0.3, 0.1)
            for place in ("relu2a", "relu2b", "bn2c", "relu_out")
        ),
    ),
]

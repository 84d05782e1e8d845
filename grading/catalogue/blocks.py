"""Mistakes that identity block and convolutional block have in common."""

from __future__ import annotations

from itertools import product

from grading.catalogue.mistake import (
    Mistake,
    drop,
    drop_kind,
    every,
    insert,
    mistake,
    options,
    replace,
    setting,
    swap,
)

_WHY_BN = (
    "Without BatchNorm the scale of the activations is free to drift from layer to layer, and a "
    "deep network becomes slow or impossible to train."
)
_WHY_LINEAR = (
    "Two convolutions with nothing non-linear between them are together one linear map: the "
    "second one adds parameters but no power."
)
_WHY_SIZE = (
    "Main path and shortcut can only be added where height, width and channels agree, and a block "
    "is reused at every size: each number has to come from the arguments."
)


def size_f(arguments: dict) -> int:
    """The kernel size that was asked for."""
    return arguments["f"]


def _filters(order: tuple[int, int, int]):
    """An edit that takes F1, F2, F3 in another order."""

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


def _missing_component(number: str, name: str) -> Mistake:
    relu = () if name == "2c" else (f"relu{name}",)
    return mistake(
        f"no_component_{name}",
        f"The {number} component of the main path is missing, or nothing goes on from it.",
        "The block is a bottleneck of three components: 1x1 to make the channels few, fxf to "
        "look around, 1x1 to make them many again. Without one of them it computes less.",
        f"Follow X from layer to layer: there should be three convolutions on its way. The "
        f"{number} one is not among them.",
        drop(f"conv{name}", f"bn{name}", *relu),
    )


def _missing_norm(number: str, name: str) -> Mistake:
    return mistake(
        f"no_bn_{name}",
        f"BatchNorm is missing in the {number} component of the main path.",
        _WHY_BN,
        f"Follow the {number} convolution with BatchNormalization over the channels axis.",
        drop(f"bn{name}"),
    )


def _missing_relu(number: str, name: str) -> Mistake:
    return mistake(
        f"no_relu_{name}",
        f"The ReLU after the {number} component's BatchNorm is missing.",
        _WHY_LINEAR,
        f"The {number} component is convolution, BatchNorm, ReLU, in this order.",
        drop(f"relu{name}"),
    )


_MISSING = [
    _missing_component("first", "2a"),
    _missing_component("second", "2b"),
    _missing_component("third", "2c"),
    _missing_norm("first", "2a"),
    _missing_norm("second", "2b"),
    _missing_norm("third", "2c"),
    _missing_relu("first", "2a"),
    _missing_relu("second", "2b"),
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
        "ReLU belongs after the first and the second component, and after the addition.",
        drop_kind("relu"),
        drop("relu2a", "relu2b"),
    ),
    mistake(
        "third_from_input",
        "The third component starts from the block's input: the first two are not used.",
        "The two components before it are computed for nothing, and nothing that they learn "
        "reaches the result.",
        "Each component starts from what the one before it gave.",
        drop("conv2a", "bn2a", "relu2a", "conv2b", "bn2b", "relu2b"),
    ),
]

_ACTIVATIONS = ("sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu", "relu6", "softmax")
_RELUS = ("relu2a", "relu2b", "relu_out")

_RELU = [
    mistake(
        "no_final_relu",
        "There is no ReLU after the addition.",
        "The next block then starts with a convolution of a plain sum: the block's last "
        "non-linearity is lost.",
        "After main path and shortcut are added, the sum goes through one more ReLU.",
        drop("relu_out"),
    ),
    mistake(
        "relu_before_add",
        "ReLU comes before the addition instead of after it.",
        "After a ReLU the main path can only add to what the shortcut carries, never take "
        "anything away, so a block can no longer correct its input downwards.",
        "Add the shortcut to what BatchNorm of the third component gives; ReLU comes after.",
        (drop("relu_out"), insert("bn2c", "relu2c", "relu")),
    ),
    mistake(
        "relu_in_third",
        "The third component of the main path ends with a ReLU of its own.",
        "After a ReLU the main path can only add to what the shortcut carries, never take "
        "anything away. That is why the third component stops at BatchNorm.",
        "Take the ReLU out between the third BatchNorm and the addition; keep the one after it.",
        insert("bn2c", "relu2c", "relu"),
    ),
    mistake(
        "bn_after_relu",
        "BatchNorm comes after ReLU instead of before it.",
        "BatchNorm should centre what ReLU is about to cut at zero. The other way round, ReLU "
        "cuts what happens to be negative, and its output is shifted again.",
        "In each component: convolution, then BatchNorm, then ReLU. (An activation inside Conv2D "
        "comes before BatchNorm.)",
        (swap("bn2a", "relu2a"), swap("bn2b", "relu2b")),
        swap("bn2a", "relu2a"),
        swap("bn2b", "relu2b"),
    ),
    mistake(
        "activation_in_convolution",
        "A convolution has an activation of its own, beside the ReLU after BatchNorm.",
        "BatchNorm should centre what ReLU is about to cut at zero. An activation inside the "
        "convolution cuts it before that.",
        "Take the argument `activation` out of Conv2D.",
        *(options(f"conv{name}", activation="relu") for name in ("2a", "2b", "2c")),
        (options("conv2a", activation="relu"), options("conv2b", activation="relu")),
        every("conv", activation="relu"),
    ),
    mistake(
        "preactivation",
        "BatchNorm and ReLU come before their convolution instead of after it.",
        "This is another design (pre-activation, He et al. 2016). It trains too, but it is "
        "another function, and the trained weights of this one would not fit.",
        "In each component: first the convolution, then BatchNorm, then ReLU.",
        lambda spec, arguments: _preactivate(spec),
    ),
    mistake(
        "wrong_activation",
        "An activation is not ReLU.",
        "Sigmoid and tanh flatten out for large values, so their gradient vanishes: the very "
        "problem that residual networks are built against. Others, such as LeakyReLU, do not, but "
        "weights that were trained with ReLU do not fit them.",
        "Every activation in the block is 'relu'.",
        *(every("relu", function=name) for name in _ACTIVATIONS),
        *(options(place, function=name) for place in _RELUS for name in _ACTIVATIONS),
        replace("relu", "leaky_relu"),
        *(replace("relu", "leaky_relu", place) for place in _RELUS),
    ),
]


def _preactivate(spec) -> None:
    order = ["bn2a", "relu2a", "conv2a", "bn2b", "relu2b", "conv2b", "bn2c", "conv2c"]
    steps = [spec.step(name) for name in order]
    spec.main[:] = steps


_MERGE = [
    mistake(
        "no_shortcut",
        "The shortcut is never added: the block returns its main path alone.",
        "The sum is what makes it a residual block. Without it the gradient has to pass through "
        "every layer again, and depth hurts.",
        "Add the main path and the shortcut with Add() before the last ReLU.",
        setting(merge="main"),
    ),
    mistake(
        "adds_itself",
        "The main path is added to itself; the shortcut is not used.",
        "Doubling a tensor opens no second path for the gradient.",
        "Look at the two tensors in your addition: one is the main path, the other the shortcut.",
        setting(merge="main_twice"),
    ),
    mistake(
        "main_path_unused",
        "The main path is missing or not used: only the shortcut reaches the result.",
        "Whatever the main path computes is thrown away: nothing in the block can learn.",
        "Look at the two tensors in your addition, and at what the last ReLU is called on.",
        setting(merge="shortcut_twice"),
        setting(merge="shortcut"),
    ),
    mistake(
        "merge_multiply",
        "Main path and shortcut are multiplied instead of added.",
        "The gradient of a product is scaled by the other factor, so it vanishes where that is "
        "small. The gradient of a sum passes unchanged.",
        "Use Add(), or +.",
        setting(merge="multiply"),
    ),
    mistake(
        "merge_concatenate",
        "Main path and shortcut are concatenated instead of added.",
        "Concatenation doubles the channels (as DenseNet does), so the next identity block "
        "would not fit, and no residual is learned.",
        "Use Add(), or +: the shape does not change.",
        setting(merge="concatenate"),
    ),
    mistake(
        "merge_average",
        "Main path and shortcut are averaged instead of added.",
        "Each block then halves what the shortcut carries; after 16 blocks a 65,536th is left.",
        "Use Add(), or +.",
        setting(merge="average"),
    ),
    mistake(
        "merge_subtract",
        "Main path and shortcut are subtracted instead of added.",
        "The shortcut should hand its input on unchanged; a minus turns it round in every block.",
        "Use Add(), or +.",
        setting(merge="subtract"),
    ),
    mistake(
        "merge_maximum",
        "The larger of main path and shortcut is taken instead of their sum.",
        "The gradient then flows through one of the two paths only, never through both.",
        "Use Add(), or +.",
        setting(merge="maximum"),
    ),
    mistake(
        "returns_shortcut",
        "The block returns the shortcut instead of its result.",
        "Everything the main path computes is thrown away: nothing in the block can learn.",
        "Return what the last ReLU gives.",
        setting(returns="shortcut"),
    ),
    mistake(
        "returns_main_path",
        "The block returns its main path before the addition.",
        "The sum is computed but thrown away, so there is no shortcut.",
        "Return what the last ReLU gives; do not keep the main path under another name.",
        setting(returns="main"),
    ),
    mistake(
        "returns_nothing",
        "The block is built to the end but returns nothing.",
        "A Python function without `return` gives None, and the next layer cannot start from it.",
        "End the function with `return X`.",
        setting(returns="nothing"),
    ),
    mistake(
        "shortcut_late",
        "The shortcut starts after the first component instead of at the block's input.",
        "A shortcut has to carry the input past the whole block. From later on it skips less, "
        "and its number of channels does not fit.",
        "Keep the input in X_shortcut before the first convolution changes X.",
        setting(fork="relu2a"),
        setting(fork="conv2a"),
        setting(fork="bn2a"),
        setting(fork="relu2b"),
    ),
]

_BN_SETTINGS = ("scale", "center", "trainable")

_NUMBERS = [
    mistake(
        "f_hard_coded",
        "The kernel size of the second convolution is a fixed number instead of f.",
        _WHY_SIZE,
        "Use the argument f in the second component's kernel size.",
        *(options("conv2b", kernel=n) for n in (1, 2, 3, 5, 7)),
    ),
    mistake(
        "f_misplaced",
        "The kernel size f is used in the wrong component.",
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
        "F1, F2 and F3 are used in the wrong order.",
        "The three numbers make the bottleneck: few channels inside, many at its end, and only "
        "with F3 last does the main path fit the shortcut.",
        "Components one, two and three have F1, F2 and F3 filters.",
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
        "mean per row or column instead of per channel, and would not fit another image size.",
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
        "It takes mean and spread of each position over the channels, BatchNorm those of each "
        "channel over the batch: another function, with other weights.",
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
        "depends on which others are beside it. Keras sets the flag by itself: on in fit, off "
        "in predict.",
        "Call BatchNormalization(...)(X) without the training argument.",
        every("bn", training=True),
        *(options(f"bn{name}", training=True) for name in ("2a", "2b", "2c")),
    ),
    mistake(
        "dropout_added",
        "There is a Dropout in the block.",
        "ResNet has none; together with BatchNorm it makes training and prediction differ.",
        "Take the Dropout out.",
        *(
            insert(place, "dropout", "dropout", rate=rate)
            for rate in (0.5, 0.2, 0.25, 0.3, 0.1)
            for place in ("relu2a", "relu2b", "bn2c", "relu_out")
        ),
    ),
]

BLOCK_MISTAKES: list[Mistake] = [*_MERGE, *_RELU, *_MISSING, *_NUMBERS]

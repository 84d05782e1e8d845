"""The mistakes in a squeeze-and-excitation block."""

from __future__ import annotations

from collections.abc import Callable

from grading.catalogue.mistake import (
    Mistake,
    drop,
    insert,
    mistake,
    options,
    setting,
)
from grading.catalogue.reference_blocks import LayerSpec
from grading.catalogue.se_sizes import SIZES, STEPS

_FACTORS = "The gate should give a factor between 0 and 1 for each channel"
_JOIN = (
    "Multiply the input of the block by the factors, with Multiply() or *, and return the product."
)


def _kind(name: str, kind: str, **step_options) -> Callable:
    """Return an edit that puts a step of another kind in place of the step `name`."""

    def edit(spec, arguments: dict) -> None:
        step = spec.step(name)
        step.kind, step.options = kind, step_options

    return edit


def _after(kind: str, **step_options) -> Callable:
    """Return an edit that puts a layer after the multiplication."""
    return lambda spec, arguments: spec.after.append(LayerSpec("after", kind, step_options))


_SQUEEZE: list[Mistake] = [
    mistake(
        "max_squeeze",
        "The largest value of each channel is taken instead of its average.",
        "The largest value depends on a single position. The average says how strong a channel is "
        "in the whole image, and weights that were trained with it do not fit the maximum.",
        "Use the average over all positions: GlobalAveragePooling2D.",
        _kind("squeeze", "global_max_pool"),
    ),
    mistake(
        "sum_squeeze",
        "The values of each channel are added up instead of averaged.",
        "The sum grows with the size of the image. The sigmoid then saturates, and the same "
        "weights behave differently for larger images.",
        "Use the average over all positions: GlobalAveragePooling2D.",
        _kind("squeeze", "sum", axis=(1, 2)),
    ),
    mistake(
        "squeeze_over_channels",
        "The average goes over the channels instead of the positions.",
        "What is left is one number for each position, and nothing about any single channel. But "
        "the factors should say which channels matter.",
        "Average over height and width (axes 1 and 2), and keep the channels.",
        _kind("squeeze", "mean", axis=3),
    ),
    mistake(
        "squeeze_over_one_side",
        "The average goes over only one side of the image.",
        "Then each row or column gets factors of its own. A factor should hold for the whole "
        "channel, so it must have seen all of its positions.",
        "Average over height and width: GlobalAveragePooling2D does both.",
        _kind("squeeze", "mean", axis=1),
        _kind("squeeze", "mean", axis=2),
    ),
    mistake(
        "no_squeeze",
        "The average over the positions is missing.",
        "The dense layers then compute factors for each position from this position alone. The "
        "block should look at the whole image first: that is the squeeze in its name.",
        "Begin with the average over all positions: GlobalAveragePooling2D.",
        drop("squeeze"),
    ),
]

_ACTIVATIONS: list[Mistake] = [
    mistake(
        "final_relu",
        "The gate ends with a ReLU instead of a sigmoid.",
        _FACTORS + ". After a ReLU, a factor can be as large as it likes, and a channel whose sum "
        "is negative is switched off without a gradient to bring it back.",
        "The last activation of the gate is a sigmoid.",
        options("expand", activation="relu"),
    ),
    mistake(
        "final_softmax",
        "The gate ends with a softmax instead of a sigmoid.",
        "The factors of a softmax add up to 1, so the channels compete: with 64 of them, an "
        "average channel is divided by 64. With a sigmoid, each channel has a factor of its own.",
        "The last activation of the gate is a sigmoid.",
        options("expand", activation="softmax"),
    ),
    mistake(
        "final_tanh",
        "The gate ends with a tanh instead of a sigmoid.",
        _FACTORS + ". A tanh lies between -1 and 1: it can flip the sign of a channel.",
        "The last activation of the gate is a sigmoid.",
        options("expand", activation="tanh"),
    ),
    mistake(
        "no_sigmoid",
        "There is no activation at the end of the gate.",
        _FACTORS + ". Without the sigmoid a factor can be negative or as large as it likes.",
        "The second dense layer is followed by a sigmoid.",
        options("expand", activation=None),
    ),
    mistake(
        "final_other",
        "The gate ends with another activation than sigmoid.",
        _FACTORS + ". Others have other limits, or none, and trained weights do not fit them.",
        "The last activation of the gate is a sigmoid.",
        *(
            options("expand", activation=name)
            for name in ("hard_sigmoid", "silu", "gelu", "elu", "softplus", "leaky_relu")
        ),
    ),
    mistake(
        "no_relu_between",
        "There is no activation between the two dense layers.",
        "Without one, the two layers are together one linear map: a channel can only raise or "
        "lower the factor of another, whatever the rest of the image shows.",
        "Put a ReLU after the first dense layer.",
        options("reduce", activation=None),
    ),
    mistake(
        "activations_swapped",
        "ReLU and sigmoid stand in each other's place.",
        _FACTORS + ", which only a sigmoid at its end does. In the middle a sigmoid would flatten "
        "large values.",
        "ReLU comes after the first dense layer, sigmoid after the second.",
        (options("reduce", activation="sigmoid"), options("expand", activation="relu")),
    ),
    mistake(
        "other_activation_between",
        "The activation between the two dense layers is not ReLU.",
        "A sigmoid or tanh flattens out for large values, so its gradient vanishes. Others do not, "
        "but weights that were trained with ReLU do not fit them.",
        "Put a ReLU after the first dense layer.",
        *(
            options("reduce", activation=name)
            for name in ("sigmoid", "tanh", "softmax", "leaky_relu", "elu", "gelu", "silu")
        ),
    ),
]

_JOINED: list[Mistake] = [
    mistake(
        "returns_factors",
        "The block returns the factors without the input.",
        "The input is what the rest of the network needs. The factors only say how much of each "
        "channel should get through.",
        _JOIN,
        setting(merge="main"),
        (options("squeeze", keepdims=False), setting(merge="main")),
    ),
    mistake(
        "added",
        "The factors are added to the input instead of multiplied by it.",
        "A sum shifts all positions of a channel by the same amount. It cannot switch a channel "
        "off: only a factor near 0 can.",
        _JOIN,
        setting(merge="add"),
    ),
    mistake(
        "joined_otherwise",
        "Input and factors are joined, but not by a multiplication.",
        "Each channel should be scaled by its factor. Nothing else keeps a channel as it is for a "
        "factor of 1 and switches it off for 0.",
        _JOIN,
        *(setting(merge=kind) for kind in ("subtract", "average", "maximum", "concatenate")),
    ),
    mistake(
        "input_added",
        "The input is added to the product.",
        "Then a factor of 0 no longer switches the channel off: it leaves it as it is. The "
        "shortcut of the residual block comes later, and it goes around this block too.",
        _JOIN,
        setting(merge="multiply_and_add"),
    ),
    mistake(
        "factors_unused",
        "The factors are not used: the input is returned as it came.",
        "Whatever the gate computes is thrown away: nothing in it can learn.",
        _JOIN,
        setting(merge="shortcut"),
    ),
    mistake(
        "returns_nothing",
        "The block is built to the end but returns nothing.",
        "A Python function without `return` gives None, and the next layer cannot start from it.",
        _JOIN,
        setting(returns="nothing"),
    ),
    mistake(
        "activation_after",
        "There is an activation after the multiplication.",
        "The product is what goes to the residual block's addition. An activation before that "
        "would cut a part of it off.",
        _JOIN,
        _after("relu"),
        _after("activation", function="sigmoid"),
        _after("activation", function="tanh"),
    ),
    mistake(
        "norm_added",
        "There is a BatchNorm in the block.",
        "The gate has none: its input is an average over all positions, so there is little to "
        "normalise. After the product, it would scale back what the factors have scaled.",
        "Remove the BatchNorm. " + STEPS,
        insert("reduce", "norm_reduce", "bn", axis=3),
        insert("expand", "norm_expand", "bn", axis=3),
        (
            insert("reduce", "norm_reduce", "bn", axis=3),
            insert("expand", "norm_expand", "bn", axis=3),
        ),
        _after("bn", axis=3),
    ),
    mistake(
        "dropout_added",
        "There is a Dropout in the block.",
        "The block has none. With it, training and prediction differ.",
        "Remove the Dropout.",
        *(
            insert(place, "dropout", "dropout", rate=rate)
            for rate in (0.5, 0.2)
            for place in ("reduce", "expand")
        ),
    ),
]

MISTAKES: list[Mistake] = [*_JOINED, *_SQUEEZE, *SIZES, *_ACTIVATIONS]

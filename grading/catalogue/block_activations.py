"""Mistakes in a residual block: wrong activations, and activations in the wrong place."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, drop, every, insert, mistake, options, replace, swap

OTHER_ACTIVATIONS = ("sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu", "relu6", "softmax")
_RELUS = ("relu2a", "relu2b", "relu_out")


def _preactivate(spec) -> None:
    order = ["bn2a", "relu2a", "conv2a", "bn2b", "relu2b", "conv2b", "bn2c", "conv2c"]
    steps = [spec.step(name) for name in order]
    spec.main[:] = steps


ACTIVATIONS: list[Mistake] = [
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
        "Add the shortcut to what BatchNorm of the third step gives; ReLU comes after.",
        (drop("relu_out"), insert("bn2c", "relu2c", "relu")),
    ),
    mistake(
        "relu_in_third",
        "The third step of the main path ends with a ReLU of its own.",
        "After a ReLU the main path can only add to what the shortcut carries, never take "
        "anything away. That is why the third step stops at BatchNorm.",
        "Remove the ReLU between the third BatchNorm and the addition; keep the one after it.",
        insert("bn2c", "relu2c", "relu"),
    ),
    mistake(
        "bn_after_relu",
        "BatchNorm comes after ReLU instead of before it.",
        "BatchNorm should centre what ReLU is about to cut at zero. The other way round, ReLU "
        "cuts what happens to be negative, and its output is shifted again.",
        "In each step: convolution, then BatchNorm, then ReLU. (An activation inside Conv2D "
        "comes before BatchNorm.)",
        (swap("bn2a", "relu2a"), swap("bn2b", "relu2b")),
        swap("bn2a", "relu2a"),
        swap("bn2b", "relu2b"),
    ),
    mistake(
        "activation_in_convolution",
        "A convolution has an activation of its own, in addition to the ReLU after BatchNorm.",
        "BatchNorm should centre what ReLU is about to cut at zero. An activation inside the "
        "convolution cuts it before that.",
        "Remove the argument `activation` from Conv2D.",
        *(options(f"conv{name}", activation="relu") for name in ("2a", "2b", "2c")),
        (options("conv2a", activation="relu"), options("conv2b", activation="relu")),
        every("conv", activation="relu"),
    ),
    mistake(
        "preactivation",
        "BatchNorm and ReLU come before their convolution instead of after it.",
        "This is another design (pre-activation, He et al. 2016). It trains too, but it is "
        "another function, and the trained weights of this one would not fit.",
        "In each step: first the convolution, then BatchNorm, then ReLU.",
        lambda spec, arguments: _preactivate(spec),
    ),
    mistake(
        "wrong_activation",
        "An activation is not ReLU.",
        "The slope of the sigmoid is at most a quarter, so the gradient shrinks in each layer: "
        "lesson 1 measures it. Others, such as tanh and LeakyReLU, shrink it less or not at all, "
        "but weights that were trained with ReLU do not fit them.",
        "Every activation in the block is 'relu'.",
        *(every("relu", function=name) for name in OTHER_ACTIVATIONS),
        *(options(place, function=name) for place in _RELUS for name in OTHER_ACTIVATIONS),
        replace("relu", "leaky_relu"),
        *(replace("relu", "leaky_relu", place) for place in _RELUS),
    ),
]

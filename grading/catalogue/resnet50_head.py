"""Mistakes in ResNet50: its head, its input and its output."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, drop, insert, mistake, options, setting
from grading.catalogue.reference_resnet50 import NetworkSpec


def _fixed_classes(number: int):
    def edit(spec: NetworkSpec, arguments: dict) -> None:
        spec.step("dense").options["units"] = number

    return edit


HEAD: list[Mistake] = [
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
        "The average uses all positions; the maximum passes a gradient to only one of them.",
        "After stage 5 comes AveragePooling2D((2, 2)).",
        lambda spec, arguments: setattr(spec.step("average_pool"), "kind", "max_pool"),
    ),
    mistake(
        "global_average_pool",
        "There is global average pooling in place of AveragePooling2D((2, 2)).",
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
        "Its outputs are then not probabilities, and the cross-entropy loss, which expects "
        "probabilities, trains on nonsense.",
        "Give the dense layer activation='softmax'.",
        options("dense", activation=None),
    ),
    mistake(
        "wrong_output_activation",
        "The last layer's activation is not softmax.",
        "Only softmax makes the outputs probabilities that sum to 1.",
        "Give the dense layer activation='softmax'.",
        *(options("dense", activation=name) for name in ("sigmoid", "relu", "tanh")),
    ),
    mistake(
        "classes_fixed",
        "The number of classes is fixed instead of taken from `classes`.",
        "Called with another number of classes, the network would still return the old number.",
        "Use the argument `classes` for the dense layer's units.",
        *(_fixed_classes(number) for number in (6, 10, 1000)),
    ),
    mistake(
        "extra_dense",
        "There is an extra layer before the last dense layer.",
        "It is no longer ResNet50, whose head is one dense layer, and its weights would not fit.",
        "The last dense layer comes directly after Flatten.",
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
        setting(input_shape=(64, 64, 3)),
        setting(input_shape=(224, 224, 3)),
    ),
    mistake(
        "returns_nothing",
        "The network is built to the end, but the function returns nothing.",
        "A Python function without `return` gives None.",
        "Make a Model from the input and the last tensor, and return it.",
        setting(returns="nothing"),
    ),
]

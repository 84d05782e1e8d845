"""The mistakes in a pre-activation block."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from grading.catalogue.block_activations import OTHER_ACTIVATIONS
from grading.catalogue.block_merge import MERGE
from grading.catalogue.block_options import OPTIONS
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
from grading.catalogue.reference_blocks import LayerSpec, component

_NAMES = ("2a", "2b", "2c")
_NUMBERS = dict(zip(_NAMES, ("first", "second", "third"), strict=True))
_RELUS = tuple(f"relu{name}" for name in _NAMES)
_LIKELY = ("sigmoid", "tanh", "leaky_relu", "relu6")
_ORDER = "In each component: BatchNorm, then ReLU, then the convolution."
_PLAIN_STREAM = (
    "The point of this block is a stream on which there is nothing but additions. Then the output "
    "of any block is the input of the first block plus a sum of branches, and along the shortcuts "
    "the gradient gets back to every block unchanged."
)


def _order(*kinds: str) -> Callable:
    """Return an edit that puts the steps of each component into this order."""

    def edit(spec, arguments: dict) -> None:
        spec.main[:] = [spec.step(kind + name) for name in _NAMES for kind in kinds]

    return edit


def _final(kind: str) -> Callable:
    """Return an edit that puts a layer after the addition."""
    return lambda spec, arguments: spec.after.append(LayerSpec(f"{kind}_out", kind, {}))


def _final_norm(spec, arguments: dict) -> None:
    spec.after.append(LayerSpec("bn_out", "bn", {"axis": 3}))


def _on_shortcut(kind: str) -> Callable:
    return lambda spec, arguments: spec.shortcut.append(LayerSpec(f"{kind}1", kind, {}))


def _convolution_on_shortcut(spec, arguments: dict) -> None:
    conv, norm = component("1", arguments["filters"][2], 1, False, padding="valid")
    spec.shortcut = [conv, norm]


def _bare_convolution_on_shortcut(spec, arguments: dict) -> None:
    spec.shortcut = component("1", arguments["filters"][2], 1, False, padding="valid")[:1]


def _reworded(mistakes: Iterable[Mistake], words: dict[str, dict[str, str]]) -> list[Mistake]:
    """Those mistakes of the other blocks that are named in `words`, with these words changed."""
    by_id = {entry.id: entry for entry in mistakes}
    return [dataclasses.replace(by_id[id], **changes) for id, changes in words.items()]


# Nothing comes after the addition. So a block that returns its main path is one without a shortcut,
# and a block that returns its shortcut is one without a main path.
_MERGE = _reworded(
    MERGE,
    {
        "no_shortcut": {
            "hint": "Add the main path and the input of the block with Add(), and return the sum."
        },
        "adds_itself": {},
        "main_path_unused": {
            "hint": "Look at the two tensors in your addition, and at what you return."
        },
        "merge_multiply": {},
        "merge_concatenate": {},
        "merge_average": {},
        "merge_subtract": {},
        "merge_maximum": {},
        "returns_nothing": {},
    },
)

_PLACES: list[Mistake] = [
    mistake(
        "relu_after_add",
        "There is a ReLU after the addition.",
        _PLAIN_STREAM + " A ReLU after the sum removes the negative values of the stream.",
        "The sum is the block's output. The next block begins with a BatchNorm and a ReLU.",
        _final("relu"),
    ),
    mistake(
        "norm_after_add",
        "There is a BatchNorm after the addition.",
        _PLAIN_STREAM + " A BatchNorm after the sum scales the stream anew in each block.",
        "The sum is the block's output. The next block begins with a BatchNorm and a ReLU.",
        _final_norm,
        (_final_norm, _final("relu")),
    ),
    mistake(
        "postactivation",
        "The convolutions come before BatchNorm and ReLU: this is the block of lesson 2.",
        _PLAIN_STREAM + " In lesson 2's block a ReLU stands on the stream, after the sum.",
        _ORDER + " After the addition comes nothing.",
        (
            _order("conv", "bn", "relu"),
            drop("relu2c"),
            _final("relu"),
        ),
        (_order("conv", "bn", "relu"), drop("relu2c")),
        _order("conv", "bn", "relu"),
    ),
    mistake(
        "shortcut_late",
        "The shortcut does not start at the block's input, but further back.",
        _PLAIN_STREAM + " If the shortcut starts after BatchNorm and ReLU, it carries what they "
        "make of the input, without its negative values and its scale.",
        "Keep the input in another variable before the first BatchNorm changes X.",
        setting(fork="relu2a"),
        setting(fork="bn2a"),
        setting(fork="conv2a"),
        setting(fork="relu2b"),
    ),
    mistake(
        "relu_on_shortcut",
        "The shortcut goes through a ReLU.",
        _PLAIN_STREAM,
        "Add the block's input as it was saved.",
        _on_shortcut("relu"),
    ),
    mistake(
        "convolution_on_shortcut",
        "The shortcut has a convolution.",
        _PLAIN_STREAM + " Here input and output have the same shape, so the shortcut needs no "
        "layer at all.",
        "Add the block's input as it was saved.",
        _convolution_on_shortcut,
        _bare_convolution_on_shortcut,
    ),
    mistake(
        "no_first_activation",
        "BatchNorm and ReLU are missing before the first convolution.",
        "Nothing stands on the stream, so nobody else normalises what the block reads: the "
        "variance of the stream grows from block to block, and the branch would grow with it.",
        "The block begins with a BatchNorm and a ReLU, on the main path only.",
        drop("bn2a", "relu2a"),
    ),
    mistake(
        "bn_after_relu",
        "BatchNorm comes after ReLU instead of before it.",
        "BatchNorm should centre what ReLU is about to cut at zero. The other way round, ReLU "
        "cuts what happens to be negative, and its output is shifted again.",
        _ORDER,
        _order("relu", "bn", "conv"),
        *(swap(f"bn{name}", f"relu{name}") for name in _NAMES),
    ),
    mistake(
        "convolution_before_relu",
        "ReLU comes after the convolution instead of before it.",
        "The convolution then reads what BatchNorm gives, and the last ReLU of the main path "
        "stands right before the sum: the branch can only add to the stream, never take anything "
        "away.",
        _ORDER,
        _order("bn", "conv", "relu"),
    ),
    mistake(
        "relu_before_add",
        "The main path ends with a ReLU.",
        "After a ReLU the main path can only add to the stream, never take anything away. So the "
        "stream would grow from block to block.",
        "The main path ends with its third convolution.",
        insert("conv2c", "relu_end", "relu"),
    ),
    mistake(
        "bn_before_add",
        "The main path ends with a BatchNorm.",
        "The main path should end with its third convolution. With one more BatchNorm there, the "
        "block has four of them, and the trained weights of others do not fit.",
        "Count: three times BatchNorm, ReLU, convolution, and then the sum.",
        insert("conv2c", "bn_end", "bn", axis=3),
        (
            insert("conv2c", "bn_end", "bn", axis=3),
            insert("bn_end", "relu_end", "relu"),
        ),
    ),
]


def _missing(what: str, title: str, why: str, *steps: str) -> list[Mistake]:
    return [
        mistake(
            f"no_{what}_{name}",
            title.format(number),
            why,
            f"The {number} component is BatchNorm, ReLU, convolution, in this order.",
            drop(*(step + name for step in steps)),
        )
        for name, number in _NUMBERS.items()
    ]


_MISSING: list[Mistake] = [
    *_missing(
        "component",
        "The {} component of the main path is missing, or its output is not used.",
        "The main path has three components: 1x1 to reduce the channels, fxf to look at "
        "neighbours, 1x1 to increase the channels again. Without one it computes less.",
        "bn",
        "relu",
        "conv",
    ),
    *_missing(
        "bn",
        "BatchNorm is missing before the {} convolution.",
        "BatchNorm keeps the branch at the same size while the stream grows. That is what makes a "
        "fresh block nearly the identity.",
        "bn",
    ),
    *_missing(
        "relu",
        "The ReLU before the {} convolution is missing.",
        "Without it, the convolution reads a linear function of what comes before: it has as many "
        "parameters, but the block can compute less.",
        "relu",
    ),
    mistake(
        "no_batchnorm",
        "There is no BatchNorm on the main path.",
        "Without BatchNorm a branch is as large as the stream, and the variance of the stream "
        "doubles with each block.",
        _ORDER,
        drop_kind("bn"),
    ),
    mistake(
        "no_relu",
        "There is no ReLU on the main path.",
        "Without a non-linearity between them, the three convolutions are together one linear map, "
        "which a single one could compute.",
        _ORDER,
        drop_kind("relu"),
    ),
]

_ACTIVATIONS: list[Mistake] = [
    mistake(
        "activation_in_convolution",
        "A convolution has an activation of its own.",
        "BatchNorm should centre what ReLU is about to cut at zero. An activation inside the "
        "convolution cuts it before that; in the third one, it keeps the branch from taking "
        "anything away from the stream.",
        "Remove the argument `activation` from Conv2D.",
        every("conv", activation="relu"),
        (options("conv2a", activation="relu"), options("conv2b", activation="relu")),
        *(options(f"conv{name}", activation="relu") for name in ("2a", "2b")),
    ),
    mistake(
        "wrong_activation",
        "An activation is not ReLU.",
        "Sigmoid and tanh flatten out for large values, so the gradient shrinks in each layer: "
        "lesson 1 measures it. Others, such as LeakyReLU, do not, but "
        "weights that were trained with ReLU do not fit them.",
        "Every activation in the block is 'relu'.",
        *(every("relu", function=name) for name in OTHER_ACTIVATIONS),
        *(options(place, function=name) for place in _RELUS for name in _LIKELY),
        replace("relu", "leaky_relu"),
    ),
    mistake(
        "dropout_added",
        "There is a Dropout in the block.",
        "ResNet has none; together with BatchNorm it makes training and prediction differ.",
        "Remove the Dropout.",
        *(
            insert(place, "dropout", "dropout", rate=rate)
            for rate in (0.5, 0.2)
            for place in (*_RELUS, "conv2c")
        ),
    ),
]

_OPTIONS = [entry for entry in OPTIONS if entry.id != "dropout_added"]

MISTAKES: list[Mistake] = [*_MERGE, *_PLACES, *_MISSING, *_ACTIVATIONS, *_OPTIONS]

"""The mistakes in `small_resnet`: the faults that are left, and what a repair can get wrong.

The words never say which fault is left: finding it is the exercise.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from grading.catalogue.mistake import Edit, Mistake, mistake, setting
from grading.catalogue.reference_blocks import BlockSpec, LayerSpec
from grading.catalogue.small_resnet_reference import SmallNetworkSpec


def _in_every_block(change: Callable[[BlockSpec], None]) -> Edit:
    def edit(spec: SmallNetworkSpec, arguments: dict) -> None:
        for block in spec.blocks:
            change(block)

    return edit


def _softmax(activation: str | None) -> Edit:
    """Return an edit: the dense layer gets this activation, and a softmax of its own follows."""

    def edit(spec: SmallNetworkSpec, arguments: dict) -> None:
        spec.dense.options["activation"] = activation
        spec.head.append(LayerSpec("softmax", "relu", {"function": "softmax"}))

    return edit


def _activation(name: str | None) -> Edit:
    return lambda spec, arguments: spec.dense.options.update(activation=name)


def _norm_after(block: BlockSpec, place: int) -> None:
    """Move the second BatchNorm of the main path to this place, after the addition."""
    norm = block.step("bn2b")
    block.drop("bn2b")
    block.after.insert(place, norm)


# The three faults of the network that learners get.
NORM = _in_every_block(lambda block: block.drop("bn2b"))
ADDITION = _in_every_block(lambda block: setattr(block, "merge", "main_twice"))
HEAD = _softmax("relu")
FAULTS = (NORM, ADDITION, HEAD)


def _with_faults(own: Edit, *others: Edit) -> list[tuple[Edit, ...]]:
    """Return the variants of a wrong repair: alone, and with each choice of faults still there."""
    choices = (itertools.combinations(others, n) for n in range(len(others) + 1))
    return [(*left, own) for left in itertools.chain.from_iterable(choices)]


def _at_both_ends(own: Edit) -> list[tuple[Edit, ...]]:
    """Return the variants of a mistake made before and after the repair."""
    return [(own,), (*FAULTS, own)]


_SEARCH = (
    "Read one block line by line, and then the last layers. Say for each line what comes in, and "
    "what the next layer needs. Compare that with the rules of lessons 2 and 3."
)
_OTHERS_MAY_BE_LEFT = " Then run this check again: other faults may be left."

MISTAKES: list[Mistake] = [
    mistake(
        "three_faults_left",
        "This network computes the same as your colleague's: all three faults are left.",
        "It builds and it trains, so nothing but its curve says that something is wrong.",
        _SEARCH,
        FAULTS,
    ),
    mistake(
        "two_faults_left",
        "One fault is repaired; two are left.",
        "A network with fewer faults trains better, and so the next fault shows less.",
        _SEARCH + " Compare the number of parameters too.",
        *itertools.combinations(FAULTS, 2),
    ),
    mistake(
        "one_fault_left",
        "Two faults are repaired; one is left.",
        "With one fault the curve can look right already. It does not prove that the network is.",
        _SEARCH + " Compare the number of parameters too.",
        *itertools.combinations(FAULTS, 1),
    ),
    mistake(
        "softmax_twice",
        "The outputs go through softmax twice.",
        "The second softmax gets numbers between 0 and 1. It makes them nearly equal: no class can "
        "then get more than about a third of the probability.",
        "Use softmax once: in the dense layer, or after it." + _OTHERS_MAY_BE_LEFT,
        *_with_faults(_softmax("softmax"), NORM, ADDITION),
    ),
    mistake(
        "no_softmax",
        "There is no softmax at the end.",
        "The outputs are then not probabilities. The loss expects probabilities, so its value "
        "means nothing.",
        "Let a softmax be the last step." + _OTHERS_MAY_BE_LEFT,
        *(
            variant
            for activation in (None, "relu")
            for variant in _with_faults(_activation(activation), NORM, ADDITION)
        ),
    ),
    mistake(
        "norm_after_add",
        "In the blocks there is a BatchNorm after the addition.",
        "The main path and the shortcut are then normalised together. The shortcut no longer "
        "carries its input past the block as it is.",
        "Nothing but the ReLU comes after the addition." + _OTHERS_MAY_BE_LEFT,
        *(
            variant
            for place in (0, 1)
            for variant in _with_faults(
                _in_every_block(lambda block, place=place: _norm_after(block, place)),
                ADDITION,
                HEAD,
            )
        ),
    ),
    mistake(
        "relu_before_add",
        "The main path ends with a ReLU.",
        "After a ReLU the main path can only add to the shortcut, never take anything away. So the "
        "values grow from block to block.",
        "The ReLU of a block comes after the addition." + _OTHERS_MAY_BE_LEFT,
        *(
            variant
            for last in ("bn2b", "conv2b")  # without and with the missing BatchNorm
            for variant in _with_faults(
                _in_every_block(
                    lambda block, last=last: block.insert_after(last, LayerSpec("relu2b", "relu"))
                ),
                HEAD,  # with the wrong addition it would make no difference
            )
        ),
    ),
    mistake(
        "relu_on_shortcut",
        "The shortcut ends with a ReLU where it has a convolution.",
        "That ReLU removes half of what the shortcut carries: section 3.6 measures it.",
        "The shortcut has a convolution and a BatchNorm, and no activation." + _OTHERS_MAY_BE_LEFT,
        *_with_faults(
            _in_every_block(
                lambda block: block.shortcut and block.shortcut.append(LayerSpec("relu1", "relu"))
            ),
            NORM,
            HEAD,
        ),
    ),
    mistake(
        "classes_fixed",
        "The number of classes is fixed instead of taken from `classes`.",
        "The network then has the old number of outputs, whatever it was asked for.",
        "Use the argument `classes` for the units of the dense layer." + _OTHERS_MAY_BE_LEFT,
        *_at_both_ends(lambda spec, arguments: spec.dense.options.update(units=6)),
    ),
    mistake(
        "input_shape_ignored",
        "The shape of the input is fixed instead of taken from `input_shape`.",
        "The network then takes images of one size only, whatever it was asked for.",
        "Begin with `keras.Input(input_shape)`." + _OTHERS_MAY_BE_LEFT,
        *_at_both_ends(setting(input_shape=(16, 16, 3))),
    ),
    mistake(
        "returns_nothing",
        "The network is built to the end, but the function returns nothing.",
        "A Python function without `return` gives None.",
        "Return `keras.Model(image, output)`, made from the input and the last tensor."
        + _OTHERS_MAY_BE_LEFT,
        *_at_both_ends(setting(returns="nothing")),
    ),
]

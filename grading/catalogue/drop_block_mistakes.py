"""Known mistakes in `drop_block`, each as a function with the mistake built in."""

from __future__ import annotations

import re
from collections.abc import Callable

import keras
from keras import layers

from grading.catalogue.drop_block_reference import (
    Change,
    before_relu,
    copied,
    cut,
    rebuilt,
    reference,
    set_norm,
    silence,
)
from grading.catalogue.mistake import Mistake

PARTS = ("2a", "2b", "2c")


def _with(change: Change) -> Callable:
    """Return a function that changes a copy of the model in this way."""
    return lambda model, block: reference(model, block, change)


def _norm(part: str = "2c", **values: float) -> Change:
    """Return a change of one BatchNorm of the block."""
    return lambda model, block: set_norm(model, block, part, **values)


def _norms(**values: float) -> Change:
    """Return a change of all BatchNorm layers of the block."""

    def change(model, block: str) -> None:
        for part in PARTS:
            set_norm(model, block, part, **values)

    return change


def _in_place(change: Change) -> Callable:
    """Return a function that changes the given model itself, and returns it."""

    def function(model, block: str):
        change(model, block)
        return model

    return function


def _silence_original(model, block: str):
    """Copy the model, but silence the original."""
    copy = copied(model)
    silence(model, block)
    return copy


def _fresh(model, block: str):
    """Copy the architecture without the weights."""
    copy = keras.models.clone_model(model)
    silence(copy, block)
    return copy


def _blocks(model) -> list[str]:
    """Return all blocks of the model from input to output, such as "2b"."""
    found = (re.fullmatch(r"bn(\d\w)_branch2c", layer.name) for layer in model.layers)
    return [match[1] for match in found if match]


def _others(choose: Callable[[list[str], str], list[str]]) -> Callable:
    """Return a function that drops the blocks `choose(blocks, block)` instead of the given one."""

    def change(model, block: str) -> None:
        for other in choose(_blocks(model), block):
            silence(model, other)

    return _with(change)


def _of_stage(blocks: list[str], block: str) -> list[str]:
    return [other for other in blocks if other[0] == block[0]]


def _of_letter(blocks: list[str], block: str) -> list[str]:
    return [other for other in blocks if other[1] == block[1]]


def _beside(step: int) -> Callable:
    """Return a choice: the block `step` places after the given one, or before it if negative."""
    return lambda blocks, block: [blocks[blocks.index(block) + step]]


def _convolution(part: str, bias: bool) -> Change:
    """Return a change that sets a kernel of the block, and if wanted its bias, to 0."""

    def change(model, block: str) -> None:
        conv = model.get_layer(f"res{block}_branch{part}")
        conv.kernel.assign(0 * conv.kernel)
        if bias:
            conv.bias.assign(0 * conv.bias)

    return change


def _replaced(output: Callable) -> Callable:
    return lambda model, block: rebuilt(model, block, output)


MISTAKES: list[Mistake] = [
    Mistake(
        "nothing_dropped",
        "The model that you return still computes what it did with the block.",
        "Either nothing was changed, or the change went into another model than the one that you "
        "return.",
        "Compare the outputs of the two models for some images: they have to differ. Check that "
        "you return the model that you have changed.",
        (lambda model, block: model,),
    ),
    Mistake(
        "original_changed",
        "The model that your function gets is changed too.",
        "`copy = model` is only a second name for the same model. Whoever calls the function "
        "still needs the whole network, for example to drop another block from it.",
        "Build a second model, give it the weights of the first, and change only the second.",
        (
            _in_place(silence),
            _silence_original,
            _in_place(_norm(gamma=0)),
            _in_place(_norm("2a", gamma=0, beta=0)),
            _in_place(_norm("2b", gamma=0, beta=0)),
            _in_place(_norms(gamma=0)),
            _in_place(_convolution("2c", bias=True)),
        ),
    ),
    Mistake(
        "fresh_weights",
        "The model that you return has new weights.",
        "`clone_model` builds the same layers again, and each of them draws its weights anew. "
        "Nothing of what the network has learned is left.",
        "Give the copy the weights of the original before you change anything.",
        (_fresh, lambda model, block: keras.models.clone_model(model)),
    ),
    Mistake(
        "gamma_only",
        "gamma is 0, but beta is not.",
        "BatchNorm multiplies by gamma and then adds beta. With gamma alone at 0, the branch "
        "still adds a constant to each channel.",
        "Which of the layer's four weights must be 0, so that nothing comes out?",
        (_with(_norm(gamma=0)),),
    ),
    Mistake(
        "beta_only",
        "beta is 0, but gamma is not.",
        "BatchNorm multiplies by gamma and then adds beta. As long as gamma is not 0, the branch "
        "still adds what it has computed.",
        "Which of the layer's four weights must be 0, so that nothing comes out?",
        (_with(_norm(beta=0)), _with(_norms(beta=0))),
    ),
    Mistake(
        "statistics_emptied",
        "The moving mean or the moving variance is 0, instead of gamma and beta.",
        "BatchNorm divides by the root of the moving variance: with 0, the branch becomes louder, "
        "not silent. `get_weights` of a BatchNorm gives gamma, beta, moving mean and moving "
        "variance, in this order.",
        "Look at the order of the weights, and at what each of them does.",
        (
            _with(_norm(moving_mean=0, moving_variance=0)),
            _with(_norm(moving_variance=0)),
            _with(_norm(moving_mean=0)),
        ),
    ),
    Mistake(
        "inner_layer_emptied",
        "A layer inside the branch is set to 0, but not the last one.",
        "The last BatchNorm still works on what it gets: it subtracts its moving mean and adds its "
        "beta. So the branch gives a constant for each channel, also if it gets only zeros.",
        "Where does the branch end, just before the addition?",
        (
            _with(_norm("2a", gamma=0, beta=0)),
            _with(_norm("2b", gamma=0, beta=0)),
            _with(_convolution("2a", bias=False)),
            _with(_convolution("2a", bias=True)),
            _with(_convolution("2b", bias=True)),
            _with(_convolution("2c", bias=True)),
        ),
    ),
    Mistake(
        "neighbour_dropped",
        "The block before or after the right one is missing.",
        "The name of a block is in the names of its own layers. Its output belongs to the "
        "addition and the ReLU after them.",
        "Find the block by its name, and not by counting layers.",
        (_others(_beside(-1)), _others(_beside(1))),
    ),
    Mistake(
        "stage_only",
        "A block of the right stage is missing, but not the right one.",
        "A stage has several blocks, which differ in their letter.",
        'Use both parts of the name: in "3b", 3 is the stage and b the block.',
        (
            _others(lambda blocks, block: _of_stage(blocks, block)[:1]),
            _others(lambda blocks, block: _of_stage(blocks, block)[-1:]),
        ),
    ),
    Mistake(
        "letter_only",
        "A block with the right letter is missing, but in another stage.",
        "Each stage has a block b.",
        'Use both parts of the name: in "3b", 3 is the stage and b the block.',
        (
            _others(lambda blocks, block: _of_letter(blocks, block)[:1]),
            _others(_of_letter),
        ),
    ),
    Mistake(
        "whole_stage",
        "More than one block is missing.",
        "Only the block that is asked for should be gone.",
        'A name that only begins with the stage fits all its blocks: compare all of "3b".',
        (
            _others(_of_stage),
            _others(lambda blocks, block: blocks),
        ),
    ),
    Mistake(
        "shortcut_dropped",
        "The shortcut is missing, and the branch is still there.",
        "Without the shortcut the block would be plain, and all that comes from the blocks before "
        "it would have to go through the branch.",
        "Keep what the shortcut brings, and leave out the branch.",
        (_replaced(lambda x, branch: layers.Activation("relu")(branch)),
         _replaced(lambda x, branch: branch)),
    ),
    Mistake(
        "input_doubled",
        "The block's input is added to itself.",
        "The branch is to give 0. If the input takes its place, the sum is twice the input.",
        "Without the branch nothing is left to add.",
        (_replaced(lambda x, branch: layers.Add()([x, x])),),
    ),
    Mistake(
        "relu_lost",
        "A ReLU is missing.",
        "The block's own ReLU may go, because its input is never negative. It is never negative "
        "because of the ReLU *before* the block, which has to stay; and if the branch stays, the "
        "ReLU after the addition has to stay too.",
        "Go on from what the block's first convolution and its shortcut get.",
        (
            _replaced(lambda x, branch: before_relu(x)),
            _replaced(lambda x, branch: layers.Add()([x, branch])),
        ),
    ),
    Mistake(
        "rest_lost",
        "The model ends where the block stood.",
        "All that comes after the block still belongs to the network: other blocks, the average, "
        "and the dense layer.",
        "Send the block's input on through all the layers after it.",
        (cut,),
    ),
]  # fmt: skip

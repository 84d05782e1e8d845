"""Known mistakes in `transformer_block` that concern the inside of attention and MLP."""

from __future__ import annotations

import functools

import keras
from keras import layers

from grading.catalogue import transformer_block_joins, transformer_block_norms
from grading.catalogue.mistake import Mistake
from grading.catalogue.transformer_block_reference import (
    attention,
    mlp,
    with_,
    with_attention,
    with_mlp,
)


def _one_dense(n, heads: int, width: int):
    return layers.Dense(width)(n)


def _three_dense(n, heads: int, width: int):
    h = layers.Dense(4 * width, activation="relu")(n)
    return layers.Dense(width)(layers.Dense(4 * width, activation="relu")(h))


def _without_bias():
    """Return the block without biases: in the attention, in the dense layers, and in all."""
    bare = functools.partial(attention, bias=False)
    mlps = [functools.partial(mlp, biases=biases) for biases in ((0, 1), (1, 0), (0, 0))]
    choices = ((bare, mlp), *((attention, one) for one in mlps), (bare, mlps[-1]))
    return tuple(with_(branches=branches) for branches in choices)


_INSIDE: list[Mistake] = [
    Mistake(
        "key_dim_width",
        "Each head has the size `width`, instead of its share of it.",
        "The heads divide the width among them, so that several of them cost no more than one. In "
        "Keras, `key_dim` is the size of *one* head.",
        "Divide: with a width of 64, each of 4 heads gets 16 numbers. Use `//`, because a size has "
        "to be a whole number.",
        (with_attention(shape=lambda heads, width: (heads, width)),),
    ),
    Mistake(
        "head_size_and_number_swapped",
        "The number of heads and the size of a head are exchanged.",
        "Both products are `width`, so the block can be built and has as many weights. But it has "
        "many small heads instead of a few large ones, or the other way round.",
        "Write the arguments of the attention layer with their names, `num_heads` and `key_dim`.",
        (with_attention(shape=lambda heads, width: (width // heads, heads)),),
    ),
    Mistake(
        "other_head_size",
        "The size of a head is not the width divided by the number of heads.",
        "The heads divide the width among them. With another size the block has more weights or "
        "fewer than the exercise asks for.",
        "`key_dim` is computed from `width` and `heads`.",
        (
            with_attention(shape=lambda heads, width: (heads, heads)),
            with_attention(shape=lambda heads, width: (heads, 16)),
            with_attention(shape=lambda heads, width: (heads, 64)),
        ),
    ),
    Mistake(
        "heads_ignored",
        "The number of heads does not come from the argument `heads`.",
        "With another number of heads, the same width is divided into other parts. The check calls "
        "the function with several.",
        "Pass `heads` on to the attention layer.",
        (
            with_attention(shape=lambda heads, width: (1, width)),
            with_attention(shape=lambda heads, width: (1, width // heads)),
            with_attention(shape=lambda heads, width: (4, width // 4)),
            with_attention(shape=lambda heads, width: (4, width // heads)),
        ),
    ),
    Mistake(
        "no_activation",
        "There is no activation between the two dense layers.",
        "Two dense layers without one compute no more than a single layer could: a matrix times "
        "a matrix is a matrix.",
        "Give the first dense layer a ReLU.",
        (with_mlp(function=None),),
    ),
    Mistake(
        "other_activation",
        "The activation between the two dense layers is not ReLU.",
        "Many transformers use GELU, a smooth relative of ReLU, and train as well. This exercise "
        "stays with the ReLU of the first transformer, so that the outputs can be compared.",
        "Use the activation `relu` in the first dense layer.",
        tuple(
            with_mlp(function=name)
            for name in (
                *"gelu tanh sigmoid silu elu leaky_relu".split(),
                keras.ops.gelu,  # approximated
            )
        ),
    ),
    Mistake(
        "activation_on_output",
        "There is an activation at the end of the MLP.",
        "The branch could then only add positive numbers to the stream, and never take anything "
        "away.",
        "The second dense layer has no activation.",
        (
            with_mlp(last="relu"),
            with_mlp(function=None, last="relu"),
            with_mlp(last="tanh"),
        ),
    ),
    Mistake(
        "hidden_width",
        "The hidden layer of the MLP does not have 4 × width units.",
        "The MLP widens each token before it narrows it again: there it has room to compute. Four "
        "times the width is what the first transformer had, and most have kept it.",
        "The first dense layer has four times as many units as the second.",
        tuple(
            with_mlp(hidden=hidden)
            for hidden in (
                lambda heads, width: width,
                lambda heads, width: 2 * width,
                lambda heads, width: 3 * width,
                lambda heads, width: 8 * width,
                lambda heads, width: heads * width,
                lambda heads, width: 4 * heads,
            )
        ),
    ),
    Mistake(
        "one_dense_layer",
        "The MLP does not consist of two dense layers.",
        "The first widens each token to 4 × width numbers, and the second narrows it to the width "
        "of the stream again, so that it can be added.",
        "Use two dense layers, with a ReLU between them.",
        (
            with_(branches=(attention, _one_dense)),
            with_(branches=(attention, _three_dense)),
        ),
    ),
    Mistake(
        "no_bias",
        "A layer has no bias.",
        "Some large networks leave the biases out and lose little. This exercise keeps them, as "
        "Keras does by default.",
        "Leave out `use_bias=False`.",
        _without_bias(),
    ),
]
MISTAKES: list[Mistake] = [
    *transformer_block_joins.MISTAKES,
    *transformer_block_norms.MISTAKES,
    *_INSIDE,
]

"""The reference for `transformer_block`, in parts that a mistake can replace.

The sources are Vaswani et al., "Attention is all you need", 2017, and Xiong et al., "On layer
normalization in the transformer architecture", 2020, for the place of the normalisation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
from keras import layers

from grading.catalogue.mistake import changed


def divided(heads: int, width: int) -> tuple[int, int]:
    """Return the number of heads and the size of each; together they are as wide as the stream."""
    return heads, width // heads


def widened(heads: int, width: int) -> int:
    """Return the number of units in the MLP's first layer."""
    return 4 * width


def attention(
    n: keras.KerasTensor,
    heads: int,
    width: int,
    shape: Callable[[int, int], tuple[int, int]] = divided,
    value: keras.KerasTensor | None = None,
    key: keras.KerasTensor | None = None,
    masked: bool = False,
    bias: bool = True,
) -> keras.KerasTensor:
    """Return the attention of all tokens to all tokens.

    The keywords serve to build mistakes in.

    Args:
        n: the normalised tokens, shape (None, tokens, width).
        shape: returns the number of heads and the size of each.
        value, key: what the values and keys are computed from, instead of `n`.
        masked: whether a token may only attend to those before it, and to itself.
        bias: whether its layers have biases.
    """
    layer = layers.MultiHeadAttention(*shape(heads, width), use_bias=bias)
    return layer(n, n if value is None else value, key=key, use_causal_mask=masked)


def mlp(
    n: keras.KerasTensor,
    heads: int,
    width: int,
    hidden: Callable[[int, int], int] = widened,
    function: str | None = "relu",
    last: str | None = None,
    biases: tuple[bool, bool] = (True, True),
) -> keras.KerasTensor:
    """Return two dense layers' output for each token.

    The keywords serve to build mistakes in.

    Args:
        n: the normalised tokens, shape (None, tokens, width).
        hidden: returns the units of the first layer.
        function, last: the activations of the two layers.
        biases: whether each layer has a bias.
    """
    first, second = biases
    h = layers.Dense(hidden(heads, width), activation=function, use_bias=first)(n)
    return layers.Dense(width, activation=last, use_bias=second)(h)


def pre_norm(x: keras.KerasTensor, branch: Callable) -> keras.KerasTensor:
    """Return the stream after a residual block whose branch begins with a normalisation."""
    return layers.Add()([x, branch(layers.LayerNormalization()(x))])


BRANCHES = (attention, mlp)


def reference(
    x: keras.KerasTensor,
    heads: int,
    width: int,
    branches: tuple[Callable, ...] = BRANCHES,
    joins: tuple[Callable, ...] = (pre_norm, pre_norm),
) -> keras.KerasTensor:
    """Return the output of a transformer block, of the same shape as x.

    The keywords serve to build mistakes in.

    Args:
        x: the stream, shape (None, tokens, width).
        branches: what each residual block computes from the normalised stream.
        joins: `join(x, branch)` returns the stream after a branch.
    """
    for branch, join in zip(branches, joins, strict=True):
        x = join(x, functools.partial(branch, heads=heads, width=width))
    return x


with_ = changed(reference)


def with_attention(**changes) -> Callable:
    """Return the reference with some keywords of the attention changed."""
    return with_(branches=(functools.partial(attention, **changes), mlp))


def with_mlp(**changes) -> Callable:
    """Return the reference with some keywords of the MLP changed."""
    return with_(branches=(attention, functools.partial(mlp, **changes)))


def with_join(join: Callable) -> tuple[Callable, ...]:
    """Return the references with another join at the first sum, at the second, and at both."""
    places = ((join, pre_norm), (pre_norm, join), (join, join))
    return tuple(with_(joins=joins) for joins in places)

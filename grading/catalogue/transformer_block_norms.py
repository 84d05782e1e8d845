"""Known mistakes in `transformer_block` that concern its normalisations and the order of parts."""

from __future__ import annotations

from collections.abc import Callable

from keras import layers

from grading.catalogue.mistake import Mistake
from grading.catalogue.transformer_block_reference import (
    attention,
    mlp,
    pre_norm,
    reference,
    with_,
    with_attention,
    with_join,
)


def _after_sum(x, branch: Callable):
    return layers.LayerNormalization()(layers.Add()([x, branch(x)]))


def _on_branch(x, branch: Callable):
    return layers.Add()([x, layers.LayerNormalization()(branch(x))])


def _without(x, branch: Callable):
    return layers.Add()([x, branch(x)])


def _by(make: Callable) -> Callable:
    """Return a join with another normalisation."""
    return lambda x, branch: layers.Add()([x, branch(make()(x))])


def _shared(x, heads: int, width: int):
    norm = layers.LayerNormalization()

    def join(x, branch: Callable):
        return layers.Add()([x, branch(norm(x))])

    return reference(x, heads, width, joins=(join, join))


def _attention_of(query: bool, key: bool, value: bool) -> Callable:
    """Return the block whose attention reads the stream itself where the argument is true."""

    def function(x, heads: int, width: int):
        n = layers.LayerNormalization()(x)
        q, k, v = (x if raw else n for raw in (query, key, value))
        s = layers.Add()([x, attention(q, heads, width, value=v, key=k)])
        return pre_norm(s, lambda n: mlp(n, heads, width))

    return function


def _swapped(x, heads: int, width: int):
    return reference(x, heads, width, branches=(mlp, attention))


def _normalised_at_the_end(x, heads: int, width: int):
    return layers.LayerNormalization()(reference(x, heads, width))


def _half(branch: Callable) -> Callable:
    return with_(branches=(branch,), joins=(pre_norm,))


MISTAKES: list[Mistake] = [
    Mistake(
        "norm_after_sum",
        "The LayerNormalization is after the sum instead of at the start of the branch.",
        "This is the order of the first transformer (2017). There each block rescales the whole "
        "stream, so none of it passes through unchanged; networks of that kind need a careful "
        "start of the training.",
        "Normalise what goes into the branch, and leave the sum as it is.",
        with_join(_after_sum),
    ),
    Mistake(
        "norm_on_branch",
        "The LayerNormalization is at the end of the branch instead of at its start.",
        "The branch then computes with a stream that grows from block to block, and what it adds "
        "has the same size in every block, whatever it has found.",
        "Normalise what goes into the branch, not what comes out of it.",
        (with_join(_on_branch)[2],),
    ),
    Mistake(
        "no_first_norm",
        "The attention gets the stream without normalisation.",
        "The stream grows from block to block. The products of queries and keys grow with its "
        "square, until each token attends to a single other one and the gradient is 0.",
        "Put a LayerNormalization before the attention.",
        (with_join(_without)[0],),
    ),
    Mistake(
        "no_second_norm",
        "The MLP gets the stream without normalisation.",
        "The stream grows from block to block, and with it the MLP's input and output. Each of "
        "the two residual blocks begins with a normalisation of its own.",
        "Put a second LayerNormalization before the MLP.",
        (with_join(_without)[1],),
    ),
    Mistake(
        "no_norms",
        "There is no normalisation at all.",
        "The stream grows from block to block. As without BatchNorm in lesson 7, the branches grow "
        "with it.",
        "Begin each of the two branches with a LayerNormalization.",
        (with_join(_without)[2],),
    ),
    Mistake(
        "shared_norm",
        "One LayerNormalization serves both branches.",
        "A layer object that is called twice has one gamma and one beta for both places. Attention "
        "and MLP should each learn a scale of their own.",
        "Make a second LayerNormalization for the second branch.",
        (_shared,),
    ),
    Mistake(
        "other_norm",
        "The normalisation does not work on each token by itself.",
        "LayerNormalization takes mean and variance over the numbers of *one* token, the last "
        "axis. With BatchNormalization, or along another axis, one token changes the scale of "
        "others.",
        "Use LayerNormalization with its default axis, the last one.",
        (
            with_join(_by(layers.BatchNormalization))[2],
            with_join(_by(lambda: layers.LayerNormalization(axis=1)))[2],
            with_join(_by(lambda: layers.LayerNormalization(axis=(1, 2))))[2],
        ),
    ),
    Mistake(
        "norm_at_the_end",
        "There is a third LayerNormalization, on the stream at the block's end.",
        "A normalisation on the stream rescales all that earlier blocks have added. A network has "
        "one of them, before its last layer, and not one in each block.",
        "Return the second sum as it is.",
        (_normalised_at_the_end,),
    ),
    Mistake(
        "attention_half_normalised",
        "Query, key and value of the attention do not come from the same tensor.",
        "In self-attention each token asks (query), is asked (key) and answers (value), and all "
        "three are computed from the normalised tokens. One of them gets the stream itself here.",
        "Pass the normalised tokens to the attention layer twice: as query and as value.",
        (
            _attention_of(query=True, key=False, value=False),
            _attention_of(query=False, key=True, value=True),
            _attention_of(query=False, key=False, value=True),
            _attention_of(query=False, key=True, value=False),
        ),
    ),
    Mistake(
        "causal_mask",
        "The attention is masked: a token sees only those before it.",
        "A language model that predicts the next word needs the mask. A network that sorts has to "
        "look at all tokens before it can say which is the smallest.",
        "Leave out `use_causal_mask`.",
        (with_attention(masked=True),),
    ),
    Mistake(
        "order_swapped",
        "The MLP comes first and the attention second.",
        "The MLP is to work on what the attention has collected. In a stack of blocks the swap "
        "changes only the two ends, but it is not the block that this exercise asks for.",
        "Begin with the attention.",
        (_swapped,),
    ),
    Mistake(
        "no_mlp",
        "The MLP is missing: the block ends with the first sum.",
        "Attention alone can only mix what the tokens already hold. The MLP is where a token "
        "computes something new from it.",
        "Add the second residual block, with a LayerNormalization of its own.",
        (_half(attention),),
    ),
    Mistake(
        "no_attention",
        "The attention has no effect: it is missing, or nothing uses its output.",
        "The MLP works on each token by itself. Without attention no token learns anything about "
        "the others.",
        "Begin with the residual block of the attention, and give its sum to the MLP.",
        (_half(mlp),),
    ),
]

"""Known mistakes in `transformer_block` that concern its shortcuts and sums."""

from __future__ import annotations

from collections.abc import Callable

from keras import layers

from grading.catalogue.mistake import Mistake
from grading.catalogue.transformer_block_reference import attention, mlp, pre_norm, with_join


def _none(x, branch: Callable):
    return branch(layers.LayerNormalization()(x))


def _of_normalised(x, branch: Callable):
    n = layers.LayerNormalization()(x)
    return layers.Add()([n, branch(n)])


def _twice(x, branch: Callable):
    return layers.Add()([x, x, branch(layers.LayerNormalization()(x))])


def _relu_after(x, branch: Callable):
    return layers.ReLU()(pre_norm(x, branch))


def _by(layer: type[layers.Layer]) -> Callable:
    """Return a join that combines stream and branch by another layer than Add."""
    return lambda x, branch: layer()([x, branch(layers.LayerNormalization()(x))])


def _from_block_input(x, heads: int, width: int):
    """Both branches start from the block's input."""
    first = attention(layers.LayerNormalization()(x), heads, width)
    second = mlp(layers.LayerNormalization()(x), heads, width)
    return layers.Add()([x, first, second])


def _branch_from_block_input(x, heads: int, width: int):
    """The second branch reads the normalised input that the first one read."""
    n = layers.LayerNormalization()(x)
    s = layers.Add()([x, attention(n, heads, width)])
    return layers.Add()([s, mlp(n, heads, width)])


def _adds_block_input(x, heads: int, width: int):
    """The second sum adds the block's input instead of the first sum."""
    s = pre_norm(x, lambda n: attention(n, heads, width))
    return layers.Add()([x, mlp(layers.LayerNormalization()(s), heads, width)])


def _adds_attention(x, heads: int, width: int):
    """The second sum adds the first branch's output instead of the first sum."""
    a = attention(layers.LayerNormalization()(x), heads, width)
    s = layers.Add()([x, a])
    return layers.Add()([a, mlp(layers.LayerNormalization()(s), heads, width)])


MISTAKES: list[Mistake] = [
    Mistake(
        "no_shortcuts",
        "There is no shortcut: the block returns what its branches compute, one after the other.",
        "Without the sums, each block replaces the stream by its branch. After a few blocks all "
        "tokens are nearly alike, and the network cannot tell them apart any more.",
        "Twice in the block, add what went into the normalisation to what the branch returns.",
        (with_join(_none)[2],),
    ),
    Mistake(
        "no_attention_shortcut",
        "The attention has no shortcut: its output replaces the stream.",
        "What a token knew about itself is lost: attention returns a mixture of all tokens. The "
        "first of the two residual blocks lacks its sum.",
        "Add the block's input to the attention's output before you go on.",
        (with_join(_none)[0],),
    ),
    Mistake(
        "no_mlp_shortcut",
        "The MLP has no shortcut: its output replaces the stream.",
        "The block ends with the MLP's output alone, so all that the stream carried before has to "
        "pass through its ReLU. The second of the two residual blocks lacks its sum.",
        "Add the first sum to the MLP's output, and return that.",
        (with_join(_none)[1],),
    ),
    Mistake(
        "shortcut_after_norm",
        "The shortcut starts after the normalisation: the normalised tokens are added, not the "
        "stream.",
        "The shortcut should hand the stream on unchanged. Taken after the LayerNormalization, it "
        "hands on a rescaled copy, and after some blocks nothing of the input is left as it was.",
        "Add the tensor that goes *into* the LayerNormalization. If you store the normalised "
        "tokens under the same name, the stream is lost.",
        with_join(_of_normalised),
    ),
    Mistake(
        "mlp_from_block_input",
        "The MLP's branch starts from the block's input instead of the first sum.",
        "Then the MLP does not see what the attention has just found. Two branches side by side "
        "are a block that some networks use, but the two residual blocks of this exercise come "
        "one after the other.",
        "Normalise the *first sum* for the MLP. A variable of its own for that sum helps.",
        (_from_block_input, _branch_from_block_input),
    ),
    Mistake(
        "first_sum_lost",
        "The second sum does not add the first sum: a part of the stream is lost.",
        "The second shortcut hands on the stream as it is *after* the attention. If it adds the "
        "block's input, or the attention's output alone, the next block misses the other part.",
        "The second shortcut starts where the second normalisation starts: at the first sum.",
        (_adds_block_input, _adds_attention),
    ),
    Mistake(
        "shortcut_twice",
        "A shortcut is added twice.",
        "The stream then doubles at that sum, and after twelve blocks it is thousands of times as "
        "large as what a branch adds to it.",
        "Each of the two sums has two parts: the stream, and the branch's output.",
        with_join(_twice),
    ),
    Mistake(
        "concatenated",
        "Stream and branch are concatenated instead of added.",
        "Concatenating makes each token longer, so the next block gets more than `width` numbers "
        "for each token. The sum keeps the width, so any block can follow any other.",
        "Use Keras's `Add` layer, or `+`.",
        with_join(_by(layers.Concatenate))[1:],
    ),
    Mistake(
        "not_added",
        "Stream and branch are combined by something other than a sum.",
        "Only a sum hands the stream on as it is, and its gradient too. A product, a mean or a "
        "maximum changes it in every block.",
        "Use Keras's `Add` layer, or `+`.",
        (
            *with_join(_by(layers.Multiply))[:2],
            with_join(_by(layers.Average))[2],
            with_join(_by(layers.Maximum))[2],
            with_join(_by(layers.Subtract))[2],
        ),
    ),
    Mistake(
        "relu_after_sum",
        "There is a ReLU on the stream, after a sum.",
        "It sets every negative number of the stream to 0 in each block. The blocks of lessons 2 "
        "and 3 have it there; pre-activation blocks, and transformers, keep the stream free.",
        "The block's only ReLU is between the two dense layers.",
        with_join(_relu_after),
    ),
]

"""Mistakes in a residual block: how main path and shortcut are joined, and what is returned."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, mistake, setting

MERGE: list[Mistake] = [
    mistake(
        "no_shortcut",
        "The shortcut is never added: the block returns its main path alone.",
        "The sum is what makes it a residual block. Without it the gradient has to pass through "
        "every layer again, and depth hurts.",
        "Add the main path and the shortcut with Add() before the last ReLU.",
        setting(merge="main"),
    ),
    mistake(
        "adds_itself",
        "The main path is added to itself; the shortcut is not used.",
        "Doubling a tensor opens no second path for the gradient.",
        "Look at the two tensors in your addition: one is the main path, the other the shortcut.",
        setting(merge="main_twice"),
    ),
    mistake(
        "main_path_unused",
        "The main path is missing or not used: only the shortcut reaches the result.",
        "Whatever the main path computes is thrown away: its layers get no gradient.",
        "Look at the two tensors in your addition, and at what the last ReLU is called on.",
        setting(merge="shortcut_twice"),
        setting(merge="shortcut"),
    ),
    mistake(
        "merge_multiply",
        "Main path and shortcut are multiplied instead of added.",
        "The gradient of a product is scaled by the other factor, so it vanishes where that is "
        "small. The gradient of a sum passes unchanged.",
        "Use Add(), or +.",
        setting(merge="multiply"),
    ),
    mistake(
        "merge_concatenate",
        "Main path and shortcut are concatenated instead of added.",
        "Concatenation doubles the channels (as DenseNet does), so the next identity block "
        "would not fit, and no residual is learned.",
        "Use Add(), or +: the shape does not change.",
        setting(merge="concatenate"),
    ),
    mistake(
        "merge_average",
        "Main path and shortcut are averaged instead of added.",
        "Each block then halves what the shortcut carries: after 16 blocks 1/65,536 is left.",
        "Use Add(), or +.",
        setting(merge="average"),
    ),
    mistake(
        "merge_subtract",
        "Main path and shortcut are subtracted instead of added.",
        "The shortcut should carry its input unchanged; a minus flips its sign in every block.",
        "Use Add(), or +.",
        setting(merge="subtract"),
    ),
    mistake(
        "merge_maximum",
        "The larger of main path and shortcut is taken instead of their sum.",
        "The gradient then flows through one of the two paths only, never through both.",
        "Use Add(), or +.",
        setting(merge="maximum"),
    ),
    mistake(
        "returns_shortcut",
        "The block returns the shortcut instead of its result.",
        "Everything the main path computes is thrown away: its layers get no gradient.",
        "Return the output of the last ReLU.",
        setting(returns="shortcut"),
    ),
    mistake(
        "returns_main_path",
        "The block returns its main path before the addition.",
        "The sum with the shortcut is missing, or it is computed and thrown away.",
        "Add the shortcut, then the last ReLU, and return the output of that ReLU.",
        setting(returns="main"),
    ),
    mistake(
        "returns_nothing",
        "The block is built to the end but returns nothing.",
        "A Python function without `return` gives None, and the next layer cannot start from it.",
        "End the function with `return X`.",
        setting(returns="nothing"),
    ),
    mistake(
        "shortcut_late",
        "The shortcut starts too late: in the middle of the main path, not at the block's input.",
        "A shortcut has to carry the input past the whole block. If it starts later, it skips "
        "less, and its shape usually does not fit.",
        "Keep the input in X_shortcut before the first convolution changes X.",
        setting(fork="relu2a"),
        setting(fork="conv2a"),
        setting(fork="bn2a"),
        setting(fork="relu2b"),
    ),
]

"""The predictions of lesson 8 about the residual stream of a transformer."""

from __future__ import annotations

from resnets.widgets.questions import (
    Below,
    Choice,
    Number,
    Observation,
    Option,
    Reading,
    Reason,
)

_GRADIENT = Choice(
    name="bare-gradient",
    lesson=8,
    title="How large are the gradients inside the blocks without shortcuts, before training?",
    options=(
        Option(
            "Much smaller than with shortcuts: they vanish",
            lambda ratio: ratio < 0.5,
            Reason(
                "You transferred lesson 1 to this network: many layers, no shortcut, no training, "
                "so the gradient must have vanished. It was a good guess for sigmoid layers, but "
                "here LayerNormalization sets the size of what goes into every layer, and the "
                "gradient stays large.",
                "A network that does not learn is often said to have a vanishing gradient, and "
                "often nobody has looked. The norms are quick to measure. When they are large, the "
                "reason has to be another one: here it is what the gradient points at, not its "
                "length.",
            ),
        ),
        Option(
            "About the same",
            lambda ratio: 0.5 <= ratio <= 1.5,
            Reason(
                "You expected that normalisation makes the two networks alike. It does keep the "
                "gradient from vanishing. But without the stream beside them, the branches carry "
                "the whole signal and the whole gradient, so each of them gets more of it.",
                "In the residual network a branch is one of twelve that add to the stream, and the "
                "last normalisation divides by the size of them all. In the bare network nothing "
                "is added: the last branch alone decides the output, and its gradient is larger "
                "for it.",
            ),
        ),
        Option(
            "Larger than with shortcuts",
            lambda ratio: ratio > 1.5,
            Reason(
                "You expected larger gradients where the network fails. In this run they are "
                "not larger. With other blocks, another width or other first weights that can "
                "happen.",
                "The size of a gradient at the start depends on the first weights and on the place "
                "of the normalisation. If you have changed one of them, compare the two networks "
                "again: whether the bare one learns does not follow from the size.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "Without shortcuts the gradient falls from the output to the input",
                "Compare the blocks from right to left: follow the line of the bare network.",
            ),
            Observation("Inside the blocks, the bare network has the larger gradients"),
            Observation(
                "The network that learns best has the larger gradients",
                "Look for the line of the residual network inside the blocks.",
            ),
        ),
        "The network that hardly learns has the larger gradients: inside its blocks they are "
        "several times as large as in the residual network. Only at the embedding, the layer "
        "before the first block, the two are about equal. So the gradient does not vanish here. "
        "Something else must be wrong with what it says.",
        lambda ratio: ratio > 1.5,
    ),
)

_HALFWAY = Number(
    name="read-halfway",
    lesson=8,
    title="What share of the tokens does the head read correctly after block 3 of 6?",
    unit="%",
    low=0,
    high=100,
    log=False,
    right=10,
    axis="y",
    wrong=(
        Below(
            20,
            Reason(
                "You expected that the stream means nothing to the head before the last block. "
                "The head was trained on the end of the stream only. But the stream is a sum, so "
                "after block 3 it already holds half of what the head will read, in the same "
                "coordinates.",
                "In a network without shortcuts you would be right: each layer has a code of its "
                "own, and the head understands only the last one. With shortcuts, what a block "
                "writes stays where it was written, until the head reads it.",
            ),
        ),
        Below(
            40,
            Reason(
                "You were on the right track: the head reads something long before the end. It is "
                "more than you expected, because each block writes towards the final answer, the "
                "early ones too.",
                "A block that wrote in a code of its own would force a later block to translate. "
                "Nothing in the training asks for the early reading. It comes from the sum: what "
                "helps the head at the end is in the stream from the moment it is written.",
            ),
        ),
        Below(
            100,
            Reason(
                "You expected that the answer is nearly ready after half of the blocks. The easy "
                "places, the smallest and the largest numbers, often are. For those in the middle "
                "of the row, the later blocks still have to compare and correct.",
                "Large language models do have blocks at the end that change little. This network "
                "has only six blocks, and its task needs them all: the share keeps rising up to "
                "the last one. The row has twelve places, and each of them needs a comparison "
                "with eleven others.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "The share jumps from guessing to nearly 100 % at the last block",
                "Look at the share after blocks 2 and 4.",
            ),
            Observation("The share rises from block to block"),
            Observation(
                "The share is already at its end after block 3",
                "Compare block 3 with blocks 4, 5 and 6.",
            ),
        ),
        "Each block brings the stream nearer to the answer. After block 3 the head reads about "
        "half of the tokens correctly, although it was never trained to read there. The blocks do "
        "not pass a message on in ever new codes: they add to one and the same sum.",
        lambda share: 40 < share < 80,
    ),
)

LESSON_8_STREAM = (_GRADIENT, _HALFWAY)
"""In the order in which the lesson asks them."""

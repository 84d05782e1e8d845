"""The questions of lesson 4: which values see the whole image, and which stage does most work.

Who calls it: `predictions`.
"""

from __future__ import annotations

import numpy as np

from resnets.widgets.questions import (
    Below,
    Choice,
    Number,
    Observation,
    Option,
    Reading,
    Reason,
)

_WHOLE = Number(
    name="sees-whole",
    lesson=4,
    title="How many of the 64 values of a channel of stage 3 see the whole image?",
    unit="of 64 values",
    low=0,
    high=64,
    log=False,
    right=3,
    wrong=(
        Below(
            5,
            Reason(
                "You expected that hardly any value sees all of it. In the middle of the map the "
                "window of 99 pixels reaches beyond the image on all sides, so those values do.",
                "Perhaps you took the window of 35 pixels, which belongs to stage 2: there indeed "
                "no value sees all 64 rows. Within stage 3 the window grows by 64 pixels, because "
                "four 3 × 3 convolutions each look one position further, and a position is now 8 "
                "pixels wide.",
            ),
        ),
        Below(
            12.9,
            Reason(
                "A few more do. A window of 99 pixels may lie up to 17 pixels off the middle and "
                "still cover 64: that is two positions in each direction.",
                "Neighbouring values are 8 pixels apart. Along one side, the four values in the "
                "middle are less than 14 pixels away from the image's centre, the next ones 18. "
                "So four rows and four columns see everything, 16 values.",
            ),
        ),
        Below(
            50,
            Reason(
                "You expected that the middle of the map sees everything, which is right, but that "
                "part is smaller: only four of the eight rows, and four of the eight columns.",
                "If half of the rows and half of the columns see everything, it is a quarter of "
                "the values, not a half: a value needs both. It is the same trap as with the "
                "stride in lesson 3, where every second row and column made a quarter, too.",
            ),
        ),
        Below(
            64,
            Reason(
                "You compared 99 with 64, and 99 is larger. But the window is centred on its "
                "value. For a value near the edge, half of it lies outside the image, where there "
                "is only padding.",
                "A receptive field is usually given as one number, and the number says nothing "
                "about where the window lies. A value at the corner would need a window of nearly "
                "128 pixels to reach the opposite side. Tables in papers give the one number as "
                "well, so it is worth remembering that it holds for the middle only.",
            ),
        ),
    ),
    reading=Reading(
        "What do the lines say about stage 3?",
        (
            Observation(
                "Every value of stage 3 sees the whole image",
                "Read the line of stage 3: how many of 64?",
            ),
            Observation(
                "No value of stage 3 sees the whole image",
                "That is the line of stage 2.",
            ),
            Observation("A quarter of its values see the whole image; those at the corners do not"),
        ),
        "In stage 3 the 16 values in the middle see everything, and the upper left one sees two "
        "thirds of the image: nearly half of the 99 rows and columns of its window lie outside.",
        lambda count: count == 16,
    ),
)


def _most(stage: int):
    """Whether this stage has the largest of the five shares."""
    return lambda shares: int(np.argmax(shares)) + 1 == stage


_WORK = Choice(
    name="most-work",
    lesson=4,
    title="Which stage does the most multiplications for one image?",
    options=(
        Option(
            "Stage 1: it works on the largest image",
            _most(1),
            Reason(
                "You looked at the size of the image, and stage 1 has the most positions by far. "
                "But a multiplication is a weight times a position, and its one convolution has "
                "only 9,408 weights.",
                "In stage 1 there are 32 × 32 positions, 256 times as many as in stage 5, but "
                "stage 5 has 1,600 times as many weights. Before you compare two layers, write "
                "down both numbers for each; one of them alone says little.",
            ),
        ),
        Option(
            "Stage 2: the largest feature maps after the stem",
            _most(2),
            Reason(
                "You looked at the positions, and a block of stage 2 uses each of its weights 225 "
                "times. But it has few weights: a block of the next stage has four times as many, "
                "on about a quarter of the positions.",
                "The two effects cancel out: from stage to stage, a block has four times the "
                "weights and a quarter of the positions, so a block does about the same work "
                "everywhere. What decides then is the number of blocks, and stage 2 has three.",
            ),
        ),
        Option(
            "Stage 4: it has the most blocks",
            _most(4),
            Reason(
                "You counted blocks. Here another stage does the most: does your network have six "
                "blocks in stage 4?",
                "Look at the table of the stages: 3, 4, 6 and 3 blocks. With other numbers of "
                "blocks the work is spread in another way.",
            ),
        ),
        Option(
            "Stage 5: it has most of the weights",
            _most(5),
            Reason(
                "You took the number of weights for the work, and stage 5 has 64 % of the weights. "
                "But it uses them at only 2 × 2 positions.",
                "A weight of a convolution is used once for every position of its output: 4 times "
                "in stage 5, 225 times in stage 2. For a dense layer the two are the same number, "
                "and that is where the habit comes from. The size of a file tells how much memory "
                "a network needs, not how long it takes.",
            ),
        ),
        Option(
            "All four stages of blocks about the same",
            lambda shares: max(shares[1:]) < 1.3 * min(shares[1:]),
            Reason(
                "You saw that half the size and twice the filters balance each other. That is so "
                "for a block. But the stages have different numbers of blocks: 3, 4, 6 and 3.",
                "It was a good start: an identity block does 15.7 million multiplications in stage "
                "2 and 17.8 million in the others. Times the number of blocks, stage 4 does about "
                "twice as much as stage 5. When you reason about a whole, check that you have "
                "counted its parts.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation("The weights pile up in the last stage, the multiplications do not"),
            Observation(
                "Weights and multiplications pile up in the last stage",
                "Compare the two bars of stage 5.",
            ),
            Observation(
                "The multiplications fall from stage to stage, the weights rise",
                "Follow the bars of the multiplications from stage 1 to stage 4.",
            ),
        ),
        "Stage 5 holds 64 % of the weights, and stages 4 and 5 together 94 %. The multiplications "
        "are spread more evenly, and stage 4 does the most, 37 %, because it has the most blocks: "
        "each identity block of stages 3, 4 and 5 does 17.8 million, one of stage 2 does 15.7 "
        "million.",
        _most(4),
    ),
)

LESSON_4 = (_WHOLE, _WORK)

"""The questions of lesson 3: what a stride leaves out, and what a second ReLU costs.

Who calls it: `predictions`. The second question is a near case of the first: the same stride, but
in a block with a 3x3 convolution.
"""

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

_PERCENT = {"lesson": 3, "unit": "%", "low": 0, "high": 100, "log": False}

_UNUSED = Number(
    name="stride-unused",
    title="What share of a 16 × 16 image does a 1 × 1 convolution with stride 2 never use?",
    right=3,
    wrong=(
        Below(
            15,
            Reason(
                "You expected that hardly anything is left out. That is so for a 3 × 3 kernel: its "
                "windows overlap, so every position is in one of them. A window of a 1 × 1 kernel "
                "is a single position, and the stride jumps over the next one.",
                "A stride does not shrink the image and then look at it, as a resize would. It "
                "only says where the windows are. What lies in no window has no influence on "
                "the output at all, and so it gets no gradient either.",
            ),
        ),
        Below(
            40,
            Reason(
                "You may have given the share that is used, not the share that is left out: a "
                "quarter is used.",
                "Of every 2 × 2 positions the convolution looks at the upper left one. One of four "
                "is used, three of four are not. It is worth counting such a square by hand "
                "whenever a stride comes up.",
            ),
        ),
        Below(
            60,
            Reason(
                "You expected a half, because every second row and every second column is left "
                "out. But a position is used only if its row and its column are: a half of a half "
                "is a quarter.",
                "The stride halves each side, so the output has 8 × 8 positions instead of 16 × "
                "16, and each of them looks at one position of the input. 64 of 256 are used. "
                "Areas go with the square of the sides; the same holds for the number of "
                "multiplications, which a stride of 2 divides by four as well.",
            ),
        ),
        Below(
            100,
            Reason(
                "You expected even more than the measurement shows. Of every 2 × 2 positions one "
                "is used, so three quarters are left out.",
                "Perhaps you had a larger square in mind: with stride 3 one position of nine is "
                "used, and 89 % are left out. With stride 2 the windows are at every second "
                "position, so the squares are 2 × 2.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "The 1 × 1 convolution with stride 2 uses every second row, all of it",
                "Look along one of the rows that are used: is each of its positions used?",
            ),
            Observation(
                "Both convolutions with stride 2 leave positions out",
                "Look at the grid on the right.",
            ),
            Observation("Only the 1 × 1 convolution with stride 2 leaves positions out"),
        ),
        "It uses a quarter of the positions; three quarters are thrown away unseen. The 3 × 3 "
        "convolution with the same stride uses them all.",
        lambda share: abs(share - 75) < 1,
    ),
    **_PERCENT,
)

_BLOCK = Choice(
    name="block-unused",
    lesson=3,
    title="On what share of its input does the whole block depend, with stride 2?",
    options=(
        Option(
            "All of it: the 3 × 3 convolution brings the rest back",
            lambda share: share > 90,
            Reason(
                "You expected the 3 × 3 convolution to help, because its windows overlap. But it "
                "comes after the first convolution, and that one has dropped three quarters of "
                "the positions already. It sees neighbours only in the small map that is left.",
                "A receptive field tells how far an output can look, and the one of this block is "
                "indeed 5 × 5 positions wide. It does not tell that everything inside it counts: "
                "here it is a grid with holes. Whether a position counts is decided by the first "
                "layer that sees it, and on both paths that is a 1 × 1 convolution with stride 2. "
                "This is why later versions move the stride to the 3 × 3 convolution.",
            ),
        ),
        Option(
            "A half: the two paths use different positions",
            lambda share: 40 < share < 60,
            Reason(
                "You expected that the shortcut uses other positions than the main path. Both "
                "begin with a 1 × 1 convolution with stride 2, and both windows start in the upper "
                "left corner: they drop the same positions.",
                "It would be a good idea: shifted by one position, the shortcut could see what the "
                "main path drops. But then the sum would add values that belong to different "
                "places. The two paths are added position by position, so they have to be "
                "aligned.",
            ),
        ),
        Option(
            "A quarter, as for the 1 × 1 convolution alone",
            lambda share: 20 < share < 30,
            Reason(
                "You expected a quarter. Here it is another share: does your block have the "
                "stride in its first convolution and in the shortcut?",
                "Compare your block with the table above: step 1 and the shortcut have stride s, "
                "the other steps have stride 1.",
            ),
        ),
        Option(
            "Less than a quarter: three convolutions leave out more and more",
            lambda share: share < 20,
            Reason(
                "You expected that each convolution leaves something out. Only the first one of a "
                "path has a stride; the others have stride 1 and use everything that they get.",
                "If each of the three had stride 2, the output would be 2 × 2 instead of 8 × 8. "
                "Each path has the stride once, and the size of the output shows it: it is halved "
                "once.",
            ),
        ),
    ),
    reading=Reading(
        "What does the output of the cell say?",
        (
            Observation("The block depends on as large a share as one 1 × 1 convolution did"),
            Observation(
                "The block depends on a larger share than the 1 × 1 convolution did",
                "Compare the number with the one of section 3.3.",
            ),
            Observation(
                "The block depends on every position",
                "Read the percentage once more.",
            ),
        ),
        "The 3 × 3 convolution comes after the step that dropped the positions, and the shortcut "
        "drops the same ones. So nearly three quarters of the output of stage 2 are never used. "
        "The original ResNet-50 was made like this, and it works. Later versions move the stride "
        "to the 3 × 3 convolution, and take averages before the 1 × 1 convolution of the shortcut; "
        "both bring some accuracy (T. He et al., 2019). We keep the original, so that its "
        "published numbers hold.",
        lambda share: 20 < share < 30,
    ),
)

_RELU = Number(
    name="second-relu",
    title="With a second ReLU on the shortcut, at what share of the values does the gradient get "
    "back into it?",
    right=3,
    wrong=(
        Below(
            34,
            Reason(
                "You multiplied a half by a half. That would be right if the two ReLUs were open "
                "independently of each other. But where the shortcut's value is positive, it also "
                "lifts the sum, which is then positive more often than half of the time.",
                "Take the main path and the shortcut as two random values. Given that the shortcut "
                "is positive, the sum is negative only if the main path is negative and the "
                "larger of the two in size: half of a half, a quarter. So three quarters are "
                "open, and a half times three quarters is three eighths.",
            ),
        ),
        Below(
            60,
            Reason(
                "You expected that the second ReLU costs nothing, because the first one already "
                "blocks half of the values. But the two do not block the same half: sometimes the "
                "sum is positive although the shortcut is negative.",
                "That happens where the main path is positive and larger in size: an eighth of all "
                "values. There the gradient got through before, and with the second ReLU it does "
                "not. An eighth seems little, but ResNet-50 has four such shortcuts, one after the "
                "other, and these effects multiply.",
            ),
        ),
        Below(
            100,
            Reason(
                "A ReLU cannot open a way for the gradient, only block it. The one after the sum "
                "already blocks about half of the values, so it must be less than a half.",
                "Perhaps you thought of the output, which does become larger on average: with the "
                "second ReLU the shortcut can only push it up. The gradient of a ReLU is 1 or 0 "
                "and asks only whether its input is positive.",
            ),
        ),
    ),
    reading=Reading(
        "What do the two lines say?",
        (
            Observation(
                "With the second ReLU the gradient reaches more of the values",
                "Compare the two percentages.",
            ),
            Observation(
                "Without it the gradient reaches about half of the values, with it clearly fewer"
            ),
            Observation(
                "With the second ReLU the gradient reaches half as many of the values",
                "Divide the second percentage by the first.",
            ),
        ),
        "Without the second ReLU, the gradient gets through at about half of the values: where the "
        "sum is positive. With it, the gradient gets through at about three eighths: half of the "
        "values are blocked by the second ReLU, and a quarter of the rest by the ReLU after the "
        "sum (½ × ¾ = ⅜).",
        lambda share: 34 < share < 41,
    ),
    **_PERCENT,
)

LESSON_3 = (_UNUSED, _BLOCK, _RELU)

"""The predictions of lesson 7."""

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

_DEEP = Choice(
    name="deep-plain",
    lesson=7,
    title="Where does the training loss of the plain network with 56 layers end?",
    options=(
        Option(
            "Near 0, as with 8 layers",
            lambda loss: loss < 0.4,
            Reason(
                "You reckoned with what the network could do: it has many more weights than the "
                "one with 8 layers, so it could fit the images at least as well. But training has "
                "to find such weights, and here it does not.",
                "The argument that the deeper network contains the shallower one is right. It "
                "speaks of the best loss that exists, and nothing in it says that Adam gets there "
                "in 425 steps. He et al. (2015) began their paper with exactly this gap between "
                "what exists and what is found.",
            ),
        ),
        Option(
            "Clearly above 0, but well below guessing",
            lambda loss: 0.4 <= loss < 1.3,
            Reason(
                "You expected that depth slows the training down a little. With 32 layers it is "
                "like that. With 56 layers the network has hardly left the level of guessing when "
                "the training ends.",
                "Lesson 1 showed a network with 32 layers that stayed near the level of guessing "
                "for 120 steps. Here the training is longer, 425 steps, and 32 layers do get away "
                "from there. Each further layer makes the start longer, and 56 layers are too many "
                "for this number of steps.",
            ),
        ),
        Option(
            "Above 1.3, not far below guessing (1.79)",
            lambda loss: loss >= 1.3,
            Reason(
                "You expected that the network learns nothing at all. In this run it did learn: "
                "with other images or another learning rate, depth can do less harm than in the "
                "setting of the text.",
                "How strong degradation is depends on the width, the learning rate and the task, "
                "as the rest of this lesson shows. If you have changed one of them, compare the "
                "four depths again before you conclude anything about depth.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "Both lines rise with the depth",
                "Look at the line of the residual networks at 56 layers.",
            ),
            Observation(
                "From 20 layers on, plain networks end higher the deeper they are, residual ones "
                "do not"
            ),
            Observation(
                "Residual networks are better at every depth, 8 layers included",
                "Compare the two lines at 8 layers.",
            ),
        ),
        "This is He et al.'s figure in miniature. With 8 layers the two kinds train alike. The "
        "plain network with 56 layers ends at about 1.5, not far below the loss of guessing, ln 6 "
        "= 1.79, although it could copy what the small one does. The residual networks of all four "
        "depths end near 0.",
        lambda loss: loss >= 1.3,
    ),
)

_SHARE = Number(
    name="branch-share",
    lesson=7,
    title="What share of the variance after block 10 comes from block 10's own branch?",
    unit="%",
    low=0,
    high=100,
    log=False,
    right=3,
    wrong=(
        Below(
            6,
            Reason(
                "You expected less than it is. The branches do not shrink: BatchNorm gives each of "
                "them a variance of about 1. Ten of them and the input lie on the stream, so each "
                "has about one part in eleven.",
                "Perhaps you halved the share with each block, which after ten blocks gives a "
                "tenth of a per cent. That is right for what is left of the input if the branch "
                "always were as large as the stream. With BatchNorm the branch keeps its size "
                "while the stream grows.",
            ),
        ),
        Below(
            40,
            Reason(
                "You were on the right track, but expected a larger share. Count the parts: the "
                "stream is a sum of the input and ten branches, all with a variance of about 1.",
                "Independent values add their variances: 1 + 10 = 11 after block 10. The branch "
                "of block 10 has one part of these eleven, which is 9 %. After block 50 it is one "
                "part in 51, or 2 %.",
            ),
        ),
        Below(
            100,
            Reason(
                "You expected that a block adds about as much as is there already. Block 1 does: "
                "its share is a half. But the stream grows with each block, and the branch does "
                "not, because BatchNorm sets its input back to variance 1.",
                "Without BatchNorm you would be right. Then the branch of each block has the "
                "variance of the stream, its share stays near a half, and the variance doubles "
                "with each block. You measure that next.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for the networks with BatchNorm?",
        (
            Observation("The share falls from block to block, ever more slowly"),
            Observation(
                "The share falls in a straight line to 0",
                "Compare blocks 1 to 10 with blocks 40 to 50.",
            ),
            Observation(
                "The share stays about the same from block to block",
                "Compare block 1 with block 50.",
            ),
        ),
        "The stream after block l is the sum of the input and of l branches, all with a variance "
        "of about 1. So the share of the last branch is 1 / (l + 1): a half after block 1, an "
        "eleventh after block 10, and a fifty-first after block 50. At the start of training, a "
        "late block hardly changes what passes by: it is nearly the identity.",
        lambda share: 6 < share < 13,
    ),
)

_SILENCED = Choice(
    name="block-silenced",
    lesson=7,
    title="How accurate is ResNet-50 without one of its 12 identity blocks?",
    options=(
        Option(
            "It guesses: about 1 in 6 is right",
            lambda accuracies: max(accuracies) < 0.4,
            Reason(
                "You expected that the layers build on each other, so that a missing step breaks "
                "the chain. In a plain network it is like that. Here the shortcut carries the "
                "stream past the place where the block was, and the blocks after it get nearly "
                "what they were trained on.",
                "In the small plain network below, one layer out does cost most of the accuracy, "
                "because every signal has to pass through it. With a shortcut past every block, "
                "a signal has 2 to the power of 16 paths through 16 blocks. Without one of them "
                "half of the paths are left.",
            ),
        ),
        Option(
            "It depends: some cost nothing, others all",
            lambda accuracies: max(accuracies) > 0.8 and min(accuracies) < 0.4,
            Reason(
                "You expected blocks that nothing can replace. The blocks do differ, but none of "
                "the twelve is indispensable: without the most important one, the network still "
                "recognises most of the images.",
                "Veit et al. (2016) found the same on CIFAR-10 and ImageNet. Only the blocks in "
                "which a stage begins cost them clearly more. Those have a convolution on their "
                "shortcut and are not among the twelve.",
            ),
        ),
        Option(
            "Well above guessing, whichever block it is",
            lambda accuracies: min(accuracies) >= 0.4,
            Reason(
                "You expected that no single block matters much. In this run one of them does: the "
                "lowest accuracy is much lower than with the course's own network and images.",
                "If the network is your own, it may be less robust than the course's, which was "
                "trained for a long time. A network that was trained for a short time, or "
                "on few images, can depend on single blocks.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "The later a block stands, the more its loss costs",
                "Compare the accuracy without block 5c (12) with the one without block 3d (5).",
            ),
            Observation(
                "The blocks that change the stream most cost most accuracy",
                "Find the block with the largest change, and look at the accuracy without it.",
            ),
            Observation("Whichever block is missing, the accuracy stays far above guessing"),
        ),
        "No single block is indispensable. Stage 3 matters most; several blocks of stages 4 and 5 "
        "cost next to nothing. How much a block changes the stream does not say how much its loss "
        "costs: the last blocks change the stream as much as those of stage 3, and cost nothing.",
        lambda accuracies: min(accuracies) >= 0.4,
    ),
)

_NEIGHBOURS = Choice(
    name="gradient-neighbours",
    lesson=7,
    title="In a plain network with 50 layers, how alike are the gradients of neighbouring inputs?",
    options=(
        Option(
            "Nearly equal, as the inputs are",
            lambda correlation: correlation > 0.7,
            Reason(
                "You expected a smooth function, whose slope changes little over a small step. "
                "With few layers it is like that. But each ReLU layer adds new kinks, and after "
                "50 layers there are many between two neighbouring inputs.",
                "The function itself is continuous, so neighbouring inputs do have similar "
                "outputs. Its slope is not: it jumps at each kink. For training it is the slope "
                "that counts, because each step follows it.",
            ),
        ),
        Option(
            "Somewhat: a correlation of a half",
            lambda correlation: 0.35 < correlation <= 0.7,
            Reason(
                "You expected that depth makes the gradient rougher, but that something is left. "
                "That is what the residual network with 50 layers shows. In the plain one nothing "
                "is left: its gradient looks like noise.",
                "In the plain network the correlation halves with each few layers, since each "
                "layer decides anew which of its inputs it lets through. Balduzzi et al. (2017) "
                "compute the rate: with L layers, two to the power of minus L in a plain network, "
                "and one over the root of L in a residual one with BatchNorm.",
            ),
        ),
        Option(
            "Not at all: it looks like noise",
            lambda correlation: correlation <= 0.35,
            Reason(
                "You expected noise. In this run the neighbours are still alike: with fewer layers "
                "or closer inputs the gradient has no time to change.",
                "The correlation depends on the distance of the inputs, which is 1/64 here. At a "
                "small enough distance every network's gradient is constant. Compare networks at "
                "the same distance only.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "With 50 layers, the gradients of both networks look like noise",
                "Follow the line of the residual network: does it change as often as the plain "
                "one?",
            ),
            Observation(
                "The deep plain network's gradient jumps at every step; the residual one's "
                "changes more slowly"
            ),
            Observation(
                "The residual network's gradient is as smooth as with 3 layers",
                "Count how often the lines of the two change their direction.",
            ),
        ),
        "In the plain network with 50 layers the gradients of neighbouring inputs have nothing to "
        "do with each other: a step that is right for one image says nothing about a nearly equal "
        "one. In the residual network of the same depth they are still correlated.",
        lambda correlation: correlation <= 0.35,
    ),
)

LESSON_7 = (_DEEP, _SHARE, _SILENCED, _NEIGHBOURS)

"""The questions of lesson 1 about depth: the loss of a deep network, and the same with shortcuts.

Who calls it: `predictions`. The second question is a near case of the first, for a second guess.
"""

from __future__ import annotations

import numpy as np

from resnets.widgets.questions import Curve, Observation, Reading, Reason, Shape

_GUESSING = float(np.log(6))  # the loss of a network that gives each class the same probability
_SHALLOW, _DEEP = "plain, 8 layers", "plain, 32 layers"
_LOSS = {
    "lesson": 1,
    "x": tuple(range(1, 13)),
    "xlabel": "epoch (10 steps each)",
    "ylabel": "training loss (nats)",
    "low": 0,
    "high": 3,
    "log": False,
}


def _half_way(known):
    return (np.asarray(known[_SHALLOW]) + _GUESSING) / 2


def _late(x, known):
    """No progress for six epochs, then down to the shallow network's loss."""
    return np.interp(x, [1, 6, 12], [_GUESSING, _GUESSING, known[_SHALLOW][-1]])


_DEEPER = Curve(
    name="deeper-loss",
    title="What does the training loss of the plain network with 32 layers do?",
    known=(_SHALLOW,),
    right=0.2,
    wrong=(
        Shape(
            lambda x, known: 0.6 * np.asarray(known[_SHALLOW]),
            Reason(
                "You expected that more layers learn more. They can express more: the best weights "
                "of the deep network give at most the loss of the shallow one. But training has "
                "to find these weights, and here it does not come near them.",
                "Being able to represent a solution and finding it are two things, and the "
                "argument above this cell is only about the first. To imitate the shallow "
                "network, 24 layers would have to pass their input on unchanged. For a layer of "
                "convolution, BatchNorm and ReLU this is not the natural state: its weights start "
                "as small random numbers, and random layers mix the image until little of it is "
                "left. Before 2015 many people believed as you did, which is why this result was "
                "a surprise to them, too.",
            ),
        ),
        Shape(
            lambda x, known: np.asarray(known[_SHALLOW]),
            Reason(
                "You expected that the 24 additional layers do no harm, because they could be a "
                "copy of their input. They could, but they do not start as one, and the steps of "
                "the training do not lead there.",
                "At the start each additional layer mixes its input with random weights. "
                "The good solution, in which 24 layers do nothing, is one point in a space of "
                "70,000 weights, and the gradient at the start does not point to it. "
                "BatchNorm keeps the size of the signal in order, but it cannot keep its content.",
            ),
        ),
        Shape(
            _late,
            Reason(
                "You expected a late start, and then the same loss. A deep network often needs "
                "more steps, but this one is still near the level of guessing after 120 steps.",
                "Waiting longer is a good idea, and He et al. did: they trained plain networks "
                "for tens of thousands of steps. The deeper one became better than it is here, "
                "but it stayed worse than the shallow one, on the training images too. The "
                "number of steps is not what is missing.",
            ),
        ),
        Shape(
            lambda x, known: _half_way(known),
            Reason(
                "You expected the deep network to be worse, which is right, but it learns even "
                "less than you thought: its loss stays near the level of guessing.",
                "Six classes and no idea give a loss of ln 6 = 1.79. A network that learns how "
                "often each class occurs and nothing else stays there. A curve half-way down would "
                "mean that it tells many of the hands apart; in these 120 steps it hardly does.",
            ),
        ),
        Shape(
            lambda x, known: np.linspace(_GUESSING, 2.5, len(x)),
            Reason(
                "You expected the loss to rise. Then each step would do harm, as with a learning "
                "rate that is far too large. Here the steps do no harm; they just achieve little.",
                "Perhaps you thought of overfitting: there a loss rises, but it is the loss on "
                "images that the network has not seen. This is the training loss, which the steps "
                "push down.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show after 12 epochs?",
        (
            Observation("With 32 layers the loss is still above 1.4, and with 8 it is close to 0"),
            Observation(
                "With 8 layers the loss is still above 1.4, and with 32 it is close to 0",
                "Read the legend once more: which marker belongs to which depth?",
            ),
            Observation(
                "Both losses have fallen by about the same",
                "Compare the two lines at their right ends.",
            ),
        ),
        "While the small network learns, the deep one falls far behind; on the course's images its "
        "loss has come down only a little from ln 6 = 1.79, the loss of guessing. It is worse on "
        "the images that it is trained on. That is not overfitting: a network that overfits has a "
        "low training loss.",
        lambda loss: loss[-1] > 1.4,
    ),
    **_LOSS,
)

_SHORTCUT = Curve(
    name="shortcut-loss",
    title="What does the training loss of 32 layers with shortcuts do?",
    known=(_SHALLOW, _DEEP),
    right=0.35,
    wrong=(
        Shape(
            lambda x, known: np.asarray(known[_DEEP]),
            Reason(
                "You expected no great change: the line has no weights, so it adds nothing that "
                "could learn. But it changes where the training starts. A pair of convolutions "
                "that computes nearly 0 now passes its input on, instead of losing it.",
                "Nothing is added to what the network can express, and that is just the point: "
                "the trouble was never what it can express. Without the shortcut the image has to "
                "survive 31 random layers before the softmax sees it. With it there is a path on "
                "which the image goes through untouched from the first step on, and each pair "
                "only has to learn what to add. The same holds for the gradient on its way back.",
            ),
        ),
        Shape(
            lambda x, known: _half_way(known),
            Reason(
                "You expected half of the effect. But with shortcuts the good solution needs no "
                "exact weights, and training finds it: the deep network keeps up with the shallow "
                "one.",
                "A shortcut over two layers seems a small help against 32 layers. But there is "
                "one over each pair, so together they make a path from the first layer to the "
                "last. The depth that a signal has to survive is not halved: it is gone.",
            ),
        ),
        Shape(
            lambda x, known: 0.3 * np.asarray(known[_SHALLOW]),
            Reason(
                "You expected the deep network to be far ahead at once. It is not: on so few "
                "steps and images its depth is no advantage yet. The shortcuts take an obstacle "
                "away; they do not make the network cleverer.",
                "In the measurement the loss even starts higher than those of the other two. "
                "Depth pays on harder tasks: on ImageNet, networks with shortcuts became better "
                "from 34 to 152 layers. On 480 small images of hands eight layers are enough.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for the network with shortcuts?",
        (
            Observation(
                "It stays near the plain network with 32 layers",
                "Look at the right end: which of the other two lines is nearer?",
            ),
            Observation(
                "It lies below both other lines from the first epoch on",
                "Look at the left end, at the first epochs.",
            ),
            Observation("It starts higher than the others, then falls about like 8 layers"),
        ),
        "The depth, the number of weights and the steps are the same, but with shortcuts the loss "
        "falls as it does for the shallow network: the shortcut made the good solution easy to "
        "find.",
        lambda loss: loss[-1] < 1.0,
    ),
    **_LOSS,
)

LESSON_1_DEPTH = (_DEEPER, _SHORTCUT)

"""The question of lesson 2: what BatchNorm does to the gradient of a plain stack.

Who calls it: `predictions`. It is a near case of the sigmoid's curve in lesson 1: a product again,
but with another factor.
"""

from __future__ import annotations

import numpy as np

from resnets.widgets.questions import Curve, Observation, Reading, Reason, Shape


def _power(exponent_per_block: float):
    """A curve that is multiplied by the same factor with every block."""
    return lambda x, known: 10.0 ** (exponent_per_block * x)


_STACK = Curve(
    name="plain-batchnorm",
    lesson=2,
    title="With BatchNorm in training mode, how large is the gradient at the input of a plain "
    "stack?",
    x=(1, 5, 10, 20),
    xlabel="blocks in the stack",
    ylabel="gradient at the input (log scale)",
    low=1e-8,
    high=1e8,
    log=True,
    right=0.8,
    wrong=(
        Shape(
            _power(-0.35),
            Reason(
                "You let the gradient vanish, as in lesson 1. Without normalisation it does so "
                "here, too. But BatchNorm divides by the standard deviation, and on the way back "
                "it multiplies the gradient by one over it.",
                "A signal that has become small is made large again by BatchNorm, and dividing by "
                "a small number is multiplying by a large one, for the gradient too. ReLU and the "
                "weights make each signal smaller than 1, so every layer divides by less than 1, "
                "and every layer multiplies the gradient by more than 1. What vanished before now "
                "grows.",
            ),
        ),
        Shape(
            _power(-0.1),
            Reason(
                "You expected BatchNorm to make the gradient shrink more slowly. It does more than "
                "that: the factor of a block is above 1 with it, so the gradient grows.",
                "In lesson 1 the networks with BatchNorm had healthy gradients with the sigmoid, "
                "and it is natural to read that as 'it shrinks less'. But nothing says that the "
                "factor has to stay below 1. Here it is about 0.7 per layer without BatchNorm and "
                "nearly 1.2 with it.",
            ),
        ),
        Shape(
            lambda x, known: np.ones(len(x)),
            Reason(
                "You expected a level line, because BatchNorm keeps every signal at the same size. "
                "It does so on the way forward. On the way back nothing is normalised: the "
                "gradient is only multiplied, block by block.",
                "This is perhaps the most common belief about BatchNorm. It fixes the mean and the "
                "variance of a layer's output, not those of the gradient. The gradient gets a "
                "factor from each BatchNorm, one over the standard deviation that it divided by, "
                "and these factors are a little above 1. Over 60 layers even a factor of 1.2 makes "
                "fifty thousand.",
            ),
        ),
        Shape(
            _power(0.07),
            Reason(
                "The direction is right: the gradient grows. But the factors of all 60 layers are "
                "multiplied, and that is much more than your curve shows.",
                "Your curve ends near a factor of 25. Taken apart, that is 1.05 for each of 60 "
                "layers. The measured factor is about 1.18, which looks like a small difference. "
                "As in lesson 1, the power is what counts: 1.18 to the power of 60 is twenty "
                "thousand.",
            ),
        ),
        Shape(
            _power(0.4),
            Reason(
                "The direction is right: the gradient grows. But it grows by less than you "
                "thought, by a factor of about 1.6 for a block, not by more than 2.",
                "BatchNorm undoes how much smaller convolution and ReLU have made the signal. ReLU "
                "removes about half of the power, so a layer multiplies the gradient by no more "
                "than the square root of 2, about 1.4. With three layers that is 2.8 for a block "
                "at most, and the measured factor is smaller still.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for the plain stack in training mode?",
        (
            Observation(
                "Its gradient stays at about 1",
                "Read the vertical axis at 20 blocks: from one line of the grid to the next is a "
                "factor of 100.",
            ),
            Observation("Its gradient grows with every block"),
            Observation(
                "Its gradient falls with every block",
                "Two lines belong to the plain stack. Which of them is for training mode?",
            ),
        ),
        "With BatchNorm in training mode, the gradient of the plain stack grows: after 20 blocks "
        "it is tens of thousands of times as large. Without normalisation it vanishes: less than a "
        "billionth is left. With shortcuts it stays within a factor of a hundred in both "
        "modes.",
        lambda norms: norms[-1] > 1000,
    ),
)

LESSON_2 = (_STACK,)

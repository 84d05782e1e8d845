"""The questions of lesson 1 about gradients: a product of factors, the sigmoid, and ReLU.

Who calls it: `predictions`. A question stands where typical learners err; each reason begins with
what such a learner has in mind.
"""

from __future__ import annotations

import numpy as np

from resnets.widgets.questions import (
    Below,
    Choice,
    Curve,
    Number,
    Observation,
    Option,
    Reading,
    Reason,
    Shape,
)


def _times(factor_per_layer: float):
    """A curve over 20 layers that ends at 0.3 and shrinks by a factor with each layer back."""
    return lambda x, known: 0.3 * factor_per_layer ** (x - 20)


_PRODUCT = Number(
    name="millionth",
    lesson=1,
    title="After how many layers is less than a millionth of the gradient left?",
    unit="layers",
    low=1,
    high=1000,
    log=True,
    right=1.3,
    wrong=(
        Below(
            7.6,
            Reason(
                "With a factor of 10 for each layer, six layers would be enough. A quarter is a "
                "smaller step: you need the first n for which 4 to the power n is above a million.",
                "Check it with powers of two: a million is about 2 to the power 20, and 4 is 2 "
                "times 2. So half of 20, which is 10, is enough, and 6 layers give only 4096.",
            ),
        ),
        Below(
            30,
            Reason(
                "Your number fits a factor of about a half for each layer: 2 to the power 20 is a "
                "million. But the slope of the sigmoid is at most a quarter, which is a half times "
                "a half, so it takes half as many layers.",
                "The slope is σ(z) (1 - σ(z)). Its two factors add up to 1, so their product is "
                "largest when both are a half, and then it is a quarter. It is easy to remember "
                "the half, which is the value of the sigmoid at 0, instead of its slope there.",
            ),
        ),
        Below(
            1000,
            Reason(
                "You expected the shrinking to add up, a little with each layer. But the factors "
                "are multiplied: each layer takes three quarters of what the layers above have "
                "left.",
                "Almost everybody underestimates this. We judge growth and decay by the first few "
                "steps and continue in a straight line. After one layer a quarter is left, after "
                "two a sixteenth, after five a thousandth; the same five layers again make a "
                "millionth. Whenever a quantity goes through many layers, count its factors.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show? Look at the scale of the vertical axis.",
        (
            Observation(
                "The share falls fast at first and then hardly any more",
                "That is how it looks on an ordinary axis. Here each step of the grid is the same "
                "factor: does the curve become flatter?",
            ),
            Observation("The share falls by the same factor with every layer"),
            Observation(
                "The share falls by the same amount with every layer",
                "A straight line would say so on an ordinary axis. On this one, equal steps down "
                "are equal factors, not equal amounts.",
            ),
        ),
        "Ten layers are enough. On a logarithmic axis a product of equal factors is a straight "
        "line; you will see such lines in the whole lesson.",
        lambda measured: measured == 10,
    ),
)

_SIGMOID = Curve(
    name="sigmoid-curve",
    lesson=1,
    title="How large is the gradient norm of each of the 20 layers?",
    x=tuple(range(1, 21)),
    xlabel="layer, from input (left) to output (right)",
    ylabel="gradient norm (log scale)",
    low=1e-14,
    high=10,
    log=True,
    right=1.5,
    wrong=(
        Shape(
            _times(1),
            Reason(
                "You expected that every layer gets about the same. That would be so if a layer "
                "passed the whole gradient on. But on its way back it meets the slope of the "
                "sigmoid in each layer, and that is at most a quarter.",
                "Perhaps you thought that many paths make up for the small slope: each value has "
                "144 weights, so 144 paths come together. But the initial weights have random "
                "signs, and their size is chosen so that the sum stays as large as one of them. "
                "So the sum over the paths hardly helps: it turns a factor of 4 into one of 3.8.",
            ),
        ),
        Shape(
            _times(1.4),
            Reason(
                "You expected a smaller gradient near the input, but it shrinks much more than "
                "that. The factors of all layers are multiplied: even a modest factor, taken 19 "
                "times, is enormous.",
                "Your curve ends at the input with a factor below a million. Taken apart, that is "
                "a factor of less than 2 for each layer, so each layer would pass on more than "
                "half. The sigmoid's slope is never above a quarter. When you estimate such a "
                "curve, estimate the factor of one layer and take its power.",
            ),
        ),
        Shape(
            _times(2.2),
            Reason(
                "Your line has the right form, but each layer divides by more than you thought: "
                "by almost 4, not by about 2.",
                "You may have remembered that the sigmoid's value at 0 is a half. What counts on "
                "the way back is its slope, and that is a quarter. Over 19 layers the difference "
                "between 2 and 4 makes a factor of half a million.",
            ),
        ),
        Shape(
            lambda x, known: 0.3 * 4.0 ** -(x - 1),
            Reason(
                "You let the gradient fall from the input to the output. That is the way of the "
                "signal. The gradient starts at the loss, after the last layer, and goes back.",
                "So the last layer gets its gradient after one step, and the first layer after "
                "all of them. This is the reason why deep networks are hard to train: the layers "
                "that see the image first are the last to hear about the loss. Whenever you think "
                "about a gradient, start at the right end of the plot.",
            ),
        ),
        Shape(
            lambda x, known: np.where(x > 4, 0.3, 0.3 * 100.0 ** (x - 5)),
            Reason(
                "You expected that only the first few layers suffer. But no layer is special: "
                "each divides by about the same factor, so the shrinking begins at the output.",
                'People often say that "the first layers do not learn", which sounds as if '
                "something happened there. What happens is the same in every layer. The first "
                "layers get least only because they are furthest from the loss.",
            ),
        ),
        Shape(
            lambda x, known: np.where(x < 18, 1e-10, 0.3 * 1000.0 ** (x - 20)),
            Reason(
                "You let the gradient vanish within a few layers. It takes its time: each layer "
                "passes on about a quarter, and the line falls steadily to the input.",
                "A quarter sounds like much less than it is. Three factors of a quarter leave one "
                "part in 64 of the gradient, which is still enough to learn from. Only the "
                "power of many layers makes it vanish. That is why networks of three or four "
                "sigmoid layers were trained for years, and deeper ones were not.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for the network with 20 layers?",
        (
            Observation(
                "A level line that drops in the first few layers",
                "Follow the line from the right: is there a part where it does not fall?",
            ),
            Observation("A nearly straight line that falls from the output to the input"),
            Observation(
                "A nearly straight line that falls from the input to the output",
                "The input is on the left. At which end is the norm near 0.5, at which near 10⁻¹¹?",
            ),
        ),
        "The lines are nearly straight on a logarithmic axis: each layer divides the gradient by "
        "about the same factor, a little under 4, and over 20 layers that makes more than a "
        "billion. This is the product from section 1.2. Because the weights add up many "
        "paths, each layer leaves a little more than a quarter of the gradient.\n\n"
        "The last layer learns; the first layer hears almost nothing about the loss.",
        lambda norms: norms[0] < 1e-9 * norms[-1],
    ),
)

_RELU = Choice(
    name="relu-weights",
    lesson=1,
    title="With ReLU and 20 layers, for which initial weights does the gradient shrink towards "
    "the input?",
    options=(
        Option(
            "Only for Glorot's weights",
            lambda falling: falling == ["ReLU, Glorot"],
            Reason(
                "You expected Glorot's line to fall, because ReLU throws half of the signal away "
                "and these weights do not make up for it. The signal does fade, but on its way "
                "forward. What you measure in a layer is a product of two things: the signal that "
                "comes in, and the gradient that comes back.",
                "Near the input the signal is strong, and the gradient that comes back is weak; "
                "near the output it is the other way round. Both fade by the same factor for each "
                "layer, so the product is the same everywhere: the line is level, but low. You "
                "were right that something fades; it only cannot be seen as a slope in this plot.",
            ),
        ),
        Option(
            "Only for He's weights",
            lambda falling: falling == ["ReLU, He"],
            Reason(
                "You expected He's line to fall. But He's weights are twice as large in variance, "
                "just to make up for the half that ReLU throws away, and the same holds on the "
                "way back: signal and gradient keep their size.",
                "If larger weights worry you: they would let the gradient explode, not vanish. A "
                "weight is a factor on the way back just as on the way forward, so with larger "
                "ones more arrives at the input, not less. With He's variance the two effects "
                "are in balance.",
            ),
        ),
        Option(
            "For both",
            lambda falling: len(falling) == 2,
            Reason(
                "You expected what you saw for the sigmoid. There each layer has a slope of at "
                "most a quarter. The slope of ReLU is 1 wherever its input is positive, so a path "
                "through active units loses nothing.",
                "It is true that half of the units are off, with a slope of 0, and so half of the "
                "paths are cut. But that is a factor of a half in the variance, and the initial "
                "weights decide about the rest: He's make up for it exactly. With the sigmoid the "
                "factor is a sixteenth in the variance, and none of the usual weights make up for "
                "that.",
            ),
        ),
        Option(
            "For neither",
            lambda falling: falling == [],
            Reason(
                "You expected two level lines. Here at least one falls: look at its name.",
                "Look at the cell that builds the networks: was anything changed there?",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for the two ReLU networks?",
        (
            Observation(
                "Glorot's line falls to the left, He's is level",
                "Compare the left end of Glorot's line with its right end: how many powers of ten "
                "lie between them?",
            ),
            Observation("Both lines are level, and Glorot's lies much lower"),
            Observation(
                "Both lines are level, at the same height",
                "Read the vertical axis at both lines: each line of the grid is a factor of 100.",
            ),
        ),
        "Both ReLU lines are level: no layer gets much less than another. But with Glorot's "
        "weights the whole line lies about a thousand times lower. There the forward signal fades "
        "by a factor of about 0.7, the square root of a half, for each layer, and what reaches the "
        "softmax hardly depends on the image any more. The gradient of a kernel is the signal that "
        "comes in times the gradient that comes back: near the input the first is large and the "
        "second small, near the output it is the other way round, and the product is the same "
        "everywhere. With He's weights the signal keeps its size.\n\n"
        "So ReLU and the right initial weights solve much of the problem, as long as the weights "
        "stay near where they started.",
        lambda falling: falling == [],
    ),
)

LESSON_1 = (_PRODUCT, _SIGMOID, _RELU)

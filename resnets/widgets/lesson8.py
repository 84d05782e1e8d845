"""The predictions of lesson 8 about the recipe and about borrowed weights.

`lesson8_stream` has those about the residual stream.
"""

from __future__ import annotations

from collections.abc import Sequence

from resnets.widgets.questions import Choice, Observation, Option, Reading, Reason

_CLEAR = 8  # points; the seeds of one variant lie up to that far apart


def _gains(medians: Sequence[float]) -> tuple[float, float]:
    """What the architecture and the recipe bring alone, in points."""
    plain, gate, recipe, _ = medians
    return gate - plain, recipe - plain


def _recipe_wins(medians: Sequence[float]) -> bool:
    gate, recipe = _gains(medians)
    return recipe - gate > _CLEAR


_RECIPE = Choice(
    name="recipe-or-architecture",
    lesson=8,
    title="What helps more on new people, the recipe or the architecture?",
    options=(
        Option(
            "The architecture: it adds what the network cannot do",
            lambda medians: _gains(medians)[0] - _gains(medians)[1] > _CLEAR,
            Reason(
                "You expected that a network which can weigh its channels needs less luck in "
                "training. But the plain network already fits all its training images. What it "
                "lacks is not power, it is a reason to learn the hand and not the 180 images.",
                "A better block helps where the network cannot fit its task. Look at the training "
                "loss: with plain training it ends near 0. On ImageNet, where a ResNet-50 does "
                "not fit everything, squeeze and excitation brought about one and a half points.",
            ),
        ),
        Option(
            "Both about the same",
            lambda medians: abs(_gains(medians)[0] - _gains(medians)[1]) <= _CLEAR,
            Reason(
                "You expected two good ideas of about the same worth. Here they are far apart, "
                "much further than the seeds of one variant.",
                "What an idea is worth depends on what is missing. With 30 images of each class, "
                "variety is missing, and one of the four changes makes it. A gate makes none.",
            ),
        ),
        Option(
            "The recipe: it changes what the network learns from",
            _recipe_wins,
            Reason(
                "You expected what ImageNet showed. In this run the two are not so far apart: "
                "with more images or more steps, plain training catches up.",
                "With all 1080 images, plain training reads 99 % of the new people. Then there is "
                "nothing left for a recipe to improve.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show for new people?",
        (
            Observation(
                "Each change helps, and both together help twice",
                "Compare the rows with and without squeeze and excitation, and look at how far "
                "apart the dots of one row lie.",
            ),
            Observation("The rows with the four changes lie far to the right of those without"),
            Observation(
                "The dots of all rows overlap",
                "Find the lowest dot of the four changes and the highest of plain training.",
            ),
        ),
        "The recipe decides. With the same network, the same images and the same number of steps, "
        "it lifts new people from about a half to about nine in ten. What squeeze and excitation "
        "adds is no larger than what another seed does.",
        _recipe_wins,
    ),
)


def _best(shares: Sequence[float]) -> int:
    """The place of the best of: from nothing, frozen, fine-tuned."""
    return max(range(3), key=lambda place: shares[place])


_BORROWED = Choice(
    name="borrowed-weights",
    lesson=8,
    title="With 20 images of each class, which way reads most of the other rooms?",
    options=(
        Option(
            "From nothing: the classroom's weights only get in the way",
            lambda shares: _best(shares) == 0,
            Reason(
                "You expected that weights which know one wall have to be unlearned first. But "
                "their early layers know edges, fingers and skin, and 120 images are too few to "
                "learn those anew.",
                "From nothing, the network stays near guessing: with 120 images it learns these "
                "images and little about hands. In the same 170 steps the borrowed weights only "
                "have to be moved a little.",
            ),
        ),
        Option(
            "Frozen: few images can train few weights only",
            lambda shares: _best(shares) == 1,
            Reason(
                "You expected that 120 images cannot train 170,000 weights without learning them "
                "by heart. That is a real danger, but a frozen network has another problem: its "
                "layers were trained in front of one wall, and they stay as they are.",
                "Freezing is good where the lender has seen images like yours. This one has seen a "
                "single room, and as it came it reads other rooms hardly better than guessing: "
                "one new layer at its end cannot make up for all those before it.",
            ),
        ),
        Option(
            "Fine-tuned: all layers have to get used to the new rooms",
            lambda shares: _best(shares) == 2,
            Reason(
                "You expected the way that most people go. In this run another one is ahead, by "
                "no more than a few images: the seeds of one way lie as far apart.",
                "With 120 images to judge, one image is 0.8 points. Before you call one of two "
                "ways better, compare their difference with the width of the bands.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "Borrowed weights solve the task: most images are read",
                "Look at the numbers on the vertical axis. Guessing is at 16.7 %.",
            ),
            Observation("All three ways stay low; the fine-tuned line ends highest"),
            Observation(
                "More images help every way equally",
                "Compare the line of the frozen network at 5 and at 20 images.",
            ),
        ),
        "Fine-tuning gets most out of the images, but none of the three gets far. Borrowed weights "
        "bring along what their lender has seen, and this one has seen a single room. The course's "
        "large network has seen many, and reads 91 % of these images as it is.",
        lambda shares: _best(shares) == 2,
    ),
)

LESSON_8 = (_RECIPE, _BORROWED)

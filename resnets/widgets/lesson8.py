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
                "With all 1080 images, plain training gets 99 % of the new people right. Then "
                "nothing is left for a recipe to improve.",
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


def _ahead(shares: Sequence[float]) -> str:
    """Which way is ahead; of the two that borrow only one that is clearly so."""
    nothing, frozen, tuned = shares
    if nothing >= max(frozen, tuned):
        return "nothing"
    if abs(frozen - tuned) <= _CLEAR:
        return "both"
    return "frozen" if frozen > tuned else "tuned"


_BORROWED = Choice(
    name="borrowed-weights",
    lesson=8,
    title="With 20 images of each class, which way gets most of the other rooms right?",
    options=(
        Option(
            "From nothing: the classroom's weights only get in the way",
            lambda shares: _ahead(shares) == "nothing",
            Reason(
                "You expected that weights which know one wall have to be unlearned first. But "
                "they get other rooms right a little more often than guessing, and from nothing "
                "even that has to be learned.",
                "From nothing, the network stays at guessing with 170 steps and 120 images, while "
                "the borrowed weights begin above it. What it would reach with far more images and "
                "steps is another question.",
            ),
        ),
        Option(
            "Frozen: few images can train few weights only",
            lambda shares: _ahead(shares) == "frozen",
            Reason(
                "You expected that 120 images cannot train 170,000 weights without learning them "
                "by heart. That is a real danger, but the frozen network is not clearly ahead: "
                "its median stays about where the lender was.",
                "Freezing is good where the lender has seen images like yours. This one has seen "
                "a single room: one new layer at its end cannot make up for all those before it, "
                "whatever the number of images.",
            ),
        ),
        Option(
            "Fine-tuned: all layers have to get used to the new rooms",
            lambda shares: _ahead(shares) == "tuned",
            Reason(
                "You expected the way that most people go. Its median is the highest, but with two "
                "of five seeds the frozen network is better, and the bands overlap.",
                "With 120 images to judge, one image is 0.8 points. Before you call one of two "
                "ways better, compare their difference with the width of the bands.",
            ),
        ),
        Option(
            "Frozen and fine-tuned: too close to tell them apart",
            lambda shares: _ahead(shares) == "both",
            Reason(
                "You expected that the seeds differ more than the two ways. In this run one of "
                "them is clearly ahead, or borrowing does not help at all.",
                "With another lender or more images the two ways do come apart: the more alike "
                "the lender's images and yours are, the more freezing can do.",
            ),
        ),
    ),
    reading=Reading(
        "What does the plot show?",
        (
            Observation(
                "Borrowed weights solve the task: most images are right",
                "Look at the numbers on the vertical axis. Guessing is at 16.7 %.",
            ),
            Observation("Both ways of borrowing lie above training from nothing, and overlap"),
            Observation(
                "Fine-tuning is better than freezing with every number of images",
                "Compare the two bands, not only the two lines.",
            ),
        ),
        "Borrowing is better than nothing, but none of the three ways gets far, and the bands of "
        "the two that borrow overlap. Borrowed weights bring along what their lender has seen, and "
        "this one has seen a single room. The course's large network has seen many, and gets 91 % "
        "of these images right as it is.",
        lambda shares: _ahead(shares) == "both",
    ),
)

LESSON_8 = (_RECIPE, _BORROWED)

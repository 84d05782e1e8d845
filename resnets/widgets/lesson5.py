"""The questions of lesson 5: a test accuracy, three kinds of statistics, people and rooms.

Who calls it: `predictions`. The reasons of the first question do not give the riddle away, which
the lesson asks next.
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

_TEST = Number(
    name="test-accuracy",
    lesson=5,
    title="What share of the test images does the network get right after two epochs?",
    unit="%",
    low=0,
    high=100,
    log=False,
    right=6,
    wrong=(
        Below(
            9,
            Reason(
                "You expected less than guessing. With six classes of the same size, somebody who "
                "knows nothing is right in one of six cases, so a network has to be wrong in some "
                "systematic way to be worse.",
                "An accuracy far below 1/6 would be good news: it would show that the network has "
                "learned something about the signs, and mixes up the answers. A level of exactly "
                "1/6 is the level of knowing nothing, and it should make you suspicious at once.",
            ),
        ),
        Below(
            35,
            Reason(
                "You expected that the test images are much harder than the training images. That "
                "is overfitting, and after two epochs a network has hardly had the time for it: it "
                "has seen each image twice.",
                "Your number is close, but look at the reason. If it was overfitting, the network "
                "would still be good on the training images. The lesson tests that next, as the "
                "first clue.",
            ),
        ),
        Below(
            75,
            Reason(
                "You expected about what the training showed. That is the right expectation: the "
                "same people, the same room, and a network that has seen each image only twice. "
                "The number is far below it, so something is wrong.",
                "Most people answer like this, and so did we. Whenever a measurement is that far "
                "from a sound expectation, do not explain it away: look for the cause. Is it the "
                "weights, the images, or the way of measuring? The next section does that, clue by "
                "clue.",
            ),
        ),
        Below(
            100,
            Reason(
                "You expected more than in training. The accuracy that `fit` shows is an average "
                "over the epoch, so at its end the network is indeed better than that. But the "
                "measured number is far below it.",
                "With dropout or with changed images, a test accuracy above the training accuracy "
                "is common, and it is no mistake. Here neither is used, and the result is near the "
                "level of guessing. So the question is what else differs between `fit` and "
                "`evaluate`.",
            ),
        ),
    ),
    reading=Reading(
        "What does the number say?",
        (
            Observation(
                "The network is a little worse on the test images than in training",
                "Compare it with the accuracy of the second epoch, above.",
            ),
            Observation(
                "The network reads the test images as well as the training images",
                "Compare it with the accuracy of the second epoch, above.",
            ),
            Observation("The network is about as good as guessing, which gives one sixth"),
        ),
        "It is near the level of guessing, 16.7 %, although the network has just been right far "
        "more often on the training images.",
        lambda percent: percent < 30,
    ),
)


def _best(kind: str):
    """Whether this kind of statistics gives the highest accuracy."""
    return lambda measured: max(measured, key=measured.get) == kind


_MOMENTUM = Choice(
    name="best-statistics",
    lesson=5,
    title="With which of the three kinds of statistics is the accuracy highest?",
    options=(
        Option(
            "Momentum 0.999: it averages over the most batches",
            _best("momentum 0.999"),
            Reason(
                "You expected a longer memory to give a better average. That would be so if the "
                "weights stood still. But it also keeps the initial values longer: with 0.999, 93 "
                "% of every statistic is still the initial value after 68 steps.",
                "Two things make a moving average good: many batches against the noise, and recent "
                "batches against the change. Early in training the change is the larger problem by "
                "far. With 0.999 you would need some 5000 steps before the initial values are "
                "gone, and then the statistics would lag a thousand steps behind the weights.",
            ),
        ),
        Option(
            "Momentum 0.5: it remembers only the last batches",
            _best("momentum 0.5"),
            Reason(
                "You expected that recent batches count most. In this run another kind was better: "
                "with momentum 0.5 the statistics rest on about two batches, and that can be too "
                "few.",
                "Whether recent or many batches count more depends on how fast the weights change. "
                "At the end of a long training they hardly change, and then a longer memory is the "
                "better one.",
            ),
        ),
        Option(
            "0.99 without the initial values: they are what is wrong",
            _best("0.99, no initial values"),
            Reason(
                "You expected that the initial values are the only problem. They are half of every "
                "statistic, but without them the accuracy hardly rises. What is left is an "
                "average over all 68 steps, and most of these steps had other weights.",
                "Adam itself corrects its averages in just this way, so the idea is a good one. It "
                "works there because the gradient's size changes slowly. Here the network changes "
                "a lot in 68 steps: the outputs of the first layers in step 10 have little to do "
                "with their outputs now. An average has to be free of the initial values and "
                "recent.",
            ),
        ),
        Option(
            "None of them changes much: the weights are not good",
            lambda measured: max(measured.values()) < 0.25,
            Reason(
                "You expected that the weights are to blame. Clue 3 has shown that they are good: "
                "with the statistics of the batch itself, the same weights read the images.",
                "Nothing but 53,120 numbers is exchanged here, and not one of them is a weight. If "
                "the accuracy rises, the weights must have been good before. It is a clean "
                "experiment: change one thing, and see whether the effect goes away.",
            ),
        ),
    ),
    reading=Reading(
        "How does the accuracy with momentum 0.5 (section 5.7) compare with that of clue 1?",
        (
            Observation("With momentum 0.5 the accuracy is higher"),
            Observation(
                "With momentum 0.5 the accuracy is about the same",
                "Guessing gives 0.167. Compare the number with that.",
            ),
            Observation(
                "With momentum 0.5 the accuracy is lower",
                "Guessing gives 0.167. Compare the number with that.",
            ),
        ),
        "Recent statistics repair the network without changing a weight. Longer ones do not: "
        "they keep more of the initial values. The plot below shows all kinds.",
        lambda measured: measured["momentum 0.5"] > max(0.25, measured["momentum 0.999"]),
    ),
)


def _falls(people: bool, rooms: bool):
    """Whether the accuracy falls by more than 0.1 for these of the two test sets."""
    return lambda shares: (
        (shares[0] - shares[1] > 0.1, shares[0] - shares[2] > 0.1)
        == (
            people,
            rooms,
        )
    )


_SETS = Choice(
    name="people-or-rooms",
    lesson=5,
    title="Which change makes your network clearly worse than on the test images?",
    options=(
        Option(
            "New people, because every hand is different",
            _falls(True, False),
            Reason(
                "You expected that the network knows the twenty people of the training images. "
                "Among twenty hands there are already large and small ones, light and dark ones, "
                "so another twenty are hardly different.",
                "What counts is what varied in training. There were twenty hands, so the network "
                "could not rely on any of them. But there was one wall and one light, and nothing "
                "told the network to ignore these. When you collect images, ask for each property "
                "how many values it takes in your set.",
            ),
        ),
        Option(
            "Other rooms, because the training images show only one",
            _falls(False, True),
            Reason(
                "You expected only the rooms to hurt. In this run the measurement is another one: "
                "look at the three numbers.",
                "After two epochs the numbers differ from run to run by some hundredths, and with "
                "other images by more.",
            ),
        ),
        Option(
            "Both, and by about the same",
            _falls(True, True),
            Reason(
                "You expected that anything new hurts. But a network generalises over what varied "
                "in its training images: it has seen twenty people, and only one room.",
                "It sounds careful to expect the worst from every change, but it would lead you "
                "to spend half of your effort on the wrong thing. The two sets were made to tell "
                "the two changes apart: one changes only the people, the other the rooms as well.",
            ),
        ),
        Option(
            "Neither: a hand sign is a hand sign",
            _falls(False, False),
            Reason(
                "You expected that the network has learned what a hand sign is. It has learned "
                "what tells the signs apart on images with one wall and one light, and that is not "
                "the same.",
                "We see a hand in front of a wall, and forget the wall. The network gets 12,288 "
                "numbers and no word about which of them belong to the hand. As long as the wall "
                "is always the same, it costs nothing to rely on it.",
            ),
        ),
    ),
    reading=Reading(
        "What do the three lines say?",
        (
            Observation(
                "New people are about as hard as other rooms",
                "Compare the second number with the third.",
            ),
            Observation(
                "New people are hardly harder than the test images; other rooms are much harder"
            ),
            Observation(
                "New people are much harder than the test images",
                "Compare the second number with the first.",
            ),
        ),
        "The room hurts, the people hardly do. All training images have one wall and one light, "
        "so nothing ever told the network to ignore them; among twenty hands there are enough "
        "different ones. (Some hands in other rooms are also turned, bent or covered. That is the "
        "smaller part: the network of section 5.10 gets nine of ten of these images right.)",
        _falls(False, True),
    ),
)

LESSON_5 = (_TEST, _MOMENTUM, _SETS)

"""The question of lesson 6: what covering the brightest position does to an answer.

Who calls it: `predictions`. It is a second guess: the lesson has covered one easy image before.
"""

from __future__ import annotations

from resnets.widgets.questions import Below, Number, Observation, Reading, Reason

_COVERED = Number(
    name="brightest-covered",
    lesson=6,
    title="In what percentage of 40 hard images does the answer change when the brightest position "
    "is covered?",
    unit="% of the images",
    low=0,
    high=100,
    log=False,
    right=10,
    wrong=(
        Below(
            20,
            Reason(
                "You expected hardly any change, as with the course's own image. That image is "
                "easy: when the tip of its thumb is covered, enough is left. These hands are "
                "turned, bent, in the dark or already partly hidden.",
                "One image taught you something true about that image, and it was the wrong thing "
                "to carry over. How much a network needs one place depends on how much else there "
                "is to see. That is also why a method that explains networks has to be tested on "
                "hard images: on easy ones nothing matters.",
            ),
        ),
        Below(
            38,
            Reason(
                "It is more. The square covers 24 × 24 of 64 × 64 pixels, a seventh of the image, "
                "and it lies where the network looks most, which is mostly on the fingers.",
                "The signs 1, 2, 3 and 4 differ from their neighbours by one finger, and a finger "
                "is narrower than the square. So if the map points at the finger that decides, the "
                "square hides all of it, and what is left is another sign.",
            ),
        ),
        Below(
            100,
            Reason(
                "You expected that the network needs this place nearly always. During its training "
                "it has seen hands that were partly covered, so it uses more than one place where "
                "it can.",
                "The darkest position is the comparison that you need: covering it changes some "
                "answers, too. A map can only be wrong or right in comparison with such a square "
                "of the same size. If every square changed nearly every answer, the map would have "
                "told you nothing.",
            ),
        ),
    ),
    reading=Reading(
        "What do the two lines say?",
        (
            Observation("More answers change when the brightest position is covered"),
            Observation(
                "About as many answers change in both cases",
                "Compare the two numbers.",
            ),
            Observation(
                "More answers change when the darkest position is covered",
                "Read again which line belongs to which position.",
            ),
        ),
        "The squares have the same size, so on these images the maps are right: they show what the "
        "network uses. On easy images the test shows little, because there the network does "
        "without any single place.",
        lambda percent: percent > 30,
    ),
)

LESSON_6 = (_COVERED,)

"""Every question of the course, in one table.

Who calls it: `predictions` asks them, and the start page counts those that are answered. This
module imports no plots, so that the start page appears at once.
"""

from __future__ import annotations

from resnets.widgets.lesson1 import LESSON_1
from resnets.widgets.lesson1_depth import LESSON_1_DEPTH
from resnets.widgets.lesson3 import LESSON_3
from resnets.widgets.questions import Choice, Curve, Number

QUESTIONS: dict[str, Choice | Number | Curve] = {
    question.name: question for question in (*LESSON_1, *LESSON_1_DEPTH, *LESSON_3)
}
"""Every question, by its name."""

"""Every question of the course, in one table.

Who calls it: `predictions` asks them, and the start page counts those that are answered. This
module imports no plots, so that the start page appears at once.
"""

from __future__ import annotations

from resnets.widgets.lesson1 import LESSON_1
from resnets.widgets.lesson1_depth import LESSON_1_DEPTH
from resnets.widgets.lesson2 import LESSON_2
from resnets.widgets.lesson3 import LESSON_3
from resnets.widgets.lesson4 import LESSON_4
from resnets.widgets.lesson5 import LESSON_5
from resnets.widgets.lesson6 import LESSON_6
from resnets.widgets.lesson7 import LESSON_7
from resnets.widgets.lesson8 import LESSON_8
from resnets.widgets.lesson8_stream import LESSON_8_STREAM
from resnets.widgets.questions import Choice, Curve, Number

_LESSONS = (
    *(LESSON_1, LESSON_1_DEPTH, LESSON_2, LESSON_3, LESSON_4, LESSON_5, LESSON_6, LESSON_7),
    *(LESSON_8, LESSON_8_STREAM),
)

QUESTIONS: dict[str, Choice | Number | Curve] = {
    question.name: question for questions in _LESSONS for question in questions
}
"""Every question, by its name."""

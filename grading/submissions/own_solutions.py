"""Recognise the course's own solutions in a submission.

A clone of the course contains the solved lessons. They are not the student's work, so they are not
marked. A solution in a student's own notebook is marked as usual, and the class report tells the
teacher.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.submissions.notebook_files import Code, code_of
from resnets import stand_ins
from resnets.exercises import EXERCISES

SOLUTIONS = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"
SHORTEST = 250  # characters; many students write a shorter solution word for word by themselves
_ENOUGH = 100  # characters of a packed solution, which nobody writes by chance
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class _Lesson:
    """A solved lesson, with white space removed from its code.

    Attributes:
        name: its notebook, without the ending.
        exercise: the exercise in it.
        cells: its code cells.
        solution: the lines that the learner's copy leaves out; "" if there are none.
        packed: the beginning of the lent function in its stored form; "" if there is none.
    """

    name: str
    exercise: str
    cells: frozenset[str]
    solution: str
    packed: str

    def is_in(self, text: str) -> bool:
        """Return whether a text without white space contains the solution."""
        written = len(self.solution) >= SHORTEST and self.solution in text
        return written or bool(self.packed) and self.packed in text


def own_lesson(code: Code) -> str | None:
    """Return the name of the solved lesson that a notebook contains whole, or None.

    A learner's copy is marked as generated, so it never counts as a solved lesson.
    """
    if code.generated:
        return None
    cells = set(map(_squeezed, code.cells))
    return next((lesson.name for lesson in _lessons() if lesson.cells <= cells), None)


def copied_exercises(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the exercises whose solution is in the cells word for word, ignoring white space.

    A short solution, such as one formula, says nothing about where it comes from. A solution in the
    form in which the course lends it, packed, is one of any length.
    """
    texts = [_squeezed(cell) for cell in cells]
    return tuple(
        lesson.exercise for lesson in _lessons() if any(lesson.is_in(text) for text in texts)
    )


@functools.cache
def _lessons() -> tuple[_Lesson, ...]:
    """Return the solved lessons with an exercise; empty if this copy of the course has none."""
    lessons = []
    for exercise in EXERCISES.values():
        path = SOLUTIONS / f"{exercise.notebook}.ipynb"
        if path.is_file():
            cells = code_of(path.read_bytes()).cells
            defining = [cell for cell in cells if f"def {exercise.name}(" in cell]
            solved = "".join(part for cell in defining for part in _SOLUTION.findall(cell))
            squeezed = frozenset(map(_squeezed, cells)) - {""}
            packed = stand_ins.packed(exercise.name)[:_ENOUGH]
            lesson = exercise.notebook, exercise.name, squeezed, _squeezed(solved), packed
            lessons.append(_Lesson(*lesson))
    return tuple(lessons)


def _squeezed(text: str) -> str:
    return "".join(text.split())

"""Recognise the course's own solutions in what somebody hands in.

A clone of the course holds its solved lessons. They are nobody's work, so they are not marked. A
solution that stands in a student's own notebook is marked as it is; the teacher is told.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.submissions.notebook_files import Code, code_of
from resnets.exercises import EXERCISES

SOLUTIONS = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class _Lesson:
    """A solved lesson: its exercise, all of its code cells, and what the exercise leaves out."""

    name: str
    exercise: str
    cells: frozenset[str]
    solution: str


def own_lesson(code: Code) -> str | None:
    """The name of the course's solved lesson that a notebook is; None where it is none.

    A learner's copy says of itself that it was made from one, so it is never taken for one.
    """
    if code.generated:
        return None
    cells = set(map(_squeezed, code.cells))
    return next((lesson.name for lesson in _lessons() if lesson.cells <= cells), None)


def copied_exercises(cells: Iterable[str]) -> tuple[str, ...]:
    """The exercises whose solution stands in the cells word for word, blanks aside."""
    texts = [_squeezed(cell) for cell in cells]
    return tuple(
        lesson.exercise
        for lesson in _lessons()
        if lesson.solution and any(lesson.solution in text for text in texts)
    )


@functools.cache
def _lessons() -> tuple[_Lesson, ...]:
    """The solved lessons that have an exercise; none where the course has no solutions with it."""
    lessons = []
    for exercise in EXERCISES.values():
        path = SOLUTIONS / f"{exercise.notebook}.ipynb"
        if path.is_file():
            cells = code_of(path.read_bytes()).cells
            defining = [cell for cell in cells if f"def {exercise.name}(" in cell]
            solved = "".join(part for cell in defining for part in _SOLUTION.findall(cell))
            squeezed = frozenset(map(_squeezed, cells)) - {""}
            lessons.append(_Lesson(exercise.notebook, exercise.name, squeezed, _squeezed(solved)))
    return tuple(lessons)


def _squeezed(text: str) -> str:
    return "".join(text.split())

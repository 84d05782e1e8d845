"""The map of the course on the start page: the lessons, what is done, and where to go on.

Who calls it: `notebooks/0_start.ipynb`. It does not import TensorFlow, so the map appears at once.
While outputs are stored or compared, it shows the course as nobody has begun it yet.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from resnets.course_progress import LessonProgress, next_lesson, read_course
from resnets.training.stored import outputs_are_stored

_CELL = 'style="text-align:left;vertical-align:top"'
_COLUMNS = ("No.", "Lesson", "What it is about", "Minutes", "Where you are")


class CourseMap:
    """The map; a notebook shows it as a table with links, a terminal as text.

    Args:
        folder: the folder with the lessons' notebooks.
    """

    def __init__(self, folder: Path) -> None:
        self._lessons = read_course(folder, untouched=outputs_are_stored())
        self._next = next_lesson(self._lessons)

    def __repr__(self) -> str:
        rows = [
            f"{lesson.number} {lesson.title} ({lesson.minutes} minutes): {status(lesson)}"
            for lesson in self._lessons
        ]
        return "\n".join([self._advice(_words), *rows])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in _COLUMNS)
        rows = "".join(map(self._row, self._lessons))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p>{self._advice(_link)}</p>{table if self._lessons else ''}"

    def _advice(self, link: Callable[[LessonProgress, str], str]) -> str:
        """The sentence above the table: where to go on, and how long the rest takes."""
        if not self._lessons:
            return (
                "There are no lessons in this folder. Keep this page in the same folder as the "
                "lessons, and run this cell again."
            )
        if self._next is None:
            return "You have done all lessons. Well done!"
        left = sum(lesson.minutes for lesson in self._lessons if not lesson.is_done)
        begun = any(lesson.run for lesson in self._lessons)
        verb = "Go on here" if begun else "Begin here"
        rest = f"{left} minutes are left." if begun else f"The course takes {left} minutes in all."
        return f"{verb}: {link(self._next, self._next.section)}. {rest}"

    def _row(self, lesson: LessonProgress) -> str:
        here = "<br><b>→ go on here</b>" if lesson is self._next else ""
        about = html.escape(lesson.about, quote=False)
        words = html.escape(status(lesson), quote=False)
        cells = (lesson.number, _link(lesson), about, lesson.minutes or "", f"{words}{here}")
        return "<tr>" + "".join(f"<td {_CELL}>{cell}</td>" for cell in cells) + "</tr>"


def show_course_map() -> CourseMap:
    """Return the map of the lessons in the running notebook's folder."""
    return CourseMap(Path.cwd())


def status(lesson: LessonProgress) -> str:
    """Return in words how far a learner has come in a lesson."""
    if lesson.problem:
        return lesson.problem
    parts = [
        f"{done} of {whole} {name}"
        for name, done, whole in (
            ("checks passed", lesson.passed, len(lesson.checks or {})),
            ("predictions made", lesson.predicted, lesson.predictions),
            ("cells run", lesson.run, lesson.cells),
        )
        if whole
    ]
    if lesson.is_done:
        return ", ".join(["✓ done", *parts[:-1]])
    return ", ".join(parts) if lesson.run or lesson.predicted else "not begun"


def _words(lesson: LessonProgress, section: str = "") -> str:
    return f"lesson {lesson.number}, {section or lesson.title}"


def _link(lesson: LessonProgress, section: str = "") -> str:
    words = _words(lesson, section) if section else lesson.title
    return f'<a href="{quote(lesson.file)}">{html.escape(words, quote=False)}</a>'

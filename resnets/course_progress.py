"""Read from the learner's own notebooks how far each lesson has come, without running them.

Who calls it: `start_page`. The list of lessons is the folder's: every notebook `<number>_*.ipynb`
from number 1 on, with the title, the minutes and the description in its first cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnets.exercises import EXERCISES
from resnets.reader.notebooks import SOLVED, Notebook
from resnets.widgets import guess_file
from resnets.widgets.all_questions import QUESTIONS

_NAME = re.compile(r"([1-9]\d*)_.+")
_TITLE = re.compile(r"# \d+ · (.+)")
_MINUTES = re.compile(r"\*\*Time:\*\* (\d+) minutes")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class LessonProgress:
    """How far a learner has come in one lesson.

    Attributes:
        number: the lesson's number.
        file: its notebook's file name.
        title, about: from its first cell.
        minutes: how long it takes; 0 if the notebook does not say.
        checks: whether each exercise's check has passed, by the exercise's name.
        predicted, predictions: the questions that are answered, and all of them.
        run, cells: the code cells that have run, and all of them.
        at_the_end: whether the last code cell has run.
        section: the heading under which to go on; "" at the beginning.
        problem: why the notebook cannot be read; "" if it can.
    """

    number: int
    file: str
    title: str
    about: str = ""
    minutes: int = 0
    checks: Mapping[str, bool] | None = None
    predicted: int = 0
    predictions: int = 0
    run: int = 0
    cells: int = 0
    at_the_end: bool = False
    section: str = ""
    problem: str = ""

    @property
    def passed(self) -> int:
        """The number of checks that have passed."""
        return sum((self.checks or {}).values())

    @property
    def is_done(self) -> bool:
        """Whether the lesson's last cell has run and all of its checks have passed."""
        return self.at_the_end and self.passed == len(self.checks or {})


def read_course(folder: Path, untouched: bool = False) -> list[LessonProgress]:
    """Return the learner's progress in each lesson, in the order of the lessons.

    Of several notebooks with one number, the one with most passed checks counts, then the one with
    the shortest name.

    Args:
        folder: the folder with the lessons' notebooks.
        untouched: whether to read the lessons as if nobody had worked on them.
    """
    guesses = {} if untouched else guess_file.read(folder)
    found: dict[int, list[LessonProgress]] = {}
    for path in sorted(folder.glob("*.ipynb"), key=lambda path: (len(path.name), path.name)):
        if match := _NAME.fullmatch(path.stem):
            number = int(match[1])
            found.setdefault(number, []).append(_read(path, number, guesses, untouched))
    return [max(found[number], key=lambda lesson: lesson.passed) for number in sorted(found)]


def next_lesson(lessons: list[LessonProgress]) -> LessonProgress | None:
    """Return the first lesson that is not done; None if all are."""
    return next((lesson for lesson in lessons if not lesson.is_done), None)


def _read(path: Path, number: int, guesses: Mapping, untouched: bool) -> LessonProgress:
    try:
        cells = [_Cell(cell, untouched) for cell in json.loads(path.read_text("utf-8"))["cells"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        words = path.stem.partition("_")[2].replace("_", " ").capitalize()
        problem = "cannot be read: open it in JupyterLab and save it again"
        return LessonProgress(number, path.name, words, problem=problem)
    code = [cell for cell in cells if cell.is_code]
    questions = [question for question in QUESTIONS.values() if question.lesson == number]
    checks = _checks(path.name, number, code)
    return LessonProgress(
        number,
        path.name,
        *_described(cells, path),
        checks=checks,
        predicted=sum(q.accepts(guesses.get(q.name, {}).get("guess")) for q in questions),
        predictions=len(questions),
        run=sum(cell.has_run for cell in code),
        cells=len(code),
        at_the_end=bool(code) and code[-1].has_run,
        section=_section_to_go_on(cells, checks),
    )


class _Cell:
    """What counts of a notebook's cell.

    Attributes:
        is_code: whether it is a code cell.
        source: its text.
        has_run: whether it has an execution count.
        passed: whether its output is that of a check that passed.
    """

    def __init__(self, cell: Mapping[str, Any], untouched: bool) -> None:
        self.is_code = cell["cell_type"] == "code"
        self.source = "".join(cell["source"])
        self.has_run = self.is_code and not untouched and cell["execution_count"] is not None
        texts = [output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
        self.passed = self.has_run and any("".join(text).startswith("PASSED") for text in texts)

    def checks(self, exercise: str) -> bool:
        """Whether it is the check of an exercise."""
        return self.is_code and bool(re.search(rf"check_\w+\({exercise}\)", self.source))


def _checks(name: str, number: int, code: list[_Cell]) -> dict[str, bool]:
    """Whether the check of each exercise has passed; the empty exercise never has."""
    notebook = Notebook(name, [cell.source for cell in code])
    return {
        exercise: notebook.state(exercise) == SOLVED
        and any(cell.passed and cell.checks(exercise) for cell in code)
        for exercise, entry in EXERCISES.items()
        if entry.lesson == number
    }


def _described(cells: list[_Cell], path: Path) -> tuple[str, str, int]:
    """The title, what the lesson is about, and its minutes, from the first cell."""
    text = cells[0].source if cells else ""
    paragraphs = [*re.split(r"\n\s*\n", text.strip()), "", ""]
    title, minutes = _TITLE.match(paragraphs[0]), _MINUTES.search(text)
    return (
        title[1] if title else path.stem,
        re.sub(r"[*`]", "", paragraphs[1]),
        int(minutes[1]) if minutes else 0,
    )


def _section_to_go_on(cells: list[_Cell], checks: Mapping[str, bool]) -> str:
    """The heading above the first check that the learner came to and that has not passed.

    If there is none, the heading above the first code cell after the last one that has run.
    """
    ran = [index for index, cell in enumerate(cells) if cell.has_run]
    if not ran:
        return ""
    waiting = [
        index
        for index, cell in enumerate(cells[: ran[-1] + 1])
        if any(cell.checks(exercise) for exercise, passed in checks.items() if not passed)
    ]
    after = [index for index, cell in enumerate(cells) if cell.is_code and index > ran[-1]]
    here = (waiting or after or [0])[0]
    headings = [match for cell in cells[:here] for match in _SECTION.findall(cell.source)]
    return headings[-1] if headings else ""

"""Hand marks on to where a course keeps them: nbgrader, Gradescope, Canvas.

Only students whose status is `graded` are exported; the others are returned, so that nobody is
given a 0 for a submission that nothing has marked.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

from grading.results import EXERCISES, GRADED, Mark, Record, write_whole

ASSIGNMENT = "resnets"
NOTEBOOK_OF = {
    "gradient_norms": "1_vanishing_gradients",
    "identity_block": "2_identity_block",
    "convolutional_block": "3_convolutional_block",
    "ResNet50": "4_resnet50",
}


class ExportError(RuntimeError):
    """The marks cannot be handed on; the message says what is missing and what to do."""


def to_nbgrader(records: Iterable[Record], database: Path) -> list[str]:
    """Write marks into nbgrader's gradebook, so that its formgrader shows them.

    The assignment, its notebooks and its grade cells are those that nbgrader itself makes from
    the course's lessons; whatever of them the gradebook holds already is kept.

    Args:
        records: the class.
        database: nbgrader's SQLite file, made when it is not there.

    Returns:
        The students left out, because they have no mark yet.

    Raises:
        ExportError: nbgrader is not installed.
    """
    try:
        from nbgrader.api import Gradebook
    except ImportError as error:
        raise ExportError("nbgrader is not installed: pip install nbgrader") from error

    left_out = []
    with Gradebook(f"sqlite:///{database.resolve()}", ASSIGNMENT) as book:
        book.update_or_create_assignment(ASSIGNMENT)
        for exercise in EXERCISES:
            notebook = NOTEBOOK_OF[exercise]
            book.update_or_create_notebook(notebook, ASSIGNMENT)
        known: set[str] = set()
        for record in records:
            if record.status != GRADED:
                left_out.append(record.student)
                continue
            for exercise in set(record.marks) - known:
                _nbgrader_cell(book, exercise, record.marks[exercise].maximum)
                known.add(exercise)
            _nbgrader_student(book, record)
    return left_out


def _nbgrader_cell(book, exercise: str, maximum: float) -> None:
    book.update_or_create_grade_cell(
        f"check_{exercise}",
        NOTEBOOK_OF[exercise],
        ASSIGNMENT,
        max_score=maximum,
        cell_type="code",
    )


def _nbgrader_student(book, record: Record) -> None:
    book.update_or_create_student(record.student)
    book.update_or_create_submission(ASSIGNMENT, record.student)
    for exercise, mark in record.marks.items():
        place = (NOTEBOOK_OF[exercise], ASSIGNMENT, record.student)
        grade = book.find_grade(f"check_{exercise}", *place)
        grade.auto_score = mark.points
        grade.needs_manual_grade = False
    book.db.commit()


def to_gradescope(records: Iterable[Record], folder: Path) -> list[str]:
    """Write one Gradescope `results.json` a student, in a folder of the student's name.

    Returns:
        The students left out, because they have no mark yet.
    """
    left_out = []
    for record in records:
        if record.status != GRADED:
            left_out.append(record.student)
            continue
        place = folder / _folder_name(record.student)
        place.mkdir(parents=True, exist_ok=True)
        write_whole(place / "results.json", json.dumps(_gradescope(record), indent=1))
    return left_out


def _gradescope(record: Record) -> dict:
    tests = [
        {
            "name": exercise,
            "score": mark.points,
            "max_score": mark.maximum,
            "status": "passed" if mark.points == mark.maximum else "failed",
            "output": _said(mark),
            "output_format": "text",
            "visibility": "visible",
        }
        for exercise, mark in record.marks.items()
    ]
    return {
        "score": record.total,
        "execution_time": record.seconds,
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _said(mark: Mark) -> str:
    return "\n".join(part for part in (mark.message, mark.line) if part)


def to_canvas(records: Iterable[Record], target: Path, roster: Path, column: str) -> list[str]:
    """Fill a column of the CSV that Canvas exports from its gradebook, ready to be imported.

    Args:
        records: the class.
        target: the CSV to write.
        roster: Canvas's own export: it holds the IDs without which Canvas imports nothing.
        column: the assignment's column there; a name without its "(ID)" will do. When the roster
            has no such column, one is added, and Canvas offers to make the assignment.

    Returns:
        The students of the class that the roster does not know, or that have no mark yet. A
        student is found by "SIS Login ID", "SIS User ID", "ID" or "Student".

    Raises:
        ExportError: the roster is not a Canvas export.
    """
    rows = list(csv.reader(io.StringIO(roster.read_text(encoding="utf-8-sig"))))
    if not rows or not {"Student", "ID", "Section"} <= set(rows[0]):
        raise ExportError(
            f"{roster}: not a Canvas gradebook export (its first line has no Student, ID and "
            "Section): in Canvas choose Grades, Export, Export Entire Gradebook"
        )
    header, *lines = rows
    index = _canvas_column(header, lines, column)
    marks = {record.student: record for record in records}
    known = set()
    places = [header.index(n) for n in _CANVAS_IDS if n in header]
    for line in lines:
        if line[0].strip() == "Points Possible":
            graded = next((r for r in marks.values() if r.status == GRADED), None)
            line[index] = f"{graded.maximum:g}" if graded else line[index]
            continue
        student = next((line[i] for i in places if line[i] in marks), None)
        if student is not None:
            known.add(student)
            if marks[student].status == GRADED:
                line[index] = f"{marks[student].total:g}"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *lines])
    write_whole(target, text.getvalue())
    return [s for s, r in marks.items() if s not in known or r.status != GRADED]


_CANVAS_IDS = ("SIS Login ID", "SIS User ID", "ID", "Student")


def _canvas_column(header: list[str], lines: list[list[str]], column: str) -> int:
    """The index of the assignment's column, added before Canvas's read-only ones if need be."""
    for index, name in enumerate(header):
        if name == column or re.fullmatch(rf"{re.escape(column)} \(\d+\)", name):
            return index
    index = header.index("Section") + 1
    header.insert(index, column)
    for line in lines:
        line.insert(index, "")
    return index


def _folder_name(student: str) -> str:
    """A folder name for any student; two students never get the same."""
    name = re.sub(r"[^\w@+-][^\w.@+-]*", "_", student)
    if name == student:
        return name
    return f"{name}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"

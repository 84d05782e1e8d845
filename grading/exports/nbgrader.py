"""Write marks into nbgrader's gradebook, so that its formgrader shows them.

The assignment, its notebooks and its grade cells have the names that nbgrader itself gives them for
the course's lessons. Everything else in the gradebook is kept, including manual marks. The marks of
students who are left out are removed, because they are those of an earlier submission.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.exports.common import ExportError, clear_unfinished, with_mark, writing
from grading.results.files import replacing
from grading.results.records import Mark, Record
from resnets.exercises import EXERCISES

ASSIGNMENT = "resnets"


def to_nbgrader(
    records: Iterable[Record], database: Path, assignment: str = ASSIGNMENT
) -> dict[str, str]:
    """Write the class into a gradebook; doing so twice changes nothing.

    Args:
        records: the class.
        database: nbgrader's SQLite file; created if it does not exist.
        assignment: the assignment's name in nbgrader; created if it does not exist.

    Returns:
        The students who are left out, with the reason.

    Raises:
        ExportError: nbgrader is not installed, or the file is not a gradebook.
    """
    try:
        from nbgrader.api import Gradebook
        from sqlalchemy.engine import URL
        from sqlalchemy.exc import SAWarning, SQLAlchemyError
    except ImportError as error:
        raise ExportError("nbgrader is not installed: pip install nbgrader") from error

    graded, left_out = with_mark(records)
    try:
        # nbgrader's default is an assignment without a course, hence course_id="".
        with (
            _programs_found(),
            warnings.catch_warnings(action="ignore", category=SAWarning),  # from nbgrader itself
            _whole(database) as path,
            Gradebook(URL.create("sqlite", database=str(path)), course_id="") as book,
            _at_once(book),
        ):
            _add_assignment(book, assignment, graded)
            for record in graded:
                _add_student(book, assignment, record)
            for student in left_out:
                _clear_marks(book, assignment, student, EXERCISES)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise ExportError(
            f"{database}: nbgrader cannot use this as its gradebook ({reason}); give the path of "
            "your course's gradebook.db, after `nbgrader db upgrade` if nbgrader is newer"
        ) from error
    return left_out


@contextmanager
def _programs_found() -> Iterator[None]:
    """Put this environment's programs on PATH: nbgrader calls `alembic` by name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _whole(database: Path) -> Iterator[Path]:
    """Yield the path to write to: the existing gradebook, or a new file that is renamed at the end.

    nbgrader creates a gradebook in several steps; if it were killed between two of them, the file
    could not be upgraded later.
    """
    with writing(database):
        path = database.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_unfinished(path)
        if path.exists() and (path.is_dir() or path.stat().st_size):
            yield path
            return
        with replacing(path) as partial:
            yield partial


@contextmanager
def _at_once(book) -> Iterator[None]:
    """Make everything in the `with` block one database transaction.

    nbgrader commits after each step. If it were killed between two steps, a student could have a
    submission without a mark, which nbgrader counts as 0.
    """
    with book.engine.begin() as connection:
        book.db.remove()
        book.db.configure(bind=connection, join_transaction_mode="rollback_only")
        yield
        book.db.commit()


def _add_assignment(book, assignment: str, graded: list[Record]) -> None:
    book.update_or_create_assignment(assignment)
    for name, exercise in EXERCISES.items():
        book.update_or_create_notebook(exercise.notebook, assignment)
        maximum = next((r.marks[name].maximum for r in graded if name in r.marks), None)
        if maximum is not None:
            book.update_or_create_grade_cell(
                f"check_{name}",
                exercise.notebook,
                assignment,
                max_score=maximum,
                cell_type="code",
            )


def _add_student(book, assignment: str, record: Record) -> None:
    book.update_or_create_student(record.student)
    submission = book.update_or_create_submission(assignment, record.student)
    for exercise, mark in record.marks.items():
        _add_mark(book, submission, exercise, mark)
    _clear_marks(book, assignment, record.student, EXERCISES.keys() - record.marks.keys())
    book.db.commit()


def _clear_marks(book, assignment: str, student: str, exercises: Iterable[str]) -> None:
    """Make exercises wait for a mark by hand, if an earlier export gave them one.

    The earlier mark belongs to other work, and none at all counts as 0 unless it waits.
    """
    from nbgrader.api import MissingEntry

    for exercise in exercises:
        try:
            notebook = EXERCISES[exercise].notebook
            grade = book.find_grade(f"check_{exercise}", notebook, assignment, student)
        except MissingEntry:  # nothing of this student or exercise was ever in this gradebook
            continue
        if grade.auto_score is not None:
            grade.auto_score = None
            grade.needs_manual_grade = True


def _add_mark(book, submission, exercise: str, mark: Mark) -> None:
    from nbgrader.api import Grade, MissingEntry, SubmittedNotebook

    cell = f"check_{exercise}"
    notebook_key = EXERCISES[exercise].notebook, submission.assignment.name
    try:
        grade = book.find_grade(cell, *notebook_key, submission.student.id)
    except MissingEntry:  # nbgrader collected the submission before it knew this lesson
        lesson = book.find_notebook(*notebook_key)
        cell_id = book.find_grade_cell(cell, *notebook_key).id
        notebook = next((n for n in submission.notebooks if n.name == lesson.name), None)
        with book.db.no_autoflush:
            notebook = notebook or SubmittedNotebook(notebook=lesson, assignment=submission)
            grade = Grade(cell_id=cell_id, notebook=notebook)
        book.db.add_all([notebook, grade])
    grade.auto_score = mark.points
    grade.needs_manual_grade = False

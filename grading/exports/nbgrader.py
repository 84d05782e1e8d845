"""Write marks into nbgrader's gradebook, so that its formgrader shows them.

The assignment, its notebooks and its grade cells are those that nbgrader itself makes from the
course's lessons; whatever the gradebook holds already is kept, marks by hand included.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.exports.common import ExportError, clear_unfinished, with_mark, writing
from grading.results.records import Mark, Record, unfinished
from resnets.exercises import EXERCISES

ASSIGNMENT = "resnets"


def to_nbgrader(
    records: Iterable[Record], database: Path, assignment: str = ASSIGNMENT
) -> dict[str, str]:
    """Write the class into a gradebook; a second time changes nothing.

    Args:
        records: the class.
        database: nbgrader's SQLite file, made when it is not there.
        assignment: nbgrader's name of the assignment, made when it is not there.

    Returns:
        Who is left out, and why.

    Raises:
        ExportError: nbgrader is not installed, or the file is no gradebook.
    """
    try:
        from nbgrader.api import Gradebook
        from sqlalchemy.engine import URL
        from sqlalchemy.exc import SAWarning, SQLAlchemyError
    except ImportError as error:
        raise ExportError("nbgrader is not installed: pip install nbgrader") from error

    graded, left_out = with_mark(records)
    try:
        # No course of its own: nbgrader's default is an assignment without one.
        with (
            _programs_found(),
            warnings.catch_warnings(action="ignore", category=SAWarning),  # nbgrader's own
            _whole(database) as place,
            Gradebook(URL.create("sqlite", database=str(place)), course_id="") as book,
            _at_once(book),
        ):
            _add_assignment(book, assignment, graded)
            for record in graded:
                _add_student(book, assignment, record)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise ExportError(
            f"{database}: nbgrader cannot use it as its gradebook ({reason}); give the path of "
            "your course's gradebook.db, after `nbgrader db upgrade` if nbgrader is newer"
        ) from error
    return left_out


@contextmanager
def _programs_found() -> Iterator[None]:
    """nbgrader calls `alembic` by name: let it be found where the environment is not activated."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _whole(database: Path) -> Iterator[Path]:
    """Where to write: in the gradebook that is there, or in a new one that takes its place then.

    nbgrader makes a gradebook in several steps; one left between two of them could not be upgraded.
    """
    with writing(database):
        place = database.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        clear_unfinished(place)
        if place.exists() and (place.is_dir() or place.stat().st_size):
            yield place
            return
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=unfinished(place))
        os.close(descriptor)
        try:
            yield Path(name)
            os.chmod(name, 0o644)
            os.replace(name, place)
        except BaseException:
            os.unlink(name)
            raise


@contextmanager
def _at_once(book) -> Iterator[None]:
    """Let all that is written count together, or not at all.

    nbgrader commits after each step. Killed between two, a student would have a submission without
    a mark, which it counts as 0.
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
    book.db.commit()


def _add_mark(book, submission, exercise: str, mark: Mark) -> None:
    from nbgrader.api import Grade, MissingEntry, SubmittedNotebook

    cell, place = f"check_{exercise}", (EXERCISES[exercise].notebook, submission.assignment.name)
    try:
        grade = book.find_grade(cell, *place, submission.student.id)
    except MissingEntry:  # nbgrader took the submission in before it knew this lesson
        lesson, cell_id = book.find_notebook(*place), book.find_grade_cell(cell, *place).id
        notebook = next((n for n in submission.notebooks if n.name == lesson.name), None)
        with book.db.no_autoflush:
            notebook = notebook or SubmittedNotebook(notebook=lesson, assignment=submission)
            grade = Grade(cell_id=cell_id, notebook=notebook)
        book.db.add_all([notebook, grade])
    grade.auto_score = mark.points
    grade.needs_manual_grade = False

"""Mark the same students with nbgrader's autograde and with `python -m grading grade`.

    python benchmarks/against_nbgrader.py [--students 24] [--nbgrader 4] [--rounds 1]

The students have worked on four exercises, in lessons 1 to 4. nbgrader runs the import, exercise
and check cells of these lessons alone, so that nothing trains. Where a check passes, nbgrader gives
all points; there `grade` has to give them too, or this program stops.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import nbformat  # noqa: E402

from benchmarks import _class_students as students  # noqa: E402
from benchmarks import grading_class  # noqa: E402
from benchmarks._comparison import Comparison, in_turns  # noqa: E402
from grading.results.records import Results  # noqa: E402
from resnets.exercises import EXERCISES  # noqa: E402

THEIRS, OURS = "nbgrader", "grade"
ASSIGNMENT = "lessons"
EXERCISE_CELLS = {name: EXERCISES[name] for name in students.FIRST_FOUR}
# In lesson 4 this cell fetches the blocks of earlier lessons, which the network is made of.
NEEDED = ("imports", "blocks")
# Students name layers in either way, whichever the lesson uses, and import what they need.
THEIR_IMPORTS = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from keras.layers import *
"""


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--nbgrader", type=int, default=4, help="how many of them nbgrader marks")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(*compared(options.rounds, options.students, options.nbgrader), sep="\n")
    return 0


def compared(rounds: int, count: int = 24, few: int = 4) -> list[Comparison]:
    """Return the comparison: seconds for each submission, start-up included.

    Args:
        rounds: how often each way takes its turn.
        count: how many students `grade` marks.
        few: how many of them nbgrader marks, too.

    Raises:
        SystemExit: the two do not agree about a passed check, or one of them failed.
    """
    work = (
        f"four exercises, one process; `grade` marked {count} submissions in its sandbox, nbgrader "
        f"{few} of them without one; both agree on which exercises are right"
    )
    marking = Comparison("Marking with nbgrader", "s", work, THEIRS)
    chosen = students.students(4 * count, only=students.FIRST_FOUR)
    chosen = [student for student in chosen if not student.form.startswith("classic")][:count]
    right: dict[str, dict[str, set[str]]] = {}

    def mark(way: str) -> None:
        with tempfile.TemporaryDirectory(prefix="class-") as folder:
            place = Path(folder)
            if way == OURS:
                students.write(place / "submissions", chosen)
                seconds, _ = grading_class.graded(place / "submissions", place / "results", 1)
                right[way] = _right_by_us(place / "results")
            else:
                seconds, right[way] = _nbgrader(chosen[:few], place)
            marking.add(way, seconds / (count if way == OURS else few))

    in_turns([THEIRS, OURS], rounds, mark)
    for student, passed in right[THEIRS].items():
        ours = right[OURS][student]
        if (passed ^ ours) - _not_compared(ours):
            raise SystemExit(f"{student}: nbgrader {passed}, grade {ours}")
    return [marking]


def _not_compared(right: set[str]) -> set[str]:
    """With wrong blocks the check refuses the network; `grade` marks the network alone."""
    return set() if {"identity_block", "convolutional_block"} <= right else {"ResNet50"}


def _right_by_us(results: Path) -> dict[str, set[str]]:
    """Return, for each student, the exercises that are right for every call."""
    return {
        record.student: {
            name
            for name in students.FIRST_FOUR
            if all(record.marks[name].aspects.get(a) == 1.0 for a in ("function", "generality"))
        }
        for record in Results(results).all()
    }


def _nbgrader(chosen: list[students.Student], place: Path) -> tuple[float, dict[str, set[str]]]:
    """Return the seconds of autograding, and for each student the exercises with points."""
    api = _course(place)
    for student in chosen:
        _submit(student, place)
    started = time.monotonic()
    for student in chosen:
        outcome = api.autograde(ASSIGNMENT, student.name)
        if not outcome["success"]:
            raise SystemExit(outcome["log"][-2000:])
    return time.monotonic() - started, _right_by_nbgrader(api)


def _course(place: Path):
    """Return nbgrader's interface to a course with the four exercises and their checks."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    # nbgrader calls alembic by name, and its kernels import the course.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(ROOT)
    source = place / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    for lesson in dict.fromkeys(entry.notebook for entry in EXERCISE_CELLS.values()):
        notebook = nbformat.read(students.SOLUTIONS / f"{lesson}.ipynb", 4)
        notebook.cells = [cell for cell in notebook.cells if _is_needed(cell)]
        notebook.cells[0].source += THEIR_IMPORTS
        nbformat.write(notebook, source / f"{lesson}.ipynb")
    config = Config()
    config.CourseDirectory.root = str(place)
    config.CourseDirectory.db_url = f"sqlite:///{place / 'gradebook.db'}"
    api = NbGraderAPI(config=config)
    outcome = api.generate_assignment(ASSIGNMENT)
    if not outcome["success"]:
        raise SystemExit(outcome["log"][-2000:])
    return api


def _is_needed(cell) -> bool:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("check_")
    return cell.id in NEEDED or grade_id in EXERCISE_CELLS


def _submit(student: students.Student, place: Path) -> None:
    """Hand a student's functions in where nbgrader looks for them."""
    folder = place / "submitted" / student.name / ASSIGNMENT
    shutil.copytree(place / "release" / ASSIGNMENT, folder)
    for exercise, entry in EXERCISE_CELLS.items():
        path = folder / f"{entry.notebook}.ipynb"
        notebook = nbformat.read(path, 4)
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
        cells[exercise].source = student.done[exercise].text
        nbformat.write(notebook, path)


def _right_by_nbgrader(api) -> dict[str, set[str]]:
    from nbgrader.api import Gradebook

    with Gradebook(api.coursedir.db_url) as gradebook:
        return {
            submission.student.id: {
                grade.name.removeprefix("check_")
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.auto_score
            }
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }


if __name__ == "__main__":
    sys.exit(main())

"""Mark students with nbgrader's autograde: the time, and the exercises whose check passed."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import nbformat

from benchmarks import _class_students as students
from resnets.exercises import EXERCISES

ROOT = Path(__file__).resolve().parent.parent
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
from resnets_utils import glorot_uniform
"""


def marked(chosen: list[students.Student], place: Path) -> tuple[float, dict[str, set[str]]]:
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

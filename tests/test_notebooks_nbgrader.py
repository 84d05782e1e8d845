"""nbgrader's own tools accept the lessons, and give points exactly where a check passes."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from notebooks_fixture import small_course  # noqa: F401
from traitlets.config import Config

from tools.notebook_files import find_lessons, read_notebook
from tools.notebook_release import learner_copy

WRONG = "def add_up(a, b):\n    return a - b"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """nbgrader's programming interface on an empty course in ``tmp_path``."""
    from nbgrader.apps import NbGraderAPI

    # nbgrader calls alembic by name to make its gradebook.
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    return NbGraderAPI(config=config)


def scores(course) -> dict[str, float]:
    """Student to score, as the gradebook holds it."""
    from nbgrader.api import Gradebook

    with Gradebook(course.coursedir.db_url) as gradebook:
        return {
            submission.student.id: submission.score
            for submission in gradebook.assignment_submissions("lessons")
        }


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_points_are_given_where_the_check_passes(small_course, course):  # noqa: F811
    root = Path(course.coursedir.root)
    source = root / "source" / "lessons"
    source.mkdir(parents=True)
    shutil.copy(small_course.source, source)
    shutil.copy(small_course.root / "resnets_checks.py", source)
    assert course.generate_assignment("lessons")["success"]
    released = root / "release" / "lessons" / small_course.source.name
    solved = read_notebook(small_course.source)
    for student, code in (("right", None), ("wrong", WRONG), ("stub", "")):
        notebook = nbformat.read(released if student == "stub" else small_course.source, 4)
        if code:
            index = [cell.id for cell in solved.cells].index("add-up")
            notebook.cells[index].source = code
        folder = root / "submitted" / student / "lessons"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / small_course.source.name)
        assert course.autograde("lessons", student)["success"]
    assert scores(course) == {"right": 10.0, "wrong": 0.0, "stub": 0.0}


def test_validate_tells_a_learner_which_check_fails(small_course, course, monkeypatch):  # noqa: F811
    from nbgrader.validator import Validator

    monkeypatch.setenv("PYTHONPATH", str(small_course.root))
    assert Validator().validate(str(small_course.source)) == {}
    (failed,) = Validator().validate(str(small_course.learner))["failed"]
    assert failed["source"] == "result = checks.check_add_up(add_up)\nresult"
    assert "NOT YET add_up: that is no sum." in failed["raw_error"]


def test_nbgrader_releases_every_lesson_as_the_course_does(course):
    lessons = find_lessons()
    source = Path(course.coursedir.root) / "source" / "lessons"
    source.mkdir(parents=True)
    for lesson in lessons:
        shutil.copy(lesson.source, source)
    outcome = course.generate_assignment("lessons")
    assert outcome["success"], outcome["log"]
    for lesson in lessons:
        path = Path(course.coursedir.root) / "release" / "lessons" / lesson.source.name
        theirs = nbformat.read(path, as_version=4)
        ours = learner_copy(read_notebook(lesson.source), lesson.name)
        for our, their in zip(ours.cells, theirs.cells, strict=True):
            if our.cell_type == "code":
                assert our.source == their.source
            assert our.metadata.get("deletable") == their.metadata.get("deletable")
            assert our.metadata.get("editable") == their.metadata.get("editable")


def test_the_courses_own_checks_give_and_take_points():
    from nbgrader.validator import Validator

    (lesson,) = find_lessons(numbers=[2])
    patient = Config({"Execute": {"timeout": 300}})
    assert Validator(config=patient).validate(str(lesson.source)) == {}
    (failed,) = Validator(config=patient).validate(str(lesson.learner))["failed"]
    assert failed["source"] == "result = checks.check_identity_block(identity_block)\nresult"
    assert "ExerciseNotPassed" in failed["raw_error"]

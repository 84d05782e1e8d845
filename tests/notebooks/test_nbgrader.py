"""nbgrader's own tools accept the lessons and give points only where a check passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from house_helpers import path_with_scripts
from proof_sizes import THOROUGH
from traitlets.config import Config

from resnets.exercises import EXERCISES
from tools.notebooks.files import find_lessons, read_notebook
from tools.notebooks.release import learner_copy, without_markers

pytestmark = pytest.mark.slow

WRONG = "def add_up(a, b):\n    return a - b"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """nbgrader's Python interface for an empty course in ``tmp_path``."""
    from nbgrader.apps import NbGraderAPI

    monkeypatch.setenv("PATH", path_with_scripts())
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    return NbGraderAPI(config=config)


def scores(course) -> dict[str, float]:
    """Return the score by student, from the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(course.coursedir.db_url) as gradebook:
        return {
            submission.student.id: submission.score
            for submission in gradebook.assignment_submissions("lessons")
        }


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_points_are_given_only_where_the_check_passes(small_course, course):
    root = Path(course.coursedir.root)
    source = root / "source" / "lessons"
    source.mkdir(parents=True)
    shutil.copy(small_course.source, source)
    shutil.copytree(small_course.root / "resnets", source / "resnets")
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


def test_validate_names_the_check_that_fails(small_course, course, monkeypatch):
    from nbgrader.validator import Validator

    monkeypatch.setenv("PYTHONPATH", str(small_course.root))
    assert Validator().validate(str(small_course.source)) == {}
    (failed,) = Validator().validate(str(small_course.learner))["failed"]
    assert failed["source"] == "result = checks.check_add_up(add_up)\nresult"
    assert "NOT YET add_up: that is no sum." in failed["raw_error"]


def test_nbgrader_makes_the_same_learners_copies_as_the_course(course):
    lessons = find_lessons()
    source = Path(course.coursedir.root) / "source" / "lessons"
    source.mkdir(parents=True)
    for lesson in lessons:
        shutil.copy(lesson.source, source)
    outcome = course.generate_assignment("lessons")
    assert outcome["success"], outcome["log"]
    for lesson in lessons:
        path = Path(course.coursedir.root) / "release" / "lessons" / lesson.source.name
        nbgraders = nbformat.read(path, as_version=4)
        ours = learner_copy(read_notebook(lesson.source), lesson.name)
        for our, nbgraders_cell in zip(ours.cells, nbgraders.cells, strict=True):
            if our.cell_type == "code":
                assert our.source == without_markers(nbgraders_cell.source)
            assert our.metadata.get("deletable") == nbgraders_cell.metadata.get("deletable")
            assert our.metadata.get("editable") == nbgraders_cell.metadata.get("editable")


def nbgrader(root: Path, *arguments: str) -> str:
    """Run nbgrader's own command in a course's folder and return its output."""
    env = {**os.environ, "PATH": path_with_scripts()}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_nbgraders_commands_take_a_lesson_from_source_to_student(tmp_path):
    """Run an instructor's commands: make the assignment, validate it as handed out (and solved)."""
    (lesson,) = find_lessons(numbers=[2])
    source = tmp_path / "source" / "resnets"
    source.mkdir(parents=True)
    for path in [lesson.source, lesson.root / "resnets_utils.py"]:
        shutil.copy(path, source)
    shutil.copytree(lesson.root / "resnets", source / "resnets")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = 600\n")
    nbgrader(tmp_path, "generate_assignment", "resnets")
    released = tmp_path / "release" / "resnets"
    assert (released / "resnets/mistakes.json").is_file()
    if THOROUGH:
        output = nbgrader(tmp_path, "validate", str(source / lesson.source.name))
        assert "Success! Your notebook passes all the tests." in output
    output = nbgrader(tmp_path, "validate", str(released / lesson.source.name))
    empty = [exercise for exercise in EXERCISES.values() if exercise.notebook == lesson.name]
    assert f"VALIDATION FAILED ON {len(empty)} CELL(S)!" in output
    assert "result = checks.check_identity_block(identity_block)" in output
    assert "ExerciseNotPassed" in output

"""nbgrader's own gradebook has the marks, its formgrader shows them, and there is no false 0."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from entries import FOUR
from export_class import CLASS, STRANGE
from house_helpers import browser_page, needs_browser, path_with_scripts
from traitlets.config import Config

from grading.__main__ import main
from grading.exports.common import ExportError
from grading.exports.nbgrader import ASSIGNMENT, to_nbgrader
from grading.results.records import Results
from resnets.exercises import EXERCISES
from tools.notebooks.files import find_lessons

# nbgrader itself makes SQLAlchemy complain when it adds a submission.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


def activate(patch: pytest.MonkeyPatch) -> None:
    """Put alembic on PATH: nbgrader calls it by name to create its gradebook."""
    patch.setenv("PATH", path_with_scripts())  # nbgrader calls alembic by name


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """A course that nbgrader made from our lessons, with the class's marks in its gradebook."""
    root = tmp_path_factory.mktemp("course")
    results = Results(root / "results")
    for one in CLASS:
        results.save(one)
    source = root / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    for lesson in find_lessons():
        shutil.copy(lesson.source, source)
    database = root / "gradebook.db"
    settings = Config()
    settings.CourseDirectory.root = str(root)
    settings.CourseDirectory.db_url = f"sqlite:///{database}"
    with pytest.MonkeyPatch.context() as patch:
        activate(patch)
        patch.chdir(root)
        from nbgrader.apps import NbGraderAPI

        assert NbGraderAPI(config=settings).generate_assignment(ASSIGNMENT)["success"]
        command = ["export", str(results.folder), "--format", "nbgrader", "--to", str(database)]
        assert main(command) == main(command) == 0  # the second time changes nothing
        yield root


def marks(database: Path, assignment: str = ASSIGNMENT) -> dict:
    """Return (score, maximum, needs manual grading) by student, from nbgrader's own interface."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{database}") as book:
        return {
            one.student.id: (one.score, one.max_score, one.needs_manual_grade)
            for one in book.assignment_submissions(assignment)
        }


SCORES = {"ada": (33.5, 40, False), STRANGE: (15.5, 40, False), "nil": (0, 40, False)}
# The class has marks for four exercises. A gradebook with the lessons' cells knows the others too,
# and waits for a mark by hand.
FULL = sum(exercise.points for exercise in EXERCISES.values())
OPEN = len(EXERCISES) > len(FOUR)


def test_nbgrader_has_the_marks(gradebook):
    from nbgrader.api import Gradebook

    with_others = {student: (score, FULL, OPEN) for student, (score, _, _) in SCORES.items()}
    assert marks(gradebook / "gradebook.db") == with_others
    with Gradebook(f"sqlite:///{gradebook / 'gradebook.db'}") as book:
        cells = {
            notebook.name: [cell.name for cell in notebook.grade_cells]
            for notebook in book.find_assignment(ASSIGNMENT).notebooks
            if notebook.grade_cells
        }
        students = {student.id for student in book.students}
        courses = {assignment.course_id for assignment in book.assignments}
    # The lessons' own cells, no other beside them; nobody without a mark.
    checks = {exercise.notebook: [] for exercise in EXERCISES.values()}
    for name, exercise in EXERCISES.items():
        checks[exercise.notebook].append(f"check_{name}")
    assert cells == checks
    assert students == set(SCORES) and courses == {""}


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")  # nor does a word of nbgrader's show
def test_a_gradebook_is_created_without_an_activated_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # no alembic, which nbgrader calls
    database = tmp_path / "new" / "50% a?b.db"
    assert to_nbgrader(CLASS, database, "blocks") == {"eve": "no mark (ungraded: the sandbox died)"}
    assert os.environ["PATH"] == "/usr/bin:/bin"
    assert database.is_file()
    shutil.move(database, tmp_path / "plain.db")
    assert marks(tmp_path / "plain.db", "blocks") == SCORES


def test_manual_marks_are_kept(tmp_path):
    from nbgrader.api import Gradebook

    database = tmp_path / "gradebook.db"
    to_nbgrader(CLASS, database)
    place = ("check_ResNet50", EXERCISES["ResNet50"].notebook, ASSIGNMENT, "ada")
    with Gradebook(f"sqlite:///{database}") as book:
        book.find_grade(*place).manual_score = 9
        book.db.commit()
    to_nbgrader(CLASS, database)
    assert marks(database)["ada"] == (39, 40, False)


def test_a_mark_of_an_earlier_export_is_removed(tmp_path):
    """Nil's new work is unreadable; ada's record has no mark any more for one exercise."""
    from nbgrader.api import Gradebook

    database = tmp_path / "gradebook.db"
    to_nbgrader(CLASS, database)
    ada, strange, nil, eve = CLASS
    place = ("check_identity_block", EXERCISES["identity_block"].notebook, ASSIGNMENT, STRANGE)
    with Gradebook(f"sqlite:///{database}") as book:
        book.find_grade(*place).manual_score = 9
        book.db.commit()
    fewer = {name: mark for name, mark in ada.marks.items() if name != "identity_block"}
    gone = [replace(one, status="unreadable: a damaged zip", marks={}) for one in (nil, strange)]
    now = [replace(ada, marks=fewer), *gone, eve]
    left_out = to_nbgrader(now, database)
    assert left_out["nil"] == "no mark (unreadable: a damaged zip)"
    assert marks(database) == {
        "ada": (23.5, 40, True),
        STRANGE: (9, 40, True),
        "nil": (0, 40, True),
    }
    with Gradebook(f"sqlite:///{database}") as book:
        nils = book.find_submission(ASSIGNMENT, "nil")
        grades = [grade for notebook in nils.notebooks for grade in notebook.grades]
        assert len(grades) == 4
        assert {(grade.auto_score, grade.needs_manual_grade) for grade in grades} == {(None, True)}
        assert "eve" not in {student.id for student in book.students}
    to_nbgrader(CLASS, database)
    assert marks(database)["nil"] == SCORES["nil"]


def test_a_submission_that_nbgrader_collected_before_gets_its_marks(tmp_path, monkeypatch):
    """The gradebook has only lesson 2 of one student, without points, and eve, who has no mark."""
    from nbgrader.api import Gradebook

    activate(monkeypatch)
    database = tmp_path / "gradebook.db"
    with Gradebook(f"sqlite:///{database}") as book:
        book.add_assignment(ASSIGNMENT)
        book.add_notebook(EXERCISES["identity_block"].notebook, ASSIGNMENT)
        for student in ("ada", "eve"):
            book.add_student(student)
            book.add_submission(ASSIGNMENT, student)
    to_nbgrader(CLASS, database)
    scores = marks(database)
    assert scores["ada"] == SCORES["ada"]
    with Gradebook(f"sqlite:///{database}") as book:
        eve = book.find_submission(ASSIGNMENT, "eve")
        assert [grade.auto_score for notebook in eve.notebooks for grade in notebook.grades] == []


def test_a_file_that_is_not_a_gradebook_is_refused_and_unchanged(tmp_path):
    (tmp_path / "notes.txt").write_text("no database, but somebody's notes\n" * 100)
    for place in (tmp_path / "notes.txt", tmp_path):
        with pytest.raises(ExportError, match="nbgrader cannot use this as its gradebook"):
            to_nbgrader(CLASS, place)
    with pytest.raises(ExportError, match="cannot be written"):
        to_nbgrader(CLASS, tmp_path / "notes.txt" / "gradebook.db")
    assert (tmp_path / "notes.txt").read_text().startswith("no database")


@pytest.fixture(scope="module")
def address(gradebook):
    """The address of a Jupyter server with nbgrader's formgrader for the course."""
    config = gradebook / "config"
    config.mkdir()
    extension = {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}
    (config / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": extension}))
    (gradebook / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.root = {str(gradebook)!r}\n"
        f"c.CourseDirectory.db_url = {'sqlite:///' + str(gradebook / 'gradebook.db')!r}\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=secret"]
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_DATA_DIR": str(config)}
    process = subprocess.Popen(
        command, cwd=gradebook, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


@needs_browser
def test_formgrader_shows_the_marks(address):
    with browser_page(extra_http_headers={"Authorization": "token secret"}) as page:
        page.goto(f"{address}/formgrader/manage_submissions/{ASSIGNMENT}")
        page.wait_for_selector(f"text=33.5 / {FULL:g}")
        submissions = page.locator("tbody tr").all_inner_texts()
        page.goto(f"{address}/formgrader/manage_students")
        page.wait_for_selector(f"text=33.5 / {FULL:g}")
        students = page.locator("tbody tr").all_inner_texts()
    for rows in (submissions, students):
        scores = [re.findall(r"[\d.]+ / [\d.]+", row) for row in rows]
        assert sorted(scores) == [[f"{points} / {FULL:g}"] for points in (0, 15.5, 33.5)]
        assert not [row for row in rows if "eve" in row]
    # An exercise without a mark waits for the instructor.
    state = "needs manual grading" if OPEN else "graded"
    assert all(state in row for row in submissions)


def wait_for(address: str, process: subprocess.Popen) -> str:
    """Wait until a server answers and return its address."""
    end = time.monotonic() + 240
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)
            return address
        except urllib.error.HTTPError:
            return address
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address}: no Jupyter server came up")

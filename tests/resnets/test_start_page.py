"""The start page reads a learner's progress from the notebooks, and says where to go on."""

from __future__ import annotations

import json
import shutil

import nbformat
import pytest

from resnets.course_progress import next_lesson, read_course
from resnets.start_page import CourseMap, status
from tools.notebooks.files import COURSE_ROOT, code_cells, find_lessons, read_notebook

LESSONS = find_lessons()[1:]
IDENTITY = "2_identity_block.ipynb"


@pytest.fixture
def folder(tmp_path):
    """The learner's lessons, as handed out."""
    for lesson in LESSONS:
        shutil.copy(lesson.learner, tmp_path)
    return tmp_path


@pytest.fixture
def own_work(monkeypatch):
    """As in a learner's kernel: nothing is stored for a test."""
    monkeypatch.setattr("resnets.start_page.outputs_are_stored", lambda: False)


def solve(folder, lesson, runs_to=None):
    """Put a lesson there as if it was solved and run up to the cell with this id."""
    notebook = read_notebook(lesson.source)
    if runs_to:
        ids = [cell.id for cell in notebook.cells]
        for cell in code_cells(notebook):
            if ids.index(cell.id) > ids.index(runs_to):
                cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, folder / lesson.learner.name)


def test_every_lesson_has_title_description_and_minutes(folder):
    lessons = read_course(folder)
    assert [lesson.file for lesson in lessons] == [lesson.learner.name for lesson in LESSONS]
    for lesson in lessons:
        assert lesson.title and len(lesson.about.split()) > 5 and lesson.minutes >= 20
        assert status(lesson) == "not begun" and not lesson.is_done


def test_the_page_lists_every_lesson_before_anything_runs(folder):
    page = read_notebook(find_lessons()[0].learner)
    (listed,) = [cell.source for cell in page.cells if cell.id == "lessons"]
    lines = [line for line in listed.splitlines() if line[:1].isdigit()]
    assert lines == [
        f"{lesson.number}. [{lesson.title}]({lesson.file}), {lesson.minutes} minutes"
        for lesson in read_course(folder)
    ]


def test_a_new_learner_begins_with_the_first_lesson(folder, own_work):
    text = repr(CourseMap(folder))
    assert text.startswith("Begin here: lesson 1, Vanishing gradients.")
    assert f"{sum(lesson.minutes for lesson in read_course(folder))} minutes in all" in text


def test_a_lesson_is_done_when_it_ran_and_its_checks_passed(folder, own_work):
    solve(folder, LESSONS[0])
    first, second = read_course(folder)[:2]
    assert first.is_done and status(first).startswith("✓ done, 1 of 1 checks passed")
    assert next_lesson([first, second]) is second
    assert "Go on here: lesson 2" in repr(CourseMap(folder))


def test_the_learner_goes_on_at_the_first_cell_that_has_not_run(folder, own_work):
    solve(folder, LESSONS[0])
    solve(folder, LESSONS[1], runs_to="check-identity-block")
    lesson = read_course(folder)[1]
    assert lesson.passed == 1 and not lesson.at_the_end
    later = next(
        cell.source
        for cell in read_notebook(LESSONS[1].source).cells
        if f"## {lesson.section}" in cell.source
    )
    assert later and f"lesson 2, {lesson.section}" in CourseMap(folder)._repr_html_()


def test_the_learner_goes_on_at_a_check_that_has_not_passed(folder):
    solve(folder, LESSONS[1])
    path = folder / IDENTITY
    notebook = nbformat.read(path, 4)
    (check,) = [cell for cell in notebook.cells if cell.id == "check-identity-block"]
    check.outputs[0].data["text/plain"] = "NOT YET identity_block: ..."
    nbformat.write(notebook, path)
    lesson = read_course(folder)[1]
    assert lesson.at_the_end and not lesson.is_done
    assert "Exercise: the identity block" in lesson.section


def test_an_empty_exercise_has_not_passed_whatever_its_check_once_said(folder):
    """Somebody solved it, and then put the empty exercise back."""
    notebook = read_notebook(LESSONS[1].source)
    empty = {cell.id: cell.source for cell in read_notebook(LESSONS[1].learner).cells}
    for cell in code_cells(notebook):
        cell.source = empty[cell.id]
    nbformat.write(notebook, folder / IDENTITY)
    assert not any(read_course(folder)[1].checks.values())


def test_predictions_are_counted(folder, own_work):
    guesses = {
        "millionth": {"guess": 10.0, "confidence": 1},
        "relu-weights": {"guess": "damaged"},
        "stride-unused": {"guess": 75, "confidence": 0},
    }
    (folder / ".predictions.json").write_text(json.dumps(guesses))
    first, _, third = read_course(folder)[:3]
    assert (first.predicted, third.predicted) == (1, 1)
    assert "1 of 5 predictions made" in status(first)


def test_a_copy_counts_if_more_of_its_checks_passed(folder):
    solve(folder, LESSONS[1])
    (folder / IDENTITY).rename(folder / "2_identity_block-Copy1.ipynb")
    shutil.copy(LESSONS[1].learner, folder)
    assert read_course(folder)[1].file == "2_identity_block-Copy1.ipynb"


@pytest.mark.parametrize("text", ["", "{}", '{"cells": [1]}', '{"cells": 3}', "[]"])
def test_a_damaged_notebook_is_named(folder, own_work, text):
    (folder / IDENTITY).write_text(text)
    lesson = read_course(folder)[1]
    assert lesson.title == "Identity block" and "open it in JupyterLab" in status(lesson)
    assert lesson.problem in CourseMap(folder)._repr_html_()


def test_a_finished_course_and_an_empty_folder_are_told(folder, own_work, tmp_path):
    for lesson in LESSONS:
        solve(folder, lesson)
    assert "You have done all lessons" in repr(CourseMap(folder))
    (tmp_path / "empty").mkdir()
    assert "no lessons in this folder" in repr(CourseMap(tmp_path / "empty"))


def test_the_stored_map_does_not_depend_on_anybodys_work(folder):
    """The tests run as nbval does: outputs are stored or compared."""
    before = CourseMap(folder)._repr_html_()
    solve(folder, LESSONS[0])
    (folder / ".predictions.json").write_text('{"millionth": {"guess": 10.0, "confidence": 1}}')
    assert CourseMap(folder)._repr_html_() == before
    (stored,) = code_cells(read_notebook(find_lessons()[0].source))
    assert stored.outputs[0].data["text/html"] == before


def test_the_map_needs_no_tensorflow():
    import subprocess
    import sys

    code = "import sys, resnets.start_page; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=COURSE_ROOT).returncode == 0

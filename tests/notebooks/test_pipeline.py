"""The notebook pipeline executes, releases and checks lessons."""

from __future__ import annotations

import asyncio
import json
import time
from queue import Empty

import nbformat
import pytest
import zmq.asyncio
from notebooks_fixture import build_course, copy_course, fixture_notebook

from tools.notebooks import execution
from tools.notebooks.__main__ import execute_lesson, main
from tools.notebooks.execution import kernel_environment
from tools.notebooks.files import (
    NotebookError,
    dump_notebook,
    find_lessons,
    parse_notebook,
    read_notebook,
    write_notebook,
)
from tools.notebooks.manifest import read_manifest
from tools.notebooks.release import CODE_STUB, clear_solution, learner_copy
from tools.notebooks.rules import find_faults
from tools.notebooks.rules_code import count_code_lines
from tools.notebooks.rules_outputs import ELIDED

pytestmark = pytest.mark.slow


def cell_of(notebook, cell_id):
    """The cell with this id."""
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def edit(lesson, change):
    """Apply ``change`` to the solved notebook on disk, as an author's editor would."""
    notebook = read_notebook(lesson.source)
    change({cell.id: cell for cell in notebook.cells})
    nbformat.write(notebook, lesson.source)


def test_an_executed_lesson_has_no_faults(small_course):
    assert find_faults(small_course) == []
    notebook = read_notebook(small_course.source)
    cells = {cell.id: cell for cell in notebook.cells}
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == list(
        range(1, 13)
    )
    assert cells["stream"].outputs[0].text == "the sum is 6.875\nlargest 3.125\n"
    assert "image/png" in cells["plot"].outputs[0].data
    assert "text/html" in cells["check-add-up"].outputs[0].data
    assert cells["check-add-up"].outputs[0].output_type == "display_data"


def test_executing_again_stores_the_same_bytes(small_course, tmp_path):
    again = copy_course(small_course, tmp_path / "again")
    execute_lesson(again, timeout=60)
    for repeated, original in (
        (again.source, small_course.source),
        (again.learner, small_course.learner),
        (again.manifest, small_course.manifest),
    ):
        assert repeated.read_bytes() == original.read_bytes()


def test_the_learners_copy_has_no_solution_and_no_outputs(small_course):
    learner = read_notebook(small_course.learner)
    cells = {cell.id: cell for cell in learner.cells}
    assert cells["add-up"].source == (
        "def add_up(a, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert "(../images/it.svg)" in cells["figure"].source
    solved = read_notebook(small_course.source)
    assert cells["imports"].source == cell_of(solved, "imports").source
    assert cells["check-add-up"].metadata["editable"] is False
    assert cells["add-up"].metadata["deletable"] is False
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in learner.cells)


def test_a_solution_only_cell_is_left_out_of_the_learners_copy():
    notebook = fixture_notebook()
    cell_of(notebook, "stream").metadata["tags"] = ["solution-only"]
    assert "stream" not in [cell.id for cell in learner_copy(notebook, "1_small").cells]


def test_a_learner_does_not_see_what_only_nbval_reads():
    cells = {cell.id: cell for cell in learner_copy(fixture_notebook(), "1_small").cells}
    assert cells["slider"].source.startswith("@interact")
    assert all("NBVAL" not in cell.source for cell in cells.values())


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\ny = 2",
        "a = 1\n  ### BEGIN SOLUTION\n  b\n  ### END SOLUTION\n### BEGIN SOLUTION\nc\n"
        "### END SOLUTION\nd",
        "x = 1",
    ],
)
def test_regions_are_cleared_in_the_same_way_as_by_nbgrader(source):
    from nbgrader.preprocessors import ClearSolutions

    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["nbgrader"] = {"solution": True, "grade": False, "grade_id": "x"}
    ClearSolutions().preprocess_cell(cell, {"language": "python"}, 0)
    assert clear_solution(source, CODE_STUB) == cell.source


@pytest.mark.parametrize(
    "source, message",
    [
        ("### BEGIN SOLUTION\nx", "has no 'END SOLUTION'"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "inside another"),
    ],
)
def test_a_broken_region_is_refused(source, message):
    with pytest.raises(NotebookError, match=message):
        clear_solution(source, CODE_STUB)


def test_a_solution_in_an_ordinary_cell_is_refused():
    notebook = fixture_notebook()
    cell_of(notebook, "stream").source = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    with pytest.raises(NotebookError, match="cell stream: a solution region"):
        learner_copy(notebook, "1_small")


@pytest.mark.parametrize(
    "code, message",
    [
        ("print(1 / 0)", "ZeroDivisionError"),
        ('import sys\n\nprint("careful", file=sys.stderr)', "stderr"),
    ],
)
def test_a_lesson_that_fails_is_not_stored(small_course, tmp_path, capsys, code, message):
    lesson = copy_course(small_course, tmp_path / "failing")
    edit(lesson, lambda cells: cells["after"].update(source=code))
    before = lesson.source.read_bytes(), lesson.manifest.read_bytes()
    assert main(["solutions", "1"], lesson.root) == 1
    assert (lesson.source.read_bytes(), lesson.manifest.read_bytes()) == before
    error = capsys.readouterr().err
    assert code.splitlines()[-1] in error
    assert message in error


def test_a_cell_that_times_out_is_named(tmp_path, capsys):
    lesson = build_course(tmp_path / "course")
    endless = nbformat.v4.new_code_cell("while True:\n    pass")
    nbformat.write(nbformat.v4.new_notebook(cells=[endless]), lesson.source)
    assert main(["solutions", "--timeout", "1"], lesson.root) == 1
    error = capsys.readouterr().err
    assert "timed out" in error and "while True" in error
    assert not lesson.learner.exists()


def test_release_accepts_changed_prose(small_course, tmp_path):
    lesson = copy_course(small_course, tmp_path / "prose")
    edit(lesson, lambda cells: cells["figure"].update(source="No figure any more."))
    assert any(fault.rule == "is_as_executed" for fault in find_faults(lesson))
    assert main(["release"], lesson.root) == 0
    assert "No figure any more." in lesson.learner.read_text()


@pytest.mark.parametrize(
    "cell, change",
    [
        ("constant", {"source": "EPOCHS = 3"}),
        ("stream", {"outputs": []}),
        ("plot", {"outputs": []}),
    ],
)
def test_release_refuses_code_that_was_not_executed(small_course, tmp_path, capsys, cell, change):
    lesson = copy_course(small_course, tmp_path / "stale")
    edit(lesson, lambda cells: cells[cell].update(change))
    before = lesson.learner.read_bytes(), lesson.manifest.read_bytes()
    assert main(["release"], lesson.root) == 1
    assert cell in capsys.readouterr().err
    assert (lesson.learner.read_bytes(), lesson.manifest.read_bytes()) == before


def test_release_removes_an_editors_metadata(small_course, tmp_path):
    lesson = copy_course(small_course, tmp_path / "edited")
    edit(lesson, lambda cells: cells["plot"].metadata.update(scrolled=True))
    assert [fault.rule for fault in find_faults(lesson)].count("is_in_stored_form") == 1
    assert main(["release"], lesson.root) == 0
    assert lesson.source.read_bytes() == small_course.source.read_bytes()


def test_check_reports_a_file_that_is_out_of_date(small_course, tmp_path, capsys):
    lesson = copy_course(small_course, tmp_path / "drift")
    assert main(["check"], lesson.root) == 0
    lesson.learner.write_text(lesson.learner.read_text().replace("A small", "A tiny"))
    assert main(["check"], lesson.root) == 1
    assert "make release" in capsys.readouterr().out
    lesson.learner.unlink()
    assert main(["check"], lesson.root) == 1


def test_a_missing_lesson_is_named(small_course, capsys):
    assert main(["release", "9"], small_course.root) == 1
    assert "no lesson 9" in capsys.readouterr().err


def test_two_lessons_with_one_number_are_refused(tmp_path):
    lesson = build_course(tmp_path / "course")
    write_notebook(fixture_notebook(), lesson.source.with_name("1_other.ipynb"))
    with pytest.raises(NotebookError, match="two lessons have the number 1"):
        find_lessons(tmp_path / "course")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"nbformat": 3}', '{"nbformat": 4, "nbformat_minor": 5, "cells": 3}']
)
def test_a_file_that_is_not_a_notebook_is_refused(text):
    with pytest.raises(NotebookError, match="x.ipynb"):
        parse_notebook(text, "x.ipynb")


def test_reading_does_not_repair_a_notebook():
    notebook = fixture_notebook()
    notebook.cells[1].id = notebook.cells[0].id
    text = dump_notebook(notebook)
    assert dump_notebook(parse_notebook(text, "twins")) == text


def test_the_kernel_gets_the_same_environment_as_under_nbval(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    environment = kernel_environment()
    assert environment["PYTEST_CURRENT_TEST"]
    assert "NBGRADER_EXECUTION" not in environment


def test_the_manifest_has_one_line_per_cell(small_course):
    entries = read_manifest(small_course)
    assert [entry["id"] for entry in entries][:3] == ["title", "figure", "imports"]
    text = small_course.manifest.read_text()
    assert json.loads(text)["cells"] == entries
    assert len(text.splitlines()) == len(entries) + 2


@pytest.mark.parametrize(
    "text, elided",
    [
        ("[0. 1. 2. ... 7. 8. 9.]", True),
        ("array([0, 1, 2, ..., 7, 8, 9])", True),
        ("[[0 1]\n ...\n [8 9]]", True),
        ("[[0 1 ... 3]\n ...\n [8 9]]", True),
        ("training ... done", False),
        ("and so on...", False),
        ("[1.5 2.5 3.5]", False),
    ],
)
def test_elided_arrays_are_distinguished_from_prose(text, elided):
    assert bool(ELIDED.search(text)) is elided


def test_comments_and_docstrings_do_not_count_as_lines_of_code():
    source = (
        'def f(x):\n    """One.\n\n    Two.\n    """\n    # why\n\n    return (\n        x\n    )\n'
    )
    assert count_code_lines(source) == 4


class _DeafSocket(zmq.asyncio.Socket):
    """A socket that never wakes up for a message; only checking it finds one."""

    came = 0.0

    async def poll(self, timeout=None, flags=zmq.POLLIN):
        if time.monotonic() < self.came:
            await asyncio.sleep(timeout / 1000)
            return 0
        return zmq.POLLIN

    async def recv_multipart(self, **options):
        return ["a message"]


class _PlainSession:
    def feed_identities(self, message):
        return [], message

    def deserialize(self, message):
        return {"content": message[0]}


@pytest.mark.parametrize("timeout", [None, 600])
def test_a_message_without_a_notification_is_found(timeout, monkeypatch):
    monkeypatch.setattr(execution, "LOOK_SECONDS", 0.05)

    async def wait():
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR, _DeafSocket) as socket:
            _DeafSocket.came = time.monotonic() + 0.2
            channel = execution.LookingChannel(socket, _PlainSession())
            return await asyncio.wait_for(channel.get_msg(timeout), 60)

    assert asyncio.run(wait()) == {"content": "a message"}


def test_waiting_for_a_message_times_out(monkeypatch):
    async def wait():
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR, _DeafSocket) as socket:
            _DeafSocket.came = float("inf")
            channel = execution.LookingChannel(socket, _PlainSession())
            await asyncio.wait_for(channel.get_msg(0.1), 60)

    with pytest.raises(Empty):
        asyncio.run(wait())

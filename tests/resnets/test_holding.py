"""Without an earlier lesson's function, the cells that need it wait, and all others run."""

from __future__ import annotations

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

from resnets import holding, lessons, stand_ins
from resnets.exercises import EXERCISES, NAMES

EXERCISE = EXERCISES[NAMES[1]]
NAME = EXERCISE.name
FETCH = f"import resnets_utils as utils\n{NAME} = utils.from_lesson({EXERCISE.lesson}, {NAME!r})"
WAITING = f"This cell is waiting for {NAME}, which is not there yet.\n"


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """A notebook in a folder with the empty exercise, with nothing solved or lent."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(lessons, "in_notebook", lambda: True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lessons, "course_path", lambda name: tmp_path)
    write(tmp_path, "raise NotImplementedError()")
    stand_ins.take_back()
    yield shell
    stand_ins.take_back()
    holding.release(NAME)


def write(folder, body):
    source = f"def {EXERCISE.signature}:\n    {body}"
    notebook = {"cells": [{"cell_type": "code", "source": source}]}
    (folder / f"{EXERCISE.notebook}.ipynb").write_text(json.dumps(notebook))


@pytest.fixture
def said(shell, capsys):
    """A function that runs a cell, which must not raise, and returns what it printed."""

    def run(cell):
        assert shell.run_cell(cell).success
        return capsys.readouterr().out

    return run


def test_what_needs_the_function_waits_and_all_else_runs(said):
    assert f"Lesson {EXERCISE.lesson} is waiting for you" in said(FETCH)
    assert said(f"model = {NAME}(1, 2)") == WAITING
    assert said("norms = [layer for layer in model.layers]\nprint(norms)") == WAITING
    assert said("size = 3\nprint(size)") == "3\n"
    assert said("def read():\n    return norms\n\nprint('defined')") == "defined\n"
    assert said("print(read())") == WAITING
    assert said("def again():\n    return norms\n\nagain()") == WAITING
    assert said("model = 7\nprint(model)") == "7\n"  # another meaning: it is no longer held
    assert said("print(model + size)") == "10\n"


def test_a_solution_ends_the_waiting(said, shell, tmp_path):
    said(FETCH)
    assert said(f"answer = {NAME}(*range(5))\nprint(answer)") == WAITING
    write(tmp_path, "return X + 1")
    said(FETCH)
    assert said(f"answer = {NAME}(*range(5))\nprint(answer)") == "1\n"
    assert said("print(answer)") == "1\n"


def test_a_lent_function_ends_the_waiting(said, shell):
    said(FETCH)
    assert said(f"print({NAME}.__name__)") == WAITING
    stand_ins.lend(NAME)
    assert said(FETCH) == ""
    assert said(f"print({NAME}.__name__)") == f"{NAME}\n"


def test_called_all_the_same_the_function_says_why(shell):
    result = shell.run_cell(FETCH.replace(f"{NAME} =", "other =") + "\nother(1)")
    assert isinstance(result.error_in_exec, lessons.LessonNotReady)


def test_a_cell_with_a_syntax_error_is_left_to_python(said, shell):
    said(FETCH)
    assert isinstance(shell.run_cell(f"{NAME}(").error_before_exec, SyntaxError)

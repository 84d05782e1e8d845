"""A stuck learner can borrow the course's own function; it is never counted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from grading.submissions.own_solutions import copied_exercises
from resnets import checks, lessons, stand_ins
from resnets.checks import cell_gate
from resnets.exercises import EXERCISES, NAMES
from tools.notebooks.files import COURSE_ROOT
from tools.notebooks.stand_ins import is_current

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _fresh():
    stand_ins.take_back()
    cell_gate.forget()
    yield
    stand_ins.take_back()
    cell_gate.forget()


def check_of(name):
    return getattr(checks, EXERCISES[name].check)


def test_the_stored_functions_are_those_of_the_solved_lessons():
    assert is_current(COURSE_ROOT), "run: make release"
    assert set(json.loads(stand_ins.FILE.read_text())) == set(NAMES)


def test_nobody_reads_a_solution_by_accident():
    text = stand_ins.FILE.read_text()
    assert "def " not in text and "GradientTape" not in text and "Conv2D" not in text
    assert "GradientTape" in stand_ins.unpack(json.loads(text)["gradient_norms"])


def test_a_function_comes_back_as_it_was_packed():
    source = "def f(x):\n    return 'π'\n"
    assert stand_ins.unpack(stand_ins.pack(source)) == source


@pytest.mark.parametrize("name", ["gradient_norms", "identity_block", "ResNet50", "gradcam"])
def test_a_lent_function_that_is_handed_in_is_named_as_a_copy(name):
    source = stand_ins.unpack(json.loads(stand_ins.FILE.read_text())[name])
    assert copied_exercises([source]) == (name,)


@pytest.mark.parametrize("name", ["identity_block", "moving_share"])
def test_a_lent_function_that_is_handed_in_packed_is_named_as_a_copy(name):
    text = json.loads(stand_ins.FILE.read_text())[name]
    cell = f"exec(zlib.decompress(base64.b64decode({text!r})))"
    assert copied_exercises([cell]) == (name,)


@pytest.mark.parametrize("name", NAMES)
def test_a_lent_function_is_right_and_does_not_count(name):
    function = stand_ins.lend(name)
    assert stand_ins.lend(name) is function is stand_ins.lent(name)
    result = check_of(name)(function)
    assert not result.passed and "does not count" in result.message
    assert cell_gate.waiting_line([name]) is None
    stand_ins.take_back()  # judged as if the learner had written it
    assert check_of(name)(function).passed


def test_a_cell_runs_with_the_lent_function_even_after_the_stub_was_run(monkeypatch, capsys):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    cell_gate.register()
    name = NAMES[0]
    stub = f"def {name}(*arguments):\n    raise NotImplementedError()"
    cell = f"# needs: {name}\nprint({name}.__module__, 'ran')\n1 / 0"
    assert shell.run_cell(stub).success and shell.run_cell(cell).success
    assert capsys.readouterr().out.startswith("This cell is waiting for")
    stand_ins.lend(name)
    shell.run_cell(stub)
    result = shell.run_cell(cell)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "ran" in capsys.readouterr().out
    trace = result.error_in_exec.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    assert trace.tb_lineno == 3  # the lines keep their numbers
    assert shell.user_ns[name] is stand_ins.lent(name)
    shell.run_cell(f"def {name}(*arguments):\n    return 'my own'")
    cell_gate.note(name, True)  # the learner has solved it: the loan ends
    shell.run_cell(f"# needs: {name}\nanswer = {name}()")
    assert shell.user_ns["answer"] == "my own"


def test_a_later_lesson_borrows_what_is_not_solved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lessons, "course_path", lambda name: tmp_path)
    exercise = EXERCISES[NAMES[1]]
    with pytest.raises(lessons.LessonNotReady):
        lessons.from_lesson(exercise.lesson, exercise.name)
    own = stand_ins.lend(exercise.name)
    assert lessons.from_lesson(exercise.lesson, exercise.name) is own


def test_nothing_is_lent_inside_the_grader():
    stand_ins.lend(NAMES[0])
    lessons.fetch_with(lambda number, name: None)
    try:
        assert stand_ins.lent(NAMES[0]) is None and not stand_ins.available(NAMES[0])
        with pytest.raises(LookupError, match="cannot be lent here"):
            stand_ins.lend(NAMES[0])
    finally:
        lessons.fetch_with(None)


def test_a_copy_without_the_file_lends_nothing():
    program = (
        "from pathlib import Path\nfrom resnets import stand_ins\n"
        "stand_ins.FILE = Path('nowhere')\nprint(stand_ins.available('gradient_norms'))"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=COURSE_ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


def test_nothing_is_lent_under_an_unknown_name():
    assert not stand_ins.available("no_such_exercise")
    with pytest.raises(LookupError):
        stand_ins.lend("no_such_exercise")

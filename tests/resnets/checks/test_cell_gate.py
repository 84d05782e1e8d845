"""Cells that begin with `# needs: ...` wait for their exercises, without an exception."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from resnets.checks import cell_gate


@pytest.fixture(autouse=True)
def _fresh():
    cell_gate.forget()
    yield
    cell_gate.forget()


@pytest.fixture
def shell(monkeypatch):
    """An IPython of its own, with the transformer registered as an import would do it."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    cell_gate.register()
    return shell


def run(shell, cell: str):
    result = shell.run_cell(cell, store_history=False)
    return result.success


CELL = "# needs: identity_block\nanswer = 42\nprint('ran')\n"


def test_a_cell_waits_until_its_check_has_passed(shell, capsys):
    assert run(shell, CELL)
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert "waiting for identity_block" in line and "not been run" in line
    assert "answer" not in shell.user_ns
    cell_gate.note("identity_block", False)
    assert run(shell, CELL)
    assert "not passed yet" in capsys.readouterr().out
    cell_gate.note("identity_block", True)
    assert run(shell, CELL)
    assert capsys.readouterr().out == "ran\n"
    assert shell.user_ns["answer"] == 42


def test_a_cell_may_need_several_exercises(shell, capsys):
    cell = "\n# needs: identity_block, convolutional_block\nprint('ran')"
    cell_gate.note("identity_block", True)
    assert run(shell, cell)
    line = capsys.readouterr().out
    assert "convolutional_block" in line and "identity_block, whose" not in line
    cell_gate.note("convolutional_block", True)
    assert run(shell, cell)
    assert capsys.readouterr().out == "ran\n"


def test_a_check_that_fails_later_makes_the_cell_wait_again(shell, capsys):
    cell_gate.note("identity_block", True)
    cell_gate.note("identity_block", False)
    assert run(shell, CELL)
    assert "waiting" in capsys.readouterr().out


def test_other_cells_and_magics_run_unchanged(shell, capsys):
    assert run(shell, "x = 1\n# needs: identity_block\nprint(x)")
    assert run(shell, "# this needs: thought\nprint('b')")
    assert run(shell, "%time print('c')")
    assert capsys.readouterr().out.startswith("1\nb\nc\n")


def test_a_waiting_cell_does_not_run_its_magics(shell, capsys):
    assert run(shell, "# needs: ResNet50\n%no_such_magic\n")
    assert "waiting for ResNet50" in capsys.readouterr().out


def test_registering_twice_adds_one_transformer(shell):
    cell_gate.register()
    names = [getattr(t, "__module__", "") for t in shell.input_transformers_cleanup]
    assert names.count("resnets.checks.cell_gate") == 1


def test_registering_outside_ipython_does_nothing(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    assert cell_gate.register() is None


EXERCISE = "def identity_block(X, f, filters, stage, block):\n    return X"
CHECK = "from resnets import checks\nresult = checks.check_identity_block(identity_block)"


@pytest.mark.parametrize("before", ["", EXERCISE], ids=["new kernel", "after another version"])
def test_after_a_syntax_error_the_check_says_that_the_cell_has_not_run(shell, capsys, before):
    assert run(shell, before)
    assert not run(shell, EXERCISE + ")")
    assert run(shell, CHECK)
    result = shell.user_ns["result"]
    assert not result.passed and result.mistake == "syntax"
    assert "line 2: `return X)`" in result.message
    assert run(shell, EXERCISE) and run(shell, CHECK)
    assert shell.user_ns["result"].mistake != "syntax"

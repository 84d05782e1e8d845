"""The sandbox parses the handed-out cells once, and keeps no code that could be a solution."""

import json

import pytest

from grading.sandbox.loader import parse_ahead
from resnets.reader import cells
from resnets.reader.notebooks import Notebook

GIVEN = "given_by_the_lesson = 12"
KEPT_OUT = (
    "def identity_block(X, f, filters, stage, block):\n    return X",
    "def under_another_name(X):\n    return X",
    "small_resnet = pieces[0]",
    "build = lambda X: X",
)


@pytest.fixture
def parsed(monkeypatch):
    """The texts that are parsed from now on."""
    texts = []
    python_of = cells.python_of
    monkeypatch.setattr(cells, "python_of", lambda text: texts.append(text) or python_of(text))
    return texts


def written(folder, *sources):
    content = {"cells": [{"cell_type": "code", "source": source} for source in sources]}
    (folder / "2_lesson.ipynb").write_text(json.dumps(content))


def test_a_handed_out_cell_is_not_parsed_again(tmp_path, parsed):
    written(tmp_path, GIVEN)
    parse_ahead(tmp_path)
    assert parsed == [GIVEN]
    (statement,) = Notebook("another.ipynb", [GIVEN]).statements
    assert parsed == [GIVEN]
    assert statement.names.binds == {"given_by_the_lesson"}
    assert statement.place == "another.ipynb, code cell 1, line 1"


@pytest.mark.parametrize("source", KEPT_OUT)
def test_code_that_could_solve_an_exercise_is_left_out(tmp_path, parsed, source):
    written(tmp_path, source)
    parse_ahead(tmp_path)
    assert parsed == []


def test_a_damaged_notebook_is_passed_over(tmp_path, parsed):
    (tmp_path / "1_damaged.ipynb").write_text('{"cells": [')
    written(tmp_path, "after_the_damaged_one = 1")
    parse_ahead(tmp_path)
    assert parsed == ["after_the_damaged_one = 1"]

"""For every way of writing a block that passes its check, the rest of its lesson runs."""

from __future__ import annotations

import re

import pytest

from grading.programs import spellings
from grading.programs.classic import CONVOLUTIONAL, IDENTITY
from resnets import checks
from tools.notebooks.files import find_lessons, read_notebook

pytestmark = pytest.mark.slow

GLOROT = re.compile(r",\s*kernel_initializer = glorot_uniform\(seed=0\)")
NAME = re.compile(r",\s*name = \w+ \+ '\w+'")
WAYS = {
    "as in the course": lambda source: source,
    "without an initialiser": lambda source: GLOROT.sub("", source),
    "without names": lambda source: NAME.sub("", source),
    "without biases": lambda source: source.replace("kernel_init", "use_bias=False, kernel_init"),
    "with the shortcut first": lambda source: source.replace(
        "Add()([X, X_shortcut])", "Add()([X_shortcut, X])"
    ),
    "with a plus": lambda source: source.replace("Add()([X, X_shortcut])", "X + X_shortcut"),
}


def rest_of(number, exercise, **changes):
    """The lesson's cells that need an exercise, and those without a wait between them, as code.

    Of a later exercise's section, the solution and the cells that need `exercise` too.
    """
    (lesson,) = find_lessons(numbers=[number])
    texts, checked, another = [], False, False
    for cell in read_notebook(lesson.source).cells:
        if cell.cell_type != "code":
            another |= checked and re.match(r"## .* Exercise: ", cell.source) is not None
        elif f"check_{exercise}({exercise})" in cell.source:
            checked = True
        elif f"def {exercise}(" not in cell.source:
            is_solution = cell.metadata.get("nbgrader", {}).get("solution")
            if not another or is_solution or exercise in cell.source.partition("\n")[0]:
                texts.append(cell.source)
    texts = [text for text in texts if "check_" not in text and "show_predictions" not in text]
    for old, new in changes.items():
        texts = [text.replace(old, new) for text in texts]
    return texts


def run_rest(texts, function):
    """Run the cells with the learner's function."""
    names = {"__name__": "__main__"}
    for text in texts:
        exec(compile(text, "<cell>", "exec"), names)
        names[function.__name__] = function


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_lesson_2_runs_on(way, capsys):
    block = spellings.function_of(way(IDENTITY))
    assert checks.check_identity_block(block).passed
    run_rest(rest_of(2, "identity_block", **{"[1, 5, 10, 20]": "[1, 2]"}), block)
    assert "equals ReLU(x) bit by bit: True" in capsys.readouterr().out


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_lesson_3_runs_on(way, capsys):
    block = spellings.function_of(way(CONVOLUTIONAL))
    assert checks.check_convolutional_block(block).passed
    run_rest(rest_of(3, "convolutional_block"), block)
    assert "negative on the shortcut: 5" in capsys.readouterr().out

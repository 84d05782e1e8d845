"""A course with one small lesson in a temporary folder, for the tests of the notebook pipeline.

The lesson has all kinds of outputs and cells that the real lessons have. It does not import
TensorFlow, so it runs in two seconds.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks.__main__ import execute_lesson
from tools.notebooks.files import Lesson

CHECKS = '''
"""Stands for the course's checks: the same contract in a few lines."""
import os


class ExerciseNotPassed(AssertionError):
    """Raised under nbgrader, where only an exception costs points."""


class CheckResult:
    def __init__(self, passed):
        self.passed = passed
        self.message = "PASSED add_up: the sum." if passed else "NOT YET add_up: that is no sum."

    def __repr__(self):
        return self.message

    def _ipython_display_(self):
        from IPython.display import display

        display({"text/plain": self.message, "text/html": f"<b>{self.message}</b>"}, raw=True)


def check_add_up(function):
    try:
        passed = function(1, 2) == 3
    except Exception:
        passed = False
    if not passed and os.environ.get("NBGRADER_EXECUTION"):
        raise ExerciseNotPassed(CheckResult(passed).message)
    return CheckResult(passed)
'''

PLOT = """figure, axes = plt.subplots(figsize=(3, 2))
axes.plot(np.arange(9) ** 2)
axes.set(xlabel="step", ylabel="square", title="Squares grow faster and faster")
plt.show()
print("Figure: a line that rises from 0 to 64, steeper at every step.")"""

IMPORTS = """import sys

sys.path += ["..", "../.."]
import matplotlib.pyplot as plt
import numpy as np
from resnets import checks
from IPython.display import HTML, SVG
from ipywidgets import IntSlider, interact"""

STREAM = """numbers = np.array([1.5, 2.25, 3.125])
print("the sum is", numbers.sum())
print("largest", numbers.max())"""

CIRCLE = """SVG(
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<circle cx="20" cy="20" r="15"/></svg>'
)"""

SLIDER = """# NBVAL_IGNORE_OUTPUT
@interact(depth=IntSlider(3, min=1, max=9))
def show(depth):
    print(depth, "layers")"""

TITLE = """# 1 · A small lesson

It has every kind of cell that the real lessons have.

**After this lesson you can**

- add two numbers.

**Time:** 5 minutes; the computer works for one second of that.
There is one exercise, worth 10 points.

**You need:** nothing.

**How to work with it:** Press Shift+Enter. Where it says **Predict**, write down your answer."""

PREDICTION = """## 1.1 Sums

**Predict:** what is the sum of the numbers?"""

EXERCISE = """## 1.2 Exercise: the sum (10 minutes, 10 points)

Write the sum.

<details><summary>Hint</summary>

There is a plus.

</details>"""

SOLUTION = """def add_up(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION"""

CELLS = (
    ("title", "markdown", TITLE),
    ("figure", "markdown", "![A grey square that stands for a figure](../../images/it.svg)"),
    ("imports", "code", IMPORTS),
    ("prediction", "markdown", PREDICTION),
    ("stream", "code", STREAM),
    ("result", "code", "numbers * 2"),
    ("html", "code", 'HTML("<table><tr><td>7 stages</td></tr></table>")'),
    ("svg", "code", CIRCLE),
    ("plot", "code", PLOT),
    ("asserted", "code", "product = numbers.prod()\nassert 10 < product < 11"),
    ("constant", "code", "EPOCHS = 2"),
    ("slider", "code", SLIDER),
    ("exercise", "markdown", EXERCISE),
    ("add-up", "code", SOLUTION),
    ("check-add-up", "code", "result = checks.check_add_up(add_up)\nresult"),
    ("after", "code", 'print("twice", add_up(4, 4), "in", EPOCHS, "epochs")'),
    ("summary", "markdown", "## Summary\n\n- A sum is a number."),
    ("questions", "markdown", "## Questions worth thinking about\n\n1. Is it?"),
    ("reading", "markdown", "**Read on:** a book.\n\n**Next:** the next lesson."),
)

NBGRADER = {
    "add-up": {"grade": False, "solution": True, "locked": False, "grade_id": "add_up"},
    "check-add-up": {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": "check_add_up",
        "points": 10,
    },
}


ALLOWED = {"1_small": {"slider": "NBVAL_IGNORE_OUTPUT: a slider has another id on every run"}}


def fixture_notebook() -> NotebookNode:
    """Return the lesson's source notebook, not executed."""
    cells = []
    for cell_id, kind, source in CELLS:
        make = new_code_cell if kind == "code" else new_markdown_cell
        cell = make(source, id=cell_id)
        if cell_id in NBGRADER:
            cell.metadata["nbgrader"] = {"schema_version": 3, "task": False, **NBGRADER[cell_id]}
        cells.append(cell)
    return new_notebook(cells=cells)


def build_course(root: Path, name: str = "1_small") -> Lesson:
    """Write the course with its unexecuted lesson to ``root`` and return the lesson."""
    lesson = Lesson(root, name)
    lesson.source.parent.mkdir(parents=True)
    (root / "images").mkdir()
    (root / "images" / "it.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>\n')
    (root / "tests").mkdir()
    (root / "tests" / "nbval_allowed.json").write_text(json.dumps(ALLOWED))
    (root / "tests" / "nbval_sanitize.cfg").write_text("no rules\n")
    (root / "resnets").mkdir()
    (root / "resnets" / "checks.py").write_text(CHECKS)
    nbformat.write(fixture_notebook(), lesson.source)
    return lesson


@pytest.fixture(scope="module")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """The lesson of a course in a folder with a space in its name, executed and released."""
    lesson = build_course(tmp_path_factory.mktemp("a course") / "of one")
    execute_lesson(lesson, timeout=60)
    return lesson


def copy_course(lesson: Lesson, to: Path) -> Lesson:
    """Copy an executed course, for a test that changes it."""
    shutil.copytree(lesson.root, to)
    return Lesson(to, lesson.name)

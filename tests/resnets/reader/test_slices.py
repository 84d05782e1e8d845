"""Which statements of a notebook a function needs, and which are left out."""

from __future__ import annotations

import ast

import pytest

from resnets.reader.notebooks import Notebook
from resnets.reader.slices import needed

FUNCTION = "def f():\n    return a + b"
# what is tried: (the cells before the function, those of them that it needs)
CASES = {
    "a value": (["a = 1", "b = 2", "c = 3"], ["a = 1", "b = 2"]),
    "a value that another one replaces": (["a = slow()", "a = 1", "b = 2"], ["a = 1", "b = 2"]),
    "both names of one statement": (["a = slow()", "a, b = (1, 2)"], ["a, b = (1, 2)"]),
    "a value that is increased": (["a = 1", "a += 1", "b = 2"], ["a = 1", "a += 1", "b = 2"]),
    "a list that is filled": (
        ["a = []", "a.append(1)", "b = []", "c = []"], ["a = []", "a.append(1)", "b = []"],
    ),
    "an import that replaces a value": (
        ["a = slow()", "from math import a", "b = 2"], ["from math import a", "b = 2"],
    ),
    "an import under another name": (
        ["a = slow()", "from math import pi as a", "b = 2"], ["from math import pi as a", "b = 2"],
    ),
    "a module": (["a = slow()", "import math as a", "b = 2"], ["import math as a", "b = 2"]),
    "a star": (["a = 1", "from math import *", "b = 2"], ["a = 1", "from math import *", "b = 2"]),
    "a name that a function reads": (
        ["c = 1", "def b():\n    return c", "a = 1"], ["c = 1", "def b():\n    return c", "a = 1"],
    ),
    "a global that a call sets": (
        ["def g():\n    global a\n    a = 1", "g()", "b = 2"],
        ["def g():\n    global a\n    a = 1", "g()", "b = 2"],
    ),
    "a global that a called function counts up": (
        ["a = 0", "def b():\n    global a\n    a += 1"],
        ["a = 0", "def b():\n    global a\n    a += 1"],
    ),
    "output and training": (
        ["a = 1", "print('begun')", "b = 2", "model.fit(images)"], ["a = 1", "b = 2"],
    ),
    "a statement that cannot be compiled": (["return a", "a = 1", "b = 2"], ["a = 1", "b = 2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_function_needs_what_defines_its_names(case):
    cells, expected = CASES[case]
    statements = needed(Notebook("lesson.ipynb", [*cells, FUNCTION]), "f")
    assert [ast.unparse(statement.node) for statement in statements] == [*expected, FUNCTION]

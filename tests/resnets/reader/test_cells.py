"""A cell's Python is what IPython would run, whether or not IPython has to be asked."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from resnets.reader.cells import python_of

ROOT = Path(__file__).resolve().parents[3]
# Cells that look like Python, and in which IPython changes something all the same.
CHANGED = (
    "In [1]: x\n   ...: y",
    "In [1]: total = 1",
    'text = """\n>>> first\n>>> second\n"""',
    'text = """first\n   \nlast"""',
    'text = """first\n\t\nlast"""',
    'def f():\n    """Add.\n\n    >>> f()\n    3\n    """\n    return 3\n  \nf()',
    "   ",
)
# Cells that Python cannot parse, and IPython can.
OWN_SYNTAX = (
    "%matplotlib inline\nx = 1",
    "x = %env HOME",
    "!ls\nfiles = !ls",
    "print?",
    ">>> x = 1\n>>> y = 2",
    "    x = 1\n    y = 2",
    "x = (1,\n%time 2)",
)
INSERTED = (
    *(line for cell in (*CHANGED, *OWN_SYNTAX) for line in cell.split("\n")),
    "",
    "  ",
    "\\",
)


def cells():
    """The code cells of all lessons."""
    for path in sorted(ROOT.glob("notebooks/*/*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"])


def by_ipython(source):
    """What IPython makes of a cell; None if it refuses."""
    try:
        return TransformerManager().transform_cell(source)
    except SyntaxError:
        return None


def same_code(source):
    """Whether `python_of` and IPython agree on what a cell runs."""
    expected, actual = by_ipython(source), python_of(source)
    if expected is None:
        return actual == source
    return actual.lstrip("\n") == expected.lstrip("\n") or dump(actual) == dump(expected)


def dump(text):
    return ast.dump(ast.parse(text))


@pytest.mark.parametrize("source", CHANGED + OWN_SYNTAX)
def test_a_cell_is_what_ipython_makes_of_it(source):
    assert same_code(source)


def test_every_lessons_cells_are_what_ipython_makes_of_them():
    assert [source for source in cells() if not same_code(source)] == []


def test_cells_with_lines_of_ipythons_own_are_what_ipython_makes_of_them():
    rng = random.Random(1)
    lessons = sorted(set(cells()))
    different = []
    for _ in range(400):
        lines = rng.choice(lessons).split("\n")
        for _ in range(rng.randint(1, 3)):
            lines.insert(rng.randint(0, len(lines)), rng.choice(INSERTED))
        source = "\n".join(lines)
        if not source.lstrip().startswith("%%") and not same_code(source):
            different.append(source)
    assert different == []


def test_a_line_keeps_its_number_behind_empty_lines():
    tree = ast.parse(python_of("\n\nx = 1\n%time y = 2\nz = 3"))
    assert [statement.lineno for statement in tree.body] == [3, 4, 5]

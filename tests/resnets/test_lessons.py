"""from_lesson returns the learner's own function, or says in one line why it cannot."""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path

import pytest

from resnets import lessons
from resnets.lessons import LessonNotReady, from_lesson

SOLVED = 'def identity_block(X):\n    """Twice."""\n    return 2 * X'
STUB = "def identity_block(X):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def write(folder: Path, name: str, *sources: str) -> Path:
    """Write a notebook with a text cell and these code cells."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["def identity_block: text"]}]
    cells += [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source.splitlines(True),
        }
        for source in sources
    ]
    path = folder / name
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """The folder of the running notebook; it cannot reach the course's own notebooks."""
    folder = tmp_path / "my course"
    folder.mkdir()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(lessons, "course_path", lambda relative: tmp_path / relative)
    return folder


def why_not(number: int = 2, name: str = "identity_block") -> str:
    with pytest.raises(LessonNotReady) as caught:
        from_lesson(number, name)
    message = str(caught.value)
    assert caught.value._render_traceback_() == [message] and "\n" not in message
    assert message.startswith(f"Lesson {number}")
    return message


def test_a_function_comes_from_the_notebook_in_the_same_folder(beside):
    write(beside, "2_identity_block.ipynb", "import math", SOLVED)
    block = from_lesson(2, "identity_block")
    assert block(21) == 42 and block.__doc__ == "Twice."
    assert inspect.getsource(block).strip() == SOLVED


def test_the_courses_notebooks_are_used_where_the_folder_has_none(beside):
    write(beside.parent / "notebooks", "2_identity_block.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(2) == 4
    write(beside, "2_mine.ipynb", SOLVED.replace("2 * X", "3 * X"))
    assert from_lesson(2, "identity_block")(2) == 6


def test_a_copy_made_by_jupyterlab_does_not_count(beside):
    write(beside, "2_identity_block-Copy1.ipynb", STUB)
    write(beside, "2_identity_block.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


def test_only_what_the_function_needs_runs(beside):
    marker = beside / "ran"
    write(
        beside,
        "2_identity_block.ipynb",
        "import numpy as np\nimport no_such_package_anywhere\nSCALE = 2\nNAMES = ['a', -1, (2, 3)]",
        f"open({str(marker)!r}, 'w').close()\nx = open({str(marker)!r}, 'w')",
        "def helper(X):\n    return np.asarray(X) * SCALE * len(NAMES)",
        "%matplotlib inline\n!touch ran\nhelper?\ndef identity_block(X):\n    return helper(X)",
        "for i in range(3):\n    SCALE = 100",
    )
    assert from_lesson(2, "identity_block")(1) == 300
    assert not marker.exists()


def test_a_timed_cell_counts_and_a_shell_cell_is_ignored(beside):
    write(beside, "2_x.ipynb", "%%bash\nls -l | wc", f"%%time\n{SOLVED}", "%%html\n<b>x</b>")
    assert from_lesson(2, "identity_block")(1) == 2


def test_the_last_solved_definition_counts(beside):
    write(beside, "2_x.ipynb", SOLVED, SOLVED.replace("2 * X", "5 * X"))
    assert from_lesson(2, "identity_block")(1) == 5
    write(beside, "2_x.ipynb", SOLVED, STUB)
    assert from_lesson(2, "identity_block")(1) == 2
    write(beside, "2_x.ipynb", STUB, SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


def test_an_exercise_may_fetch_earlier_ones_itself(beside, monkeypatch):
    write(beside, "2_identity_block.ipynb", SOLVED)
    write(beside, "3_convolutional_block.ipynb", SOLVED.replace("identity", "convolutional"))
    write(
        beside,
        "4_resnet50.ipynb",
        "import resnets_utils as utils\nfrom resnets_utils import from_lesson",
        'identity_block = utils.from_lesson(2, "identity_block")\n'
        'convolutional_block = from_lesson(number=3, name="convolutional_block")',
        "def ResNet50(X):\n    return identity_block(X) + convolutional_block(X)",
    )
    assert from_lesson(4, "ResNet50")(1) == 4
    # The earlier lessons are searched in the folder of that notebook, not of the running one.
    (beside.parent / "notebooks").rmdir()
    beside.rename(beside.parent / "notebooks")
    elsewhere = beside.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert from_lesson(4, "ResNet50")(1) == 4
    write(beside.parent / "notebooks", "2_identity_block.ipynb", STUB)
    with pytest.raises(LessonNotReady, match="Lesson 2 is waiting for you: identity_block"):
        from_lesson(4, "ResNet50")


def test_a_lesson_that_fetches_from_itself_is_refused(beside):
    write(beside, "2_x.ipynb", 'identity_block = utils.from_lesson(2, "identity_block")')
    assert "has no function identity_block" in why_not()
    write(beside, "2_x.ipynb", "first = utils.from_lesson(2, 'identity_block')",
          "import resnets_utils as utils",
          "def identity_block(X):\n    return first(X)")  # fmt: skip
    assert "fetches identity_block from lesson 2" in why_not()


def test_a_missing_notebook_is_reported_with_its_folder(beside):
    message = why_not()
    assert f"no notebook 2_*.ipynb in {beside}" in message and "this notebook's folder" in message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}'])
def test_a_damaged_notebook_is_named(beside, text):
    (beside / "2_identity_block.ipynb").write_text(text)
    assert "2_identity_block.ipynb is not a complete notebook" in why_not()


def test_a_named_pipe_does_not_block(beside):
    os.mkfifo(beside / "2_identity_block.ipynb")
    assert "there is no notebook" in why_not()
    write(beside, "2_mine.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


@pytest.mark.parametrize(
    "source",
    ["x = " + "(" * 10_000 + ")" * 10_000, "x = " + "+".join(["1"] * 20_000), "\x00", "\ud800",
     "\ufb01 = 1", "def f(:"],
    ids=["parentheses", "long sum", "null byte", "half a character", "ligature", "no Python"],
)  # fmt: skip
def test_a_strange_cell_does_not_stop_the_others(beside, source):
    write(beside, "2_x.ipynb", source, SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


@pytest.mark.parametrize(
    "source",
    ["def d(f):\n    return d(f)\n\n@d\n" + SOLVED, "import sys\nidentity_block = sys.exit(3)"],
    ids=["endless decorator", "leaves Python"],
)
def test_a_definition_that_raises_is_reported_with_its_line(beside, source):
    write(beside, "2_x.ipynb", source)
    assert "(2_x.ipynb, code cell 1, line " in why_not()


def test_a_missing_function_is_reported(beside):
    write(beside, "2_x.ipynb", "def plain_block(X):\n    return 2 * X")
    assert "has no function identity_block" in why_not()


def test_a_misspelt_function_is_suggested(beside):
    write(beside, "2_x.ipynb", SOLVED.replace("identity", "indentity"))
    message = why_not()
    assert "defines indentity_block: rename it to identity_block" in message


def test_a_solved_copy_comes_before_an_empty_exercise(beside):
    write(beside, "2_identity_block.ipynb", STUB)
    write(beside, "2_identity_block-Copy1.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


def test_a_damaged_copy_is_ignored(beside):
    (beside / "2_identity_block-Copy1.ipynb").write_text("{")
    write(beside, "2_identity_block.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


@pytest.mark.parametrize(
    "sources",
    [
        [f"if True:\n    {SOLVED.replace(chr(10), chr(10) + '    ')}"],
        ["import functools\ndef f(k, X):\n    return k * X",
         "identity_block = functools.partial(f, 2)"],
        ["identity_block = lambda X: X * k", "k = 1\nk += 1"],
        ["class Block:\n    def __call__(self, X):\n        return 2 * X",
         "identity_block = Block()"],
        ["sizes = []", "for i in range(2):\n    sizes.append(i)",
         "def identity_block(X):\n    return len(sizes) * X"],
        ["def setup():\n    global k\n    k = 2",
         "setup()\ndef identity_block(X):\n    return k * X"],
        ["def fill(d):\n    d['k'] = 2", "d = {}", "fill(d)",
         "def identity_block(X):\n    return d['k'] * X"],
        ["exec('k = 2')", "def identity_block(X):\n    return k * X"],
        ["from math import *", "def identity_block(X):\n    return sqrt(4) * X"],
        ["import asyncio\nasync def two():\n    return 2", "k = await two()",
         "def identity_block(X):\n    return k * X"],
        ["from __future__ import annotations", "def identity_block(X: Nowhere):\n    return 2 * X"],
        ["try:\n    import numpy_ng as xp\nexcept ImportError:\n    import numpy as xp",
         "def identity_block(X):\n    return int(xp.add(X, X))"],
        ["def identity_block(X):\n    display(X)\n    return 2 * X"],
        ["k = 2", "def identity_block(X):\n    return k * X",
         "checks.check_identity_block(identity_block)", "k = 100"],
        ["def identity_block(X):\n    return k * X", "k = 2",
         "checks.check_identity_block(identity_block)", "for k in range(9):\n    train(k)"],
        [SOLVED, "%%script false --no-raise-error\ndef identity_block(X):\n    return 9"],
        [f"{SOLVED}\n    # YOUR CODE HERE\n    raise NotImplementedError()"],
    ],
    ids=["if", "partial", "lambda", "class", "loop", "global", "argument", "exec", "star", "await",
         "annotations", "try", "display", "changed after the check", "defined below", "no Python",
         "raise left over"],
)  # fmt: skip
def test_a_function_is_defined_as_the_notebook_would(beside, sources):
    write(beside, "2_identity_block.ipynb", *sources)
    assert from_lesson(2, "identity_block")(1) == 2


@pytest.mark.parametrize(
    "body",
    [
        "raise NotImplementedError()",
        "raise NotImplementedError",
        "pass",
        "...",
        "F1, F2 = 1, 2\n    # YOUR CODE HERE\n    raise NotImplementedError()\n    return X",
        "X = None\n    X: int = None\n    return X",
        '"""doc"""\n    X = None\n    return X',
        "return",
    ],
)
def test_an_empty_exercise_is_reported(beside, body):
    write(beside, "2_identity_block.ipynb", f"def identity_block(X):\n    {body}")
    message = why_not()
    assert "identity_block is still the empty exercise in 2_identity_block.ipynb" in message
    assert "save the notebook" in message


@pytest.mark.parametrize(
    "body",
    [
        "return X + 1",
        "if X > 9:\n        raise NotImplementedError\n    return X",
        "return f(X)",
        "X = None or X\n    return X",
        "return f",
    ],
)
def test_an_answer_is_not_taken_for_an_empty_exercise(beside, body):
    write(beside, "2_x.ipynb", f"def f(X):\n    return X\ndef identity_block(X):\n    {body}")
    assert callable(from_lesson(2, "identity_block"))


def test_a_syntax_error_in_another_cell_is_ignored(beside):
    write(beside, "2_x.ipynb", "x = = 3", SOLVED, "def other(:")
    assert from_lesson(2, "identity_block")(1) == 2


def test_a_syntax_error_in_the_exercise_is_located(beside):
    write(beside, "2_x.ipynb", "import math", "def identity_block(X):\n    Y = (X\n    return Y")
    message = why_not()
    assert "syntax error in the cell that defines identity_block: code cell 2, line 2" in message
    assert "never closed" in message and "2_x.ipynb" in message


def test_a_default_value_that_cannot_be_computed_is_named_with_its_line(beside):
    write(beside, "2_x.ipynb", "init = make()", "def identity_block(X, i=init):\n    return i(X)")
    message = why_not()
    assert "NameError: name 'make' is not defined (2_x.ipynb, code cell 1, line 1)" in message


def test_a_global_that_cannot_be_computed_is_named_with_its_line(beside):
    write(
        beside,
        "2_x.ipynb",
        "import math\n\nroot = math.sqrt(-2)\nX = math.sqrt(-3)",
        "def scale(X):\n    return X * root",
        "def identity_block(X):\n    return scale(X)",
    )
    message = why_not()
    assert "needs a line that raises ValueError" in message
    assert "(2_x.ipynb, code cell 1, line 3)" in message


def test_a_name_that_is_not_a_function_is_refused(beside):
    write(beside, "2_x.ipynb", "identity_block = 3")
    assert "is not a function" in why_not()

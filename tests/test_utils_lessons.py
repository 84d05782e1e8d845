"""from_lesson fetches the learner's own function, or says in one line why it cannot."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

import resnets_lessons
from resnets_lessons import LessonNotReady, from_lesson

SOLVED = 'def identity_block(X):\n    """Twice."""\n    return 2 * X'
STUB = "def identity_block(X):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def write(folder: Path, name: str, *sources: str) -> Path:
    """A notebook with a text cell and these code cells."""
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
    """The folder of the running notebook; the course's own notebooks are out of reach."""
    folder = tmp_path / "my course"
    folder.mkdir()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(resnets_lessons, "course_path", lambda relative: tmp_path / relative)
    return folder


def why_not(number: int = 2, name: str = "identity_block") -> str:
    with pytest.raises(LessonNotReady) as caught:
        from_lesson(number, name)
    message = str(caught.value)
    assert caught.value._render_traceback_() == [message] and "\n" not in message
    assert message.startswith(f"Lesson {number}")
    return message


def test_the_function_beside_the_notebook(beside):
    write(beside, "2_identity_block.ipynb", "import math", SOLVED)
    block = from_lesson(2, "identity_block")
    assert block(21) == 42 and block.__doc__ == "Twice."
    assert inspect.getsource(block).strip() == SOLVED


def test_falls_back_to_the_courses_notebooks(beside):
    write(beside.parent / "notebooks", "2_identity_block.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(2) == 4
    write(beside, "2_mine.ipynb", SOLVED.replace("2 * X", "3 * X"))
    assert from_lesson(2, "identity_block")(2) == 6


def test_the_copy_that_jupyterlab_makes_is_not_taken(beside):
    write(beside, "2_identity_block-Copy1.ipynb", STUB)
    write(beside, "2_identity_block.ipynb", SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


def test_only_definitions_run(beside):
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
    assert from_lesson(2, "identity_block")(1) == 6
    assert not marker.exists()


def test_a_timed_cell_counts_and_a_shell_cell_does_no_harm(beside):
    write(beside, "2_x.ipynb", "%%bash\nls -l | wc", f"%%time\n{SOLVED}", "%%html\n<b>x</b>")
    assert from_lesson(2, "identity_block")(1) == 2


def test_the_last_definition_wins(beside):
    write(beside, "2_x.ipynb", SOLVED, SOLVED.replace("2 * X", "5 * X"))
    assert from_lesson(2, "identity_block")(1) == 5
    write(beside, "2_x.ipynb", SOLVED, STUB)
    assert "still the empty exercise" in why_not()
    write(beside, "2_x.ipynb", STUB, SOLVED)
    assert from_lesson(2, "identity_block")(1) == 2


def test_an_exercise_built_on_earlier_ones(beside, monkeypatch):
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
    # The earlier lessons are looked for beside that notebook, wherever the running one lies.
    (beside.parent / "notebooks").rmdir()
    beside.rename(beside.parent / "notebooks")
    elsewhere = beside.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert from_lesson(4, "ResNet50")(1) == 4
    write(beside.parent / "notebooks", "2_identity_block.ipynb", STUB)
    with pytest.raises(LessonNotReady, match="Lesson 2 is waiting for you: identity_block"):
        from_lesson(4, "ResNet50")


def test_a_lesson_that_fetches_from_itself_does_not_go_round(beside):
    write(beside, "2_x.ipynb", 'identity_block = utils.from_lesson(2, "identity_block")')
    assert "is not a function that can be fetched" in why_not()


def test_no_notebook(beside):
    message = why_not()
    assert f"no notebook 2_*.ipynb in {beside}" in message and "beside this one" in message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}'])
def test_damaged_notebook(beside, text):
    (beside / "2_identity_block.ipynb").write_text(text)
    assert "2_identity_block.ipynb is not a whole notebook" in why_not()


def test_function_is_not_there(beside):
    write(beside, "2_x.ipynb", "if True:\n    def identity_block(X):\n        return X")
    assert "has no function identity_block" in why_not()


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
def test_empty_exercises(beside, body):
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
    ],
)
def test_what_is_not_an_empty_exercise(beside, body):
    write(beside, "2_x.ipynb", f"def f(X):\n    return X\ndef identity_block(X):\n    {body}")
    assert callable(from_lesson(2, "identity_block"))


def test_a_syntax_error_elsewhere_does_no_harm(beside):
    write(beside, "2_x.ipynb", "x = = 3", SOLVED, "def other(:")
    assert from_lesson(2, "identity_block")(1) == 2


def test_a_syntax_error_in_the_exercise_is_located(beside):
    write(beside, "2_x.ipynb", "import math", "def identity_block(X):\n    Y = (X\n    return Y")
    message = why_not()
    assert "syntax error in the cell that defines identity_block: code cell 2, line 2" in message
    assert "never closed" in message and "2_x.ipynb" in message


def test_a_default_value_that_is_not_there(beside):
    write(beside, "2_x.ipynb", "init = make()", "def identity_block(X, i=init):\n    return i(X)")
    message = why_not()
    assert "cannot be defined by itself (code cell 2: NameError" in message


def test_a_global_made_by_a_call_is_named(beside):
    write(
        beside,
        "2_x.ipynb",
        "import math\nroot = math.sqrt(2)\nX = math.sqrt(3)",
        "def scale(X):\n    return X * root",
        "def identity_block(X):\n    return scale(X)",
    )
    message = why_not()
    assert "identity_block uses root" in message and "Make root inside identity_block" in message


def test_a_name_that_is_no_function(beside):
    write(beside, "2_x.ipynb", "identity_block = 3")
    assert "is not a function" in why_not()

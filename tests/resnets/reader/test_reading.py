"""The grader runs what an exercise needs from a notebook, and explains what it cannot run."""

from __future__ import annotations

import pytest

from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.programs.classic import CONVOLUTIONAL, IDENTITY
from grading.sandbox import job
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.loader import Loader
from grading.sandbox.sandbox import Sandbox
from resnets.reader.notebooks import Notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]
STUB = "def identity_block(X, f, filters, stage, block):\n    raise NotImplementedError()"
SHORT = Limits(seconds=6)


@pytest.fixture(scope="module")
def judge():
    return Judge()


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox


def mark(sandbox, judge, *cells, exercise="identity_block", name="2_identity_block.ipynb"):
    notebooks = [job.Notebook(name, cells)]
    return mark_exercise(Session(notebooks, sandbox, judge, 1, 1), exercise)


def test_a_syntax_error_is_reported_with_cell_and_line(sandbox, judge):
    outcome = mark(sandbox, judge, "a = 1", IDENTITY.replace("[X, X_shortcut])", "[X, X_shortcut)"))
    assert outcome.mistake == "syntax" and sum(outcome.aspects.values()) == 0
    assert "does not match opening parenthesis '['" in outcome.detail
    line = IDENTITY[: IDENTITY.index("[X, X_shortcut]")].count("\n") + 1
    assert outcome.line == f"2_identity_block.ipynb, code cell 2, line {line}"


def test_a_broken_cell_below_a_solution_costs_nothing(sandbox, judge):
    outcome = mark(sandbox, judge, IDENTITY, "def identity_block(X:\n    return X")
    assert set(outcome.aspects.values()) == {1.0}, outcome.detail


def test_a_misspelt_function_is_suggested(sandbox, judge):
    outcome = mark(sandbox, judge, IDENTITY.replace("identity_block", "Identity_Block"))
    assert outcome.mistake == "missing"
    assert "defines Identity_Block. Was identity_block meant?" in outcome.detail


def test_the_first_line_of_another_edition_is_reported(sandbox, judge):
    first = "def identity_block(X, f, filters, training=True, initializer=random_uniform):"
    body = "    return Conv2D(filters[2], 1, kernel_initializer=initializer(seed=0))(X)"
    outcome = mark(sandbox, judge, f"{first}\n{body}")
    assert outcome.mistake == "signature"
    assert "`training` and `initializer` stand where" in outcome.detail


@pytest.mark.parametrize("value", ["", "None", "'text'", "{}"])
def test_a_wrong_return_value_is_never_reported_as_blank(sandbox, judge, value):
    outcome = mark(sandbox, judge, f"def identity_block(X, f, filters, stage, block):\n"
                                 f"    X = X + 1\n    return {value}")  # fmt: skip
    assert "It returned: ." not in outcome.detail and outcome.mistake == "wrong_return"


def test_a_needed_line_that_fails_is_named(sandbox, judge):
    makes = "import os\n\ninit = os.environ['NOWHERE_TO_BE_FOUND']"
    uses = IDENTITY.replace("glorot_uniform(seed=0)", "init")
    outcome = mark(sandbox, judge, makes, uses)
    assert outcome.mistake == "exception"
    assert "name 'init' is not defined, since its line raised KeyError" in outcome.detail
    assert outcome.line == "2_identity_block.ipynb, code cell 1, line 3"


def test_a_failing_line_that_is_not_needed_costs_nothing(sandbox, judge):
    outcome = mark(sandbox, judge, "data = open('/nowhere').read()\nraise SystemExit", IDENTITY)
    assert set(outcome.aspects.values()) == {1.0}, outcome.detail


def test_a_needed_line_that_times_out_is_named(judge):
    slow = "import time\n\nfor _ in range(10**9):\n    init = time.sleep(0.01)"
    with Sandbox(SHORT) as sandbox:
        outcome = mark(sandbox, judge, slow, IDENTITY.replace("glorot_uniform(seed=0)", "init"))
        assert (outcome.mistake, outcome.line) == (
            "timeout", "2_identity_block.ipynb, code cell 1, line 4"
        )  # fmt: skip
        # The same loop costs no time where the function does not need it.
        outcome = mark(sandbox, judge, slow, IDENTITY)
        assert set(outcome.aspects.values()) == {1.0}, outcome.detail


def test_a_function_may_use_the_courses_data(sandbox, judge):
    makes = "X_train_orig, Y_train_orig, X_test_orig, Y_test_orig, classes = utils.load_dataset()"
    uses = IDENTITY.replace("axis = 3", "axis = X_train_orig.ndim - 1")
    outcome = mark(sandbox, judge, makes, uses)
    assert set(outcome.aspects.values()) == {1.0}, outcome.detail


def test_a_changed_default_gets_a_remark_and_all_points(sandbox, judge):
    changed = CONVOLUTIONAL.replace("s = 2", "s = 1")
    outcome = mark(sandbox, judge, changed, exercise="convolutional_block")
    assert set(outcome.aspects.values()) == {1.0}
    assert outcome.mistake == "changed_default" and outcome.detail == "Changed: s."


CLOSED = "keras.layers.Lambda(lambda t: tf.py_function(tf.nn.relu, [t], t.dtype){more})(X)"


def test_an_exception_of_keras_does_not_count_as_an_empty_exercise(sandbox, judge):
    closed = CLOSED.format(more="")  # Keras cannot infer the shape and raises NotImplementedError
    outcome = mark(sandbox, judge, IDENTITY.replace("Activation('relu')(X)", closed))
    assert outcome.mistake == "exception" and "NotImplementedError" in outcome.detail


def test_code_that_the_grader_cannot_look_into_is_reported(sandbox, judge):
    closed = CLOSED.format(more=", output_shape=lambda shape: shape")
    outcome = mark(sandbox, judge, IDENTITY.replace("Activation('relu')(X)", closed))
    assert outcome.mistake == "closed" and "Lambda" in outcome.detail
    assert sum(outcome.aspects.values()) == 0


@pytest.mark.parametrize(
    ("cells", "exercise"),
    [
        (["import functools", STUB, IDENTITY, STUB], "identity_block"),
        (["s = get_ipython()\nif s is not None:\n    A = 3",
          IDENTITY.replace("axis = 3", "axis = A")], "identity_block"),
        ([IDENTITY.replace("    return X", "    display(X.shape)\n    return X")],
         "identity_block"),
        (["%%script false\n" + STUB, IDENTITY, "%%bash\n" + IDENTITY.replace("relu", "elu")],
         "identity_block"),
    ],
    ids=["stubs around", "get_ipython", "display", "foreign cells"],
)  # fmt: skip
def test_a_notebook_is_read_as_jupyter_would_run_it(sandbox, judge, cells, exercise):
    outcome = mark(sandbox, judge, *cells, exercise=exercise)
    assert set(outcome.aspects.values()) == {1.0}, outcome.detail


FILES = {
    "2_identity_block.ipynb": "own",
    "2_identity_block_old.ipynb": "old",
    "2_identity_block-Copy1.ipynb": "copy",
    "backup/2_identity_block.ipynb": "backup",
    "a/b/2_identity_block.ipynb": "deep",
    "homework.ipynb": "other",
}


@pytest.mark.parametrize(
    ("paths", "counts"),
    [
        (list(FILES), "own"),
        (list(FILES)[1:], "deep"),
        (["2_identity_block_old.ipynb", "homework.ipynb"], "other"),
        (["backup/2_identity_block.ipynb", "2_identity_block-Copy1.ipynb"], "backup"),
    ],
)
def test_the_lessons_own_file_nearest_to_the_top_counts(paths, counts):
    notebooks = [
        Notebook(path.split("/")[-1], [f"# {FILES[path]}\n{IDENTITY}"], path) for path in paths
    ]
    for order in (notebooks, notebooks[::-1]):
        loader = Loader(order)
        notes = loader.notes("identity_block")
        assert len(notes) == len(paths) - 1
        chosen = next(path for path in paths if FILES[path] == counts)
        assert all(note.startswith(f"identity_block: {chosen} is marked, ") for note in notes)


def test_a_solved_copy_counts_before_an_empty_exercise():
    loader = Loader([
        Notebook("2_identity_block.ipynb", [STUB]),
        Notebook("2_identity_block_old.ipynb", [IDENTITY]),
    ])  # fmt: skip
    assert loader.source("identity_block")[0]["notebook"] == "2_identity_block_old.ipynb"

"""From a notebook to a mark: right code earns points, and nothing else does."""

import pytest

from grading.judge import sampling
from grading.judge.architecture import ArchitectureError, build
from grading.judge.description import read
from grading.judge.judge import Judge, Verdict
from grading.judge.marking import mark_exercise, mark_submission
from grading.judge.session import SHORT, UNSOLVED, Session
from grading.judge.trial import verdicts_of
from grading.programs.classic import IDENTITY as RIGHT
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.sandbox import Sandbox
from grading.submissions.submissions import Notebook, Submission
from resnets.checks.attempt import called_with
from resnets.exercises import EXERCISES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]


@pytest.fixture(scope="module")
def tools():
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox, Judge()


def mark(tools, *cells, seed=1):
    """Return the mark for identity_block in a notebook with these cells."""
    notebooks = [Notebook("2_identity_block.ipynb", cells)]
    return mark_exercise(Session(notebooks, *tools, seed, 1), "identity_block")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_right_block_earns_everything(tools, seed):
    result = mark(tools, RIGHT, seed=seed)
    assert result.aspects == {"function": 1.0, "generality": 1.0, "names": 1.0}
    assert result.mistake is None


def test_a_right_block_is_found_among_damaged_repeated_and_empty_cells(tools):
    stub = "def identity_block(X, f, filters, stage, block):\n    raise NotImplementedError()"
    cells = [
        "this is not python",
        "from keras.utils.data_utils import get_file",
        RIGHT,
        RIGHT,
        stub,
    ]
    assert mark(tools, *cells, "while True: pass").mistake is None


def test_a_catalogued_mistake_is_named_and_earns_nothing(tools):
    result = mark(tools, RIGHT.replace("X = Add()([X, X_shortcut])", "pass"))
    assert result.mistake == "no_shortcut"
    assert sum(result.aspects.values()) == 0


def test_equal_mistakes_of_a_class_are_explained_once(tools, monkeypatch):
    cell = RIGHT.replace("X = Activation('relu')(X)\n    return X", "return X")
    assert mark(tools, cell, seed=1).mistake == "no_final_relu"

    def again(*anything):
        raise AssertionError("explained a second time")

    monkeypatch.setattr("grading.judge.judge.explain", again)
    assert mark(tools, cell, seed=2).mistake == "no_final_relu"
    with pytest.raises(AssertionError, match="a second time"):
        mark(
            tools, cell.replace("Add()", "Multiply()").replace("Multiply", "keras.layers.Multiply")
        )


def test_a_block_that_is_right_only_for_the_lessons_call_earns_a_part(tools):
    result = mark(tools, RIGHT.replace("kernel_size = (f, f)", "kernel_size = (2, 2)"))
    assert result.aspects["function"] == 1.0
    assert result.aspects["generality"] < 1.0


def test_missing_layer_names_cost_only_the_points_for_names(tools):
    import re

    result = mark(tools, re.sub(r"name = (conv|bn)_name_base \+ '2.'", "name = None", RIGHT))
    assert result.aspects == {"function": 1.0, "generality": 1.0, "names": 0.0}


@pytest.mark.parametrize(
    ("cell", "mistake"),
    [
        ("def identity_block(X, f, filters, stage, block):\n    # YOUR CODE HERE\n"
         "    raise NotImplementedError()", "unfinished"),
        ("a = 1", "missing"),
        ("def identity_block(X, f, filters, stage, block):\n    return X + undefined", "exception"),
        ("def identity_block(X, f, filters, stage, block):\n    return str(X)", "wrong_return"),
        ("import os\ndef identity_block(X, f, filters, stage, block):\n    os._exit(0)", "ended"),
    ],
)  # fmt: skip
def test_code_without_an_architecture_gets_a_mark_that_says_why(tools, cell, mistake):
    result = mark(tools, cell)
    assert (result.mistake, sum(result.aspects.values())) == (mistake, 0)
    assert result.detail or mistake in ("unfinished", "missing")


@pytest.mark.parametrize("exercise", ["identity_block", "ResNet50", "count_weights"])
@pytest.mark.parametrize("body", ["raise NotImplementedError()", "return (", None])
def test_a_function_that_no_notebook_solves_costs_no_run_and_no_drawing(
    tools, exercise, body, monkeypatch
):
    stub = f"def {EXERCISES[exercise].signature}:\n    {body}"
    notebooks = [Notebook("2_identity_block.ipynb", ["x = 1" if body is None else stub])]
    told, ran = (Session(notebooks, *tools, 1, 1) for _ in range(2))
    told.ask_for_sources([exercise])
    expected = mark_exercise(ran, exercise)
    monkeypatch.delattr(sampling, "calls")
    assert mark_exercise(told, exercise) == expected
    assert expected.mistake in UNSOLVED
    assert (len(told.outcomes), len(ran.outcomes) > 0) == (1, True)


def test_a_function_that_raises_as_an_empty_one_does_is_run(tools):
    cell = RIGHT.replace("    X_shortcut = X\n", "    if stage < 0: raise NotImplementedError()\n"
                         "    X_shortcut = X\n", 1)  # fmt: skip
    session = Session([Notebook("2_identity_block.ipynb", [cell])], *tools, 1, 1)
    session.ask_for_sources(["identity_block"])
    assert mark_exercise(session, "identity_block").mistake is None
    assert not session.unsolved


def test_a_patched_keras_forges_nothing(tools):
    forger = (
        "import keras, json\n"
        "class Pass:\n    passed = True\n"
        "def identity_block(X, f, filters, stage, block):\n"
        "    keras.Model.to_json = lambda self: json.dumps({'passed': True, 'points': 10})\n"
        "    return X * 1.0\n"
    )
    assert sum(mark(tools, forger).aspects.values()) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (7, "as JSON"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "not an object"),
        ('{"class_name": "Lambda", "module": "keras.layers", "config": {}}', "Lambda"),
        ('{"class_name": "system", "module": "os", "config": {}}', "system"),
        ('{"class_name": "Functional", "module": "keras", "config": {}}', "is not a list"),
        ("x" * (5 << 20), "at most 4 MB"),
    ],
)
def test_json_that_is_not_an_architecture_is_refused(text, reason):
    with pytest.raises(ArchitectureError, match=reason):
        build(read(text))


def test_a_network_that_would_fill_the_memory_is_refused():
    import keras

    start = keras.Input((8, 8, 4))
    text = keras.Model(start, keras.layers.Dense(3)(keras.layers.Dense(3)(start))).to_json()
    with pytest.raises(ArchitectureError, match="weights"):
        build(read(text.replace('"units": 3', '"units": 60000')))


@pytest.fixture(scope="module")
def impatient():
    with Sandbox(Limits(seconds=12)) as sandbox:
        yield sandbox


SPOILS = """
import keras
def gradient_norms(model, X, Y):
    {first}
    return [0.0]
"""


def mark_all(tools, *cells):
    """Return all marks for a notebook with these cells, and the functions that each run called."""
    marks, runs = watched(tools, *cells)
    return marks, [{call.function for call in calls if not call.source} for calls in runs]


def watched(tools, *cells):
    """Return all marks for a notebook with these cells, and the calls of each run."""
    sandbox, judge = tools
    submission = Submission("ann", (Notebook("lessons.ipynb", cells),), digest="")
    runs = []

    class Watched:
        walls, limits = sandbox.walls, sandbox.limits

        def run(self, notebooks, calls, share):
            runs.append(calls)
            return sandbox.run(notebooks, calls, share)

    return mark_submission(submission, Watched(), judge, "key", 1, 1).marks, runs


def test_a_block_that_is_right_in_the_shared_run_is_not_run_again(tools):
    marks, called = mark_all(tools, RIGHT)
    assert marks["identity_block"].mistake is None
    assert [run for run in called if "identity_block" in run] == [{"identity_block"}]


def test_a_block_that_fails_in_the_shared_run_is_run_again_alone(tools):
    spoils = SPOILS.format(first="keras.layers.Add = None")
    marks, called = mark_all(tools, spoils, RIGHT)
    assert marks["gradient_norms"].aspects["function"] == 0.0
    assert called[0] == set()
    assert called[1] == {"gradient_norms", "identity_block"}
    assert called.count({"identity_block"}) == 2  # the lesson's call, and then the others too


def test_the_first_block_of_the_shared_run_is_not_run_again(tools):
    _, called = mark_all(tools, RIGHT.replace("Add()([X, X_shortcut])", "X"))
    assert called[:2] == [set(), {"identity_block"}]
    assert called.count({"identity_block"}) == 2  # the second run explains the mistake


def test_the_second_run_of_a_wrong_block_also_explains_it(tools):
    spoils = SPOILS.format(first="pass")
    marks, called = mark_all(tools, spoils, RIGHT.replace("Add()([X, X_shortcut])", "X"))
    assert marks["identity_block"].mistake == "no_shortcut"
    assert called.count({"identity_block"}) == 1


@pytest.mark.parametrize(
    ("right", "wrong", "others"),
    [
        ("Add()([X, X_shortcut])", "X", False),
        ("    X_shortcut = X\n", "    raise ValueError('always')\n", False),
        ("kernel_size = (f, f)", "kernel_size = (2, 2)", True),  # right for the lesson's call
    ],
)
def test_a_block_that_is_run_again_gets_other_arguments_only_if_the_lessons_call_is_right(
    tools, right, wrong, others
):
    assert right in RIGHT
    _, runs = watched(tools, SPOILS.format(first="pass"), RIGHT.replace(right, wrong))
    (alone,) = [run for run in runs if {call.function for call in run} == {"identity_block"}]
    drawn = sampling.calls("identity_block", 1, 1)
    asked = [any(call.arguments == called_with(one) for call in alone) for one in drawn]
    assert asked == [True, others, others]


@pytest.mark.parametrize("first", [[], [SPOILS.format(first="pass")]], ids=["first", "later"])
def test_an_error_message_does_not_reveal_the_drawn_arguments(tools, first):
    cell = "SEEN = []\ndef identity_block(X, f, filters, stage, block):\n"
    cell += "    SEEN.append((f, *filters))\n    raise ValueError(f'seen {SEEN}')"
    marks, _ = mark_all(tools, *first, cell)
    message = marks["identity_block"].detail
    assert "seen [(2, 2, 4, 6)" in message
    for call in sampling.calls("identity_block", 1, 1)[1:]:
        assert str((call["f"], *call["filters"])) not in message


SECRETS = """
import json, sys
def identity_block(X, f, filters, stage, block):
    frame = sys._getframe()
    while "job" not in frame.f_locals:
        frame = frame.f_back
    secrets = [[*call.input_shape, call.arguments["f"], *call.arguments["filters"]]
               for call in frame.f_locals["job"].calls if call.arguments is not None]
    {say}
"""
IN_A_KIND_OF_LAYER = """
    model = json.loads(keras.Model(X, layers.Activation("relu")(X)).to_json())
    model["config"]["layers"][-1]["class_name"] = json.dumps(secrets)
    keras.Model.to_json = lambda self: json.dumps(model)
    return layers.Activation("relu")(X)
"""
IN_A_LINE = """
    number = 1000 * secrets[-1][0] + secrets[-1][3]
    exec(compile("\\n" * number + "raise ValueError()", "<lessons.ipynb, code cell 7>", "exec"))
"""


@pytest.mark.parametrize("say", [IN_A_KIND_OF_LAYER, IN_A_LINE])
def test_code_that_reads_the_drawn_arguments_cannot_pass_them_on(tools, say):
    marks, _ = mark_all(tools, SECRETS.format(say=say.strip()))
    shown = marks["identity_block"]
    assert shown.aspects["function"] == 0.0
    for call in sampling.calls("identity_block", 1, 1)[1:]:
        secret = str([*call["input"], call["f"], *call["filters"]])
        assert secret not in shown.detail
    assert shown.line is None


def test_a_slow_function_has_all_of_its_time_also_if_it_is_the_only_one(tools, impatient):
    seconds = 0.4 * impatient.limits.seconds  # more than the shared run has
    assert seconds > SHORT * impatient.limits.seconds
    cell = f"import time\ndef moving_share(momentum, steps):\n    time.sleep({seconds / 2})\n"
    marks, _ = mark_all((impatient, tools[1]), cell + "    return momentum**steps")
    assert marks["moving_share"].aspects == {"function": 1.0, "generality": 1.0}


def test_sources_that_are_too_long_are_said_to_be_missing(tools, monkeypatch):
    sandbox, judge = tools

    class Narrow:
        walls, limits = sandbox.walls, sandbox.limits

        def run(self, notebooks, calls, share):
            outcome = sandbox.run(notebooks, calls, share)
            if calls[0].source:
                outcome.garbage, outcome.answers = True, [None] * len(calls)
            return outcome

    submission = Submission("ann", (Notebook("lessons.ipynb", (RIGHT,)),), digest="")
    record = mark_submission(submission, Narrow(), judge, "key", 1, 1)
    assert record.marks["identity_block"].aspects["function"] == 1.0
    assert ["too long to be shown" in line for line in record.problems] == [True]
    assert record.limits == {"seconds": 60, "memory": 2 << 30}


def test_a_block_that_loops_for_other_arguments_is_still_right_for_the_lessons_call(
    impatient, tools
):
    cell = RIGHT.replace(
        "    F1, F2, F3 = filters", "    while f != 2: pass\n    F1, F2, F3 = filters"
    )
    assert cell != RIGHT
    for seed in range(20):
        if 2 not in (call["f"] for call in sampling.calls("identity_block", seed, 1)[1:]):
            break
    result = mark((impatient, tools[1]), cell, seed=seed)
    assert result.aspects == {"function": 1.0, "generality": 0.0, "names": 1.0}
    assert result.mistake == "timeout"


@pytest.mark.parametrize(
    "first",
    [
        "keras.layers.Add = None",
        "keras.Model.to_json = None",
        "import os; os._exit(3)",
        "while True: pass",
    ],
)
def test_code_that_breaks_keras_costs_no_points_in_another_exercise(tools, impatient, first):
    marks, _ = mark_all((impatient, tools[1]), SPOILS.format(first=first), RIGHT)
    assert marks["identity_block"].aspects == {"function": 1.0, "generality": 1.0, "names": 1.0}
    assert marks["gradient_norms"].aspects["function"] == 0.0


def test_a_function_that_timed_out_gets_only_short_runs_afterwards(tools, impatient):
    shares = []

    class Watched:
        def run(self, notebooks, calls, share):
            shares.append(share)
            return impatient.run(notebooks, calls, share)

    cells = [SPOILS.format(first="while True: pass"), RIGHT]
    notebooks = [Notebook("lessons.ipynb", cells)]
    session = Session(notebooks, Watched(), tools[1], seed=1, class_seed=1)
    assert mark_exercise(session, "gradient_norms").mistake == "timeout"
    assert shares == [1.0, SHORT]
    assert mark_exercise(session, "identity_block").aspects["function"] == 1.0
    assert shares[2:] == [1.0]


@pytest.mark.parametrize(
    ("exercise", "right", "judged"),
    [
        ("ResNet50", False, 1),
        ("ResNet50", True, 2),
        ("identity_block", False, 1),
        ("convolutional_block", True, 3),
    ],
)
def test_an_answer_that_is_wrong_for_the_lessons_call_is_not_judged_for_others(
    exercise, right, judged
):
    judged_arguments = []

    class Watched:
        def architecture(self, exercise, arguments, answer, placeholders):
            judged_arguments.append(arguments)
            return Verdict(right)

    drawn = sampling.calls(exercise, 1, 1)
    verdicts = verdicts_of(Watched(), exercise, drawn, [None] * len(drawn), placeholders=False)
    assert judged_arguments == drawn[:judged]
    assert [verdict.right for verdict in verdicts] == [right] * len(drawn)

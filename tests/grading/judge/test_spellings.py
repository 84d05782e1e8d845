"""A right program earns its points, in whatever way it is written."""

from __future__ import annotations

import keras
import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.judge import sampling
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.programs import classic, se_spellings, spellings, written
from grading.sandbox.answer_schema import Answer
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox
from resnets import checks
from resnets.checks.attempt import attempt_block, called_with

pytestmark = pytest.mark.slow

MAKERS = {
    "identity_block": spellings.make_identity,
    "convolutional_block": spellings.make_convolutional,
    "preactivation_block": spellings.make_preactivation,
}


def some_of(spellings):
    """Return a sample of the spellings, other ones than the check's tests take."""
    return sampled(list(spellings)[1::5], list(spellings))


@pytest.fixture(scope="module")
def judge():
    return Judge()


@pytest.fixture(scope="module")
def room():
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox


@pytest.mark.parametrize("exercise", MAKERS)
@pytest.mark.parametrize("spelling", some_of(spellings.SPELLINGS))
def test_a_right_program_is_right_in_every_spelling(judge, exercise, spelling):
    verdict = judged(judge, exercise, MAKERS[exercise](**spellings.SPELLINGS[spelling]))
    assert verdict.right, verdict.reason


def test_check_and_grader_accept_a_dropout_that_drops_nothing(judge):
    """The samples do not contain it, and Keras gives such a layer no random numbers to set."""
    block = spellings.make_identity(**spellings.SPELLINGS["a Dropout that drops nothing"])
    assert checks.check_identity_block(block).passed
    assert judged(judge, "identity_block", block).right


@pytest.mark.parametrize("spelling", some_of(se_spellings.SPELLINGS))
def test_a_right_gate_is_right_in_every_spelling(judge, spelling):
    program = spellings.function_of(se_spellings.SPELLINGS[spelling], keras=keras)
    verdict = judged(judge, "se_block", program)
    assert verdict.right and verdict.named, verdict.reason


def judged(judge, exercise, function):
    """Return the verdict on what a function builds for drawn arguments."""
    *_, arguments = sampling.calls(exercise, 5, 1)
    attempt = attempt_block(function, arguments["input"], called_with(arguments))
    answer = Answer(model=keras.Model(attempt.start, attempt.tensors).to_json())
    return judge.architecture(exercise, arguments, answer)


CLASSES = """
class Component(keras.layers.Layer):
    def __init__(self, filters, f, names):
        super().__init__()
        self.conv = Conv2D(filters, f, padding="same", name=names[0])
        self.norm = BatchNormalization(axis=3, name=names[1])

    def call(self, x, training=None):
        return self.norm(self.conv(x), training=training)
"""
OWN = """
def identity_block(X, f, filters, stage, block):
    F1, F2, F3 = filters
    names = [(f"res{stage}{block}_branch{c}", f"bn{stage}{block}_branch{c}")
             for c in ("2a", "2b", "2c")]
    x = keras.layers.Lambda(lambda t: keras.ops.relu(t))(Component(F1, 1, names[0])(X))
    x = Activation("relu")(Component(F2, f, names[1])(x))
    x = Component(F3, 1, names[2])(x)
    return Activation("relu")(Add()([x, X]))
"""


DECAY = """
class Decay(keras.regularizers.Regularizer):
    def __call__(self, x):
        return 0.1 * keras.ops.sum(x)
"""


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
@pytest.mark.parametrize(
    ("cells", "aspects"),
    [
        ([CLASSES, OWN], {"function": 1.0, "generality": 1.0, "names": 1.0}),
        (
            [classic.IDENTITY.replace("name_base + '2b'", "name_base + '2a'")],
            {"function": 1.0, "generality": 1.0, "names": 0.0},
        ),
        (
            [CLASSES, OWN.replace("keras.ops.relu", "keras.ops.sigmoid")],
            {"function": 0.0, "generality": 0.0, "names": 0.0},
        ),
        (
            [DECAY, classic.IDENTITY.replace("seed=0)", "seed=0), kernel_regularizer=Decay()")],
            {"function": 1.0, "generality": 1.0, "names": 1.0},
        ),
        (
            # JSON has only its name, which is that of Keras's function.
            ["def relu(x):\n    return x", classic.IDENTITY.replace("'relu'", "relu")],
            {"function": 0.0, "generality": 0.0, "names": 0.0},
        ),
    ],
    ids=[
        *("own classes", "two layers of one name", "a mistake in a Lambda"),
        *("a regularizer of one's own", "a relu of one's own"),
    ],
)
def test_own_code_and_repeated_names_are_marked_fairly(judge, room, cells, aspects):
    notebooks = [Notebook("2_identity_block.ipynb", cells)]
    result = mark_exercise(Session(notebooks, room, judge, 1, 1), "identity_block")
    assert result.aspects == aspects, result.detail


GATES = {
    "as taught": (se_spellings.SPELLINGS["as taught"], None),
    "vectors": (se_spellings.SPELLINGS["vectors, reshaped"], None),
    **{
        entry.id: (written.block("se_block", entry.variants[0]), entry.id)
        for entry in CATALOGUE["se_block"].mistakes[::7]
    },
}


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
@pytest.mark.parametrize("program, mistake", GATES.values(), ids=GATES)
def test_a_gate_is_marked_in_the_sandbox_as_by_its_check(judge, room, program, mistake):
    notebooks = [Notebook("8_what_came_of_it.ipynb", [program])]
    mark = mark_exercise(Session(notebooks, room, judge, 1, 1), "se_block")
    assert mark.mistake == mistake, mark.detail
    assert (set(mark.aspects.values()) == {1.0}) == (mistake is None)
    checked = checks.check_se_block(spellings.function_of(program, keras=keras))
    assert (checked.mistake, checked.passed) == (mistake, mistake is None)

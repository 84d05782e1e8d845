"""Check and grader know the same layers: what one cannot compare, the other does not pay for."""

import keras
import pytest
from keras import layers, ops

from grading.judge import sampling
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.programs import small_resnet as programs
from grading.sandbox.answer_schema import Answer
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox
from resnets import checks
from resnets.checks.attempt import attempt_architecture
from resnets.checks.known_layers import is_linear

pytestmark = pytest.mark.slow


def gate(X, ratio, stage, block):
    """Return the gate of each channel, of shape (m, channels)."""
    channels = X.shape[-1]
    s = layers.GlobalAveragePooling2D()(X)
    s = layers.Dense(channels // ratio, "relu", name=f"se{stage}{block}_reduce")(s)
    return layers.Dense(channels, "sigmoid", name=f"se{stage}{block}_expand")(s)


def up_sampled(X, s):
    s = layers.Reshape((1, 1, X.shape[-1]))(s)
    return layers.Multiply()([X, layers.UpSampling2D(tuple(X.shape[1:3]))(s)])


def repeated(X, s):
    _, rows, columns, channels = X.shape
    s = layers.RepeatVector(rows * columns)(s)
    return X * layers.Reshape((rows, columns, channels))(s)


def multiplied(X, s):
    _, rows, columns, channels = X.shape
    return ops.matmul(ops.ones((rows, columns, 1)), s[:, None, None, :]) * X


WAYS = {
    "slices": (lambda X, s: X * s[:, None, None, :], True),
    "up-sampling": (up_sampled, True),
    "repeated": (repeated, True),
    "einsum": (lambda X, s: ops.einsum("bhwc,bc->bhwc", X, s), True),
    "full": (lambda X, s: X * (ops.full_like(X, 1.0) * s[:, None, None, :]), True),
    "matrices": (multiplied, False),
    "sorted": (lambda X, s: X * ops.sort(s[:, None, None, :], axis=1), False),
    "einsum that multiplies matrices": (
        lambda X, s: ops.einsum("bhwc,cd->bhwd", X, ops.eye(X.shape[-1])) * s[:, None, None, :],
        False,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_check_and_judge_know_the_same_operations(way):
    scaled, known = WAYS[way]

    def se_block(X, ratio, stage, block):
        return scaled(X, gate(X, ratio, stage, block))

    result = checks.check_se_block(se_block)
    assert (result.passed, result.mistake) == ((True, None) if known else (False, "closed"))
    for arguments in sampling.calls("se_block", 1, 1):
        attempt = attempt_architecture("se_block", se_block, arguments)
        answer = Answer(model=keras.Model(attempt.start, attempt.returned).to_json())
        assert Judge().architecture("se_block", arguments, answer).right == known


@pytest.mark.parametrize(
    ("subscripts", "linear"),
    [
        ("bhwc,bc->bhwc", True),
        ("bhwc->bc", True),
        ("bhwc, bc -> bc", True),
        ("ij,jk->ik", False),
        ("ij,jk", False),
        ("...c,c->...c", False),
    ],
)
def test_an_einsum_is_known_if_it_costs_no_more_than_its_largest_tensor(subscripts, linear):
    assert is_linear(subscripts) == linear


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_a_network_for_images_of_any_size_is_right():
    right = next(iter(programs.RIGHT.values()))
    cell = right.replace("keras.Input(input_shape", "keras.Input((None, None, input_shape[-1])", 1)
    assert cell != right
    with Sandbox(Limits(seconds=60)) as sandbox:
        session = Session([Notebook("3.ipynb", (cell,))], sandbox, Judge(), 1, 1)
        mark = mark_exercise(session, "small_resnet")
    assert set(mark.aspects.values()) == {1.0}

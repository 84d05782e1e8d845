"""The exercise whose function returns numbers: right and wrong numbers, and named mistakes."""

import math

import numpy as np
import pytest

from grading.catalogue.entries import find
from grading.judge import numbers, sampling
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox
from resnets.checks.given import unpack
from resnets.checks.numbers import TOLERANCE

pytestmark = pytest.mark.slow

EXERCISE = "gradient_norms"

NORMS = """
def gradient_norms(model, X, Y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(Y, model(X, training=True)))
    kernels = [layer.kernel.value for layer in model.layers if hasattr(layer, "kernel")]
    norms = np.array([float(tf.norm(g)) for g in tape.gradient(loss, kernels)])
    return norms
"""


@pytest.fixture(scope="module")
def tools():
    if reason := why_impossible():
        pytest.skip(reason)
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox, Judge()


@pytest.fixture(scope="module")
def problems():
    """Return two problems, as a submission gets them."""
    return [numbers.problem(EXERCISE, draw) for draw in sampling.calls(EXERCISE, 7, 1)]


def mark(tools, cell, seed=5):
    """Return the mark for a notebook with this cell."""
    notebooks = [Notebook("1_vanishing_gradients.ipynb", (cell,))]
    return mark_exercise(Session(notebooks, *tools, seed, 1), EXERCISE)


@pytest.mark.parametrize(
    "returned", ["norms", "list(norms)", "norms[:, None]", "tf.constant(norms)", "norms * 1.0001"]
)
def test_right_numbers_earn_everything_however_they_are_returned(tools, returned):
    result = mark(tools, NORMS.replace("return norms", f"return {returned}"))
    assert result.aspects == {"function": 1.0, "generality": 1.0}


@pytest.mark.parametrize(
    ("right", "wrong", "mistake", "function"),
    [
        ("training=True", "training=False", "training_false", 1.0),
        ("tf.norm(g)", "tf.norm(g) ** 2", "squared_norm", 0.0),
        ("return norms", "return norms[::-1]", "reversed_order", 0.0),
        ("return norms", "model.trainable_weights[0].assign_add(model.trainable_weights[0])\n"
         "    return norms", "weights_changed", 0.0),
        ("return norms", "return None", "wrong_return", 0.0),
        ("return norms", "return {'norms': norms}", "wrong_return", 0.0),
        ("return norms", "return norms * np.nan", "unknown", 0.0),
        ("return norms", "return np.zeros(10 ** 7)", "wrong_return", 0.0),
    ],
)  # fmt: skip
def test_wrong_numbers_get_the_name_of_their_mistake(tools, right, wrong, mistake, function):
    assert right in NORMS
    result = mark(tools, NORMS.replace(right, wrong))
    assert (result.mistake, result.aspects["function"]) == (mistake, function)
    assert result.aspects["generality"] == 0.0


def test_stored_answers_earn_nothing_for_another_draw(tools):
    first = [numbers.problem(EXERCISE, draw) for draw in sampling.calls(EXERCISE, 5, 1)]
    known = [problem.wanted.tolist() for problem in first]
    cell = (
        f"known = {known!r}\n"
        "def gradient_norms(model, X, Y):\n"
        "    return known['normalization' in str([l.name for l in model.layers])]\n"
    )
    assert mark(tools, cell, seed=5).aspects["generality"] == 1.0
    assert mark(tools, cell, seed=6).aspects == {"function": 0.0, "generality": 0.0}


@pytest.mark.parametrize(
    "name", ["summed_loss", "layers_left_out", "of_activations", "one_image", "one_number"]
)
def test_a_catalogued_mistake_is_named_on_drawn_networks(problems, name):
    variant = find(EXERCISE, name).variants[0]
    claims = [
        np.asarray(variant(*unpack(problem.arguments).values())).tolist() for problem in problems
    ]
    assert numbers.mistake(EXERCISE, claims, problems) == name


@pytest.mark.parametrize("batch_norm", [False, True])
def test_sorted_norms_are_neither_right_nor_reversed(batch_norm):
    draw = {"batch_norm": batch_norm, "filters": [2, 3], "classes": 3, "batch": 3, "size": 5}
    for seed in range(12):
        norms = numbers.problem(EXERCISE, {**draw, "seed": seed}).wanted
        assert len(norms) == 4
        for order in (norms, norms[::-1]):
            assert not np.allclose(np.sort(norms), order, rtol=TOLERANCE)


@pytest.mark.parametrize("claim", [None, "text", [], ["a"], [math.nan], [[1.0]], {}, [1e400]])
def test_an_answer_that_is_not_numbers_is_wrong_and_has_no_catalogued_mistake(problems, claim):
    assert numbers.mistake(EXERCISE, [claim, claim], problems) is None
    assert not numbers.agrees(claim, problems[0].wanted)


def answers_of(entry, problems):
    """Return what the first variant of a mistake gives, each on models of its own."""
    given = [unpack(problem.arguments).values() for problem in problems]
    return [np.asarray(entry.variants[0](*values), "float64").tolist() for values in given]


def test_a_mistakes_name_does_not_depend_on_what_was_judged_before(problems):
    # A variant that runs in training mode changes BatchNorm's moving statistics, which
    # `training_false` uses.
    for name in ("summed_loss", "of_activations"):
        numbers.mistake(EXERCISE, answers_of(find(EXERCISE, name), problems), problems)
    entry = find(EXERCISE, "training_false")
    assert numbers.mistake(EXERCISE, answers_of(entry, problems), problems) == "training_false"

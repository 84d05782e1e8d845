"""A numeric exercise whose function builds layers: what it returns is turned into numbers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from resnets import checks
from resnets.checks.attempt import State
from resnets.checks.given import Symbolic, pack, unpack
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers
from resnets.exercises import EXERCISES, Outcome

VALUES = np.random.default_rng(0).standard_normal((1, 4, 6)).astype(np.float32)


(EXERCISE,) = [n for n, one in EXERCISES.items() if one.outcome is Outcome.RETURNED_TENSOR]


def attempt(function):
    return attempt_numbers(function, {"x": Symbolic(VALUES), "width": 6}, Outcome.RETURNED_TENSOR)


def numbers(function):
    return numbers_record(attempt(function))


def test_a_symbolic_tensor_survives_the_way_to_the_sandbox():
    (back,) = unpack(pack({"x": Symbolic(VALUES)})).values()
    assert back.values.dtype == np.float32 and np.array_equal(back.values, VALUES)


def test_equal_functions_give_equal_numbers_whatever_their_first_weights():
    def dense(x, width):
        return layers.Dense(width, kernel_initializer="he_normal", name="mine")(x)

    assert numbers(dense) == numbers(lambda x, width: layers.Dense(width)(x))
    assert numbers(dense) != numbers(lambda x, width: layers.Dense(width, "relu")(x))
    assert len(numbers(dense)) == VALUES.size


def test_the_parts_of_attention_have_weights_of_their_own():
    def attention(x, width):
        return layers.MultiHeadAttention(2, 3)(x, 2 * x)

    def exchanged(x, width):
        return layers.MultiHeadAttention(2, 3)(2 * x, x)

    assert same_numbers(numbers(attention), numbers(attention))
    assert not same_numbers(numbers(attention), numbers(exchanged))


def test_the_small_number_in_a_normalisation_is_a_matter_of_taste():
    def norm(epsilon):
        return numbers(lambda x, width: layers.LayerNormalization(epsilon=epsilon)(x / 30))

    assert norm(1e-6) == norm(1e-3) != norm(0.5)


class WithWeights(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=shape[-1:], initializer="ones")

    def call(self, x):
        return x * self.scale


@pytest.mark.parametrize(
    ("function", "state", "mistake"),
    [
        (lambda x, h, width: None, State.NOTHING, "unfinished"),
        (lambda x, h, width: layers.Dense(1 // (h - h))(x), State.ERROR, None),
        (lambda x: layers.Dense(2)(x), State.SIGNATURE, "signature"),
        (lambda x, h, width: keras.Model(x, layers.Dense(2)(x)), State.OTHER, "wrong_return"),
        (lambda x, h, width: layers.Dense(2)(keras.Input((4, 6))), State.FOREIGN, "not_from_input"),
        (lambda x, h, width: WithWeights()(x), State.TENSOR, "closed"),
    ],
)
def test_other_outcomes_are_told_apart_and_explained(function, state, mistake):
    given = {"x": Symbolic(VALUES), "h": 2, "width": 6}
    assert attempt_numbers(function, given, Outcome.RETURNED_TENSOR).state == state
    result = getattr(checks, EXERCISES[EXERCISE].check)(function)
    assert not result.passed and result.mistake == mistake

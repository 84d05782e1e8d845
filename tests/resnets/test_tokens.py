"""Rows are sorted as they should be, training sees each row once, and tokens are compared."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from resnets.tokens import sorting_task, token_similarity, train_to_sort


def test_answers_are_the_sorted_numbers_and_inputs_say_number_and_place():
    inputs, answers = sorting_task(20, length=5, values=7, seed=3)
    assert inputs.shape == (20, 5, 12) and answers.shape == (20, 5, 7)
    numbers, places = inputs[:, :, :7], inputs[:, :, 7:]
    assert np.all(numbers.sum(axis=-1) == 1) and np.all(places == np.eye(5))
    assert np.array_equal(np.sort(numbers.argmax(axis=-1), axis=1), answers.argmax(axis=-1))


def test_more_rows_begin_with_the_same_ones_and_another_seed_gives_others():
    few, many, others = (sorting_task(n, seed=seed)[0] for n, seed in ((5, 1), (9, 1), (5, 2)))
    assert np.array_equal(few, many[:5]) and not np.array_equal(few, others)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 3, "length": 0}])
def test_an_empty_task_is_refused(wrong):
    with pytest.raises(ValueError, match="sorting_task: expected count, length and values of 1"):
        sorting_task(**wrong)


class Counting(layers.Layer):
    """Adds up all the inputs that it sees in training."""

    def build(self, shape):
        self.total = self.add_weight(shape=shape[1:], initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.total.assign_add(keras.ops.sum(x, axis=0))
        return x


def test_training_sees_each_row_once():
    start, counting = keras.Input((12, 28)), Counting()
    model = keras.Model(start, layers.Dense(16, activation="softmax")(counting(start)))
    accuracy = train_to_sort(model, epochs=2, steps=2, seed=4)
    assert len(accuracy) == 2 and all(0 <= share <= 1 for share in accuracy)
    seen = np.asarray(counting.total)
    assert np.array_equal(seen, sorting_task(256, seed=4)[0].sum(axis=0))


def test_equal_tokens_have_a_cosine_of_1_and_those_at_right_angles_of_0():
    token = np.array([1.0, 2.0, 3.0])
    assert token_similarity(np.stack([token, 5 * token, token])[None]) == pytest.approx(1)
    assert token_similarity(3 * np.eye(4)[None]) == pytest.approx(0)
    assert token_similarity(np.array([[[1.0, 0], [-2, 0]]])) == pytest.approx(-1)

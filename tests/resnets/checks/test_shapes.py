"""A table has to have its shape, and a count is exact, for the check and for the grader."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from grading.catalogue.entries import CATALOGUE
from grading.judge import numbers, sampling
from resnets import checks
from resnets.checks.given import unpack
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers
from resnets.exercises import EXERCISES

pytestmark = pytest.mark.slow

TABLES = ("confusion_matrix", "coverage_accuracy", "gradcam", "occlusion_map")


def outcomes(exercise, change):
    """Return whether check and grader take the reference's result after a change."""

    def function(*arguments):
        return change(CATALOGUE[exercise].reference(*arguments))

    result = getattr(checks, EXERCISES[exercise].check)(function)
    problems = [numbers.problem(exercise, draw) for draw in sampling.calls(exercise, 1, 1)]
    attempts = [attempt_numbers(function, unpack(one.arguments)) for one in problems]
    records = map(numbers_record, attempts)
    paid = [numbers.agrees(r, one.wanted) for r, one in zip(records, problems, strict=True)]
    return result, paid


@pytest.mark.parametrize("exercise", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        np.ravel,
        np.transpose,
        lambda table: np.asarray(table)[None],
        lambda table: [[str(value) for value in row] for row in table],
    ],
    ids=["flat", "transposed", "in a batch", "texts"],
)
def test_a_table_of_another_shape_is_wrong(exercise, change):
    result, paid = outcomes(exercise, change)
    assert not result.passed
    assert not all(paid)


@pytest.mark.parametrize("exercise", TABLES[1:])  # a matrix of counts is square
def test_a_table_with_rows_and_columns_exchanged_is_wrong(exercise):
    result, paid = outcomes(exercise, lambda table: np.reshape(table, np.shape(table)[::-1]))
    assert not result.passed
    assert not all(paid)


@pytest.mark.parametrize("exercise", TABLES)
@pytest.mark.parametrize(
    "change", [np.asarray, lambda table: [list(row) for row in np.asarray(table)], tf.constant]
)
def test_a_table_may_be_an_array_rows_or_a_tensor(exercise, change):
    result, paid = outcomes(exercise, change)
    assert result.passed and all(paid)


@pytest.mark.parametrize("change", [lambda pair: pair, np.array, tuple, lambda p: [[n] for n in p]])
def test_counts_may_be_a_list_an_array_or_a_column(change):
    result, paid = outcomes("count_weights", change)
    assert result.passed and all(paid)


def test_a_count_is_exact():
    for more in (1, -1):
        result, paid = outcomes("count_weights", lambda pair, n=more: [pair[0], pair[1] + n])
        assert not result.passed and not any(paid)
    assert not same_numbers([17_299.0], [17_298.0])
    assert same_numbers([17_298.2], [17_298.0]) and same_numbers([17_299.5], [17_298.5])


def test_the_message_says_which_shape_is_expected():
    result, _ = outcomes("confusion_matrix", np.ravel)
    assert "rows of" in str(result) and "yours are" in str(result)

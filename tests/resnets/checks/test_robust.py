"""The checks return a result whatever a learner's code does, and never raise an exception."""

from __future__ import annotations

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from grading.programs.classic import IDENTITY
from grading.programs.spellings import function_of, make_identity
from resnets import checks


def stub(X, f, filters, stage, block):  # noqa: N803
    raise NotImplementedError()


def nothing_yet(X, f, filters, stage, block):  # noqa: N803
    """Docstring."""
    pass


def half_done(X, f, filters, stage, block):  # noqa: N803
    X_shortcut = X  # noqa: N806
    X = layers.Conv2D(filters[0], 1)(X)  # noqa: N806
    X = None  # noqa: N806
    return layers.Add()([X, X_shortcut])


def wrong_name(X, f, filters, stage, block):  # noqa: N803
    return layers.Conv2D(F1, 1)(X)  # noqa: F821


def deep(X, f, filters, stage, block):  # noqa: N803
    def inner(x):
        return layers.Conv2D(filters[0], 0)(x)

    return inner(X)


def leaves(X, f, filters, stage, block):  # noqa: N803
    sys.exit(3)


def endless(X, f, filters, stage, block):  # noqa: N803
    return endless(X, f, filters, stage, block)


def with_tf(X, f, filters, stage, block):  # noqa: N803
    return tf.nn.relu(X)


def two_tensors(X, f, filters, stage, block):  # noqa: N803
    return X, X


def an_array(X, f, filters, stage, block):  # noqa: N803
    return np.zeros((1, 2))


def a_model(X, f, filters, stage, block):  # noqa: N803
    return keras.Model(X, layers.ReLU()(X))


def own_input(X, f, filters, stage, block):  # noqa: N803
    return layers.ReLU()(keras.Input((7, 6, 8)))


def too_few(X, f):  # noqa: N803
    return X


def add_of_two(X, f, filters, stage, block):  # noqa: N803
    return layers.Add()(X, X)


def evil_text(X, f, filters, stage, block):  # noqa: N803
    raise ValueError("<script>alert(1)</script> & `code`")


def finished(X, f, filters, stage, block):  # noqa: N803
    return filters ^ 2


def none_that_means_no_limit(X, f, filters, stage, block):  # noqa: N803
    largest = np.clip(filters, 0, None)
    return layers.Conv2D(largest[0], f, 1, "whole")(X)


CASES = {
    stub: ("unfinished", "raise NotImplementedError"),
    nothing_yet: ("unfinished", "still empty"),
    half_done: ("unfinished", "`X = None`"),
    finished: (None, "return filters ^ 2"),
    none_that_means_no_limit: (None, "layers.Conv2D(largest[0]"),
    wrong_name: (None, "return layers.Conv2D(F1, 1)(X)"),
    deep: (None, "return layers.Conv2D(filters[0], 0)(x)"),
    leaves: (None, "sys.exit(3)"),
    endless: (None, "RecursionError"),
    with_tf: (None, "keras.ops"),
    two_tensors: ("wrong_return", "one thing only"),
    an_array: ("wrong_return", "`ndarray`"),
    a_model: ("wrong_return", "not a Model around it"),
    own_input: ("not_from_input", "not computed from its input"),
    too_few: ("signature", "too_few(X, f)"),
    add_of_two: (None, "layers.Add()(X, X)"),
    evil_text: (None, "<script>"),
    5: ("signature", "int, not a function"),
    None: ("signature", "not a function"),
}


@pytest.mark.parametrize(
    "function", CASES, ids=lambda function: getattr(function, "__name__", repr(function))
)
def test_bad_code_gets_an_explanation_with_the_learners_own_line(function):
    mistake, text = CASES[function]
    result = checks.check_identity_block(function)
    assert not result.passed
    assert result.mistake == mistake, result.message
    assert text.lower() in result.message.lower(), result.message
    assert "Traceback" not in result.message and "resnets.checks" not in result.message
    assert "<script>" not in result._repr_html_()


def test_the_line_number_is_that_of_the_learners_file():
    line = wrong_name.__code__.co_firstlineno + 1
    assert f"line {line}:" in checks.check_identity_block(wrong_name).message


def test_ctrl_c_stops_a_check():
    def interrupted(X, f, filters, stage, block):  # noqa: N803
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.check_identity_block(interrupted)


def test_the_learners_prints_are_shown(capsys):
    def chatty(X, f, filters, stage, block):  # noqa: N803
        print("shape", X.shape)
        return make_identity()(X, f, filters, stage, block)

    assert checks.check_identity_block(chatty).passed
    assert "shape (None, 7, 6, 8)" in capsys.readouterr().out


def test_an_unknown_mistake_is_located_with_shapes_and_numbers():
    source = IDENTITY.replace("'same'", "'valid'").replace("filters = F1", "filters = 3")
    result = checks.check_identity_block(function_of(source))
    assert not result.passed and result.mistake is None
    assert "convolution, first step of the main path" in result.message
    assert "(7, 6, 4)" in result.message and "(7, 6, 3)" in result.message
    assert "Conv2D(3, 1)" in result.message


def test_the_root_mean_square_is_shown_where_the_other_numbers_agree():
    source = IDENTITY.replace(
        "X = Add()([X, X_shortcut])\n    X = Activation('relu')(X)",
        "X = Add()([X, X_shortcut])\n    X = layers.ReLU(max_value=4.5)(X)",
    )
    result = checks.check_identity_block(function_of(source))
    assert result.mistake is None
    header, expected, yours = result.table
    assert "ReLU(max_value=4.5)" in yours
    assert header[-2:] == ["first values", "root mean square"]
    assert expected[-2] == yours[-2] and expected[-1] != yours[-1]


def test_changing_the_filters_list_does_not_confuse_the_check():
    def greedy(X, f, filters, stage, block):  # noqa: N803
        result = make_identity()(X, f, filters, stage, block)
        filters.clear()
        return result

    assert checks.check_identity_block(greedy).passed


def test_a_result_can_be_read_without_colour():
    passed = checks.check_identity_block(make_identity())
    failed = checks.check_identity_block(stub)
    assert repr(passed).startswith("PASSED identity_block:")
    assert repr(failed).startswith("UNFINISHED identity_block:")
    assert "PASSED" in passed._repr_html_() and "UNFINISHED" in failed._repr_html_()
    for page in (passed._repr_html_(), failed._repr_html_()):
        assert "http" not in page and "<img" not in page and 'role="status"' in page

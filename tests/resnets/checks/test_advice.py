"""What learners typed and were led astray by: each now gets the advice that helps."""

from __future__ import annotations

import keras
import pytest

from grading.programs.classic import CONVOLUTIONAL, IDENTITY
from grading.programs.spellings import function_of
from resnets import checks


def changed(source, *pairs):
    """The function of a program with some texts replaced."""
    for before, after in pairs:
        assert before in source, before
        source = source.replace(before, after)
    return function_of(source)


def up_to(source, text):
    """The function of a program that ends before the line with `text`, and returns X."""
    lines = source.splitlines()
    end = next(index for index, line in enumerate(lines) if text in line)
    return function_of("\n".join([*lines[:end], "    return X"]))


@pytest.mark.parametrize(
    "before, after",
    [
        pytest.param("bn_name_base + '2b'", "bn_name_base + '2a'", id="twice in the block"),
        pytest.param("str(stage) + block", "str(stage)", id="without the block's letter"),
        pytest.param("str(stage) + block", "block", id="without the stage"),
    ],
)
def test_names_with_which_keras_builds_no_network_do_not_pass(before, after):
    result = checks.check_identity_block(changed(IDENTITY, (before, after)))
    assert not result.passed and result.mistake == "layer_names_twice"
    assert "branch" in dict(result.details)["The name"]
    assert "letter of its own" not in result.message


def test_another_initialiser_passes_with_a_remark():
    block = changed(IDENTITY, ("glorot_uniform(seed=0)", "'he_normal'"))
    result = checks.check_identity_block(block)
    assert result.passed and "numbers that the lesson prints" in " ".join(result.remarks)
    assert not checks.check_identity_block(function_of(IDENTITY)).remarks


@pytest.mark.parametrize(
    "source, second, check",
    [
        pytest.param(IDENTITY, "filters = F2", checks.check_identity_block, id="identity"),
        pytest.param(CONVOLUTIONAL, "Conv2D(F2", checks.check_convolutional_block, id="other"),
    ],
)
def test_a_half_built_block_is_told_what_comes_next(source, second, check):
    result = check(up_to(source, second))
    assert not result.passed and result.title.startswith("Right so far")
    assert "ReLU, first step" in result.title
    assert dict(result.details)["Next"] == "convolution, second step of the main path."


def test_a_block_that_lacks_only_its_last_step_still_gets_that_mistake():
    end = "    X = Activation('relu')(X)\n    return X"
    result = checks.check_identity_block(changed(IDENTITY, (end, "    return X")))
    assert result.mistake is not None and not result.title.startswith("Right so far")


def test_a_half_built_network_is_told_which_block_comes_next():
    def ResNet50(input_shape=(64, 64, 3), classes=6):  # noqa: N802
        x = start = keras.Input(input_shape)
        x = keras.layers.ZeroPadding2D((3, 3))(x)
        x = keras.layers.Conv2D(64, 7, strides=2)(x)
        x = keras.layers.MaxPooling2D(3, 2)(
            keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        )
        return keras.Model(start, x)

    result = checks.check_resnet50(ResNet50)
    assert result.title.startswith("Right so far")
    assert dict(result.details)["Next"] == "stage 2, block a."


def test_a_block_of_another_lesson_is_recognised():
    pasted = changed(IDENTITY, ("stage, block)", "stage, block, s=2)"))
    result = checks.check_convolutional_block(pasted)
    assert "lesson 2" in result.title and "raised" not in result.message


def test_a_lost_result_on_the_shortcut_is_kept_in_the_shortcut():
    line = next(line for line in CONVOLUTIONAL.splitlines() if "bn_name_base + '1'" in line)
    lost = line.replace("X_shortcut = ", "", 1)
    result = checks.check_convolutional_block(changed(CONVOLUTIONAL, (line, lost)))
    assert "Write `X_shortcut = ...` there" in result.message


def test_one_number_of_filters_in_two_steps_is_no_matter_of_order():
    result = checks.check_identity_block(changed(IDENTITY, ("filters = F3", "filters = F1")))
    assert result.mistake == "filters_order" and "order" not in result.title


def test_a_fixed_kernel_size_is_not_explained_by_the_addition():
    block = changed(IDENTITY, ("kernel_size = (f, f)", "kernel_size = (3, 3)"))
    result = checks.check_identity_block(block)
    assert result.mistake == "f_hard_coded"
    assert "other kernel sizes" in dict(result.details)["Why it matters"]


def test_a_sum_without_its_second_brackets_is_explained():
    result = checks.check_identity_block(changed(IDENTITY, ("Add()([", "Add([")))
    assert "second pair of brackets" in dict(result.details)["What that means"]


def test_training_true_in_one_layer_is_known():
    line = next(line for line in IDENTITY.splitlines() if "bn_name_base + '2a'" in line)
    now = line.replace(")(X)", ")(X, training=True)")
    result = checks.check_identity_block(changed(IDENTITY, (line, now)))
    assert "training=True" in result.title


def test_an_input_under_another_name_is_explained():
    def ResNet50(input_shape=(64, 64, 3), classes=6):  # noqa: N802
        X = keras.Input(input_shape)  # noqa: N806
        X = keras.layers.Flatten()(X)  # noqa: N806
        X = keras.layers.Dense(classes)(X)  # noqa: N806
        return keras.Model(inputs=X, outputs=X)

    result = checks.check_resnet50(ResNet50)
    assert "X_input" in dict(result.details)["What that means"]

"""A check names layers that a function builds but does not use."""

from __future__ import annotations

import pytest

from grading.programs.classic import IDENTITY
from grading.programs.spellings import BLOCKS, function_of, network
from resnets import checks

HEADING = "Built, but its result is not used"
RELU = "    X = Activation('relu')(X)"
NORM = "    X = BatchNormalization(axis = 3, name = bn_name_base + '2b')(X)"
ADD = "    X = Add()([X, X_shortcut])"


@pytest.mark.parametrize(
    ("line", "mistake", "built"),
    [
        (RELU, "no_relu_2a", "`Activation('relu')` after `bn2b_branch2a`"),
        (NORM, "no_bn_2b", "`BatchNormalization(axis=3)` (`bn2b_branch2b`)"),
        (ADD, "no_shortcut", "`Add()` after `bn2b_branch2c`"),
    ],
)
def test_a_result_that_is_not_kept_is_named_with_its_line(line, mistake, built):
    source = IDENTITY.replace(line, line.replace("X = ", ""), 1)
    number = source.splitlines().index(line.replace("X = ", "")) + 1
    result = checks.check_identity_block(function_of(source))
    assert result.mistake == mistake
    text = dict(result.details)[HEADING]
    assert built in text and f"line {number}: `" in text and "`X = ...`" in text


def test_the_layer_before_a_wrong_starting_tensor_is_named_as_unused():
    third = "'2c', kernel_initializer = glorot_uniform(seed=0))(X"
    assert third in IDENTITY
    source = IDENTITY.replace(third, third + "_shortcut")
    result = checks.check_identity_block(function_of(source))
    assert result.mistake == "third_from_input"
    text = dict(result.details)[HEADING]
    assert "`Activation('relu')` after `bn2b_branch2b`" in text and "starts from" in text


def test_a_block_whose_result_a_network_drops_is_named():
    convolutional, identity = BLOCKS
    calls = []

    def forgetful(x, *more):
        calls.append(more)
        out = identity(x, *more)
        return x if len(calls) == 1 else out

    result = checks.check_resnet50(network(convolutional, forgetful))
    assert result.mistake == "stage2_blocks"
    assert "after `bn2b_branch2c`" in dict(result.details)[HEADING]


def test_a_build_that_uses_everything_gets_no_line_about_unused_layers():
    result = checks.check_identity_block(function_of(IDENTITY.replace(RELU, "", 1)))
    assert result.mistake == "no_relu_2a"
    assert HEADING not in dict(result.details)


def test_a_print_of_a_shape_is_not_an_unused_result():
    lost = RELU.replace("X = ", "")
    looked_at = f"    print(X.shape)\n{lost}\n    X.shape.index(None)"
    result = checks.check_identity_block(function_of(IDENTITY.replace(RELU, looked_at, 1)))
    text = dict(result.details)[HEADING]
    assert text.count("line ") == 1 and f"`{lost.strip()}`" in text

"""A check says what was built for nothing: a result that is not kept, or not gone on from."""

from __future__ import annotations

import pytest
from checks_programs import BLOCKS, IDENTITY_CLASSIC, classic, network

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
    source = IDENTITY_CLASSIC.replace(line, line.replace("X = ", ""), 1)
    number = source.splitlines().index(line.replace("X = ", "")) + 1
    result = checks.check_identity_block(classic(source))
    assert result.mistake == mistake
    said = dict(result.details)[HEADING]
    assert built in said and f"line {number}: `" in said and "`X = ...`" in said


def test_a_layer_that_starts_from_the_wrong_tensor_shows_what_it_leaves_out():
    third = "'2c', kernel_initializer = glorot_uniform(seed=0))(X"
    assert third in IDENTITY_CLASSIC
    source = IDENTITY_CLASSIC.replace(third, third + "_shortcut")
    result = checks.check_identity_block(classic(source))
    assert result.mistake == "third_from_input"
    said = dict(result.details)[HEADING]
    assert "`Activation('relu')` after `bn2b_branch2b`" in said and "starts from" in said


def test_a_block_that_a_network_does_not_keep_is_named():
    convolutional, identity = BLOCKS
    calls = []

    def forgetful(x, *more):
        calls.append(more)
        out = identity(x, *more)
        return x if len(calls) == 1 else out

    result = checks.check_resnet50(network(convolutional, forgetful))
    assert result.mistake == "stage2_blocks"
    assert "after `bn2b_branch2c`" in dict(result.details)[HEADING]


def test_nothing_is_said_where_everything_is_used():
    result = checks.check_identity_block(classic(IDENTITY_CLASSIC.replace(RELU, "", 1)))
    assert result.mistake == "no_relu_2a"
    assert HEADING not in dict(result.details)


def test_what_is_only_looked_at_on_the_way_is_no_lost_result():
    lost = RELU.replace("X = ", "")
    looked_at = f"    print(X.shape)\n{lost}\n    X.shape.index(None)"
    result = checks.check_identity_block(classic(IDENTITY_CLASSIC.replace(RELU, looked_at, 1)))
    said = dict(result.details)[HEADING]
    assert said.count("line ") == 1 and f"`{lost.strip()}`" in said
